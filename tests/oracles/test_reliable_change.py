"""Every index and category of the R package clinicalsignificance, through the station itself.

Means and standard deviations are the sample's own there, so the same are the
local values of Op koers here; reliabilities and the functional group are test
values of parameters.json. Its cut-off b takes the clinical SD: that is the
compatibility setting. Its HLM is another thing (oracles/README) and is left out.
"""

import csv
import json
from pathlib import Path
from typing import Any, Literal

import pytest

from flows.settings import Change
from flows.stations.change_method import Known, yardsticks
from flows.stations.yardstick import with_own_values
from flows.statistics.sample import pairs_of, sample_of
from tests.rules.stations import changes

Kind = Literal["a", "b", "c"]
METHODS = ("JT", "EN", "GLN", "NK", "HLL", "HA")
ASKED = Change(methods=("EN", "GLN", "NK", "HLL", "HA")).methods
COMBINED = [("claus_bdi", method) for method in ("JT", "EN", "GLN", "NK")] + [
    ("jacobson_das", "JT"),
    ("jacobson_gds", "JT"),
]


def _parameters(reference: Path, name: str) -> dict[str, Any]:
    folder = reference / "oracles" / "expected" / "reliable_change"
    found: dict[str, Any] = json.loads((folder / "parameters.json").read_text())[name]
    return found


def _expected(reference: Path, file: str) -> dict[str, dict[str, str]]:
    folder = reference / "oracles" / "expected" / "reliable_change"
    with (folder / file).open(newline="") as lines:
        return {row["id"]: row for row in csv.DictReader(lines)}


def _scores(reference: Path, told: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Who has a score at both moments: id -> (before, after)."""
    moments: dict[str, dict[str, float]] = {str(told["pre"]): {}, str(told["post"]): {}}
    with (reference / "oracles" / told["data"]).open(newline="") as lines:
        for row in csv.DictReader(lines):
            if row[told["time"]] in moments and row[told["outcome"]] not in ("", "NA"):
                moments[row[told["time"]]][row[told["id"]]] = float(row[told["outcome"]])
    before, after = moments.values()
    return {who: (before[who], after[who]) for who in before if who in after}


def _changes(reference: Path, name: str, cutoff: Kind) -> dict[tuple[str, str], dict[str, Any]]:
    """(method, id) -> row of `change`, with the sample's own values in force."""
    told = _parameters(reference, name)
    scores = _scores(reference, told)
    known = Known(
        direction=1 if told["better_is"] == "higher" else -1,
        scope="published",
        reliability=told["reliability"],
        reliability_after=told["reliability_post_NK"],
        functional_mean=told["functional_mean"],
        functional_sd=told["functional_sd"],
    )
    intake = sample_of((before, 1) for before, _ in scores.values())
    pairs = pairs_of((before, after, 1) for before, after in scores.values())
    own = with_own_values(known, intake, pairs, minimum=len(scores))
    choices = Change(values="local", cutoff=cutoff, cutoff_b_sd="clinical", methods=ASKED)
    place = {"clinic_id": "c", "instrument": "i", "scale": "total"}
    rows = changes(
        [
            {**place, "patient_id": who, "episode_id": "e", "baseline": before, "latest": after}
            for who, (before, after) in scores.items()
        ],
        [place | row for row in yardsticks(own, choices)],
    )
    return {(row["method"], row["patient_id"]): row for row in rows}


def _category(row: dict[str, Any]) -> str:
    """The package calls harmed what here is deteriorated with a flag."""
    return "Harmed" if row["harmed"] else str(row["class"]).capitalize()


@pytest.mark.parametrize("method", METHODS)
def test_each_index(reference: Path, method: str) -> None:
    expected = _expected(reference, f"claus_bdi.distribution.{method}.csv")
    found = _changes(reference, "claus_bdi", "c")
    assert len(expected) == 40
    for who, row in expected.items():
        assert found[method, who]["rci"] == pytest.approx(float(row["rci"]), rel=0, abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_each_category_of_change_alone(reference: Path, method: str) -> None:
    """Without a cut-off nobody is recovered."""
    expected = _expected(reference, f"claus_bdi.distribution.{method}.csv")
    found = _changes(reference, "claus_bdi", "c")
    categories = {
        who: _category(found[method, who]).replace("Recovered", "Improved") for who in expected
    }
    told = {who: row["category"].replace("Harmed", "Deteriorated") for who, row in expected.items()}
    assert {who: each.replace("Harmed", "Deteriorated") for who, each in categories.items()} == told


@pytest.mark.parametrize("cutoff", ["a", "b", "c"])
@pytest.mark.parametrize(("name", "method"), COMBINED)
def test_each_category_with_a_cutoff(reference: Path, name: str, method: str, cutoff: Kind) -> None:
    expected = _expected(reference, f"{name}.combined.{method}.{cutoff}.csv")
    found = _changes(reference, name, cutoff)
    categories = {who: _category(found[method, who]) for who in expected}
    assert categories == {who: row["category"] for who, row in expected.items()}
    for who, row in expected.items():
        assert found[method, who]["rci"] == pytest.approx(float(row["rci"]), rel=0, abs=1e-9)


def test_the_packages_cutoff_b_is_not_that_of_jacobson_and_truax(reference: Path) -> None:
    """Theirs takes the functional group's SD: 7.69 + 2 x 7.52 = 22.73 for the BDI-II."""
    told = _parameters(reference, "claus_bdi")
    known = Known(
        direction=-1,
        scope="published",
        mean_before=35.475,
        sd_before=8.158642871599,
        reliability=told["reliability"],
        functional_mean=told["functional_mean"],
        functional_sd=told["functional_sd"],
    )
    (textbook,) = yardsticks(known, Change(cutoff="b", methods=()))
    (package,) = yardsticks(known, Change(cutoff="b", cutoff_b_sd="clinical", methods=()))
    assert textbook["cutoff"] == pytest.approx(22.73, abs=1e-9)
    assert package["cutoff"] == pytest.approx(7.69 + 2 * 8.158642871599, abs=1e-9)
