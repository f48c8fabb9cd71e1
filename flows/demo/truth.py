"""The hidden truth: what was simulated, in a folder that the pipeline never reads."""

from dataclasses import dataclass

import numpy as np

from flows.demo.answers import CRITICAL_ITEM, MISSING, PHQ, SRS, Moments
from flows.demo.courses import Courses
from flows.demo.exports import DIALECTS, Labels, Texts, is_answered, joined
from flows.demo.planted import Planted
from flows.demo.service import Therapists
from flows.demo.simulation import CLINICS, FIRST_MONDAY, KINDS, Flags, Floats, Ints, Simulation

FILES = {
    "patients": (
        *("simulated", "clinic_id", "patient_id", "episode_id", "episode_no", "therapist_id"),
        *("group_id", "course", "true_baseline", "true_end", "started_on", "last_session_on"),
        *("sessions", "measured_sessions", "is_dropped_out", "is_ended"),
    ),
    "therapists": (
        *("simulated", "clinic_id", "therapist_id", "group_id", "intake_share", "effect"),
        *("effect_per_point", "severity_centre"),
    ),
    "events": (
        *("simulated", "clinic_id", "patient_id", "episode_id", "session_no", "happened_on"),
        *("event", "value", "is_in_export"),
    ),
    "planted_errors": ("simulated", "file", "line", "kind", "expected"),
}

README = """\
# Gesimuleerd / simulated

Alles in deze map is verzonnen door een simulatie. De verwerking leest deze map nooit.

Everything in this folder was made up by a simulation. The pipeline never reads it.

- `patients.csv`: one row per episode. `true_baseline` and `true_end` are true PHQ-9 scores (the
  total that one would find on average) at the first session and at the last one so far.
- `therapists.csv`: `effect` is added to the end level of a patient with a true baseline of
  `severity_centre`, `effect_per_point` for each point above it; above 0 is worse.
- `events.csv`: `rupture_repaired`, `rupture_unrepaired`, `sudden_gain` (first session after it)
  and `critical_item` (PHQ-9 item 9, with its answer). `is_in_export` says whether the session's
  record shows it, planted errors left aside; totals never show an item.
- `journal.jsonl` (of `opkoers demo` alone): what invented people did, as it was written into the
  journal: alerts seen and answered, own marks, goals, evaluations, leave, questions. Whether, when
  and how somebody answers was drawn with chances that know nothing of how the course goes on, and
  no course looks at an answer: answering changes nothing here. A difference in outcome between
  answered and other alerts is chance, or comes from which alerts were still there to be answered.
- `planted_errors.csv`: physical line (the header is line 1) and what landing should say of it:
  `error`, `conflict`, `by_rule`, `duplicate`, `cell` (lands without that cell), `landed`.
"""


@dataclass(frozen=True)
class Events:
    """Things that happened: rows of the courses, session from 1, and the answer or MISSING."""

    episode: Ints
    session: Ints
    name: str
    value: Ints
    is_in_export: Flags


def patient_rows(courses: Courses, labels: Labels, moments: Moments) -> bytes:
    """Lines of patients.csv, one per episode."""
    intake, traits = courses.intake, courses.traits
    measured = np.bincount(moments.episode, minlength=len(intake))
    columns = [
        *(_ones(len(intake)), _clinic_names()[intake.clinic], labels.patient, labels.episode),
        *(_whole(intake.episode_no), labels.therapist, labels.group),
        *(np.array([k.name.encode() for k in KINDS])[traits.kind], _points(traits.baseline)),
        *(_points(courses.at_last_session(courses.expected)), _dates(courses.day[:, 0])),
        *(_dates(courses.at_last_session(courses.day)), _whole(courses.sessions)),
        *(_whole(measured), _whole(courses.left_early), _whole(courses.ended)),
    ]
    return as_lines(joined(columns, ","))


def therapist_rows(team: Therapists, sim: Simulation) -> bytes:
    """Lines of therapists.csv, one per therapist."""
    count = len(team.clinic)
    group = np.full(count, b"", dtype="S8")
    for clinic, leader in zip(CLINICS, team.leaders(), strict=True):
        group[leader] = (clinic.group or "").encode()
    columns = [
        *(_ones(count), _clinic_names()[team.clinic], np.array([i.encode() for i in team.ids])),
        *(group, _points(team.probability), _points(team.effect)),
        *(
            _points(team.effect_per_sd / sim.severity_sd),
            _points(np.full(count, sim.severity_mean)),
        ),
    ]
    return as_lines(joined(columns, ","))


def event_rows(courses: Courses, labels: Labels, moments: Moments) -> bytes:
    """Lines of events.csv, kind by kind."""
    return b"".join(
        _event_lines(courses, labels, events)
        for events in (
            _ruptures(courses, moments, repaired=True),
            _ruptures(courses, moments, repaired=False),
            _sudden_gains(courses, moments),
            _critical_items(courses, moments),
        )
    )


def planted_rows(planted: list[Planted]) -> bytes:
    """Lines of planted_errors.csv."""
    return b"".join(f"1,{p.file},{p.line},{p.kind},{p.expected}\n".encode() for p in planted)


def header(columns: tuple[str, ...]) -> bytes:
    """First line of a truth file."""
    return (",".join(columns) + "\n").encode()


def as_lines(texts: Texts) -> bytes:
    """The texts with a line end after each."""
    return b"".join(np.strings.add(texts, b"\n").tolist())


def _ruptures(courses: Courses, moments: Moments, *, repaired: bool) -> Events:
    name = "rupture_repaired" if repaired else "rupture_unrepaired"
    here = courses.traits.is_repaired == repaired
    session = np.where(here, courses.traits.rupture_at, 0)
    return _turning_points(courses, moments, session, name, is_answered(moments.answers, SRS))


def _sudden_gains(courses: Courses, moments: Moments) -> Events:
    shown = is_answered(moments.answers, PHQ)
    return _turning_points(courses, moments, courses.traits.gain_at, "sudden_gain", shown)


def _turning_points(
    courses: Courses, moments: Moments, session: Ints, name: str, shown: Flags
) -> Events:
    """Events of at most one a course, at `session` (0: none), if it was held by now."""
    episode = np.flatnonzero((session > 0) & (session <= courses.sessions))
    measured = np.zeros(courses.held.shape, dtype=bool)
    measured[moments.episode[shown], moments.session[shown] - 1] = True
    at = session[episode]
    none = np.full(len(episode), MISSING)
    return Events(episode, at, name, none, measured[episode, at - 1])


def _critical_items(courses: Courses, moments: Moments) -> Events:
    answer = moments.answers[:, CRITICAL_ITEM].astype(np.int64)
    some = answer > 0
    episode = moments.episode[some]
    has_items = np.array([d.shape != "totals" for d in DIALECTS])
    shown = has_items[courses.intake.clinic[episode]]
    return Events(episode, moments.session[some], "critical_item", answer[some], shown)


def _event_lines(courses: Courses, labels: Labels, events: Events) -> bytes:
    row = events.episode
    columns = [
        *(_ones(len(row)), _clinic_names()[courses.intake.clinic[row]], labels.patient[row]),
        *(labels.episode[row], _whole(events.session)),
        *(_dates(courses.day[row, events.session - 1]), np.full(len(row), events.name.encode())),
        *(
            np.where(events.value == MISSING, b"", _whole(events.value)),
            _whole(events.is_in_export),
        ),
    ]
    return as_lines(joined(columns, ","))


def _ones(count: int) -> Texts:
    return np.full(count, b"1")


def _clinic_names() -> Texts:
    return np.array([c.name.encode() for c in CLINICS])


def _whole(values: Ints | Flags) -> Texts:
    return values.astype(np.int64).astype("S8")


def _points(values: Floats) -> Texts:
    return np.array([f"{value:.4f}".encode() for value in values.tolist()], dtype="S12")


def _dates(days: Ints) -> Texts:
    return (np.datetime64(FIRST_MONDAY, "D") + days).astype("S10")
