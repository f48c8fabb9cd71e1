"""Secondary views of a therapist's closed episodes, each for that therapist alone.

They stand beside the one primary estimate and are marked so: whoever looks at many figures finds
something by chance. Distances are in standard deviations from what was expected of each episode,
higher better. What stands beside them as expected is that of the same patients by the service as
a whole, never another therapist's figure.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy.special import expit, stdtrit

from flows.stations.case_mix import CaseMix
from flows.stations.treated_course import SCALE, TreatedCourses
from flows.statistics.logistic import logistic
from flows.statistics.mixed_model import FloatArray, IntArray
from flows.statistics.proportion import Z_95, share
from flows.statistics.survival import GroupedIncidence, incidence_by_group
from flows.statistics.therapist_effect import (
    Episodes,
    Shares,
    TherapistEffects,
    effects_of_parts,
)

Row = dict[str, Any]

WROTE = {
    "clinic_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    **SCALE,
    "view": "VARCHAR",
    "part": "VARCHAR",
    "n": "INTEGER",
    "events": "INTEGER",
    "value": "DOUBLE",
    "lower": "DOUBLE",
    "upper": "DOUBLE",
    "expected": "DOUBLE",
    "half_by_session": "INTEGER",
    "is_secondary": "BOOLEAN",
}
CLASSES = ("recovered", "improved", "unchanged", "deteriorated")
YEAR_EPISODES, PART_EPISODES = 5, 10
"""A year of fewer own episodes is not drawn, a problem area of fewer is not told. [D]"""
HALF_EPISODES, FEWEST_FOR_CORRELATION = 15, 10
RIDGE = 1.0
PROBLEM_AREA = "diagnosis_group"
STILL_THERE, HAPPENED, OTHERWISE = 0, 1, 2


def view_rows(
    courses: TreatedCourses,
    mix: CaseMix,
    distance: FloatArray,
    effects: TherapistEffects | None,
    told: Sequence[str],
) -> Iterator[Row]:
    """All views; `told` says of each therapist what may be shown ('nothing' has no row)."""
    counted = np.array([each != "nothing" for each in told], dtype=bool)
    judged = np.array([each == "estimate" for each in told], dtype=bool)
    rows = [*_classes(courses, counted), *_years(courses, distance, counted)]
    if effects is not None:
        episodes = Episodes(
            courses.direction * courses.of_closed("latest"), mix.x, mix.names, mix.severity
        )
        rows += _halves(courses, episodes, effects, judged)
        rows += _areas(courses, mix, episodes, effects, judged)
        rows += _deterioration(courses, mix, judged)
        rows += _drop_out(courses, judged)
        rows += _improvement(courses, judged)
    for place, row in rows:
        same = courses.therapists[place].row | courses.same | {"is_secondary": True}
        yield dict.fromkeys(WROTE) | same | row


Placed = tuple[int, Row]


def _classes(courses: TreatedCourses, counted: np.ndarray) -> Iterator[Placed]:
    """How many own episodes ended in which class of change: counts, no judgement."""
    found = courses.of_closed("class").astype(str)[courses.shares.episode]
    counts = courses.counts()
    for name in CLASSES:
        own = np.bincount(courses.shares.therapist[found == name], minlength=len(counted))
        for place in np.flatnonzero(counted):
            yield (
                int(place),
                {"view": "class", "part": name, "n": int(counts[place])}
                | {"events": int(own[place])},
            )


def _years(courses: TreatedCourses, distance: FloatArray, counted: np.ndarray) -> Iterator[Placed]:
    """Mean distance of the episodes that ended in each year: the own trend."""
    if not np.isfinite(distance).all():
        return
    shares, years = courses.shares, courses.of_closed("year").astype(np.int64)
    first, span = int(years.min()), int(np.ptp(years)) + 1
    cell = shares.therapist * span + years[shares.episode] - first
    n, mean, half = _means(distance[shares.episode], shares.share, cell, len(counted) * span)
    for each in np.flatnonzero((n >= YEAR_EPISODES) & np.repeat(counted, span)):
        figures = {"value": mean[each], "lower": mean[each] - half[each]}
        yield (
            int(each) // span,
            {"view": "year", "part": str(first + int(each) % span), "n": int(n[each])}
            | {name: float(figure) for name, figure in figures.items()}
            | {"upper": float(mean[each] + half[each]), "expected": 0.0},
        )


def _means(
    values: FloatArray, weights: FloatArray, cell: IntArray, cells: int
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Of each cell: episodes, weighed mean, half the width of Student's 95 % interval."""
    n = np.bincount(cell, minlength=cells)
    total = np.maximum(np.bincount(cell, weights=weights, minlength=cells), 1e-12)
    mean = np.bincount(cell, weights=weights * values, minlength=cells) / total
    squares = np.bincount(cell, weights=weights * (values - mean[cell]) ** 2, minlength=cells)
    freedom = np.maximum(n - 1, 1)
    spread = np.sqrt(squares / total * n / freedom)
    return n, mean, stdtrit(freedom, 0.975) * spread / np.sqrt(total)


def _halves(
    courses: TreatedCourses, episodes: Episodes, effects: TherapistEffects, judged: np.ndarray
) -> Iterator[Placed]:
    """The estimate by the earlier and by the later half of the own episodes alone."""
    half = _half_of(courses)
    yield from _parts(courses, episodes, effects, judged, half, ("first", "second"), "half")


def _half_of(courses: TreatedCourses) -> IntArray:
    """Of each share 0 or 1: the earlier or the later half of that therapist's episodes."""
    shares, ended = courses.shares, courses.of_closed("ended")
    order = np.lexsort([shares.episode, ended[shares.episode], shares.therapist])
    counts = np.bincount(shares.therapist, minlength=shares.count)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    rank -= starts[shares.therapist]
    return np.asarray(2 * rank >= counts[shares.therapist]).astype(np.int64)


def halves(courses: TreatedCourses, distance: FloatArray) -> Row:
    """How far therapists' mean distances of two halves go together (Fisher's interval).

    Of those with at least 15 episodes in each; what episodes differ by chance is in both, so
    that even perfectly stable therapists would not have a correlation of 1.
    """
    shares, half = courses.shares, _half_of(courses)
    cell = 2 * shares.therapist + half
    n, mean, _ = _means(distance[shares.episode], shares.share, cell, 2 * shares.count)
    enough = (n.reshape(-1, 2) >= HALF_EPISODES).all(axis=1)
    first, second = mean.reshape(-1, 2)[enough].T
    told: Row = {"halves_therapists": int(enough.sum())}
    if enough.sum() < FEWEST_FOR_CORRELATION:
        return told
    r = float(np.corrcoef(first, second)[0, 1])
    half_width = Z_95 / np.sqrt(enough.sum() - 3)
    return told | {
        "halves_correlation": r,
        "halves_lower": float(np.tanh(np.arctanh(r) - half_width)),
        "halves_upper": float(np.tanh(np.arctanh(r) + half_width)),
    }


def _areas(
    courses: TreatedCourses,
    mix: CaseMix,
    episodes: Episodes,
    effects: TherapistEffects,
    judged: np.ndarray,
) -> Iterator[Placed]:
    """The estimate by the patients of one diagnosis group alone."""
    found = [c for c in mix.covariates if c.name == PROBLEM_AREA and c.codes is not None]
    for covariate in found:
        assert covariate.codes is not None
        part = covariate.codes[courses.shares.episode]
        yield from _parts(
            courses, episodes, effects, judged, part, covariate.levels, "problem_area"
        )


def _parts(
    courses: TreatedCourses,
    episodes: Episodes,
    effects: TherapistEffects,
    judged: np.ndarray,
    part: IntArray,
    names: tuple[str, ...],
    view: str,
) -> Iterator[Placed]:
    """Shrunken estimates by part of the own episodes, in SD of outcomes."""
    shares, count = courses.shares, len(names)
    cell = shares.therapist * count + part
    parts = Shares(shares.episode, cell, shares.share, shares.count * count)
    mode, deviation = effects_of_parts(effects, episodes, parts)
    n = np.bincount(cell, minlength=parts.count)
    for each in np.flatnonzero((n >= PART_EPISODES) & np.repeat(judged, count)):
        value, half = mode[each] / effects.spread, Z_95 * deviation[each] / effects.spread
        yield (
            int(each) // count,
            {"view": view, "part": names[int(each) % count], "n": int(n[each])}
            | {"value": float(value), "lower": float(value - half), "upper": float(value + half)}
            | {"expected": 0.0},
        )


def _deterioration(courses: TreatedCourses, mix: CaseMix, judged: np.ndarray) -> Iterator[Placed]:
    """Own episodes that ended reliably worse, beside what the case mix makes likely."""
    found = courses.of_closed("class").astype(str)
    known = np.isin(found, CLASSES)
    worse = found == "deteriorated"
    if not worse.any():
        return
    model = logistic(mix.x[known, 1:], worse[known], RIDGE)
    likely = expit(model.logit(mix.x[:, 1:]))
    shares = courses.shares
    own = known[shares.episode]
    therapist, episode = shares.therapist[own], shares.episode[own]
    n = np.bincount(therapist, minlength=shares.count)
    events = np.bincount(therapist, weights=worse[episode], minlength=shares.count).astype(int)
    expected = np.bincount(therapist, weights=likely[episode], minlength=shares.count)
    for place in np.flatnonzero(judged & (n > 0)):
        told = share(int(events[place]), int(n[place]))
        assert told is not None
        yield (
            int(place),
            {"view": "deterioration", "part": "all", "n": told.n, "events": told.count}
            | {"value": told.value, "lower": told.lower, "upper": told.upper}
            | {"expected": float(expected[place] / n[place])},
        )


def _drop_out(courses: TreatedCourses, judged: np.ndarray) -> Iterator[Placed]:
    """Share that dropped out, planned ends competing; those in treatment count so far.

    Of clinics that record how most episodes end; episodes of an unknown end are left out.
    """
    kind = courses.columns["end_kind"].astype(str)
    end = np.where(kind == "drop_out", HAPPENED, np.where(kind == "", STILL_THERE, OTHERWISE))
    clinic = courses.columns["clinic"].astype(np.int64)
    told = np.bincount(clinic, weights=kind != "unknown") * 2 >= np.bincount(clinic)
    is_known = (kind != "unknown") & told[clinic]
    if not is_known.any():
        return
    time = courses.columns["sessions"].astype(float)
    yield from _incidences(courses, judged, time, end, is_known, "drop_out")


def _improvement(courses: TreatedCourses, judged: np.ndarray) -> Iterator[Placed]:
    """Share that improved reliably, and the session by which half had; other ends compete."""
    improved = courses.columns["improved_at_session"].astype(float)
    is_closed = np.arange(len(improved)) < courses.closed
    end = np.where(improved > 0, HAPPENED, np.where(is_closed, OTHERWISE, STILL_THERE))
    time = np.where(improved > 0, improved, courses.columns["sessions"].astype(float))
    everybody = np.ones(len(improved), dtype=bool)
    yield from _incidences(courses, judged, time, end, everybody, "reliable_improvement")


def _incidences(
    courses: TreatedCourses,
    judged: np.ndarray,
    time: FloatArray,
    end: IntArray,
    used: np.ndarray,
    view: str,
) -> Iterator[Placed]:
    """Of each therapist's episodes (those with half the sessions or more), and of all."""
    whole = np.zeros(int(used.sum()), dtype=np.int64)
    expected = float(incidence_by_group(time[used], end[used], whole, 1, 2).incidence[0, 0, -1])
    pairs = courses.all_shares
    own = (pairs.share >= 0.5) & used[pairs.episode] & judged[pairs.therapist]
    places, group = np.unique(pairs.therapist[own], return_inverse=True)
    rows = pairs.episode[own]
    found = incidence_by_group(time[rows], end[rows], group, len(places), 2)
    events = np.bincount(group, weights=end[rows] == HAPPENED, minlength=len(places))
    by = _half_by(found)
    for number, place in enumerate(places.tolist()):
        yield (
            place,
            {"view": view, "part": "all", "n": int(found.n[number]), "expected": expected}
            | {"half_by_session": by[number], "events": int(events[number])}
            | _last(found, number),
        )


def _half_by(found: GroupedIncidence) -> list[int | None]:
    """Of each group the session by which the first way had happened to half, if it did."""
    reached = np.asarray(found.incidence[:, 0] >= 0.5)
    first = found.time[reached.argmax(axis=1)]
    return [
        int(session) if is_reached else None
        for session, is_reached in zip(first, reached.sum(axis=1) > 0, strict=True)
    ]


def _last(found: GroupedIncidence, number: int) -> Row:
    """The share of one group in the end, with its interval where it has one."""
    value, lower, upper = (
        float(c[number, 0, -1]) for c in (found.incidence, found.lower, found.upper)
    )
    return {"value": value} | ({"lower": lower, "upper": upper} if np.isfinite(lower) else {})
