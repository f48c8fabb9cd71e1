-- grain: assessment x scale (scale is null for items that no scale counts)
-- kind: step
-- reads: response, instrument_item, instrument_scale
-- why: the one pass over all answers; everything later works on sums, a ninth or less of the
--   rows. An answer that says "unknown" is there without a value and counts as absent. Where
--   answers to one questionnaire disagree about what surrounds them, the choice is the same in
--   every run.
with

meaning as (
    select
        instrument,
        item,
        scale,
        case when is_reversed then minimum + maximum else 0 end as base,
        case when is_reversed then -1 else 1 end as factor,
        true as is_item
    from instrument_item
    union all
    select
        instrument,
        scale as item,
        scale,
        0 as base,
        1 as factor,
        false as is_item
    from instrument_scale
)

select
    response.clinic_id,
    response.patient_id,
    response.exported_episode_id,
    response.respondent,
    response.measured_at,
    response.instrument,
    meaning.scale,
    max(response.therapist_id) as therapist_id,
    max(response.group_id) as group_id,
    min(response.session_no) as session_no,
    bool_or(response.has_artificial_date) as has_artificial_date,
    arg_min(response.source_file, response.source_line) as source_file,
    min(response.source_line) as source_line,
    sum(meaning.base + meaning.factor * response.value) filter (where meaning.is_item)
        as item_sum,
    count(response.value) filter (where meaning.is_item)::integer as items_answered,
    max(response.value) filter (where not meaning.is_item) as reported_score
from response
left join meaning
    on response.instrument = meaning.instrument
    and response.item = meaning.item
group by
    response.clinic_id,
    response.patient_id,
    response.exported_episode_id,
    response.respondent,
    response.measured_at,
    response.instrument,
    meaning.scale
