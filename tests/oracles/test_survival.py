"""Survival against the R package survival 3.5-3: its recorded results, and R itself."""

from pathlib import Path

import numpy as np
import pytest

from tests.accuracy.survival import Compared, against_r, against_recorded, difference
from tests.conftest import skip_or_fail
from tests.oracles.r_survival import has_r


def test_every_column_of_the_recorded_curves(reference: Path) -> None:
    """20 sessions of all patients, and of both formats, eight columns each."""
    rows = list(against_recorded(reference))
    assert [row.numbers for row in rows] == [20 * 8, 40 * 8]
    assert all(row.difference <= 1e-10 for row in rows), rows


@pytest.fixture(scope="module")
def compared() -> dict[str, Compared]:
    """What was asked (its first word) -> how far from R."""
    if not has_r():
        skip_or_fail("there is no R with its package survival")
    return {row.what.split(",")[0]: row for row in against_r()}


@pytest.mark.parametrize(
    ("what", "allowed", "at_least"),
    [
        ("Kaplan-Meier", 1e-10, 4000),
        ("Aalen-Johansen", 1e-8, 4000),
        ("log-rank of up to 5 groups", 1e-10, 150),
        ("log-rank in 3 strata", 1e-10, 100),
    ],
)
def test_random_services_are_as_in_r(
    compared: dict[str, Compared], what: str, allowed: float, at_least: int
) -> None:
    assert compared[what].difference <= allowed
    assert compared[what].numbers >= at_least


def test_a_difference_is_seen() -> None:
    ours, theirs = np.array([1, np.nan, np.inf, 2, 0.5]), np.array([1, np.nan, np.inf, np.nan, 0.4])
    assert list(difference(ours, theirs)) == pytest.approx([0, 0, 0, np.inf, 0.1])
    assert list(difference(ours, theirs[:2])) == [np.inf]
