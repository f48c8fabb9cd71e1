-- grain: one sudden gain or loss between two sessions that follow each other, per scale
-- reads: score, instrument, instrument_scale, yardstick, setting_value
-- why: marks on a course, never alerts. Tang & DeRubeis 1999 for the interval from n to n + 1:
--   (1) by the reliable change of the instrument; (2) by at least a quarter of the score at n;
--   (3) the means of the up to three sessions before and after differ by more than Student's t
--   (two-sided .05) times the pooled SD, with at least two on either side. A missed session
--   stays a gap, as in the R package suddengains; that package lets every loss meet (2), which
--   here is mirrored. Where sessions are not known, measurements are counted.
with

-- The series of one respondent that has a baseline. Before the first session nothing is sudden
-- yet. A course is one list: sorting a million forms as rows took three times as long.
series as (
    select
        score.clinic_id,
        score.patient_id,
        score.episode_id,
        score.instrument,
        score.scale,
        count(score.session_no) = count(*) as knows_sessions,
        list_sort(list({
            'measured_at': score.measured_at,
            'is_unnamed': score.respondent is null,
            'session_no': score.session_no,
            'score': score.score
        })) as forms
    from score
    inner join instrument
        on score.instrument = instrument.instrument
        and instrument.measures <> 'alliance'
    where
        score.score is not null
        and score.baseline_score is not null
        and not score.is_follow_up
        and coalesce(score.session_no, 1) >= 1
    group by
        score.clinic_id,
        score.patient_id,
        score.episode_id,
        score.instrument,
        score.scale
    having count(*) >= 4
),

-- The last form of a session, and of a moment, stands for it.
sessions as (
    select
        * exclude (forms),
        list_transform(
            list_filter(
                range(1, len(forms) + 1),
                lambda n: not coalesce(
                    forms[n].session_no = forms[n + 1].session_no
                    or forms[n].measured_at = forms[n + 1].measured_at,
                    false
                )
            ),
            lambda n: forms[n]
        ) as forms
    from series
),

courses as (
    select
        sessions.* exclude (forms),
        list_transform(
            range(1, len(sessions.forms) + 1),
            lambda n: {
                'place': if(sessions.knows_sessions, sessions.forms[n].session_no, n),
                'measured_at': sessions.forms[n].measured_at,
                'score': sessions.forms[n].score
            }
        ) as forms,
        instrument_scale.direction,
        yardstick.threshold as points,
        yardstick.threshold_rule as points_rule,
        setting_value.sudden_change_percent
    from sessions
    inner join yardstick
        on sessions.clinic_id = yardstick.clinic_id
        and sessions.instrument = yardstick.instrument
        and sessions.scale = yardstick.scale
        and yardstick.method = 'JT'
        and yardstick.threshold is not null
    inner join instrument_scale
        on sessions.instrument = instrument_scale.instrument
        and sessions.scale = instrument_scale.scale
    cross join setting_value
),

-- Criteria 1 and 2, which few intervals meet; 0.1 + 0.2 must be 0.3.
sudden as (
    select
        *,
        unnest(list_filter(
            range(1, len(forms)),
            lambda n:
                forms[n + 1].place = forms[n].place + 1
                and (
                    round(abs(forms[n + 1].score - forms[n].score), 6) > points
                    or points_rule = '>='
                    and round(abs(forms[n + 1].score - forms[n].score), 6) = points
                )
                and round(100 * abs(forms[n + 1].score - forms[n].score), 6)
                >= round(sudden_change_percent * forms[n].score, 6)
        )) as n
    from courses
),

around as (
    select
        *,
        forms[n] as before,
        forms[n + 1] as afterwards,
        direction * sign(forms[n + 1].score - forms[n].score) as turn,
        list_transform(
            list_filter(
                forms,
                lambda form: form.place between forms[n].place - 2 and forms[n].place
            ),
            lambda form: form.score
        ) as scores_before,
        list_transform(
            list_filter(
                forms,
                lambda form: form.place between forms[n].place + 1 and forms[n].place + 3
            ),
            lambda form: form.score
        ) as scores_after
    from sudden
),

-- Student's t, two-sided .05, as scipy.stats.t.ppf(.975, df) gives it (held by a test).
student (df, t) as (
    values (2, 4.302653), (3, 3.182446), (4, 2.776445)
),

compared as (
    select
        around.*,
        list_avg(around.scores_before) as mean_before,
        list_avg(around.scores_after) as mean_after,
        student.t::double as critical_t,
        sqrt((
            (len(around.scores_before) - 1) * list_var_samp(around.scores_before)
            + (len(around.scores_after) - 1) * list_var_samp(around.scores_after)
        ) / student.df) as pooled_sd
    from around
    inner join student on len(around.scores_before) + len(around.scores_after) - 2 = student.df
    where len(around.scores_before) >= 2 and len(around.scores_after) >= 2
)

select
    clinic_id,
    patient_id,
    episode_id,
    instrument,
    scale,
    case when turn > 0 then 'sudden_gain' else 'sudden_loss' end as kind,
    before.place::integer as place_before,
    case when knows_sessions then 'session' else 'measurement' end as counted,
    before.measured_at as measured_at_before,
    afterwards.measured_at as measured_at,
    before.score as score_before,
    afterwards.score as score,
    points as reliable_change_points,
    mean_before,
    mean_after,
    pooled_sd,
    critical_t,
    len(scores_before)::integer as n_before,
    len(scores_after)::integer as n_after
from compared
where sign(afterwards.score - before.score) * (mean_after - mean_before) > critical_t * pooled_sd
