"""Funnels of units: which lie further from the target than chance and their spread explain.

Spiegelhalter 2005, Stat Med 24:1185-1202; over-dispersion additive, with the moment estimate of
DerSimonian & Laird 1986 (Spiegelhalter et al. 2012, JRSS A 175:1-47). Results are those of the R
package FunnelPlotR, 0.5 and 0.6. Three scales to compare units on, x = numerator / denominator:

    proportion     asin sqrt x, standard deviation 1 / (2 sqrt n), z winsorised
    ratio, CQC     sqrt x,      standard deviation 1 / (2 sqrt n), z winsorised
    ratio, SHMI    log x,       standard deviation 1 / sqrt n,     z truncated, n to 2 decimals
                   but in the value that is shown
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainccinv, gammaincinv
from scipy.stats import rankdata

from flows.statistics.funnelplotr_levelling import levelled

Figures = NDArray[np.float64]
Flags = NDArray[np.bool_]

Z_95, Z_998 = 1.959964, 3.090232
"""Two-sided 95 % and 99.8 % of the normal distribution, to the digits FunnelPlotR has."""

REACHES = (-Z_95, Z_95, -Z_998, Z_998)
"""Of the limits, in the order of Limits."""

TRIMMED = 0.1
"""Of all units at each end, whose z are winsorised or left out (FunnelPlotR's `trim_by`)."""


class Measure(StrEnum):
    """What a unit's value is, and on which scale units are compared."""

    PROPORTION = "pr"
    RATIO_SHMI = "shmi"
    RATIO_CQC = "cqc"


@dataclass(frozen=True, eq=False)
class Limits:
    """95 % and 99.8 %, in the order of the denominators they were asked for."""

    lower95: Figures
    upper95: Figures
    lower998: Figures
    upper998: Figures


@dataclass(frozen=True, eq=False)
class Funnel:
    """Arrays are (units,); NaN where a unit has no denominator.

    `z` counts standard deviations from the target without over-dispersion (-inf for a log ratio of
    0), `trimmed_z` is what phi was made of (NaN where truncated), `adjusted_z` counts in the spread
    with tau2. `limits` hold `tau2`, `plain_limits` do not. Outside is who lies beyond `limits` that
    are cut off at the possible, even where FunnelPlotR's were asked for.
    """

    value: Figures
    z: Figures
    trimmed_z: Figures
    adjusted_z: Figures
    target: float
    phi: float
    tau2: float
    limits: Limits
    plain_limits: Limits
    is_outside95: Flags
    is_outside998: Flags


class FunnelDataError(ValueError):
    """Numbers of which no funnel can be drawn; `unit` is the place of the first such unit."""

    def __init__(self, what: str, unit: int | None = None) -> None:
        self.what = what
        self.unit = unit
        super().__init__(what)


def funnel(
    numerators: Figures,
    denominators: Figures,
    measure: Measure,
    *,
    is_adjusted: bool = True,
    like_funnelplotr: bool = False,
) -> Funnel:
    """The funnel of units, one numerator and denominator each, both (units,).

    The target is the share of all units together, and 1 for ratios. Without `is_adjusted` phi and
    tau2 are 0 and `limits` are `plain_limits`. For `like_funnelplotr` see funnel_limits.
    Raises FunnelDataError: no unit, numbers that are missing, infinite or negative, a numerator
    above its denominator in a proportion, no denominator under a numerator, and, with
    `is_adjusted`, ratios of 0 that have no logarithm among those that phi is made of.
    """
    sizes = _sizes(denominators, measure)
    _check(numerators, sizes, measure)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(sizes > 0, numerators / denominators, np.nan)
        target = float(numerators.sum() / sizes.sum()) if measure is Measure.PROPORTION else 1.0
        distance = _scaled(numerators / sizes, measure) - _scaled(np.array(target), measure)
        spread = _spread(sizes, measure)
        z = distance / spread
        trimmed = _truncated(z) if measure is Measure.RATIO_SHMI else _winsorised(z)
        phi, tau2 = _over_dispersion(trimmed, spread) if is_adjusted else (0.0, 0.0)
        adjusted = distance / np.sqrt(spread**2 + tau2)
    plain = plain_limits(sizes, measure, target, like_funnelplotr=like_funnelplotr)
    limits, judging = plain, plain_limits(sizes, measure, target)
    if is_adjusted:
        limits = funnel_limits(sizes, measure, target, tau2, like_funnelplotr=like_funnelplotr)
        judging = funnel_limits(sizes, measure, target, tau2)
    return Funnel(
        value=value,
        z=z,
        trimmed_z=trimmed,
        adjusted_z=adjusted,
        target=target,
        phi=phi,
        tau2=tau2,
        limits=limits,
        plain_limits=plain,
        is_outside95=(value < judging.lower95) | (value > judging.upper95),
        is_outside998=(value < judging.lower998) | (value > judging.upper998),
    )


def funnel_limits(
    denominators: Figures,
    measure: Measure,
    target: float,
    tau2: float,
    *,
    like_funnelplotr: bool = False,
) -> Limits:
    """Target -/+ z sqrt(s^2 + tau2), on the scale of the measure and back from it.

    Small denominators reach beyond what is possible: limits are cut off at 0, and at 1 for
    proportions. With `like_funnelplotr` those of CQC fall below 0, and those of proportions are
    cut off as in funnelplotr_levelling.
    For CQC the limits are those of the root, since FunnelPlotR draws and judges plain ratios by
    them; they are about half as wide as those of the ratio would be.
    """

    def limit_at(sizes: Figures, z: float) -> Figures:
        reach = z * np.sqrt(_spread(sizes, measure) ** 2 + tau2)
        return _unscaled(middle + reach, measure, is_cut_off=not like_funnelplotr)

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        middle = _scaled(np.array(target), measure)
        if like_funnelplotr and measure is Measure.PROPORTION:
            return Limits(*(levelled(denominators, limit_at, z) for z in REACHES))
        return Limits(*(limit_at(denominators, z) for z in REACHES))


def plain_limits(
    denominators: Figures, measure: Measure, target: float, *, like_funnelplotr: bool = False
) -> Limits:
    """Without over-dispersion: for ratios the exact ones of a Poisson count, by chi-square."""
    if measure is Measure.PROPORTION:
        return funnel_limits(denominators, measure, target, 0.0, like_funnelplotr=like_funnelplotr)
    n = np.where(denominators > 0, denominators, np.nan)
    return Limits(
        *(
            target * limit / n
            for tail in (0.025, 0.001)
            for limit in (gammaincinv(n, tail), gammainccinv(n + 1, tail))
        )
    )


# ---------- the parts of it


def _sizes(denominators: Figures, measure: Measure) -> Figures:
    """SHMI rounds expected numbers to 2 decimals, as FunnelPlotR does before anything else.

    As R 4 rounds: to the nearer of the two numbers around it, the even one where double precision
    cannot tell.
    """
    if measure is not Measure.RATIO_SHMI:
        return denominators
    hundredths = np.floor(100 * denominators)
    below, above = hundredths / 100, np.ceil(100 * denominators) / 100
    down, up = denominators - below, above - denominators
    return np.where((down < up) | ((down == up) & (hundredths % 2 == 0)), below, above)


def _check(numerators: Figures, sizes: Figures, measure: Measure) -> None:
    if not numerators.size:
        raise FunnelDataError("there is no unit")
    both = numerators + sizes
    bad = {
        "a number is missing or infinite": ~np.isfinite(both),
        "a number is negative": (numerators < 0) | (sizes < 0),
        "a numerator stands above a denominator of 0": (numerators > 0) & (sizes == 0),
    }
    if measure is Measure.PROPORTION:
        bad["a numerator is larger than its denominator"] = numerators > sizes
    for what, units in bad.items():
        if units.any():
            raise FunnelDataError(what, int(units.argmax()))
    if not (sizes > 0).any():
        raise FunnelDataError("no unit has a denominator above 0")


def _scaled(value: Figures, measure: Measure) -> Figures:
    if measure is Measure.PROPORTION:
        return np.arcsin(np.sqrt(value))
    return np.sqrt(value) if measure is Measure.RATIO_CQC else np.log(value)


def _unscaled(scaled: Figures, measure: Measure, *, is_cut_off: bool) -> Figures:
    if measure is Measure.RATIO_SHMI:
        return np.exp(scaled)
    if measure is Measure.RATIO_CQC:
        return np.maximum(scaled, 0) if is_cut_off else scaled
    return np.sin(np.clip(scaled, 0, np.pi / 2) if is_cut_off else scaled) ** 2


def _spread(sizes: Figures, measure: Measure) -> Figures:
    root: Figures = np.sqrt(np.where(sizes > 0, sizes, np.nan))
    return 1 / root if measure is Measure.RATIO_SHMI else 1 / (2 * root)


def _winsorised(z: Figures) -> Figures:
    """Those beyond the 10 % and 90 % quantiles (R's type 7) put there."""
    lowest, highest = np.nanquantile(z, [TRIMMED, 1 - TRIMMED])
    return np.clip(z, lowest, highest)


def _truncated(z: Figures) -> Figures:
    """NaN for those in the first and last of ten groups by rank, floor(10 r / (n + 1))."""
    groups = round(1 / TRIMMED)
    known = ~np.isnan(z)
    group = np.floor(rankdata(z[known]) * groups / (len(z) + 1))
    kept = np.full(z.shape, np.nan)
    kept[known] = np.where((group > 0) & (group < groups - 1), z[known], np.nan)
    return kept


def _over_dispersion(trimmed: Figures, spread: Figures) -> tuple[float, float]:
    """phi, the mean of z^2, and tau2 = (n phi - (n - 1)) / (sum w - sum w^2 / sum w), w = s^-2.

    tau2 is 0 where phi is no larger than chance makes it, and where one unit alone is left.
    """
    endless = np.isinf(trimmed)
    if endless.any():
        raise FunnelDataError("a ratio of 0 has no logarithm", int(endless.argmax()))
    known = ~np.isnan(trimmed)
    n = int(known.sum())
    phi = float((trimmed[known] ** 2).mean()) if n else 0.0
    weights = 1 / spread[known] ** 2
    if n < 2 or n * phi < n - 1:
        return phi, 0.0
    room = weights.sum() - (weights**2).sum() / weights.sum()
    return phi, max(0.0, float((n * phi - (n - 1)) / room))
