"""Recovery and reliable change over two questionnaires, as NHS Talking Therapies defines them.

One questionnaire for depression (PHQ-9) and one for anxiety (GAD-7, or the one that fits the
problem) are judged together, once the course of treatment has ended.
"""

from typing import Any

import pytest

from flows.errors import OpKoersError
from tests.rules.conftest import Serving, rows

CLOSED = 300  # days: more than 120 without a measurement end an episode


def test_the_verdicts(service: Serving) -> None:
    """A case: PHQ-9 from 10 or GAD-7 from 8. Reliable: PHQ-9 by 6, GAD-7 by 4. For recovery both
    must be below the limit of a case at the end; for improvement one must be reliably better and
    the other not reliably worse. Better on one and worse on the other is mixed."""
    published = service().published(
        """
        patient      | day | PHQ-9 | GAD-7
        both         |   0 | 15    | 12
        both         |   7 | 9     | 7
        on anxiety   |   0 | 9     | 8
        on anxiety   |   7 | 9     | 4
        still a case |   0 | 15    | 12
        still a case |   7 | 9     | 8
        unreliable   |   0 | 10    | 7
        unreliable   |   7 | 9     | 7
        no case      |   0 | 9     | 7
        no case      |   7 | 3     | 3
        just short   |   0 | 15    | 11
        just short   |   7 | 10    | 8
        worse        |   0 | 10    | 8
        worse        |   7 | 10    | 12
        worse on one |   0 | 9     | 7
        worse on one |   7 | 15    | 4
        mixed        |   0 | 15    | 8
        mixed        |   7 | 9     | 12
        """,
        as_of=CLOSED,
    )
    expected = """
        patient      | is_case_at_start | recovery | reliable_improvement | reliable_deterioration | mixed
        both         | yes              | yes      | yes                  | no                     | no
        on anxiety   | yes              | yes      | yes                  | no                     | no
        still a case | yes              | no       | yes                  | no                     | no
        unreliable   | yes              | yes      | no                   | no                     | no
        no case      | no               | no       | yes                  | no                     | no
        just short   | yes              | no       | no                   | no                     | no
        worse        | yes              | no       | no                   | yes                    | no
        worse on one | no               | no       | no                   | yes                    | no
        mixed        | yes              | no       | no                   | no                     | yes
        """  # noqa: E501
    assert published.shows("talking_therapies", expected) == rows(expected)
    recovered = published.read("""
        select patient_id from talking_therapies where reliable_recovery order by 1
    """)
    assert recovered == [("both",), ("on anxiety",)]


def test_nothing_is_said_of_half_a_course(service: Serving) -> None:
    """p1 has no GAD-7 at all, p2 only one. Both are counted as courses without a result."""
    published = service().published(
        """
        patient | day | PHQ-9 | GAD-7
        p1      |   0 | 15    | -
        p1      |   7 | 5     | -
        p2      |   0 | 15    | 12
        p2      |   7 | 5     | -
        """,
        as_of=CLOSED,
    )
    expected = """
        patient | is_paired | is_case_at_start | recovery | reliable_improvement | mixed
        p1      | no        | -                | -        | -                    | -
        p2      | no        | -                | -        | -                    | -
        """
    assert published.shows("talking_therapies", expected) == rows(expected)


def test_a_running_course_is_not_counted(service: Serving) -> None:
    drawn = "patient | day | PHQ-9 | GAD-7\np1 | 0 | 15 | 12\np1 | 7 | 5 | 4"
    published = service().published(drawn, as_of=8)
    assert published.read("select * from talking_therapies") == []


def test_a_finished_course_has_two_attended_appointments(service: Serving) -> None:
    """Where nobody recorded who came, two measurements take the place of two appointments."""
    published = service().published(
        """
        patient  | day | PHQ-9 | GAD-7
        once     |   0 | 15    | 12
        once     |   7 | 5     | 4
        twice    |   0 | 15    | 12
        twice    |   7 | 5     | 4
        nobody   |   0 | 15    | 12
        nobody   |   7 | 5     | 4
        """,
        appointments="""
        patient | starts_at | attended
        once    | 0 10:00   | yes
        once    | 7 10:00   | no
        twice   | 0 10:00   | yes
        twice   | 7 10:00   | yes
        """,
        as_of=CLOSED,
    )
    expected = """
        patient | attended | is_finished | is_paired
        once    | 1        | no          | yes
        twice   | 2        | yes         | yes
        nobody  | -        | yes         | yes
        """
    assert published.shows("talking_therapies", expected) == rows(expected)


@pytest.mark.parametrize(("first", "improved"), [("pcl-5", True), ("gad-7", False)])
def test_another_measure_for_another_anxiety(service: Serving, first: str, improved: bool) -> None:
    """For trauma the PCL-5 takes the place of the GAD-7, by the values that are set for it: from
    40 to 30 is a case no more (32) and reliable (10). Of two, the first that is named counts."""
    second = {"pcl-5": "gad-7", "gad-7": "pcl-5"}[first]
    settings = {
        "anxiety": (first, second),
        "caseness": {"pcl-5": 32.0},
        "reliable_change": {"pcl-5": 10.0},
    }
    published = service(talking_therapies=settings).published(
        """
        patient | day | PHQ-9 | GAD-7 | PCL-5
        p1      |   0 | 9     | 8     | 40
        p1      |   7 | 9     | 8     | 30
        """,
        as_of=CLOSED,
    )
    found = published.read("""
        select anxiety_measure, reliable_improvement, recovery from talking_therapies
    """)
    assert found == [(first, improved, improved)]


@pytest.mark.parametrize("wrong", [{"anxiety": ("gad7",)}, {"caseness": {"pcl5": 32.0}}])
def test_a_measure_that_does_not_exist_is_refused(service: Serving, wrong: dict[str, Any]) -> None:
    with pytest.raises(
        OpKoersError, match=r"opkoers.toml: \[talking_therapies\] names '(gad7|pcl5)'"
    ):
        service(talking_therapies=wrong).published("patient | day | PHQ-9\np1 | 0 | 9", as_of=1)


def test_the_definitions_keep_their_values_where_a_clinic_has_its_own(service: Serving) -> None:
    """By one clinic's own values these two patients are too few to say anything; the definitions
    of NHS Talking Therapies are about published ones."""
    settings = {"values": "local", "minimum_intakes": 10}
    drawn = "patient | day | PHQ-9 | GAD-7\np1 | 0 | 15 | 12\np1 | 7 | 5 | 4"
    published = service(change=settings).published(drawn, as_of=CLOSED)
    assert published.read("select class from change where method = 'JT'") == [(None,), (None,)]
    assert published.read("select reliable_recovery from talking_therapies") == [(True,)]
