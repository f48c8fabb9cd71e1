"""325_prediction: what every form so far is expected to be, and what its course makes likely."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.station import Inputs, StationTables
from flows.stations import fitted_growth
from flows.stations.calibration_fit import calibrations
from flows.stations.fitted_growth import fitted_scales
from flows.stations.followed_scale import FollowedScale
from flows.statistics.course import GrowthModel, bands, expectation, off_course
from flows.statistics.risk import Calibration, risk

READS = (*fitted_growth.READS, "calibration", "risk_model")
WRITES = ("prediction",)

COLUMNS = {
    "form_no": np.int64,
    **dict.fromkeys(
        (
            "expected",
            "standard_score",
            "lower",
            "lower68",
            "upper68",
            "upper",
            "off_course",
            "end_mean",
            "end_sd",
            "p_deterioration",
            "p_deterioration_calibrated",
            "p_improvement",
        ),
        np.float64,
    ),
    "is_beyond_fit": np.bool_,
}

Columns = dict[str, NDArray[Any]]


def make(tables: StationTables, inputs: Inputs) -> None:
    """One row for each form after the baseline on a scale with an expected course."""
    recalibrated = calibrations(tables)
    parts = [
        predicted(scale, model, recalibrated[scale.instrument, scale.scale])
        for scale, model in fitted_scales(tables)
    ]
    columns: Columns = {
        name: np.concatenate([part[name] for part in parts] or [np.empty(0)]).astype(kind)
        for name, kind in COLUMNS.items()
    }
    tables.write_columns("prediction", columns, kind="step")


def predicted(scale: FollowedScale, model: GrowthModel, calibration: Calibration) -> Columns:
    """The columns of `prediction` for one scale."""
    progress = scale.progress
    expected = expectation(progress, model)
    band = bands(progress, model, expected)
    found = risk(progress, model, calibration)
    return {
        "form_no": scale.form_no,
        "expected": expected.expected,
        "standard_score": expected.deviation,
        **dict(zip(("lower", "lower68", "upper68", "upper"), band, strict=True)),
        "off_course": off_course(progress, band),
        "end_mean": found.end.end_mean,
        "end_sd": found.end.end_sd,
        "p_deterioration": found.worse,
        "p_deterioration_calibrated": found.worse_calibrated,
        "p_improvement": found.better,
        "is_beyond_fit": progress.place > model.covered,
    }
