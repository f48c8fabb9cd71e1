"""Alerts that people saw or answered, and from which a later correction took the ground.

The journal remembers what stood on somebody's screen: clinic, patient, kind and
moment. Where no rule fires there any more, and the archive shows that an answer of
that patient, given up to then and landed when the person acted, is no longer in
force as it was (changed, moved or taken back), the alert is told as withdrawn. It
does not wait for an answer; one that was given stays with it. Critical items are
never withdrawn. An event without such a correction belongs to no alert and is
listed as such.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from json import dumps

from flows.landing.sql_text import literal
from flows.station import StationTables
from flows.stations.answer import Answer
from flows.stations.life_cycle import Alert, Line, alert_id, closed, with_answers

READS = ("landed_response", "response", "episode")

RED = frozenset({"reliable_deterioration"})

Corrections = Mapping[tuple[str, str], Sequence[tuple[datetime, datetime, datetime]]]
"""(clinic, patient) -> measured at, landed at, and when it was corrected, of each lost answer."""


def withdrawn_alerts(
    tables: StationTables, lost: Iterable[Answer], kinds: Iterable[str]
) -> list[Alert]:
    """The alerts behind journal answers that no alert took up, where a correction explains it."""
    course_kinds = frozenset(kinds)
    explicable = [
        answer
        for answer in lost
        if answer.subject[1] is not None and answer.subject[2] in course_kinds
    ]
    if not explicable:
        return []
    corrections = _corrections(tables, {each.subject[:2] for each in explicable})
    alerts: dict[str, list[tuple[Answer, datetime]]] = defaultdict(list)
    for answer in explicable:
        if (at := _corrected_at(answer, corrections)) is not None:
            alerts[answer.alert_id or _own_id(answer)].append((answer, at))
    return [_withdrawn(name, found) for name, found in alerts.items()]


def _corrected_at(answer: Answer, corrections: Corrections) -> datetime | None:
    """When what it rested on was first corrected, after the answer was given."""
    clinic, patient, _ = answer.subject
    found = [
        corrected_at
        for measured_at, landed_at, corrected_at in corrections.get((clinic, patient or ""), ())
        if answer.measured_at is not None
        and measured_at <= answer.measured_at
        and landed_at <= answer.at <= corrected_at
    ]
    return min(found, default=None)


def _own_id(answer: Answer) -> str:
    assert answer.measured_at is not None
    return alert_id(_line(answer), answer.opened_at or answer.measured_at)


def _line(answer: Answer) -> Line:
    clinic, patient, kind = answer.subject
    return Line(clinic, patient, answer.episode_id, kind)


def _withdrawn(name: str, found: Sequence[tuple[Answer, datetime]]) -> Alert:
    answers = [answer for answer, _ in found]
    moments = [answer.measured_at for answer in answers if answer.measured_at is not None]
    line = _line(answers[-1])
    alert = Alert(
        line=line,
        alert_id=name,
        therapist_id=None,
        level="red" if line.kind in RED else "amber",
        instrument=None,
        scale=None,
        opened_at=min(answers[-1].opened_at or moments[0], *moments),
        last_signal_at=max(moments),
        reason=dumps({"key": line.kind, "withdrawn": True}),
        withdrawn=True,
    )
    return closed(with_answers(alert, answers), min(at for _, at in found), "withdrawn")


def _corrections(tables: StationTables, patients: Iterable[tuple[str, str | None]]) -> Corrections:
    """Answers of these patients that are no longer in force as they were landed."""
    chosen = ", ".join(f"({literal(c)}, {literal(p or '')})" for c, p in sorted(patients, key=str))
    rows = tables.read_tuples(f"""
        with
        landed as (
            select * from landed_response where (clinic_id, patient_id) in ({chosen})
        ),
        standing as (
            select * from response where (clinic_id, patient_id) in ({chosen})
        )
        select landed.clinic_id, landed.patient_id, landed.measured_at,
            min(landed.landed_at),
            (
                select min(later.landed_at)
                from landed as later
                where later.clinic_id = landed.clinic_id and later.patient_id = landed.patient_id
                    and later.landed_at > min(landed.landed_at)
            )
        from landed
        anti join standing
            on landed.clinic_id = standing.clinic_id
            and landed.patient_id = standing.patient_id
            and landed.measured_at = standing.measured_at
            and landed.instrument = standing.instrument
            and landed.item = standing.item
            and landed.value = standing.value
        where not landed.is_withdrawn and landed.measured_at is not null
        group by landed.clinic_id, landed.patient_id, landed.measured_at
        order by all
    """)
    found: dict[tuple[str, str], list[tuple[datetime, datetime, datetime]]] = defaultdict(list)
    for clinic, patient, measured_at, landed_at, corrected_at in rows:
        if corrected_at is not None:
            found[clinic, patient].append((measured_at, landed_at, corrected_at))
    return found
