"""A service of 200 clinics over 260 weeks as the tables that the stations of indicators read.

Ten weekly PHQ-9 totals for each of a million episodes, a closed end, a baseline, a change
and for one in ten an alert that was mostly answered; a clinic has two teams. Made of hashes, so the
same on every machine. Scores and changes lie by patient, as a run leaves them.
"""

import tempfile
from pathlib import Path

import duckdb

FORMS = 10
CLINICS = 200
TEAM_SIZE = 10
"""Therapists of a team; a clinic has 20."""
AS_OF = "2026-01-05"

SMALL = """
create macro uniform(n, salt) as ((hash(n, salt) % 1000003) + 0.5) / 1000003;
create table run as
select 'bench' as run_id, date '{as_of}' as as_of, timestamp '{as_of} 05:00' as known_at;
create table instrument as select 'phq-9' as instrument, 'symptoms' as measures;
create table instrument_scale as
select 'phq-9' as instrument, 'total' as scale, true as is_main, 0.0::double as minimum,
    27.0::double as maximum, -1 as direction;
create table instrument_item as
select 'phq-9' as instrument, 'total' as scale, '1' as item, 0.0::double as minimum,
    3.0::double as maximum, false as is_reversed;
create table yardstick as
select 'c' || clinic as clinic_id, 'phq-9' as instrument, 'total' as scale, 'JT' as method,
    -1 as direction, 6.0::double as threshold, '>=' as threshold_rule, 10.0::double as cutoff,
    '>=' as cutoff_rule
from range({clinics}) as all_clinics (clinic);
create table therapist as
select 'c' || (n // 20) as clinic_id, 't' || n as therapist_id,
    'team' || (n % 20 // {team_size}) as team_id
from range({clinics} * 20) as all_therapists (n);
create table landed_file as
select 'c' || clinic as source, 'c' || clinic || '_' || week || '.csv' as name,
    repeat('a', 64) as sha256, false as is_held_back, 200 as rows_in, 2 as rejected_error,
    timestamp '2021-01-04 05:00' + to_days((7 * week)::integer) as landed_at,
    ['c' || clinic] as clinics
from range({clinics}) as all_clinics (clinic), range(1, 262) as all_weeks (week);
create table file_form (
    clinic_id varchar, patient_id varchar, measured_at timestamp, instrument varchar,
    scale varchar, items_answered integer, lowest_answer double, highest_answer double
);
create table placed_appointment (
    clinic_id varchar, patient_id varchar, episode_id varchar, therapist_id varchar,
    group_id varchar, starts_at timestamp, attended boolean, sessions_so_far integer
);
create table non_response (
    clinic_id varchar, patient_id varchar, episode_id varchar, noted_at timestamp,
    reason_code varchar
);
create table alliance_drop (
    assessment_id varchar, clinic_id varchar, patient_id varchar, episode_id varchar,
    instrument varchar, scale varchar, therapist_id varchar, assessment_no integer,
    measured_at timestamp, state varchar
);
"""
EPISODES = """
create table episode as
select
    'c' || (n % {clinics}) as clinic_id,
    md5('patient' || n) as patient_id,
    md5('patient' || n) || '-1' as episode_id,
    't' || ((n % {clinics}) * 20 + (n // {clinics}) % 20) as therapist_id,
    timestamp '2021-01-04' + to_days((n * 7919 % 1740)::integer) as started_at,
    {forms} as assessments,
    0 as follow_ups,
    true as is_closed,
    timestamp '2021-01-04' + to_days((n * 7919 % 1740 + 7 * {forms})::integer) as ended_at,
    ['planned', 'planned', 'patient_unilateral', 'unknown'][1 + n % 4] as end_reason,
    10 as planned_sessions,
    (n % 60)::integer as waiting_days,
    n
from range({episodes}) as all_episodes (n);
create table exported_episode as
select clinic_id, patient_id, episode_id, started_at::date as started_on,
    ended_at::date as ended_on
from episode;
"""
SCORES = """
create table score as
select
    md5(patient_id || session) as assessment_id,
    clinic_id, patient_id, therapist_id, episode_id,
    session::integer as session_no, session::integer as assessment_no,
    started_at + to_days((7 * session - 7)::integer) as measured_at,
    'phq-9' as instrument, 'total' as scale,
    greatest(0, round(20 * uniform(n, 'start') - session * uniform(n, 'slope')))::double as score,
    hash(n, session) % 50 = 0 as prorated,
    false as is_follow_up,
    greatest(0, round(20 * uniform(n, 'start') - uniform(n, 'slope')))::double as baseline_score,
    clinic_id || '_' || least(260, 1 + (n * 7919 % 1740 + 7 * session) // 7) || '.csv'
        as source_file
from episode, range(1, {forms} + 1) as all_sessions (session)
order by clinic_id, patient_id;
create table baseline as
select clinic_id, patient_id, episode_id, instrument, scale, score as baseline_score,
    measured_at as baseline_at, 'before_first_session' as rule, score >= 10 as is_clinical
from score
where session_no = 1 and hash(patient_id) % 20 > 0;
create table change as
select baseline.clinic_id, baseline.patient_id, baseline.episode_id, baseline.instrument,
    baseline.scale, 'JT' as method, baseline.baseline_score as baseline, score.score as latest,
    score.measured_at as latest_at,
    case
        when baseline.baseline_score - score.score >= 6 and score.score < 10
            and baseline.is_clinical then 'recovered'
        when baseline.baseline_score - score.score >= 6 then 'improved'
        when baseline.baseline_score - score.score <= -6 then 'deteriorated'
        else 'unchanged'
    end as class,
    baseline.is_clinical <> (score.score >= 10) as crossed_cutoff,
    baseline.is_clinical as is_case_at_start
from baseline
inner join score using (clinic_id, patient_id, episode_id)
where score.session_no = {forms}
order by baseline.clinic_id, baseline.patient_id;
create table alert as
select
    md5('alert' || n) as alert_id, clinic_id, patient_id, episode_id, therapist_id,
    'off_course' as kind, 'red' as level, 'phq-9' as instrument, 'total' as scale,
    started_at + to_days(21) as opened_at,
    started_at + to_days((23 + n % 9)::integer) as seen_at,
    case when n % 3 > 0 then started_at + to_days((24 + n % 30)::integer) end as answered_at,
    'discuss_next_session' as action, started_at + to_days(70) as closed_at,
    ['back_on_course', 'off_course'][1 + n % 2] as outcome_after_4_sessions, false as withdrawn,
    null::timestamp as landed_at, '{{"key":"off_course"}}' as reason
from episode
where n % 10 = 0;
"""


def many_figures(episodes: int) -> Path:
    """The database file, written once for each size, outside of the project."""
    file = Path(tempfile.gettempdir()) / "opkoers-bench" / f"figures_of_teams_{episodes}.duckdb"
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        half = file.with_suffix(".half")
        half.unlink(missing_ok=True)
        with duckdb.connect(str(half), config={"memory_limit": "2GB"}) as connection:
            for part in (SMALL, EPISODES, SCORES):
                connection.execute(
                    part.format(
                        episodes=episodes,
                        forms=FORMS,
                        clinics=CLINICS,
                        team_size=TEAM_SIZE,
                        as_of=AS_OF,
                    )
                )
        half.rename(file)
    return file
