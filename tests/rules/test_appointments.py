"""Sessions are appointments that were attended: numbers, and the start that change is counted from.

Every appointment in these tables stands at 10:00; a form of a day without an hour was filled in
before it.
"""

from tests.rules.conftest import Serving, rows

EPISODE = "patient | episode | started_on | ended_on\np1 | E1 | 0 | 60"


def test_a_session_number_is_the_count_of_attended_appointments(service: Serving) -> None:
    """Up to and including the day of the form. The patient did not come on day 7, and of day 21 it
    is not known. A number that the export itself gives stands (day 28). A follow-up has none."""
    published = service().published(
        """
        patient | day      | session | PHQ-9
        p1      | -3       | -       | 10
        p1      | 0        | -       | 10
        p1      | 7        | -       | 10
        p1      | 14 11:00 | -       | 10
        p1      | 21       | -       | 10
        p1      | 28       | 9       | 10
        p1      | 61       | -       | 10
        """,
        episodes=EPISODE,
        appointments="""
        patient | starts_at | attended
        p1      | 0 10:00   | yes
        p1      | 7 10:00   | no
        p1      | 14 10:00  | yes
        p1      | 21 10:00  | -
        p1      | 28 10:00  | yes
        """,
        as_of=70,
    )
    expected = """
        day      | session
        -3       | 0
        0        | 1
        7        | 1
        14 11:00 | 2
        21       | 2
        28       | 9
        61       | -
        """
    assert published.shows("assessment", expected) == rows(expected)


def test_which_appointments_are_an_episodes_own(service: Serving) -> None:
    """Those that name it, and those from 30 days before its start up to its end. The one of day 65
    comes after the end and counts for none; the one of day 66 names E1 and counts for it."""
    published = service().published(
        "patient | day | PHQ-9\np1 | 0 | 10",
        episodes=EPISODE,
        appointments="""
        patient | starts_at | episode | attended
        p1      | -31       | -       | yes
        p1      | -30       | -       | yes
        p1      | 60        | -       | yes
        p1      | 65        | -       | yes
        p1      | 66        | E1      | yes
        """,
        as_of=70,
    )
    expected = """
        episode | starts_at | sessions_so_far
        E1      | -30       | 1
        E1      | 60        | 2
        E1      | 66        | 3
        """
    assert published.shows("placed_appointment", expected) == rows(expected)


def test_without_recorded_episodes_sessions_belong_to_the_stretch_of_measuring(
    service: Serving,
) -> None:
    """p1 was measured from day 0 on and again, after a gap, from day 200 on: that is session 1
    again. p2's forms name an episode of which no dates are known; it has two sessions too."""
    published = service().published(
        """
        patient | episode | day | PHQ-9
        p1      | -       | 0   | 10
        p1      | -       | 14  | 10
        p1      | -       | 200 | 10
        p2      | E1      | 0   | 10
        p2      | -       | 14  | 10
        """,
        appointments="""
        patient | starts_at | attended
        p1      | -7 10:00  | yes
        p1      | 14 10:00  | yes
        p1      | 199 10:00 | yes
        p2      | -7 10:00  | yes
        p2      | 14 10:00  | yes
        """,
        as_of=201,
    )
    expected = """
        patient | episode     | day | session
        p1      | p1-20260101 | 0   | 1
        p1      | p1-20260101 | 14  | 2
        p1      | p1-20260720 | 200 | 1
        p2      | E1          | 0   | 1
        p2      | E1          | 14  | 2
        """
    assert published.shows("assessment", expected) == rows(expected)


def test_the_baseline_is_the_last_score_up_to_the_first_attended_session(
    service: Serving,
) -> None:
    """p1 did not come on day 0, so that treatment began on day 7 and the form of day 6 is the
    start, not that of day -1. p2's first form is 3 days after the first session. p3's is 15 days
    after: none. p4 has not come yet: none so far. Session numbers of the forms give way to what
    is known of appointments; p5 has no appointments and starts by its numbers."""
    published = service().published(
        """
        patient | day      | session | PHQ-9
        p1      | -1       | 1       | 20
        p1      | 6        | 2       | 18
        p1      | 7 11:00  | 2       | 17
        p2      | 10       | -       | 15
        p3      | 22       | -       | 14
        p4      | -1       | -       | 13
        p5      | -1       | 0       | 12
        p5      | 0        | 1       | 11
        p5      | 7        | 2       | 10
        """,
        appointments="""
        patient | starts_at | attended
        p1      | 0 10:00   | no
        p1      | 7 10:00   | yes
        p2      | 7 10:00   | yes
        p3      | 7 10:00   | yes
        p4      | 0 10:00   | no
        """,
        as_of=30,
    )
    expected = """
        patient | baseline_score | baseline_at | rule
        p1      | 18             | 6           | before_first_session
        p2      | 15             | 10          | after_first_session
        p5      | 11             | 0           | before_first_session
        """
    assert published.shows("baseline", expected) == rows(expected)


def test_where_nobody_says_who_came_appointments_count_for_nothing(service: Serving) -> None:
    """An export that leaves open who came must not take the start away."""
    published = service().published(
        "patient | day | PHQ-9\np1 | 0 | 20\np1 | 7 | 10",
        appointments="patient | starts_at | attended\np1 | 0 | -\np1 | 7 | -",
        as_of=30,
    )
    expected = """
        baseline_score | rule
        20             | first_valid_assessment
        """
    assert published.shows("baseline", expected) == rows(expected)
    assert published.shows("assessment", "session") == [{"session": "-"}, {"session": "-"}]


def test_a_follow_up_is_never_a_baseline(service: Serving) -> None:
    """The only form came after the end."""
    published = service().published(
        "patient | day | PHQ-9\np1 | 61 | 20\np1 | 90 | 10", episodes=EPISODE, as_of=100
    )
    assert published.read("select * from baseline") == []
    assert published.read("select * from change") == []


def test_appointments_after_the_day_of_the_data_are_not_known(service: Serving) -> None:
    published = service().published(
        "patient | day | PHQ-9\np1 | 0 | 20\np1 | 7 | 10",
        appointments="patient | starts_at | attended\np1 | 7 10:00 | yes\np1 | 8 00:00 | yes",
        as_of=7,
    )
    expected = """
        day | session
        0   | 0
        7   | 1
        """
    assert published.shows("assessment", expected) == rows(expected)
