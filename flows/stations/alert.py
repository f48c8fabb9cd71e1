"""380_alert: verdicts over time and answers -> alerts that open, stay open and close.

How an alert lives stands in life_cycle.py, for critical items in critical_life.py.
Two things have no course and are alerts each on its own, until they are answered:
a held-back file that holds critical items, and a critical item of an unknown patient.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import md5
from itertools import groupby
from operator import itemgetter
from typing import Any

from flows.journal import JournalEvent
from flows.settings import Critical
from flows.station import Inputs, StationTables
from flows.stations import withdrawal
from flows.stations.answer import Answer, Answers, answers_in_force, without_zone
from flows.stations.critical_life import CRITICAL, CriticalAnswer, critical_alerts, late
from flows.stations.life_cycle import (
    Alert,
    Line,
    Moment,
    Verdict,
    closed,
    hygiene_of,
    life_cycle,
    with_answers,
)
from flows.stations.withdrawal import withdrawn_alerts

COURSE_KINDS = (
    "reliable_deterioration",
    "off_course",
    "high_predicted_risk",
    "no_reliable_improvement",
    "treatment_review",
    "alliance_rupture",
    "drop_out_risk",
)
READS = (
    *withdrawal.READS,
    "verdict",
    "placed_critical",
    "critical",
    "critical_item",
    "landed_file",
    "landed_item",
)
WRITES = ("alert", "unattached_event")

ALERT = {
    "alert_id": "VARCHAR",
    "clinic_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "kind": "VARCHAR",
    "domain": "VARCHAR",
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
    "landed_at": "TIMESTAMP",
    "last_landed_at": "TIMESTAMP",
    "escalated_at": "TIMESTAMP",
    "escalated_to": "VARCHAR",
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
    duty = inputs.settings.critical
    critical = [
        *_about_critical_items(tables, duty, answers),
        *_of_unknown_patients(tables, duty, answers),
    ]
    alerts = [
        *_with_a_course(tables, inputs, answers),
        *(late(alert, duty, inputs.known_at) for alert in critical),
        *_about_files(tables, answers),
    ]
    attached = frozenset(seq for alert in alerts for seq in alert.events)
    withdrawn = withdrawn_alerts(tables, answers.lost(attached), COURSE_KINDS)
    attached |= frozenset(seq for alert in withdrawn for seq in alert.events)
    lost = answers.unattached(attached)
    rows = sorted(map(_row, (*alerts, *withdrawn)), key=_place)
    tables.write("alert", ALERT, rows)
    unattached = [_unattached(event) for event in inputs.events if event.seq in lost]
    tables.write("unattached_event", UNATTACHED, unattached)


def _row(alert: Alert) -> dict[str, Any]:
    row = {name: getattr(alert, name) for name in ALERT if hasattr(alert, name)}
    about = {"instrument": alert.instrument or None, "scale": alert.scale or None}
    return row | vars(alert.line) | about


def _place(row: Row) -> tuple[str, bool, str]:
    """By patient, whose page then reads them together; those about files stand last."""
    return row["clinic_id"], row["patient_id"] is None, row["patient_id"] or ""


def _unattached(event: JournalEvent) -> dict[str, Any]:
    row = {name: getattr(event, name) for name in UNATTACHED}
    return row | {"at": without_zone(event.at)}


# ---------- alerts of the course of an episode


def _with_a_course(tables: StationTables, inputs: Inputs, answers: Answers) -> Iterator[Alert]:
    ended_at = episode_ends(tables)
    for line, moments in series(tables):
        yield from life_cycle(
            line,
            moments,
            answers.about((line.clinic_id, line.patient_id, line.kind)),
            hygiene_of(line.kind, inputs.settings.alerts),
            inputs.as_of,
            ended_at.get((line.clinic_id, line.patient_id, line.episode_id)),
        )


def episode_ends(tables: StationTables) -> dict[tuple[str, str | None, str | None], datetime]:
    """When each closed episode ended, by clinic, patient and episode."""
    rows = tables.read("""
        select clinic_id, patient_id, episode_id, ended_at
        from episode
        where is_closed
    """)
    return {(r["clinic_id"], r["patient_id"], r["episode_id"]): r["ended_at"] for r in rows}


def series(tables: StationTables) -> Iterator[tuple[Line, list[Moment]]]:
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


# ---------- alerts about critical items


def _about_critical_items(
    tables: StationTables, duty: Critical, answers: Answers
) -> Iterator[Alert]:
    """Those of known patients, in the episodes that their answers belong to."""
    for found in critical_series(tables, duty):
        line = found[0].line
        subject = (line.clinic_id, line.patient_id, CRITICAL)
        yield from critical_alerts(found, answers.about(subject))


def critical_series(tables: StationTables, duty: Critical) -> Iterator[list[CriticalAnswer]]:
    """Per patient, the critical answers that open alerts."""
    rows = tables.read_tuples(f"""
        select clinic_id, patient_id, episode_id, '{CRITICAL}', domain, measured_at, landed_at,
            therapist_id, instrument, item, value, reason
        from placed_critical
        where {_opens(duty)}
        order by clinic_id, patient_id
    """)
    for _, mine in groupby(rows, key=itemgetter(0, 1)):
        yield [CriticalAnswer(Line(*row[:5]), *row[5:]) for row in mine]


def _opens(duty: Critical) -> str:
    """The condition under which a critical answer opens an alert."""
    return f"measured_at >= date '{duty.alerts_from}'" if duty.alerts_from else "true"


def _of_unknown_patients(
    tables: StationTables, duty: Critical, answers: Answers
) -> Iterator[Alert]:
    rows = tables.read(f"""
        select signal_id as about, clinic_id, kind, domain, episode_id, therapist_id, instrument,
            scale, measured_at as opened_at, landed_at, reason
        from critical
        where patient_id is null and {_opens(duty)}
        order by clinic_id, measured_at, signal_id
    """)
    return (_single(row, answers) for row in rows)


# ---------- alerts about files


def _about_files(tables: StationTables, answers: Answers) -> Iterator[Alert]:
    return (_single(row, answers) for row in _held_back_files(tables))


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
            semi join critical_item
                on landed_item.instrument = critical_item.instrument
                and landed_item.item = critical_item.item
                and landed_item.value >= critical_item.threshold
            group by all
        )
        select sha256 as about, clinic_id, 'held_back_file' as kind,
            null::varchar as domain, null::varchar as episode_id, null::varchar as therapist_id,
            null::varchar as instrument, null::varchar as scale, landed_at as opened_at,
            null::timestamp as landed_at,
            json_object('key', 'held_back_file', 'file', name, 'values', answers)::varchar
                as reason
        from reached
        where clinic_id is not null
        order by clinic_id, landed_at, name, sha256
    """)


def _single(row: Row, answers: Answers) -> Alert:
    """An alert that only answers which name it are about."""
    alert = _opened(row)
    mine = _answers_to(alert, answers.about((row["clinic_id"], None, row["kind"])))
    alert = with_answers(alert, mine)
    answered_at = alert.first_answered_at
    return closed(alert, answered_at, "answered") if answered_at else alert


def _opened(row: Row) -> Alert:
    parts = f"{row['clinic_id']}|{row['kind']}|{row['about']}"
    return Alert(
        line=Line(row["clinic_id"], None, row["episode_id"], row["kind"], row["domain"]),
        alert_id=md5(parts.encode(), usedforsecurity=False).hexdigest(),
        therapist_id=row["therapist_id"],
        level="red",
        instrument=row["instrument"],
        scale=row["scale"],
        opened_at=row["opened_at"],
        last_signal_at=row["opened_at"],
        landed_at=row["landed_at"],
        last_landed_at=row["landed_at"],
        reason=row["reason"],
    )


def _answers_to(alert: Alert, answers: Iterable[Answer]) -> list[Answer]:
    return [answer for answer in answers if answer.alert_id == alert.alert_id]
