"""How long patients stay where some are still there: who is left, how others ended.

Kaplan & Meier 1958, JASA 53:457-481, with Greenwood's variance; Aalen & Johansen 1978,
Scand J Stat 5:141-150, for ends that compete; the log-rank test of Mantel 1966, Cancer
Chemother Rep 50:163-170. Results are those of survfit and survdiff in the R package survival
3.5-3. Two traps they are here for: whoever has not ended yet counts for as long as followed,
and a planned end is no censored drop-out, or the share of drop-outs comes out too high
(`cumulative_incidence` takes all ends together).

Written here and not taken from scipy.stats: `ecdf` has no counts (ten million patients must be
spelled out one by one), no standard errors and no log intervals, and `logrank` compares two groups
only. lifelines has these, but would bring matplotlib and autograd to every clinic.

Everything takes (time, end, count), so that a table of sessions counted by SQL is enough. At one
time ends come before censoring: whoever is censored then was still at risk. Times are compared as
they are; days and sessions are whole numbers, so nothing is rounded.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from flows.statistics.proportion import Z_95

Figures = NDArray[np.float64]
Counts = NDArray[np.int64]

ROUNDING = 1e-13
"""Of a sum's largest terms; a variance of n patients is never below some 1/n of them."""


@dataclass(frozen=True, eq=False)
class SurvivalCurve:
    """One value per distinct time, in order; no patients give empty arrays.

    `n_risk` are those followed up to that time or longer, `survival` the share still there just
    after it (0-1). `lower` and `upper` are the log interval, 95 % unless asked otherwise; both
    are NaN where survival is 0, for it has no logarithm, and the standard error is infinite.
    """

    time: Figures
    n_risk: Counts
    n_event: Counts
    n_censor: Counts
    survival: Figures
    standard_error_cumulative_hazard: Figures
    lower: Figures
    upper: Figures


@dataclass(frozen=True, eq=False)
class CumulativeIncidence:
    """Share that ended in each way (rows, in order of its number) by each time (columns).

    All but `time`, `n_risk` and `n_censor` are ways x times; `lower` and `upper` are the log
    interval, NaN where nobody has ended in that way yet. What is left to 1 is the survival curve
    of ending in any way.
    """

    time: Figures
    n_risk: Counts
    n_event: Counts
    n_censor: Counts
    incidence: Figures
    standard_error: Figures
    lower: Figures
    upper: Figures


@dataclass(frozen=True, eq=False)
class GroupedIncidence:
    """`incidence`, `lower` and `upper` are groups x ways x times, at the `time`s of them all; `n`
    are the patients of each group. Where nobody of a group is left it stays as it was."""

    time: Figures
    n: Counts
    incidence: Figures
    lower: Figures
    upper: Figures


@dataclass(frozen=True, eq=False)
class LogRank:
    """`observed` and `expected` ends per group, in the order of `groups`, over all strata.

    Where nothing can be compared (one group, no end, groups never there together) chi_square and
    degrees_of_freedom are 0 and `p` is None.
    """

    chi_square: float
    degrees_of_freedom: int
    p: float | None
    groups: Counts
    observed: Counts
    expected: Figures


@dataclass(frozen=True, eq=False)
class _Tally:
    """Patients per time; `ended` is times x ways, way 0 being censored."""

    time: Figures
    n_risk: Counts
    ended: Counts


def survival_curve(
    time: ArrayLike, event: ArrayLike, count: ArrayLike | None = None, *, z: float = Z_95
) -> SurvivalCurve:
    """Kaplan-Meier: the product of (n - d) / n over the times so far.

    `event` is 1 where the patient ended at `time` and 0 where it is only known that the patient
    was still there; `count` is how many such patients (1 each by default). The variance of the
    cumulative hazard is Greenwood's, the sum of d / (n (n - d)), the interval
    exp(log S -/+ z SE), at most 1. Raises ValueError as _checked does.
    """
    tally = _tallied(time, event, count, ways=1)
    n, d = tally.n_risk.astype(np.float64), tally.ended[:, 1].astype(np.float64)
    survival = np.cumprod((n - d) / n, dtype=np.float64)
    with np.errstate(divide="ignore"):
        error = np.sqrt(np.cumsum(d / (n * (n - d))))
    lower, upper = _log_interval(survival, error, z)
    censored, ended = tally.ended.T
    return SurvivalCurve(tally.time, tally.n_risk, ended, censored, survival, error, lower, upper)


def cumulative_incidence(
    time: ArrayLike, end: ArrayLike, ways: int, count: ArrayLike | None = None, *, z: float = Z_95
) -> CumulativeIncidence:
    """Aalen-Johansen: the share that ended in each of the `ways` 1, 2, ..., whichever came first.

    `end` is 0 where the patient was still there at `time`, else the number of the way. Each time
    adds S d_k / n, with S the share that was there before it. The interval is
    exp(log F -/+ z SE / F), at most 1. Raises ValueError as _checked does.
    """
    tally = _tallied(time, end, count, ways)
    ended = tally.ended[:, 1:].T
    incidence, error = _incidence(tally.n_risk, ended)
    with np.errstate(invalid="ignore"):
        lower, upper = _log_interval(incidence, error / incidence, z)
    return CumulativeIncidence(
        tally.time, tally.n_risk, ended, tally.ended[:, 0], incidence, error, lower, upper
    )


def incidence_by_group(
    time: ArrayLike, end: ArrayLike, group: Counts, groups: int, ways: int, *, z: float = Z_95
) -> GroupedIncidence:
    """`cumulative_incidence` of many groups in one go; `group` (one per patient) is below
    `groups`. Raises ValueError as _checked does."""
    times, ends, _ = _checked(time, end, None, ways)
    distinct, place = np.unique(times, return_inverse=True)
    shape = (groups, len(distinct), ways + 1)
    cells = np.ravel_multi_index((_alike(group, times, "group"), place, ends), shape)
    table = np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)
    at_risk = _still_there(table.sum(axis=2).T).T
    incidence, error = _incidence(at_risk, table[:, :, 1:].transpose(0, 2, 1))
    with np.errstate(invalid="ignore"):
        lower, upper = _log_interval(incidence, error / incidence, z)
    return GroupedIncidence(distinct, table.sum(axis=(1, 2)), incidence, lower, upper)


def log_rank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    count: ArrayLike | None = None,
    stratum: ArrayLike | None = None,
) -> LogRank:
    """Do groups end at the same pace? Chi-square of observed minus expected ends.

    `group` and `stratum` are whole numbers, any; within a stratum groups are compared, and sums
    run over strata. Groups that no end was expected of do not count, as in survdiff, which
    refuses groups that were never there together; here they cost their degrees of freedom.
    Raises ValueError as _checked does.
    """
    times, ends, counts = _checked(time, event, count, ways=1)
    names, codes = np.unique(_alike(group, times, "group"), return_inverse=True)
    layers = _alike(0 if stratum is None else stratum, times, "stratum")
    observed = np.zeros(len(names))
    expected, variance = observed.copy(), np.zeros((len(names), len(names)))
    for layer in np.unique(layers):
        here = layers == layer
        within = _compared(times[here], ends[here], codes[here], counts[here], len(names))
        observed, expected, variance = (
            total + part for total, part in zip((observed, expected, variance), within, strict=True)
        )
    chi_square, freedom = _quadratic(observed - expected, variance, expected > 0)
    p = float(chdtrc(freedom, chi_square)) if freedom else None
    return LogRank(chi_square, freedom, p, names, observed.astype(np.int64), expected)


def _checked(
    time: ArrayLike, end: ArrayLike, count: ArrayLike | None, ways: int
) -> tuple[Figures, Counts, Counts]:
    """The three as arrays of one length.

    Raises ValueError for a time that is negative, missing or endless, for an end other than
    0 to `ways`, for a count that is negative or no whole number, and for unequal lengths.
    """
    given = np.atleast_1d(np.asarray(time))
    refusal = ValueError("times must be one column of numbers of 0 or more, none missing")
    if given.ndim != 1 or given.dtype.kind not in "biuf":
        raise refusal
    times = given.astype(np.float64)
    if not np.isfinite(times).all() or (times < 0).any():
        raise refusal
    ends = _alike(end, times, "end")
    if ((ends < 0) | (ends > ways)).any():
        raise ValueError(f"an end must be a whole number from 0 (still there) to {ways}")
    counts = _alike(1 if count is None else count, times, "count")
    if (counts < 0).any():
        raise ValueError("a count of patients cannot be negative")
    return times, ends, counts


def _alike(values: ArrayLike, times: Figures, name: str) -> Counts:
    """Whole numbers, one for each time; a single one stands for all."""
    given = np.asarray(values)
    if given.ndim > 1 or (given.ndim == 1 and given.shape != times.shape):
        raise ValueError(f"there must be one {name} for each time")
    whole = given.dtype.kind in "biu" or (
        given.dtype.kind == "f" and bool((np.isfinite(given) & (given == np.floor(given))).all())
    )
    if not whole:
        raise ValueError(f"each {name} must be a whole number")
    return np.broadcast_to(given.astype(np.int64), times.shape)


def _tallied(time: ArrayLike, end: ArrayLike, count: ArrayLike | None, ways: int) -> _Tally:
    times, ends, counts = _checked(time, end, count, ways)
    distinct, ended = _counted(times, ends, counts, ways + 1)
    return _Tally(distinct, _still_there(ended.sum(axis=1)), ended)


def _counted(times: Figures, codes: Counts, counts: Counts, width: int) -> tuple[Figures, Counts]:
    """Distinct times that have patients, and patients per time and code."""
    distinct, place = np.unique(times, return_inverse=True)
    cells = np.bincount(place * width + codes, weights=counts, minlength=len(distinct) * width)
    table = np.rint(cells).astype(np.int64).reshape(len(distinct), width)
    lived = table.any(axis=1)
    return distinct[lived], table[lived]


def _still_there(leaving: Counts) -> Counts:
    """How many leave at this time or later."""
    return np.cumsum(leaving[::-1], axis=0)[::-1]


def _before(values: Figures, first: float) -> Figures:
    """Each value as it was before its time; times stand on the last axis."""
    start = np.full((*values.shape[:-1], 1), first)
    return np.concatenate([start, values], axis=-1)[..., :-1]


def _log_interval(share: Figures, error_of_log: Figures, z: float) -> tuple[Figures, Figures]:
    """Symmetric on the log scale, at most 1; NaN where the share is 0."""
    known = np.where(share > 0, share, np.nan)
    half = z * np.where(share > 0, error_of_log, np.nan)
    return known * np.exp(-half), np.minimum(1.0, known * np.exp(half))


def _incidence(at_risk: Counts, ended: Counts) -> tuple[Figures, Figures]:
    """Shares that ended (... x ways x times) and their standard errors, of `at_risk` (... x
    times). At times when nobody is at risk any more they stay."""
    n = np.maximum(at_risk, 1).astype(np.float64)
    left = n - ended.sum(axis=-2)
    there = _before(np.cumprod(left / n, axis=-1), first=1.0)
    added = there[..., None, :] * ended / n[..., None, :]
    error = np.sqrt(_variance_of_incidence(added, there, n, left))
    return np.cumsum(added, axis=-1), error


def _variance_of_incidence(added: Figures, there: Figures, n: Figures, left: Figures) -> Figures:
    """Ways x times. At each time the ways share the n at risk as in one multinomial draw; the
    errors of F and S up to then are carried on (delta method). With one record per patient that
    is the infinitesimal jackknife of survfit. What is left by rounding alone is 0.
    """
    # Where nobody is left nothing can be added later: the error of S is not asked for again.
    hazards = np.where(left > 0, (n - left) / (n * np.maximum(left, 1)), 0.0)
    greenwood = _before(np.cumsum(hazards, axis=-1), first=0.0)[..., None, :]
    n, there = n[..., None, :], there[..., None, :]
    carried = _before(np.cumsum(added * (greenwood - 1 / n), axis=-1), first=0.0)
    parts = added * (2 * carried + added * greenwood + (there - added) / n)
    variance = np.cumsum(parts, axis=-1)
    return np.where(variance > ROUNDING * np.cumsum(np.abs(parts), axis=-1), variance, 0.0)


def _compared(
    times: Figures, ends: Counts, codes: Counts, counts: Counts, groups: int
) -> tuple[Figures, Figures, Figures]:
    """Observed and expected ends per group in one stratum, and the covariance of observed."""
    _, table = _counted(times, codes * 2 + ends, counts, 2 * groups)
    leaving, ended = table[:, 0::2] + table[:, 1::2], table[:, 1::2]
    at_risk = _still_there(leaving)
    n, d = at_risk.sum(axis=1), ended.sum(axis=1)
    shares = at_risk / n[:, None]
    spread = np.where(n > 1, d * (n - d) / np.maximum(n - 1, 1), 0.0)
    covariance = np.diag(spread @ shares) - (shares * spread[:, None]).T @ shares
    return ended.sum(axis=0).astype(np.float64), d @ shares, covariance


def _quadratic(apart: Figures, variance: Figures, used: NDArray[np.bool_]) -> tuple[float, int]:
    """Chi-square and its degrees of freedom; the first group used follows from the others."""
    others = np.flatnonzero(used)[1:]
    within = variance[np.ix_(others, others)]
    rank = int(np.linalg.matrix_rank(within, hermitian=True)) if others.size else 0
    if rank == 0:
        return 0.0, 0
    solved = (
        np.linalg.solve(within, apart[others])
        if rank == others.size
        else np.linalg.pinv(within, hermitian=True) @ apart[others]
    )
    return float(apart[others] @ solved), rank
