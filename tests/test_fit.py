"""`opkoers fit`: what it prints and writes, against lme4, and how a mistake is told."""

import csv
import json
from collections.abc import Iterator
from math import log
from pathlib import Path
from typing import Any

import pytest

from flows.cli import main
from flows.errors import ExitCode
from tests.statistics.in_r import lme4_says
from tests.statistics.yes_no import outcomes

MODEL = "score ~ few + (1 | group)"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `rows.csv`, in which the command runs."""
    monkeypatch.chdir(tmp_path)
    _write(tmp_path / "rows.csv", _rows())
    return tmp_path


def _rows() -> dict[str, list[str]]:
    """360 rows with a score, a yes/no, covariates, and groups within wards."""
    rows = outcomes(360, 24, 1.0)
    score = 3 * rows.yes + rows.few + (rows.group * 5 % 7) / 2 + rows.many * (rows.group % 4) / 3
    ward = [f"w{group % 5}" for group in rows.group.tolist()]
    return {
        "score": [f"{value:.3f}" for value in score],
        "yes": [f"{value:.0f}" for value in rows.yes],
        "few": [f"{value:.0f}" for value in rows.few],
        "many": [f"{value:.3f}" for value in rows.many],
        "sex": ["FM"[int(value)] for value in rows.binary],
        "group": [str(value) for value in rows.group.tolist()],
        "ward": ward,
        "weight": [str(1 + place % 3) for place in range(360)],
    }


def _write(
    file: Path,
    columns: dict[str, list[str]],
    delimiter: str = ",",
    decimal: str = ".",
    encoding: str = "utf-8",
) -> None:
    with file.open("w", encoding=encoding, newline="") as out:
        writer = csv.writer(out, delimiter=delimiter)
        writer.writerow(columns)
        writer.writerows(
            [cell.replace(".", decimal) for cell in row]
            for row in zip(*columns.values(), strict=True)
        )


def _fit(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    code = main(["fit", *words, "--json"])
    said = capsys.readouterr()
    assert code == ExitCode.OK, said.err
    told: dict[str, Any] = json.loads(said.out)
    return told


# ---------- against lme4


def test_the_fits_of_the_oracle(
    reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files as a reader would make them of the inputs, with the tolerances of the oracle.

    But for variances: where the oracle's criterion is flat (therapists of growth_s1) its own
    search stopped 1.3e-5 from the top, as the gradient there says (0.002; ours 0.000002).
    """
    inputs = reference / "oracles" / "inputs"
    with (inputs / "patients.csv").open(newline="") as stream:
        patients = {row["patient_id"]: row for row in csv.DictReader(stream)}
    several = [row for row in patients.values() if int(row["n_sessions"]) >= 2]
    _write_rows(tmp_path / "patients.csv", ({**row, "bc": _bc(row)} for row in several))
    with (inputs / "sessions.csv").open(newline="") as stream:
        sessions = [
            {**row, "bc": _bc(patients[row["patient_id"]]), "lt": repr(log(int(row["session"]))),
             "therapist_id": patients[row["patient_id"]]["therapist_id"]}
            for row in csv.DictReader(stream)
        ]  # fmt: skip
    _write_rows(tmp_path / "sessions.csv", iter(sessions))
    later = (row for row in sessions if int(row["session"]) >= 2)
    _write_rows(tmp_path / "later.csv", later)
    fits = json.loads(
        (reference / "oracles" / "expected" / "mixed_models" / "fits.json").read_text()
    )["fits"]
    files = {"growth_s1": "sessions.csv", "growth": "later.csv"}
    for name, expected in fits.items():
        file = tmp_path / files.get(name, "patients.csv")
        _compare_fit(_fit(capsys, str(file), "--formula", expected["formula"]), expected)


def _bc(patient: dict[str, str]) -> str:
    return str(int(patient["baseline"]) - 15)


def _write_rows(file: Path, rows: Iterator[dict[str, str]]) -> None:
    first = next(rows)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(first))
        writer.writeheader()
        writer.writerow(first)
        writer.writerows(rows)


def _compare_fit(told: dict[str, Any], expected: dict[str, Any]) -> None:
    *spreads, residual = expected["varcorr"]
    assert list(told["fixef"]) == list(expected["fixef"])
    assert told["fixef"] == pytest.approx(expected["fixef"], rel=1e-6)
    assert told["se"] == pytest.approx(expected["se"], rel=1e-5)
    assert told["reml"] == pytest.approx(expected["REMLcrit"], abs=1e-6)
    assert told["sigma"] ** 2 == pytest.approx(residual["vcov"], rel=1e-5)
    assert [(row["group"], row["term1"], row["term2"]) for row in told["varcorr"]] == [
        (row["grp"], row["var1"], row.get("var2")) for row in spreads
    ]
    found = [row["vcov"] for row in told["varcorr"]]
    assert found == pytest.approx([row["vcov"] for row in spreads], rel=2e-5)
    for same in ("n_obs", "n_groups", "singular"):
        assert told[same] == expected[same]


ASKED = (
    ("score ~ few * many + sex + (1 | group)", ()),
    ("score ~ few + many + (1 + many | group)", ("--ml",)),
    ("score ~ 0 + sex:many + (many || group)", ()),
    ("score ~ few + (1 | ward/group)", ()),
    ("log(score + 6) ~ I(many^2) + (1 | group) + (1 | ward)", ()),
    ("score ~ many + few + (1 | group)", ("--weights", "weight")),
    ("score ~ sex + few + I(2 * few + 1) + (1 + many | group) + (0 + few | ward)", ()),
)
SCRIPT = """
d <- read.csv("rows.csv")
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e6),
                     check.conv.singular = "ignore", check.conv.grad = "ignore")
ask <- function(formula, reml, w = rep(1, nrow(d))) {
  d$w <- w
  m <- suppressMessages(lmer(formula, d, REML = reml, control = tight, weights = w))
  v <- subset(as.data.frame(VarCorr(m)), grp != "Residual")
  r <- as.data.frame(ranef(m))
  second <- ifelse(is.na(v$var2), "", v$var2)
  said(names(fixef(m)), v$grp, v$var1, second, names(ngrps(m)), as.character(r$grpvar),
       as.character(r$term), as.character(r$grp), fixef(m), sqrt(diag(as.matrix(vcov(m)))),
       if (reml) REMLcrit(m) else -2 * as.numeric(logLik(m)), sigma(m), ngrps(m), v$vcov,
       r$condval, r$condsd)
}
"""


def test_lmer_says_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names, order and numbers; at an edge the criterion and the fixed effects say enough."""
    asks = [
        f"ask({formula}, {'FALSE' if '--ml' in words else 'TRUE'}"
        f"{', d$weight' if '--weights' in words else ''})"
        for formula, words in ASKED
    ]
    for (formula, words), line in zip(
        ASKED, lme4_says(SCRIPT + "\n".join(asks), folder), strict=True
    ):
        told = _fit(capsys, "rows.csv", "--formula", formula, "--ranef", "modes.csv", *words)
        with (folder / "modes.csv").open(newline="") as stream:
            modes = list(csv.DictReader(stream))
        names, numbers = _names_and_numbers(told, modes)
        assert names == [text.split("\x1f") for text in line[:8]], formula
        effects, errors, criterion, sigma, groups, spreads, estimates, sds = (
            [float(number) for number in text.split()] for text in line[8:]
        )
        assert numbers["criterion"] == pytest.approx(criterion[0], abs=1e-5)
        assert numbers["effects"] == pytest.approx(effects, rel=1e-4, abs=1e-6)
        assert numbers["errors"] == pytest.approx(errors, rel=1e-4)
        assert [told["sigma"]] == pytest.approx(sigma, rel=1e-5)
        assert list(told["n_groups"].values()) == groups
        assert numbers["spreads"] == pytest.approx(spreads, rel=1e-3, abs=1e-5)
        assert numbers["modes"] == pytest.approx(estimates, abs=1e-3)
        assert numbers["sds"] == pytest.approx(sds, abs=1e-3)


def _names_and_numbers(
    told: dict[str, Any], modes: list[dict[str, str]]
) -> tuple[list[list[str]], dict[str, Any]]:
    """In the words of the script."""
    spreads = told["varcorr"]
    names = [
        list(told["fixef"]),
        [row["group"] for row in spreads],
        [row["term1"] for row in spreads],
        [row["term2"] or "" for row in spreads],
        list(told["n_groups"]),
        *([mode[column] for mode in modes] for column in ("group", "term", "level")),
    ]
    numbers = {
        "effects": list(told["fixef"].values()),
        "errors": list(told["se"].values()),
        "criterion": told["deviance"] if told["reml"] is None else told["reml"],
        "spreads": [row["vcov"] for row in spreads],
        "modes": [float(mode["estimate"]) for mode in modes],
        "sds": [float(mode["condsd"]) for mode in modes],
    }
    return names, numbers


def test_a_logistic_model(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Recorded from glmer(nAGQ = 25) of lme4 1.1-31 on the same rows."""
    told = _fit(
        capsys, "rows.csv", "--formula", "yes ~ few + many + sex + (1 | group)",
        "--family", "binomial", "--ranef", "modes.csv",
    )  # fmt: skip
    assert told["fixef"] == pytest.approx(LOGISTIC["fixef"], rel=1e-5)
    assert told["se"] == pytest.approx(LOGISTIC["se"], rel=1e-5)
    assert told["loglik"] == pytest.approx(LOGISTIC["loglik"], abs=1e-6)
    (spread,) = told["varcorr"]
    assert spread.pop("vcov") == pytest.approx(LOGISTIC["variance"], rel=1e-5)
    assert spread == {"group": "group", "term1": "(Intercept)", "term2": None}
    assert (told["sigma"], told["reml"], told["quadrature"]) == (1, None, 25)
    with (folder / "modes.csv").open(newline="") as stream:
        first = next(csv.DictReader(stream))
    assert (first["group"], first["level"], first["term"]) == ("group", "0", "(Intercept)")
    assert float(first["estimate"]) == pytest.approx(LOGISTIC["mode"], abs=1e-5)
    assert float(first["condsd"]) == pytest.approx(LOGISTIC["mode_sd"], abs=1e-5)


LOGISTIC: dict[str, Any] = {
    "fixef": {
        "(Intercept)": -0.162079591486,
        "few": 0.262943191026,
        "many": -0.289544313539,
        "sexM": 0.753599348700,
    },
    "se": {
        "(Intercept)": 0.2736675674,
        "few": 0.1444852135,
        "many": 0.0672053494,
        "sexM": 0.2589163790,
    },
    "variance": 0.802972983395,
    "loglik": -220.79333290163,
    "mode": -0.444706187,
    "mode_sd": 0.463699011,
}


# ---------- files


@pytest.mark.parametrize(
    ("delimiter", "decimal", "encoding"),
    [
        (";", ",", "utf-8"),
        (";", ".", "utf-8-sig"),
        ("\t", ",", "utf-16"),
        ("|", ".", "cp1252"),
    ],
)
def test_the_same_data_in_another_file(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    delimiter: str,
    decimal: str,
    encoding: str,
) -> None:
    columns = _rows() | {"café": ["é"] * 360}
    _write(folder / "other.csv", columns, delimiter, decimal, encoding)
    words = ("--formula", "score ~ many + few + (1 | group)")
    assert _fit(capsys, "other.csv", *words) == _fit(capsys, "rows.csv", *words)


def test_decimal_commas_between_commas(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are told from thousands by a cell that cannot be thousands; without one it is text."""
    columns = _rows()
    columns["score"] = [f"{float(cell):.2f}" for cell in columns["score"]]
    _write(folder / "points.csv", columns)
    _write(folder / "commas.csv", columns, decimal=",")
    words = ("--formula", MODEL)
    assert _fit(capsys, "commas.csv", *words) == _fit(capsys, "points.csv", *words)
    columns["score"] = ["7", *["1.234"] * 359]
    _write(folder / "either.csv", columns, decimal=",")
    code, lines = _refused(capsys, "either.csv", *words)
    assert code == ExitCode.NO_FIT
    assert "line 3: the column 'score' holds text where numbers belong" in lines[0]


def test_names_as_r_makes_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """read.csv turns `Score (end)` into Score..end., so that name is understood too."""
    columns = _rows()
    columns["Score (end)"] = columns.pop("score")
    _write(folder / "named.csv", columns)
    expected = _fit(capsys, "rows.csv", "--formula", MODEL)
    for name in ("Score..end.", "`Score (end)`"):
        told = _fit(capsys, "named.csv", "--formula", f"{name} ~ few + (1 | group)")
        assert told["fixef"] == expected["fixef"]


def test_rows_with_something_missing_are_left_out_and_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = _rows()
    whole = {name: cells[10:] for name, cells in columns.items()}
    columns["few"][:8] = [""] * 8
    columns["score"][5:10] = ["NA"] * 5
    _write(folder / "gaps.csv", columns)
    _write(folder / "whole.csv", whole)
    told = _fit(capsys, "gaps.csv", "--formula", MODEL)
    assert (told["n_dropped_rows"], told["missing"]) == (10, {"score": 5, "few": 8})
    assert told["fixef"] == _fit(capsys, "whole.csv", "--formula", MODEL)["fixef"]
    assert main(["fit", "gaps.csv", "--formula", MODEL]) == ExitCode.OK
    line = "10 rows left out because something is missing (score in 5, few in 8)"
    assert line in capsys.readouterr().out.splitlines()


def test_rows_of_weight_0_have_no_influence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = _rows()
    columns["weight"][:20] = ["0"] * 20
    _write(folder / "zero.csv", columns)
    _write(folder / "without.csv", {name: cells[20:] for name, cells in columns.items()})
    words = ("--formula", MODEL, "--weights", "weight")
    told, expected = _fit(capsys, "zero.csv", *words), _fit(capsys, "without.csv", *words)
    assert (told["n_obs"], told["n_rows_weight_zero"]) == (340, 20)
    assert told["fixef"] == pytest.approx(expected["fixef"], rel=1e-12)


def test_a_factor_of_100_000_levels(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ten million people, two in each group, of whom one scores 1 more."""
    _write(
        folder / "long.csv",
        {
            "score": [str(place % 2 + place // 2 % 3) for place in range(200_000)],
            "group": [f"p{place // 2}" for place in range(200_000)],
        },
    )
    told = _fit(capsys, "long.csv", "--formula", "score ~ 1 + (1 | group)")
    assert told["n_groups"] == {"group": 100_000}
    assert told["sigma"] ** 2 == pytest.approx(0.5, rel=1e-6)


# ---------- the table


def test_the_table_names_what_lme4_names(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    formula = "score ~ few + sex + I(2 * few) + (1 + many | group)"
    assert main(["fit", "rows.csv", "--formula", formula]) == ExitCode.OK
    table = capsys.readouterr().out
    for words in ("Linear mixed model by REML", "sexM", "(Intercept) with many", "residual"):
        assert words in table
    assert "360 rows used; groups: 24 of group" in table
    assert "Left out, since the other terms make them up: I(2 * few)" in table


def test_the_table_of_a_singular_fit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The wards have no part in the score beyond their groups."""
    words = ["fit", "rows.csv", "--formula", "yes ~ 1 + (1 | ward)", "--family", "binomial"]
    assert main(words) == ExitCode.OK
    table = capsys.readouterr().out
    assert "Logistic mixed model, maximum likelihood by 25 quadrature points" in table
    assert ("The fit is singular" in table) == ("(Intercept)         0 " in table)


# ---------- mistakes


def _refused(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str]]:
    code = main(["fit", *words])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    assert said.out == ""
    return code, said.err.splitlines()


@pytest.mark.parametrize(
    ("formula", "code", "sentence", "at"),
    [
        ("score ~ few + (1 | gruop)", ExitCode.UNKNOWN_COLUMN,
         "the column 'gruop' is not in rows.csv (did you mean 'group'?)", 19),
        ("score ~ few + (1 | group", ExitCode.FORMULA, "the bracket that opens here", 14),
        ("score ~ few + poly(many, 2) + (1 | group)", ExitCode.FORMULA, "poly() is not known", 14),
        ("score ~ few", ExitCode.FORMULA, "no random term", 11),
        ("cbind(yes, few) ~ 1 + (1 | group)", ExitCode.FORMULA, "cbind() is for yes/no", 0),
        ("sex ~ few + (1 | group)", ExitCode.NO_FIT,
         "rows.csv, line 2: the column 'sex' holds text where numbers belong", None),
        ("score ~ log(many) + (1 | group)", ExitCode.NO_FIT, "log(many) has no finite value", None),
    ],
)  # fmt: skip
def test_a_mistake_in_the_formula(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    formula: str,
    code: ExitCode,
    sentence: str,
    at: int | None,
) -> None:
    """One sentence, and below it the formula with a caret under the place."""
    told, lines = _refused(capsys, "rows.csv", "--formula", formula)
    assert told == code
    assert sentence in lines[0]
    assert lines[1:] == ([] if at is None else [f"  {formula}", f"  {' ' * at}^"])


def _with(name: str, place: int, cell: str) -> dict[str, list[str]]:
    columns = _rows()
    columns[name][place] = cell
    return columns


BAD: dict[str, tuple[dict[str, list[str]], ExitCode, str]] = {
    "text in the outcome": (
        _with("score", 16, "geheim"), ExitCode.NO_FIT,
        "bad.csv, line 18: the column 'score' holds text where numbers belong",
    ),
    "text in a covariate": (
        _with("many", 16, "geheim"), ExitCode.NO_FIT,
        "bad.csv, line 18: the column 'many' holds text where numbers belong",
    ),
    "infinite": (_with("many", 4, "Inf"), ExitCode.NO_FIT, "line 6: many has no finite value"),
    "weight below 0": (_with("weight", 9, "-1"), ExitCode.NO_FIT, "line 11: the weight in column"),
    "all weights 0": (_rows() | {"weight": ["0"] * 360}, ExitCode.NO_FIT, "weight of every row"),
    "one group": (_rows() | {"group": ["1"] * 360}, ExitCode.NO_FIT, "group"),
    "groups of one": (
        _rows() | {"group": [str(place) for place in range(360)]}, ExitCode.NO_FIT, "360",
    ),
    "all outcomes equal": (_rows() | {"score": ["7"] * 360}, ExitCode.NO_FIT, "outcome"),
    "nothing but missing": (_rows() | {"many": [""] * 360}, ExitCode.NO_FIT, "no row has a value"),
    "one text": (_rows() | {"sex": ["F"] * 360}, ExitCode.NO_FIT, "the same text in all rows"),
    "no records": ({name: [] for name in _rows()}, ExitCode.EMPTY_FILE, "no record"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_data_without_a_fit(folder: Path, capsys: pytest.CaptureFixture[str], case: str) -> None:
    """One sentence that says what and where, and holds no value of a cell."""
    columns, code, sentence = BAD[case]
    _write(folder / "bad.csv", columns)
    formula = "score ~ many + sex + (1 | group)"
    told, lines = _refused(capsys, "bad.csv", "--formula", formula, "--weights", "weight")
    assert (told, len(lines)) == (code, 1)
    assert sentence in lines[0]
    assert "geheim" not in lines[0]


@pytest.mark.parametrize(
    ("columns", "formula", "sentence"),
    [
        (_with("yes", 5, "3"), "yes ~ few + (1 | group)",
         "bad.csv, line 7: yes is neither 0 nor 1 in 1 rows"),
        (_rows(), "yes ~ few + (1 + few | group)", "takes one random intercept"),
        (_rows() | {"yes": ["1"] * 360}, "yes ~ few + (1 | group)", "the same in all rows"),
        (_rows() | {"sex": _rows()["yes"]}, "yes ~ few + sex + (1 | group)", "without fail"),
    ],
)  # fmt: skip
def test_a_logistic_model_without_a_fit(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    columns: dict[str, list[str]],
    formula: str,
    sentence: str,
) -> None:
    _write(folder / "bad.csv", columns)
    told, lines = _refused(capsys, "bad.csv", "--formula", formula, "--family", "binomial")
    assert (told, len(lines)) == (ExitCode.NO_FIT, 1)
    assert sentence in lines[0]


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        (None, ExitCode.UNREADABLE_FILE, "there is no such file"),
        (b"", ExitCode.EMPTY_FILE, "no header line"),
        (b"PK\x03\x04\x00\x00", ExitCode.UNREADABLE_FILE, "this is no text"),
        (
            b"score,few,group\n1,2,3\n1,2,3,4\n",
            ExitCode.UNREADABLE_FILE,
            "line 3: this record has 4",
        ),
        (
            b"score,few,group\n1,2,3,4\n1,2,3\n",
            ExitCode.UNREADABLE_FILE,
            "line 2: this record has 4",
        ),
        (b'score,few,group\n1,"2,3\n', ExitCode.UNREADABLE_FILE, "line 2"),
        (b"score,few,few,group\n1,2,3,4\n", ExitCode.UNKNOWN_COLUMN, "more than once"),
    ],
)
def test_a_file_that_cannot_be_read(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    code: ExitCode,
    sentence: str,
) -> None:
    if content is not None:
        (folder / "bad.csv").write_bytes(content)
    told, lines = _refused(capsys, "bad.csv", "--formula", MODEL)
    assert told == code
    assert sentence in lines[0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--quadrature", "5"), "--quadrature is for --family binomial alone"),
        (("--family", "binomial", "--quadrature", "0"), "--quadrature takes 1 to 100 points"),
        (("--ranef", "nowhere/modes.csv"), "nowhere: there is no such folder"),
    ],
)
def test_words_that_contradict_each_other(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    code, lines = _refused(capsys, "rows.csv", "--formula", MODEL, *words)
    assert code == ExitCode.USAGE
    assert sentence in lines[0]
