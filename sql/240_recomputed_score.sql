-- grain: assessment x scale
-- reads: scale_sum, instrument_scale, assessment
-- why: a score is recomputed from items wherever there are any; a reported total counts only where no item was landed. The missing-item rule and the key come from the instrument file.
with

sums as (
    select
        scale_sum.*,
        instrument_scale.aggregation,
        instrument_scale.multiplier,
        instrument_scale.items,
        instrument_scale.allowed_missing,
        instrument_scale.items - scale_sum.items_answered as absent
    from scale_sum
    inner join instrument_scale
        on scale_sum.instrument = instrument_scale.instrument
        and scale_sum.scale = instrument_scale.scale
)

select
    assessment.assessment_id,
    sums.scale,
    case
        when sums.items_answered = 0 then sums.reported_score
        when sums.absent > sums.allowed_missing then null
        when sums.absent = 0 and sums.aggregation = 'sum'
            then sums.item_sum * sums.multiplier
        when sums.aggregation = 'sum'
            then sums.item_sum / sums.items_answered * sums.items * sums.multiplier
        else sums.item_sum / sums.items_answered * sums.multiplier
    end as score,
    case when sums.items_answered > 0 then sums.items_answered end as items_answered,
    case when sums.items_answered > 0 then sums.absent end as items_missing,
    sums.items_answered > 0
    and sums.absent > 0
    and sums.absent <= sums.allowed_missing as prorated,
    case
        when sums.items_answered > 0 and sums.absent > sums.allowed_missing
            then 'too_many_items_missing'
        when sums.items_answered = 0 and sums.reported_score is null then 'no_answer'
    end as no_score_reason,
    sums.reported_score
from sums
inner join assessment
    on sums.clinic_id = assessment.clinic_id
    and sums.patient_id = assessment.patient_id
    and sums.exported_episode_id is not distinct from assessment.exported_episode_id
    and sums.instrument = assessment.instrument
    and sums.respondent is not distinct from assessment.respondent
    and sums.measured_at = assessment.measured_at
