"""Who is in the service: therapists with uneven caseloads and effects, and the intake."""

from dataclasses import dataclass

import numpy as np

from flows.demo.simulation import CLINICS, WEEKS, Floats, Ints, Simulation


@dataclass(frozen=True)
class Therapists:
    """One row per therapist, t01 first.

    `probability` is the chance that a new patient comes to this therapist (all
    sum to 1). `effect` is added to the end level (PHQ-9 points, above 0 is
    worse) of a patient of mean severity, `effect_per_sd` for each standard
    deviation of severity above it.
    """

    clinic: Ints
    probability: Floats
    effect: Floats
    effect_per_sd: Floats

    @property
    def ids(self) -> list[str]:
        return [f"t{number:02d}" for number in range(1, len(self.clinic) + 1)]

    def leaders(self) -> Ints:
        """The therapist who leads the group, per clinic: its first."""
        return np.array([np.flatnonzero(self.clinic == c)[0] for c in range(len(CLINICS))])


@dataclass(frozen=True)
class Intake:
    """One row per episode that begins; `patient` counts from 1, `start_week` from 0."""

    patient: Ints
    episode_no: Ints
    therapist: Ints
    clinic: Ints
    in_group: Ints
    start_week: Ints

    def __len__(self) -> int:
        return len(self.patient)


def draw_therapists(rng: np.random.Generator, sim: Simulation, spread: float) -> Therapists:
    """Therapists whose effects have, over caseloads, exactly the spread wanted (points)."""
    clinic = np.repeat(np.arange(len(CLINICS)), [c.therapists for c in CLINICS])
    probability = _caseloads(rng, sim, clinic)
    first = _standardised(rng.standard_normal(len(clinic)), probability)
    other = rng.standard_normal(len(clinic))
    other = _standardised(other - first * np.sum(probability * first * other), probability)
    rho = sim.therapist_correlation
    slope = spread * sim.therapist_slope * (rho * first + np.sqrt(1 - rho**2) * other)
    return Therapists(clinic, probability, spread * first, slope)


def _caseloads(rng: np.random.Generator, sim: Simulation, clinic: Ints) -> Floats:
    """From a few patients to many, in every clinic, in random order."""
    probability = np.empty(len(clinic))
    for number, each in enumerate(CLINICS):
        weights = np.linspace(sim.smallest_caseload, sim.largest_caseload, each.therapists)
        probability[clinic == number] = each.share * rng.permutation(weights) / weights.sum()
    return np.asarray(probability / probability.sum())


def _standardised(values: Floats, weights: Floats) -> Floats:
    centred = values - np.sum(weights * values)
    return np.asarray(centred / np.sqrt(np.sum(weights * centred**2)))


def draw_intake(
    rng: np.random.Generator, sim: Simulation, team: Therapists, numbers: Ints, patients: int
) -> Intake:
    """First episodes of the patients `numbers` (from 1) out of `patients`, in order of start."""
    count = len(numbers)
    therapist = rng.choice(len(team.clinic), size=count, p=team.probability)
    clinic = team.clinic[therapist]
    in_group = rng.random(count) < _group_chances(sim, patients)[clinic]
    therapist = np.where(in_group, team.leaders()[clinic], therapist)
    week = (numbers - 1 + rng.random(count)) / patients * WEEKS
    start_week = week.astype(np.int64)
    first = np.ones(count, dtype=np.int64)
    return Intake(numbers, first, therapist, clinic, in_group.astype(np.int64), start_week)


def _group_chances(sim: Simulation, patients: int) -> Floats:
    """Chance per clinic to join its group, which stays of one size in a large service."""
    chances = [
        min(sim.group_share, sim.group_members / (patients * c.share)) if c.group else 0.0
        for c in CLINICS
    ]
    return np.array(chances)


def draw_returns(rng: np.random.Generator, sim: Simulation, first: Intake, ended: Ints) -> Intake:
    """Second episodes of a few patients, long after the week in which their first one ended."""
    low, high = sim.return_weeks
    week = ended + rng.integers(low, high, len(first))
    back = (rng.random(len(first)) < sim.returns) & (week < WEEKS)
    return Intake(
        first.patient[back],
        np.full(int(back.sum()), 2),
        first.therapist[back],
        first.clinic[back],
        np.zeros(int(back.sum()), dtype=np.int64),
        week[back],
    )
