"""One file of the inbox -> its place in the archive, or one clear sentence why not."""

import hashlib
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import chain
from pathlib import Path

import duckdb

from flows.errors import ExitCode, OpKoersError
from flows.instruments import Instrument
from flows.landing import archive, delimited, mapping, originals, pseudonyms, sorting
from flows.landing.reading import empty
from flows.landing.rules import CONFLICT_RULE, RULES, rule_for
from flows.landing.source import Source, load_sources, source_for
from flows.landing.sql_text import literal
from flows.mishaps import told_as_sentence
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


@dataclass(frozen=True)
class Readers:
    """What files are read with."""

    sources: tuple[Source, ...]
    instruments: Mapping[str, Instrument]
    settings: Settings

    def fingerprint(self, source: Source) -> str:
        """Changes when reading a file again could give another result."""
        parts = (source, *(self.instruments[name] for name in sorted(self.instruments)))
        text = "\n".join(part.model_dump_json() for part in parts)
        return hashlib.sha256(text.encode()).hexdigest()


def land_inbox(
    settings: Settings,
    instruments: Mapping[str, Instrument],
    *,
    accept: Sequence[str] = (),
    told: Callable[[Outcome], None] = lambda outcome: None,
) -> tuple[Outcome, ...]:
    """Land every file of the inbox that is not in the archive yet.

    `accept` names held-back files that are landed all the same. A file or a
    source that cannot be used does not keep the other files from landing.
    Raises OpKoersError for what concerns all of them: no rights, a full disk.
    """
    archive.clear_staging(settings.archive)
    sources, mistakes = _usable_sources(settings, instruments)
    readers = Readers(sources, instruments, settings)
    outcomes = []
    for outcome in chain(_unusable(mistakes), _landings(readers, accept)):
        told(outcome)
        outcomes.append(outcome)
    return tuple(outcomes)


def _unusable(mistakes: Sequence[OpKoersError]) -> Iterator[Outcome]:
    return (Outcome(m.where or "sources", "refused", error=m) for m in mistakes)


def _landings(readers: Readers, accept: Sequence[str]) -> Iterator[Outcome]:
    files = _inbox_files(readers.settings.inbox)
    return (_try_to_land(file, readers, file.name in accept) for file in files)


def _usable_sources(
    settings: Settings, instruments: Mapping[str, Instrument]
) -> tuple[tuple[Source, ...], tuple[OpKoersError, ...]]:
    """Sources whose columns can be told apart, and what keeps the others from use."""
    loaded, mistakes = load_sources(settings.sources)
    usable, unusable = [], list(mistakes)
    for source in loaded:
        try:
            mapping.wide_slots(source, instruments)
            usable.append(source)
        except OpKoersError as mistake:
            unusable.append(mistake)
    return tuple(usable), tuple(unusable)


def _inbox_files(inbox: Path) -> Iterator[Path]:
    return (f for f in sorted(inbox.iterdir()) if f.is_file() and not f.name.startswith(IGNORED))


def _try_to_land(file: Path, readers: Readers, accepted: bool) -> Outcome:
    try:
        with told_as_sentence():
            outcome = _land(file, readers, accepted)
    except OpKoersError as error:
        outcome = Outcome(file.name, "refused", error=_of_this_file(error, file))
    if outcome.error is not None:
        log.warning("file not landed: %s", outcome.error.exit_code.name)
    elif readers.settings.landing.inbox_after_landing == "remove":
        file.unlink()
    return outcome


def _of_this_file(error: OpKoersError, file: Path) -> OpKoersError:
    """The error with the name of the file; raises it when it concerns every file."""
    concerns_all = (ExitCode.DISK_FULL, ExitCode.NO_RIGHTS)
    if error.exit_code in concerns_all and error.where != str(file):
        raise error
    is_named = error.where not in (None, str(file))
    return OpKoersError(
        error.what,
        where=error.where if is_named else file.name,
        line=error.line,
        next_step=error.next_step,
        exit_code=error.exit_code,
    )


def _land(file: Path, readers: Readers, accepted: bool) -> Outcome:
    settings = readers.settings
    sha256 = _sha256(file)
    if archive.status(settings.archive, sha256) == "landed":
        return Outcome(file.name, "known")
    source = source_for(file.name, readers.sources)
    held = _held_before(sha256, source, readers)
    if held is not None:
        return _held_back_before(held, settings, accepted)
    with archive.staged(settings.archive, sha256) as staging:
        receipt = _fill(staging, file, sha256, source, readers)
        is_held_back = _is_too_broken(receipt, settings) and not accepted
        archive.write_receipt(staging, receipt, is_held_back=is_held_back)
    return _outcome(receipt, is_held_back, settings)


def _outcome(receipt: archive.Receipt, is_held_back: bool, settings: Settings) -> Outcome:
    what = "held back" if is_held_back else "landed"
    log.info("%s: %s records in, %s land", what, receipt.rows_in, receipt.landed)
    if is_held_back:
        return Outcome(receipt.name, "held_back", receipt, _held_back_error(receipt, settings))
    return Outcome(receipt.name, "landed", receipt)


def _held_before(sha256: str, source: Source, readers: Readers) -> archive.Receipt | None:
    """What is known of a held-back file, unless its source was mended since."""
    held = [r for r in archive.held_back(readers.settings.archive) if r.sha256 == sha256]
    read_with = readers.fingerprint(source)
    return next((receipt for receipt in held if receipt.read_with == read_with), None)


def _held_back_before(held: archive.Receipt, settings: Settings, accepted: bool) -> Outcome:
    if _is_too_broken(held, settings) and not accepted:
        return Outcome(held.name, "held_back", held, _held_back_error(held, settings))
    moment = archive.next_moment(settings.archive, landing_time(settings))
    receipt = held.model_copy(update={"landed_at": moment})
    archive.write_receipt(settings.archive / held.sha256, receipt, is_held_back=False)
    return _outcome(receipt, False, settings)


def _fill(
    staging: Path, file: Path, sha256: str, source: Source, readers: Readers
) -> archive.Receipt:
    """Everything of the archive folder but the receipt, which is returned."""
    settings = readers.settings
    scratch = staging / "scratch"
    scratch.mkdir()
    with duckdb.connect(config=_config(scratch)) as connection:
        counts = _read(connection, file, source, readers, scratch)
        _write(connection, staging, file.name)
        receipt = _receipt(connection, staging, file.name, sha256, source, counts, readers)
    shutil.rmtree(scratch)
    if settings.landing.keep_originals == "encrypted":
        has_earlier = any(settings.archive.glob("*/original"))
        originals.keep_encrypted(
            file, staging / "original", settings.secrets, has_earlier=has_earlier
        )
    return receipt


def _config(scratch: Path) -> dict[str, str | bool | int | float | list[str]]:
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
    readers: Readers,
    scratch: Path,
) -> sorting.Counts:
    """Tables `record`, `cell`, `lost`, `refused` and `fate` of a file."""
    instruments, settings = readers.instruments, readers.settings
    slots = mapping.wide_slots(source, instruments)
    needed = mapping.needed_columns(source, instruments)
    export = delimited.open_export(file, source, needed, scratch)
    for reading in export.readings:
        records = mapping.make_records(connection, source, export, reading, slots, settings.today())
        if reading.records in (None, records):
            break
    if records + len(reading.broken_lines) == 0:
        raise empty(file.name, "there is a header line but no record")
    line = reading.line if reading.records is not None else "record.source_line"
    if source.patient_ids == "real":
        pseudonyms.pseudonymise(connection, settings.secrets, settings.identity)
    mapping.make_cells(connection, source, slots, instruments, line)
    return sorting.sort_out(
        connection, is_long=source.long is not None, broken_lines=reading.broken_lines, line=line
    )


def _write(connection: duckdb.DuckDBPyConnection, staging: Path, name: str) -> None:
    rules = [(rule, rule_for(rule).reject_class, rule_for(rule).fix) for rule in _rules(connection)]
    connection.execute(
        "create or replace table reject_rule (rule VARCHAR, reject_class VARCHAR, fix VARCHAR)"
    )
    connection.executemany("insert into reject_rule values (?, ?, ?)", rules)
    for target, cells in (
        ("responses", sorting.landed_cells(connection)),
        ("set_aside", sorting.set_aside_cells(connection)),
    ):
        connection.execute(f"""
            copy (
                select clinic_id, patient_id, therapist_id, episode_id, group_id, session_no,
                    measured_at, respondent, instrument, item, value,
                    {literal(name)} as source_file, source_line
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
    staging: Path,
    name: str,
    sha256: str,
    source: Source,
    counts: sorting.Counts,
    readers: Readers,
) -> archive.Receipt:
    responses = literal(str(staging / "responses.parquet"))
    summary = connection.execute(f"""
        select list_sort(list(distinct clinic_id)), list_sort(list(distinct instrument)),
            min(measured_at), max(measured_at)
        from {responses}
    """).fetchone()
    assert summary is not None
    clinics, measured, first, last = summary
    settings = readers.settings
    return archive.Receipt(
        sha256=sha256,
        source=source.name,
        name=name,
        landed_at=archive.next_moment(settings.archive, landing_time(settings)),
        clinics=tuple(clinics or ()),
        instruments=tuple(measured or ()),
        measured_from=first,
        measured_to=last,
        has_artificial_dates=source.measured_at.is_artificial,
        critical_items_not_watched=_not_watched(responses, connection, readers.instruments),
        conflict_rule=CONFLICT_RULE,
        read_with=readers.fingerprint(source),
        **vars(counts),
    )


def _not_watched(
    responses: str,
    connection: duckdb.DuckDBPyConnection,
    instruments: Mapping[str, Instrument],
) -> tuple[str, ...]:
    """Instruments with critical items of which this file holds no answer at all."""
    answered: dict[str, set[str]] = {}
    pairs = connection.execute(f"select distinct instrument, item from {responses} order by all")
    for instrument, item in pairs.fetchall():
        answered.setdefault(instrument, set()).add(item)
    return tuple(
        name
        for name, items in answered.items()
        if name in instruments
        and instruments[name].critical_item
        and items.isdisjoint(str(critical.item) for critical in instruments[name].critical_item)
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
        f"held back: {receipt.rejected_error} of {receipt.rows_in} records ({share:.0%})"
        " have errors,"
        f" more than {settings.landing.held_back_share:.0%}",
        where=receipt.name,
        next_step="Mend the export or its source file, or land it as it is with"
        f" `opkoers run --accept {receipt.name}`",
        exit_code=ExitCode.HELD_BACK,
    )
