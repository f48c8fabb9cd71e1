"""What a service records beside answers: its patients, their intake, agendas and teams.

One file of each for all clinics. Nothing here changes how a course goes: who comes was drawn
before, and these facts follow from it with a stream of random numbers of their own. They bear on
how courses end all the same, as in life: who was treated before more often stays as bad.
"""

from dataclasses import dataclass

import numpy as np

from flows.demo.courses import Courses
from flows.demo.deliveries import delivered_on, file_on
from flows.demo.exports import Labels, Texts, joined
from flows.demo.service import Therapists
from flows.demo.simulation import (
    CLINICS,
    FIRST_MONDAY,
    LAST_DAY,
    Flags,
    Floats,
    Ints,
    Simulation,
)

AGENDA_DAYS = 42
"""So far ahead appointments are made."""
TRAINEE, SUPERVISOR, TEAM = 1, 2, 8
"""In each clinic the second therapist is in training with the third; a team is about as large."""
AREAS = ("angst", "depressie", "persoonlijkheid", "trauma")
# Per kind of course: recovering, slow, flat, late, deteriorating, sudden gain.
AREA_CHANCES = (
    (0.36, 0.42, 0.06, 0.16),
    (0.26, 0.36, 0.18, 0.20),
    (0.18, 0.28, 0.34, 0.20),
    (0.20, 0.30, 0.20, 0.30),
    (0.18, 0.30, 0.32, 0.20),
    (0.36, 0.40, 0.06, 0.18),
)
TREATED_BEFORE = (0.28, 0.40, 0.58, 0.42, 0.56, 0.24)
OUT_OF_WORK = 0.3


@dataclass(frozen=True)
class Companion:
    """One file of the service, named by its stem; columns are separated by semicolons."""

    stem: str
    columns: tuple[str, ...]

    def header(self) -> bytes:
        return (";".join(self.columns) + "\n").encode()


PATIENTS = Companion("patienten", ("locatie", "patient", "geboortejaar", "geslacht"))
INTAKE = Companion(
    "intake",
    ("locatie", "patient", "hoofdprobleem", "zorgvorm", "eerder_behandeld", "werk"),
)
AGENDA = Companion(
    "afspraken", ("locatie", "patient", "behandelaar", "begint", "gekomen", "minuten")
)
TEAMS = Companion("behandelaren", ("locatie", "behandelaar", "team", "opleider", "in_opleiding"))
GROWING = (PATIENTS, INTAKE)


def companion_lines(
    rng: np.random.Generator,
    sim: Simulation,
    courses: Courses,
    labels: Labels,
    days: tuple[int, ...],
) -> dict[str, list[bytes]]:
    """Lines by file, of a chunk of patients who have come by now; files are of `days`.

    A patient is told of once, in the first file after the first session.
    """
    first = (courses.intake.episode_no == 1) & courses.held[:, 0]
    clinic = _clinics(courses.intake.clinic[first])
    who = [clinic, labels.patient[first]]
    told = {
        PATIENTS.stem: _lines([*who, *_patients(rng, courses, first)]),
        INTAKE.stem: _lines([*who, *_intake(rng, sim, courses, first)]),
    }
    delivered = delivered_on(days, courses.day[first, 0]).tolist()
    by_file: dict[str, list[bytes]] = {file_on(AGENDA.stem, days[-1]): _agenda(courses, labels)}
    for stem, lines in told.items():
        for day, line in zip(delivered, lines, strict=True):
            by_file.setdefault(file_on(stem, day), []).append(line)
    return by_file


def team_lines(team: Therapists) -> list[bytes]:
    """One line per therapist."""
    columns: list[list[str]] = []
    for number, clinic in enumerate(CLINICS):
        own = np.flatnonzero(team.clinic == number)
        teams = max(1, len(own) // TEAM)
        for place, therapist in enumerate(own.tolist()):
            is_trainee = place == TRAINEE
            supervisor = team.ids[own[SUPERVISOR]] if is_trainee else ""
            name = f"{clinic.name}-{'abcd'[place * teams // len(own)]}"
            columns.append(
                [clinic.name, team.ids[therapist], name, supervisor, "ja" if is_trainee else "nee"]
            )
    return [";".join(row).encode() for row in columns]


def _lines(columns: list[Texts]) -> list[bytes]:
    return list(joined(columns, ";").tolist())


def _clinics(clinic: Ints) -> Texts:
    return np.array([each.name.encode() for each in CLINICS])[clinic]


def _patients(rng: np.random.Generator, courses: Courses, first: Flags) -> list[Texts]:
    count = int(first.sum())
    started = FIRST_MONDAY.year + courses.day[first, 0] // 365
    age = np.floor(18 + 55 * rng.beta(1.8, 2.4, count)).astype(np.int64)
    sex = rng.choice(np.array([b"female", b"male", b"other"]), size=count, p=(0.62, 0.37, 0.01))
    return [(started - age).astype("S4"), sex]


def _intake(
    rng: np.random.Generator, sim: Simulation, courses: Courses, first: Flags
) -> list[Texts]:
    """Area, setting, treated before, work; some left empty, work by most."""
    kind, baseline = courses.traits.kind[first], courses.traits.baseline[first]
    area = _drawn(rng, np.array(AREA_CHANCES)[kind], AREAS)
    severity = (baseline - sim.severity_mean) / sim.severity_sd
    is_special = rng.random(len(kind)) < 1 / (1 + np.exp(-0.8 * severity))
    setting = np.where(is_special, b"gespecialiseerd", b"basis")
    before = np.where(rng.random(len(kind)) < np.array(TREATED_BEFORE)[kind], b"ja", b"nee")
    work = np.where(rng.random(len(kind)) < OUT_OF_WORK, b"zonder", b"met")
    return [
        _with_gaps(rng, area, 0.06),
        setting,
        _with_gaps(rng, before, 0.12),
        _with_gaps(rng, work, 0.65),
    ]


def _drawn(rng: np.random.Generator, chances: Floats, names: tuple[str, ...]) -> Texts:
    """One of the names for each row of chances."""
    place = (rng.random(len(chances))[:, None] > chances.cumsum(axis=1)).sum(axis=1)
    texts = np.array([name.encode() for name in names])
    return np.asarray(texts[np.minimum(place, len(names) - 1)])


def _with_gaps(rng: np.random.Generator, texts: Texts, chance: float) -> Texts:
    return np.where(rng.random(len(texts)) < chance, b"", texts)


def _agenda(courses: Courses, labels: Labels) -> list[bytes]:
    """The next session of everybody in treatment, at an hour of the patient's own."""
    going_on = ~courses.ended & courses.held[:, 0]
    row = np.flatnonzero(going_on)
    day = courses.day[row, courses.sessions[row]]
    row, day = row[day <= LAST_DAY + AGENDA_DAYS], day[day <= LAST_DAY + AGENDA_DAYS]
    if len(row) == 0:  # the first patients of a large service have all ended; zfill refuses none
        return []
    date = (np.datetime64(FIRST_MONDAY, "D") + day).astype("S10")
    hour = np.strings.zfill((9 + courses.intake.patient[row] % 8).astype("S2"), 2)
    begins = np.strings.add(np.strings.add(date, b" "), np.strings.add(hour, b":00"))
    minutes = np.where(courses.intake.in_group[row] > 0, b"90", b"45")
    nothing = np.full(len(row), b"")
    ids = [_clinics(courses.intake.clinic[row]), labels.patient[row], labels.therapist[row]]
    return _lines([*ids, begins, nothing, minutes])
