-- grain: landed file x filled-in questionnaire x scale, of the patients that are looked at
-- reads: file_profile, landed_item, instrument_item, instrument_scale
-- why: what an export says by itself, also where a later one took its place: it can only be
--   compared with those before it by what stood in them. Only files that are judged or compared
--   with; where they hold over 100,000 answers those of one patient in so many, always the same
--   ones, so that this stays cheap at any size.
with

looked_at as (
    select sha256
    from file_profile
    where is_judged
    union
    select unnest(compared_with) as sha256
    from file_profile
    where is_judged
),

-- Counting the answers of some files only would take as long as reading them.
part as (
    select
        sum(file_profile.records) filter (where looked_at.sha256 is not null)
        / nullif(sum(file_profile.records), 0) as looked_at_share
    from file_profile
    left join looked_at on file_profile.sha256 = looked_at.sha256
),

landed as (
    select count(*) as answers
    from landed_item
    where kept_as = 'landed'
),

sampling as (
    select
        cast(
            greatest(1, floor(part.looked_at_share * landed.answers / 100000)) as ubigint
        ) as patients_one_in
    from part
    cross join landed
),

-- Each item has a bit of its own, so that an item that nobody answered can be told.
meaning as (
    select
        instrument,
        item,
        scale,
        case when is_reversed then minimum + maximum else 0 end as base,
        case when is_reversed then -1 else 1 end as factor,
        cast(1 as ubigint)
        << (row_number() over (partition by instrument, scale order by item) % 64) as item_bit,
        true as is_item
    from instrument_item
    union all
    select
        instrument,
        scale as item,
        scale,
        0 as base,
        1 as factor,
        cast(0 as ubigint) as item_bit,
        false as is_item
    from instrument_scale
),

answer as (
    select landed_item.*
    from landed_item
    semi join looked_at on landed_item.sha256 = looked_at.sha256
    where
        landed_item.kept_as = 'landed'
        and landed_item.value is not null
        and hash(landed_item.patient_id) % (select sampling.patients_one_in from sampling) = 0
)

select
    answer.sha256,
    answer.clinic_id,
    answer.patient_id,
    answer.episode_id,
    answer.respondent,
    answer.measured_at,
    answer.instrument,
    meaning.scale,
    max(answer.therapist_id) as therapist_id,
    min(answer.session_no) as session_no,
    cast(count(*) filter (where meaning.is_item) as integer) as items_answered,
    bit_or(meaning.item_bit) as items_seen,
    min(answer.value) filter (where meaning.is_item) as lowest_answer,
    max(answer.value) filter (where meaning.is_item) as highest_answer,
    sum(meaning.base + meaning.factor * answer.value) filter (where meaning.is_item) as item_sum,
    max(answer.value) filter (where not meaning.is_item) as reported_score
from answer
inner join meaning
    on answer.instrument = meaning.instrument
    and answer.item = meaning.item
group by
    answer.sha256,
    answer.clinic_id,
    answer.patient_id,
    answer.episode_id,
    answer.respondent,
    answer.measured_at,
    answer.instrument,
    meaning.scale
