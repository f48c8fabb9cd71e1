"""360_signal_accuracy: how right each rule was on the service's own closed episodes.

What is judged are the predictions of `back_test`: made for episodes that ended
later than all that the model behind them was fitted on, at least so many sessions before
their end as the setting says. A rule is right about an episode that ended
reliably worse. Episodes are counted once in each cell: with an alert if the rule fired at any
judged form. AUC, slope and coverage are those of the forms. What an alert led to
is in the figures too: where it helped, it looks like a false alarm.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.station import Inputs, StationTables
from flows.stations import followed_scale
from flows.statistics.course import Flags, FloatArray, IntArray
from flows.statistics.discrimination import (
    Estimate,
    auc,
    auc_draws,
    draws,
    interval,
    slope_estimate,
)

READS = (*followed_scale.READS, "back_test", "risk_model", "signal")
WRITES = ("signal_accuracy", "rule_rate")

DRAWS = 200
FEWEST_EVENTS = 5
"""With fewer episodes that ended worse, or that did not, figures are withheld."""

BLOCKS: Mapping[str, tuple[int, int]] = {"all": (2, 10**6), "2-4": (2, 4), "5+": (5, 10**6)}
POPULATIONS = ("all", "not_deteriorated")

Row = dict[str, Any]

ACCURACY = {
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "rule": "VARCHAR",
    "sessions": "VARCHAR",
    "population": "VARCHAR",
    "cohort": "VARCHAR",
    "predictions": "INTEGER",
    "n": "INTEGER",
    "events": "INTEGER",
    **dict.fromkeys(
        (
            "sensitivity",
            "specificity",
            "ppv",
            "number_needed_to_examine",
            "median_lead_sessions",
            "auc",
            "auc_lower",
            "auc_upper",
            "auc_gain",
            "auc_gain_lower",
            "auc_gain_upper",
            "calibration_slope",
            "slope_lower",
            "slope_upper",
            "coverage80",
            "coverage68",
        ),
        "DOUBLE",
    ),
    "is_withheld": "BOOLEAN",
    "trained_until": "DATE",
    "simulated": "BOOLEAN",
}
RATE = {
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "rule": "VARCHAR",
    "assessments": "INTEGER",
    "fired": "INTEGER",
    "per_100_assessments": "DOUBLE",
    "episodes": "INTEGER",
    "episodes_ever": "INTEGER",
    "share_of_episodes": "DOUBLE",
}

RULES = {
    "reliable_deterioration": "worsening",
    "no_reliable_improvement": "worsening",
    "off_course_amber": "deviation",
    "off_course_red": "deviation",
    "high_predicted_risk": "p_deterioration_calibrated",
}
"""Each rule with the figure that it rests on, by which its AUC is told."""


@dataclass(frozen=True)
class Forms:
    """Tested forms of one scale: columns of `back_test` (n), rules that fired, cohorts.

    `weights` (patients x draws) are those of the bootstrap.
    """

    columns: Mapping[str, NDArray[Any]]
    fired: Mapping[str, Flags]
    patient: IntArray
    weights: FloatArray

    @cached_property
    def judged(self) -> "Forms":
        """Those that count as predictions of the end."""
        return self.of(np.asarray(self.columns["is_judged"]))

    @cached_property
    def worse(self) -> Flags:
        """Whether the episode ended reliably worse."""
        return np.asarray(self.columns["has_worsened"])

    def of(self, chosen: Flags) -> "Forms":
        """The chosen forms alone."""
        return Forms(
            {name: column[chosen] for name, column in self.columns.items()},
            {rule: fired[chosen] for rule, fired in self.fired.items()},
            self.patient[chosen],
            self.weights,
        )


def make(tables: StationTables, inputs: Inputs) -> None:
    """Write the accuracy and the rates of each rule on each tested scale."""
    accuracy, rates = [], []
    is_simulated = inputs.settings.service.simulated
    for model in tables.read("select * from risk_model order by instrument, scale"):
        same = {"instrument": model["instrument"], "scale": model["scale"]}
        forms = _tested(tables, same, inputs.settings.course.high_risk_percent)
        if forms is None:
            continue
        rates += [same | row for row in rule_rates(forms)]
        told = {"trained_until": model["trained_until"], "simulated": is_simulated}
        accuracy += [row | same | told for row in accuracies(forms)]
    tables.write("signal_accuracy", ACCURACY, accuracy)
    tables.write("rule_rate", RATE, rates)


def _tested(tables: StationTables, scale: Row, high_risk_percent: int) -> Forms | None:
    instrument, name = scale["instrument"], scale["scale"]
    columns = tables.read_columns(f"""
        select back_test.*,
            dense_rank() over (order by followed_course.clinic_id, followed_course.patient_id)
                as patient,
            4 * year(followed_course.ended_at) + quarter(followed_course.ended_at) - 1 as quarter,
            coalesce(fired.deteriorated, false) as deteriorated,
            coalesce(fired.not_improved, false) as not_improved
        from back_test
        inner join followed_course using (course_no)
        inner join progress using (form_no)
        left join (
            select signal.clinic_id, signal.patient_id, signal.episode_id, signal.measured_at,
                bool_or(signal.kind = 'reliable_deterioration') as deteriorated,
                bool_or(
                    signal.kind = 'no_reliable_improvement' and signal.level = 'amber'
                ) as not_improved
            from signal
            where signal.instrument = '{instrument}' and signal.scale = '{name}'
            group by all
        ) as fired
            on followed_course.clinic_id = fired.clinic_id
            and followed_course.patient_id = fired.patient_id
            and followed_course.episode_id = fired.episode_id
            and progress.measured_at = fired.measured_at
        where followed_course.instrument = '{instrument}' and followed_course.scale = '{name}'
        order by course_no, session, form_no
    """)
    if not len(columns["form_no"]):
        return None
    fired = {
        "reliable_deterioration": columns["deteriorated"].astype(bool),
        "no_reliable_improvement": columns["not_improved"].astype(bool),
        "off_course_amber": columns["off_course"] >= 1,
        "off_course_red": columns["off_course"] >= 2,
        "high_predicted_risk": columns["p_deterioration_calibrated"] >= high_risk_percent / 100,
    }
    patients, patient = np.unique(columns["patient"], return_inverse=True)
    return Forms(columns, fired, patient, draws(len(patients), DRAWS))


# ---------- how often a rule fires


def rule_rates(forms: Forms) -> Iterator[Row]:
    """One row for each rule, over all forms after the baseline."""
    course = forms.columns["course_no"]
    for rule, fired in forms.fired.items():
        episodes, ever = len(np.unique(course)), len(np.unique(course[fired]))
        yield {
            "rule": rule,
            "assessments": len(fired),
            "fired": int(fired.sum()),
            "per_100_assessments": 100 * float(fired.mean()),
            "episodes": episodes,
            "episodes_ever": ever,
            "share_of_episodes": ever / episodes,
        }


# ---------- how right it is


def accuracies(forms: Forms) -> Iterator[Row]:
    """One row for each cell with a prediction: sessions, population, cohort and rule."""
    session, quarter = forms.columns["session"], forms.columns["quarter"]
    is_worse_now = forms.columns["is_worse_now"]
    for block, (first, last) in BLOCKS.items():
        for population in POPULATIONS:
            inside = (session >= first) & (session <= last)
            if population == "not_deteriorated":
                inside &= ~is_worse_now
            for cohort in ("all", *np.unique(quarter)):
                chosen = inside if cohort == "all" else inside & (quarter == cohort)
                cell = {"sessions": block, "population": population, "cohort": _named(cohort)}
                yield from (row | cell for row in cell_rows(forms.of(chosen)))


def _named(cohort: Any) -> str:
    return cohort if isinstance(cohort, str) else f"{cohort // 4}-Q{cohort % 4 + 1}"


def cell_rows(forms: Forms) -> Iterator[Row]:
    """What is told of each rule about these forms; figures where both groups are large enough."""
    judged = forms.judged
    course = judged.columns["course_no"]
    n, events = len(np.unique(course)), len(np.unique(course[judged.worse]))
    is_withheld = min(events, n - events) < FEWEST_EVENTS
    figures = {} if is_withheld else _figures(judged)
    for rule, score in RULES.items() if n else ():
        row = dict.fromkeys(ACCURACY) | {
            "rule": rule,
            "predictions": len(course),
            "n": n,
            "events": None if is_withheld else events,
            "is_withheld": is_withheld,
        }
        if not is_withheld:
            row |= figures[score] | _of_rule(judged, rule)
        if not is_withheld and rule.startswith("off_course"):
            row |= _coverage(forms)
        yield row


def _coverage(forms: Forms) -> Row:
    """The share of scores inside each band, of all forms, whatever was still to come."""
    return {
        "coverage80": float(forms.columns["is_within"].mean()),
        "coverage68": float(forms.columns["is_within68"].mean()),
    }


def _of_rule(forms: Forms, rule: str) -> Row:
    """Sensitivity, specificity and PPV over episodes; sessions from the first alert to the end."""
    _, episode = np.unique(forms.columns["course_no"], return_inverse=True)
    worse = np.zeros(episode.max() + 1, dtype=bool)
    worse[episode] = forms.worse
    lead = np.zeros(len(worse))
    np.maximum.at(lead, episode, np.where(forms.fired[rule], forms.columns["sessions_left"], 0))
    alerted = lead > 0
    right, alerts = int((alerted & worse).sum()), int(alerted.sum())
    return {
        "sensitivity": right / int(worse.sum()),
        "specificity": float((~alerted[~worse]).mean()),
        "ppv": right / alerts if alerts else None,
        "number_needed_to_examine": alerts / right if right else None,
        "median_lead_sessions": float(np.median(lead[alerted & worse])) if right else None,
    }


def _figures(forms: Forms) -> dict[str, Row]:
    """AUC by each score, what it gains over the raw change, and the slope of the risk."""
    present, patient = np.unique(forms.patient, return_inverse=True)
    worse, weights = forms.worse, forms.weights[present]
    scores = {name: forms.columns[name] for name in set(RULES.values())}
    points = {name: auc(score, worse) for name, score in scores.items()}
    drawn = {name: auc_draws(score, worse, patient, weights) for name, score in scores.items()}
    found = {}
    for name in scores:
        row = _named_figures("auc", Estimate(points[name], *interval(drawn[name])))
        if name != "worsening":
            gain = (points[name] or 0) - (points["worsening"] or 0)
            gains = interval(drawn[name] - drawn["worsening"])
            row |= _named_figures("auc_gain", Estimate(gain, *gains))
        found[name] = row
    found["p_deterioration_calibrated"] |= _slope(scores, worse, patient, weights)
    return found


def _slope(
    scores: Mapping[str, FloatArray], worse: Flags, patient: IntArray, weights: FloatArray
) -> Row:
    p = np.clip(scores["p_deterioration_calibrated"], 1e-9, 1 - 1e-9)
    slope = slope_estimate(np.log(p / (1 - p)), worse, patient, weights)
    return {
        "calibration_slope": slope.value,
        "slope_lower": slope.lower,
        "slope_upper": slope.upper,
    }


def _named_figures(name: str, estimate: Estimate) -> Row:
    return {name: estimate.value, f"{name}_lower": estimate.lower, f"{name}_upper": estimate.upper}
