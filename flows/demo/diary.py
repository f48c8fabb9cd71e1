"""What simulated people wrote beside answers: marks, goals, evaluations, leave, questions.

All of it is invented, and little of it: enough that no page of a therapist's patient is empty.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

import numpy as np

from flows.demo.deliveries import SKIPPED, WEEK, date_of
from flows.demo.habits import at_work
from flows.demo.replies import therapist
from flows.demo.simulation import CLINICS, SYNTHETIC_NOW
from flows.station import StationTables

Entry = dict[str, Any]
PER_THERAPIST = 3
MARKS = (
    ("medication", "Gestart met sertraline 50 mg (verzonnen)"),
    ("life_event", "Verhuisd"),
    ("life_event", "Weer begonnen met werken, halve dagen"),
    ("plan_change", "Van wekelijks naar om de week"),
    ("other", "Partner was mee naar de zitting"),
)
GOALS = (
    "Drie keer per week wandelen",
    "Weer naar het koor gaan",
    "Op tijd naar bed, telefoon buiten de slaapkamer",
    "Met mijn zus bespreken wat er vorig jaar gebeurde",
)
OFFICER = {"role": "quality_officer", "clinic_id": "", "therapist_id": None}
MISSING_FILE = "De export ontbreekt. Wanneer komt die?"
IT_CAME = "De geplande taak stond uit na een update. Wat ontbrak is nu geleverd."
NO_WORK = "Van twee op de drie patiënten is niet bekend of zij werk hebben. Kan dat in de export?"


class Treatment(NamedTuple):
    """A running course of treatment that was measured lately."""

    clinic_id: str
    patient_id: str
    episode_id: str
    therapist_id: str
    started_at: datetime


def diary(rng: np.random.Generator, tables: StationTables, until: datetime) -> list[Entry]:
    """Entries of all therapists, a leave in each clinic and two questions, before `until`."""
    entries: list[Entry] = []
    treatments = _treatments(tables, until)
    for who in sorted({(each.clinic_id, each.therapist_id) for each in treatments}):
        own = [each for each in treatments if (each.clinic_id, each.therapist_id) == who]
        chosen = rng.permutation(len(own))[:PER_THERAPIST].tolist()
        for place, number in enumerate(chosen):
            entries += _about(rng, own[number], until, is_first=place == 0)
    return [*entries, *_leaves(treatments, until), *_questions(until)]


def _treatments(tables: StationTables, until: datetime) -> list[Treatment]:
    """Running courses that began long enough ago for something to be written about them."""
    rows = tables.read_tuples("""
        select
            verdict.clinic_id, verdict.patient_id, verdict.episode_id,
            arg_max(verdict.therapist_id, verdict.measured_at),
            min(verdict.measured_at)
        from verdict
        semi join episode
            on verdict.clinic_id = episode.clinic_id
            and verdict.patient_id = episode.patient_id
            and verdict.episode_id = episode.episode_id
            and not episode.is_closed
        where verdict.therapist_id is not null
        group by all
        order by all
    """)
    treatments = (Treatment(*row) for row in rows)
    return [each for each in treatments if each.started_at < until - timedelta(days=28)]


def _about(
    rng: np.random.Generator, one: Treatment, until: datetime, *, is_first: bool
) -> Iterator[Entry]:
    """A mark; for a therapist's first also a goal and an evaluation to come."""
    course = {"patient_id": one.patient_id, "episode_id": one.episode_id}
    about: Entry = {
        "by": therapist(one.clinic_id, one.therapist_id),
        "course": {"clinic_id": one.clinic_id, **course},
    }
    days = (until - one.started_at).days
    at = at_work(rng, one.started_at, float(rng.uniform(7, days - 14)))
    kind, text = MARKS[int(rng.integers(len(MARKS)))]
    on = {"on": at.date().isoformat()}
    yield {"at": at.isoformat(), "what": "mark", **about, "kind": kind, **on, "text": text}
    if is_first:
        goal = GOALS[int(rng.integers(len(GOALS)))]
        yield {"at": at.isoformat(), "what": "goal", **about, "text": goal}
        day = at_work(rng, until, float(rng.uniform(3, 25))).date()
        yield {"at": at.isoformat(), "what": "evaluation", **about, "on": day.isoformat()}


def _leaves(treatments: Sequence[Treatment], until: datetime) -> Iterator[Entry]:
    """In each clinic the last therapist is away this week and the first stands in."""
    for clinic in CLINICS:
        own = sorted({each.therapist_id for each in treatments if each.clinic_id == clinic.name})
        if len(own) > 1:
            yield {
                "at": (until - timedelta(days=10, hours=-11)).isoformat(),
                "what": "leave",
                "by": therapist(clinic.name, own[-1]),
                "deputy": therapist(clinic.name, own[0]),
                "from": SYNTHETIC_NOW.isoformat(),
                "to": (SYNTHETIC_NOW + timedelta(days=11)).isoformat(),
            }


def _questions(until: datetime) -> Iterator[Entry]:
    """About the export that was not delivered, answered when it came; and one that is open."""
    for clinic, days in SKIPPED.items():
        asked = datetime.combine(date_of(days[-1]), time(9)) + timedelta(days=3)
        came = datetime.combine(date_of(days[-1] + 2 * WEEK), time(10)) + timedelta(days=1)
        name = CLINICS[clinic].name
        about = {"by": OFFICER, "text": MISSING_FILE, "clinic_id": name, "source": name}
        due_on = (asked + timedelta(days=14)).date().isoformat()
        told = {"owner": "applicatiebeheer (verzonnen)", "due_on": due_on}
        yield {"at": asked.isoformat(), "what": "question", **about, **told}
        yield {"at": came.isoformat(), "what": "closed_question", **about, "answer": IT_CAME}
    yield {
        "at": (until - timedelta(days=6, hours=-10)).isoformat(),
        "what": "question",
        "by": OFFICER,
        "text": NO_WORK,
        "owner": "functioneel beheer (verzonnen)",
        "due_on": (SYNTHETIC_NOW + timedelta(days=11)).isoformat(),
        "clinic_id": "",
        "source": "intake",
    }
