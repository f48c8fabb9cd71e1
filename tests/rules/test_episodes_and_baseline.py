"""Which treatment a questionnaire belongs to, and from which score change is counted.

An episode is one course of treatment. Where a clinic exports none, a long time without any
measurement ends one. The score at the start, the baseline, is fixed once and never moves.
"""

from tests.rules.conftest import Serving, rows


def test_a_gap_of_more_than_120_days_starts_a_new_episode(service: Serving) -> None:
    """Day 120 is 120 days after day 0 and still the same episode; day 121 is not.

    The time of day does not count: from 23:00 on day 0 to 01:00 on day 120 is 120 days.
    """
    published = service().published(
        """
        patient | day       | PHQ-9
        same    |   0 23:00 | 10
        same    | 120 01:00 | 10
        other   |   0       | 10
        other   | 121       | 10
        """,
        as_of=130,
    )
    expected = """
        patient | episode        | day       | assessment_no
        same    | same-20260101  | 0 23:00   | 1
        same    | same-20260101  | 120 01:00 | 2
        other   | other-20260101 | 0         | 1
        other   | other-20260502 | 121       | 1
        """
    assert published.shows("assessment", expected) == rows(expected)
    # The first episode of `other` ended after the gap, one day before the second began.
    expected = """
        episode        | started_at | last_measured_at | is_closed | ended_at | origin
        same-20260101  | 0 23:00    | 120 01:00        | no        | -        | gap
        other-20260101 | 0          | 0                | yes       | 120      | gap
        other-20260502 | 121        | 121              | no        | -        | gap
        """
    assert published.shows("episode", expected) == rows(expected)


def test_an_episode_runs_until_nothing_was_measured_for_longer_than_the_gap(
    service: Serving,
) -> None:
    """On day 130, day 10 is 120 days ago (running) and day 9 is 121 days ago (ended on 129)."""
    published = service().published(
        "patient | day | PHQ-9\np1 | 10 | 10\np2 | 9 | 10",
        as_of=130,
    )
    expected = """
        patient | is_closed | ended_at
        p1      | no        | -
        p2      | yes       | 129
        """
    assert published.shows("episode", expected) == rows(expected)


def test_an_exported_episode_ends_when_the_next_one_begins(service: Serving) -> None:
    """E2 began on day 20, after the last measurement of E1. E3 and E4 run side by side."""
    published = service().published(
        """
        patient | episode | day | therapist | PHQ-9
        p1      | E1      |   0 | t1        | 10
        p1      | E1      |   7 | t2        | 10
        p1      | E2      |  20 | t2        | 10
        p2      | E3      |   0 | t1        | 10
        p2      | E4      |   7 | t9        | 10
        p2      | E3      |  14 | t1        | 10
        p2      | E4      |  15 | t9        | 10
        """,
        as_of=21,
    )
    expected = """
        episode | therapist | started_at | last_measured_at | is_closed | ended_at | origin
        E1      | t2        | 0          | 7                | yes       | 20       | export
        E2      | t2        | 20         | 20               | no        | -        | export
        E3      | t1        | 0          | 14               | no        | -        | export
        E4      | t9        | 7          | 15               | no        | -        | export
        """
    assert published.shows("episode", expected) == rows(expected)


def test_a_change_of_therapist_never_starts_an_episode(service: Serving) -> None:
    """A form that names no therapist leaves the episode with the therapist named last."""
    published = service().published(
        """
        patient | day | therapist | PHQ-9
        p1      |   0 | t1        | 10
        p1      |   7 | t2        | 10
        p1      |  14 | -         | 10
        """,
        as_of=15,
    )
    expected = """
        patient | therapist | assessments
        p1      | t2        | 3
        """
    assert published.shows("episode", expected) == rows(expected)


def test_a_moment_without_an_episode_joins_its_neighbour(service: Serving) -> None:
    """The ORS comes from a system that knows no episodes. Before day 0 it joins the episode that
    follows, later the one that began last; day 300 comes so late that it starts an episode."""
    published = service().published(
        """
        patient | episode | day | PHQ-9 | ORS
        p1      | -       |  -7 | -     | 20
        p1      | E1      |   0 | 10    | -
        p1      | -       |   0 | -     | 20
        p1      | -       |   5 | -     | 20
        p1      | E2      |  20 | 10    | -
        p1      | -       |  27 | -     | 20
        p1      | -       | 300 | -     | 20
        """,
        as_of=301,
    )
    expected = """
        instrument | day | episode
        ors        | -7  | E1
        ors        | 0   | E1
        ors        | 5   | E1
        ors        | 27  | E2
        ors        | 300 | p1-20261028
        phq-9      | 0   | E1
        phq-9      | 20  | E2
        """
    assert published.shows("assessment", expected) == rows(expected)


def test_two_forms_of_one_moment_are_never_one(service: Serving) -> None:
    """The same questionnaire of the same moment, with and without an episode: both are kept."""
    published = service().published(
        """
        patient | episode | day | PHQ-9
        p1      | E1      |   0 | 10
        p1      | -       |   0 | 20
        """,
        as_of=1,
    )
    expected = """
        episode     | score
        E1          | 10
        p1-20260101 | 20
        """
    assert published.shows("score", expected) == rows(expected)


def test_the_baseline_is_the_last_score_up_to_the_first_session(service: Serving) -> None:
    """The first session is on day 0 for all; at most 14 days before it, else at most 14 after it.

    `before`: days -14 and -3 both count, the later one is taken. `too early`: day -15 does not
    count, so the one of day 14 is taken. `on the day`: one of an hour after the session gives
    way to the one of day -5, which was before it. `day 15` is too late: there is no start.
    `invalid`: a form with an answer left blank is passed over.
    """
    published = service().published(
        """
        patient    | day     | session | PHQ-9             | GAD-7
        before     | -14     | -       | 14                | -
        before     | -3      | 0       | 11                | -
        before     | 0 10:00 | 1       | -                 | 5
        before     | 7       | 2       | 9                 | -
        session    | 0 10:00 | 1       | 15                | -
        session    | 7       | 2       | 9                 | -
        too early  | -15     | 0       | 20                | -
        too early  | 0       | 1       | -                 | 5
        too early  | 14      | 3       | 13                | -
        day 15     | 0       | 1       | -                 | 5
        day 15     | 15      | 3       | 13                | -
        on the day | -5      | 0       | 12                | -
        on the day | 0 10:00 | 1       | -                 | 5
        on the day | 0 11:00 | 1       | 19                | -
        same day   | 0 10:00 | 1       | -                 | 5
        same day   | 0 11:00 | 1       | 19                | -
        same day   | 3       | 2       | 18                | -
        invalid    | -1      | 0       | 1 1 1 1 1 1 1 1 . | -
        invalid    | 0       | 1       | -                 | 5
        invalid    | 1       | 2       | 8                 | -
        """,
        as_of=20,
    )
    expected = """
        patient    | baseline_score | baseline_at | rule
        before     | 11             | -3          | before_first_session
        session    | 15             | 0 10:00     | before_first_session
        too early  | 13             | 14          | after_first_session
        on the day | 12             | -5          | before_first_session
        same day   | 19             | 0 11:00     | before_first_session
        invalid    | 8              | 1           | after_first_session
        """
    assert published.shows("baseline where instrument = 'phq-9'", expected) == rows(expected)


def test_without_sessions_the_first_valid_score_is_the_baseline(service: Serving) -> None:
    """A form that cannot be scored is passed over. Session 0 is an intake, not a session."""
    published = service().published(
        """
        patient | day | session | PHQ-9
        p1      |   0 | -       | 1 1 1 1 1 1 1 1 .
        p1      |  30 | -       | 17
        p1      |  60 | -       | 9
        p2      |   0 | 0       | 12
        p2      |   9 | 0       | 14
        """,
        as_of=61,
    )
    expected = """
        patient | baseline_score | baseline_at | rule
        p1      | 17             | 30          | first_valid_assessment
        p2      | 12             | 0           | first_valid_assessment
        """
    assert published.shows("baseline", expected) == rows(expected)


def test_scores_of_two_respondents_are_never_compared(service: Serving) -> None:
    """ORS is made for the patient: a form without a respondent is the patient's. The partner's
    first form is no baseline, and the partner's last one is not the patient's change. Where only
    the partner answers (p2), the series is the partner's."""
    published = service().published(
        """
        patient | day | respondent | ORS
        p1      |   0 | partner    | 30
        p1      |   1 | -          | 15
        p1      |   8 | patient    | 16
        p1      |   9 | partner    | 38
        p2      |   0 | partner    | 20
        p2      |   7 | partner    | 26
        """,
        as_of=10,
    )
    expected = """
        patient | respondent | day | assessment_no | score | baseline_score
        p1      | partner    | 0   | 1             | 30    | -
        p1      | -          | 1   | 1             | 15    | 15
        p1      | patient    | 8   | 2             | 16    | 15
        p1      | partner    | 9   | 2             | 38    | -
        p2      | partner    | 0   | 1             | 20    | 20
        p2      | partner    | 7   | 2             | 26    | 20
        """
    assert published.shows("score", expected) == rows(expected)
    expected = """
        patient | baseline | latest | class
        p1      | 15       | 16     | unchanged
        p2      | 20       | 26     | recovered
        """
    assert published.shows("change where method = 'JT'", expected) == rows(expected)
