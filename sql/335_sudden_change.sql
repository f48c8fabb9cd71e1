-- grain: one sudden gain or loss between two sessions that follow each other, per scale
-- reads: score, instrument, instrument_scale, yardstick, setting_value
-- why: marks on a course, never alerts. Tang & DeRubeis 1999 for the interval from n to n + 1:
--   (1) by the reliable change of the instrument; (2) by at least a quarter of the score at n;
--   (3) the means of the up to three sessions before and after differ by more than Student's t
--   (two-sided .05) times the pooled SD, with at least two on either side. A missed session
--   stays a gap, as in the R package suddengains; that package lets every loss meet (2), which
--   here is mirrored. Where sessions are not known, measurements are counted.
with

counted as (
    select
        score.clinic_id,
        score.patient_id,
        score.episode_id,
        score.instrument,
        score.scale,
        coalesce(score.respondent, instrument.respondent) as respondent,
        score.session_no,
        score.measured_at,
        score.score,
        instrument_scale.direction,
        yardstick.threshold as points,
        yardstick.threshold_rule as points_rule
    from score
    inner join instrument
        on score.instrument = instrument.instrument
        and instrument.measures <> 'alliance'
    inner join instrument_scale
        on score.instrument = instrument_scale.instrument
        and score.scale = instrument_scale.scale
    inner join yardstick
        on score.clinic_id = yardstick.clinic_id
        and score.instrument = yardstick.instrument
        and score.scale = yardstick.scale
        and yardstick.method = 'JT'
        and yardstick.threshold is not null
    where score.score is not null and not score.is_follow_up
),

-- Before the first session nothing is sudden yet: a form of then belongs to no session.
placed as (
    select
        *,
        case
            when count(*) over series = count(session_no) over series then session_no
            else row_number() over (
                partition by clinic_id, patient_id, episode_id, instrument, scale, respondent
                order by measured_at
            )
        end as place,
        count(*) over series = count(session_no) over series as knows_sessions
    from counted
    window series as (
        partition by clinic_id, patient_id, episode_id, instrument, scale, respondent
    )
),

-- The last form of a session stands for it.
sessions as (
    select *
    from placed
    where place >= 1
    qualify row_number() over (
        partition by clinic_id, patient_id, episode_id, instrument, scale, respondent, place
        order by measured_at desc
    ) = 1
),

compared as (
    select
        *,
        lead(place) over course = place + 1 as is_followed,
        lead(score) over course as score_after,
        lead(measured_at) over course as measured_at_after,
        avg(score) over before as mean_before,
        var_samp(score) over before as variance_before,
        count(*) over before as n_before,
        avg(score) over afterwards as mean_after,
        var_samp(score) over afterwards as variance_after,
        count(*) over afterwards as n_after
    from sessions
    window
        course as (
            partition by clinic_id, patient_id, episode_id, instrument, scale, respondent
            order by place
        ),
        before as (
            partition by clinic_id, patient_id, episode_id, instrument, scale, respondent
            order by place
            range between 2 preceding and current row
        ),
        afterwards as (
            partition by clinic_id, patient_id, episode_id, instrument, scale, respondent
            order by place
            range between 1 following and 3 following
        )
),

-- Student's t, two-sided .05, as scipy.stats.t.ppf(.975, df) gives it (held by a test).
student (df, t) as (
    values (2, 4.302653), (3, 3.182446), (4, 2.776445)
),

judged as (
    select
        compared.*,
        student.t as critical_t,
        sqrt(
            ((n_before - 1) * variance_before + (n_after - 1) * variance_after) / student.df
        ) as pooled_sd,
        round(direction * (score_after - score), 6) as gain,
        direction * (mean_after - mean_before) as gain_of_means
    from compared
    inner join student on compared.n_before + compared.n_after - 2 = student.df
    where is_followed and n_before >= 2 and n_after >= 2
)

select
    judged.clinic_id,
    judged.patient_id,
    judged.episode_id,
    judged.instrument,
    judged.scale,
    case when judged.gain > 0 then 'sudden_gain' else 'sudden_loss' end as kind,
    judged.place::integer as place_before,
    case when judged.knows_sessions then 'session' else 'measurement' end as counted,
    judged.measured_at as measured_at_before,
    judged.measured_at_after as measured_at,
    judged.score as score_before,
    judged.score_after as score,
    judged.points as reliable_change_points,
    judged.mean_before,
    judged.mean_after,
    judged.pooled_sd,
    judged.critical_t,
    judged.n_before::integer as n_before,
    judged.n_after::integer as n_after
from judged
cross join setting_value
where
    case
        when judged.points_rule = '>' then abs(judged.gain) > judged.points
        else abs(judged.gain) >= judged.points
    end
    and 100 * abs(judged.gain) >= setting_value.sudden_change_percent * judged.score
    and sign(judged.gain) * judged.gain_of_means > judged.critical_t * judged.pooled_sd
