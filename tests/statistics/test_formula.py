"""Formulas against R itself (model.matrix, lme4's lFormula), and mistakes with their place."""

from pathlib import Path
from random import Random

import numpy as np
import pytest

from flows.statistics.formula import (
    ColumnError,
    FormulaError,
    Frame,
    Labels,
    Numbers,
    frame_of,
    read_formula,
)
from tests.statistics.formula_columns import ROWS, variables, write_csv
from tests.statistics.in_r import lme4_says

# Names of fixed effects as R 4.2.2 gives them.
FIXED = {
    "x": "(Intercept) x",
    "x + sex": "(Intercept) x sexM",
    "sex * x": "(Intercept) sexM x sexM:x",
    "x:sex": "(Intercept) x:sexF x:sexM",
    "x + x:sex": "(Intercept) x x:sexM",
    "0 + sex": "sexF sexM",
    "sex + arm - 1": "sexF sexM armb armc",
    "0 + x + arm": "x arma armb armc",
    "0 + sex:arm": "sexF:arma sexM:arma sexF:armb sexM:armb sexF:armc sexM:armc",
    "arm:x.2 + ok": "(Intercept) okTRUE arma:x.2 armb:x.2 armc:x.2",
    "sex / x": "(Intercept) sexM sexF:x sexM:x",
    "(x + z + ok)^2 - x:z": "(Intercept) x z okTRUE x:okTRUE z:okTRUE",
    "x * sex * ok - sex:ok": "(Intercept) x sexM okTRUE x:sexM x:okTRUE x:sexM:okTRUE",
    "z:x + x": "(Intercept) x z:x",
    "I(x^2) + log(z + 1)": "(Intercept) I(x^2) log(z + 1)",
    "I(x>=0.5) + x-(z-x)": "(Intercept) I(x >= 0.5)TRUE x",
    "factor(x.2)": "(Intercept) factor(x.2)1 factor(x.2)2 factor(x.2)3 factor(x.2)4",
    "-1 + ok:z": "okFALSE:z okTRUE:z",
    "`x.2`+x": "(Intercept) x.2 x",
    "I(1e5*x/2)": "(Intercept) I(1e+05 * x/2)",
    'I(arm=="a" & !ok)': '(Intercept) I(arm == "a" & !ok)TRUE',
}
MORE_FIXED = (
    "arm*ok*sex", "0 + arm:sex:x", "(arm + ok)^3", "sex:x + arm:x + x", "arm/(x + ok)",
    "scale(x) + scale(z, scale = FALSE)", "sqrt(z)*sex - 1", "(arm + sex + x.2 + x.2*sex)^2 - 1",
    "exp(z)", "(x + z)/(sex + ok):arm", "abs(x) + log2(z) + log10(z)",
    "I((x - 1)^2 / 3)", "I(-x^2)", "I(2^-z)", "x - (sex - x) + sex", "((sex))*(x)", "z + (1 + x)",
)  # fmt: skip
RANDOM = (
    "(1 | g)", "(x | g)", "(0 + x | g)", "(x - 1 | g)", "(1 | g) + (1 | h)", "(1 | h) + (1 | g)",
    "(1 | k/g)", "(x | k/g/h)", "(x || g)", "(x + z || k/g)", "(sex || h)", "(1 | h:g)",
    "(1 | g:k) + (x | k)", "(x || k) + (1 | g)", "(0 + sex | h)", "(arm | g)", "(1 | d)",
    "(x*z | h)", "(1 | arm) + (0 + x | arm)", "(I(x^2) | g)", "(0 + arm:x | k) + (1 | k)",
    "(1 | ok)", "(1 | k/h) + (1 | g) + (0 + z | k)",
)  # fmt: skip
FORMULAS = (
    *(f"y ~ {fixed} + (1 | g)" for fixed in (*FIXED, *MORE_FIXED)),
    *(f"log(z + 1) ~ x + {random}" for random in RANDOM),
    "I(y - 2)/2 ~ (1 | g) + 0 + x",
    "y ~ 1 + (x | g) - 1 + z",
)
ASK = """
d <- read.csv("columns.csv")
quiet <- lmerControl(check.rankX = "ignore", check.nobs.vs.nRE = "ignore")
for (text in readLines("formulas.txt")) {
  f <- lFormula(as.formula(text), d, control = quiet)
  row <- seq_len(nrow(f$X))
  said("formula", text)
  said("fixed", colnames(f$X))
  said("x", crossprod(f$X, row))
  said("y", sum(model.response(f$fr) * row))
  for (i in seq_along(f$reTrms$cnms)) {
    group <- names(f$reTrms$cnms)[i]
    said("term", group, f$reTrms$cnms[[i]], levels(f$reTrms$flist[[group]]),
         as.matrix(f$reTrms$Ztlist[[i]]) %*% row)
  }
}
"""


def _frame(formula: str) -> Frame:
    return frame_of(read_formula(formula), variables())


@pytest.mark.parametrize("fixed", FIXED)
def test_names_of_fixed_effects(fixed: str) -> None:
    assert " ".join(_names(fixed)) == FIXED[fixed]


def _names(fixed: str) -> tuple[str, ...]:
    return _frame(f"y ~ {fixed} + (1 | g)").data.names


def test_every_column_is_that_of_lme4(tmp_path: Path) -> None:
    """Columns are compared by their product with the row number, which tells rows apart."""
    write_csv(tmp_path / "columns.csv")
    (tmp_path / "formulas.txt").write_text("\n".join(FORMULAS) + "\n")
    expected = list(lme4_says(ASK, tmp_path))
    found = [line for formula in FORMULAS for line in _said(formula)]
    assert [line[:-1] for line in found] == [line[:-1] for line in expected]
    for ours, theirs in zip(found, expected, strict=True):
        if ours[0] in ("formula", "fixed"):
            assert ours == theirs
        else:
            numbers = [[float(text) for text in line[-1].split()] for line in (ours, theirs)]
            assert numbers[0] == pytest.approx(numbers[1], rel=1e-9, abs=1e-9), ours[:2]


def _said(formula: str) -> list[list[str]]:
    """What the script says, in its words."""
    data = _frame(formula).data
    row = np.arange(1, len(data.y) + 1)
    lines = [
        ["formula", formula],
        ["fixed", "\x1f".join(data.names)],
        ["x", _written(row @ data.x)],
        ["y", _written(row @ data.y)],
    ]
    for term in data.terms:
        sums = np.zeros((len(term.levels), len(term.names)))
        np.add.at(sums, term.codes, term.columns * row[:, np.newaxis])
        names = ["\x1f".join(words) for words in (term.names, term.levels)]
        lines.append(["term", term.group, *names, _written(sums)])
    return lines


def _written(numbers: np.typing.ArrayLike) -> str:
    return " ".join(repr(float(number)) for number in np.ravel(numbers))


def test_rows_with_anything_missing_are_left_out() -> None:
    """x, g and y have one NA each in other rows."""
    frame = _frame("y ~ x + (1 | g)")
    assert (frame.n_missing, frame.n_weightless) == (3, 0)
    assert frame.missing == {"y": 1, "x": 1, "g": 1}
    assert list(np.flatnonzero(~frame.used)) == [3, 77, 100]


def test_rows_of_weight_0_are_left_out() -> None:
    columns = variables()
    weights = np.ones(ROWS)
    weights[[0, 3, 5]], weights[7] = 0, np.nan
    frame = frame_of(read_formula("y ~ x + (1 | g)"), columns | {"w": Numbers(weights)}, "w")
    assert (frame.n_missing, frame.n_weightless) == (4, 2)
    assert frame.data.weights is not None
    assert set(frame.data.weights) == {1.0}


def test_counts_are_shares_with_weights() -> None:
    yes, no = np.array([1.0, 0, 3, 2]), np.array([1.0, 2, 1, 2])
    columns = {"yes": Numbers(yes), "no": Numbers(no), "g": Numbers(np.array([1.0, 1, 2, 2]))}
    data = frame_of(read_formula("cbind(yes, no) ~ 1 + (1 | g)"), columns).data
    assert data.y.tolist() == [0.5, 0, 0.75, 0.5]
    assert data.weights is not None
    assert data.weights.tolist() == [2, 2, 4, 4]


def test_levels_that_are_left_out_are_no_effects() -> None:
    columns = variables()
    sex = Labels(np.array([0, 1] * (ROWS // 2)), ("F", "M", "X"))
    data = frame_of(read_formula("y ~ sex + (1 | g)"), columns | {"sex": sex}).data
    assert data.names == ("(Intercept)", "sexM")


@pytest.mark.parametrize(
    ("formula", "at", "what"),
    [
        ("y ~ x + (1 | g", 8, "never closed"),
        ("y ~ x + (1 | g))", 15, r"'\)' cannot stand here"),
        ("y ~ x z + (1 | g)", 6, "'z' cannot stand here"),
        ("y ~ x + ", 7, "ends where a column is due"),
        ("y ~ x + * z + (1 | g)", 8, r"'\*' cannot stand"),
        ("y ~ x + (1 | g) $", 16, r"the sign '\$' means nothing"),
        ("y ~ 'x + (1 | g)", 4, "quote that opens"),
        ("y ~ x + 1 | g", 10, "brackets of its own"),
        ("y ~ x - (1 | g)", 11, "brackets of its own"),
        ("y ~ x * (1 | g)", 11, "brackets of its own"),
        ("y ~ x", 5, "no random term"),
        ("y ~ 2 * x + (1 | g)", 4, "number or a minus"),
        ("y ~ x + 3 + (1 | g)", 8, "only 0 and 1"),
        ("y ~ (1 + x):z + (1 | g)", 4, "within a product"),
        ("y ~ x^z + (1 | g)", 6, "whole number"),
        ("y ~ poly(x, 2) + (1 | g)", 4, r"poly\(\) is not known"),
        ("y ~ offset(x) + (1 | g)", 4, r"offset\(\) is not known"),
        ("y ~ log(x, 2) + (1 | g)", 4, "one column or expression"),
        ("y ~ scale(x, centre = TRUE) + (1 | g)", 22, "center = TRUE"),
        ("y ~ x %in% z + (1 | g)", 6, "not known here"),
        ("y ~ x > 3 + (1 | g)", 6, r"brackets of its own|arithmetic"),
        ("y ~ . + (1 | g)", 4, "other columns"),
        ("y ~ x + (1 | g + h)", 15, "grouping factor"),
        ("y ~ x + (1 | 1)", 13, "grouping factor"),
        ("y ~ x + (0 | g)", 11, "nothing varies"),
        ("y ~ x ~ z", 6, "second ~"),
        ("y ~ x + y + (1 | g)", 2, "outcome stands on the right"),
        ("y ~ 'x' + (1 | g)", 4, "quoted text"),
        ("y ~ I(sex > 'M') + (1 | g)", 10, "no order"),
        ("y ~ " + "(" * 70 + "x" + ")" * 70, 63, "too deeply"),
        ("cbind(y) ~ x + (1 | g)", 0, "two columns"),
        ("y + (1 | g)", None, "what is explained"),
        ("~ x + (1 | g)", None, "what is explained"),
        ("y ~ (y1+y2+y3+y4+y5+y6+y7+y8+y9+x1+x2+x3+x4)^8 + (1 | g)", 45, "2,000 terms"),
    ],
)
def test_a_mistake_is_told_with_its_place(formula: str, at: int | None, what: str) -> None:
    with pytest.raises(FormulaError, match=what) as told:
        _frame(formula)
    assert told.value.at == at


@pytest.mark.parametrize(
    ("formula", "what", "row"),
    [
        ("sex ~ x + (1 | g)", "'sex' holds text where numbers belong", None),
        ("y ~ I(arm + 1) + (1 | g)", "'arm' holds text", None),
        ("y ~ log(x) + (1 | g)", r"log\(x\) has no finite value in \d+ of 120 rows", 0),
        ("y ~ I(1 / x.2) + (1 | g)", "no finite value", 0),
        ("y ~ one + (1 | g)", "the same text in all rows", None),
        ("y ~ each + (1 | g)", "each of the 2,500 different values", None),
    ],
)
def test_data_that_cannot_be_used(formula: str, what: str, row: int | None) -> None:
    columns = variables()
    columns["one"] = Labels(np.zeros(ROWS, dtype=np.int64), ("always",))
    columns["each"] = Labels(np.arange(ROWS), tuple(f"p{number}" for number in range(2500)))
    if "each" in formula:
        many = np.arange(2500)
        columns = {name: Numbers(np.mod(many, 7.0, dtype=np.float64)) for name in ("y", "g")}
        columns["each"] = Labels(many, tuple(f"p{number}" for number in range(2500)))
    with pytest.raises(ColumnError, match=what) as told:
        frame_of(read_formula(formula), columns)
    assert told.value.row == row


@pytest.mark.parametrize("formula", ["y ~ eval(x) + (1 | g)", "y ~ open(x) + (1 | g)"])
def test_no_text_of_a_user_is_ever_run(formula: str) -> None:
    with pytest.raises(FormulaError, match=r"\(\) is not known here"):
        _frame(formula)


def test_any_text_is_read_or_told_as_a_mistake() -> None:
    """2,000 texts of words that formulas are made of, in an order that is often wrong."""
    choose = Random(20261122).choice
    words = [*"xzgy0123", "sex", "arm", "x.2", "-1", "(x", "log(z)", "I(x", "scale(z,", "'F'"]
    signs = [*"+-*/:^|~&<)+(!", "||", "==", "%%"]
    read = 0
    for _ in range(2000):
        drawn = [choose(words if place % 2 == 0 else signs) for place in range(5)]
        try:
            frame = _frame(f"y ~ {' '.join(drawn)} + (1 | g)")
        except (FormulaError, ColumnError):
            continue
        assert np.isfinite(frame.data.x).all()
        read += 1
    assert read > 20
