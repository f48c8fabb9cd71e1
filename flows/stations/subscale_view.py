"""Problem areas within one questionnaire: each further scale of it, judged by a model of its own.

A secondary view, as the others. The model is that of the main scale with the scale's own baseline
in the place of the main one, and it runs by the same minimums: too few therapists with enough
episodes on a scale, and nothing is told about it. Intervals take the model as known, so they are
a little too narrow, as those of other parts.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.settings import TherapistProgress
from flows.station import StationTables
from flows.stations.case_mix import CaseMix
from flows.stations.therapist_view import PART_EPISODES, WROTE
from flows.stations.treated_course import TreatedCourses
from flows.statistics.mixed_model import IntArray, ModelDataError
from flows.statistics.proportion import Z_95
from flows.statistics.therapist_effect import (
    Episodes,
    Shares,
    effects_of,
    episode_sums,
    fitted_model,
    outcome_spread,
)

READS = ("treated_course", "change", "instrument_scale")
OWN_BASELINE = ("severity", "severity squared")
Row = dict[str, Any]
Scores = dict[str, NDArray[Any]]


def subscale_rows(
    tables: StationTables,
    courses: TreatedCourses,
    mix: CaseMix,
    judged: NDArray[np.bool_],
    choices: TherapistProgress,
    clinic: IntArray | None,
) -> Iterator[Row]:
    """One row per scale and therapist who is `judged`; values in SD of outcomes, higher better."""
    for scale, direction in _scales(tables, courses):
        scores = _scores(tables, courses, scale)
        shares = _of_rows(courses.shares, scores["episode"], courses.closed)
        enough = shares.weighed() >= choices.min_estimate - 1e-9
        if enough.sum() < choices.min_therapists:
            continue
        episodes = _episodes(scores, direction, mix, clinic)
        for place, figures in _estimates(episodes, shares, judged):
            row = dict.fromkeys(WROTE) | courses.therapists[place].row | courses.same
            yield row | {"view": "subscale", "part": scale, "is_secondary": True} | figures


def _scales(tables: StationTables, courses: TreatedCourses) -> list[tuple[Any, ...]]:
    """The further scales of the questionnaire in its own order, with their direction."""
    return tables.read_tuples(f"""
        select scale, direction
        from instrument_scale
        where instrument = '{courses.instrument}' and scale <> '{courses.scale}'
        order by scale_no
    """)


def _scores(tables: StationTables, courses: TreatedCourses, scale: str) -> Scores:
    """First and last score on one scale of the closed episodes that have both."""
    return tables.read_columns(f"""
        select treated_course.course_no - {courses.first} as episode, change.baseline,
            change.latest
        from treated_course
        inner join change using (clinic_id, patient_id, episode_id, instrument)
        where treated_course.instrument = '{courses.instrument}' and treated_course.is_closed
            and change.scale = '{scale}' and change.method = 'JT'
        order by episode
    """)


def _of_rows(shares: Shares, rows: IntArray, n: int) -> Shares:
    """The shares of some of the n episodes, which are numbered anew in the order of `rows`."""
    place = np.full(n, -1, dtype=np.int64)
    place[rows.astype(np.int64)] = np.arange(len(rows))
    episode = place[shares.episode]
    is_there = episode >= 0
    return Shares(
        episode[is_there], shares.therapist[is_there], shares.share[is_there], shares.count
    )


def _episodes(scores: Scores, direction: int, mix: CaseMix, clinic: IntArray | None) -> Episodes:
    """With the baseline of the scale itself, and all other covariates of the case mix."""
    rows, baseline = scores["episode"].astype(np.int64), scores["baseline"]
    severity = direction * (baseline.mean() - baseline)
    others = [place for place, name in enumerate(mix.names) if place and name not in OWN_BASELINE]
    own = [np.ones(len(rows)), severity, severity**2 - (severity**2).mean()]
    return Episodes(
        y=direction * scores["latest"],
        x=np.column_stack([*own, mix.x[rows][:, others]]),
        names=(mix.names[0], *OWN_BASELINE, *(mix.names[place] for place in others)),
        severity=severity,
        clinic=None if clinic is None else clinic[rows],
    )


def _estimates(
    episodes: Episodes, shares: Shares, judged: NDArray[np.bool_]
) -> Iterator[tuple[int, Row]]:
    """Of each therapist with enough episodes on the scale; of nobody where no model fits."""
    try:
        found = fitted_model(episode_sums(episodes, shares), episodes.names)
    except ModelDataError:
        return
    n = np.bincount(shares.therapist, minlength=shares.count)
    spread = outcome_spread(found.model)
    modes, deviations = (each / spread for each in effects_of(found.model, found.judged))
    for place in np.flatnonzero(judged & (n >= PART_EPISODES)).tolist():
        value, half = float(modes[place]), Z_95 * float(deviations[place])
        figures = {"value": value, "lower": value - half, "upper": value + half}
        yield place, {"n": int(n[place]), "expected": 0.0} | figures
