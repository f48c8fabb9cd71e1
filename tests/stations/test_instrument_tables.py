"""What SQL gets to know of the questionnaires."""

import pytest

from tests.conftest import Demo


def test_the_standard_error_of_a_difference_reaches_sql(demo: Demo) -> None:
    """5.20 / 1.959964 and 3.53 / 1.959964 by hand; none where no unrounded value is known."""
    known = dict(demo.rows("select instrument, s_diff from instrument_scale"))
    assert known["phq-9"] == pytest.approx(2.653110, abs=5e-7)
    assert known["gad-7"] == pytest.approx(1.801053, abs=5e-7)
    assert known["ors"] is None
