"""Which rules look at the treatment as a whole, and at whether the patient still comes.

They tell too little treatment from enough treatment without effect, when a planned treatment has
passed, when a patient is back on course or can think of ending, and when nobody came any more.
"""

from tests.rules.conftest import Serving, rows


def test_too_little_treatment_is_told_from_enough_without_effect(service: Serving) -> None:
    """16 sessions were planned for p1: 4 of 16 is less than half. For p2 8 were planned, and 4 is
    half. For p3 nobody said how many."""
    published = service().published(
        """
        patient | episode | day | session | PHQ-9
        p1      | E1      |   0 | 1       | 17
        p1      | E1      |  21 | 4       | 16
        p2      | E2      |   0 | 1       | 17
        p2      | E2      |  21 | 4       | 16
        p3      | E3      |   0 | 1       | 17
        p3      | E3      |  21 | 4       | 16
        """,
        as_of=22,
        episodes="""
        patient | episode | started_on | planned_sessions
        p1      | E1      | 0          | 16
        p2      | E2      | 0          | 8
        p3      | E3      | 0          | -
        """,
    )
    expected = """
        patient | kind                    | level | dose
        p1      | no_reliable_improvement | info  | short
        p2      | no_reliable_improvement | info  | enough
        p3      | no_reliable_improvement | info  | -
        """
    assert published.shows("(from signal select *, reason ->> 'dose' as dose)", expected) == rows(
        expected
    )


def test_a_planned_treatment_that_passed_without_improvement_is_reviewed(
    service: Serving,
) -> None:
    """5 sessions were planned. p1 is 5 points better, which is not reliable on the PHQ-9; p2 is 6
    better; p3 is not yet at the fifth; p4 is no longer in the clinical range."""
    published = service().published(
        """
        patient | episode | day | session | PHQ-9
        p1      | E1      |   0 | 1       | 17
        p1      | E1      |  28 | 5       | 12
        p2      | E2      |   0 | 1       | 17
        p2      | E2      |  28 | 5       | 11
        p3      | E3      |   0 | 1       | 17
        p3      | E3      |  14 | 3       | 17
        p4      | E4      |   0 | 1       | 12
        p4      | E4      |  28 | 5       | 9
        """,
        as_of=29,
        episodes="""
        patient | episode | started_on | planned_sessions
        p1      | E1      | 0          | 5
        p2      | E2      | 0          | 5
        p3      | E3      | 0          | 5
        p4      | E4      | 0          | 5
        """,
    )
    expected = """
        patient | session | kind             | level
        p1      | 5       | treatment_review | amber
        """
    assert published.shows("signal where kind = 'treatment_review'", expected) == rows(expected)
    expected = """
        patient | kind             | next_step
        p1      | treatment_review | review_treatment
        """
    assert published.shows("alert_list", expected) == rows(expected)


def test_back_on_course_is_told_after_two_measurements(service: Serving) -> None:
    """p1 was reliably worse on day 7, and is not any more on days 14 and 21: told once, on day 21.
    p2 is on course once only; p3 never was off."""
    published = service().published(
        """
        patient | day | session | PHQ-9
        p1      |   0 | 1       | 11
        p1      |   7 | 2       | 17
        p1      |  14 | 3       | 11
        p1      |  21 | 3       | 11
        p1      |  28 | 3       | 11
        p2      |   0 | 1       | 11
        p2      |   7 | 2       | 17
        p2      |  14 | 3       | 11
        p3      |   0 | 1       | 11
        p3      |   7 | 2       | 11
        p3      |  14 | 3       | 11
        """,
        as_of=29,
    )
    expected = """
        patient | day | kind           | level
        p1      | 21  | back_on_course | info
        """
    assert published.shows("signal where kind = 'back_on_course'", expected) == rows(expected)


def test_twice_in_the_functional_range_is_a_moment_to_discuss_ending(service: Serving) -> None:
    """9 is below the cut-off of 10. p1 is there twice in a row. p2 went back in between. p3 began
    there. p4 had 2 of 8 sessions. For p5 the two are 43 days apart."""
    published = service().published(
        """
        patient | episode | day | session | PHQ-9
        p1      | E1      |   0 | 1       | 17
        p1      | E1      |   7 | 2       | 9
        p1      | E1      |  14 | 3       | 9
        p2      | E2      |   0 | 1       | 17
        p2      | E2      |   7 | 2       | 9
        p2      | E2      |  14 | 3       | 10
        p2      | E2      |  21 | 3       | 9
        p3      | E3      |   0 | 1       | 9
        p3      | E3      |   7 | 2       | 9
        p3      | E3      |  14 | 3       | 9
        p4      | E4      |   0 | 1       | 17
        p4      | E4      |   7 | 2       | 9
        p4      | E4      |  14 | 2       | 9
        p5      | E5      |   0 | 1       | 17
        p5      | E5      |   7 | 2       | 9
        p5      | E5      |  50 | 3       | 9
        """,
        as_of=51,
        episodes="""
        patient | episode | started_on | planned_sessions
        p4      | E4      | 0          | 8
        """,
    )
    expected = """
        patient | day | kind             | level
        p1      | 14  | functional_twice | info
        """
    assert published.shows("signal where kind = 'functional_twice'", expected) == rows(expected)


def test_ending_is_not_raised_while_a_risk_is_recent(service: Serving) -> None:
    """Both are in the functional range on days 50 and 57. p1 answered the question about death with
    1 on day 20, 37 days before; p2 did so on day 0, 57 days before."""
    published = service().published(
        """
        patient | day | session | PHQ-9
        p1      |   0 | 1       | 3 3 2 2 2 2 2 1 0
        p1      |  20 | 2       | 2 2 2 2 2 2 2 1 1
        p1      |  50 | 3       | 1 1 1 1 1 1 1 1 0
        p1      |  57 | 4       | 1 1 1 1 1 1 1 1 0
        p2      |   0 | 1       | 3 3 2 2 2 2 1 1 1
        p2      |  20 | 2       | 2 2 2 2 2 2 2 2 0
        p2      |  50 | 3       | 1 1 1 1 1 1 1 1 0
        p2      |  57 | 4       | 1 1 1 1 1 1 1 1 0
        """,
        as_of=58,
    )
    expected = """
        patient | day | kind
        p2      | 57  | functional_twice
        """
    assert published.shows("signal where kind = 'functional_twice'", expected) == rows(expected)


def test_whoever_was_not_seen_for_42_days_may_have_dropped_out(service: Serving) -> None:
    """All came last on day 7, and on day 50 that is 43 days ago. p2 has an appointment on day 60.
    p3 ended on day 8. For p4 2 sessions were planned, and both were given. p5 did not come on day
    20, which is no contact; p6 did."""
    came = "\n".join(f"p{n} | E{n} | {day} | yes" for n in range(1, 7) for day in (0, 7))
    published = service().published(
        """
        patient | episode | day | PHQ-9
        p1      | E1      | 49  | 12
        """,
        as_of=50,
        episodes="""
        patient | episode | started_on | ended_on | planned_sessions
        p1      | E1      | 0          | -        | 10
        p2      | E2      | 0          | -        | 10
        p3      | E3      | 0          | 8        | 10
        p4      | E4      | 0          | -        | 2
        p5      | E5      | 0          | -        | 10
        p6      | E6      | 0          | -        | 10
        """,
        appointments=f"patient | episode | starts_at | attended\n{came}\n"
        "p2 | E2 | 60 | -\np5 | E5 | 20 | no\np6 | E6 | 20 | yes",
    )
    expected = """
        patient | day | kind          | level
        p1      | 50  | drop_out_risk | amber
        p5      | 50  | drop_out_risk | amber
        """
    assert published.shows("signal where kind = 'drop_out_risk'", expected) == rows(expected)


def test_coming_again_ends_the_alert_about_drop_out(service: Serving) -> None:
    """Where no export says who came, a measurement that names its session stands for a contact.
    Day 43 is 43 days after day 0: the alert opens, does not grow old, and closes when p1 is
    measured on day 90. p2 has not come again; its episode goes on for 120 days. p3's forms name no
    session, so that nobody knows whether p3 came."""
    published = service().published(
        """
        patient | day | session | PHQ-9
        p1      |   0 | 1       | 12
        p1      |  90 | 2       | 12
        p2      |   0 | 1       | 12
        p3      |   0 | -       | 12
        """,
        as_of=91,
    )
    expected = """
        patient | kind          | opened_at | closed_at | closed_reason
        p1      | drop_out_risk | 43        | 90        | on_track
        p2      | drop_out_risk | 43        | -         | -
        """
    assert published.shows("alert", expected) == rows(expected)


def test_after_28_days_a_measurement_is_overdue_and_after_42_too_old(service: Serving) -> None:
    """On day 50: measured 28 days ago (p1), 29 days ago (p2), 42 (p3) and 43 days ago (p4)."""
    published = service().published(
        """
        patient | day | session | PHQ-9
        p1      |  22 | 1       | 12
        p2      |  21 | 1       | 12
        p3      |   8 | 1       | 12
        p4      |   7 | 1       | 12
        """,
        as_of=50,
    )
    expected = """
        patient | day | kind                  | level
        p2      | 50  | overdue_measurement   | info
        p3      | 37  | overdue_measurement   | info
        p4      | 50  | no_recent_measurement | info
        """
    assert published.shows("signal where level = 'info'", expected) == rows(expected)


def test_a_rule_that_is_amber_in_many_episodes_is_named(service: Serving) -> None:
    """4 episodes are running. Two are reliably worse, which is half; one of four is a quarter, and
    not more than that."""
    published = service().published(
        """
        patient | day | session | PHQ-9
        p1      |   0 | 1       | 11
        p1      |   7 | 2       | 17
        p2      |   0 | 1       | 11
        p2      |   7 | 2       | 17
        p3      |   0 | 1       | 17
        p3      |   7 | 6       | 17
        p4      |   0 | 1       | 11
        p4      |   7 | 2       | 11
        """,
        as_of=8,
    )
    expected = """
        kind                    | episodes | alarmed | is_frequent
        reliable_deterioration  | 4        | 2       | yes
        no_reliable_improvement | 4        | 1       | no
        """
    assert published.shows("alert_rate where alarmed > 0", expected) == rows(expected)
