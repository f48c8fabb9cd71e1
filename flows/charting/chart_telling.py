"""A control chart as JSON, in names that R's users know, or as a table on the terminal."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.charting.labels import labels_of, point_types
from flows.charting.lined import figure, lined
from flows.charting.series import Series
from flows.statistics.control_chart import (
    Assurance,
    Chart,
    Design,
    Kind,
    Part,
    RuleSet,
)

KINDS = {
    Kind.XMR: "XmR chart",
    Kind.P: "p chart",
    Kind.P_PRIME: "p' chart (Laney)",
    Kind.RUN: "Run chart",
}
RULE_SETS = {RuleSet.NHS: "NHS rules (Making Data Count)", RuleSet.ANHOEJ: "Anhøj's rules"}
BETTER = {1: "higher", -1: "lower", 0: None}
ASSURANCES = {
    Assurance.REACHED: "will be reached if nothing changes",
    Assurance.MISSED: "will not be reached unless something changes",
    Assurance.EITHER: "may or may not be reached, as chance has it",
    Assurance.TARGET_ABOVE_LIMITS: "lies above the limits",
    Assurance.TARGET_BELOW_LIMITS: "lies below the limits",
    Assurance.TARGET_WITHIN_LIMITS: "lies within the limits",
}


@dataclass(frozen=True, eq=False)
class ToldChart:
    """All there is to tell of one series; `better` is 1 for higher, -1 for lower, 0 unsaid."""

    design: Design
    series: Series
    chart: Chart
    target: float | None
    better: int
    assurance: Assurance | None
    notes: tuple[str, ...]


def chart_as_json(told: ToldChart) -> str:
    """One object; what is missing is null."""
    return json.dumps(
        {
            "kind": told.design.kind,
            "rules": told.design.rules,
            "screened": told.design.screens,
            "freeze": told.design.freeze,
            "target": told.target,
            "better": BETTER[told.better],
            "assurance": told.assurance,
            "points": list(_points(told)),
            "parts": [_part(part, told) for part in told.chart.told],
            "notes": told.notes,
        },
        indent=1,
        ensure_ascii=False,
        allow_nan=False,
    )


def _points(told: ToldChart) -> Iterator[dict[str, Any]]:
    chart, series = told.chart, told.series
    names = _names(told)
    for place, text in enumerate(series.texts):
        is_number = series.order.form == "number"
        point: dict[str, Any] = {"x": _number(series.places[place]) if is_number else text}
        for name in ("value", "centre", "lower", "upper"):
            lines = chart.values if name == "value" else getattr(chart, name)
            point[name] = _or_none(lines[0, place])
        point["rules"] = _fired(chart, place)
        point["part"] = int(chart.parts[0, place]) + 1
        if series.sizes is not None:
            point["n"] = _or_none(series.sizes[place])
        if names is not None:
            point["label"], point["point_type"] = names[place]
        yield point


def _names(told: ToldChart) -> list[tuple[str, str]] | None:
    """Label and type of each point, as NHSRplotthedots has them; None with other rules."""
    if told.design.rules is not RuleSet.NHS:
        return None
    labels = labels_of(told.chart, 0)
    types = point_types(labels, told.better)
    return [(label, kind) for (label, _), kind in zip(labels, types, strict=True)]


def _fired(chart: Chart, place: int) -> list[str]:
    return [rule for rule, flags in chart.fired.items() if flags[0, place]]


def _part(part: Part, told: ToldChart) -> dict[str, Any]:
    """What holds for a part as a whole."""
    chart = told.chart
    inside = np.flatnonzero(chart.parts[0] == part.number)
    of_part: dict[str, Any] = {
        "part": part.number + 1,
        "first": told.series.texts[inside[0]],
        "last": told.series.texts[inside[-1]],
        "n_points": part.n_points,
        "n_baseline": part.n_baseline,
        "limits": _limits(part, chart.upper[0, inside]),
    }
    if told.design.rules is RuleSet.ANHOEJ:
        of_part |= {
            "n_useful": part.n_useful,
            "longest_run": part.longest_run,
            "longest_run_max": part.longest_run_allowed,
            "n_crossings": part.crossings,
            "n_crossings_min": part.fewest_crossings,
        }
    rules = [rule for rule, flags in chart.fired.items() if flags[0, inside].any()]
    return of_part | {"rules": rules}


def _limits(part: Part, upper: NDArray[np.float64]) -> str:
    if np.isnan(upper).all():
        return "none"
    return "trial" if part.is_trial else "full"


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else float(value)


# ---------- on the terminal


def chart_as_table(told: ToldChart, file: str) -> Iterator[str]:
    """The lines of a table of all points, and what the chart says."""
    yield f"{KINDS[told.design.kind]}, {RULE_SETS[told.design.rules]}, {file}"
    if told.design.kind in (Kind.XMR, Kind.P_PRIME):
        screened = "were left out once" if told.design.screens else "were kept"
        yield f"Large moving ranges {screened}."
    if told.design.freeze is not None:
        yield f"Limits from the first {told.design.freeze:,} points."
    yield ""
    yield from lined(list(_rows(told)), left={"x", "rules"})
    yield ""
    if told.assurance is not None and told.target is not None:
        yield f"The target of {figure(told.target)} {ASSURANCES[told.assurance]}."
    yield from _runs_told(told)
    yield from told.notes


def _rows(told: ToldChart) -> Iterator[tuple[str, ...]]:
    yield "x", "value", "centre", "lower", "upper", "rules"
    names = _names(told)
    for place, text in enumerate(told.series.texts):
        chart = told.chart
        figures = (
            figure(float(lines[0, place]))
            for lines in (chart.values, chart.centre, chart.lower, chart.upper)
        )
        fired = " ".join(_fired(chart, place))
        if fired and names is not None:
            fired += f" ({names[place][0]})"
        yield text, *figures, fired


def _runs_told(told: ToldChart) -> Iterator[str]:
    for part in told.chart.told:
        if part.n_useful is not None:
            yield (
                f"Part {part.number + 1}: longest run {part.longest_run}"
                f" (at most {part.longest_run_allowed}), crossings {part.crossings}"
                f" (at least {part.fewest_crossings}), useful observations {part.n_useful}."
            )
