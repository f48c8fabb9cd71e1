-- grain: assessment x scale
-- kind: step
-- reads: scale_sum, instrument_scale, instrument_item, assessment
-- why: a score is recomputed from items wherever the missing-item rule of the instrument file
--   allows it; the total that an export reports counts where it does not, unless the answers that
--   are there prove it wrong. A scale whose items are not known has a row only where it was
--   reported. Rounded to 6 decimals: 6.1 + 6.2 + 6.3 + 6.4 must be 25.
with

-- Of whose other items an absent one takes the mean, where that is not the scale itself: of the
-- OQ-45 total those of its subscale.
part as (
    select
        instrument,
        scale,
        replaced_within as part,
        count(*) as items,
        count(*) over (partition by instrument, scale) as parts
    from instrument_item
    where replaced_within <> scale
    group by instrument, scale, replaced_within
),

item_range as (
    select
        instrument,
        scale,
        min(minimum) as lowest_answer,
        max(maximum) as highest_answer
    from instrument_item
    where scale is not null
    group by instrument, scale
),

key as (
    select
        instrument_scale.*,
        item_range.lowest_answer,
        item_range.highest_answer,
        instrument_scale.multiplier
        / case when instrument_scale.aggregation = 'mean' then instrument_scale.items else 1 end
            as factor,
        (instrument_scale.instrument, instrument_scale.scale) in (
            select (part.instrument, part.scale) from part
        ) as has_parts
    from instrument_scale
    left join item_range
        on instrument_scale.instrument = item_range.instrument
        and instrument_scale.scale = item_range.scale
),

-- Written down, so that nothing is looked up for the many questionnaires without parts.
of_parts as materialized (
    select *
    from scale_sum
    where instrument in (select part.instrument from part)
),

-- Few forms: those of a scale with parts that miss some items, and no more than they may.
incomplete as (
    select
        of_parts.*,
        key.missing_rule
    from of_parts
    inner join key
        on of_parts.instrument = key.instrument
        and of_parts.scale = key.scale
    where
        key.has_parts
        and of_parts.items_answered >= key.items - key.allowed_missing
        and of_parts.items_answered < key.items
),

-- A part of which nothing was answered has no mean to take.
filled_by_part as (
    select
        incomplete.clinic_id,
        incomplete.patient_id,
        incomplete.exported_episode_id,
        incomplete.respondent,
        incomplete.measured_at,
        incomplete.instrument,
        incomplete.scale,
        sum(
            of_part.item_sum
            + (part.items - of_part.items_answered)
            * case
                when incomplete.missing_rule = 'rounded_mean'
                    then round(round(of_part.item_sum / of_part.items_answered, 6))
                else of_part.item_sum / of_part.items_answered
            end
        ) as full_sum
    from incomplete
    inner join part
        on incomplete.instrument = part.instrument
        and incomplete.scale = part.scale
    inner join of_parts as of_part
        on incomplete.clinic_id = of_part.clinic_id
        and incomplete.patient_id = of_part.patient_id
        and incomplete.exported_episode_id is not distinct from of_part.exported_episode_id
        and incomplete.respondent is not distinct from of_part.respondent
        and incomplete.measured_at = of_part.measured_at
        and incomplete.instrument = of_part.instrument
        and part.part = of_part.scale
    where of_part.items_answered > 0
    group by
        incomplete.clinic_id,
        incomplete.patient_id,
        incomplete.exported_episode_id,
        incomplete.respondent,
        incomplete.measured_at,
        incomplete.instrument,
        incomplete.scale
    having count(*) = any_value(part.parts)
),

sums as (
    select
        assessment.assessment_id,
        key.*,
        scale_sum.item_sum,
        filled_by_part.full_sum as full_sum_by_part,
        round(scale_sum.reported_score, 6) as reported_score,
        coalesce(scale_sum.items_answered, 0) as items_answered,
        key.items - coalesce(scale_sum.items_answered, 0) as absent
    from assessment
    inner join key
        on assessment.instrument = key.instrument
    left join scale_sum
        on assessment.clinic_id = scale_sum.clinic_id
        and assessment.patient_id = scale_sum.patient_id
        and assessment.exported_episode_id is not distinct from scale_sum.exported_episode_id
        and assessment.instrument = scale_sum.instrument
        and assessment.respondent is not distinct from scale_sum.respondent
        and assessment.measured_at = scale_sum.measured_at
        and key.scale = scale_sum.scale
    left join filled_by_part
        on assessment.clinic_id = filled_by_part.clinic_id
        and assessment.patient_id = filled_by_part.patient_id
        and assessment.exported_episode_id is not distinct from filled_by_part.exported_episode_id
        and assessment.instrument = filled_by_part.instrument
        and assessment.respondent is not distinct from filled_by_part.respondent
        and assessment.measured_at = filled_by_part.measured_at
        and key.scale = filled_by_part.scale
    where key.aggregation <> 'reported' or scale_sum.reported_score is not null
),

-- All items together, with what stands in for an absent one.
completed as (
    select
        *,
        case
            when absent = 0 then item_sum
            when items_answered = 0 or absent > allowed_missing then null
            when has_parts then full_sum_by_part
            when missing_rule = 'rounded_mean'
                then item_sum + absent * round(round(item_sum / items_answered, 6))
            else item_sum / items_answered * items
        end as full_sum
    from sums
),

recomputed as (
    select
        *,
        case
            when absent > 0 and missing_rule = 'rounded_score'
                then round(round(full_sum * factor, 6))
            else round(full_sum * factor, 6)
        end as recomputed_score,
        -- Whatever the absent answers were. Exports print one decimal.
        case
            when items_answered > 0 and reported_score is not null
                then
                    reported_score < (item_sum + absent * lowest_answer) * factor - 0.05 - 1e-9
                    or reported_score > (item_sum + absent * highest_answer) * factor + 0.05 + 1e-9
            else false
        end as is_reported_impossible
    from completed
),

scored as (
    select
        *,
        coalesce(
            recomputed_score, case when not is_reported_impossible then reported_score end
        ) as score
    from recomputed
)

select
    assessment_id,
    scale,
    score,
    case
        when recomputed_score is not null then 'recomputed'
        when score is not null then 'reported'
    end as score_source,
    case when items_answered > 0 then items_answered end as items_answered,
    case when items_answered > 0 then absent end as items_missing,
    recomputed_score is not null and absent > 0 as prorated,
    case
        when score is not null then null
        when is_reported_impossible then 'reported_total_impossible'
        when items_answered > 0 then 'too_many_items_missing'
        else 'no_answer'
    end as no_score_reason,
    reported_score,
    case cutoff_rule
        when '>=' then score >= cutoff
        when '>' then score > cutoff
        when '<' then score < cutoff
        when '<=' then score <= cutoff
    end as is_clinical,
    case
        when reference_mean is not null
            then round(50 + 10 * (score - reference_mean) / reference_sd, 6)
    end as t_score,
    case when score is not null then reference_population end as t_population
from scored
