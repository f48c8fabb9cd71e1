"""`opkoers chart` and `opkoers funnel`: their words, files good and bad, and how a slip is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from flows.cli import main
from flows.errors import ExitCode

STEADY = [9, 11] * 6
XMR = ("--kind", "xmr", "--x", "month", "--y", "value")
P = ("--kind", "p", "--x", "month", "--y", "good", "--n", "all")
PR = ("--kind", "pr", "--numerator", "good", "--denominator", "all", "--unit", "team")
SR = ("--kind", "sr", "--numerator", "good", "--denominator", "all", "--unit", "team")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(text: str, encoding: str = "utf-8") -> None:
    Path("file.csv").write_bytes(text.encode(encoding))


def months(values: list[Any], first: int = 1) -> str:
    """A column of months from 2025-01 on, and these values."""
    rows = [
        f"{2025 + (at + first - 1) // 12}-{(at + first - 1) % 12 + 1:02d},{value}"
        for at, value in enumerate(values)
    ]
    return "\n".join(["month,value", *rows]) + "\n"


def told(capsys: pytest.CaptureFixture[str], command: str, *words: str) -> dict[str, Any]:
    code = main([command, "file.csv", *words, "--json"])
    said = capsys.readouterr()
    assert code == ExitCode.OK, said.err
    made: dict[str, Any] = json.loads(said.out)
    return made


def refused(capsys: pytest.CaptureFixture[str], command: str, *words: str) -> tuple[int, str]:
    code = main([command, "file.csv", *words])
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return code, said.err


# ---------- a chart's JSON


def test_the_names_of_a_chart(capsys: pytest.CaptureFixture[str]) -> None:
    write(months([*STEADY, 16, ""]))
    made = told(capsys, "chart", *XMR, "--rules", "nhs", "--freeze", "12", "--target", "20")
    assert made["points"][12] == {
        "x": "2026-01",
        "value": 16.0,
        "centre": 10.0,
        "lower": 10 - 2.66 * 2,
        "upper": 10 + 2.66 * 2,
        "rules": ["R1"],
        "part": 1,
        "label": "Above UCL",
        "point_type": "special_cause_neutral_high",
    }
    assert made["points"][13] == made["points"][12] | {
        "x": "2026-02",
        "value": None,
        "rules": [],
        "label": "Common Cause",
        "point_type": "common_cause",
    }
    assert made["parts"] == [
        {
            "part": 1,
            "first": "2025-01",
            "last": "2026-02",
            "n_points": 13,
            "n_baseline": 12,
            "limits": "full",
            "rules": ["R1"],
        }
    ]
    about = {name: made[name] for name in ("kind", "rules", "screened", "freeze", "target")}
    assert about == {"kind": "xmr", "rules": "nhs", "screened": True, "freeze": 12, "target": 20}
    assert (made["better"], made["assurance"]) == (None, "target_above_limits")
    assert made["notes"] == ["Missing points: 1 of 14; not drawn, not counted."]


def test_nhs_rules_are_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    write(months(STEADY))
    assert told(capsys, "chart", *XMR)["rules"] == "nhs"


@pytest.mark.parametrize(
    ("better", "assurance", "kind"),
    [
        ("higher", "consistent_fail", "special_cause_improvement"),
        ("lower", "consistent_pass", "special_cause_concern"),
    ],
)
def test_which_way_is_better(
    capsys: pytest.CaptureFixture[str], better: str, assurance: str, kind: str
) -> None:
    write(months([*STEADY, 16]))
    words = ("--freeze", "12", "--target", "20", "--better", better)
    made = told(capsys, "chart", *XMR, *words)
    assert (made["assurance"], made["points"][-1]["point_type"]) == (assurance, kind)


def test_labels_of_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    """The words of NHSRplotthedots' special_cause_type."""
    falling, above = [12, 11.5, 11.2, 10.9, 9.5, 9.2, 8.8], [11] * 6 + [10.5]
    near, jumps = [14, 12, 14], [4]
    write(months([*STEADY, 9, *falling, 9, *above, 9, 9, *near, 9, *jumps]))
    made = told(capsys, "chart", *XMR, "--freeze", "12")
    assert {point["label"] for point in made["points"]} == {
        "Common Cause",
        "7 Point Trend (Decreasing)",
        "7 Points Above CL",
        "2 in 3 Above CL",
        "Below LCL",
    }


def test_shares_and_their_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    write("month,good,all\n2026-Q1,5,25\n2026-Q2,10,25\n2026-Q3,0,0\n2026-Q4,15,50\n")
    made = told(capsys, "chart", *P, "--rules", "anhoej")
    assert [point["value"] for point in made["points"]] == [0.2, 0.4, None, 0.3]
    assert [point["n"] for point in made["points"]] == [25, 25, 0, 50]
    assert made["points"][2]["upper"] is None
    assert made["points"][0]["centre"] == 0.3
    assert "label" not in made["points"][0]
    assert made["parts"][0]["n_useful"] == 2


def test_screening_of_anhoejs_chart_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    write(months([0, 1] * 5 + [0, 9]))
    reach = {}
    for words in ((), ("--screen",), ("--no-screen",)):
        made = told(capsys, "chart", *XMR, "--rules", "anhoej", *words)
        reach[words] = made["points"][0]["upper"] - made["points"][0]["centre"]
        assert made["screened"] is (words == ("--screen",))
    assert reach["--screen",] == pytest.approx(3 / 1.128, rel=1e-12)
    assert reach[()] == reach["--no-screen",] == pytest.approx(3 * 19 / 11 / 1.128, rel=1e-12)


# ---------- parts


@pytest.mark.parametrize(
    "words",
    [
        ("--rebase", "2026-01", "--rebase", "2027-01"),
        ("--rebase", "2026-01,2027-01"),
        ("--rebase", "2027-01", "--rebase", "2026-01"),
    ],
)
def test_rebasing(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    values = [each + jump for jump in (0, 10, 20) for each in STEADY]
    write(months(values))
    made = told(capsys, "chart", *XMR, *words)
    assert [point["part"] for point in made["points"]] == [1] * 12 + [2] * 12 + [3] * 12
    assert [part["first"] for part in made["parts"]] == ["2025-01", "2026-01", "2027-01"]
    assert not any(point["rules"] for point in made["points"])


def test_a_day_between_two_points_begins_with_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    write("month,value\n2026-01-01,1\n2026-02-01,2\n2026-03-01,3\n")
    made = told(capsys, "chart", *XMR, "--rebase", "2026-01-15")
    assert [point["part"] for point in made["points"]] == [1, 2, 2]


def test_a_day_at_or_before_the_first_point_changes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(months(STEADY))
    made = told(capsys, "chart", *XMR, "--rebase", "2024-01", "--rebase", "2025-01")
    assert len(made["parts"]) == 1


def test_freeze_and_rebase_together(capsys: pytest.CaptureFixture[str]) -> None:
    """NHS rules lock each part; with Anhøj's parts are their own baseline, and it is said."""
    write(months([*STEADY, 40, *[each + 10 for each in STEADY], 40]))
    words = ("--freeze", "12", "--rebase", "2026-02")
    nhs = told(capsys, "chart", *XMR, *words)
    assert [nhs["points"][at]["centre"] for at in (0, -1)] == [10, 20]
    anhoej = told(capsys, "chart", *XMR, *words, "--rules", "anhoej")
    assert anhoej["points"][0]["centre"] == pytest.approx(160 / 13)
    assert anhoej["notes"][0].startswith("--freeze was left out")


# ---------- along the chart


@pytest.mark.parametrize(
    "cells",
    [
        ["9", "10", "101"],
        ["2026-01-09", "2026-01-10", "2026-10-01"],
        ["9-1-2026", "10-1-2026", "1-10-2026"],
        ["9/1/2026", "10/1/2026", "1/10/2026"],
        ["9.1.2026", "10.1.2026", "1.10.2026"],
        ["2026/1/9", "2026/01/10", "2026/10/01"],
        ["2026/9", "2026/10", "2027/1"],
        ["9-2026", "10-2026", "01-2027"],
        ["2026-01-01 09:00:00", "2026-01-01 10:00:00", "2026-01-02 08:00:00"],
        ["2026-9", "2026-10", "2027-1"],
        ["2025-Q4", "2026-Q1", "2026-Q3"],
        ["2025K4", "2026K1", "2026K3"],
        ["2026-W53", "2027-W01", "2027-W10"],
    ],
)
def test_points_are_put_in_order(capsys: pytest.CaptureFixture[str], cells: list[str]) -> None:
    first, second, third = cells
    write(f"month,value\n{third},3\n{first},1\n{second},2\n")
    made = told(capsys, "chart", *XMR, "--rules", "anhoej")
    assert [point["value"] for point in made["points"]] == [1, 2, 3]
    assert [str(point["x"]) for point in made["points"]] == cells
    assert made["notes"] == []


def test_other_texts_stand_as_in_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    write("month,value\nmei,1\njuni,2\njuli,3\n")
    made = told(capsys, "chart", *XMR, "--rules", "anhoej", "--rebase", "juli")
    assert [point["x"] for point in made["points"]] == ["mei", "juni", "juli"]
    assert [point["part"] for point in made["points"]] == [1, 1, 2]
    assert made["notes"][0].startswith("x is neither")


def test_counts_of_one_moment_are_added_up(capsys: pytest.CaptureFixture[str]) -> None:
    write("month,good,all\n2026-02,1,4\n2026-01,2,10\n2026-01,3,10\n2026-01,,10\n")
    made = told(capsys, "chart", *P, "--rules", "anhoej")
    assert [(point["value"], point["n"]) for point in made["points"]] == [(0.25, 20), (0.25, 4)]
    assert made["notes"][0].startswith("Records that share their x with one above: 2;")


def test_values_of_one_moment_are_averaged_or_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """As qicharts2 and NHSRplotthedots do."""
    write("month,value\n2026-01,2\n2026-02,5\n2026-01,4\n")
    made = told(capsys, "chart", *XMR, "--rules", "anhoej")
    assert [point["value"] for point in made["points"]] == [3, 5]
    code, said = refused(capsys, "chart", *XMR)
    assert code == ExitCode.NO_CHART
    assert "file.csv, line 4: the column 'month' is the same as in a record above" in said


def test_a_mean_of_one_moment_is_rounded_as_r_rounds_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """R: mean(c(0.1, 0.2, 0.3)) == 0.2 is TRUE, where plain sums say 0.20000000000000004; a value
    on the centre line is no useful observation (Anhøj & Olesen 2014)."""
    write("month,value\n2026-01,0.1\n2026-01,0.2\n2026-01,0.3\n2026-02,0.2\n2026-03,0.2\n")
    made = told(capsys, "chart", *XMR, "--rules", "anhoej")
    assert [point["value"] for point in made["points"]] == [0.2] * 3
    assert made["parts"][0]["n_useful"] == 0


def test_records_without_a_moment_are_left_out_and_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write("month,value\n2026-01,2\n,9\nNA,9\n2026-02,4\n")
    made = told(capsys, "chart", *XMR, "--rules", "anhoej")
    assert [point["value"] for point in made["points"]] == [2, 4]
    assert made["notes"] == ["Records without x, left out: 2."]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("\ufeffmonth;value\n2026-01;1,5\n2026-02;2,5\n", "utf-8"),
        ("month\tvalue\r\n2026-01\t1.5\r\n2026-02\t2.5\r\n", "utf-8"),
        ("sep=;\nmonth;value;naïef\n2026-01;1,5;é\n2026-02;2,5;ë\n", "cp1252"),
        ("month|value\n2026-01|1.5\n2026-02|2.5\n", "utf-16"),
    ],
)
def test_files_as_spreadsheets_write_them(
    capsys: pytest.CaptureFixture[str], text: str, encoding: str
) -> None:
    write(text, encoding)
    made = told(capsys, "chart", *XMR, "--rules", "anhoej")
    assert [point["value"] for point in made["points"]] == [1.5, 2.5]


# ---------- what a chart refuses, and what it says of poor data


@pytest.mark.parametrize(
    ("text", "words", "code", "sentence"),
    [
        (months(STEADY), ("--y", "vlaue"), ExitCode.UNKNOWN_COLUMN,
         "--y: the column 'vlaue' is not in file.csv (did you mean 'value'?)"),
        ("month,value,value\n2026-01,1,1\n", (), ExitCode.UNKNOWN_COLUMN, "more than once"),
        ("month,value\n2026-01,1\n2026-02,many\n", (), ExitCode.NO_CHART,
         "file.csv, line 3: the column 'value' holds a text"),
        ("month,value\n2026-01,1\n2026-02,Inf\n", (), ExitCode.NO_CHART, "line 3"),
        ("month,value\n2026-01,1\n2026-02,-1e200\n", (), ExitCode.NO_CHART,
         "line 3: the column 'value' is far too large here"),
        ("month,value\n1,1\n2,1\n1e999,1\n", (), ExitCode.NO_CHART,
         "line 4: the column 'month' is no number here"),
        ("month,value\n2026-01,1\n2026-02,1\nfebruary,1\n", (), ExitCode.NO_CHART,
         "line 4: the column 'month' is no month here"),
        ("month,value\n2026-01,\n2026-02,\n", (), ExitCode.NO_CHART, "has no value"),
        ("month,value\n,1\n,2\n", (), ExitCode.NO_CHART, "the column 'month' is empty"),
        ("", (), ExitCode.EMPTY_FILE, "file.csv: there is no header line"),
        ("month,value\n", (), ExitCode.EMPTY_FILE, "no record"),
        (months(STEADY), ("--freeze", "8"), ExitCode.USAGE, "12 points or more"),
        (months(STEADY), ("--freeze", "0"), ExitCode.USAGE, "--freeze takes"),
        (months(STEADY), ("--kind", "p"), ExitCode.USAGE, "--n"),
        (months(STEADY), ("--target", "nan"), ExitCode.USAGE, "a target is a number"),
        (months(STEADY), ("--rebase", "2030-01"), ExitCode.USAGE, "after the last point"),
        (months(STEADY), ("--rebase", "spring"), ExitCode.USAGE, "is no month"),
    ],
)  # fmt: skip
def test_a_chart_that_cannot_be(
    capsys: pytest.CaptureFixture[str],
    text: str,
    words: tuple[str, ...],
    code: ExitCode,
    sentence: str,
) -> None:
    write(text)
    found, said = refused(capsys, "chart", *XMR, *words)
    assert (found, sentence in said) == (code, True), said


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ("2026-02,5,4", "line 3: a count is larger than its denominator"),
        ("2026-02,-1,4", "line 3: a count is negative"),
        ("2026-02,0,-4", "line 3: a denominator is negative"),
        ("2026-02,1,0", "line 3: something was counted out of 0"),
    ],
)
def test_counts_that_are_none(
    capsys: pytest.CaptureFixture[str], record: str, sentence: str
) -> None:
    write(f"month,good,all\n2026-01,1,2\n{record}\n")
    code, said = refused(capsys, "chart", *P)
    assert (code, sentence in said) == (ExitCode.NO_CHART, True), said


def test_a_target_of_a_share_is_a_share(capsys: pytest.CaptureFixture[str]) -> None:
    write("month,good,all\n2026-01,1,2\n")
    code, said = refused(capsys, "chart", *P, "--target", "50")
    assert (code, "between 0 and 1" in said) == (ExitCode.USAGE, True)


def test_a_folder_is_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("file.csv").mkdir()
    code, said = refused(capsys, "chart", *XMR)
    assert (code, "this is a folder" in said) == (ExitCode.UNREADABLE_FILE, True)


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = refused(capsys, "chart", *XMR)
    assert (code, "there is no such file" in said) == (ExitCode.UNREADABLE_FILE, True)


@pytest.mark.parametrize(
    ("values", "limits", "note"),
    [
        ([3], "none", "fewer than 6 points"),
        (STEADY[:5], "none", "fewer than 6 points"),
        (STEADY[:8], "trial", "trial limits"),
        ([7] * 15, "none", "does not vary"),
    ],
)
def test_poor_data_are_told(
    capsys: pytest.CaptureFixture[str], values: list[int], limits: str, note: str
) -> None:
    write(months(values))
    made = told(capsys, "chart", *XMR)
    assert made["parts"][0]["limits"] == limits
    assert any(note in each for each in made["notes"])
    assert (made["points"][0]["upper"] is None) == (limits == "none")
    assert made["points"][0]["centre"] == pytest.approx(sum(values) / len(values))


def test_a_chart_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    write(months([*STEADY, 16, ""]))
    words = (*XMR, "--freeze", "12", "--target", "20", "--better", "higher")
    assert main(["chart", "file.csv", *words]) == ExitCode.OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "XmR chart, NHS rules (Making Data Count), file.csv"
    assert "  2026-01     16      10   4.68  15.32  R1 (Above UCL)" in lines
    assert "  2026-02      -      10   4.68  15.32" in lines
    assert "The target of 20 will not be reached unless something changes." in lines
    assert main(["chart", "file.csv", *XMR, "--rules", "anhoej"]) == ExitCode.OK
    said = capsys.readouterr().out
    # 13 values, of which the six 9 lie below the mean of 10.46.
    assert "longest run 2 (at most 7), crossings 11 (at least 3), useful observations 13." in said


# ---------- funnels


def teams(*records: str) -> str:
    return "\n".join(["team,good,all", *records]) + "\n"


def test_the_names_of_a_funnel(capsys: pytest.CaptureFixture[str]) -> None:
    write(teams("b,20,100", "a,10,40", "a,15,60", "c,30,100"))
    made = told(capsys, "funnel", *PR)
    assert list(made) == ["kind", "method", "adjusted", "target", "phi", "tau2", "points", "notes"]
    first = made["points"][0]
    assert [point["unit"] for point in made["points"]] == ["a", "b", "c"]
    assert (first["numerator"], first["denominator"], first["value"]) == (25, 100, 0.25)
    assert made["target"] == 0.25
    assert first["z"] == pytest.approx(0, abs=1e-12)
    limits = {"lower95", "upper95", "lower998", "upper998"}
    assert limits | {f"unadjusted_{each}" for each in limits} < set(first)
    assert (first["outside95"], first["outside998"]) == (False, False)


def test_unadjusted_leaves_over_dispersion_out(capsys: pytest.CaptureFixture[str]) -> None:
    write(teams("a,10,100", "b,50,100", "c,90,100"))
    made = told(capsys, "funnel", *SR, "--unadjusted")
    assert (made["phi"], made["tau2"], made["adjusted"]) == (0, 0, False)
    for point in made["points"]:
        assert point["lower998"] == point["unadjusted_lower998"]
    assert told(capsys, "funnel", *SR, "--method", "cqc")["tau2"] > 0


def test_exact_limits_need_no_logarithm_of_a_ratio_of_0(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without over-dispersion FunnelPlotR draws Poisson limits: 2 / (2 x 2.5) chi-square's 97.5 %
    point of 7 degrees of freedom, 16.01276, for 2.5 expected."""
    write(teams("a,0,2.5", "b,3,3.2", "c,4,3"))
    made = told(capsys, "funnel", *SR, "--unadjusted")
    none = made["points"][0]
    assert (none["value"], none["z"], none["outside95"]) == (0, None, True)
    assert none["upper95"] == pytest.approx(16.01276 / 2 / 2.5, rel=1e-6)


def test_units_keep_their_zeros_and_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    write(teams("10,1,4", "9,1,4", "030,1,4"))
    made = told(capsys, "funnel", *PR)
    assert [point["unit"] for point in made["points"]] == ["9", "10", "030"]


def test_poor_units_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    write(teams("a,3,10"))
    assert told(capsys, "funnel", *PR)["notes"] == [
        "One unit alone: nothing can be said of over-dispersion."
    ]
    write(teams("a,30,100", "b,31,100", "c,0,0", ",1,1", "d,,4"))
    made = told(capsys, "funnel", *PR)
    assert made["points"][2]["value"] is made["points"][2]["lower95"] is None
    assert made["notes"] == [
        "Records left out because something is missing: 2.",
        "Units differ by no more than chance: over-dispersion is 0.",
        "Units without a value, for their denominator is 0: 1.",
    ]
    write(teams("a,0,20", "b,2,20", "c,1,20"))
    made = told(capsys, "funnel", *PR)
    assert any("leaves a limit folded" in note for note in made["notes"])
    assert made["points"][0]["outside998"] is False


@pytest.mark.parametrize(
    ("records", "words", "code", "sentence"),
    [
        (("a,1,2", "b,5,4"), PR, ExitCode.NO_CHART,
         "line 3: a numerator is larger than its denominator"),
        (("a,1,2", "b,-1,4"), SR, ExitCode.NO_CHART, "line 3: a numerator is negative"),
        (("a,1,2", "b,1,-4"), SR, ExitCode.NO_CHART, "line 3: a denominator is negative"),
        (("a,1,2", "b,1,0"), SR, ExitCode.NO_CHART, "line 3: a numerator stands above"),
        (("a,3,2", "b,0,4", "c,4,4"), SR, ExitCode.NO_CHART, "line 3: a ratio of 0 has no log"),
        (("a,few,2",), PR, ExitCode.NO_CHART, "line 2: the column 'good' holds a text"),
        (("a,,2", ",1,2"), PR, ExitCode.NO_CHART, "no record has a unit"),
        (("a,0,0",), PR, ExitCode.NO_CHART, "no unit has a denominator"),
        ((), PR, ExitCode.EMPTY_FILE, "no record"),
        (("a,1,2",), (*PR, "--unit", "tem"), ExitCode.UNKNOWN_COLUMN,
         "--unit: the column 'tem' is not in file.csv (did you mean 'team'?)"),
    ],
)  # fmt: skip
def test_a_funnel_that_cannot_be(
    capsys: pytest.CaptureFixture[str],
    records: tuple[str, ...],
    words: tuple[str, ...],
    code: ExitCode,
    sentence: str,
) -> None:
    write(teams(*records))
    found, said = refused(capsys, "funnel", *words)
    assert (found, sentence in said) == (code, True), said


def test_a_funnel_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    write(teams("a,25,100", "b,20,100", "c,30,100", "d,90,100"))
    assert main(["funnel", "file.csv", *PR, "--unadjusted"]) == ExitCode.OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Funnel of proportions, file.csv"
    assert lines[1] == "target 0.4125, phi 0, tau2 0"
    row = next(line.split() for line in lines if line.startswith("  d "))
    assert row[:4] == ["d", "90", "100", "0.9"]
    assert row[-2:] == ["99.8", "%"]
