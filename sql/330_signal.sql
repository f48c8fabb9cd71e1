-- grain: one rule fired on one assessment x scale
-- reads: score, baseline, instrument, instrument_scale, yardstick, setting_value
-- why: the plain rules that need no model: reliable deterioration (red), no reliable improvement
--   yet (info, later amber), low alliance (info). Change is judged only after the baseline, and
--   no longer once treatment has ended. The reason holds the key of a sentence and its numbers.
with

scored as (
    select
        score.*,
        instrument.short_name,
        instrument.measures,
        yardstick.threshold as points,
        yardstick.threshold_rule,
        instrument_scale.low_alliance_below,
        coalesce(score.session_no, score.assessment_no) as counted_no,
        case when score.session_no is null then 'measurement' else 'session' end as counted,
        case
            when score.measured_at > baseline.baseline_at
                then round(
                    instrument_scale.direction * (score.score - score.baseline_score), 6
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
    inner join instrument_scale
        on score.instrument = instrument_scale.instrument
        and score.scale = instrument_scale.scale
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
),

judged as (
    select
        scored.*,
        case
            when scored.threshold_rule = '>' then abs(scored.gain) > scored.points
            else abs(scored.gain) >= scored.points
        end as is_reliable,
        setting_value.deterioration_from_session,
        setting_value.no_improvement_info_session,
        setting_value.no_improvement_amber_session
    from scored
    cross join setting_value
),

deteriorated as (
    select
        *,
        'reliable_deterioration' as kind,
        'red' as level
    from judged
    where
        is_reliable
        and gain < 0
        and counted_no >= deterioration_from_session
        and measures <> 'alliance'
),

not_improved as (
    select
        *,
        'no_reliable_improvement' as kind,
        case when counted_no >= no_improvement_amber_session then 'amber' else 'info' end
            as level
    from judged
    where
        points is not null
        and not (is_reliable and gain > 0)
        and coalesce(is_case, true)
        and counted_no >= no_improvement_info_session
        and measures <> 'alliance'
),

low_alliance as (
    select
        *,
        'low_alliance' as kind,
        'info' as level
    from judged
    where score < low_alliance_below
),

fired as (
    select * from deteriorated
    union all
    select * from not_improved
    union all
    select * from low_alliance
)

select
    md5(concat_ws('|', kind, assessment_id, scale)) as signal_id,
    clinic_id,
    patient_id,
    therapist_id,
    episode_id,
    group_id,
    kind,
    level,
    instrument,
    scale,
    session_no,
    assessment_no,
    measured_at,
    score,
    baseline_score,
    case
        when kind = 'low_alliance' then json_object(
            'key', kind, 'instrument', short_name, 'score', score,
            'cutoff', low_alliance_below, 'session', counted_no, 'counted', counted
        )
        else json_object(
            'key', kind, 'instrument', short_name, 'baseline', baseline_score,
            'score', score, 'points', points, 'rule', threshold_rule, 'session', counted_no,
            'counted', counted
        )
    end::varchar as reason
from fired
