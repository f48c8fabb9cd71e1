-- grain: episode x followed scale with a valid score
-- kind: step
-- reads: score, instrument, instrument_scale, yardstick, outcome_order, clinic_unit
-- why: the one pass over all scores that every figure of outcome rests on: when the first and the
--   last valid one were, at which session change was reliable first, and what a follow-up showed.
--   Followed is what a treatment is for: the main scale (all where there is none), no alliance.
--   `place` is where a scale stands in the order in which outcome is told by them.
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

ordered as (
    select
        *,
        row_number() over (order by preference, instrument, scale) as place
    from followed
),

-- One row for each clinic and scale, so that all scores are looked up but once.
judged as (
    select
        clinic_unit.clinic_id,
        ordered.instrument,
        ordered.scale,
        ordered.place,
        ordered.direction,
        -- Scores have six decimals: a point more than the least change is one more of them.
        yardstick.threshold
        + case when yardstick.threshold_rule = '>' then 0.0000005 else -0.0000005 end as points
    from ordered
    cross join clinic_unit
    left join yardstick
        on clinic_unit.clinic_id = yardstick.clinic_id
        and ordered.instrument = yardstick.instrument
        and ordered.scale = yardstick.scale
        and yardstick.method = 'JT'
),

forms as (
    select
        score.clinic_id,
        score.patient_id,
        score.episode_id,
        judged.place,
        score.is_follow_up,
        score.score,
        score.measured_at,
        case when not score.is_follow_up then score.measured_at end as treated_at,
        case when not score.is_follow_up then score.session_no end as session_no,
        case when not score.is_follow_up then coalesce(score.session_no, score.assessment_no) end
            as session,
        judged.direction * (score.score - score.baseline_score) >= judged.points as is_better
    from score
    inner join judged
        on score.clinic_id = judged.clinic_id
        and score.instrument = judged.instrument
        and score.scale = judged.scale
    where score.score is not null
),

series as (
    select
        clinic_id,
        patient_id,
        episode_id,
        place,
        count(treated_at) as forms,
        max(treated_at) as last_at,
        max(session) as last_session,
        coalesce(max(session_no) >= 1, false) as knows_sessions,
        min(case when is_better then session end) as better_session,
        arg_max(score, measured_at) filter (where is_follow_up) as follow_up_score
    from forms
    group by clinic_id, patient_id, episode_id, place
)

select
    series.clinic_id,
    series.patient_id,
    series.episode_id,
    ordered.instrument,
    ordered.scale,
    series.place,
    series.forms,
    series.last_at,
    series.last_session,
    series.knows_sessions,
    series.better_session,
    series.follow_up_score
from series
inner join ordered on series.place = ordered.place
