-- grain: one rule fired on one assessment x scale, or on the day that something was due
-- reads: judged_score, alliance_drop, contact, course, critical, episode, run, setting,
--   setting_value
-- why: every rule, each with the key of a sentence and its numbers. Red and amber ask for an
--   answer, information does not. Rules about change and course: reliable deterioration, off
--   course, high predicted risk, no reliable improvement yet, treatment review, back on course,
--   functional range twice. About the alliance: low, missing after a low one, rupture, repair.
--   About coming and measuring, on the day that the patience of the rule had run out: provisional
--   drop-out, overdue, no recent measurement. Rows lie by patient, as pages read them.
with

deteriorated as (
    select
        *,
        'reliable_deterioration' as kind,
        'red' as level,
        json_object(
            'key', 'reliable_deterioration', 'instrument', short_name,
            'baseline', baseline_score, 'score', score, 'points', points,
            'rule', threshold_rule, 'session', counted_no, 'counted', counted
        ) as reason
    from judged_score
    cross join setting_value
    where
        is_reliable
        and gain < 0
        and counted_no >= setting_value.deterioration_from_session
        and is_followed
),

-- Without progress: neither reliably better nor out of the clinical range.
unimproved as (
    select *
    from judged_score
    where
        points is not null
        and not (is_reliable and gain > 0)
        and coalesce(is_case, true)
        and is_followed
),

not_improved as (
    select
        *,
        'no_reliable_improvement' as kind,
        case
            when counted_no >= setting_value.no_improvement_amber_session then 'amber'
            else 'info'
        end as level,
        json_object(
            'key', 'no_reliable_improvement', 'instrument', short_name,
            'baseline', baseline_score, 'score', score, 'points', points,
            'rule', threshold_rule, 'session', counted_no, 'counted', counted,
            'dose', dose, 'attended', session_no, 'planned', planned_sessions,
            'late_until', setting_value.no_improvement_amber_session
        ) as reason
    from unimproved
    cross join setting_value
    where counted_no >= setting_value.no_improvement_info_session
),

to_review as (
    select
        *,
        'treatment_review' as kind,
        'amber' as level,
        json_object(
            'key', 'treatment_review', 'instrument', short_name,
            'baseline', baseline_score, 'score', score, 'points', points,
            'rule', threshold_rule, 'session', counted_no, 'counted', counted,
            'planned', planned_sessions
        ) as reason
    from unimproved
    where session_no >= planned_sessions
),

courses as (
    select
        judged_score.*,
        course.off_course,
        course.expected,
        case
            when course.off_course = 'red'
                then if(judged_score.direction < 0, course.upper, course.lower)
            else if(judged_score.direction < 0, course.upper68, course.lower68)
        end as bound,
        course.p_deterioration_calibrated,
        course.is_beyond_fit,
        course.population,
        course.fitted_until
    from judged_score
    inner join course
        on judged_score.assessment_id = course.assessment_id
        and judged_score.scale = course.scale
        and not course.is_baseline
),

levels as (
    select
        max(value) filter (where section = 'course' and name = 'amber_level') as amber_level,
        max(value) filter (where section = 'course' and name = 'red_level') as red_level,
        max(value) filter (
            where section = 'signals' and name = 'predicted_risk_owner'
        ) as predicted_risk_owner
    from setting
),

off_course as (
    select
        courses.*,
        'off_course' as kind,
        courses.off_course as level,
        json_object(
            'key', 'off_course', 'instrument', courses.short_name, 'score', courses.score,
            'expected', courses.expected, 'bound', courses.bound,
            'better', if(courses.direction > 0, 'higher', 'lower'),
            'share', if(courses.off_course = 'red', levels.red_level, levels.amber_level)::double,
            'session', courses.counted_no, 'counted', courses.counted,
            'population', courses.population, 'fitted_until', courses.fitted_until,
            'beyond_fit', courses.is_beyond_fit
        ) as reason
    from courses
    cross join levels
    where courses.off_course is not null
),

at_risk as (
    select
        courses.*,
        'high_predicted_risk' as kind,
        'amber' as level,
        json_object(
            'key', 'high_predicted_risk', 'instrument', courses.short_name,
            'score', courses.score, 'percent', round(100 * courses.p_deterioration_calibrated),
            'limit', setting_value.high_risk_percent, 'session', courses.counted_no,
            'counted', courses.counted, 'owner', levels.predicted_risk_owner,
            'fitted_until', courses.fitted_until
        ) as reason
    from courses
    cross join levels
    cross join setting_value
    where
        levels.predicted_risk_owner <> ''
        and 100 * courses.p_deterioration_calibrated >= setting_value.high_risk_percent
),

-- How many forms in a row were on course, and how many outside the clinical range.
runs as (
    select
        judged_score.*,
        coalesce(judged_score.is_reliable and judged_score.gain < 0, false)
        or courses.off_course is not null as is_off,
        lag(judged_score.measured_at) over one_course as before_at,
        row_number() over one_course as place
    from judged_score
    left join courses using (assessment_id, scale)
    where judged_score.is_followed and judged_score.baseline_score is not null
    window one_course as (
        partition by
            judged_score.clinic_id,
            judged_score.patient_id,
            judged_score.episode_id,
            judged_score.instrument,
            judged_score.scale
        order by judged_score.measured_at, judged_score.assessment_id
    )
),

counted_runs as (
    select
        *,
        place - max(place) filter (where is_off) over so_far as calm,
        place - max(place) filter (where coalesce(is_case, true)) over so_far as functional
    from runs
    window so_far as (
        partition by clinic_id, patient_id, episode_id, instrument, scale
        order by place
    )
),

back_on_course as (
    select
        *,
        'back_on_course' as kind,
        'info' as level,
        json_object(
            'key', 'back_on_course', 'instrument', short_name, 'baseline', baseline_score,
            'score', score, 'times', calm, 'session', counted_no, 'counted', counted
        ) as reason
    from counted_runs
    cross join setting_value
    where calm = setting_value.on_track_assessments
),

recently_critical as (
    select distinct
        counted_runs.assessment_id,
        counted_runs.scale
    from counted_runs
    inner join critical
        on counted_runs.clinic_id = critical.clinic_id
        and counted_runs.patient_id = critical.patient_id
    cross join setting_value
    where
        critical.measured_at::date <= counted_runs.measured_at::date
        and date_diff('day', critical.measured_at, counted_runs.measured_at)
        <= setting_value.stale_after_days
),

-- Never where treatment was still short, the form before is old, or a critical answer is recent.
functional_twice as (
    select
        counted_runs.*,
        'functional_twice' as kind,
        'info' as level,
        json_object(
            'key', 'functional_twice', 'instrument', counted_runs.short_name,
            'baseline', counted_runs.baseline_score, 'score', counted_runs.score,
            'session', counted_runs.counted_no, 'counted', counted_runs.counted
        ) as reason
    from counted_runs
    cross join setting_value
    anti join recently_critical
        on counted_runs.assessment_id = recently_critical.assessment_id
        and counted_runs.scale = recently_critical.scale
    where
        counted_runs.functional = 2
        and counted_runs.was_case
        and counted_runs.dose is distinct from 'short'
        and date_diff('day', counted_runs.before_at, counted_runs.measured_at)
        <= setting_value.stale_after_days
),

low_alliance as (
    select
        *,
        'low_alliance' as kind,
        'info' as level,
        json_object(
            'key', 'low_alliance', 'instrument', short_name, 'score', score,
            'cutoff', low_alliance_below, 'session', counted_no, 'counted', counted
        ) as reason
    from judged_score
    where score < low_alliance_below
),

alliances as (
    select
        clinic_id,
        patient_id,
        episode_id,
        measured_at,
        bool_or(score < low_alliance_below) as is_low
    from judged_score
    where low_alliance_below is not null
    group by clinic_id, patient_id, episode_id, measured_at
),

-- Once, at the first form after the low one.
silent_about as (
    select
        judged_score.*,
        alliances.measured_at as low_at
    from judged_score
    asof inner join alliances
        on judged_score.clinic_id = alliances.clinic_id
        and judged_score.patient_id = alliances.patient_id
        and judged_score.episode_id = alliances.episode_id
        and judged_score.measured_at >= alliances.measured_at
    where
        judged_score.is_followed
        and alliances.is_low
        and judged_score.measured_at::date > alliances.measured_at::date
    qualify row_number() over (
        partition by
            judged_score.clinic_id,
            judged_score.patient_id,
            judged_score.episode_id,
            alliances.measured_at
        order by
            judged_score.measured_at,
            judged_score.instrument,
            judged_score.scale,
            judged_score.assessment_id
    ) = 1
),

missing_alliance as (
    select
        silent_about.*,
        'missing_alliance' as kind,
        'info' as level,
        json_object(
            'key', 'missing_alliance', 'instrument', silent_about.short_name,
            'session', silent_about.counted_no, 'counted', silent_about.counted
        ) as reason
    from silent_about
    anti join alliances
        on silent_about.clinic_id = alliances.clinic_id
        and silent_about.patient_id = alliances.patient_id
        and silent_about.episode_id = alliances.episode_id
        and silent_about.measured_at::date = alliances.measured_at::date
),

alliance_moves as (
    select
        *,
        if(state = 'repair', 'alliance_repair', 'alliance_rupture') as kind,
        if(is_grave and state <> 'repair', 'amber', 'info') as level,
        json_object(
            'key', if(state = 'repair', 'alliance_repair', 'alliance_rupture'),
            'instrument', short_name, 'state', state, 'top', top_score, 'score', score,
            'fall', round(fall, 6), 'sd', sd, 'sds', round(fall / sd, 6), 'own_limit', own_limit,
            'own_sd', own_sd, 'pooled_sd', pooled_sd,
            'session', coalesce(session_no, assessment_no),
            'counted', if(session_no is null, 'measurement', 'session')
        ) as reason
    from alliance_drop
),

gone as (
    select
        *,
        'drop_out_risk' as kind,
        'amber' as level,
        json_object(
            'key', 'drop_out_risk', 'days', setting_value.drop_out_after_days,
            'last', came_at::date, 'known_from', known_from, 'attended', sessions,
            'planned', planned_sessions
        ) as reason
    from contact
    cross join setting_value
    where drop_out_due_at is not null
),

silent as (
    select
        episode.*,
        date_diff('day', episode.last_measured_at, run.as_of) > setting_value.stale_after_days
            as is_stale
    from episode
    cross join run
    cross join setting_value
    where
        not episode.is_closed
        and date_diff('day', episode.last_measured_at, run.as_of)
        > setting_value.overdue_after_days
),

unmeasured as (
    select
        silent.*,
        if(is_stale, 'no_recent_measurement', 'overdue_measurement') as kind,
        'info' as level,
        silent.last_measured_at::date
        + if(is_stale, setting_value.stale_after_days, setting_value.overdue_after_days)
        + 1 as due_on,
        json_object(
            'key', if(is_stale, 'no_recent_measurement', 'overdue_measurement'),
            'last', silent.last_measured_at::date,
            'days', if(
                is_stale, setting_value.stale_after_days, setting_value.overdue_after_days
            )
        ) as reason
    from silent
    cross join setting_value
),

-- What all rules about one form have in common.
about_forms as (
    select * from deteriorated
    union all by name
    select * from not_improved
    union all by name
    select * from to_review
    union all by name
    select * from off_course
    union all by name
    select * from at_risk
    union all by name
    select * from back_on_course
    union all by name
    select * from functional_twice
    union all by name
    select * from low_alliance
    union all by name
    select * from missing_alliance
    union all by name
    select * from alliance_moves
),

fired as (
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
        reason
    from about_forms
    union all
    select
        md5(concat_ws('|', kind, clinic_id, patient_id, episode_id, drop_out_due_at))
            as signal_id,
        clinic_id,
        patient_id,
        therapist_id,
        episode_id,
        group_id,
        kind,
        level,
        null as instrument,
        null as scale,
        null as session_no,
        null as assessment_no,
        drop_out_due_at as measured_at,
        null as score,
        null as baseline_score,
        reason
    from gone
    union all
    select
        md5(concat_ws('|', kind, clinic_id, patient_id, episode_id, due_on)) as signal_id,
        clinic_id,
        patient_id,
        therapist_id,
        episode_id,
        group_id,
        kind,
        level,
        null as instrument,
        null as scale,
        null as session_no,
        null as assessment_no,
        due_on::timestamp as measured_at,
        null as score,
        null as baseline_score,
        reason
    from unmeasured
)

select
    signal_id,
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
    reason::varchar as reason
from fired
order by clinic_id, patient_id
