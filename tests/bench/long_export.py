"""A long export of PHQ-9 answers, as large as asked; written once and kept in bench/."""

import sys
from pathlib import Path

import duckdb

from tests.bench.measured import ROOT

SESSIONS = 10
SOURCE = """\
match = "long_*.csv"
format = "csv"
delimiter = ","
clinic_id = { column = "clinic" }
patient_id = { column = "patient" }
therapist_id = { column = "therapist" }
session_no = { column = "session" }
measured_at = { column = "measured_on" }
[long]
instrument = { column = "instrument" }
item = { column = "item" }
value = { column = "answer" }
"""


def long_export(assessments: int) -> Path:
    """The file with so many assessments of 9 answers each, in ten clinics.

    Severity differs by patient and falls a little with the sessions; item 9 is
    mostly 0, so that the critical lane has about as much to do as in life.
    """
    file = ROOT / "bench" / f"long_{assessments}.csv"
    if file.exists():
        return file
    file.parent.mkdir(exist_ok=True)
    print(f"Writing {assessments:,} assessments x 9 answers to {file.relative_to(ROOT)}")
    beside = file.with_suffix(".part")
    patients = assessments // SESSIONS
    duckdb.execute(f"""
        copy (
            select
                'clinic' || (p % 10) as clinic,
                'p' || lpad(p::varchar, 7, '0') as patient,
                't' || (p % (40 * 10)) as therapist,
                s as session,
                date '2024-01-01' + (p % 500)::integer + (7 * s)::integer as measured_on,
                'PHQ9' as instrument,
                i as item,
                case
                    when i = 9 then (hash(p, s, i) % 100 < 6)::integer
                    else greatest(0, least(3,
                        (hash(p) % 4)::integer + (hash(p, s, i) % 3)::integer - 1
                        - (s > 5 and hash(p, 1) % 2 = 0)::integer
                    ))
                end as answer
            from range({patients}) as patients(p), range(1, {SESSIONS + 1}) as sessions(s),
                range(1, 10) as items(i)
        ) to '{beside}' (format csv, header)
    """)
    beside.rename(file)
    return file


if __name__ == "__main__":
    print(long_export(int(sys.argv[1])))
