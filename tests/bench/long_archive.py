"""An archive with one landed file of PHQ-9 answers, as landing would have left it, and as CSV.

Landing itself has a bench of its own (landing.py); here everything begins with the Parquet.
"""

import shutil
from datetime import datetime
from pathlib import Path

import duckdb

from flows.landing.archive import Receipt, write_receipt
from tests.bench.long_export import SESSIONS
from tests.bench.measured import ROOT

ITEMS = 9
CLINICS = 10
KEY = "a" * 64
LANDED_AT = datetime(2026, 1, 1)


def long_archive(assessments: int) -> tuple[Path, Path]:
    """The home and the CSV of the same records; written once and kept in bench/."""
    home = ROOT / "bench" / f"scored_{assessments}"
    export = home.with_suffix(".csv")
    if not export.exists():
        print(f"Writing {assessments:,} assessments x {ITEMS} answers to {home.relative_to(ROOT)}")
        shutil.rmtree(home, ignore_errors=True)
        _write(assessments, home / "archive" / KEY, export)
    return home, export


def _write(assessments: int, folder: Path, export: Path) -> None:
    folder.mkdir(parents=True)
    responses, beside = folder / "responses.parquet", export.with_suffix(".part")
    with duckdb.connect() as connection:
        connection.execute(f"copy ({_answers(assessments)}) to '{responses}' (format parquet)")
        read = f"from read_parquet('{responses}')"
        connection.execute(
            f"copy (select * {read} limit 0) to '{folder}/set_aside.parquet' (format parquet)"
        )
        connection.execute(f"""
            copy (
                select clinic_id, patient_id, therapist_id, session_no,
                    measured_at::date as measured_on, instrument, item, value::integer as answer
                {read}
            ) to '{beside}' (format csv, header)
        """)
    write_receipt(folder, _receipt(assessments), is_held_back=False)
    beside.rename(export)


def _answers(assessments: int) -> str:
    """Patient by patient and form by form, as questionnaire systems export."""
    return f"""
        with
        numbered as (
            select
                n,
                n // {ITEMS * SESSIONS} as p,
                n // {ITEMS} % {SESSIONS} + 1 as s,
                n % {ITEMS} + 1 as i
            from range({assessments * ITEMS}) as answers(n)
        )
        select
            'clinic' || (p % {CLINICS}) as clinic_id,
            'p' || lpad(p::varchar, 7, '0') as patient_id,
            't' || (p % (40 * {CLINICS})) as therapist_id,
            null::varchar as episode_id,
            null::varchar as group_id,
            s::integer as session_no,
            (date '2024-01-01' + (p % 500)::integer + (7 * s)::integer)::timestamp as measured_at,
            null::varchar as respondent,
            'phq-9' as instrument,
            i::varchar as item,
            case
                when i = 9 then (hash(p, s, i) % 100 < 6)::integer
                else greatest(0, least(3,
                    (hash(p) % 4)::integer + (hash(p, s, i) % 3)::integer - 1
                    - (s > 5 and hash(p, 1) % 2 = 0)::integer
                ))
            end::double as value,
            'long.csv' as source_file,
            n + 2 as source_line,
            null::varchar as record_id
        from numbered
    """


def _receipt(assessments: int) -> Receipt:
    return Receipt(
        sha256=KEY,
        source="long",
        name="long.csv",
        rows_in=assessments * ITEMS,
        landed=assessments * ITEMS,
        duplicate=0,
        rejected=0,
        cells_rejected=0,
        rejected_error=0,
        rejected_conflict=0,
        rejected_by_rule=0,
        landed_at=LANDED_AT,
        clinics=tuple(f"clinic{number}" for number in range(CLINICS)),
        instruments=("phq-9",),
        measured_from=datetime(2024, 1, 8),
        measured_to=datetime(2025, 7, 23),
        has_artificial_dates=False,
        critical_items_not_watched=(),
        conflict_rule="later line",
        read_with="long",
        has_record_ids=True,
    )
