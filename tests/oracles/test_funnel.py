"""`opkoers funnel` against FunnelPlotR on the same records."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from flows.cli import main
from flows.errors import ExitCode

CLOSE = 1e-8
NAMES = ("lower95", "upper95", "lower998", "upper998")
OVER_DISPERSED = ("OD95LCL", "OD95UCL", "OD99LCL", "OD99UCL")
PLAIN = ("LCL95", "UCL95", "LCL99", "UCL99")


def is_close(ours: float | None, theirs: str) -> bool:
    if ours is None or theirs == "NA":
        return ours is None and theirs == "NA"
    return ours == pytest.approx(float(theirs), rel=CLOSE, abs=CLOSE)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("medpar_SR_SHMI", "medpar.csv"),
        ("medpar_SR_CQC", "medpar.csv"),
        ("medpar_SR_unadj", "medpar.csv"),
        ("rom_PR_recovered_clinic", "funnel_recovery.csv"),
    ],
)
def test_funnel_plot_r(
    reference: Path, capsys: pytest.CaptureFixture[str], name: str, file: str
) -> None:
    """Both kinds of limits, z before and after trimming, phi, tau2, target, and who is outside."""
    oracles = reference / "oracles"
    folder = oracles / "expected" / "funnel"
    asked = json.loads((folder / "parameters.json").read_text())[name]
    with (folder / f"{name}.csv").open(newline="") as stream:
        rows = {row["group"]: row for row in csv.DictReader(stream)}
    words = ["--kind", asked["data_type"].lower(), "--method", asked["sr_method"].lower()]
    words += ["--numerator", asked["num"], "--denominator", asked["den"], "--unit", asked["group"]]
    words += [] if asked["draw_adjusted"] else ["--unadjusted"]
    told = drawn(capsys, oracles / "inputs" / file, words)
    for number_ in ("phi", "tau2", "target"):
        assert told[number_] == pytest.approx(asked[number_], rel=CLOSE, abs=CLOSE)
    assert [point["unit"] for point in told["points"]] == list(rows)
    limits = OVER_DISPERSED if asked["draw_adjusted"] else PLAIN
    for point in told["points"]:
        row = rows[point["unit"]]
        theirs = {"value": row["rr"], "z": row["Uzscore"], "z_trimmed": row["Wuzscore"]}
        theirs |= {ours: row[column] for ours, column in zip(NAMES, limits, strict=True)}
        theirs |= {
            f"unadjusted_{ours}": row[column] for ours, column in zip(NAMES, PLAIN, strict=True)
        }
        for ours, cell in theirs.items():
            assert is_close(point[ours], cell), ours
        assert point["outside998"] == (row["outlier"] == "1")


def drawn(capsys: pytest.CaptureFixture[str], file: Path, words: list[str]) -> dict[str, Any]:
    code = main(["funnel", str(file), *words, "--json"])
    said = capsys.readouterr()
    assert code == ExitCode.OK, said.err
    told: dict[str, Any] = json.loads(said.out)
    return told
