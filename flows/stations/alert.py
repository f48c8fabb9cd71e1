"""380_alert: verdicts over time and answers -> alerts that open, stay open and close.

How an alert lives stands in life_cycle.py. Two things have no course and are
alerts each on its own, until they are answered: a held-back file that holds
critical items, and a critical item of an unknown patient.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import md5
from itertools import groupby
from operator import itemgetter
from typing import Any

from flows.journal import JournalEvent
from flows.station import Inputs, StationTables
from flows.stations.answer import Answer, Answers, answers_in_force, without_zone
from flows.stations.life_cycle import (
    Alert,
    Line,
    Moment,
    Verdict,
    closed,
    life_cycle,
    with_answers,
)

READS = ("verdict", "critical", "critical_item", "episode", "landed_file", "landed_item")
WRITES = ("alert", "unattached_event")

ALERT = {
    "alert_id": "VARCHAR",
    "clinic_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "kind": "VARCHAR",
    "level": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "opened_at": "TIMESTAMP",
    "last_signal_at": "TIMESTAMP",
    "seen_at": "TIMESTAMP",
    "answered_at": "TIMESTAMP",
    "action": "VARCHAR",
    "closed_at": "TIMESTAMP",
    "closed_reason": "VARCHAR",
    "outcome_after_4_sessions": "VARCHAR",
    "withdrawn": "BOOLEAN",
    "reason": "VARCHAR",
}
UNATTACHED = {
    "seq": "BIGINT",
    "at": "TIMESTAMP",
    "kind": "VARCHAR",
    "clinic_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "alert_kind": "VARCHAR",
    "measured_at": "TIMESTAMP",
}

Row = Mapping[str, Any]


def make(tables: StationTables, inputs: Inputs) -> None:
    """Write `alert`, and in `unattached_event` the answers that no alert covers any more."""
    answers = answers_in_force(inputs.events)
    alerts = [*_with_a_course(tables, inputs, answers), *_on_their_own(tables, answers)]
    tables.write("alert", ALERT, [_row(alert) for alert in alerts])
    attached = frozenset(seq for alert in alerts for seq in alert.events)
    lost = answers.unattached(attached)
    rows = [_unattached(event) for event in inputs.events if event.seq in lost]
    tables.write("unattached_event", UNATTACHED, rows)


def _row(alert: Alert) -> dict[str, Any]:
    row = {name: getattr(alert, name) for name in ALERT if hasattr(alert, name)}
    return row | vars(alert.line) | {"withdrawn": False}


def _unattached(event: JournalEvent) -> dict[str, Any]:
    row = {name: getattr(event, name) for name in UNATTACHED}
    return row | {"at": without_zone(event.at)}


# ---------- alerts of the course of an episode


def _with_a_course(tables: StationTables, inputs: Inputs, answers: Answers) -> Iterator[Alert]:
    ended_at = _episode_ends(tables)
    for line, moments in _series(tables):
        yield from life_cycle(
            line,
            moments,
            answers.about((line.clinic_id, line.patient_id, line.kind)),
            inputs.settings.alerts,
            inputs.as_of,
            ended_at.get((line.clinic_id, line.patient_id, line.episode_id)),
        )


def _episode_ends(tables: StationTables) -> dict[tuple[str, str | None, str | None], datetime]:
    rows = tables.read("""
        select clinic_id, patient_id, episode_id, ended_at
        from episode
        where is_closed
    """)
    return {(r["clinic_id"], r["patient_id"], r["episode_id"]): r["ended_at"] for r in rows}


def _series(tables: StationTables) -> Iterator[tuple[Line, list[Moment]]]:
    """Each line that ever fired, with its moments in time."""
    rows = tables.read_tuples("""
        select clinic_id, patient_id, episode_id, kind, measured_at, therapist_id,
            instrument, scale, level, reason
        from verdict
        order by clinic_id, patient_id, episode_id, kind, measured_at,
            urgency nulls last, instrument, scale, reason
    """)
    for line, mine in groupby(rows, key=itemgetter(0, 1, 2, 3)):
        verdicts = (Verdict(*row[4:]) for row in mine)
        at_once = groupby(verdicts, key=itemgetter(0))
        yield Line(*line), [tuple(together) for _, together in at_once]


# ---------- alerts on their own


def _on_their_own(tables: StationTables, answers: Answers) -> Iterator[Alert]:
    for row in (*_held_back_files(tables), *_critical_items_of_unknown_patients(tables)):
        alert = _single(row)
        mine = _answers_to(alert, answers.about((row["clinic_id"], None, row["kind"])))
        alert = with_answers(alert, mine)
        answered_at = alert.first_answered_at
        yield closed(alert, answered_at, "answered") if answered_at else alert


def _held_back_files(tables: StationTables) -> list[dict[str, Any]]:
    """One row for each clinic in each held-back file that holds critical items."""
    return tables.read("""
        with
        held as (
            select sha256, name, landed_at, clinics
            from landed_file
            where is_held_back
        ),
        reached as (
            select held.sha256, held.name, held.landed_at,
                coalesce(landed_item.clinic_id, held.clinics[1]) as clinic_id,
                count(*) as answers
            from landed_item
            inner join held using (sha256)
            inner join critical_item
                on landed_item.instrument = critical_item.instrument
                and landed_item.item = critical_item.item
                and landed_item.value >= critical_item.threshold
            group by all
        )
        select sha256 as about, clinic_id, 'held_back_file' as kind,
            null::varchar as episode_id, null::varchar as therapist_id,
            null::varchar as instrument, null::varchar as scale, landed_at as opened_at,
            json_object('key', 'held_back_file', 'file', name, 'values', answers)::varchar
                as reason
        from reached
        where clinic_id is not null
        order by clinic_id, landed_at, name, sha256
    """)


def _critical_items_of_unknown_patients(tables: StationTables) -> list[dict[str, Any]]:
    return tables.read("""
        select signal_id as about, clinic_id, kind, episode_id, therapist_id, instrument, scale,
            measured_at as opened_at, reason
        from critical
        where patient_id is null
        order by clinic_id, measured_at, signal_id
    """)


def _single(row: Row) -> Alert:
    parts = f"{row['clinic_id']}|{row['kind']}|{row['about']}"
    return Alert(
        line=Line(row["clinic_id"], None, row["episode_id"], row["kind"]),
        alert_id=md5(parts.encode(), usedforsecurity=False).hexdigest(),
        therapist_id=row["therapist_id"],
        level="red",
        instrument=row["instrument"],
        scale=row["scale"],
        opened_at=row["opened_at"],
        last_signal_at=row["opened_at"],
        reason=row["reason"],
    )


def _answers_to(alert: Alert, answers: Iterable[Answer]) -> list[Answer]:
    return [answer for answer in answers if answer.alert_id == alert.alert_id]
