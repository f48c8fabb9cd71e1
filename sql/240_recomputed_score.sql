-- grain: assessment x scale
-- reads: scale_sum, instrument_scale, assessment
-- why: a score is recomputed from items wherever there are any; a reported total counts only
--   where no item was landed. The missing-item rule, the key and what counts as clinical come
--   from the instrument file. Rounded to 6 decimals: 6.1 + 6.2 + 6.3 + 6.4 must be 25.
with

sums as (
    select
        assessment.assessment_id,
        instrument_scale.scale,
        instrument_scale.aggregation,
        instrument_scale.multiplier,
        instrument_scale.items,
        instrument_scale.allowed_missing,
        instrument_scale.cutoff,
        instrument_scale.cutoff_rule,
        scale_sum.item_sum,
        scale_sum.reported_score,
        coalesce(scale_sum.items_answered, 0) as items_answered,
        instrument_scale.items - coalesce(scale_sum.items_answered, 0) as absent
    from assessment
    inner join instrument_scale
        on assessment.instrument = instrument_scale.instrument
    left join scale_sum
        on assessment.clinic_id = scale_sum.clinic_id
        and assessment.patient_id = scale_sum.patient_id
        and assessment.exported_episode_id is not distinct from scale_sum.exported_episode_id
        and assessment.instrument = scale_sum.instrument
        and assessment.respondent is not distinct from scale_sum.respondent
        and assessment.measured_at = scale_sum.measured_at
        and instrument_scale.scale = scale_sum.scale
),

scored as (
    select
        *,
        round(
            case
                when items_answered = 0 then reported_score
                when absent > allowed_missing then null
                when absent = 0 and aggregation = 'sum' then item_sum * multiplier
                when aggregation = 'sum' then item_sum / items_answered * items * multiplier
                else item_sum / items_answered * multiplier
            end,
            6
        ) as score
    from sums
)

select
    assessment_id,
    scale,
    score,
    case when items_answered > 0 then items_answered end as items_answered,
    case when items_answered > 0 then absent end as items_missing,
    items_answered > 0 and absent between 1 and allowed_missing as prorated,
    case
        when items_answered > 0 and absent > allowed_missing then 'too_many_items_missing'
        when items_answered = 0 and reported_score is null then 'no_answer'
    end as no_score_reason,
    reported_score,
    case cutoff_rule
        when '>=' then score >= cutoff
        when '>' then score > cutoff
        when '<' then score < cutoff
        when '<=' then score <= cutoff
    end as is_clinical
from scored
