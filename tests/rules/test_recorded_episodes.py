"""What changes when a clinic's own system says when an episode starts and ends.

Then those dates decide which episode a questionnaire belongs to. What was measured after the end
is a follow-up: it is kept and shown, but says nothing about the result of the treatment.
"""

from tests.rules.conftest import File, Serving, rows


def test_a_measurement_belongs_to_the_recorded_episode_of_its_day(service: Serving) -> None:
    """From 30 days before the start; after the end as a follow-up, until the next one is near.

    Day -31 lies before anything recorded and is a course of its own; so is day 461, 401 days
    after the end of p2's only episode, since p2 may be back in treatment.
    """
    published = service().published(
        """
        patient | day      | PHQ-9
        p1      | -31      | 10
        p1      | -30      | 10
        p1      | 0        | 10
        p1      | 60 23:00 | 10
        p1      | 61       | 10
        p1      | 169      | 10
        p1      | 170      | 10
        p1      | 205      | 10
        p2      | 460      | 10
        p2      | 461      | 10
        """,
        episodes="""
        patient | episode | started_on | ended_on
        p1      | E1      | 0          | 60
        p1      | E2      | 200        | -
        p2      | E3      | 0          | 60
        """,
        as_of=500,
    )
    expected = """
        patient | day      | episode     | is_follow_up
        p1      | -31      | p1-20251201 | no
        p1      | -30      | E1          | no
        p1      | 0        | E1          | no
        p1      | 60 23:00 | E1          | no
        p1      | 61       | E1          | yes
        p1      | 169      | E1          | yes
        p1      | 170      | E2          | no
        p1      | 205      | E2          | no
        p2      | 460      | E3          | yes
        p2      | 461      | p2-20270407 | no
        """
    assert published.shows("assessment", expected) == rows(expected)


def test_what_runs_goes_before_what_starts_soon_and_of_two_the_last_begun(
    service: Serving,
) -> None:
    """E1 has no end and still runs on day 80, though E2 starts on day 100. On day 110 both run,
    and the form belongs to the one that began last."""
    published = service().published(
        """
        patient | day | PHQ-9
        p1      | 80  | 10
        p1      | 110 | 10
        """,
        episodes="""
        patient | episode | started_on | ended_on
        p1      | E1      | 0          | -
        p1      | E2      | 100        | -
        """,
        as_of=120,
    )
    expected = """
        day | episode
        80  | E1
        110 | E2
        """
    assert published.shows("assessment", expected) == rows(expected)


def test_a_named_episode_goes_before_the_date(service: Serving) -> None:
    """The form of day 70 names E1, so it is a follow-up of E1; the other one is E2's. On day 75
    the same questionnaire came twice, once with a name: two forms of one moment are never one."""
    published = service().published(
        """
        patient | day | episode | PHQ-9 | ORS
        p1      | 70  | E1      | 10    | -
        p1      | 70  | -       | -     | 20
        p1      | 75  | E2      | 11    | -
        p1      | 75  | -       | 12    | -
        """,
        episodes="""
        patient | episode | started_on | ended_on
        p1      | E1      | 0          | 60
        p1      | E2      | 65         | -
        """,
        as_of=80,
    )
    expected = """
        day | instrument | episode     | score | is_follow_up
        70  | phq-9      | E1          | 10    | yes
        70  | ors        | E2          | 20    | no
        75  | phq-9      | E2          | 11    | no
        75  | phq-9      | p1-20260317 | 12    | no
        """
    assert published.shows("score", expected) == rows(expected)


def test_the_record_says_when_an_episode_started_and_ended(service: Serving) -> None:
    """E1 was measured from day 3 to day 50 and has a follow-up; E2 runs and was never measured;
    E3 ended without a record of it: nothing was measured for more than 120 days. E4 begins on
    day 210, after the day of the data, and is known by its first form only."""
    published = service().published(
        """
        patient | day | PHQ-9
        p1      | 3   | 20
        p1      | 50  | 10
        p1      | 90  | 9
        p3      | 1   | 15
        p4      | 199 | 15
        """,
        episodes="""
        patient | episode | started_on | ended_on | end_reason | format     | planned_sessions
        p1      | E1      | 0          | 60       | planned    | individual | 12
        p2      | E2      | 150        | -        | -          | group      | -
        p3      | E3      | 0          | -        | -          | -          | -
        p4      | E4      | 210        | -        | -          | -          | -
        p5      | E5      | 210        | -        | -          | -          | -
        """,
        as_of=200,
    )
    expected = """
        episode | started_at | last_measured_at | assessments | follow_ups | is_closed | ended_at
        E1      | 0          | 50               | 2           | 1          | yes       | 60
        E2      | 150        | -                | 0           | 0          | no        | -
        E3      | 0          | 1                | 1           | 0          | yes       | 121
        E4      | 210        | 199              | 1           | 0          | no        | -
        """
    assert published.shows("episode", expected) == rows(expected)
    expected = """
        episode | end_reason | format     | planned_sessions | origin
        E1      | planned    | individual | 12               | export
        E2      | -          | group      | -                | export
        E3      | -          | -          | -                | export
        E4      | -          | -          | -                | export
        """
    assert published.shows("episode", expected) == rows(expected)


def test_on_the_last_day_an_episode_ends_with_its_last_measurement(service: Serving) -> None:
    """Records know days, not hours: a form of 10:00 on the last day comes before the end."""
    published = service().published(
        "patient | day | PHQ-9\np1 | 0 | 10\np1 | 60 10:00 | 10",
        episodes="patient | episode | started_on | ended_on\np1 | E1 | 0 | 60",
        as_of=70,
    )
    expected = """
        episode | ended_at | is_closed
        E1      | 60 10:00 | yes
        """
    assert published.shows("episode", expected) == rows(expected)


def test_an_end_after_the_day_of_the_data_has_not_happened(service: Serving) -> None:
    """On day 50 nobody can know that E1 ends on day 60; on day 60 itself it has."""
    drawn = "patient | day | PHQ-9\np1 | 0 | 10\np1 | 40 | 10"
    recorded = "patient | episode | started_on | ended_on | end_reason\np1 | E1 | 0 | 60 | planned"
    home = service()
    for as_of, is_closed, ended_at, reason in ((50, "no", "-", "-"), (60, "yes", "60", "planned")):
        published = home.published(drawn, episodes=recorded, as_of=as_of)
        expected = f"""
            is_closed   | ended_at   | end_reason
            {is_closed} | {ended_at} | {reason}
            """
        assert published.shows("episode", expected) == rows(expected)


def test_a_follow_up_is_kept_but_is_no_result_and_no_alarm(service: Serving) -> None:
    """p1 went from 20 to 10 (improved; not recovered, for 10 is still clinical) and is at 27 after
    the end. p2 has the same scores and no recorded end: deteriorated, and a signal."""
    published = service().published(
        """
        patient | day | PHQ-9
        p1      | 0   | 20
        p1      | 50  | 10
        p1      | 100 | 27
        p2      | 0   | 20
        p2      | 50  | 10
        p2      | 100 | 27
        """,
        episodes="patient | episode | started_on | ended_on\np1 | E1 | 0 | 60",
        as_of=101,
    )
    expected = """
        patient | day | score | baseline_score | is_follow_up | assessment_no
        p1      | 0   | 20    | 20             | no           | 1
        p1      | 50  | 10    | 20             | no           | 2
        p1      | 100 | 27    | 20             | yes          | 3
        p2      | 0   | 20    | 20             | no           | 1
        p2      | 50  | 10    | 20             | no           | 2
        p2      | 100 | 27    | 20             | no           | 3
        """
    assert published.shows("score", expected) == rows(expected)
    expected = """
        patient | latest | class
        p1      | 10     | improved
        p2      | 27     | deteriorated
        """
    assert published.shows("change where method = 'JT'", expected) == rows(expected)
    expected = """
        patient | day | kind
        p2      | 100 | reliable_deterioration
        """
    assert published.shows("signal", expected) == rows(expected)


def test_a_critical_item_in_a_follow_up_still_reaches_somebody(service: Serving) -> None:
    """The treatment has ended, the risk has not: the alert stands open."""
    published = service().published(
        """
        patient | day | PHQ-9
        p1      | 0   | 10
        p1      | 90  | 0 0 0 0 0 0 0 0 2
        """,
        episodes="patient | episode | started_on | ended_on\np1 | E1 | 0 | 60",
        as_of=91,
    )
    expected = """
        patient | episode | kind          | opened_at | closed_at
        p1      | E1      | critical_item | 90        | -
        """
    assert published.shows("alert", expected) == rows(expected)


def test_an_end_soon_after_a_critical_item_does_not_put_it_away(service: Serving) -> None:
    """On day 60 treatment ended and a last form was filled in: reliably worse, and item 9 at 2.
    The end closes the first alert. The second waits until somebody answers it."""
    published = service().published(
        """
        patient | day | PHQ-9
        p1      | 0   | 1 1 1 1 1 1 1 1 0
        p1      | 60  | 3 3 3 3 3 3 3 3 2
        """,
        episodes="patient | episode | started_on | ended_on\np1 | E1 | 0 | 60",
        as_of=200,
    )
    expected = """
        kind                   | opened_at | closed_at | closed_reason
        reliable_deterioration | 60        | 60        | episode_ended
        critical_item          | 60        | -         | -
        """
    assert published.shows("alert", expected) == rows(expected)


def test_the_record_landed_last_counts(service: Serving) -> None:
    """The second export corrects the start of E1, takes E2 back and leaves E3 alone."""
    published = service().published(
        """
        patient | day | PHQ-9
        p1      | 0   | 10
        p2      | 0   | 10
        p3      | 0   | 10
        """,
        episodes="""
        file  | patient | episode | started_on | withdrawn
        1.csv | p1      | E1      | 0          | no
        1.csv | p2      | E2      | 0          | no
        1.csv | p3      | E3      | 0          | no
        2.csv | p1      | E1      | 31         | no
        2.csv | p2      | E2      | -          | yes
        """,
        files=[File("1.csv", "10"), File("2.csv", "35")],
        as_of=40,
    )
    expected = """
        patient | episode
        p1      | p1-20260101
        p2      | p2-20260101
        p3      | E3
        """
    assert published.shows("assessment", expected) == rows(expected)


def test_a_change_of_therapist_is_no_new_episode(service: Serving) -> None:
    """Who treated comes from the form itself (day 21), else from the appointment of that day
    (day 7: one who came, not the one that was missed), else from the record of the episode. The
    episode's therapist is the last one who is known to have measured."""
    published = service().published(
        """
        patient | day | therapist | PHQ-9
        p1      | 0   | -         | 10
        p1      | 7   | -         | 10
        p1      | 14  | -         | 10
        p1      | 21  | t4        | 10
        p1      | 99  | -         | 10
        """,
        episodes="""
        patient | episode | therapist | started_on | ended_on
        p1      | E1      | t1        | 0          | 30
        """,
        appointments="""
        patient | therapist | starts_at | attended
        p1      | t2        | 7 10:00   | yes
        p1      | t9        | 7 15:00   | no
        p1      | t3        | 14 10:00  | yes
        """,
        as_of=100,
    )
    expected = """
        day | episode | therapist | assessment_no
        0   | E1      | t1        | 1
        7   | E1      | t2        | 2
        14  | E1      | t3        | 3
        21  | E1      | t4        | 4
        99  | E1      | t1        | 5
        """
    assert published.shows("assessment", expected) == rows(expected)
    assert published.shows("episode", "therapist") == [{"therapist": "t4"}]
