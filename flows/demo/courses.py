"""How episodes go: sessions on dates, true levels, alliance with ruptures."""

from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from flows.demo.service import Intake, Therapists
from flows.demo.simulation import (
    CLINICS,
    KINDS,
    LAST_DAY,
    LATE,
    MOST_SESSIONS,
    SUDDEN_GAIN,
    Flags,
    Floats,
    Ints,
    Simulation,
)

Number = TypeVar("Number", np.int64, np.float64)

# Nine answers of at most 3; true levels stay a little off both ends.
HIGHEST_LEVEL = 27.0
MARGIN = 0.4


@dataclass(frozen=True)
class Traits:
    """What is drawn once per episode; sessions count from 1 and 0 means there is none."""

    kind: Ints
    baseline: Floats
    planned: Ints
    attended: Ints
    dropped_out: Flags
    rupture_at: Ints
    is_repaired: Flags
    gain_at: Ints


@dataclass(frozen=True)
class Courses:
    """One row per episode; matrices are episodes x MOST_SESSIONS.

    `day` counts from FIRST_MONDAY; `held` says that the session took place by
    now; `expected` is the true level without, `level` with the fluctuation of
    the day (PHQ-9 points); `alliance` is in SRS points per item.
    """

    intake: Intake
    traits: Traits
    day: Ints
    held: Flags
    expected: Floats
    level: Floats
    alliance: Floats

    @property
    def sessions(self) -> Ints:
        """Sessions held so far, per episode."""
        return np.asarray(self.held.sum(axis=1))

    @property
    def ended(self) -> Flags:
        """Whether the last session that will ever be held lies behind us."""
        return np.asarray(self.sessions == self.traits.attended)

    @property
    def left_early(self) -> Flags:
        """Whether the patient has dropped out by now."""
        return self.ended & self.traits.dropped_out

    def at_last_session(self, matrix: NDArray[Number]) -> NDArray[Number]:
        """The column of `matrix` at each episode's last session so far."""
        return matrix[np.arange(len(matrix)), self.sessions - 1]


def draw_courses(
    rng: np.random.Generator, sim: Simulation, team: Therapists, intake: Intake
) -> Courses:
    """The whole course of every episode of `intake`, known up to now."""
    traits = _traits(rng, sim, len(intake))
    day = _days(rng, sim, intake)
    session = np.arange(1, MOST_SESSIONS + 1)
    held = (session <= traits.attended[:, None]) & (day <= LAST_DAY)
    expected = _expected(rng, sim, team, intake, traits)
    level = np.clip(expected + _fluctuation(rng, sim, len(intake)), MARGIN, HIGHEST_LEVEL - MARGIN)
    return Courses(intake, traits, day, held, expected, level, _alliance(rng, sim, traits))


def together(first: Courses, second: Courses) -> Courses:
    """The episodes of both, those of `first` first."""
    return Courses(
        Intake(*(_stacked(first.intake, second.intake, f.name) for f in fields(Intake))),
        Traits(*(_stacked(first.traits, second.traits, f.name) for f in fields(Traits))),
        *(_stacked(first, second, f.name) for f in fields(Courses)[2:]),
    )


def _stacked(first: object, second: object, name: str) -> NDArray[Any]:
    return np.concatenate([getattr(first, name), getattr(second, name)])


def _traits(rng: np.random.Generator, sim: Simulation, count: int) -> Traits:
    kind = rng.choice(len(KINDS), size=count, p=[k.share for k in KINDS])
    baseline = rng.beta(sim.baseline_a, sim.baseline_b, count)
    planned = _planned_sessions(rng, sim, kind)
    rupture_at, is_repaired = _ruptures(rng, sim, planned)
    attended = _attended(rng, sim, kind, planned, np.where(is_repaired, 0, rupture_at))
    return Traits(
        kind=kind,
        baseline=sim.baseline_lowest + sim.baseline_span * baseline,
        planned=planned,
        attended=attended,
        dropped_out=attended < planned,
        rupture_at=np.where(rupture_at <= attended, rupture_at, 0),
        is_repaired=is_repaired & (rupture_at <= attended),
        gain_at=np.where(kind == SUDDEN_GAIN, rng.integers(4, 7, count), 0),
    )


def _planned_sessions(rng: np.random.Generator, sim: Simulation, kind: Ints) -> Ints:
    fewest = np.array([k.fewest_sessions for k in KINDS])[kind]
    more = rng.poisson(rng.gamma(sim.extra_sessions_shape, sim.extra_sessions_scale, len(kind)))
    return np.minimum(fewest + more, MOST_SESSIONS)


def _ruptures(rng: np.random.Generator, sim: Simulation, planned: Ints) -> tuple[Ints, Flags]:
    """Session of the rupture (0: none), from the third to the third from last."""
    count = len(planned)
    has_rupture = (rng.random(count) < sim.rupture) & (planned >= 6)
    session = 3 + np.floor(rng.random(count) * (planned - 4)).astype(np.int64)
    is_repaired = rng.random(count) < sim.rupture_repaired
    return np.where(has_rupture, session, 0), has_rupture & is_repaired


def _attended(
    rng: np.random.Generator, sim: Simulation, kind: Ints, planned: Ints, unrepaired_at: Ints
) -> Ints:
    """Sessions until the end, an early drop-out, or one after a rupture left unrepaired."""
    count = len(kind)
    early = rng.random(count) < np.array([k.drop_out for k in KINDS])[kind]
    attended = np.where(early, rng.integers(1, 5, count), planned)
    leaves = (unrepaired_at > 0) & (rng.random(count) < sim.rupture_drop_out)
    after_rupture = unrepaired_at + rng.integers(0, 3, count)
    return np.where(leaves, np.minimum(attended, after_rupture), attended)


def _days(rng: np.random.Generator, sim: Simulation, intake: Intake) -> Ints:
    """Day of every session, at most one a week, Monday to Friday; a group has its own day."""
    shape = (len(intake), MOST_SESSIONS)
    in_group = intake.in_group[:, None] > 0
    early = 1 + rng.choice(len(sim.early_weeks), size=shape, p=sim.early_weeks)
    later = 1 + rng.choice(len(sim.later_weeks), size=shape, p=sim.later_weeks)
    gap = np.where(np.arange(MOST_SESSIONS) < sim.weekly_sessions, early, later)
    gap = np.where(in_group, 1, gap)
    gap[:, 0] = 0
    usual = rng.integers(0, 5, len(intake))[:, None]
    moved = rng.random(shape) < sim.other_weekday
    weekday = np.where(moved, rng.integers(0, 5, shape), usual)
    of_group = np.array([c.group_weekday for c in CLINICS])[intake.clinic][:, None]
    week = intake.start_week[:, None] + gap.cumsum(axis=1)
    return np.asarray(7 * week + np.where(in_group, of_group, weekday))


def _expected(
    rng: np.random.Generator, sim: Simulation, team: Therapists, intake: Intake, traits: Traits
) -> Floats:
    """Baseline + change of the kind + own drift + therapist + harm of a lasting rupture."""
    count = len(intake)
    mean = np.array([k.change for k in KINDS])[traits.kind]
    room = np.where(mean < 0, traits.baseline, HIGHEST_LEVEL - traits.baseline)
    strength = np.clip(rng.normal(1, sim.strength_sd, count), 0.2, 1.8)
    end = (mean * room * strength)[:, None]
    drift = rng.normal(0, sim.drift_sd, count)[:, None]
    harm = rng.uniform(*sim.rupture_harm, count)
    steady = _log_progress(traits.planned)
    level = traits.baseline[:, None] + end * _progress(sim, traits) + drift * steady
    level += _therapist_part(sim, team, intake, traits) + _rupture_part(harm, traits)
    return np.clip(level, MARGIN, HIGHEST_LEVEL - MARGIN)


def _log_progress(planned: Ints) -> Floats:
    """Part of the change made by each session, most of it early; 1 at the planned end."""
    elapsed = np.arange(MOST_SESSIONS)
    return np.minimum(np.log1p(elapsed) / np.log1p(planned[:, None] - 1), 1.0)


def _progress(sim: Simulation, traits: Traits) -> Floats:
    elapsed = np.arange(MOST_SESSIONS)
    progress = _log_progress(traits.planned)
    late = traits.kind == LATE
    waited = np.maximum(elapsed - sim.late_start_session + 1, 0)
    rest = np.log1p(traits.planned[late, None] - sim.late_start_session)
    progress[late] = np.minimum(np.log1p(waited) / rest, 1.0)
    gain = traits.kind == SUDDEN_GAIN
    progress[gain] = 0.2 * progress[gain] + 0.8 * (elapsed >= traits.gain_at[gain, None] - 1)
    return progress


def _therapist_part(sim: Simulation, team: Therapists, intake: Intake, traits: Traits) -> Floats:
    """A therapist's effect, which grows with severity and comes in over the first sessions."""
    severity = (traits.baseline - sim.severity_mean) / sim.severity_sd
    effect = team.effect[intake.therapist] + team.effect_per_sd[intake.therapist] * severity
    arrived = 1 - np.exp(-np.arange(MOST_SESSIONS) / sim.therapist_sessions)
    return np.asarray(effect[:, None] * arrived)


def _rupture_part(harm: Floats, traits: Traits) -> Floats:
    lasting = (traits.rupture_at > 0) & ~traits.is_repaired
    since = np.arange(1, MOST_SESSIONS + 1) - traits.rupture_at[:, None] + 1
    came = np.where(lasting[:, None] & (since > 0), 1 - np.exp(-since / 2), 0.0)
    return np.asarray(harm[:, None] * came)


def _fluctuation(rng: np.random.Generator, sim: Simulation, count: int) -> Floats:
    """Good and bad weeks, which carry over a little (first-order autoregression)."""
    shocks = rng.normal(0, sim.fluctuation_sd, (count, MOST_SESSIONS))
    memory = sim.fluctuation_memory
    for session in range(1, MOST_SESSIONS):
        fresh = np.sqrt(1 - memory**2) * shocks[:, session]
        shocks[:, session] = memory * shocks[:, session - 1] + fresh
    return shocks


def _alliance(rng: np.random.Generator, sim: Simulation, traits: Traits) -> Floats:
    """A patient's own level, growing slowly; a rupture falls away again or stays."""
    count = len(traits.kind)
    level = rng.normal(sim.alliance_mean, sim.alliance_sd, count)[:, None]
    depth = rng.uniform(*sim.rupture_depth, count)
    since = np.arange(1, MOST_SESSIONS + 1) - traits.rupture_at[:, None]
    shape = np.where(traits.is_repaired[:, None], 0.4 ** since.clip(0) * (since < 3), 1.0)
    fallen = np.where((traits.rupture_at[:, None] > 0) & (since >= 0), shape, 0.0)
    growth = sim.alliance_growth * np.arange(MOST_SESSIONS)
    return np.asarray(level + growth - depth[:, None] * fallen)


def leftover_variance(rng: np.random.Generator, sim: Simulation, team: Therapists) -> float:
    """Variance of the end level of completers that their baseline does not explain.

    Points squared, over 20,000 episodes that all end before now; with a team
    without effects, it is what the therapists' share is taken of.
    """
    count = 20_000
    none, first = np.zeros(count, dtype=np.int64), np.ones(count, dtype=np.int64)
    courses = draw_courses(rng, sim, team, Intake(first, first, none, none, none, none))
    stays = ~courses.traits.dropped_out
    end = courses.at_last_session(courses.expected)[stays]
    start = courses.traits.baseline[stays]
    return float(np.var(end) * (1 - np.corrcoef(start, end)[0, 1] ** 2))
