"""Answers to questionnaires that come out of the true levels."""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from flows.demo.courses import Courses
from flows.demo.simulation import Flags, Floats, Ints, Simulation

Answers = NDArray[np.int16]
MISSING = -1


@dataclass(frozen=True)
class Questionnaire:
    """A block of answer columns; lines of 0-10 cm are counted in tenths."""

    name: str
    items: int
    is_line: bool = False


QUESTIONNAIRES = (
    Questionnaire("phq-9", 9),
    Questionnaire("gad-7", 7),
    Questionnaire("ors", 4, is_line=True),
    Questionnaire("srs", 4, is_line=True),
)
ITEMS = sum(q.items for q in QUESTIONNAIRES)
PHQ, GAD, ORS, SRS = (slice(0, 9), slice(9, 16), slice(16, 20), slice(20, 24))
CRITICAL_ITEM = 8

# Invented: how hard it is to say more than "not at all", on the scale of the
# latent severity. Tiredness and sleep come easily, the last two items rarely.
_STEPS = np.array([0.0, 0.75, 1.30])
_PHQ_DIFFICULTY = np.array([-0.55, -0.50, -0.75, -0.95, -0.45, -0.50, -0.40, 0.25, 1.35])
_GAD_DIFFICULTY = np.array([-0.80, -0.60, -0.85, -0.60, -0.20, -0.55, -0.15])
_OCCASION_SD = np.full(9, 0.60)
_PERSON_SD = np.array([0.45, 0.40, 0.55, 0.45, 0.60, 0.45, 0.50, 0.55, 0.75])
_GAD_PERSON_SD = 0.45
_ORS_WITHOUT_SYMPTOMS, _ORS_PER_POINT = 9.0, 0.27
_ORS_ITEM = np.array([0.3, 0.1, -0.4, 0.0])
_ORS_PERSON_SD, _ORS_OCCASION_SD = 0.8, 0.8
_SRS_ITEM = np.array([0.15, -0.15, 0.05, -0.05])


@dataclass(frozen=True)
class Moments:
    """One row per measured session, by date and patient.

    `episode` is a row of the courses; `answers` is moments x ITEMS, in answer
    categories or tenths of a centimetre, MISSING where nothing was filled in.
    """

    episode: Ints
    session: Ints
    day: Ints
    answers: Answers

    def __len__(self) -> int:
        return len(self.episode)

    def of(self, chosen: Flags) -> "Moments":
        """The moments that are `chosen`, in the same order."""
        return Moments(
            self.episode[chosen], self.session[chosen], self.day[chosen], self.answers[chosen]
        )


def draw_moments(rng: np.random.Generator, sim: Simulation, courses: Courses) -> Moments:
    """What was measured; a first session always is, others are missed now and then."""
    missed = rng.random(courses.held.shape) < sim.missed
    missed[:, 0] = False
    episode, column = np.nonzero(courses.held & ~missed)
    day = courses.day[episode, column]
    order = np.lexsort((column, courses.intake.patient[episode], day))
    episode, column, day = episode[order], column[order], day[order]
    return Moments(episode, column + 1, day, _answers(rng, sim, courses, episode, column))


def _answers(
    rng: np.random.Generator, sim: Simulation, courses: Courses, episode: Ints, column: Ints
) -> Answers:
    level = courses.level[episode, column]
    latent = np.interp(level, *_true_score_curve())
    answers = np.empty((len(episode), ITEMS), dtype=np.int16)
    answers[:, PHQ] = _phq(rng, latent, episode, len(courses.intake))
    answers[:, GAD] = _gad(rng, latent, episode, len(courses.intake))
    answers[:, ORS] = _ors(rng, level, episode, len(courses.intake))
    answers[:, SRS] = _srs(rng, sim, courses.alliance[episode, column])
    return _with_gaps(rng, sim, answers)


@cache
def _true_score_curve() -> tuple[Floats, Floats]:
    """Total one expects (points) and the latent severity that gives it, both rising.

    An answer is the number of thresholds that severity plus normal noise
    passes, so each threshold adds the chance to pass it.
    """
    latent = np.linspace(-4, 4, 801)
    spread = np.sqrt(_OCCASION_SD**2 + _PERSON_SD**2)
    distance = (latent[:, None, None] - _PHQ_DIFFICULTY[:, None] - _STEPS) / spread[:, None]
    passed = np.vectorize(math.erf)(distance / math.sqrt(2))
    total = (0.5 + 0.5 * passed).sum(axis=(1, 2))
    return total, latent


def _phq(rng: np.random.Generator, latent: Floats, episode: Ints, episodes: int) -> Answers:
    profile = rng.standard_normal((episodes, 9)) * _PERSON_SD
    mood = latent[:, None] + profile[episode]
    mood += rng.standard_normal((len(latent), 9)) * _OCCASION_SD
    return _categories(mood, _PHQ_DIFFICULTY)


def _gad(rng: np.random.Generator, latent: Floats, episode: Ints, episodes: int) -> Answers:
    own = rng.normal(0, _GAD_PERSON_SD, (episodes, 1))
    profile = rng.normal(0, _GAD_PERSON_SD, (episodes, 7))
    worry = latent[:, None] + (own + profile)[episode]
    worry += rng.standard_normal((len(latent), 7)) * _OCCASION_SD[:7]
    return _categories(worry, _GAD_DIFFICULTY)


def _categories(latent: Floats, difficulty: Floats) -> Answers:
    """0 to 3: how many steps of each item the latent value passes."""
    above = latent - difficulty
    return np.asarray(np.sum([above > step for step in _STEPS], axis=0, dtype=np.int16))


def _ors(rng: np.random.Generator, level: Floats, episode: Ints, episodes: int) -> Answers:
    own = rng.normal(0, _ORS_PERSON_SD, (episodes, 1)) + _ORS_ITEM
    mean = (_ORS_WITHOUT_SYMPTOMS - _ORS_PER_POINT * level)[:, None] + own[episode]
    return _on_line(mean + rng.normal(0, _ORS_OCCASION_SD, mean.shape))


def _srs(rng: np.random.Generator, sim: Simulation, alliance: Floats) -> Answers:
    mean = alliance[:, None] + _SRS_ITEM
    return _on_line(mean + rng.normal(0, sim.alliance_noise, mean.shape))


def _on_line(centimetres: Floats) -> Answers:
    return np.clip(np.rint(10 * centimetres), 0, 100).astype(np.int16)


def _with_gaps(rng: np.random.Generator, sim: Simulation, answers: Answers) -> Answers:
    """Now and then an item is skipped, or a whole questionnaire (never the PHQ-9)."""
    answers[rng.random(answers.shape) < sim.skipped_item] = MISSING
    for block, chance in ((GAD, sim.no_gad), (ORS, sim.no_ors), (SRS, sim.no_srs)):
        answers[rng.random(len(answers)) < chance, block] = MISSING
    return answers
