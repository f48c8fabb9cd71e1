"""The work of `opkoers fit`: formula and file -> model -> what is printed and written."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.errors import ExitCode, OpKoersError
from flows.fitting.columns import Table, open_table
from flows.fitting.mistakes import known_column, no_fit, told_of_data, told_of_formula
from flows.fitting.result import (
    Fit,
    Modes,
    modes_of_linear,
    modes_of_logistic,
    of_linear,
    of_logistic,
)
from flows.fitting.telling import as_json, as_table
from flows.statistics.formula import (
    Formula,
    FormulaError,
    Frame,
    Variable,
    columns_of,
    frame_of,
    read_formula,
)
from flows.statistics.logistic_mixed_model import MOST_NODES, NODES, OutcomeError, fit_logistic
from flows.statistics.mixed_model import conditional_modes, fit

RANEF = ("group", "level", "term", "estimate", "condsd")


@dataclass(frozen=True)
class Request:
    """What is asked: `nodes` is None for the default, `ranef` a file for the conditional modes."""

    file: Path
    formula: str
    is_binomial: bool = False
    is_ml: bool = False
    weights: str | None = None
    nodes: int | None = None
    ranef: Path | None = None
    is_json: bool = False


def fit_file(request: Request) -> Iterator[str]:
    """Lines to print. Raises OpKoersError for a file, formula or data without a fit."""
    _refuse_contradiction(request)
    with told_of_formula(request.formula):
        formula = read_formula(request.formula)
        if formula.has_counts and not request.is_binomial:
            raise FormulaError("cbind() is for yes/no outcomes", "Add --family binomial", 0)
        table = open_table(request.file)
        columns = _columns(table, formula, request.weights)
        with told_of_data(table):
            frame = frame_of(formula, columns, request.weights)
            fitted, modes = _fitted(request, frame, table)
    if request.is_json:
        yield as_json(fitted)
    else:
        yield from as_table(fitted, request.formula, table.file.name)
    if request.ranef is not None:
        written = _write_modes(modes, request.ranef)
        if not request.is_json:
            yield f"{written:,} conditional modes in {request.ranef}"


def _refuse_contradiction(request: Request) -> None:
    if request.nodes is not None and not request.is_binomial:
        raise OpKoersError(
            "--quadrature is for --family binomial alone",
            next_step="Take one of the two out",
            exit_code=ExitCode.USAGE,
        )
    if request.nodes is not None and not 1 <= request.nodes <= MOST_NODES:
        raise OpKoersError(
            f"--quadrature takes 1 to {MOST_NODES} points",
            next_step=f"Take {NODES}, or leave it out",
            exit_code=ExitCode.USAGE,
        )
    if request.ranef is not None and not request.ranef.absolute().parent.is_dir():
        raise OpKoersError(
            "there is no such folder",
            where=request.ranef.parent,
            next_step="Make it, or give another file after --ranef",
            exit_code=ExitCode.USAGE,
        )


def _columns(table: Table, formula: Formula, weights: str | None) -> Mapping[str, Variable]:
    """The columns of the formula by the names it gives them."""
    meant = {
        named.name: known_column(named.name, table, formula.text, named.at)
        for named in columns_of(formula)
    }
    if weights is not None:
        meant[weights] = known_column(weights, table, formula.text, None)
    read = table.columns(set(meant.values()))
    return {asked: read[name] for asked, name in meant.items()}


def _fitted(request: Request, frame: Frame, table: Table) -> tuple[Fit, list[Modes]]:
    if request.is_binomial:
        try:
            chances = fit_logistic(frame.data, NODES if request.nodes is None else request.nodes)
        except OutcomeError as error:
            line = table.line_of(int(frame.used.nonzero()[0][error.row]))
            raise no_fit(table, error.what, error.next_step, line) from None
        return of_logistic(chances, frame), modes_of_logistic(chances, frame)
    model = fit(frame.data, method="ML" if request.is_ml else "REML")
    modes = []
    if request.ranef is not None:
        modes = modes_of_linear(conditional_modes(model, frame.data))
    return of_linear(model, frame), modes


def _write_modes(modes: list[Modes], target: Path) -> int:
    """Write them beside, then swap; the number of rows."""
    beside = target.with_name(f".{target.name}.part")
    rows = 0
    with beside.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(RANEF)
        for effect in modes:
            columns = (effect.levels, effect.estimates.tolist(), effect.sds.tolist())
            for level, estimate, sd in zip(*columns, strict=True):
                writer.writerow((effect.group, level, effect.term, estimate, sd))
            rows += len(effect.levels)
    beside.replace(target)
    return rows
