"""Which rules look at the therapeutic alliance: a drop from where it came from, and its return.

How much an SRS usually varies is learned from earlier patients. Here two are enough, whose scores
went up and down by two points: that gives a usual variation of 1.26 points.
"""

from tests.rules.conftest import Serving, rows

# Four forms each: 31, 33, 31, 33. The line through them rises by 0.4 a form, leaving squares of
# 4 - 0.8 = 3.2 with 2 degrees of freedom: an SD of 1.2649 for each, and for both together.
HEAD = """
    patient | day  | session | SRS
    e1      | -200 | 1       | 31
    e1      | -193 | 2       | 33
    e1      | -186 | 3       | 31
    e1      | -179 | 4       | 33
    e2      | -200 | 1       | 31
    e2      | -193 | 2       | 33
    e2      | -186 | 3       | 31
    e2      | -179 | 4       | 33"""
TWO = {"alliance_minimum_episodes": 2}


def test_a_drop_of_one_sd_is_information_and_beyond_two_asks(service: Serving) -> None:
    """The usual variation is 1.26 points. p1 falls by 2, more than one of them; p2 by 3, more than
    two (2.53); p3 by 1, less than one; p4 goes down by 1 each time, together 2."""
    published = service(signals=TWO).published(
        HEAD
        + """
        p1      |   0 | 1       | 39
        p1      |   7 | 2       | 37
        p2      |   0 | 1       | 39
        p2      |   7 | 2       | 36
        p3      |   0 | 1       | 39
        p3      |   7 | 2       | 38
        p4      |   0 | 1       | 39
        p4      |   7 | 2       | 38
        p4      |  14 | 3       | 37
        """,
        as_of=15,
    )
    expected = """
        patient | session | kind             | level | score
        p1      | 2       | alliance_rupture | info  | 37
        p2      | 2       | alliance_rupture | amber | 36
        p4      | 3       | alliance_rupture | info  | 37
        """
    ours = "signal where kind = 'alliance_rupture' and measured_at >= '2026-01-01'"
    assert published.shows(ours, expected) == rows(expected)
    sds = f"select distinct round((reason ->> 'sd')::double, 4) from {ours}"
    assert published.read(sds) == [(1.2649,)]


def test_a_drop_that_persists_asks_and_a_repair_is_told(service: Serving) -> None:
    """p1 falls by 2 and stays there: information, then amber. p2 is back within half a variation
    (0.63 points) of 39 at the next session."""
    published = service(signals=TWO).published(
        HEAD
        + """
        p1      |   0 | 1       | 39
        p1      |   7 | 2       | 37
        p1      |  14 | 3       | 37
        p2      |   0 | 1       | 39
        p2      |   7 | 2       | 37
        p2      |  14 | 3       | 38.5
        """,
        as_of=15,
    )
    expected = """
        patient | session | kind             | level
        p1      | 2       | alliance_rupture | info
        p1      | 3       | alliance_rupture | amber
        p2      | 2       | alliance_rupture | info
        p2      | 3       | alliance_repair  | info
        """
    ours = "signal where kind like 'alliance%' and measured_at >= '2026-01-01'"
    assert published.shows(ours, expected) == rows(expected)
    expected = """
        patient | kind             | level | opened_at | next_step
        p1      | alliance_rupture | amber | 14        | discuss_alliance
        """
    assert published.shows("alert_list", expected) == rows(expected)


def test_without_any_variation_known_there_is_no_drop(service: Serving) -> None:
    """One patient, nobody before: whether 30 after 39 is much cannot be said from two forms. From
    the fifth on the patient's own line can say it; all alike, there still is nothing to say by."""
    published = service().published(
        """
        patient | day | session | SRS
        p1      |   0 | 1       | 39
        p1      |   7 | 2       | 36.5
        p2      |   0 | 1       | 39
        p2      |   7 | 2       | 39
        p2      |  14 | 3       | 39
        p2      |  21 | 4       | 39
        p2      |  28 | 5       | 36
        p3      |   0 | 1       | 38
        p3      |   7 | 2       | 39
        p3      |  14 | 3       | 38
        p3      |  21 | 4       | 39
        p3      |  28 | 5       | 36
        """,
        as_of=29,
    )
    expected = """
        patient | session | kind             | level
        p3      | 5       | alliance_rupture | amber
        """
    assert published.shows("signal where kind = 'alliance_rupture'", expected) == rows(expected)


def test_no_alliance_questionnaire_after_a_low_one_is_told_once(service: Serving) -> None:
    """p1 gave 30 and then filled in only the PHQ-9, twice. p2 gave 30, and then 31. p3 gave 36,
    which is not low."""
    published = service().published(
        """
        patient | day | session | PHQ-9 | SRS
        p1      |   0 | 1       | 12    | 30
        p1      |   7 | 2       | 12    | -
        p1      |  14 | 3       | 12    | -
        p2      |   0 | 1       | 12    | 30
        p2      |   7 | 2       | 12    | 31
        p3      |   0 | 1       | 12    | 36
        p3      |   7 | 2       | 12    | -
        """,
        as_of=15,
    )
    expected = """
        patient | session | kind             | level
        p1      | 2       | missing_alliance | info
        """
    assert published.shows("signal where kind = 'missing_alliance'", expected) == rows(expected)
