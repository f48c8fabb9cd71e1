"""Control charts of many series at once: values in, lines and fired rules out."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flows.statistics.control_chart.design import Design, Kind, RuleSet
from flows.statistics.control_chart.lines import Lines, median_lines, share_lines, xmr_lines
from flows.statistics.control_chart.nhs_rules import nhs_rules, outside
from flows.statistics.control_chart.rebasing import Rows, rows_of
from flows.statistics.control_chart.run_chart import Runs, runs_of

Figures = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

FEWEST_FOR_LIMITS = 6
"""Points of a baseline below which NHS rules draw no limits [D]."""

FEWEST_TO_LOCK = 12
"""Points from which a baseline may be locked; limits of fewer are trial limits [VC]."""


@dataclass(frozen=True, eq=False)
class Part:
    """One part of one series, and what its runs look like (Anhøj's rules only, else None).

    `n_points` have a value, `n_baseline` of them made the limits.
    """

    series: int
    number: int
    n_points: int
    n_baseline: int
    n_useful: int | None = None
    longest_run: int | None = None
    longest_run_allowed: int | None = None
    crossings: int | None = None
    fewest_crossings: int | None = None

    @property
    def is_trial(self) -> bool:
        """Whether its limits are trial limits, from too short a baseline to be locked."""
        return self.n_baseline < FEWEST_TO_LOCK


@dataclass(frozen=True, eq=False)
class Chart:
    """All arrays are (series, periods); NaN where there is no value or no line.

    `fired` says by rule (R1-R4, or sigma, run and crossings) which points are part of it; a
    missing point never is. `parts` counts the parts of each series from 0, and `told` tells of
    each, in their order within the order of the series.
    """

    values: Figures
    centre: Figures
    lower: Figures
    upper: Figures
    parts: Counts
    fired: Mapping[str, Flags]
    told: tuple[Part, ...]


def control_chart(
    design: Design, values: Figures, sizes: Figures | None = None, parts: Counts | None = None
) -> Chart:
    """The charts of `values`, (series, periods) in the order of time, NaN where missing.

    With `sizes`, values are counts and what is drawn is counts / sizes; where a size is 0 or
    missing there is no point. `parts` numbers the part of each period from 0; limits and runs
    start anew with each. Raises ValueError for shares without sizes, and as rows_of does.
    """
    rows = rows_of(np.zeros(values.shape, dtype=np.int64) if parts is None else parts)
    drawn, counts = _drawn(design, values, sizes)
    baseline = rows.baseline(_frozen(design, rows, values.shape[1]))
    spread = rows.spread(drawn)
    if design.kind.is_of_shares:
        if counts is None or sizes is None:
            raise ValueError("a chart of shares needs sizes")
        lines = share_lines(
            rows.spread(counts),
            rows.spread(np.where(np.isnan(drawn), np.nan, sizes)),
            baseline,
            is_prime=design.kind is Kind.P_PRIME,
            is_screened=design.screens,
        )
    elif design.kind is Kind.RUN:
        lines = median_lines(spread, baseline)
    else:
        lines = xmr_lines(spread, baseline, design.rules, is_screened=design.screens)
    return _read(design, rows, drawn, spread, baseline, lines)


def _drawn(
    design: Design, values: Figures, sizes: Figures | None
) -> tuple[Figures, Figures | None]:
    """The values to draw, and the counts behind them, missing wherever one of the two is."""
    if sizes is None:
        return values, None
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = np.where(sizes > 0, values / sizes, np.nan)
    return drawn, np.where(np.isnan(drawn), np.nan, values)


def _frozen(design: Design, rows: Rows, periods: int) -> Counts:
    """How many periods of each row make its baseline."""
    every = np.full(len(rows.series), periods)
    if design.freeze is None:
        return every
    if design.rules is RuleSet.NHS:
        return np.full(len(rows.series), design.freeze)
    return np.where(rows.is_whole, design.freeze, every)


def _read(
    design: Design, rows: Rows, drawn: Figures, spread: Figures, baseline: Flags, lines: Lines
) -> Chart:
    """The chart with the rules that fired on it."""
    known = ~np.isnan(spread)
    n_baseline = (baseline & known).sum(axis=1)
    runs = None
    if design.rules is RuleSet.NHS:
        lines = lines.where(n_baseline >= FEWEST_FOR_LIMITS)
        fired = nhs_rules(spread, lines)
    else:
        runs = runs_of(spread, lines.centre)
        fired = {
            "sigma": outside(spread, lines),
            "run": known & runs.is_long[:, None],
            "crossings": known & runs.is_seldom_crossed[:, None],
        }
    return Chart(
        values=drawn,
        centre=rows.gathered(lines.centre),
        lower=rows.gathered(lines.lower),
        upper=rows.gathered(lines.upper),
        parts=rows.part[rows.row_of],
        fired={rule: rows.gathered_flags(flags) for rule, flags in fired.items()},
        told=_told(rows, known.sum(axis=1), n_baseline, runs),
    )


def _told(rows: Rows, n_points: Counts, n_baseline: Counts, runs: Runs | None) -> tuple[Part, ...]:
    columns = [rows.series, rows.part, n_points, n_baseline]
    if runs is not None:
        columns += [runs.n_useful, runs.longest, runs.longest_allowed]
        columns += [runs.crossings, runs.fewest_allowed]
    return tuple(Part(*row) for row in zip(*(each.tolist() for each in columns), strict=True))
