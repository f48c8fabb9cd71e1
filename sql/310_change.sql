-- grain: episode x instrument x scale x method; only pairs of a baseline and a later valid score
-- reads: score, baseline, episode, instrument_scale
-- why: reliable and clinically significant change (Jacobson & Truax 1991), last so far in
--   treatment: a follow-up is no result of it. Differences are turned so that positive is better
--   and rounded to 6 decimals, since 20.1 - 15.1 must be 5. rci keeps the direction of the scores.
with

latest as (
    select
        clinic_id,
        patient_id,
        episode_id,
        instrument,
        scale,
        score as latest,
        measured_at as latest_at,
        is_clinical as is_case_now
    from score
    where score is not null and baseline_score is not null and not is_follow_up
    qualify row_number() over (
        partition by clinic_id, patient_id, episode_id, instrument, scale
        order by measured_at desc, respondent nulls first
    ) = 1
),

pairs as (
    select
        latest.*,
        baseline.baseline_score as baseline,
        baseline.baseline_at,
        baseline.is_clinical as is_case_at_start,
        instrument_scale.cutoff,
        instrument_scale.cutoff_rule,
        instrument_scale.reliable_change_points,
        instrument_scale.reliable_change_rule,
        instrument_scale.s_diff,
        round(latest.latest - baseline.baseline_score, 6) as difference,
        round(instrument_scale.direction * (latest.latest - baseline.baseline_score), 6)
            as gain
    from latest
    inner join baseline using (clinic_id, patient_id, episode_id, instrument, scale)
    inner join instrument_scale
        on latest.instrument = instrument_scale.instrument
        and latest.scale = instrument_scale.scale
    where latest.latest_at > baseline.baseline_at
),

judged as (
    select
        *,
        case
            when reliable_change_rule = '>' then abs(gain) > reliable_change_points
            else abs(gain) >= reliable_change_points
        end as is_reliable
    from pairs
)

select
    judged.clinic_id,
    judged.patient_id,
    judged.episode_id,
    judged.instrument,
    judged.scale,
    'JT' as method,
    judged.baseline,
    judged.latest,
    judged.baseline_at,
    judged.latest_at,
    judged.difference / judged.s_diff as rci,
    judged.reliable_change_points,
    judged.cutoff,
    case
        when judged.is_reliable is null then null
        when judged.is_reliable and judged.gain < 0 then 'deteriorated'
        when judged.is_reliable and judged.is_case_at_start and not judged.is_case_now
            then 'recovered'
        when judged.is_reliable then 'improved'
        else 'unchanged'
    end as class,
    coalesce(
        judged.is_reliable
        and judged.gain < 0
        and not judged.is_case_at_start
        and judged.is_case_now,
        false
    ) as harmed,
    coalesce(judged.is_case_at_start <> judged.is_case_now, false) as crossed_cutoff,
    judged.is_case_at_start,
    case
        when judged.reliable_change_points is null
            then 'no reliable-change value configured'
        else
            'Jacobson & Truax 1991; reliable change ' || judged.reliable_change_rule || ' '
            || printf('%g', judged.reliable_change_points) || ' points; '
            || coalesce(
                'clinical ' || judged.cutoff_rule || ' ' || printf('%g', judged.cutoff),
                'no cut-off configured'
            )
    end as definition,
    episode.is_closed
from judged
inner join episode using (clinic_id, patient_id, episode_id)
