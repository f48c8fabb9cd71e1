"""A csv file of anybody's to figures of ours. No home is needed."""

import argparse
from pathlib import Path

from flows.commands import Add
from flows.errors import ExitCode


def add_to(add: Add) -> None:
    """fit, chart, funnel."""
    _fit_words(add("fit", fit, "fit a mixed model to a csv file, in the words of lme4"))
    _chart_words(add("chart", chart, "draw the control chart of a csv file"))
    _funnel_words(add("funnel", funnel, "draw the funnel of the units in a csv file"))


def _fit_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.csv")
    parser.add_argument("--formula", required=True, metavar='"post ~ bc + (1 + bc | therapist_id)"')
    parser.add_argument("--family", choices=["gaussian", "binomial"], default="gaussian",
                        help="binomial: a yes/no outcome with one random intercept")  # fmt: skip
    parser.add_argument("--ml", action="store_true", help="maximum likelihood instead of REML")
    parser.add_argument("--weights", metavar="COLUMN",
                        help="the residual variance of a row is sigma^2 / weight; with binomial:"
                        " numbers of trials")  # fmt: skip
    parser.add_argument("--quadrature", type=int, metavar="N",
                        help="points of quadrature (25; 1 is the Laplace approximation,"
                        " glmer's default)")  # fmt: skip
    parser.add_argument("--ranef", metavar="OUT.csv", help="write the conditional modes there")
    parser.add_argument("--json", action="store_true", help="as JSON")


def _chart_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.csv")
    parser.add_argument("--kind", choices=["xmr", "p", "pp", "run"], required=True)
    parser.add_argument("--rules", choices=["nhs", "anhoej"], default="nhs",
                        help="Making Data Count (the default), or runs and crossings")  # fmt: skip
    parser.add_argument("--x", required=True, metavar="COLUMN",
                        help="numbers, days, weeks, months or quarters")  # fmt: skip
    parser.add_argument("--y", required=True, metavar="COLUMN", help="p and pp: a count")
    parser.add_argument("--n", metavar="COLUMN", help="the denominator of --y")
    parser.add_argument("--freeze", type=int, metavar="N",
                        help="limits from the first N points (nhs: of each part)")  # fmt: skip
    parser.add_argument("--rebase", action="append", default=[], metavar="X",
                        help="a new part from X on; may be repeated")  # fmt: skip
    parser.add_argument("--target", type=float, metavar="V")
    parser.add_argument("--better", choices=["higher", "lower"],
                        help="which way is better, for what is said of the target")  # fmt: skip
    parser.add_argument("--screen", action=argparse.BooleanOptionalAction, default=None,
                        help="leave out large moving ranges once (nhs does)")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="as JSON")


def _funnel_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.csv")
    parser.add_argument("--kind", choices=["pr", "sr"], required=True,
                        help="proportions, or standardised ratios")  # fmt: skip
    parser.add_argument("--method", choices=["shmi", "cqc"], default="shmi", help="for sr")
    parser.add_argument("--numerator", required=True, metavar="COLUMN")
    parser.add_argument("--denominator", required=True, metavar="COLUMN")
    parser.add_argument("--unit", required=True, metavar="COLUMN", help="records are summed by it")
    parser.add_argument("--unadjusted", action="store_true", help="leave over-dispersion out")
    parser.add_argument("--json", action="store_true", help="as JSON")


def fit(chosen: argparse.Namespace) -> int:
    """A mixed model of a csv file."""
    from flows.fitting import Request, fit_file

    request = Request(
        file=Path(chosen.file),
        formula=chosen.formula,
        is_binomial=chosen.family == "binomial",
        is_ml=chosen.ml,
        weights=chosen.weights,
        nodes=chosen.quadrature,
        ranef=Path(chosen.ranef) if chosen.ranef else None,
        is_json=chosen.json,
    )
    for line in fit_file(request):
        print(line)
    return ExitCode.OK


def chart(chosen: argparse.Namespace) -> int:
    """A control chart of a csv file."""
    from flows.charting import ChartRequest, chart_file

    request = ChartRequest(
        file=Path(chosen.file),
        kind=chosen.kind,
        rules=chosen.rules,
        x=chosen.x,
        y=chosen.y,
        n=chosen.n,
        freeze=chosen.freeze,
        rebase=tuple(text.strip() for each in chosen.rebase for text in each.split(",")),
        target=chosen.target,
        better=chosen.better,
        screen=chosen.screen,
        is_json=chosen.json,
    )
    for line in chart_file(request):
        print(line)
    return ExitCode.OK


def funnel(chosen: argparse.Namespace) -> int:
    """A funnel of the units in a csv file."""
    from flows.charting import FunnelRequest, funnel_file

    request = FunnelRequest(
        file=Path(chosen.file),
        kind=chosen.kind,
        method=chosen.method,
        numerator=chosen.numerator,
        denominator=chosen.denominator,
        unit=chosen.unit,
        is_adjusted=not chosen.unadjusted,
        is_json=chosen.json,
    )
    for line in funnel_file(request):
        print(line)
    return ExitCode.OK
