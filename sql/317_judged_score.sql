-- grain: one valid score during treatment x scale, judged against its start
-- kind: step
-- reads: score, baseline, instrument, instrument_scale, yardstick, episode, setting_value
-- why: what every rule about change asks of a score: how many points better than at the start,
--   whether that is reliable, whether it is clinical, how much of the planned treatment was
--   given. Change is judged on an instrument's main scale only (on all of them where it has
--   none), after the baseline, and no longer once treatment has ended.
with

scales as (
    select
        *,
        is_main or not bool_or(is_main) over (partition by instrument) as is_followed
    from instrument_scale
),

scored as (
    select
        score.*,
        instrument.short_name,
        instrument.measures,
        yardstick.threshold as points,
        yardstick.threshold_rule,
        scales.direction,
        scales.low_alliance_below,
        scales.is_followed,
        scales.is_main,
        episode.planned_sessions,
        baseline.is_clinical as was_case,
        coalesce(score.session_no, score.assessment_no) as counted_no,
        case when score.session_no is null then 'measurement' else 'session' end as counted,
        case
            when score.measured_at > baseline.baseline_at
                then round(
                    scales.direction * (score.score - score.baseline_score), 6
                )
        end as gain,
        case yardstick.cutoff_rule
            when '>=' then score.score >= yardstick.cutoff
            when '>' then score.score > yardstick.cutoff
            when '<=' then score.score <= yardstick.cutoff
            when '<' then score.score < yardstick.cutoff
        end as is_case
    from score
    inner join instrument on score.instrument = instrument.instrument
    inner join scales
        on score.instrument = scales.instrument
        and score.scale = scales.scale
    inner join episode
        on score.clinic_id = episode.clinic_id
        and score.patient_id = episode.patient_id
        and score.episode_id = episode.episode_id
    left join yardstick
        on score.clinic_id = yardstick.clinic_id
        and score.instrument = yardstick.instrument
        and score.scale = yardstick.scale
        and yardstick.method = 'JT'
    left join baseline
        on score.clinic_id = baseline.clinic_id
        and score.patient_id = baseline.patient_id
        and score.episode_id = baseline.episode_id
        and score.instrument = baseline.instrument
        and score.scale = baseline.scale
    where score.score is not null and not score.is_follow_up
)

select
    scored.assessment_id,
    scored.clinic_id,
    scored.patient_id,
    scored.therapist_id,
    scored.episode_id,
    scored.group_id,
    scored.instrument,
    scored.scale,
    scored.short_name,
    scored.measures,
    scored.direction,
    scored.session_no,
    scored.assessment_no,
    scored.counted_no,
    scored.counted,
    scored.measured_at,
    scored.score,
    scored.baseline_score,
    scored.was_case,
    scored.is_case,
    scored.gain,
    scored.points,
    scored.threshold_rule,
    case
        when scored.threshold_rule = '>' then abs(scored.gain) > scored.points
        else abs(scored.gain) >= scored.points
    end as is_reliable,
    scored.low_alliance_below,
    scored.is_main,
    scored.is_followed and scored.measures <> 'alliance' as is_followed,
    scored.planned_sessions,
    case
        when 100 * scored.session_no < setting_value.enough_dose_percent * scored.planned_sessions
            then 'short'
        when scored.session_no is not null and scored.planned_sessions is not null
            then 'enough'
    end as dose
from scored
cross join setting_value
