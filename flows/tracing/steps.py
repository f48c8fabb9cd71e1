"""What a run drops on its way, made again in memory from the published file and the archive.

The station itself is run, so that a number is counted by what counted it. Its settings, files
and moment are those that the run recorded of itself.
"""

from collections.abc import Iterable
from datetime import date, datetime

from flows.explaining import Published
from flows.landing import archive
from flows.landing.archive import Receipt
from flows.landing.sql_text import identifier
from flows.lineage import writers
from flows.recorded import MANIFEST, Recording, folder_of, read_recording, recorded_settings
from flows.settings import Settings
from flows.station import Inputs, StationTables
from flows.tracing.opened import tables_in
from flows.tracing.traced import Row

CONCERNED = "concerned"
"""A table of clinic and patient: of whom answers are looked up."""


def recorded_inputs(settings: Settings, run: Row) -> Inputs:
    """What the stations of a published run read beside tables, as far as tracing needs it.

    Answers of people and questionnaires are left out: the tables made of them are published.
    Raises OpKoersError where the recording of the run was changed.
    """
    recording = _recording(settings, run["run_id"])
    received, held_back = _files(settings, recording, run["known_at"])
    return Inputs(
        run_id=run["run_id"],
        as_of=date.fromisoformat(str(run["as_of"])),
        known_at=run["known_at"],
        code_version=run["code_version"],
        settings=recorded_settings(settings.home, recording) if recording else settings,
        instruments={},
        receipts=received,
        held_back=held_back,
        events=(),
        journal_seq=run["journal_seq"],
    )


def _recording(settings: Settings, run_id: str) -> Recording | None:
    """None of a snapshot that was published before runs recorded themselves."""
    if not (folder_of(settings.published, run_id) / MANIFEST).exists():
        return None
    return read_recording(settings.published, run_id)


def _files(
    settings: Settings, recording: Recording | None, known_at: datetime
) -> tuple[tuple[Receipt, ...], tuple[Receipt, ...]]:
    """Landed and held-back files that the run knew, as far as they are still there."""
    folder = settings.archive
    landed, held = archive.receipts(folder), archive.held_back(folder)
    if recording is None:
        return tuple(_known(landed, known_at)), tuple(_known(held, known_at))
    were_held = (archive.as_held_back(folder, sha256) for sha256 in recording.held_back)
    return (
        tuple(each for each in landed if each.sha256 in recording.landed),
        tuple(each for each in were_held if each is not None),
    )


def _known(receipts: Iterable[Receipt], known_at: datetime) -> Iterable[Receipt]:
    return (each for each in receipts if each.landed_at <= known_at)


def make_again(published: Published, inputs: Inputs, wanted: Iterable[str]) -> None:
    """See that each wanted table can be read: what is not published is made in memory."""
    there = {*tables_in(published), *_made(published)}
    for table in wanted:
        _make(published, inputs, table, there)


def _make(published: Published, inputs: Inputs, table: str, there: set[str]) -> None:
    """Run the station of a table that is not there, and before it those that it reads."""
    if table in there:
        return
    station = writers()[table]
    for read in station.reads:
        _make(published, inputs, read, there)
    station.make(StationTables(published.connection, station), inputs)
    there.update(station.writes)


def _made(published: Published) -> set[str]:
    """Tables and views in memory."""
    found = published.rows(
        "select table_name as name from duckdb_tables() where database_name in ('memory', 'temp')"
        " union select view_name from duckdb_views() where not internal"
    )
    return {each["name"] for each in found}


def answers_of_concerned(published: Published, inputs: Inputs) -> None:
    """Make the view `response`, the answers in force, of the patients in CONCERNED alone.

    Records that a later file may give to somebody else are looked at whoever they are of.
    """
    if "response" in _made(published):
        return
    make_again(published, inputs, ("landed_response",))
    published.connection.execute(f"""
        alter view landed_response rename to archived_response;
        create view landed_response as
        select * from archived_response
        where (is_contested and record_id is not null)
            or (clinic_id, patient_id) in (select clinic_id, patient_id from {CONCERNED})
    """)
    make_again(published, inputs, ("response",))


def kept(published: Published, name: str, select: str) -> None:
    """Write a SELECT down in memory under a name."""
    published.connection.execute(f"create or replace temp table {identifier(name)} as {select}")
