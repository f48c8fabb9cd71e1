"""By what each method judges change, from what is known of one scale in one clinic.

A method that lacks a constant gets a row that names what is missing; nothing
is guessed. Thresholds that are computed must be exceeded; published ones say
themselves whether their very value counts (RULES B1).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any, Literal, NamedTuple

from flows.settings import Change
from flows.statistics import reliable_change as rc
from flows.statistics.sample import Sample

Row = dict[str, Any]
Scope = Literal["published", "local"]


class Limit(NamedTuple):
    """A threshold with its comparison; `lower` and `upper` where it is estimated."""

    value: float
    rule: str
    kind: str = "published"
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True)
class Known:
    """What is known of one scale in one clinic; None where nobody knows.

    `intake` is there for local values only. `mean_paired` is the mean before
    treatment of those whose score afterwards is known as well.
    """

    direction: int
    scope: Scope
    reliable_change: Limit | None = None
    cutoff: Limit | None = None
    s_diff: float | None = None
    reliability: float | None = None
    reliability_after: float | None = None
    mean_before: float | None = None
    sd_before: float | None = None
    mean_paired: float | None = None
    sd_paired: float | None = None
    mean_after: float | None = None
    sd_after: float | None = None
    correlation: float | None = None
    functional_mean: float | None = None
    functional_sd: float | None = None
    important_difference: float | None = None
    important_percentage: float | None = None
    minimum: float = 0
    is_alliance: bool = False
    intake: Sample | None = None
    intakes: int | None = None
    pairs: int | None = None


@dataclass(frozen=True)
class Method:
    """`told` is its name in a definition, `needs` the fields of Known that it cannot do without."""

    told: str
    needs: tuple[str, ...]
    judges_by: Callable[[Known, Change], Row]


COLUMNS = {
    "method": "VARCHAR",
    "scope": "VARCHAR",
    "direction": "INTEGER",
    "measured_in": "VARCHAR",
    "threshold": "DOUBLE",
    "threshold_rule": "VARCHAR",
    "threshold_lower": "DOUBLE",
    "threshold_upper": "DOUBLE",
    "standard_error": "DOUBLE",
    "cutoff": "DOUBLE",
    "cutoff_rule": "VARCHAR",
    "cutoff_kind": "VARCHAR",
    "cutoff_lower": "DOUBLE",
    "cutoff_upper": "DOUBLE",
    "mean_before": "DOUBLE",
    "sd_before": "DOUBLE",
    "mean_after": "DOUBLE",
    "sd_after": "DOUBLE",
    "reliability": "DOUBLE",
    "reliability_after": "DOUBLE",
    "reliability_of_difference": "DOUBLE",
    "sem": "DOUBLE",
    "functional_mean": "DOUBLE",
    "functional_sd": "DOUBLE",
    "intakes": "INTEGER",
    "pairs": "INTEGER",
    "missing": "VARCHAR",
    "definition": "VARCHAR",
}
NOT_CONFIGURED = "no reliable-change value configured"


def yardsticks(known: Known, choices: Change) -> list[Row]:
    """One row per method that is asked for, Jacobson & Truax first."""
    return [_row(name, known, choices) for name in ("JT", *choices.methods)]


def _row(name: str, known: Known, choices: Change) -> Row:
    method = METHODS[name]
    missing = _missing(name, method, known, choices)
    by: Row = {} if missing else method.judges_by(known, choices)
    groups = _paired(known) if name == "HA" else known
    row = dict.fromkeys(COLUMNS) | _constants(known) | by
    if name == "JT" or not missing:
        shrink = sqrt(_some(known.reliability)) if name == "HA" else 1
        row |= _of_cutoff(_cutoff(groups, choices, shrink))
    row |= {"method": name, "scope": known.scope, "missing": missing}
    return row | {"definition": _definition(method, row, known, groups)}


def _paired(known: Known) -> Known:
    """Hageman & Arrindell look at those alone whose score afterwards is known."""
    return replace(known, mean_before=known.mean_paired, sd_before=known.sd_paired, intake=None)


def _constants(known: Known) -> Row:
    names = (
        "direction",
        "mean_before",
        "sd_before",
        "mean_after",
        "sd_after",
        "reliability",
        "functional_mean",
        "functional_sd",
        "intakes",
        "pairs",
    )
    return {name: getattr(known, name) for name in names}


def _of_cutoff(cutoff: Limit | None) -> Row:
    if cutoff is None:
        return {}
    return {
        "cutoff": cutoff.value,
        "cutoff_rule": cutoff.rule,
        "cutoff_kind": cutoff.kind,
        "cutoff_lower": cutoff.lower,
        "cutoff_upper": cutoff.upper,
    }


# ---------- what is missing

WORDS = {
    "reliability": "the reliability",
    "mean_before": "the mean before treatment",
    "sd_before": "the SD before treatment",
    "mean_paired": "the mean before treatment of those measured afterwards",
    "sd_paired": "the SD before treatment of those measured afterwards",
    "mean_after": "the mean after treatment",
    "sd_after": "the SD after treatment",
    "correlation": "the correlation of before and after",
}


def _missing(name: str, method: Method, known: Known, choices: Change) -> str | None:
    """Why the method cannot judge this scale; None where it can."""
    if name == "JT" and known.reliable_change is not None:
        return None
    if known.is_alliance:
        return "an alliance is no outcome"
    if name == "ANCHOR":
        found = known.important_difference or known.important_percentage
        return None if found else "needs a minimal important difference"
    if name == "PCT":
        return None if known.minimum == 0 else "the scale does not begin at 0"
    return _lacks(method, known, choices)


def _lacks(method: Method, known: Known, choices: Change) -> str | None:
    lacking = [need for need in method.needs if getattr(known, need) is None]
    if lacking:
        return (
            _too_few(lacking, known, choices)
            or f"needs {', '.join(WORDS[need] for need in lacking)}"
        )
    spreads = [getattr(known, need) for need in method.needs if need.startswith("sd_")]
    if not all(spreads) or not 0 < _some(known.reliability) < 1:
        return "needs a spread of scores and a reliability between 0 and 1"
    if "correlation" in method.needs and not _differences_are_real(known):
        return "needs differences that are more than error"
    return None


def _too_few(lacking: Sequence[str], known: Known, choices: Change) -> str | None:
    """Where only the clinic's own patients are too few yet."""
    needed = choices.minimum_intakes
    if known.scope == "published" or lacking == ["reliability"]:
        return None
    if (known.intakes or 0) < needed:
        return f"needs more intakes: there are {known.intakes or 0} of {needed}"
    if (known.pairs or 0) < needed:
        return f"needs more pairs of before and after: there are {known.pairs or 0} of {needed}"
    return None


def _differences_are_real(known: Known) -> bool:
    """Whether the spread after treatment, and that of the differences, exceed the error's."""
    sd, sd_after = _some(known.sd_paired), _some(known.sd_after)
    sem = rc.standard_error_of_measurement(sd, _some(known.reliability))
    spread = sd**2 + sd_after**2 - 2 * sd * sd_after * _some(known.correlation)
    return spread > 2 * sem**2 and sd_after > sem


# ---------- cut-offs


def _cutoff(known: Known, choices: Change, shrink: float = 1) -> Limit | None:
    """The published one, else computed from both groups, their SD times `shrink`."""
    found = None if known.is_alliance else computed_cutoff(known, choices, shrink)
    if known.cutoff is not None or found is None:
        return known.cutoff
    value, per_mean, per_sd = found
    lower, upper = None, None
    if known.intake is not None and (per_mean or per_sd):
        lower, upper = known.intake.interval(value, per_mean, per_sd)
    return Limit(value, "<" if known.direction > 0 else ">", choices.cutoff, lower, upper)


def computed_cutoff(
    known: Known, choices: Change, shrink: float = 1
) -> tuple[float, float, float] | None:
    """Cut-off a, b or c, and how it moves with the clinical mean and SD; None where not known."""
    mean, to, direction = known.mean_before, known.functional_mean, known.direction
    sd = None if known.sd_before is None else shrink * known.sd_before
    spread = None if known.functional_sd is None else shrink * known.functional_sd
    wide = spread if choices.cutoff_b_sd == "functional" else sd
    if choices.cutoff == "a" and mean is not None and sd is not None:
        return rc.cutoff_a(mean, sd, direction), 1, 2 * direction * shrink
    if choices.cutoff == "b" and to is not None and wide is not None:
        per_sd = 0 if wide is spread else -2 * direction * shrink
        return rc.cutoff_b(to, wide, direction), 0, per_sd
    if choices.cutoff == "c" and mean is not None and to is not None and sd and spread:
        share = spread / (sd + spread)
        per_sd = shrink * share * (to - mean) / (sd + spread)
        return rc.cutoff_c(mean, sd, to, spread), share, per_sd
    return None


# ---------- the methods


def _jacobson_truax(known: Known, choices: Change) -> Row:
    limit = known.reliable_change or _computed_points(known)
    return {
        "measured_in": "points",
        "threshold": limit.value,
        "threshold_rule": limit.rule,
        "threshold_lower": limit.lower,
        "threshold_upper": limit.upper,
        "standard_error": known.s_diff if known.reliable_change else limit.value / rc.Z_95,
    }


def _computed_points(known: Known) -> Limit:
    sd, reliability = _some(known.sd_before), _some(known.reliability)
    points = rc.reliable_change_points(sd, reliability, rc.Z_95)
    if known.intake is None:
        return Limit(points, ">", "computed")
    return Limit(points, ">", "computed", *known.intake.interval(points, 0, points / sd))


def _christensen_mendoza(known: Known, choices: Change) -> Row:
    reliability, after = _some(known.reliability), _after(known)
    before = rc.standard_error_of_measurement(_some(known.sd_before), reliability)
    afterwards = rc.standard_error_of_measurement(_some(known.sd_after), after)
    error = sqrt(before**2 + afterwards**2)
    row = _index(error, rc.Z_95) | {"measured_in": "points", "threshold": rc.Z_95 * error}
    return row | {"sem": before, "reliability_after": after}


def _edwards_nunnally(known: Known, choices: Change) -> Row:
    sem = rc.standard_error_of_measurement(_some(known.sd_before), _some(known.reliability))
    return _index(sem, rc.Z_95) | {"sem": sem}


def _gulliksen_lord_novick(known: Known, choices: Change) -> Row:
    error = _some(known.sd_before) * sqrt(1 - _some(known.reliability) ** 2)
    return _index(error, rc.Z_95)


def _hsu_linn_lord(known: Known, choices: Change) -> Row:
    error = _some(known.sd_paired) * sqrt(1 - _some(known.reliability) ** 2)
    return _index(error, rc.Z_95) | _of_pairs(known)


def _nunnally_kotsch(known: Known, choices: Change) -> Row:
    sd, before, after = _some(known.sd_before), _some(known.reliability), _after(known)
    error = sqrt(before**2 * sd**2 * (1 - before) + sd**2 * (1 - after))
    return _index(error, rc.Z_95) | {"reliability_after": after}


def _hageman_arrindell(known: Known, choices: Change) -> Row:
    sd, sd_after = _some(known.sd_paired), _some(known.sd_after)
    sem = rc.standard_error_of_measurement(sd, _some(known.reliability))
    of_difference = rc.reliability_of_differences(sd, sd_after, _some(known.correlation), sem)
    after = rc.reliability_of_sd(sd_after, sem)
    return {
        **_index(sqrt(of_difference) * sqrt(2) * sem, rc.Z_HAGEMAN_ARRINDELL),
        **_of_pairs(known),
        "sem": sem,
        "reliability_after": after,
        "reliability_of_difference": of_difference,
    }


def _anchor(known: Known, choices: Change) -> Row:
    if known.important_difference is not None:
        return _at_least("points", known.important_difference)
    return _at_least("percent", _some(known.important_percentage))


def _percentage(known: Known, choices: Change) -> Row:
    return _at_least("percent", choices.percentage)


def _index(error: float, z: float) -> Row:
    return {
        "measured_in": "index",
        "threshold": z,
        "threshold_rule": ">",
        "standard_error": error,
    }


def _at_least(measured_in: str, threshold: float) -> Row:
    return {"measured_in": measured_in, "threshold": threshold, "threshold_rule": ">="}


def _of_pairs(known: Known) -> Row:
    return {"mean_before": known.mean_paired, "sd_before": known.sd_paired}


def _after(known: Known) -> float:
    """The reliability after treatment; the one coefficient that is known, where it is only one."""
    return _some(known.reliability if known.reliability_after is None else known.reliability_after)


def _some(value: float | None) -> float:
    assert value is not None
    return value


METHODS: Mapping[str, Method] = {
    "JT": Method("Jacobson & Truax 1991", ("sd_before", "reliability"), _jacobson_truax),
    "CM": Method(
        "Christensen & Mendoza 1986, with an SEM before and one after",
        ("sd_before", "sd_after", "reliability"),
        _christensen_mendoza,
    ),
    "EN": Method(
        "Edwards & Nunnally", ("mean_before", "sd_before", "reliability"), _edwards_nunnally
    ),
    "GLN": Method(
        "Gulliksen, Lord & Novick",
        ("mean_before", "sd_before", "reliability"),
        _gulliksen_lord_novick,
    ),
    "HLL": Method(
        "Hsu, Linn & Lord",
        ("mean_paired", "sd_paired", "mean_after", "reliability"),
        _hsu_linn_lord,
    ),
    "NK": Method(
        "Nunnally & Kotsch", ("mean_before", "sd_before", "reliability"), _nunnally_kotsch
    ),
    "HA": Method(
        "Hageman & Arrindell",
        ("mean_paired", "sd_paired", "mean_after", "sd_after", "correlation", "reliability"),
        _hageman_arrindell,
    ),
    "ANCHOR": Method("minimal important difference", (), _anchor),
    "PCT": Method("percentage of the baseline", (), _percentage),
}


# ---------- the definition in words

TOLD = {
    "points": "reliable change {rule} {threshold:.7g} points",
    "index": "index {rule} {threshold:.7g}",
    "percent": "change {rule} {threshold:g} % of the baseline",
}
CONSTANTS_TOLD = {
    "mean_before": "M {:.7g}",
    "sd_before": "SD {:.7g}",
    "mean_after": "M after {:.7g}",
    "sd_after": "SD after {:.7g}",
    "reliability": "reliability {:g}",
    "reliability_after": "reliability after {:.7g}",
    "functional_mean": "functional M {:g}",
    "functional_sd": "functional SD {:g}",
}
OF_CUTOFF = ("mean_before", "sd_before", "functional_mean", "functional_sd")
CHANGE_ALONE = ("ANCHOR", "PCT")
"""Methods that say nothing of recovery."""


def _definition(method: Method, row: Row, known: Known, groups: Known) -> str:
    """Method, threshold, the constants used, the cut-off, and whose values they are."""
    if row["missing"]:
        return _what_is_missing(method, row)
    text = TOLD[row["measured_in"]].format(rule=row["threshold_rule"], threshold=row["threshold"])
    if row["method"] in CHANGE_ALONE:
        text = f"{text.replace('reliable change', 'change')}; says nothing of recovery"
        whose = "setting" if row["method"] == "PCT" else "published values"
        return f"{method.told}; {text}; {whose}"
    parts = (
        method.told,
        f"{text}{_constants_told(method, row, known)}",
        _cutoff_told(row, groups),
        _scope_told(method, row),
    )
    return "; ".join(parts)


def _what_is_missing(method: Method, row: Row) -> str:
    if row["method"] != "JT":
        return f"{method.told}: not available, {row['missing']}"
    if row["scope"] == "published":
        return NOT_CONFIGURED
    is_local_one = row["missing"].startswith("needs")
    return f"{NOT_CONFIGURED}: {'a local one ' if is_local_one else ''}{row['missing']}"


def _constants_told(method: Method, row: Row, known: Known) -> str:
    """Those that the formula used; a published threshold needs none."""
    if row["method"] == "JT" and known.reliable_change is not None:
        return ""
    needs = {need.replace("_paired", "_before") for need in method.needs} | {"reliability_after"}
    told = _values_told(row, [name for name in CONSTANTS_TOLD if name in needs])
    is_taken_over = row["method"] in ("CM", "NK") and known.reliability_after is None
    return f" ({told}, taken to be as before)" if is_taken_over else f" ({told})"


def _cutoff_told(row: Row, groups: Known) -> str:
    if row["cutoff"] is None:
        return "no cut-off configured"
    text = f"clinical {row['cutoff_rule']} {row['cutoff']:.7g}"
    if row["cutoff_kind"] == "published":
        return text
    values = {name: getattr(groups, name) for name in OF_CUTOFF}
    return f"{text} (cut-off {row['cutoff_kind']}: {_values_told(values, OF_CUTOFF)})"


def _values_told(values: Row, names: Sequence[str]) -> str:
    known = (name for name in names if values[name] is not None)
    return ", ".join(CONSTANTS_TOLD[name].format(values[name]) for name in known)


def _scope_told(method: Method, row: Row) -> str:
    if row["scope"] == "published":
        return "published values"
    uses_pairs = any(need.endswith(("_after", "_paired")) for need in method.needs)
    pairs = f" and {row['pairs']} pairs" if uses_pairs else ""
    return f"local values of {row['intakes']} intakes{pairs}"
