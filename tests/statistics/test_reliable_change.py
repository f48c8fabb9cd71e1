"""Against the worked example that Jacobson & Truax (1991) print, as RULES of the field give it."""

import pytest

from flows.statistics.reliable_change import (
    cutoff_a,
    cutoff_b,
    cutoff_c,
    reliability_of_differences,
    reliability_of_sd,
    reliable_change_points,
    standard_error_from_points,
    standard_error_of_difference,
    standard_error_of_measurement,
)


def test_the_worked_example() -> None:
    """SD 7.5, reliability .80: SEM 3.3541, S_diff 4.7434, RCI 9.2969 points; 32.5 -> 47.5 gives
    3.1623."""
    s_diff = standard_error_of_difference(7.5, 0.80)
    assert standard_error_of_measurement(7.5, 0.80) == pytest.approx(3.3541, abs=5e-5)
    assert s_diff == pytest.approx(4.7434, abs=5e-5)
    assert reliable_change_points(7.5, 0.80, 1.959964) == pytest.approx(9.2969, abs=5e-5)
    assert (47.5 - 32.5) / s_diff == pytest.approx(3.1623, abs=5e-5)


def test_the_cutoffs_of_the_worked_example() -> None:
    """Means 40 and 60, both SD 7.5: a 55, b 45, c 50; mirrored where lower is better."""
    assert (cutoff_a(40, 7.5, 1), cutoff_b(60, 7.5, 1), cutoff_c(40, 7.5, 60, 7.5)) == (55, 45, 50)
    assert (cutoff_a(60, 7.5, -1), cutoff_b(40, 7.5, -1)) == (45, 55)


def test_cutoff_c_lies_as_many_sds_from_either_mean() -> None:
    """BDI-II of claus_2020: 35.475 (8.16) and 7.69 (7.52) meet at 21.02."""
    found = cutoff_c(35.475, 8.1586, 7.69, 7.52)
    assert found == pytest.approx(21.017, abs=5e-4)
    assert (35.475 - found) / 8.1586 == pytest.approx((found - 7.69) / 7.52, rel=1e-12)


def test_points_lead_back_to_the_standard_error() -> None:
    assert standard_error_from_points(9.2969, 1.959964) == pytest.approx(4.7434, abs=5e-5)


def test_reliability_of_differences() -> None:
    """Equal spread 10, reliability .90 twice and correlation .50: (.90 - .50) / (1 - .50)."""
    sem = standard_error_of_measurement(10, 0.90)
    assert reliability_of_sd(10, sem) == pytest.approx(0.90, rel=1e-12)
    assert reliability_of_differences(10, 10, 0.50, sem) == pytest.approx(0.80, rel=1e-12)


@pytest.mark.parametrize(("sd", "reliability"), [(-1, 0.8), (7.5, 1.2), (7.5, -0.1)])
def test_impossible_numbers_are_refused(sd: float, reliability: float) -> None:
    with pytest.raises(ValueError, match="reliability"):
        standard_error_of_difference(sd, reliability)


def test_a_z_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="z must"):
        standard_error_from_points(6, 0)


def test_groups_without_spread_are_refused() -> None:
    with pytest.raises(ValueError, match="standard deviations"):
        cutoff_c(40, 0, 60, 0)
    with pytest.raises(ValueError, match="above 0"):
        reliability_of_sd(0, 1)
    with pytest.raises(ValueError, match="no spread"):
        reliability_of_differences(10, 10, 1, 3)
