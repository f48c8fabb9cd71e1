"""Reliable and clinically significant change (Jacobson & Truax 1991).

Change is reliable when it is more than the questionnaire's own measurement error explains.
Recovered is who also went from the clinical to the functional side of the cut-off; harmed is who
got reliably worse and went the other way.
"""

from typing import Any

import pytest

from tests.rules.conftest import Service, Serving, rows
from tests.rules.test_scoring import SCALE

JT = "change where method = 'JT'"


def test_classes_of_a_symptom_scale(service: Serving) -> None:
    """PHQ-9: lower is better, 6 points are reliable, 10 and more is clinical.

    From 9 to 15 is 6 worse and becomes clinical: harmed. From 15 to 9 is 6 better and becomes
    functional: recovered. From 10 to 9 crosses the cut-off without reliable change. From 9 to 3
    is improved and cannot be recovered: it was no case at the start.
    """
    published = service().published(
        """
        patient         | day | session | PHQ-9
        recovered       |   0 | 1       | 15
        recovered       |   7 | 2       | 9
        improved        |   0 | 1       | 16
        improved        |   7 | 2       | 10
        not by 5        |   0 | 1       | 15
        not by 5        |   7 | 2       | 10
        no case         |   0 | 1       | 9
        no case         |   7 | 2       | 3
        crossed         |   0 | 1       | 10
        crossed         |   7 | 2       | 9
        worse           |   0 | 1       | 10
        worse           |   7 | 2       | 16
        worse and well  |   0 | 1       | 2
        worse and well  |   7 | 2       | 8
        harmed          |   0 | 1       | 9
        harmed          |   7 | 2       | 15
        not yet harmed  |   0 | 1       | 9
        not yet harmed  |   7 | 2       | 14
        """,
        as_of=8,
    )
    expected = """
        patient        | class        | harmed | crossed_cutoff | is_case_at_start
        recovered      | recovered    | no     | yes            | yes
        improved       | improved     | no     | no             | yes
        not by 5       | unchanged    | no     | no             | yes
        no case        | improved     | no     | no             | no
        crossed        | unchanged    | no     | yes            | yes
        worse          | deteriorated | no     | no             | yes
        worse and well | deteriorated | no     | no             | no
        harmed         | deteriorated | yes    | yes            | no
        not yet harmed | unchanged    | no     | yes            | no
        """
    assert published.shows(JT, expected) == rows(expected)
    unreliable = published.read(f"select patient_id from {JT} and crossed_without_reliable_change")
    assert unreliable == [("crossed",)]


def test_classes_of_a_wellbeing_scale(service: Serving) -> None:
    """ORS: higher is better, reliable from 5 points, clinical below 25.

    From 15.1 to 20.1 is exactly 5, and reliable; a gain of 4.9 is not. From 20 to 25 is
    recovered: 25 is functional.
    """
    published = service().published(
        """
        patient | day | session | ORS
        up 5    |   0 | 1       | 15.1
        up 5    |   7 | 2       | 20.1
        up 5.9  |   0 | 1       | 15.1
        up 5.9  |   7 | 2       | 21
        up 4.9  |   0 | 1       | 15.1
        up 4.9  |   7 | 2       | 20
        to 25   |   0 | 1       | 20
        to 25   |   7 | 2       | 25
        down 5  |   0 | 1       | 20.1
        down 5  |   7 | 2       | 15.1
        harmed  |   0 | 1       | 25
        harmed  |   7 | 2       | 20
        """,
        as_of=8,
    )
    expected = """
        patient | class        | harmed | crossed_cutoff | is_case_at_start | rci
        up 5    | improved     | no     | no             | yes              | -
        up 5.9  | improved     | no     | no             | yes              | -
        up 4.9  | unchanged    | no     | no             | yes              | -
        to 25   | recovered    | no     | yes            | yes              | -
        down 5  | deteriorated | no     | no             | yes              | -
        harmed  | deteriorated | yes    | yes            | no               | -
        """
    assert published.shows(JT, expected) == rows(expected)


def test_it_is_the_last_valid_score_that_counts(service: Serving) -> None:
    """On day 14 an answer was left blank, so day 7 is the last; one score alone is no change."""
    published = service().published(
        """
        patient | day | session | PHQ-9
        p1      |   0 | 1       | 20
        p1      |   7 | 2       | 15
        p1      |  14 | 3       | 1 1 1 1 1 1 1 1 .
        p2      |   0 | 1       | 20
        """,
        as_of=15,
    )
    expected = """
        patient | baseline | latest | baseline_at | latest_at | class
        p1      | 20       | 15     | 0           | 7         | unchanged
        """
    assert published.shows(JT, expected) == rows(expected)


def test_reliable_change_index_of_the_phq_9(service: Serving) -> None:
    """The published 5.20 points at z = 1.959964 are a standard error of 2.653110, and 6 points are
    2.261497 of those. The index keeps the sign of the scores: worse is above 0 on the PHQ-9."""
    published = service().published(
        "patient | day | session | PHQ-9\np1 | 0 | 1 | 10\np1 | 7 | 2 | 16",
        as_of=8,
    )
    expected = """
        rci      | scope
        2.261497 | published
        """
    assert published.shows(JT, expected) == rows(expected)
    assert published.read(f"select definition from {JT}") == [
        ("Jacobson & Truax 1991; reliable change >= 6 points; clinical >= 10; published values",)
    ]


DAS = """
id = "das"
name = "Worked example of Jacobson & Truax 1991"
short_name = "DAS"
version = "1"
measures = "functioning"
rater = "self"
respondent = "patient"
licence = "free"
items = 2
item_minimum = 0
item_maximum = 30
item_source = "made up for this test"
item_evidence = "D"
"""
CONSTANT = """
[scale.{name}]
value = {value}
source = "worked example of Jacobson & Truax 1991"
population = "couples"
evidence = "K"
"""
CONSTANTS = {
    "clinical_mean": 40,
    "clinical_sd": 7.5,
    "functional_mean": 60,
    "functional_sd": 7.5,
    "reliability": '0.80\nkind = "not stated"',
}


def couples(service: Serving, **settings: Any) -> Service:
    """A service whose own instrument has the constants of the example and no thresholds."""
    serving = service(**settings)
    scale = SCALE.format(id="total", items=[1, 2]).replace("lower", "higher")
    scale = scale.replace("maximum = 6", "maximum = 60")
    constants = "".join(CONSTANT.format(name=n, value=value) for n, value in CONSTANTS.items())
    (serving.home / "instruments" / "das.toml").write_text(DAS + scale + constants)
    return serving


EXAMPLE = """
        patient  | day | DAS
        example  |   0 | 32.5
        example  |   7 | 47.5
        to 50    |   0 | 32.5
        to 50    |   7 | 50
        below 50 |   0 | 32.5
        below 50 |   7 | 49.9
        by 9.3   |   0 | 30
        by 9.3   |   7 | 39.3
        by 9.29  |   0 | 30
        by 9.29  |   7 | 39.29
        """


def test_the_worked_example_of_jacobson_and_truax(service: Serving) -> None:
    """SEM = 7.5 x sqrt(1 - .80) = 3.3541; S_diff = sqrt(2) x 3.3541 = 4.7434; 1.959964 times
    that is 9.2969 points, which must be exceeded. From 32.5 to 47.5 is 15 / 4.7434 = 3.1623.
    Cut-off c lies half-way between 40 and 60, both SD being 7.5; 50 itself is functional."""
    published = couples(service).published(EXAMPLE, as_of=8)
    expected = """
        patient  | class     | is_case_at_start | rci
        example  | improved  | yes              | 3.162278
        to 50    | recovered | yes              | 3.689324
        below 50 | improved  | yes              | 3.668242
        by 9.3   | improved  | yes              | 1.960612
        by 9.29  | unchanged | yes              | 1.958504
        """
    assert published.shows(JT, expected) == rows(expected)
    expected = """
        threshold | threshold_rule | standard_error | cutoff | cutoff_rule | cutoff_kind | scope
        9.296926  | >              | 4.743416       | 50     | <           | c           | published
        """
    assert published.shows("yardstick where method = 'JT'", expected) == rows(expected)
    ((definition,),) = published.read(f"select distinct definition from {JT}")
    assert definition == (
        "Jacobson & Truax 1991; reliable change > 9.296926 points (SD 7.5, reliability 0.8);"
        " clinical < 50 (cut-off c: M 40, SD 7.5, functional M 60, functional SD 7.5);"
        " published values"
    )


@pytest.mark.parametrize(("kind", "cutoff"), [("a", 55), ("b", 45), ("c", 50)])
def test_the_three_cutoffs(service: Serving, kind: str, cutoff: float) -> None:
    """a = 40 + 2 x 7.5; b = 60 - 2 x 7.5; c between them."""
    published = couples(service, change={"cutoff": kind}).published(EXAMPLE, as_of=8)
    assert published.read("select cutoff, cutoff_kind from yardstick where method = 'JT'") == [
        (cutoff, kind)
    ]


def test_without_a_reliable_change_value_there_is_no_class(service: Serving) -> None:
    """The SRS has none: an alliance is not an outcome."""
    published = service().published(
        "patient | day | session | SRS\np1 | 0 | 1 | 30\np1 | 7 | 2 | 39", as_of=8
    )
    expected = """
        class | rci | harmed | definition
        -     | -   | no     | no reliable-change value configured
        """
    assert published.shows(JT, expected) == rows(expected)
