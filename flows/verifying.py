"""`opkoers verify`: a past run made again and held against what it was, table by table.

Compared are the digests of recorded.py: every value of every row as it is written out, in
whatever order the rows stand. (The files of DuckDB themselves are not the same bytes twice: it
lays out blocks as threads finish.) Reports are compared byte by byte. What differs is told by
name and number of rows, never by value.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from flows.landing.forgotten import digest_key
from flows.lineage import pooled_tables, writers
from flows.rebuilding import Rebuilt, rebuilt, recorded_inputs
from flows.recorded import (
    NO_ROWS,
    Digests,
    Recording,
    TableDigest,
    code_fingerprint,
    digests_of,
    libraries,
    read_recording,
    recorded_runs,
)
from flows.recorded_erasure import Erasures, read_erasures
from flows.settings import Settings


class Verdict(StrEnum):
    """What became of a table or report when it was made again."""

    SAME = "the same"
    ERASED = "differs by erased rows only"
    POOLED = "counts of all patients, now without those erased"
    UNKNOWN = "cannot be told: erased when its snapshot was gone"
    DIFFERS = "differs"
    GONE = "was recorded, is not made any more"
    NEW = "is made now, was not recorded"


FINE = (Verdict.SAME, Verdict.ERASED, Verdict.POOLED, Verdict.UNKNOWN)


@dataclass(frozen=True)
class Compared:
    """One table; rows then and now, and how many of them were erased since (None: not known)."""

    database: str
    table: str
    verdict: Verdict
    rows_then: int
    rows_now: int
    rows_erased: int | None


@dataclass(frozen=True)
class Verification:
    """A run held against its recording. `reports` goes from a file's name to what became of it."""

    recording: Recording
    code_now: str
    libraries_now: Mapping[str, str]
    erasures: Erasures
    tables: tuple[Compared, ...]
    reports: Mapping[str, Verdict]

    @property
    def is_fine(self) -> bool:
        """Whether nothing differs but by what was erased on request."""
        verdicts = [*(each.verdict for each in self.tables), *self.reports.values()]
        return all(verdict in FINE for verdict in verdicts)


def verify_run(
    settings: Settings, run_id: str | None, told: Callable[[str], None] = lambda words: None
) -> Verification:
    """Make a run again and compare; the newest recorded one when none is named.

    To be called while holding the home's lock. Raises OpKoersError when the run recorded
    nothing, or what it was made of is gone.
    """
    published = settings.published
    known = recorded_runs(published)
    recording = read_recording(published, run_id or (known[-1] if known else "(none)"))
    erasures = read_erasures(published, recording.run_id)
    inputs = recorded_inputs(settings.home, recording)
    with rebuilt(settings.home, inputs, told, recording.reports) as again:
        told("comparing")
        return Verification(
            recording=recording,
            code_now=code_fingerprint(),
            libraries_now=libraries(),
            erasures=erasures,
            tables=tuple(_tables(recording, again, erasures, digest_key(settings))),
            reports=_reports(recording.reports, again.reports, erasures),
        )


# ---------- tables


def _tables(
    recording: Recording, again: Rebuilt, erasures: Erasures, key: bytes
) -> Iterator[Compared]:
    for name, file in sorted(again.databases.items()):
        then: Digests = recording.databases.get(name, {})
        now = digests_of(file, key)
        # What no station writes is what the checks counted.
        unwritten = frozenset(then) - frozenset(writers())
        pooled = pooled_tables(_with_patients(file)) | unwritten
        for table in sorted({*then, *now}):
            yield compared(name, table, then.get(table), now.get(table), erasures, pooled)


def compared(
    database: str,
    table: str,
    then: TableDigest | None,
    now: TableDigest | None,
    erasures: Erasures,
    pooled: frozenset[str],
) -> Compared:
    """One table held against its digest; `pooled` as `pooled_tables` gives it."""
    gone = erasures.of_table(database, table)
    verdict = _verdict(then, now, gone, is_pooled=table in pooled, erasures=erasures)
    rows_then, rows_now = (then or NO_ROWS).rows, (now or NO_ROWS).rows
    rows_gone = None if gone is None else gone.rows
    return Compared(database, table, verdict, rows_then, rows_now, rows_gone)


def _verdict(
    then: TableDigest | None,
    now: TableDigest | None,
    gone: TableDigest | None,
    *,
    is_pooled: bool,
    erasures: Erasures,
) -> Verdict:
    if then is None or now is None:
        return Verdict.NEW if then is None else Verdict.GONE
    if then == now:
        return Verdict.SAME
    if not erasures.patients:
        return Verdict.DIFFERS
    if gone is not None and gone.rows and then.without(gone) == now:
        return Verdict.ERASED
    if is_pooled:
        return Verdict.POOLED
    return Verdict.UNKNOWN if gone is None else Verdict.DIFFERS


def _with_patients(database: Path) -> frozenset[str]:
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "select table_name from duckdb_columns() where column_name = 'patient_id'"
        )
        return frozenset(name for (name,) in found.fetchall())


# ---------- reports


def _reports(
    then: Mapping[str, str], now: Mapping[str, str], erasures: Erasures
) -> dict[str, Verdict]:
    return {file: _of_report(then.get(file), now.get(file), erasures) for file in {**then, **now}}


def _of_report(then: str | None, now: str | None, erasures: Erasures) -> Verdict:
    if then == now:
        return Verdict.SAME
    if then is None:
        return Verdict.NEW
    if erasures.patients:
        return Verdict.POOLED
    return Verdict.DIFFERS if now is not None else Verdict.GONE


# ---------- in words


def in_words(found: Verification) -> Iterator[str]:
    """Sentences for a terminal: the code first, then sums, then each table that differs."""
    then = found.recording
    yield (
        f"Run {then.run_id}: as of {then.as_of}, known at {then.known_at:%Y-%m-%d %H:%M} UTC,"
        f" {len(then.landed)} files, journal up to {then.journal_seq}."
    )
    yield from _of_code(found)
    yield from _of_erasures(found.erasures)
    yield from _sums("tables", Counter(each.verdict for each in found.tables))
    yield from _sums("reports", Counter(found.reports.values()))
    for each in found.tables:
        if each.verdict is not Verdict.SAME:
            yield f"  {_name(each)}: {each.verdict} ({_rows(each)})"
    for file, verdict in sorted(found.reports.items()):
        if verdict not in FINE:
            yield f"  reports/{file}: {verdict}"
    yield _conclusion(found)


def _of_code(found: Verification) -> Iterator[str]:
    then, now = found.recording, version("opkoers")
    if then.code != found.code_now:
        yield (
            f"It was made by other code: version {then.code_version} ({then.code[:12]}), this is"
            f" version {now} ({found.code_now[:12]}). What differs below may come from that alone."
        )
    for name, former in then.libraries.items():
        here = found.libraries_now.get(name, "none")
        if here != former:
            yield f"It was made with {name} {former}; here is {here}."


def _of_erasures(erasures: Erasures) -> Iterator[str]:
    if erasures.patients:
        many = len(erasures.patients)
        whom = "1 patient was" if many == 1 else f"{many} patients were"
        yield f"Since then {whom} erased on request, with {erasures.rows:,} rows of this run."


def _sums(what: str, counted: Counter[Verdict]) -> Iterator[str]:
    if counted:
        told = ", ".join(f"{counted[each]} {each}" for each in Verdict if counted[each])
        yield f"{counted.total()} {what}: {told}."


def _name(each: Compared) -> str:
    return f"{each.database}.{each.table}" if each.database else each.table


def _rows(each: Compared) -> str:
    told = f"{each.rows_then:,} rows then, {each.rows_now:,} now"
    return f"{told}, {each.rows_erased:,} erased" if each.rows_erased else told


def _conclusion(found: Verification) -> str:
    if not found.is_fine:
        return "This run cannot be made again as it was."
    if found.erasures.patients:
        return "This run can be made again as it was, but for what was erased."
    return "This run can be made again as it was: every value of every table, every report."


def as_json(found: Verification) -> dict[str, Any]:
    """The same for a program."""
    then = found.recording
    return {
        "run": then.run_id,
        "is_fine": found.is_fine,
        "is_same_code": then.code == found.code_now,
        "patients_erased": len(found.erasures.patients),
        "tables": [
            {
                "table": _name(each),
                "verdict": each.verdict.name.lower(),
                "rows_then": each.rows_then,
                "rows_now": each.rows_now,
                "rows_erased": each.rows_erased,
            }
            for each in found.tables
        ],
        "reports": {file: verdict.name.lower() for file, verdict in sorted(found.reports.items())},
    }
