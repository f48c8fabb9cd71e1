"""The work of `opkoers funnel`: file and options -> funnel -> what is printed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import fsum, isinf, isnan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.charting.asked import column_of, figures_of, no_chart, refuse_row
from flows.charting.lined import figure, lined
from flows.fitting.columns import NUMBER, Table, open_table
from flows.statistics.funnel import Funnel, FunnelDataError, Limits, Measure, funnel

LIMITS = ("lower95", "upper95", "lower998", "upper998")
KINDS = {
    Measure.PROPORTION: "Funnel of proportions",
    Measure.RATIO_SHMI: "Funnel of standardised ratios, SHMI (logarithms)",
    Measure.RATIO_CQC: "Funnel of standardised ratios, CQC (roots)",
}


@dataclass(frozen=True)
class FunnelRequest:
    """What is asked; `method` is for ratios (`kind` sr) alone."""

    file: Path
    kind: str
    numerator: str
    denominator: str
    unit: str
    method: str = "shmi"
    is_adjusted: bool = True
    is_json: bool = False

    @property
    def measure(self) -> Measure:
        """The scale on which units are compared."""
        return Measure.PROPORTION if self.kind == "pr" else Measure(self.method)


@dataclass(frozen=True)
class Units:
    """Records summed per unit, in order; `line` is that of the first record of each."""

    names: tuple[str, ...]
    numerators: NDArray[np.float64]
    denominators: NDArray[np.float64]
    rows: tuple[int, ...]
    notes: tuple[str, ...]


def funnel_file(request: FunnelRequest) -> Iterator[str]:
    """Lines to print. Raises OpKoersError for a file or data without a funnel."""
    table = open_table(request.file)
    units = _units(table, request)
    try:
        made = funnel(
            units.numerators,
            units.denominators,
            request.measure,
            is_adjusted=request.is_adjusted,
            like_funnelplotr=True,
        )
    except FunnelDataError as error:
        line = None if error.unit is None else table.line_of(units.rows[error.unit])
        raise no_chart(table, error.what, _next_step(error.what), line) from None
    notes = (*units.notes, *_notes(made, request))
    if request.is_json:
        yield _as_json(request, units, made, notes)
    else:
        yield from _as_table(request, units, made, notes)


def _next_step(what: str) -> str:
    if "logarithm" in what:
        return "Take --method cqc, or leave that unit out"
    return "Mend the records of that unit"


# ---------- the units


def _units(table: Table, request: FunnelRequest) -> Units:
    """The sums of each unit. Raises OpKoersError for cells that are no counts."""
    over = figures_of(table, "--numerator", request.numerator)
    under = figures_of(table, "--denominator", request.denominator)
    names = table.texts(column_of(table, "--unit", request.unit))
    a_number = "Make it a number of what was counted or expected"
    refuse_row(table, over < 0, "a numerator is negative", a_number)
    refuse_row(table, under < 0, "a denominator is negative", a_number)
    if request.measure is Measure.PROPORTION:
        refuse_row(
            table, over > under, "a numerator is larger than its denominator",
            "Mend the record, or take --kind sr where the denominator is an expected number",
        )  # fmt: skip
    rows = [
        row
        for row, name in enumerate(names)
        if name and not isnan(over[row]) and not isnan(under[row])
    ]
    if not rows:
        raise no_chart(table, "no record has a unit, a numerator and a denominator",
                       "Export the file with those")  # fmt: skip
    members = dict[str, list[int]]()
    for row in rows:
        members.setdefault(names[row], []).append(row)
    order = sorted(members, key=_sorting(members))
    return Units(
        names=tuple(order),
        numerators=np.array([fsum(over[members[name]]) for name in order]),
        denominators=np.array([fsum(under[members[name]]) for name in order]),
        rows=tuple(members[name][0] for name in order),
        notes=_left_out(len(names) - len(rows)),
    )


def _sorting(names: dict[str, list[int]]) -> Any:
    """Numbers by their size, as R orders them; names by their letters."""
    if all(NUMBER.fullmatch(name) for name in names):
        return lambda name: (float(name.replace(",", ".")), name)
    return lambda name: name


def _left_out(count: int) -> tuple[str, ...]:
    return (f"Records left out because something is missing: {count:,}.",) if count else ()


def _notes(made: Funnel, request: FunnelRequest) -> Iterator[str]:
    if len(made.value) == 1:
        yield "One unit alone: nothing can be said of over-dispersion."
    if not request.is_adjusted:
        yield "Over-dispersion was left out."
    elif made.tau2 == 0 and len(made.value) > 1:
        yield "Units differ by no more than chance: over-dispersion is 0."
    empty = int(np.isnan(made.value).sum())
    if empty:
        yield f"Units without a value, for their denominator is 0: {empty:,}."
    if request.measure is Measure.PROPORTION and _are_folded(made):
        yield (
            "Units are so small that FunnelPlotR leaves a limit folded back at 0 or 1;"
            " who is outside was judged by limits that end there."
        )


def _are_folded(made: Funnel) -> bool:
    """Whether a limit lies on the wrong side of the one inside it, or of the target."""
    limits = made.limits
    return bool(
        ((limits.lower998 > limits.lower95) | (limits.upper998 < limits.upper95)).any()
        or (limits.lower95 > made.target).any()
    )


# ---------- telling


def _as_json(request: FunnelRequest, units: Units, made: Funnel, notes: tuple[str, ...]) -> str:
    """One object; what is missing or infinite is null."""
    return json.dumps(
        {
            "kind": request.kind,
            "method": None if request.kind == "pr" else request.method,
            "adjusted": request.is_adjusted,
            "target": made.target,
            "phi": made.phi,
            "tau2": made.tau2,
            "points": [_point(units, made, place) for place in range(len(units.names))],
            "notes": notes,
        },
        indent=1,
        ensure_ascii=False,
        allow_nan=False,
    )


def _point(units: Units, made: Funnel, place: int) -> dict[str, Any]:
    numbers = {
        "numerator": units.numerators,
        "denominator": units.denominators,
        "value": made.value,
        "z": made.z,
        "z_trimmed": made.trimmed_z,
        "z_adjusted": made.adjusted_z,
        **_limits(made.limits, ""),
        **_limits(made.plain_limits, "unadjusted_"),
    }
    point: dict[str, Any] = {"unit": units.names[place]}
    point |= {name: _or_none(float(column[place])) for name, column in numbers.items()}
    point["outside95"] = bool(made.is_outside95[place])
    point["outside998"] = bool(made.is_outside998[place])
    return point


def _limits(limits: Limits, before: str) -> dict[str, NDArray[np.float64]]:
    return {f"{before}{name}": getattr(limits, name) for name in LIMITS}


def _or_none(value: float) -> float | None:
    return None if isnan(value) or isinf(value) else value


def _as_table(
    request: FunnelRequest, units: Units, made: Funnel, notes: tuple[str, ...]
) -> Iterator[str]:
    yield f"{KINDS[request.measure]}, {request.file.name}"
    yield f"target {figure(made.target)}, phi {figure(made.phi)}, tau2 {figure(made.tau2)}"
    yield ""
    yield from lined(list(_rows(units, made)), left={"unit", "outside"})
    yield ""
    yield from notes


def _rows(units: Units, made: Funnel) -> Iterator[tuple[str, ...]]:
    yield "unit", "numerator", "denominator", "value", "z", *LIMITS, "outside"
    for place, name in enumerate(units.names):
        columns = [units.numerators, units.denominators, made.value, made.z]
        columns += [getattr(made.limits, limit) for limit in LIMITS]
        beyond = "95 %" if made.is_outside95[place] else ""
        yield (
            name,
            *(figure(float(column[place])) for column in columns),
            "99.8 %" if made.is_outside998[place] else beyond,
        )
