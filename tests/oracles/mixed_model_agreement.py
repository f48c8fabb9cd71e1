"""The largest differences of our fits from lme4's, over the models of the oracles."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from flows.statistics.mixed_model import MixedModel, ModelData, conditional_modes, fit
from tests.oracles.mixed_model_inputs import models

Key = tuple[str, str | None, str | None]


def agreement(reference: Path) -> Iterator[str]:
    """One line per model."""
    folder = reference / "oracles/expected/mixed_models"
    fits = json.loads((folder / "fits.json").read_text(encoding="utf-8"))["fits"]
    names = ("criterion", "fixed rel", "variance rel", "mode", "its sd")
    yield f"{'largest difference from lme4 1.1-31':36}" + "".join(f"{n:>14}" for n in names)
    for name, data in models(reference).items():
        model = fit(data)
        told = (*_of_fit(model, fits[name]), *_of_modes(model, data, folder / f"ranef_{name}.csv"))
        yield f"{name:36}" + "".join(f"{number:14.1e}" for number in told)
    asked = ("1e-06", "1e-06", "1e-05", "1e-04", "1e-04")
    yield f"{'asked: at most':36}" + "".join(f"{number:>14}" for number in asked)


def variances(model: MixedModel) -> dict[Key, float]:
    """By group and effects, as lme4 lists them."""
    found: dict[Key, float] = {("Residual", None, None): model.sigma**2}
    for term in model.covariances:
        for i, first in enumerate(term.names):
            found[term.group, first, None] = float(term.covariance[i, i])
            for j in range(i + 1, len(term.names)):
                found[term.group, first, term.names[j]] = float(term.covariance[i, j])
    return found


def modes(model: MixedModel, data: ModelData) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Mode and standard deviation by group, effect and level."""
    found = {}
    for term in conditional_modes(model, data):
        for i, effect in enumerate(term.names):
            columns = (term.modes[:, i], term.standard_deviations[:, i])
            for level, mode, deviation in zip(term.levels, *columns, strict=True):
                found[term.group, effect, level] = (float(mode), float(deviation))
    return found


def _of_fit(model: MixedModel, other: Any) -> tuple[float, float, float]:
    effects = np.array([other["fixef"][name] for name in model.names])
    mine = variances(model)
    apart = [
        abs(mine[entry["grp"], entry.get("var1"), entry.get("var2")] / entry["vcov"] - 1)
        for entry in other["varcorr"]
    ]
    fixed = float(np.abs(model.fixed_effects / effects - 1).max())
    return abs(model.criterion - other["REMLcrit"]), fixed, max(apart)


def _of_modes(model: MixedModel, data: ModelData, file: Path) -> tuple[float, float]:
    mine = modes(model, data)
    worst = [0.0, 0.0]
    with file.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            mode, deviation = mine[row["grpvar"], row["term"], row["grp"]]
            worst[0] = max(worst[0], abs(mode - float(row["condval"])))
            worst[1] = max(worst[1], abs(deviation - float(row["condsd"])))
    return worst[0], worst[1]
