"""One file of the inbox -> its place in the archive, or one clear sentence why not."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

import duckdb

from flows.errors import ExitCode, OpKoersError
from flows.instruments import Instrument
from flows.landing import archive, delimited, mapping, originals, pseudonyms, sorting
from flows.landing.rules import CONFLICT_RULE, RULES, rule_for
from flows.landing.source import Source, load_sources, source_for
from flows.landing.sql_text import literal
from flows.settings import Settings

log = logging.getLogger("opkoers.landing")

CHUNK = 1 << 20
# In memory, spilling to the staging folder above this: a table on disk cost twice
# the time of the whole reading in compressing columns that are dropped minutes later.
MEMORY_LIMIT = "1GB"
IGNORED = (".", "~")


@dataclass(frozen=True)
class Outcome:
    """What became of one inbox file; `error` is set when it was refused or held back."""

    name: str
    status: str
    receipt: archive.Receipt | None = None
    error: OpKoersError | None = None


def land_inbox(
    settings: Settings,
    instruments: Mapping[str, Instrument],
    *,
    accept: Sequence[str] = (),
    told: Callable[[Outcome], None] = lambda outcome: None,
) -> tuple[Outcome, ...]:
    """Land every file of the inbox that is not in the archive yet.

    `accept` names held-back files that are landed all the same. A file that
    cannot be landed does not keep the others from it. Raises OpKoersError for
    what concerns all files: unusable sources, no rights, a full disk.
    """
    archive.clear_staging(settings.archive)
    sources = load_sources(settings.sources)
    outcomes = []
    for file in _inbox_files(settings.inbox):
        outcome = _try_to_land(file, sources, instruments, settings, file.name in accept)
        told(outcome)
        outcomes.append(outcome)
    return tuple(outcomes)


def _inbox_files(inbox: Path) -> Iterator[Path]:
    return (f for f in sorted(inbox.iterdir()) if f.is_file() and not f.name.startswith(IGNORED))


def _try_to_land(
    file: Path,
    sources: Sequence[Source],
    instruments: Mapping[str, Instrument],
    settings: Settings,
    accepted: bool,
) -> Outcome:
    try:
        outcome = _land(file, sources, instruments, settings, accepted)
    except OpKoersError as error:
        outcome = Outcome(file.name, "refused", error=error)
    except PermissionError:
        outcome = Outcome(file.name, "refused", error=_no_rights(file))
    if outcome.error is not None:
        log.warning("file not landed: %s", outcome.error.exit_code.name)
    elif outcome.status == "landed" and settings.landing.inbox_after_landing == "remove":
        file.unlink()
    return outcome


def _land(
    file: Path,
    sources: Sequence[Source],
    instruments: Mapping[str, Instrument],
    settings: Settings,
    accepted: bool,
) -> Outcome:
    sha256 = _sha256(file)
    known = archive.status(settings.archive, sha256)
    if known == "landed":
        return Outcome(file.name, "known")
    if known == "held_back":
        return _held_back_before(file, sha256, settings, accepted)
    source = source_for(file.name, sources)
    staging = archive.new_staging(settings.archive, sha256)
    receipt = _fill(staging, file, sha256, source, instruments, settings)
    is_held_back = _is_too_broken(receipt, settings) and not accepted
    archive.write_receipt(staging, receipt, is_held_back=is_held_back)
    archive.commit(staging, settings.archive, sha256)
    log.info("%s: %s records in, %s landed", "held back" if is_held_back else "landed",
             receipt.rows_in, receipt.landed)  # fmt: skip
    if is_held_back:
        return Outcome(file.name, "held_back", receipt, _held_back_error(receipt, settings))
    return Outcome(file.name, "landed", receipt)


def _held_back_before(file: Path, sha256: str, settings: Settings, accepted: bool) -> Outcome:
    held = next(r for r in archive.held_back(settings.archive) if r.sha256 == sha256)
    if not accepted:
        return Outcome(file.name, "held_back", held, _held_back_error(held, settings))
    receipt = held.model_copy(update={"landed_at": landing_time(settings)})
    archive.write_receipt(settings.archive / sha256, receipt, is_held_back=False)
    return Outcome(file.name, "landed", receipt)


def _fill(
    staging: Path,
    file: Path,
    sha256: str,
    source: Source,
    instruments: Mapping[str, Instrument],
    settings: Settings,
) -> archive.Receipt:
    """Everything of the archive folder but the receipt, which is returned."""
    scratch = staging / "scratch"
    scratch.mkdir()
    with duckdb.connect(config=_config(scratch)) as connection:
        counts, slots = _read(connection, file, source, instruments, settings, scratch)
        _write(connection, staging, file.name, sha256)
        receipt = _receipt(connection, file.name, sha256, source, counts, slots, instruments, settings)
    for leftover in sorted(scratch.rglob("*"), reverse=True):
        leftover.unlink() if leftover.is_file() else leftover.rmdir()
    scratch.rmdir()
    if settings.landing.keep_originals == "encrypted":
        originals.keep_encrypted(file, staging / "original", settings.secrets)
    return receipt


def _config(scratch: Path) -> dict[str, str]:
    return {
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(scratch / "spill"),
        "autoinstall_known_extensions": "false",
        "python_enable_replacements": "false",
    }


def _read(
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    source: Source,
    instruments: Mapping[str, Instrument],
    settings: Settings,
    scratch: Path,
) -> tuple[sorting.Counts, tuple[mapping.Slot, ...]]:
    slots = mapping.wide_slots(source, instruments)
    text = delimited.open_text(file, source, mapping.needed_columns(source, instruments), scratch)
    for reading in delimited.readings(text, file.name, scratch):
        records = mapping.make_records(connection, source, text, reading, slots, settings.today())
        if reading.records in (None, records):
            break
    line = reading.line if reading.records is not None else "record.source_line"
    if source.patient_ids == "real":
        pseudonyms.pseudonymise(connection, settings.secrets, settings.identity)
    mapping.make_cells(connection, source, slots, instruments, line)
    counts = sorting.sort_out(
        connection, is_long=source.long is not None, broken_lines=reading.broken_lines, line=line
    )
    return counts, slots


def _write(connection: duckdb.DuckDBPyConnection, staging: Path, name: str, sha256: str) -> None:
    rules = [(rule, rule_for(rule).reject_class, rule_for(rule).fix) for rule in _rules(connection)]
    connection.execute("create or replace table reject_rule (rule VARCHAR, reject_class VARCHAR, fix VARCHAR)")
    connection.executemany("insert into reject_rule values (?, ?, ?)", rules)
    for target, cells in (
        ("responses", sorting.landed_cells(connection)),
        ("set_aside", sorting.set_aside_cells(connection)),
    ):
        connection.execute(f"""
            copy (
                select clinic_id, patient_id, therapist_id, episode_id, group_id, session_no,
                    measured_at, respondent, instrument, item, value,
                    {literal(name)} as source_file, source_line, {literal(sha256)} as sha256
                from ({cells}) as cell
            ) to {literal(str(staging / f"{target}.parquet"))} (format parquet)
        """)
    connection.execute(
        f"copy ({sorting.rejections(name)}) to {literal(str(staging / 'rejected.parquet'))}"
        " (format parquet)"
    )


def _rules(connection: duckdb.DuckDBPyConnection) -> set[str]:
    found = connection.execute("select distinct rule from refused").fetchall()
    return {rule for (rule,) in found} | set(RULES)


def _receipt(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    sha256: str,
    source: Source,
    counts: sorting.Counts,
    slots: Sequence[mapping.Slot],
    instruments: Mapping[str, Instrument],
    settings: Settings,
) -> archive.Receipt:
    summary = connection.execute("""
        select list_sort(list(distinct clinic_id)), list_sort(list(distinct instrument)),
            min(measured_at), max(measured_at)
        from cell where record_rule is null and cell_rule is null
    """).fetchone()
    assert summary is not None
    clinics, measured, first, last = summary
    return archive.Receipt(
        sha256=sha256,
        source=source.name,
        name=name,
        landed_at=landing_time(settings),
        clinics=tuple(clinics or ()),
        instruments=tuple(measured or ()),
        measured_from=first,
        measured_to=last,
        has_artificial_dates=source.measured_at.is_artificial,
        critical_items_not_watched=_not_watched(connection, measured or (), instruments),
        conflict_rule=CONFLICT_RULE,
        **vars(counts),
    )


def _not_watched(
    connection: duckdb.DuckDBPyConnection,
    measured: Sequence[str],
    instruments: Mapping[str, Instrument],
) -> tuple[str, ...]:
    """Instruments with critical items of which this file holds no item at all."""
    seen = set(connection.execute("select distinct instrument, item from cell").fetchall())
    return tuple(
        instrument.id
        for instrument in (instruments[name] for name in measured if name in instruments)
        if instrument.critical_item
        and not any((instrument.id, str(critical.item)) in seen for critical in instrument.critical_item)
    )


def landing_time(settings: Settings) -> datetime:
    """UTC without zone; a synthetic home lands at five in the morning of its own now."""
    if settings.service.now is not None:
        return datetime.combine(settings.service.now, time(5))
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while part := stream.read(CHUNK):
            digest.update(part)
    return digest.hexdigest()


def _is_too_broken(receipt: archive.Receipt, settings: Settings) -> bool:
    return receipt.rejected_error > settings.landing.held_back_share * receipt.rows_in


def _held_back_error(receipt: archive.Receipt, settings: Settings) -> OpKoersError:
    share = receipt.rejected_error / receipt.rows_in
    return OpKoersError(
        f"held back: {receipt.rejected_error} of {receipt.rows_in} records ({share:.0%}) have errors,"
        f" more than {settings.landing.held_back_share:.0%}",
        where=receipt.name,
        next_step=f"Mend the export, or land it as it is with `opkoers run --accept {receipt.name}`",
        exit_code=ExitCode.HELD_BACK,
    )


def _no_rights(file: Path) -> OpKoersError:
    return OpKoersError(
        "no rights to read this file",
        where=file.name,
        next_step="Give the account that runs opkoers the right to read it",
        exit_code=ExitCode.NO_RIGHTS,
    )
