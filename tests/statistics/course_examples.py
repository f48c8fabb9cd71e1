"""Courses for tests: arrays from short lists, and services drawn at random from a known model."""

import numpy as np

from flows.statistics.course import Courses, FloatArray, GrowthModel, Progress

Course = list[tuple[float, float]]
"""Session and score of each form after the baseline."""


def progress_of(
    courses: list[Course],
    *,
    baseline: list[float],
    direction: int = -1,
    points: float = 6,
    is_inclusive: bool = True,
    planned: float = np.nan,
    clinic: list[int] | None = None,
) -> Progress:
    """The arrays of drawn courses; they end one day after another."""
    m = len(courses)
    forms = [(i, session, score) for i, course in enumerate(courses) for session, score in course]
    course, session, score = (np.array(column, dtype=float) for column in zip(*forms, strict=True))
    last = [course[-1] if course else (np.nan, np.nan) for course in courses]
    return Progress(
        courses=Courses(
            direction=direction,
            clinic=np.array(clinic or [0] * m),
            baseline=np.array(baseline, dtype=float),
            planned=np.full(m, float(planned)),
            points=np.full(m, float(points)),
            is_inclusive=np.full(m, is_inclusive),
            ended=np.arange(m, dtype=float),
            last_place=np.array([session for session, _ in last]),
            last_session=np.array([session for session, _ in last]),
            last_score=np.array([score for _, score in last]),
        ),
        course=course.astype(np.int64),
        session=session,
        place=session,
        score=score,
        alliance=np.full(len(course), np.nan),
    )


def model_of(
    covariance: list[list[float]],
    sigma: float,
    *,
    fixed: tuple[float, float, float, float] = (15.0, 0.8, -2.0, -0.1),
    covered: int = 12,
    unit: float = 0,
) -> GrowthModel:
    """An expected course of one clinic, with the bands of a normal distribution."""
    return GrowthModel(
        centre=15.0,
        fixed=np.array([fixed]),
        covariance=np.array(covariance),
        sigma=sigma,
        covered=covered,
        expected_last=np.arange(4.0, covered + 4.0),
        quantiles=np.tile([-1.2816, -0.9945, 0.9945, 1.2816], (covered, 1)),
        unit=unit,
    )


def drawn_service(
    patients: int, *, seed: int = 20261122, clinics: int = 1, clinic_sd: float = 0.0
) -> Progress:
    """Whole scores of 4 to 12 sessions from a growth model with normal effects."""
    rng = np.random.default_rng(seed)
    start = rng.normal(15, 4, patients).round()
    effects = rng.multivariate_normal([0, 0], [[5, -1], [-1, 3]], patients)
    clinic = rng.integers(0, clinics, patients)
    shift = rng.normal(0, clinic_sd, clinics)[clinic]
    courses = []
    for i in range(patients):
        t = np.log(np.arange(2, rng.integers(5, 14)))
        level = 15 + 0.8 * (start[i] - 15) + (-2 + effects[i, 1] + shift[i]) * t + effects[i, 0]
        noise = rng.normal(0, 2.3, len(t))
        scores: FloatArray = np.round(level + noise)
        courses.append([(k + 2.0, float(score)) for k, score in enumerate(scores)])
    return progress_of(courses, baseline=start.tolist(), clinic=clinic.tolist())
