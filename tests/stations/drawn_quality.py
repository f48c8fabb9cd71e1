"""A small service as the few tables that figures of quality read, and those stations run on it.

A test draws treatments, one a line; scores are `day:PHQ-9`, those after `to` are follow-ups:

    patient | therapist | from | to | scores        | reason
    p1      | t1        | 0    | 60 | 0:20 50:8     | planned

and alerts. Days count from 1 January 2026, as in tests/rules; `-` is nothing. What core stations
would have made of it is worked out here by hand: the first score is the baseline, 6 points are a
reliable change, 10 and more is the clinical range (the values of the PHQ-9).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from flows.settings import Settings
from flows.station import Inputs, Station, StationTables
from flows.warehouse import all_stations
from tests.rules.conftest import moment, rows
from tests.rules.stations import fill

RELIABLE, CLINICAL = 6, 10
SKIPPED = ("file_history", "missing_outcome")
"""They read more tables; both have tests of their own."""

ID = dict.fromkeys(("clinic_id", "patient_id", "episode_id"), "VARCHAR")
SCALE = dict.fromkeys(("instrument", "scale"), "VARCHAR")
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "instrument": {"instrument": "VARCHAR", "measures": "VARCHAR"},
    "instrument_scale": SCALE
    | {"is_main": "BOOLEAN", "minimum": "DOUBLE", "maximum": "DOUBLE", "direction": "INTEGER"},
    "instrument_item": SCALE
    | {"item": "VARCHAR", "minimum": "DOUBLE", "maximum": "DOUBLE", "is_reversed": "BOOLEAN"},
    "yardstick": {"clinic_id": "VARCHAR"}
    | SCALE
    | {
        "method": "VARCHAR",
        "direction": "INTEGER",
        "threshold": "DOUBLE",
        "threshold_rule": "VARCHAR",
    },
    "therapist": dict.fromkeys(("clinic_id", "therapist_id", "team_id"), "VARCHAR"),
    "landed_file": {
        **dict.fromkeys(("source", "name"), "VARCHAR"),
        "is_held_back": "BOOLEAN",
        "rows_in": "BIGINT",
        "rejected_error": "BIGINT",
        "landed_at": "TIMESTAMP",
        "clinics": "VARCHAR[]",
    },
    "file_form": {
        **dict.fromkeys(("clinic_id", "patient_id"), "VARCHAR"),
        "measured_at": "TIMESTAMP",
        **SCALE,
        "items_answered": "INTEGER",
        "lowest_answer": "DOUBLE",
        "highest_answer": "DOUBLE",
    },
    "placed_appointment": ID | {"attended": "BOOLEAN"},
    "non_response": ID | {"noted_at": "TIMESTAMP", "reason_code": "VARCHAR"},
    "alliance_drop": ID
    | SCALE
    | {
        "assessment_id": "VARCHAR",
        "therapist_id": "VARCHAR",
        "assessment_no": "INTEGER",
        "measured_at": "TIMESTAMP",
        "state": "VARCHAR",
    },
    "episode": ID
    | {
        "therapist_id": "VARCHAR",
        "started_at": "TIMESTAMP",
        "follow_ups": "INTEGER",
        "is_closed": "BOOLEAN",
        "ended_at": "TIMESTAMP",
        "end_reason": "VARCHAR",
        "planned_sessions": "INTEGER",
        "waiting_days": "INTEGER",
    },
    "exported_episode": ID | {"started_on": "DATE", "ended_on": "DATE"},
    "score": ID
    | SCALE
    | {
        "therapist_id": "VARCHAR",
        "session_no": "INTEGER",
        "assessment_no": "INTEGER",
        "measured_at": "TIMESTAMP",
        "score": "DOUBLE",
        "prorated": "BOOLEAN",
        "is_follow_up": "BOOLEAN",
        "baseline_score": "DOUBLE",
        "source_file": "VARCHAR",
    },
    "baseline": ID
    | SCALE
    | {
        "baseline_score": "DOUBLE",
        "baseline_at": "TIMESTAMP",
        "rule": "VARCHAR",
        "is_clinical": "BOOLEAN",
    },
    "change": ID
    | SCALE
    | {"method": "VARCHAR", "latest": "DOUBLE", "class": "VARCHAR", "crossed_cutoff": "BOOLEAN"},
    "alert": ID
    | SCALE
    | {
        **dict.fromkeys(("alert_id", "therapist_id", "kind", "level", "action"), "VARCHAR"),
        **dict.fromkeys(
            ("opened_at", "seen_at", "answered_at", "closed_at", "landed_at"), "TIMESTAMP"
        ),
        "outcome_after_4_sessions": "VARCHAR",
        "withdrawn": "BOOLEAN",
        "reason": "VARCHAR",
    },
}
PHQ = {"instrument": "phq-9", "scale": "total"}
SRS = {"instrument": "srs", "scale": "total"}
KNOWN: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "instrument": [
        {"instrument": "phq-9", "measures": "symptoms"},
        {"instrument": "srs", "measures": "alliance"},
    ],
    "instrument_scale": [
        PHQ | {"is_main": True, "minimum": 0, "maximum": 27, "direction": -1},
        SRS | {"is_main": True, "minimum": 0, "maximum": 40, "direction": 1},
    ],
    "instrument_item": [PHQ | {"item": "1", "minimum": 0, "maximum": 3, "is_reversed": False}],
}

Row = dict[str, Any]
Rows = list[Row]


@dataclass(frozen=True)
class Built:
    """What the stations made; it is closed with its connection."""

    connection: duckdb.DuckDBPyConnection

    def read(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()


def file(name: str, day: int, records: int = 100, lost: int = 0, **more: Any) -> Row:
    """A file of source `test` and clinic `c` that was landed at five on that day."""
    landed = {"landed_at": moment(f"{day} 05:00"), "clinics": ["c"], "is_held_back": False}
    counts = {"rows_in": records, "rejected_error": lost}
    return {"source": "test", "name": name} | landed | counts | more


def built(
    treatments: str = "",
    *,
    as_of: int,
    alerts: str = "",
    settings: Mapping[str, Any] | None = None,
    **tables: Iterable[Mapping[str, Any]],
) -> Built:
    """Every station from 446 to 486 on the drawn service as of that day.

    Keyword arguments are rows of tables of COLUMNS, more or instead of what is drawn.
    """
    made = dict(KNOWN) | drawn(treatments) | {"alert": _alerts(alerts)}
    made["landed_file"] = [file("a.csv", as_of)]
    for name, given in tables.items():
        is_instead = name in ("landed_file", "therapist")
        made[name] = [*(() if is_instead else made.get(name, ())), *given]
    connection = duckdb.connect(config={"threads": 1})
    for name, columns in COLUMNS.items():
        fill(connection, name, columns, list(made.get(name, ())))
    inputs = _inputs(as_of, settings or {})
    for station in _stations():
        station.make(StationTables(connection, station), inputs)
    return Built(connection)


def _stations() -> Iterator[Station]:
    for station in all_stations():
        is_of_quality = station.number == 100 or 446 <= station.number <= 486
        if is_of_quality and station.name not in SKIPPED:
            yield station


def _inputs(as_of: int, settings: Mapping[str, Any]) -> Inputs:
    today = moment(str(as_of))
    return Inputs(
        run_id="test",
        as_of=today.date(),
        known_at=today + timedelta(hours=23),
        code_version="test",
        settings=Settings(home=Path("home"), **settings),
        instruments={},
        receipts=(),
        held_back=(),
        events=(),
        journal_seq=0,
    )


def drawn(treatments: str) -> dict[str, Rows]:
    """Rows of the core tables that these treatments stand for."""
    made: dict[str, Rows] = {name: [] for name in COLUMNS if name not in KNOWN}
    for told in rows(treatments) if treatments else ():
        who = _who(told)
        _treatment(made, who, told)
        made["score"] += (scores := list(_scores(who, told)))
        _judged(made, who, [row for row in scores if not row["is_follow_up"]])
    clinics = sorted({row["clinic_id"] for row in made["episode"]})
    rule = {"method": "JT", "direction": -1, "threshold": RELIABLE, "threshold_rule": ">="}
    made["yardstick"] = [{"clinic_id": clinic} | PHQ | rule for clinic in clinics]
    return made


def _who(told: Mapping[str, str]) -> Row:
    clinic, patient = told.get("clinic", "c"), told["patient"]
    return {
        "clinic_id": clinic,
        "patient_id": patient,
        "episode_id": told.get("episode", f"{patient}-1"),
    }


def cell(told: Mapping[str, str], name: str) -> str | None:
    """What a drawn cell says; None for `-` and for a column that is not drawn."""
    said = told.get(name, "-")
    return None if said == "-" else said


def day(said: str | None) -> date | None:
    return None if said is None else moment(said).date()


def _treatment(made: dict[str, Rows], who: Row, told: Mapping[str, str]) -> None:
    start, end = cell(told, "from"), cell(told, "to")
    after = [at for at, _ in measured(told) if end is not None and at > int(end)]
    numbers = {name: cell(told, name) for name in ("planned_sessions", "waiting_days")}
    made["episode"].append(
        who
        | {name: said and int(said) for name, said in numbers.items()}
        | {
            "therapist_id": cell(told, "therapist"),
            "started_at": start and moment(start),
            "ended_at": end and moment(end),
            "is_closed": end is not None,
            "end_reason": cell(told, "reason"),
            "follow_ups": len(after),
        }
    )
    made["exported_episode"].append(who | {"started_on": day(start), "ended_on": day(end)})


def measured(told: Mapping[str, str]) -> list[tuple[int, float]]:
    """The scores of a drawn treatment as (day, score), in order."""
    parts = [part.split(":") for part in (cell(told, "scores") or "").split()]
    return [(int(at), float(score)) for at, score in parts]


def _scores(who: Row, told: Mapping[str, str]) -> Iterator[Row]:
    end, found = cell(told, "to"), measured(told)
    for number, (at, score) in enumerate(found, 1):
        yield (
            who
            | PHQ
            | {
                "therapist_id": cell(told, "therapist"),
                "assessment_no": number,
                "measured_at": moment(str(at)),
                "score": score,
                "prorated": False,
                "is_follow_up": end is not None and at > int(end),
                "baseline_score": found[0][1],
                "source_file": told.get("file", "a.csv"),
            }
        )


def _judged(made: dict[str, Rows], who: Row, scores: Sequence[Row]) -> None:
    """The baseline, and the change from it to the last score, where there are such."""
    if scores:
        first = scores[0]
        start = {"baseline_score": first["score"], "baseline_at": first["measured_at"]}
        rule = {"rule": "first_valid_assessment", "is_clinical": first["score"] >= CLINICAL}
        made["baseline"].append(who | PHQ | start | rule)
    if len(scores) > 1:
        before, latest = scores[0]["score"], scores[-1]["score"]
        crossed = (before >= CLINICAL) != (latest >= CLINICAL)
        judged = {"latest": latest, "class": judged_class(before, latest)}
        made["change"].append(who | PHQ | judged | {"method": "JT", "crossed_cutoff": crossed})


def judged_class(before: float, latest: float) -> str:
    """Jacobson and Truax with the values of the PHQ-9."""
    if before - latest >= RELIABLE:
        return "recovered" if before >= CLINICAL > latest else "improved"
    return "deteriorated" if latest - before >= RELIABLE else "unchanged"


def _alerts(alerts: str) -> Rows:
    return [_alert(number, told) for number, told in enumerate(rows(alerts) if alerts else (), 1)]


def _alert(number: int, told: Mapping[str, str]) -> Row:
    at = {f"{name}_at": cell(told, name) for name in ("opened", "seen", "answered", "closed")}
    return (
        _who(told)
        | PHQ
        | {name: said and moment(said) for name, said in at.items()}
        | {
            "alert_id": f"a{number:03}",
            "therapist_id": cell(told, "therapist"),
            "kind": told.get("kind", "reliable_deterioration"),
            "level": told.get("level", "red"),
            "action": cell(told, "action"),
            "outcome_after_4_sessions": cell(told, "outcome"),
            "withdrawn": False,
            "reason": "{}",
        }
    )
