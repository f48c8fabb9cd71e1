"""Weekly reports of a service of many clinics: time and memory, clinics and therapists apart.

`python -m tests.bench.reports`. Made of hashes, so the same on every machine: each clinic has 100
alerts of 80 patients with ten scores each, five overdue patients and ten therapists.
"""

import tempfile
from pathlib import Path

import duckdb

from tests.bench.measured import Measured, measured
from tests.publishing.snapshots import KNOWN, TABLES, run, write_snapshot

CLINICS = (10, 100, 300)
ALERTS = 100
CONTENT = """
create temp table clinic as
select format('clinic-{{:03d}}', n) as clinic_id from range({clinics}) as one (n);
create temp table placed as
select clinic_id, n, 'patient-' || (n % 80) as patient_id, 'e-' || (n % 80) as episode_id,
    't' || (n % 10) as therapist_id
from clinic, range({alerts}) as one (n);
insert into alert_list by name
select clinic_id || '-' || n as alert_id, clinic_id, patient_id, therapist_id, episode_id,
    if(n % 3 = 0, 'reliable_deterioration', 'no_reliable_improvement') as kind,
    if(n % 3 = 0, 'red', 'amber') as level, if(n % 5 = 0, 'new', 'open') as section,
    'phq-9' as instrument, 'total' as scale, timestamp '2026-11-16' as opened_at,
    timestamp '2026-11-18' as last_signal_at, (n % 60)::integer as days_open,
    json_object('key', kind, 'instrument', 'PHQ-9', 'baseline', 12, 'score', 19, 'points', 6,
        'session', 5, 'counted', 'session')::varchar as reason,
    if(n % 3 = 0, 'discuss_deterioration', 'review_no_progress') as next_step,
    n::integer as sort_order
from placed;
insert into score by name
select distinct clinic_id, patient_id, episode_id, 'phq-9' as instrument, 'total' as scale,
    week::integer as assessment_no, timestamp '2026-09-07' + week * interval 7 day as measured_at,
    (hash(clinic_id || patient_id, week) % 28)::double as score, false as has_artificial_date
from placed, range(10) as weeks (week);
insert into baseline by name
select distinct clinic_id, patient_id, episode_id, 'phq-9' as instrument, 'total' as scale,
    12.0 as baseline_score
from placed;
insert into assessment by name
select clinic_id, patient_id, measured_at, instrument, has_artificial_date from score;
insert into overdue by name
select clinic_id, patient_id, therapist_id, episode_id, timestamp '2026-10-01' as last_measured_at,
    50 as days_since, true as has_open_alert
from placed where n < 5;
insert into clinic_figure by name
select clinic_id, figure, 20 as numerator
from clinic, (values ('alerts_new'), ('alerts_open'), ('critical_open'), ('overdue')) as f (figure);
"""


def main() -> None:
    """A line for each size of service; two languages for clinics, one for therapists."""
    print("clinics x 100 alerts           pdfs  seconds  per pdf ms  peak MB")
    with tempfile.TemporaryDirectory(prefix="opkoers-reports-") as folder:
        for clinics in CLINICS:
            snapshot = service(Path(folder) / f"{clinics}.duckdb", clinics)
            _told(f"{clinics} clinics", 2 * clinics, _measured(snapshot, "clinics"))
        therapists = _measured(Path(folder) / "100.duckdb", "therapists")
        _told("therapists of 100 clinics", 1000, therapists)


def _measured(snapshot: Path, whose: str) -> Measured:
    return measured("tests.bench.our_reports", str(snapshot), whose)


def _told(name: str, pdfs: int, found: Measured) -> None:
    each = 1000 * found.seconds / pdfs
    print(f"{name:<28} {pdfs:>6,} {found.seconds:>8.1f} {each:>11.1f} {found.peak_mb:>8.0f}")


def service(file: Path, clinics: int) -> Path:
    """A snapshot of so many clinics with every table that a report reads."""
    assert ALERTS == 100
    write_snapshot(file, {**KNOWN, "run": [run()]})
    with duckdb.connect(str(file)) as connection:
        connection.execute(CONTENT.format(clinics=clinics, alerts=ALERTS))
        names = connection.execute("select table_name from duckdb_tables()").fetchall()
    assert set(TABLES) <= {name for (name,) in names}
    return file


if __name__ == "__main__":
    main()
