"""Against the worked example that Jacobson & Truax (1991) print, as RULES of the field give it."""

import pytest

from flows.statistics.reliable_change import (
    reliable_change_points,
    standard_error_from_points,
    standard_error_of_difference,
)


def test_the_worked_example() -> None:
    """SD 7.5, reliability .80: S_diff 4.7434, RCI 9.2969 points; 32.5 -> 47.5 gives 3.1623."""
    s_diff = standard_error_of_difference(7.5, 0.80)
    assert s_diff == pytest.approx(4.7434, abs=5e-5)
    assert reliable_change_points(7.5, 0.80, 1.959964) == pytest.approx(9.2969, abs=5e-5)
    assert (47.5 - 32.5) / s_diff == pytest.approx(3.1623, abs=5e-5)


def test_points_lead_back_to_the_standard_error() -> None:
    assert standard_error_from_points(9.2969, 1.959964) == pytest.approx(4.7434, abs=5e-5)


@pytest.mark.parametrize(("sd", "reliability"), [(-1, 0.8), (7.5, 1.2), (7.5, -0.1)])
def test_impossible_numbers_are_refused(sd: float, reliability: float) -> None:
    with pytest.raises(ValueError, match="reliability"):
        standard_error_of_difference(sd, reliability)


def test_a_z_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="z must"):
        standard_error_from_points(6, 0)
