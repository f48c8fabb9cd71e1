"""Wilson intervals against scipy's own, an implementation independent of ours."""

import pytest
from scipy.stats import binomtest

from flows.statistics.proportion import share


@pytest.mark.parametrize(("count", "n"), [(0, 1), (1, 1), (0, 10), (3, 10), (36, 40), (5000, 9999)])
def test_wilson_interval(count: int, n: int) -> None:
    found = share(count, n)
    expected = binomtest(count, n).proportion_ci(confidence_level=0.95, method="wilson")
    assert found is not None
    assert (found.lower, found.upper) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert found.value == count / n


def test_a_share_of_nothing_is_no_share() -> None:
    assert share(0, 0) is None


def test_more_than_all_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and n"):
        share(3, 2)
