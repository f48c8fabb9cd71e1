"""From a table that a person can read to the published tables, through the real stations.

A test draws what was measured, one line per questionnaire or moment:

    patient | day | session | PHQ-9 | ORS
    p1      |   0 |       1 | 17    | 18.3

`day` counts from 1 January 2026 (a time of day may follow: `3 14:30`). A
column that is named as an instrument holds a reported total (`17`), the items
in their order with a point for a blank one (`3 2 . 1 0 0 1 2 0`), or some items
by number (`9=2`). `-` is nothing. Further columns: clinic (c), episode,
therapist, group, respondent, file (a.csv). What a clinic's own system records
beside answers is drawn in tables of its own (recorded.py).
"""

import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.instruments import Instrument, load_instruments
from flows.instruments.loader import find_instrument
from flows.journal import JournalEvent
from flows.landing.archive import Receipt
from flows.settings import Settings
from flows.station import Inputs
from flows.warehouse import main_lane, run_stations
from tests.rules import decided
from tests.rules.case import CASE, Case, Run
from tests.rules.recorded import archived_entities

DAY_0 = datetime(2026, 1, 1)
HEADS = ("clinic", "patient", "episode", "therapist", "group", "session", "respondent")
ANSWERS = {
    **dict.fromkeys(("clinic_id", "patient_id", "therapist_id", "episode_id"), "VARCHAR"),
    "group_id": "VARCHAR",
    "session_no": "INTEGER",
    "measured_at": "TIMESTAMP",
    **dict.fromkeys(("respondent", "instrument", "item"), "VARCHAR"),
    "value": "DOUBLE",
    "source_file": "VARCHAR",
    "source_line": "BIGINT",
    "sha256": "VARCHAR",
}

Row = dict[str, str]


def rows(table: str) -> list[Row]:
    """The lines of a drawn table below its heading, in order."""
    lines = [line for line in table.strip().splitlines() if line.strip()]
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    assert all(len(line) == len(cells[0]) for line in cells), "a drawn table is crooked"
    return [dict(zip(cells[0], line, strict=True)) for line in cells[1:]]


def moment(text: str) -> datetime:
    """Day 3 14:30 -> 4 January 2026, half past two."""
    day, _, clock = text.partition(" ")
    hours, minutes = clock.split(":") if clock else ("0", "0")
    return DAY_0 + timedelta(days=int(day), hours=int(hours), minutes=int(minutes))


def as_drawn(value: Any) -> str:
    """A value of the database as a drawn table shows it."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.6f}".rstrip("0").rstrip(".")
        case datetime():
            clock = f" {value:%H:%M}" if (value.hour, value.minute) != (0, 0) else ""
            return f"{(value - DAY_0).days}{clock}"
        case date():
            return str((value - DAY_0.date()).days)
        case _:
            return str(value)


@dataclass(frozen=True)
class File:
    """What a test says about an export: when it was landed (day), held back or not."""

    name: str
    landed: str
    is_held_back: bool = False


@dataclass(frozen=True)
class Published:
    """The built warehouse of one small service, and what is taken down of it."""

    database: Path
    run: Run = field(default_factory=Run)

    def shows(self, table: str, like: str) -> list[Row]:
        """The columns of the drawn table `like`, sorted as it is."""
        wanted = rows(like)
        names = [cell.strip() for cell in like.strip().splitlines()[0].split("|")]
        found = self._found(f"select {', '.join(map(self._column, names))} from {table}")
        drawn = [dict(zip(names, map(as_drawn, row), strict=True)) for row in found]
        place = {tuple(row.values()): n for n, row in enumerate(wanted)}
        drawn.sort(key=lambda row: (place.get(tuple(row.values()), 10**6), str(row)))
        self.run.showed(table, names, drawn)
        return drawn

    @staticmethod
    def _column(name: str) -> str:
        short = {"patient", "clinic", "episode", "therapist", "group"}
        special = {"session": "session_no", "day": "measured_at"}
        return f"{name}_id" if name in short else special.get(name, name)

    def read(self, query: str) -> list[tuple[Any, ...]]:
        found = self._found(query)
        self.run.read(query, found)
        return found

    def _found(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(query).fetchall()


@dataclass
class Service:
    """A home with an archive that is filled from drawn tables."""

    home: Path
    settings: dict[str, Any] = field(default_factory=dict)
    built: int = 0
    case: Case = field(default_factory=Case)

    @cached_property
    def instruments(self) -> Mapping[str, Instrument]:
        norms = self.settings.get("instruments", {}).get("norms")
        return load_instruments(self.home / "instruments", norms)

    def published(self, measured: str, **more: Any) -> Published:
        """The tables that a run publishes; see `inputs`."""
        return self.built_from(self.inputs(measured, **more))

    def inputs(
        self,
        measured: str,
        *,
        as_of: int,
        files: Sequence[File] = (),
        set_aside: str = "",
        events: Sequence[JournalEvent] = (),
        **recorded: str,
    ) -> Inputs:
        """What a run on day `as_of` is a function of; the archive is filled.

        `recorded` are further drawn tables: episodes, appointments (see recorded.py).
        """
        landed = {file.name: file for file in (File("a.csv", str(as_of)), *files)}
        aside = rows(set_aside) if set_aside else []
        receipts = [self._archived(file, rows(measured), aside) for file in landed.values()]
        receipts += self._recorded(recorded, landed, str(as_of))
        landed |= {r.name: File(r.name, str(as_of)) for r in receipts if r.name not in landed}
        drawn = {"measured": rows(measured), "set_aside": aside}
        drawn |= {table: rows(told) for table, told in recorded.items()}
        told_of = {"files": _files(files), "events": [_event(each) for each in events]}
        self.case.starts(as_of, self.settings, drawn | told_of)
        today = moment(str(as_of))
        return Inputs(
            run_id="test",
            as_of=today.date(),
            known_at=today + timedelta(hours=23),
            code_version="test",
            settings=Settings(home=self.home, **self.settings),
            instruments=self.instruments,
            receipts=tuple(r for r in receipts if not landed[r.name].is_held_back),
            held_back=tuple(r for r in receipts if landed[r.name].is_held_back),
            events=tuple(events),
            journal_seq=len(events),
        )

    def built_from(self, inputs: Inputs) -> Published:
        """All stations of the main lane, on a fresh database."""
        self.built += 1
        database = self.home / f"{self.built}.duckdb"
        run_stations(database, main_lane(100, 599), inputs)
        return Published(database, self.case.last)

    def _archived(self, file: File, measured: list[Row], set_aside: list[Row]) -> Receipt:
        key = sha256(f"{file.name} {measured} {set_aside}".encode()).hexdigest()
        folder = self.home / "archive" / key
        folder.mkdir(parents=True, exist_ok=True)
        landed = list(self._answers(file, key, measured))
        aside = list(self._answers(file, key, set_aside))
        for name, answers in (("responses", landed), ("set_aside", aside)):
            _write_parquet(answers, folder / f"{name}.parquet")
        return _receipt(file, key, landed)

    def _recorded(
        self, recorded: Mapping[str, str], files: Mapping[str, File], as_of: str
    ) -> Iterator[Receipt]:
        for table, drawn in recorded.items():
            days = {f"{table}.csv": as_of} | {file.name: file.landed for file in files.values()}
            yield from archived_entities(self.home / "archive", table, rows(drawn), days, moment)

    def _answers(self, file: File, key: str, drawn: list[Row]) -> Iterator[dict[str, Any]]:
        for line, row in enumerate(drawn, start=2):
            if row.get("file", "a.csv") == file.name:
                for instrument, item, value in self._items(row):
                    yield _head(row) | {
                        "instrument": instrument,
                        "item": item,
                        "value": value,
                        "source_file": file.name,
                        "source_line": line,
                        "sha256": key,
                    }

    def _items(self, row: Row) -> Iterator[tuple[str, str, float]]:
        for column, text in row.items():
            instrument = find_instrument(column, self.instruments)
            if column in (*HEADS, "day", "file") or text == "-":
                continue
            name = instrument.id if instrument else column
            yield from ((name, item, value) for item, value in _cell(text))


def _write_parquet(answers: list[dict[str, Any]], file: Path) -> None:
    lines = file.with_suffix(".json")
    lines.write_text("".join(f"{json.dumps(answer, default=str)}\n" for answer in answers))
    read = f"read_json('{lines}', format = 'newline_delimited', columns = {ANSWERS})"
    duckdb.sql(f"copy (from {read}) to '{file}' (format parquet)")


def _cell(text: str) -> Iterator[tuple[str, float]]:
    """`17` is the total, `3 . 2` are items in order, `9=2` is item 9."""
    parts = text.split()
    if len(parts) == 1 and "=" not in text:
        yield "total", float(text)
        return
    for number, part in enumerate(parts, start=1):
        item, equals, value = part.rpartition("=")
        if value != ".":
            yield (item if equals else str(number)), float(value)


def _head(row: Row) -> dict[str, Any]:
    cells = {f"{n}_id": row.get(n) for n in ("clinic", "patient", "therapist", "episode", "group")}
    cells |= {"respondent": row.get("respondent"), "session_no": row.get("session")}
    head: dict[str, Any] = {name: None if cell == "-" else cell for name, cell in cells.items()}
    head["clinic_id"] = row.get("clinic", "c")
    head["session_no"] = None if head["session_no"] is None else int(head["session_no"])
    return head | {"measured_at": None if row["day"] == "-" else moment(row["day"])}


def _receipt(file: File, key: str, landed: list[dict[str, Any]]) -> Receipt:
    moments = [answer["measured_at"] for answer in landed if answer["measured_at"]]
    return Receipt(
        sha256=key,
        source="test",
        name=file.name,
        rows_in=len(landed),
        landed=len(landed),
        duplicate=0,
        rejected=0,
        cells_rejected=0,
        rejected_error=0,
        rejected_conflict=0,
        rejected_by_rule=0,
        landed_at=moment(file.landed) + timedelta(hours=5),
        clinics=tuple(sorted({a["clinic_id"] for a in landed})) or ("c",),
        instruments=tuple(sorted({a["instrument"] for a in landed})),
        measured_from=min(moments, default=None),
        measured_to=max(moments, default=None),
        has_artificial_dates=False,
        critical_items_not_watched=(),
        conflict_rule="later line",
        read_with="test",
    )


def event(seq: int, kind: str, day: str, about: str, **payload: Any) -> JournalEvent:
    """What somebody did on `day` about the alert `about`: clinic/patient/kind/day measured."""
    clinic, patient, alert_kind, measured = about.split("/")
    return JournalEvent(
        seq=seq,
        at=moment(day).replace(tzinfo=UTC),
        actor="a",
        kind=kind,
        clinic_id=clinic,
        patient_id=None if patient == "-" else patient,
        alert_kind=alert_kind,
        measured_at=moment(measured),
        payload=payload,
    )


def _files(files: Sequence[File]) -> list[Row]:
    return [
        {"file": file.name, "landed": file.landed, "is_held_back": as_drawn(file.is_held_back)}
        for file in files
    ]


def _event(about: JournalEvent) -> Row:
    return {
        "at": as_drawn(about.at.replace(tzinfo=None)),
        "patient": about.patient_id or "-",
        "kind": about.kind,
        "measured_at": as_drawn(about.measured_at),
        "action": str(about.payload.get("action", "-")),
        "domain": str(about.payload.get("domain", "-")),
    }


Serving = Callable[..., Service]


@pytest.fixture
def service(tmp_path: Path, request: pytest.FixtureRequest) -> Serving:
    """A fresh home; keyword arguments are sections of opkoers.toml."""
    case = request.node.stash[CASE] = Case()

    def make(**settings: Any) -> Service:
        (tmp_path / "instruments").mkdir(exist_ok=True)
        return Service(tmp_path, settings, case=case)

    return make


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """A test that passed must also stand on the page 'How Op koers decides' as it is drawn."""
    result = yield
    decided.hold(pyfuncitem)
    return result
