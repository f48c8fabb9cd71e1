"""A patient out of the archive: rows of every table, what was rejected, and the originals.

A file keeps its folder, its name and its receipt; what landed of the patient is then counted as
`erased`. Its encrypted original goes whole, since one key is that of all originals and lines
cannot be taken out of every format. A rejected value stays only where its line is known to be
of somebody else.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from flows.forgetting.begun import Begun, FileLeft
from flows.forgetting.naming import may_name
from flows.landing import archive
from flows.landing.archive import HELD_BACK, RECEIPT, STAGING_PREFIX, Receipt
from flows.landing.originals import open_original
from flows.landing.rejected import REJECTED_CSV, write_rejected_csv
from flows.landing.sql_text import file_literal, literal
from flows.settings import Settings

REJECTED = "rejected.parquet"
ORIGINAL = "original"
# What can tell one record of a file from the next, tried until it gives the receipt's own count.
_RECORDS = (
    "source_line",
    "source_line, measured_at",
    "source_line, measured_at, instrument, respondent",
    "source_line, measured_at, instrument, respondent, item",
)


@dataclass(frozen=True)
class Holding:
    """A file that holds a patient: how many landed records are the patient's, and since when."""

    receipt: Receipt
    records: int
    since: date | None


def holdings(
    settings: Settings, clinic_id: str, patient_id: str, names: Sequence[str]
) -> Iterator[Holding]:
    """Every landed or held-back file with the patient in it, or possibly so.

    Possibly: it refused records that belong to nobody known, and its original names the patient,
    cannot be searched, or was not kept.
    """
    for receipt in _all(settings.archive):
        folder = settings.archive / receipt.sha256
        rows, since = _rows_of(folder, clinic_id, patient_id)
        if rows or _may_hold(settings, receipt, clinic_id, names):
            yield Holding(receipt, _records(folder, receipt, clinic_id, patient_id), since)


def left_of(held: Holding) -> FileLeft:
    """What the receipt will say when the patient is out of the file."""
    receipt, records = held.receipt, min(held.records, held.receipt.landed)
    return FileLeft(landed=receipt.landed - records, erased=receipt.erased + records)


def patients_of(archive_folder: Path) -> frozenset[tuple[str, str]]:
    """(clinic, patient) of all who are in any table of the archive."""
    files = [file for folder in sorted(archive_folder.iterdir()) for file in _tables(folder)]
    with duckdb.connect() as connection:
        return frozenset(pair for file in files for pair in _pairs(connection, file))


def _pairs(connection: duckdb.DuckDBPyConnection, file: Path) -> list[tuple[str, str]]:
    if "patient_id" not in _columns(connection, file):
        return []
    return connection.execute(
        f"select distinct clinic_id, patient_id from {_parquet(file)}"
        " where clinic_id is not null and patient_id is not null"
    ).fetchall()


def erase(settings: Settings, begun: Begun) -> None:
    """Take the patient out of the files that were named at the start; done twice, done once."""
    for sha256, left in begun.files.items():
        folder = settings.archive / sha256
        if folder.is_dir():
            _erase_from(folder, begun, left, settings.service.language)


# ---------- finding


def _all(archive_folder: Path) -> tuple[Receipt, ...]:
    return (*archive.receipts(archive_folder), *archive.held_back(archive_folder))


def _tables(folder: Path) -> list[Path]:
    """The tables of a folder that hold records of patients."""
    return sorted(file for file in folder.glob("*.parquet") if file.name != REJECTED)


def _parquet(file: Path) -> str:
    return f"read_parquet({file_literal(file)})"


def _columns(connection: duckdb.DuckDBPyConnection, file: Path) -> list[str]:
    described = connection.execute(f"describe select * from {_parquet(file)}").fetchall()
    return [column[0] for column in described]


def _is_patient(clinic_id: str, patient_id: str) -> str:
    return f"(clinic_id = {literal(clinic_id)} and patient_id = {literal(patient_id)})"


def _rows_of(folder: Path, clinic_id: str, patient_id: str) -> tuple[int, date | None]:
    """Rows of the patient in all tables of a folder, and the first day measured."""
    rows, first = 0, None
    with duckdb.connect() as connection:
        for file in _tables(folder):
            columns = _columns(connection, file)
            if "patient_id" not in columns:
                continue
            moment = "min(measured_at)::DATE" if "measured_at" in columns else "null::DATE"
            found = connection.execute(
                f"select count(*), {moment} from {_parquet(file)}"
                f" where {_is_patient(clinic_id, patient_id)}"
            ).fetchone()
            assert found is not None
            rows += found[0]
            first = min(filter(None, (first, found[1])), default=None)
    return rows, first


def _records(folder: Path, receipt: Receipt, clinic_id: str, patient_id: str) -> int:
    """Landed records of the patient, counted as the receipt counts those of the file."""
    file = folder / f"{receipt.table}.parquet"
    with duckdb.connect() as connection:
        columns = _columns(connection, file)
        if "patient_id" not in columns:
            return 0
        where = f"where {_is_patient(clinic_id, patient_id)}"
        keys = [key for key in _RECORDS if {*key.split(", ")} <= {*columns}]
        counted = {key: _distinct(connection, file, key) for key in keys}
        fitting = [key for key in keys if counted[key] == receipt.landed]
        return _distinct(connection, file, (fitting or keys)[0], where)


def _distinct(connection: duckdb.DuckDBPyConnection, file: Path, key: str, where: str = "") -> int:
    found = connection.execute(
        f"select count(*) from (select distinct {key} from {_parquet(file)} {where})"
    ).fetchone()
    assert found is not None
    return int(found[0])


def _may_hold(settings: Settings, receipt: Receipt, clinic_id: str, names: Sequence[str]) -> bool:
    folder = settings.archive / receipt.sha256
    if receipt.clinics and clinic_id not in receipt.clinics:
        return False
    original = folder / ORIGINAL
    if not _refused_of_nobody(folder, "true" if original.exists() else "value is not null"):
        return False
    if not original.exists():
        return True
    with tempfile.TemporaryDirectory(dir=settings.archive, prefix=STAGING_PREFIX) as beside:
        plain = Path(beside) / "plain"
        open_original(original, plain, settings.secrets)
        return may_name(plain, names)


def _refused_of_nobody(folder: Path, condition: str) -> bool:
    """Whether something was refused of a line that no table of the folder holds."""
    with duckdb.connect() as connection:
        lines = _lines_of_others(connection, folder, "false")
        found = connection.execute(
            f"select 1 from {_parquet(folder / REJECTED)}"
            f" where {condition} and source_line not in ({lines}) limit 1"
        ).fetchone()
    return found is not None


# ---------- erasing


def _erase_from(folder: Path, begun: Begun, left: FileLeft, language: str) -> None:
    """Each file is replaced whole, the one that needs the others first; the receipt comes last."""
    is_patient = _is_patient(begun.clinic_id, begun.patient_id)
    with duckdb.connect() as connection:
        _rewrite_rejected(connection, folder, is_patient)
        for file in _tables(folder):
            if "patient_id" in _columns(connection, file):
                _replace(connection, file, f"select * from {_parquet(file)} where not {is_patient}")
        moments = _moments(connection, folder)
    (folder / ORIGINAL).unlink(missing_ok=True)
    (folder / REJECTED_CSV).unlink(missing_ok=True)
    write_rejected_csv(folder, language)
    _correct_receipts(folder, left, moments)


def _rewrite_rejected(connection: duckdb.DuckDBPyConnection, folder: Path, is_patient: str) -> None:
    """Without lines of the patient, and with values of lines that are of others alone."""
    file = folder / REJECTED
    own = _lines(connection, folder, is_patient)
    others = _lines_of_others(connection, folder, is_patient)
    _replace(connection, file, f"""
        select * replace (
            case when source_line in ({others}) and source_line not in ({own}) then value end
            as value
        )
        from {_parquet(file)}
        where source_line not in ({own}) or source_line in ({others})
    """)  # fmt: skip


def _lines(connection: duckdb.DuckDBPyConnection, folder: Path, condition: str) -> str:
    """SELECT of the lines of a file that its tables hold rows of."""
    selects = [
        f"select source_line from {_parquet(file)} where {condition}"
        for file in _tables(folder)
        if "patient_id" in _columns(connection, file)
    ]
    return " union all ".join(selects) or "select null::BIGINT where false"


def _lines_of_others(connection: duckdb.DuckDBPyConnection, folder: Path, is_patient: str) -> str:
    condition = f"source_line is not null and patient_id is not null and not {is_patient}"
    return _lines(connection, folder, condition)


def _replace(connection: duckdb.DuckDBPyConnection, file: Path, select: str) -> None:
    beside = file.with_suffix(".new")
    connection.execute(f"copy ({select}) to {literal(str(beside))} (format parquet)")
    with beside.open("rb") as written:
        os.fsync(written.fileno())
    beside.replace(file)


def _moments(connection: duckdb.DuckDBPyConnection, folder: Path) -> Mapping[str, object]:
    """First and last moment measured in what is left of the answers."""
    file = folder / "responses.parquet"
    if not file.exists():
        return {}
    found = connection.execute(
        f"select min(measured_at), max(measured_at) from {_parquet(file)}"
    ).fetchone()
    assert found is not None
    return {"measured_from": found[0], "measured_to": found[1]}


def _correct_receipts(folder: Path, left: FileLeft, moments: Mapping[str, object]) -> None:
    for name in (HELD_BACK, RECEIPT):
        if (folder / name).exists():
            former = Receipt.model_validate_json((folder / name).read_text("utf-8"))
            told = former.model_copy(
                update={**moments, "is_original_destroyed": True, **left.model_dump()}
            )
            archive.write_receipt(folder, told, is_held_back=name == HELD_BACK)
