"""A service of many patients as the tables that the stations of the expected course read.

Ten weekly PHQ-9 totals each: a start, a course on the logarithm of the session
of one's own and ups and downs, rounded and kept on the scale. Made of hashes,
so the same on every machine.
"""

from pathlib import Path

import duckdb

from tests.bench.measured import ROOT

SESSIONS = 10
CLINICS = 30

NORMAL = """
create macro uniform(n, salt) as ((hash(n, salt) % 1000003) + 0.5) / 1000003;
create macro normal(n, salt) as
    sqrt(-2 * ln(uniform(n, salt))) * cos(2 * pi() * uniform(n, salt || '*'));
"""
SMALL_TABLES = """
create table instrument as select 'phq-9' as instrument, 'symptoms' as measures;
create table instrument_scale as
select 'phq-9' as instrument, 'total' as scale, true as is_main, 0.0::double as minimum,
    27.0::double as maximum, -1 as direction, 'sum' as aggregation, 1.0::double as multiplier,
    9 as items;
create table setting as select 'course' as section, 'time' as name, 'sessions' as value;
create table yardstick as
select 'c' || clinic as clinic_id, 'phq-9' as instrument, 'total' as scale, 'JT' as method,
    6.0::double as threshold, '>=' as threshold_rule
from range({clinics}) as all_clinics (clinic);
"""
PATIENTS = """
create temp table patient as
select
    n,
    'c' || (n % {clinics}) as clinic_id,
    md5('patient' || n) as patient_id,
    md5('patient' || n) || '-1' as episode_id,
    15 + 4.5 * normal(n, 'start') as start,
    -1.5 + 2 * normal(n, 'slope') as slope,
    timestamp '2020-01-06' + to_days((n % 1400)::integer) as started_at
from range({patients}) as all_patients (n)
"""
FORMS = """
create table score as
select
    md5(patient_id || session) as assessment_id,
    clinic_id, patient_id, null::varchar as therapist_id, episode_id, null::varchar as group_id,
    session::integer as session_no,
    session::integer as assessment_no,
    started_at + to_days((7 * session)::integer) as measured_at,
    null::varchar as respondent,
    'phq-9' as instrument, 'total' as scale,
    greatest(0, least(27, round(
        start + slope * ln(session) + 2 * normal(n * {sessions} + session, 'day')
    )))::double as score,
    false as is_follow_up
from patient, range(1, {sessions} + 1) as all_sessions (session)
"""
FIRST_FORMS = """
create table baseline as
select clinic_id, patient_id, episode_id, instrument, scale, score as baseline_score,
    measured_at as baseline_at
from score
where session_no = 1
"""
EPISODES = """
create table episode as
select clinic_id, patient_id, episode_id, {sessions} as planned_sessions, true as is_closed,
    started_at + to_days(7 * {sessions}) as ended_at
from patient
"""
WITH_BASELINE = """
create table scored as
select score.*, baseline.baseline_score
from score
inner join baseline using (clinic_id, patient_id, episode_id, instrument, scale);
drop table score;
alter table scored rename to score
"""


def many_courses(patients: int) -> Path:
    """The database file in bench/, written once for each size."""
    file = ROOT / "bench" / f"courses_{patients}.duckdb"
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        half = file.with_suffix(".half")
        half.unlink(missing_ok=True)
        with duckdb.connect(str(half)) as connection:
            for part in (
                NORMAL,
                SMALL_TABLES,
                PATIENTS,
                FORMS,
                FIRST_FORMS,
                EPISODES,
                WITH_BASELINE,
            ):
                connection.execute(
                    part.format(patients=patients, sessions=SESSIONS, clinics=CLINICS)
                )
        half.rename(file)
    return file
