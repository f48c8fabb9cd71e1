"""Linear mixed models, equal to lme4: REML or ML, from rows or from sums per group."""

from flows.statistics.mixed_model.data import FloatArray, IntArray, ModelData, RandomTerm
from flows.statistics.mixed_model.errors import ModelDataError
from flows.statistics.mixed_model.fit import Method, fit
from flows.statistics.mixed_model.intervals import (
    Expectation,
    ExpectedValues,
    ModeIntervals,
    expected_values,
    mode_intervals,
)
from flows.statistics.mixed_model.model import MixedModel, TermCovariance
from flows.statistics.mixed_model.modes import ConditionalModes, conditional_modes
from flows.statistics.mixed_model.slope import SlopeTest, likelihood_ratio_of_slope
from flows.statistics.mixed_model.sums import Factor, Sums, SumsTerm, sums_from_products, sums_of

__all__ = [
    "ConditionalModes",
    "Expectation",
    "ExpectedValues",
    "Factor",
    "FloatArray",
    "IntArray",
    "Method",
    "MixedModel",
    "ModeIntervals",
    "ModelData",
    "ModelDataError",
    "RandomTerm",
    "SlopeTest",
    "Sums",
    "SumsTerm",
    "TermCovariance",
    "conditional_modes",
    "expected_values",
    "fit",
    "likelihood_ratio_of_slope",
    "mode_intervals",
    "sums_from_products",
    "sums_of",
]
