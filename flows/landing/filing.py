"""One export file -> everything of its archive folder but the receipt, which is returned."""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

import duckdb

from flows.instruments import Instrument
from flows.landing import (
    archive,
    codings,
    columns,
    delimited,
    entities,
    entity_records,
    isolation,
    mapping,
    originals,
    progress,
    pseudonyms,
    sorting,
    units,
)
from flows.landing.compressed import Arrival
from flows.landing.forgotten import RULE, forgotten_by, refuse_forgotten
from flows.landing.formats import FORMATS
from flows.landing.mapping import Keyed
from flows.landing.reading import (
    LINE_SHIFT,
    Export,
    Reading,
    Surroundings,
    check_columns,
    empty,
)
from flows.landing.rejected import write_rejected_csv
from flows.landing.rules import CONFLICT_RULES, RULES, rule_for
from flows.landing.source import Source
from flows.landing.sql_text import literal
from flows.settings import Settings

# In memory, spilling to the staging folder above this: a table on disk cost twice
# the time of the whole reading in compressing columns that are dropped minutes later.
MEMORY_LIMIT = "1GB"
MEGABYTE = 1 << 20
# The slowest honest reading seen (zsav, in parts) took about 2 seconds a packed megabyte. [D]
FEWEST_SECONDS = 60
SECONDS_A_MEGABYTE = 20

ANSWER = """clinic_id, patient_id, therapist_id, episode_id, group_id, session_no,
    measured_at, respondent, instrument, item, value"""


_FORGOTTEN_ANSWERS = f"record_rule = '{RULE}', broken_moment = null, broken_session = null"
_FORGOTTEN_ENTITIES = f"skip_rule = '{RULE}', is_withdrawn = false"


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
        companions = (self.settings.sources / name for name in source.companions)
        digests = [hashlib.sha256(c.read_bytes()).hexdigest() for c in companions if c.is_file()]
        told = "\n".join((text, self.settings.landing.conflict, *digests))
        return hashlib.sha256(told.encode()).hexdigest()

    def surroundings(self) -> Surroundings:
        """What a format needs beside file and source."""
        landing = self.settings.landing
        return Surroundings(
            companions=self.settings.sources,
            timezone=self.settings.service.timezone,
            chunk_rows=landing.reader_chunk_rows,
            largest_bytes=landing.largest_unpacked_mb * MEGABYTE,
        )


@dataclass(frozen=True)
class Sorted:
    """What came of the records of a file: their counts, what to write, how answers were read.

    `products` are the parquet files of the archive folder with their SELECTs.
    """

    counts: sorting.Counts
    products: Mapping[str, str]
    codings: tuple[archive.ReadAs, ...] = ()


def file_away(
    staging: Path, arrival: Arrival, sha256: str, source: Source, readers: Readers
) -> archive.Receipt:
    """Fill an archive folder from one file. Raises OpKoersError when it cannot be landed."""
    settings = readers.settings
    scratch = staging / "scratch"
    scratch.mkdir()
    with (
        duckdb.connect(config=_config(scratch)) as connection,
        progress.shown(connection, arrival.name),
    ):
        read = _read_answers if source.table == "responses" else _read_entities
        done = read(connection, arrival, source, readers, scratch)
        for product, select in done.products.items():
            target = literal(str(staging / f"{product}.parquet"))
            connection.execute(f"copy ({select}) to {target} (format parquet)")
        holds_forgotten = _holds_forgotten(connection)
        receipt = _receipt(connection, staging, arrival, sha256, source, done, readers)
    shutil.rmtree(scratch)
    write_rejected_csv(staging, settings.service.language)
    if settings.landing.keep_originals == "encrypted" and not holds_forgotten:
        has_earlier = any(settings.archive.glob("*/original"))
        originals.keep_encrypted(
            arrival.path, staging / "original", settings.secrets, has_earlier=has_earlier
        )
    return receipt.model_copy(update={"is_original_destroyed": holds_forgotten})


def _holds_forgotten(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether records of somebody who was forgotten were refused: then no original is kept."""
    found = connection.execute("select 1 from refused where rule = ? limit 1", [RULE]).fetchone()
    return found is not None


def _config(scratch: Path) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(scratch / "spill"),
        "autoinstall_known_extensions": "false",
        "python_enable_replacements": "false",
    }


def _read_answers(
    connection: duckdb.DuckDBPyConnection,
    arrival: Arrival,
    source: Source,
    readers: Readers,
    scratch: Path,
) -> Sorted:
    """Tables `record`, `cell`, `lost`, `refused`, `fate` and `withdrawal` of a file of answers."""
    settings = readers.settings
    occasions = columns.occasions(source, readers.instruments)
    needed = columns.needed_columns(source, occasions)
    export = open_export(arrival, source, needed, readers, scratch)
    reading, keyed = _recorded(connection, source, export, occasions, readers)
    if keyed.records + len(reading.broken_lines) == 0:
        raise empty(arrival.name, "there is a header line but no record")
    _pseudonymise(connection, source, settings)
    refuse_forgotten(connection, settings, _FORGOTTEN_ANSWERS)
    mapping.make_cells(connection, source, occasions, readers.instruments, keyed.key)
    units.prove_plausible(connection, arrival.name, source, readers.instruments)
    read_as = codings.read_as(connection, arrival.name, source, readers.instruments)
    if codings.shift_answers(connection, read_as, readers.instruments):
        mapping.read_cells(connection, source, occasions, keyed.key)
    counts = sorting.sort_out(
        connection,
        is_long=source.long is not None,
        broken=_broken_keys(reading, keyed),
        key=keyed.key,
        conflict=settings.landing.conflict,
    )
    name_rules(connection)
    return Sorted(counts, _products(connection, arrival.name, keyed), read_as)


def _read_entities(
    connection: duckdb.DuckDBPyConnection,
    arrival: Arrival,
    source: Source,
    readers: Readers,
    scratch: Path,
) -> Sorted:
    """Patients, episodes, appointments and others: a table of its own in the archive."""
    settings = readers.settings
    export = open_export(arrival, source, entities.needed_columns(source), readers, scratch)
    counts, keyed = entity_records.read_entities(
        connection,
        source,
        export,
        readers.instruments,
        name=arrival.name,
        latest=settings.today(),
        conflict=settings.landing.conflict,
        pseudonymise=lambda: _pseudonymise_entities(connection, source, settings),
    )
    name_rules(connection)
    landed = entity_records.landed_entities(source, arrival.name, keyed)
    rejected = sorting.rejections(arrival.name, keyed.shift)
    return Sorted(counts, {source.table: landed, "rejected": rejected})


def _pseudonymise(
    connection: duckdb.DuckDBPyConnection, source: Source, settings: Settings
) -> None:
    if source.patient_ids == "real" and source.patient_id is not None:
        pseudonyms.pseudonymise(
            connection, settings.secrets, settings.identity, forgotten_by(settings)
        )


def _pseudonymise_entities(
    connection: duckdb.DuckDBPyConnection, source: Source, settings: Settings
) -> None:
    """Before entities are typed; of a forgotten patient no text may reach what is rejected."""
    _pseudonymise(connection, source, settings)
    if source.patient_id is not None:
        refuse_forgotten(connection, settings, _FORGOTTEN_ENTITIES)


def open_export(
    arrival: Arrival, source: Source, needed: tuple[str, ...], readers: Readers, scratch: Path
) -> Export:
    """The records of a file as text, with every column that the source needs."""
    if FORMATS[source.format].module is None:
        return delimited.open_export(arrival.path, source, needed, scratch)
    export = isolation.read_isolated(
        arrival.path,
        source,
        readers.surroundings(),
        scratch,
        name=arrival.name,
        memory_mb=readers.settings.landing.reader_memory_mb,
        cpu_seconds=_seconds_for(arrival.path, readers.settings),
    )
    check_columns(export.header, needed, arrival.name, source)
    return export


def _seconds_for(file: Path, settings: Settings) -> int:
    """Computing time for a reader: a small file that needs an hour is no honest export."""
    megabytes = file.stat().st_size // MEGABYTE
    landing = settings.landing
    return min(landing.reader_seconds, FEWEST_SECONDS + SECONDS_A_MEGABYTE * megabytes)


def _recorded(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    export: Export,
    occasions: tuple[columns.Occasion, ...],
    readers: Readers,
) -> tuple[Reading, Keyed]:
    """Table `record` from the first reading that holds."""
    today = readers.settings.today()
    for reading in export.readings:
        try:
            keyed = mapping.make_records(connection, source, export, reading, occasions, today)
        except duckdb.InvalidInputException:
            # DuckDB's own parse may stumble where the exact reading does not.
            if reading.records is None:
                raise
            continue
        if keyed is not None:
            return reading, keyed
    raise AssertionError("the last reading of an export always holds")


def _broken_keys(reading: Reading, keyed: Keyed) -> tuple[int, ...]:
    if reading.is_shifted or not keyed.shift:
        return reading.broken_lines
    return tuple(line << LINE_SHIFT for line in reading.broken_lines)


def _products(connection: duckdb.DuckDBPyConnection, name: str, keyed: Keyed) -> dict[str, str]:
    landed = _answers(sorting.landed_cells(connection), name, keyed)
    withdrawn = sorting.withdrawn_cells(connection)
    if withdrawn is not None:
        landed = f"({landed}) union all ({_withdrawn(withdrawn, name, keyed)})"
    return {
        "responses": landed,
        "set_aside": _answers(sorting.set_aside_cells(connection), name, keyed),
        "rejected": sorting.rejections(name, keyed.shift),
    }


def _answers(cells: str, name: str, keyed: Keyed) -> str:
    return f"""
        select {ANSWER}, {literal(name)} as source_file,
            {keyed.line_of("source_line")} as source_line, record_id, false as is_withdrawn
        from ({cells}) as cell
    """


def _withdrawn(withdrawals: str, name: str, keyed: Keyed) -> str:
    """Rows without item or value: what was said of that assessment before counts no more."""
    nothing = {"item": "null::VARCHAR as item", "value": "null::DOUBLE as value"}
    names = [name.strip() for name in ANSWER.split(",")]
    return f"""
        select {", ".join(nothing.get(each, each) for each in names)},
            {literal(name)} as source_file, {keyed.line_of("source_line")} as source_line,
            record_id, true as is_withdrawn
        from ({withdrawals}) as withdrawal
    """


def name_rules(connection: duckdb.DuckDBPyConnection) -> None:
    """Table `reject_rule`: class and mending of every rule that refused something."""
    found = connection.execute("select distinct rule from refused").fetchall()
    rules = [rule_for(name) for name in sorted({rule for (rule,) in found} | set(RULES))]
    connection.execute(
        "create or replace table reject_rule (rule VARCHAR, reject_class VARCHAR, fix VARCHAR)"
    )
    connection.executemany(
        "insert into reject_rule values (?, ?, ?)",
        [(rule.name, rule.reject_class, rule.fix) for rule in rules],
    )


def _receipt(
    connection: duckdb.DuckDBPyConnection,
    staging: Path,
    arrival: Arrival,
    sha256: str,
    source: Source,
    done: Sorted,
    readers: Readers,
) -> archive.Receipt:
    settings = readers.settings
    landed = literal(str(staging / f"{source.table}.parquet"))
    is_of_answers = source.table == "responses"
    summary = _OF_ANSWERS if is_of_answers else _OF_ENTITIES
    found = connection.execute(summary.format(landed=landed)).fetchone()
    assert found is not None
    clinics, measured, first, last, has_record_ids, has_withdrawals = found
    not_watched = _not_watched(landed, connection, readers.instruments) if is_of_answers else ()
    return archive.Receipt(
        sha256=sha256,
        source=source.name,
        name=arrival.name,
        envelope=arrival.envelope,
        table=source.table,
        exports=source.exports,
        landed_at=archive.next_moment(settings.archive, landing_time(settings)),
        clinics=tuple(clinics or ()),
        instruments=tuple(measured or ()),
        measured_from=first,
        measured_to=last,
        has_record_ids=has_record_ids,
        has_withdrawals=has_withdrawals,
        has_artificial_dates=source.has_artificial_dates,
        critical_items_not_watched=not_watched,
        codings=done.codings,
        conflict_rule=CONFLICT_RULES[settings.landing.conflict],
        read_with=readers.fingerprint(source),
        **vars(done.counts),
    )


_OF_ANSWERS = """
    select list_sort(list(distinct clinic_id)), list_sort(list(distinct instrument)),
        min(measured_at), max(measured_at),
        coalesce(bool_or(record_id is not null), false), coalesce(bool_or(is_withdrawn), false)
    from {landed}
"""
_OF_ENTITIES = """
    select list_sort(list(distinct clinic_id)), [], null::TIMESTAMP, null::TIMESTAMP,
        false, coalesce(bool_or(is_withdrawn), false)
    from {landed}
"""


def _not_watched(
    responses: str,
    connection: duckdb.DuckDBPyConnection,
    instruments: Mapping[str, Instrument],
) -> tuple[str, ...]:
    """Instruments with critical items of which this file holds no answer at all."""
    answered: dict[str, set[str]] = {}
    pairs = connection.execute(f"""
        select distinct instrument, item from {responses} where not is_withdrawn order by all
    """)
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
