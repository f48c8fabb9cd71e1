-- grain: episode x followed scale with a valid score
-- kind: step
-- reads: score, instrument, instrument_scale, yardstick, outcome_order
-- why: the one pass over all scores that every figure of outcome rests on: when the first and the
--   last valid one were, at which session change was reliable first, and what a follow-up showed.
--   Followed is what a treatment is for: the main scale (all where there is none), no alliance.
with

followed as (
    select
        instrument_scale.instrument,
        instrument_scale.scale,
        instrument_scale.direction,
        coalesce(
            outcome_order.preference,
            case instrument.measures when 'symptoms' then 1000 else 2000 end
        ) as preference
    from instrument_scale
    inner join instrument
        on instrument_scale.instrument = instrument.instrument
        and instrument.measures <> 'alliance'
    left join outcome_order on instrument_scale.instrument = outcome_order.instrument
    qualify
        instrument_scale.is_main
        or not bool_or(instrument_scale.is_main) over (partition by instrument_scale.instrument)
),

judged as (
    select
        yardstick.clinic_id,
        yardstick.instrument,
        yardstick.scale,
        -- Scores have six decimals: a point more than the least change is one more of them.
        yardstick.threshold
        + case when yardstick.threshold_rule = '>' then 0.0000005 else -0.0000005 end as points
    from yardstick
    where yardstick.method = 'JT'
),

forms as (
    select
        score.clinic_id,
        score.patient_id,
        score.episode_id,
        score.instrument,
        score.scale,
        followed.preference,
        score.measured_at,
        score.score,
        score.is_follow_up,
        score.session_no,
        coalesce(score.session_no, score.assessment_no) as session,
        followed.direction * (score.score - score.baseline_score) >= judged.points as is_better
    from score
    inner join followed
        on score.instrument = followed.instrument
        and score.scale = followed.scale
    left join judged
        on score.clinic_id = judged.clinic_id
        and score.instrument = judged.instrument
        and score.scale = judged.scale
    where score.score is not null
)

select
    clinic_id,
    patient_id,
    episode_id,
    instrument,
    scale,
    any_value(preference) as preference,
    count(*) filter (where not is_follow_up) as forms,
    min(measured_at) filter (where not is_follow_up) as first_at,
    max(measured_at) filter (where not is_follow_up) as last_at,
    max(session) filter (where not is_follow_up) as last_session,
    coalesce(bool_or(session_no >= 1) filter (where not is_follow_up), false) as knows_sessions,
    min(session) filter (where is_better and not is_follow_up) as better_session,
    arg_max(score, measured_at) filter (where is_follow_up) as follow_up_score
from forms
group by clinic_id, patient_id, episode_id, instrument, scale
