"""322_calibration_fit: risks recalibrated on closed episodes, and held back to be tested.

Three models of each scale, all on episodes that ended before the quarter of the
fit in force: the recalibration in force; and one fitted on the earlier half alone, whose
predictions for the later half are written to `back_test`, with what came of it. A
model that does not beat the raw change since the baseline there is not proposed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.settings import Course
from flows.station import Inputs, StationTables
from flows.stations import fitted_growth
from flows.stations.fitted_growth import fitted_scales
from flows.stations.followed_scale import EPOCH, FollowedScale, limits_of, needs_of
from flows.statistics.course import Progress, bands, expectation, off_course
from flows.statistics.discrimination import auc, auc_draws, draws, interval
from flows.statistics.logistic import Logistic
from flows.statistics.mixed_model import ModelDataError
from flows.statistics.risk import (
    MANY,
    Calibration,
    RiskModel,
    calibrated,
    fit_risk,
    judged,
    newest,
    risk,
    split,
)

READS = fitted_growth.READS
WRITES = ("risk_model", "calibration", "back_test")

HALF = 0.5
"""Of the closed episodes, the share whose model is tested on the others. [D]"""

DRAWS = 200

Row = dict[str, Any]

MODEL = {
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "predictions": "INTEGER",
    "events": "INTEGER",
    "events_needed": "INTEGER",
    "refused": "VARCHAR",
    "trained_until": "DATE",
    "tested_predictions": "INTEGER",
    "tested_events": "INTEGER",
    "auc": "DOUBLE",
    "auc_of_change": "DOUBLE",
    "gain_lower": "DOUBLE",
    "gain_upper": "DOUBLE",
    "is_proposed": "BOOLEAN",
}
TERMS = {
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "term": "VARCHAR",
    "coefficient": "DOUBLE",
    "mean": "DOUBLE",
    "sd": "DOUBLE",
}


BACK_TEST = {
    "form_no": np.int64,
    "course_no": np.int64,
    "session": np.int64,
    "sessions_left": np.int64,
    "is_judged": np.bool_,
    "has_worsened": np.bool_,
    "is_worse_now": np.bool_,
    "worsening": np.float64,
    "deviation": np.float64,
    "off_course": np.int64,
    "is_within": np.bool_,
    "is_within68": np.bool_,
    "p_deterioration": np.float64,
    "p_deterioration_calibrated": np.float64,
}

Columns = dict[str, NDArray[Any]]


def make(tables: StationTables, inputs: Inputs) -> None:
    """Write what is in force, its terms, and the predictions that accuracy is told by."""
    choices = inputs.settings.course
    until = {
        (row["instrument"], row["scale"]): row["fitted_until"]
        for row in tables.read("select instrument, scale, fitted_until from growth_model")
    }
    models: list[Row] = []
    terms: list[Row] = []
    tested: list[Columns] = []
    for scale, _ in fitted_scales(tables):
        before = until[scale.instrument, scale.scale] + timedelta(days=1)
        training = newest(scale.ended_before(before), choices.most_episodes)
        found = calibrated(training, limits_of(choices), needs_of(choices), scale.unit)
        test = back_tested(scale, training, choices)
        models.append(_model_row(scale, found, test, choices))
        terms += _term_rows(scale, found)
        tested += [test.columns] if test else []
    tables.write("risk_model", MODEL, models)
    tables.write("calibration", TERMS, terms)
    tables.write_columns("back_test", _together(tested))


@dataclass(frozen=True)
class Tested:
    """Predictions for the later half, as columns of `back_test`, by a model of the earlier one."""

    until: date
    columns: Columns

    def judged(self, name: str) -> NDArray[Any]:
        """A column, of the predictions alone that count."""
        return self.columns[name][self.columns["is_judged"]]


def back_tested(scale: FollowedScale, training: Progress, choices: Course) -> Tested | None:
    """The later half of the closed episodes, predicted by what was known from the earlier half.

    None where the earlier half is too small for an expected course.
    """
    earlier, later = split(training, HALF)
    if not len(earlier.course) or not len(later.course):
        return None
    try:
        model = fit_risk(earlier, limits_of(choices), needs_of(choices), scale.unit)
    except ModelDataError:
        return None
    last_day = earlier.courses.ended[earlier.course].max()
    until = EPOCH + timedelta(days=int(last_day))
    return Tested(until, _predicted(scale, later, model, choices.lead_sessions))


def _predicted(scale: FollowedScale, later: Progress, model: RiskModel, lead: int) -> Columns:
    growth = model.growth.model
    found = risk(later, growth, model.calibration)
    expected = expectation(later, growth)
    band = bands(later, growth, expected)
    lower, lower68, upper68, upper = np.round(later.score - band, 6)
    courses = later.courses
    return {
        "form_no": scale.form_no[scale.progress.places(later)],
        "course_no": later.course + scale.first_course,
        "session": later.session.astype(np.int64),
        "sessions_left": (courses.last_session[later.course] - later.session).astype(np.int64),
        "is_judged": judged(later, lead),
        "has_worsened": courses.worsened[later.course],
        "is_worse_now": courses.is_reliable(later.worsening, later.course),
        "worsening": later.worsening,
        "deviation": -courses.direction * expected.deviation,
        "off_course": off_course(later, band),
        "is_within": (lower >= 0) & (upper <= 0),
        "is_within68": (lower68 >= 0) & (upper68 <= 0),
        "p_deterioration": found.worse,
        "p_deterioration_calibrated": found.worse_calibrated,
    }


def _together(parts: list[Columns]) -> Columns:
    """All scales below each other; empty columns where there are none."""
    return {
        name: np.concatenate([part[name] for part in parts] or [np.empty(0)]).astype(kind)
        for name, kind in BACK_TEST.items()
    }


def _model_row(
    scale: FollowedScale, found: Calibration, test: Tested | None, choices: Course
) -> Row:
    return dict.fromkeys(MODEL) | {
        "instrument": scale.instrument,
        "scale": scale.scale,
        "predictions": found.predictions,
        "events": found.events,
        "events_needed": choices.minimum_events,
        "refused": found.refused,
        "is_proposed": False,
        **({} if test is None else _against_change(test, choices.minimum_events)),
    }


def _against_change(test: Tested, needed: int) -> Row:
    """The AUC of the risk and of the raw change, and whether the risk beats it beyond chance."""
    worse, course = test.judged("has_worsened"), test.judged("course_no")
    risk_now, change = test.judged("p_deterioration_calibrated"), test.judged("worsening")
    events = len(np.unique(course[worse]))
    row: Row = {
        "trained_until": test.until,
        "tested_predictions": len(worse),
        "tested_events": events,
    }
    if events < needed:
        return row
    patients, patient = np.unique(course, return_inverse=True)
    weights = draws(len(patients), DRAWS)
    gained = auc_draws(risk_now, worse, patient, weights)
    gained -= auc_draws(change, worse, patient, weights)
    lower, upper = interval(gained)
    return row | {
        "auc": auc(risk_now, worse),
        "auc_of_change": auc(change, worse),
        "gain_lower": lower,
        "gain_upper": upper,
        "is_proposed": lower is not None and lower > 0,
    }


def _term_rows(scale: FollowedScale, found: Calibration) -> Iterator[Row]:
    if found.fit is None:
        return
    columns = (found.fit.coefficients, [0.0, *found.fit.means], [1.0, *found.fit.spreads])
    for term, *numbers in zip(("(Intercept)", *found.names), *columns, strict=True):
        yield {
            "instrument": scale.instrument,
            "scale": scale.scale,
            "term": term,
            **dict(zip(("coefficient", "mean", "sd"), map(float, numbers), strict=True)),
        }


def calibrations(tables: StationTables) -> dict[tuple[str, str], Calibration]:
    """The recalibrations in force, back from `calibration` and `risk_model`."""
    terms: dict[tuple[str, str], list[Row]] = {}
    for row in tables.read("select * from calibration"):
        terms.setdefault((row["instrument"], row["scale"]), []).append(row)
    return {
        key: _calibration(row, terms.get(key, []))
        for row in tables.read("select * from risk_model")
        for key in [(row["instrument"], row["scale"])]
    }


def _calibration(model: Row, terms: list[Row]) -> Calibration:
    by_name = {row["term"]: row for row in terms}
    names = tuple(name for name in MANY if name in by_name)
    fit = None
    if terms:
        coefficients = [by_name[name]["coefficient"] for name in ("(Intercept)", *names)]
        means, spreads = (
            np.array([by_name[name][column] for name in names]) for column in ("mean", "sd")
        )
        fit = Logistic(np.array(coefficients), means, spreads)
    return Calibration(names, fit, model["predictions"], model["events"], model["refused"])
