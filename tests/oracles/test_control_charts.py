"""`opkoers chart` against what NHSRplotthedots and qicharts2 made of the same series."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from flows.cli import main
from flows.errors import ExitCode

CLOSE = 1e-9

Row = dict[str, str]


def expected(reference: Path, name: str) -> tuple[Path, list[Row]]:
    file = reference / "oracles" / "expected" / "control_charts" / name
    with file.open(newline="") as stream:
        return file, list(csv.DictReader(stream))


def drawn(capsys: pytest.CaptureFixture[str], file: Path, *words: str) -> dict[str, Any]:
    code = main(["chart", str(file), "--x", "x", "--y", "y", *words, "--json"])
    said = capsys.readouterr()
    assert code == ExitCode.OK, said.err
    told: dict[str, Any] = json.loads(said.out)
    return told


def compare(points: list[dict[str, Any]], rows: list[Row], names: dict[str, str]) -> None:
    for point, row in zip(points, rows, strict=True):
        for ours, theirs in names.items():
            if row[theirs] == "NA":
                assert point[ours] is None
            else:
                assert point[ours] == pytest.approx(float(row[theirs]), rel=CLOSE, abs=CLOSE)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ptd_rrk_all.csv", ()),
        ("ptd_rrk_noscreen.csv", ("--no-screen",)),
        ("ptd_rrk_target.csv", ("--target", "1200")),
    ],
)
def test_plot_the_dots(
    reference: Path, capsys: pytest.CaptureFixture[str], name: str, words: tuple[str, ...]
) -> None:
    """Lines, and the name and kind of each point, less being better (hours waited)."""
    file, rows = expected(reference, name)
    told = drawn(capsys, file, "--kind", "xmr", "--rules", "nhs", "--better", "lower", *words)
    lines = {"value": "y", "centre": "mean_col", "lower": "lpl", "upper": "upl"}
    compare(told["points"], rows, lines)
    assert [point["x"] for point in told["points"]] == [row["x"] for row in rows]
    assert [point["label"] for point in told["points"]] == [
        row["special_cause_type"] for row in rows
    ]
    assert [point["point_type"] for point in told["points"]] == [row["point_type"] for row in rows]
    assert [bool(point["rules"]) for point in told["points"]] == [
        row["special_cause_flag"] == "TRUE" for row in rows
    ]
    assert told["assurance"] == ("consistent_fail" if words[:1] == ("--target",) else None)


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("qic_art_i.csv", "xmr", ()),
        ("qic_art_i_freeze20.csv", "xmr", ("--freeze", "20")),
        ("qic_art_run.csv", "run", ()),
    ],
)
def test_qic(
    reference: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    kind: str,
    words: tuple[str, ...],
) -> None:
    """Lines, points outside them, and the two tests of runs with all their numbers."""
    file, rows = expected(reference, name)
    told = drawn(capsys, file, "--kind", kind, "--rules", "anhoej", *words)
    lines = {"value": "y", "centre": "cl", "lower": "lcl", "upper": "ucl"}
    compare(told["points"], rows, lines)
    for point, row in zip(told["points"], rows, strict=True):
        assert ("sigma" in point["rules"]) == (row["sigma.signal"] == "TRUE")
        assert bool({"run", "crossings"} & set(point["rules"])) == (row["runs.signal"] == "TRUE")
    names = {
        "n_points": "n.obs",
        "n_useful": "n.useful",
        "longest_run": "longest.run",
        "longest_run_max": "longest.run.max",
        "n_crossings": "n.crossings",
        "n_crossings_min": "n.crossings.min",
    }
    assert len(told["parts"]) == 1
    assert {ours: told["parts"][0][ours] for ours in names} == {
        ours: int(rows[0][theirs]) for ours, theirs in names.items()
    }
