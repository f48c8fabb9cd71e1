"""320_growth_fit: the expected course of each followed scale, from the service's own past.

Frozen per quarter: fitted to episodes that had ended before the quarter of the
as-of date began. Where such a fit fails, those of the quarters before are tried,
so that the last good one serves; where none works `growth_model` says why, and
the reliable-change rule alone stands.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from flows.settings import Course
from flows.station import Inputs, StationTables
from flows.stations import followed_scale
from flows.stations.followed_scale import FollowedScale, followed_scales, limits_of, quarters
from flows.statistics.growth import FIXED, Growth, TooFewEpisodesError, fit_growth
from flows.statistics.mixed_model import ModelDataError
from flows.statistics.risk import newest

READS = followed_scale.READS
WRITES = ("growth_model", "growth_place", "mixed_model")

Row = dict[str, Any]

GROWTH = {
    "clinic_id": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "model": "VARCHAR",
    "population": "VARCHAR",
    "fitted_until": "DATE",
    "refused": "VARCHAR",
    "episodes": "INTEGER",
    "clinic_episodes": "INTEGER",
    "episodes_needed": "INTEGER",
    "clinic_episodes_needed": "INTEGER",
    "is_singular": "BOOLEAN",
    "last_covered": "INTEGER",
    "centre": "DOUBLE",
    "intercept": "DOUBLE",
    "baseline_effect": "DOUBLE",
    "time_effect": "DOUBLE",
    "baseline_time_effect": "DOUBLE",
    "intercept_variance": "DOUBLE",
    "intercept_time_covariance": "DOUBLE",
    "time_variance": "DOUBLE",
    "residual_sd": "DOUBLE",
    "unit": "DOUBLE",
}
PLACES = {
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "place": "INTEGER",
    "expected_last": "DOUBLE",
    "lower": "DOUBLE",
    "lower68": "DOUBLE",
    "upper68": "DOUBLE",
    "upper": "DOUBLE",
}
MIXED = {
    "model": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "term": "VARCHAR",
    "estimate": "DOUBLE",
    "se": "DOUBLE",
    "n_obs": "INTEGER",
    "n_groups": "INTEGER",
    "n_clinics": "INTEGER",
    "reml": "DOUBLE",
    "singular": "BOOLEAN",
}


@dataclass(frozen=True)
class Fitted:
    """One scale's fit with the day before its quarter, or why there is none."""

    scale: FollowedScale
    growth: Growth | None
    until: date | None
    refused: str | None
    episodes: int


def make(tables: StationTables, inputs: Inputs) -> None:
    """Fit every followed scale and write what was found."""
    choices = inputs.settings.course
    fits = [fitted(scale, inputs.as_of, choices) for scale in followed_scales(tables)]
    tables.write(
        "growth_model", GROWTH, [row for each in fits for row in _growth_rows(each, choices)]
    )
    tables.write("growth_place", PLACES, [row for each in fits for row in _place_rows(each)])
    tables.write("mixed_model", MIXED, [row for each in fits for row in _mixed_rows(each)])


def fitted(scale: FollowedScale, as_of: date, choices: Course) -> Fitted:
    """The fit of this quarter, else the last good one of the quarters before."""
    refused, episodes = None, None
    for first_day in quarters(as_of):
        training = newest(scale.ended_before(first_day), choices.most_episodes)
        count = len(np.unique(training.course))
        episodes = count if episodes is None else episodes
        try:
            growth = fit_growth(training, limits_of(choices), scale.unit)
        except TooFewEpisodesError:
            refused = refused or "too_few_episodes"
            break
        except ModelDataError:
            refused = refused or "no_fit"
            continue
        return Fitted(scale, growth, first_day - timedelta(days=1), None, count)
    return Fitted(scale, None, None, refused, episodes or 0)


def _growth_rows(each: Fitted, choices: Course) -> Iterator[Row]:
    """One row for each clinic that the scale was used in."""
    for number in np.unique(each.scale.progress.courses.clinic):
        yield dict.fromkeys(GROWTH) | {
            "clinic_id": each.scale.clinics[number],
            "instrument": each.scale.instrument,
            "scale": each.scale.scale,
            "refused": each.refused,
            "episodes": each.episodes,
            "episodes_needed": choices.minimum_episodes,
            "clinic_episodes_needed": choices.minimum_clinic_episodes,
            **({} if each.growth is None else _clinic_row(each.growth, int(number))),
            "fitted_until": each.until,
        }


def _clinic_row(growth: Growth, number: int) -> Row:
    model, (a, h, c) = growth.model, growth.model.covariance[[0, 0, 1], [0, 1, 1]]
    effects = ("intercept", "baseline_effect", "time_effect", "baseline_time_effect")
    return {
        "model": growth.key,
        "population": growth.population(number),
        "clinic_episodes": growth.episodes_of(number),
        "is_singular": growth.mixed.is_singular,
        "last_covered": model.covered,
        "centre": model.centre,
        **dict(zip(effects, map(float, model.fixed[number]), strict=True)),
        "intercept_variance": float(a),
        "intercept_time_covariance": float(h),
        "time_variance": float(c),
        "residual_sd": model.sigma,
        "unit": model.unit,
    }


def _place_rows(each: Fitted) -> Iterator[Row]:
    if each.growth is None:
        return
    model = each.growth.model
    for row, (last, quantiles) in enumerate(zip(model.expected_last, model.quantiles, strict=True)):
        yield {
            "instrument": each.scale.instrument,
            "scale": each.scale.scale,
            "place": row + 1,
            "expected_last": float(last),
            **dict(
                zip(("lower", "lower68", "upper68", "upper"), map(float, quantiles), strict=True)
            ),
        }


def _mixed_rows(each: Fitted) -> Iterator[Row]:
    """The fit as the table `mixed_model` holds it: fixed effects, variances, residual."""
    if each.growth is None:
        return
    mixed = each.growth.mixed
    same = {
        "model": each.growth.key,
        "instrument": each.scale.instrument,
        "scale": each.scale.scale,
        "n_obs": mixed.n_obs,
        "n_groups": mixed.n_groups["episode"],
        "n_clinics": mixed.n_groups.get("clinic"),
        "reml": mixed.criterion,
        "singular": mixed.is_singular,
    }
    errors = dict(zip(mixed.names, mixed.standard_errors, strict=True))
    estimates = dict(zip(mixed.names, mixed.fixed_effects, strict=True))
    for term in FIXED:
        if term in estimates:
            yield same | {
                "term": term,
                "estimate": float(estimates[term]),
                "se": float(errors[term]),
            }
    for covariance in mixed.covariances:
        for i, first in enumerate(covariance.names):
            for j, second in enumerate(covariance.names[: i + 1]):
                term = f"{covariance.group}: " + (
                    f"var({first})" if i == j else f"cov({second}, {first})"
                )
                value = float(covariance.covariance[i, j])
                yield same | {"term": term, "estimate": value, "se": None}
    yield same | {"term": "residual: sd", "estimate": mixed.sigma, "se": None}
