"""Change by other methods than Jacobson & Truax, and by a clinic's own values.

A clinic can ask for more methods beside Jacobson & Truax, and can have limits computed from its
own intakes in place of the published ones. A report never holds both.
"""

from typing import Any

import pytest

from tests.rules.conftest import Published, Serving, rows
from tests.rules.test_change import EXAMPLE, couples

EXAMPLES = "change where patient_id = 'example'"


def test_the_worked_example_by_each_method(service: Serving) -> None:
    """From 32.5 to 47.5 with M 40, SD 7.5, reliability .80.

    The true score before is .80 x (32.5 - 40) + 40 = 34, so 13.5 points were gained on it.
    Edwards & Nunnally: 13.5 / 3.3541. Gulliksen, Lord & Novick: 13.5 / 4.5. Nunnally & Kotsch:
    13.5 / the root of (7.2 + 11.25). By percentage: 15 of 32.5 is 46 %, less than half.
    """
    published = couples(service).published(EXAMPLE, as_of=8)
    expected = """
        method | rci      | class     | cutoff
        JT     | 3.162278 | improved  | 50
        EN     | 4.024922 | improved  | 50
        GLN    | 3        | improved  | 50
        NK     | 3.142936 | improved  | 50
        PCT    | -        | unchanged | 50
        """
    assert published.shows(EXAMPLES, expected) == rows(expected)
    expected = """
        method | missing
        CM     | needs the SD after treatment
        ANCHOR | needs a minimal important difference
        """
    assert published.shows("yardstick where method in ('CM', 'ANCHOR')", expected) == rows(expected)


def test_only_those_that_are_asked_for(service: Serving) -> None:
    published = couples(service, change={"methods": ("GLN",)}).published(EXAMPLE, as_of=8)
    assert published.read("select distinct method from change order by 1") == [("GLN",), ("JT",)]


def test_half_of_the_start_is_response(service: Serving) -> None:
    """PHQ-9 from 20: 10 is half of it, 11 is not. From 0 there is no half. It says nothing of
    recovery: from 16 to 8 crosses the cut-off too. On the ORS more is better."""
    published = service().published(
        """
        patient   | day | PHQ-9 | ORS
        half      |   0 | 20    | -
        half      |   7 | 10    | -
        not quite |   0 | 20    | -
        not quite |   7 | 11    | -
        worse     |   0 | 10    | -
        worse     |   7 | 15    | -
        a bit     |   0 | 10    | -
        a bit     |   7 | 14    | -
        from 0    |   0 | 0     | -
        from 0    |   7 | 9     | -
        crossed   |   0 | 16    | -
        crossed   |   7 | 8     | -
        upwards   |   0 | -     | 20
        upwards   |   7 | -     | 30
        """,
        as_of=8,
    )
    expected = """
        patient   | class        | crossed_cutoff
        half      | improved     | no
        not quite | unchanged    | no
        worse     | deteriorated | no
        a bit     | unchanged    | no
        from 0    | -            | no
        crossed   | improved     | yes
        upwards   | improved     | yes
        """
    assert published.shows("change where method = 'PCT'", expected) == rows(expected)


def test_a_percentage_of_a_scale_that_does_not_begin_at_0_means_nothing(service: Serving) -> None:
    """The K10 runs from 10 to 50: half of 40 is not half of what is wrong."""
    published = service().published("patient | day | K10\np1 | 0 | 40\np1 | 7 | 20", as_of=8)
    expected = """
        method | missing
        PCT    | the scale does not begin at 0
        """
    assert published.shows("yardstick where method = 'PCT'", expected) == rows(expected)
    assert published.read("select method from change") == [("JT",)]


def test_the_minimal_important_difference(service: Serving) -> None:
    """5 points on the PHQ-9; 17.5 % of the score at the start on the BDI-II: 7 of 40."""
    published = service().published(
        """
        patient | day | PHQ-9 | BDI-II
        p1      |   0 | 15    | 40
        p1      |   7 | 10    | 33
        p2      |   0 | 15    | 40
        p2      |   7 | 11    | 34
        p3      |   0 | 15    | 40
        p3      |   7 | 20    | 47
        """,
        as_of=8,
    )
    expected = """
        patient | instrument | class
        p1      | phq-9      | improved
        p2      | phq-9      | unchanged
        p3      | phq-9      | deteriorated
        p1      | bdi-ii     | improved
        p2      | bdi-ii     | unchanged
        p3      | bdi-ii     | deteriorated
        """
    assert published.shows("change where method = 'ANCHOR'", expected) == rows(expected)


# ---------- a clinic's own values


def _ten(low: int, high: int, latest: int) -> str:
    """Ten patients who start at `low` and `high` in turn and end at `latest`, 200 days ago."""
    lines = ["patient | day | PHQ-9"]
    for number in range(10):
        lines.append(f"p{number} | 0 | {low if number % 2 else high}")
        lines.append(f"p{number} | 7 | {latest + number % 2}")
    return "\n".join(lines)


LOCAL: dict[str, Any] = {"values": "local", "minimum_intakes": 10, "cutoff": "a"}


def _thresholds(published: Published) -> list[tuple[Any, ...]]:
    return published.read("""
        select round(threshold, 4), threshold_rule, round(cutoff, 4), cutoff_rule, intakes, scope
        from yardstick where method = 'JT'
    """)


def test_own_values_are_computed_from_the_own_intake(service: Serving) -> None:
    """Five of 10 and five of 20: M 15, SD = sqrt(250 / 9) = 5.2705. PHQ-9 reliability .84:
    1.959964 x sqrt(2) x 5.2705 x .4 = 5.8435 points. Cut-off a: 15 - 2 x 5.2705 = 4.4591."""
    published = service(change=LOCAL).published(_ten(10, 20, 4), as_of=207)
    assert _thresholds(published) == [(5.8435, ">", 4.4591, ">", 10, "local")]
    found = published.read("""
        select class, count(*) from change where method = 'JT' group by class order by class
    """)
    assert found == [("recovered", 5), ("unchanged", 5)]
    ((lower, upper),) = published.read("""
        select round(threshold_lower, 2), round(threshold_upper, 2)
        from yardstick where method = 'JT'
    """)
    assert lower < 5.84 < upper


def test_every_method_has_its_constants_then(service: Serving) -> None:
    """Of all ten the end is known as well: M after 4.5. All end nearly alike, so that HA, which
    asks for differences that are more than error, says so."""
    published = service(change=LOCAL).published(_ten(10, 20, 4), as_of=207)
    expected = """
        method | mean_before | mean_after | pairs | intakes | missing
        JT     | 15          | 4.5        | 10    | 10      | -
        CM     | 15          | 4.5        | 10    | 10      | -
        EN     | 15          | 4.5        | 10    | 10      | -
        GLN    | 15          | 4.5        | 10    | 10      | -
        HLL    | 15          | 4.5        | 10    | 10      | -
        NK     | 15          | 4.5        | 10    | 10      | -
        """
    shown = "yardstick where method not in ('PCT', 'ANCHOR', 'HA')"
    assert published.shows(shown, expected) == rows(expected)
    missing = published.read("select missing from yardstick where method = 'HA'")
    assert missing == [("needs differences that are more than error",)]


def test_running_treatments_have_no_end_yet(service: Serving) -> None:
    """On day 8 no treatment has ended: their start counts, what they reached does not."""
    published = service(change=LOCAL).published(_ten(10, 20, 4), as_of=8)
    expected = """
        method | missing
        JT     | -
        HLL    | needs more pairs of before and after: there are 0 of 10
        """
    assert published.shows("yardstick where method in ('JT', 'HLL')", expected) == rows(expected)


def test_too_few_intakes_say_nothing(service: Serving) -> None:
    """Ten intakes where eleven are asked for: nothing is judged, no rule fires, and no published
    value takes their place."""
    settings = {**LOCAL, "minimum_intakes": 11}
    published = service(change=settings).published(_ten(10, 20, 26), as_of=8)
    assert _thresholds(published) == [(None, None, None, None, 10, "local")]
    ((told, classes, cutoffs),) = published.read("""
        select any_value(definition), count(class), count(cutoff)
        from change where method = 'JT'
    """)
    assert told == (
        "no reliable-change value configured: a local one needs more intakes: there are 10 of 11"
    )
    assert (classes, cutoffs) == (0, 0)
    assert published.read("select * from signal") == []


@pytest.mark.parametrize(("values", "points", "red"), [("local", 1.1687, 5), ("published", 6, 0)])
def test_signals_judge_by_the_same_values(
    service: Serving, values: str, points: float, red: int
) -> None:
    """Five of 14 and five of 16: SD 1.0541, so more than 1.1687 points is reliable. From
    14 to 18 is red by own values and not by the published 6; from 16 to 17 by neither."""
    drawn = _ten(14, 16, 17).replace("PHQ-9", "session | PHQ-9", 1)
    lines = [
        line.replace("| 0 |", "| 0 | 1 |").replace("| 7 |", "| 7 | 2 |")
        for line in drawn.splitlines()
    ]
    published = service(change={**LOCAL, "values": values}).published("\n".join(lines), as_of=8)
    assert _thresholds(published)[0][0] == points
    assert published.read("select count(*) from signal where level = 'red'") == [(red,)]


def test_an_alliance_is_no_outcome_by_own_values_either(service: Serving) -> None:
    drawn = _ten(30, 40, 20).replace("PHQ-9", "SRS")
    published = service(change=LOCAL).published(drawn, as_of=8)
    expected = """
        class | cutoff | definition
        -     | -      | no reliable-change value configured: an alliance is no outcome
        """
    assert published.shows("(from change where patient_id = 'p1')", expected) == rows(expected)


@pytest.mark.parametrize("values", ["published", "local"])
def test_a_report_never_holds_both(service: Serving, values: str) -> None:
    """The SRS has no reliability that counts and the CORE-10 too few intakes: nothing of theirs
    comes from elsewhere."""
    drawn = "\n".join(
        f"{line} | {extra}"
        for line, extra in zip(
            _ten(10, 20, 4).splitlines(),
            ["CORE-10 | SRS", *(["20 | 38"] * 2), *(["- | 38"] * 18)],
            strict=True,
        )
    )
    published = service(change={**LOCAL, "values": values}).published(drawn, as_of=8)
    assert published.read("select distinct scope from yardstick") == [(values,)]
    assert published.read("select distinct scope from change") == [(values,)]
