"""The expected course of a score, and what a patient's own course says of its end.

A score y at session s, after the baseline x0, is modelled on t = ln(s) as

    y = b0 + b1 (x0 - c) + b2 t + b3 (x0 - c) t + u0 + u1 t + e

with (u0, u1) normal with covariance G per episode, e normal with variance
sigma^2 (Finch, Lambert & Schaalje 2001, CPP 8:231-242, with intake as a
covariate instead of intake groups). The baseline itself is given and not
modelled, so the band is a point there and starts after it. Given the scores up
to one session (u0, u1) are normal again (Laird & Ware 1982, Biometrics
38:963-974, or Bayes' rule), and so is the score at the end.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Courses:
    """Courses of m episodes on one scale; arrays of length m.

    `direction` is +1 where a higher score is better. `points` is the reliable
    change (NaN: not known), which counts itself where `is_inclusive`. `planned`
    is the session at which the end is planned (NaN: not known). `ended` numbers
    the days of ending (NaN: not ended). `clinic` counts from 0. The last three are of the
    last form so far.
    """

    direction: int
    clinic: IntArray
    baseline: FloatArray
    planned: FloatArray
    points: FloatArray
    is_inclusive: Flags
    ended: FloatArray
    last_place: FloatArray
    last_session: FloatArray
    last_score: FloatArray

    @property
    def worsened(self) -> Flags:
        """Whether the last score is reliably worse than the first."""
        return self.is_reliable(-self.direction * (self.last_score - self.baseline))

    def is_reliable(self, points: FloatArray, course: IntArray | None = None) -> Flags:
        """Whether as many points are reliable change, of each course or of the courses named."""
        at = slice(None) if course is None else course
        exact = np.round(points, 6)
        reached = (exact > self.points[at]) | (self.is_inclusive[at] & (exact == self.points[at]))
        return np.asarray(reached)


@dataclass(frozen=True)
class Progress:
    """Forms after the baseline, by course and in order of time; arrays of length n.

    `course` is a place in `courses`, ascending. `session` counts from 1; `place` is
    where on the course a form stands: its session, or 1 + weeks since the baseline.
    `alliance` is that of the newest form about it, as a share of its range (NaN: none).
    """

    courses: Courses
    course: IntArray
    session: FloatArray
    place: FloatArray
    score: FloatArray
    alliance: FloatArray

    def of(self, chosen: Flags) -> "Progress":
        """The forms of the courses that are `chosen` (m flags); courses keep their numbers."""
        kept = chosen[self.course]
        return replace(
            self,
            course=self.course[kept],
            session=self.session[kept],
            place=self.place[kept],
            score=self.score[kept],
            alliance=self.alliance[kept],
        )

    def places(self, part: "Progress") -> IntArray:
        """Where the forms of `part`, some courses of this, are found in it."""
        return np.flatnonzero(np.isin(self.course, part.course))

    @property
    def starts(self) -> IntArray:
        """For each form the place of its course's first one."""
        changes = np.flatnonzero(np.diff(self.course, prepend=-1))
        return np.repeat(changes, np.diff(changes, append=len(self.course)))

    @property
    def worsening(self) -> FloatArray:
        """Points since the baseline, positive where things got worse."""
        change = self.score - self.courses.baseline[self.course]
        return np.asarray(-self.courses.direction * change)

    @property
    def number(self) -> IntArray:
        """Which form after the baseline it is, from 1."""
        return np.asarray(np.arange(len(self.course)) - self.starts + 1)

    def earlier(self, values: FloatArray, back: int) -> FloatArray:
        """What `values` were `back` forms earlier; NaN where there was none."""
        place = np.arange(len(values)) - back
        found = values[np.maximum(place, 0)].astype(float)
        return np.where(place >= self.starts, found, np.nan)


@dataclass(frozen=True)
class GrowthModel:
    """A fitted expected course on one scale.

    `fixed` (clinics x 4) holds intercept, baseline, time and baseline x time of
    each clinic, its own differences included; `centre` is taken off the baseline.
    `covariance` (2 x 2) is that of intercept and slope between episodes, `sigma`
    the residual standard deviation. From place `covered` on the course is flat.
    `expected_last` and `quantiles` (covered x 4) go by place, from 1: where
    treatments end that come that far, and by how many standard deviations from the
    expected score lie the lower band, the lower inner, upper inner and upper one.
    `unit` is the step between two scores (0: none).
    """

    centre: float
    fixed: FloatArray
    covariance: FloatArray
    sigma: float
    covered: int
    expected_last: FloatArray
    quantiles: FloatArray
    unit: float

    def time(self, place: FloatArray) -> FloatArray:
        """t of a place: its logarithm, flat beyond what is covered."""
        return np.asarray(np.log(np.clip(place, 1, self.covered)))

    def level(self, courses: Courses, course: IntArray, time: FloatArray) -> FloatArray:
        """The fixed part at t, of each form."""
        b = self.fixed[courses.clinic[course]]
        x = courses.baseline[course] - self.centre
        return np.asarray(b[:, 0] + b[:, 1] * x + (b[:, 2] + b[:, 3] * x) * time)

    def variance(self, time: FloatArray) -> FloatArray:
        """Of a score at t around its expectation, z'Gz + sigma^2."""
        (a, h), (_, c) = self.covariance
        return np.asarray(a + 2 * h * time + c * time**2 + self.sigma**2)

    def row(self, place: FloatArray) -> IntArray:
        """Where in `expected_last` and `quantiles` a place is found."""
        return np.asarray(np.clip(place, 1, self.covered).astype(np.int64) - 1)


@dataclass(frozen=True)
class Expectation:
    """What is expected of each form (n) by baseline and place alone.

    `deviation` is in standard deviations, as the score lies (above 0: higher).
    """

    expected: FloatArray
    spread: FloatArray
    deviation: FloatArray


def bands(progress: Progress, model: GrowthModel, expected: Expectation) -> FloatArray:
    """Lower, lower inner, upper inner and upper band (4 x n), as wide as they are."""
    quantiles = model.quantiles[model.row(progress.place)].T
    return np.asarray(expected.expected + quantiles * expected.spread)


def off_course(progress: Progress, band: FloatArray) -> IntArray:
    """How far each form (n) is off course: 0 not, 1 beyond the inner band, 2 beyond the outer.

    On the worse side only; a score on the very border is inside.
    """
    lower, lower_inner, upper_inner, upper = np.round(progress.score - band, 6)
    if progress.courses.direction > 0:
        return np.asarray((lower_inner < 0).astype(np.int64) + (lower < 0))
    return np.asarray((upper_inner > 0).astype(np.int64) + (upper > 0))


@dataclass(frozen=True)
class Prognosis:
    """What the course so far says at each form (n): of now, and of the end.

    `own` is the patient's own level now; the score at `end_place` is normal with
    `end_mean` and `end_sd`.
    """

    own: FloatArray
    end_place: FloatArray
    end_mean: FloatArray
    end_sd: FloatArray


def expectation(progress: Progress, model: GrowthModel) -> Expectation:
    """The expected course by baseline and place."""
    time = model.time(progress.place)
    expected = model.level(progress.courses, progress.course, time)
    spread = np.sqrt(model.variance(time))
    return Expectation(expected, spread, (progress.score - expected) / spread)


def prognosis(progress: Progress, model: GrowthModel) -> Prognosis:
    """The patient's own course and its end, given the scores up to each form.

    With z = (1, t), A the sum of zz' and r that of z (y - expected) so far,
    M = I + G A / sigma^2: the effects have covariance C = M^-1 G and mean
    C r / sigma^2. Neither needs an inverse of G, which may be singular.
    """
    time = model.time(progress.place)
    level = model.level(progress.courses, progress.course, time)
    starts, left = progress.starts, progress.score - level
    n, t, tt, r, rt = (
        _running(values, starts) / model.sigma**2
        for values in (np.ones_like(time), time, time**2, left, left * time)
    )
    c00, c01, c11 = _covariance_left(model.covariance, n, t, tt)
    u0, u1 = c00 * r + c01 * rt, c01 * r + c11 * rt
    end_place = ends(progress, model)
    end = model.time(end_place)
    return Prognosis(
        own=level + u0 + u1 * time,
        end_place=end_place,
        end_mean=model.level(progress.courses, progress.course, end) + u0 + u1 * end,
        end_sd=np.sqrt(c00 + 2 * c01 * end + c11 * end**2 + model.sigma**2),
    )


def _running(values: FloatArray, starts: IntArray) -> FloatArray:
    """Sums from the first form of the course up to each form."""
    total = np.cumsum(values)
    return np.asarray(total - (total[starts] - values[starts]))


def _covariance_left(
    prior: FloatArray, n: FloatArray, t: FloatArray, tt: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """C = (I + G A)^-1 G of each form, with A = ((n, t), (t, tt))."""
    (a, h), (_, c) = prior
    m00, m01 = 1 + a * n + h * t, a * t + h * tt
    m10, m11 = h * n + c * t, 1 + h * t + c * tt
    scale = 1 / (m00 * m11 - m01 * m10)
    return (m11 * a - m01 * h) * scale, (m11 * h - m01 * c) * scale, (m00 * c - m10 * h) * scale


def ends(progress: Progress, model: GrowthModel) -> FloatArray:
    """The place where treatment will end: the planned one, else that of those who came as far."""
    expected = np.maximum(model.expected_last[model.row(progress.place)], progress.place + 1)
    planned = progress.courses.planned[progress.course]
    return np.asarray(np.where(planned > progress.place, planned, expected))


def standard_risk(
    progress: Progress, end: Prognosis, model: GrowthModel, *, better: bool = False
) -> FloatArray:
    """By how many of its SDs the end lies beyond reliable worsening (or improvement).

    Scores go by steps of `unit`, so the line is half a step below the least change that counts.
    """
    courses = progress.courses
    sign = courses.direction if better else -courses.direction
    limit = least_change(courses, model.unit)[progress.course]
    gained = sign * (end.end_mean - courses.baseline[progress.course])
    return np.asarray((gained - limit) / end.end_sd)


def least_change(courses: Courses, unit: float) -> FloatArray:
    """Of each course (m): the line between reliable change and what falls short of it."""
    if not unit:
        return courses.points
    steps = np.round(courses.points / unit, 6)
    first = np.where(courses.is_inclusive, np.ceil(steps), np.floor(steps) + 1)
    return np.asarray((first - 0.5) * unit)


def probability(standard: FloatArray) -> FloatArray:
    """Of the normal distribution below `standard`."""
    return np.asarray(ndtr(standard))
