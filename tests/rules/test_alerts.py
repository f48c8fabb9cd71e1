"""How an alert opens, stays open and closes.

Here the PHQ-9 mostly starts at 11, so that 17 or more is reliably worse and red.
"""

from tests.rules.conftest import File, Published, Serving, event, rows

WORSE = "c/p1/reliable_deterioration"


def _alerts(published: Published, expected: str) -> list[dict[str, str]]:
    return published.shows("alert where kind = 'reliable_deterioration'", expected)


def test_it_stays_open_until_two_assessments_in_a_row_are_on_track(service: Serving) -> None:
    """Day 14 is on course, day 21 is a signal again, so that counting starts anew: day 28 and day
    35 close it. p2 was on course only once."""
    published = service().published(
        """
        patient | day | session | PHQ-9
        p1      |   0 | 1       | 11
        p1      |   7 | 2       | 17
        p1      |  14 | 3       | 16
        p1      |  21 | 4       | 18
        p1      |  28 | 5       | 13
        p1      |  35 | 6       | 13
        p2      |   0 | 1       | 11
        p2      |   7 | 2       | 17
        p2      |  14 | 3       | 12
        """,
        as_of=36,
    )
    expected = """
        patient | level | opened_at | last_signal_at | closed_at | closed_reason
        p1      | red   | 7         | 21             | 35        | on_track
        p2      | red   | 7         | 7              | -         | -
        """
    assert _alerts(published, expected) == rows(expected)


def test_only_the_instrument_that_fired_can_put_it_back_on_track(service: Serving) -> None:
    """p1: the SRS, the ORS and a PHQ-9 with a blank answer say nothing about the PHQ-9. p2: both
    had a signal; the ORS is back on course, the PHQ-9 was so only once. p3: both are back."""
    published = service().published(
        """
        patient | day | session | PHQ-9             | ORS | SRS
        p1      |   0 | 1       | 11                | 20  | 38
        p1      |   7 | 2       | 17                | 20  | 38
        p1      |  14 | 3       | 1 1 1 1 1 1 1 1 . | 20  | 38
        p1      |  21 | 4       | -                 | 26  | 38
        p1      |  28 | 5       | -                 | 26  | 38
        p2      |   0 | 1       | 11                | 20  | -
        p2      |   7 | 2       | 17                | 15  | -
        p2      |  14 | 3       | 11                | 20  | -
        p2      |  21 | 4       | -                 | 20  | -
        p3      |   0 | 1       | 11                | 20  | -
        p3      |   7 | 2       | 17                | 15  | -
        p3      |  14 | 3       | 11                | 20  | -
        p3      |  21 | 4       | -                 | 20  | -
        p3      |  28 | 5       | 11                | -   | -
        """,
        as_of=29,
    )
    expected = """
        patient | opened_at | closed_at | closed_reason
        p1      | 7         | -         | -
        p2      | 7         | -         | -
        p3      | 7         | 28        | on_track
        """
    assert _alerts(published, expected) == rows(expected)


def test_level_instrument_and_therapist_follow_the_latest(service: Serving) -> None:
    """First the PHQ-9, then the ORS; the therapist changed in between. One alert per episode."""
    published = service().published(
        """
        patient | day | session | therapist | PHQ-9 | ORS
        p1      |   0 | 1       | t1        | 11    | 20
        p1      |   7 | 2       | t1        | 17    | 20
        p1      |  14 | 3       | t1        | 17    | 14
        p1      |  21 | 4       | t2        | -     | 13
        """,
        as_of=22,
    )
    expected = """
        therapist | instrument | opened_at | last_signal_at | closed_at
        t2        | ors        | 7         | 21             | -
        """
    assert _alerts(published, expected) == rows(expected)


def test_an_amber_alert_opens_at_session_6(service: Serving) -> None:
    """Information at sessions 4 and 5 opens nothing."""
    published = service().published(
        """
        patient | day | session | PHQ-9
        p1      |   0 | 1       | 17
        p1      |  21 | 4       | 17
        p1      |  28 | 5       | 17
        p1      |  35 | 6       | 17
        """,
        as_of=36,
    )
    expected = """
        kind                    | level | opened_at | closed_at
        no_reliable_improvement | amber | 35        | -
        """
    assert published.shows("alert", expected) == rows(expected)


def test_it_closes_when_nothing_was_measured_for_more_than_42_days(service: Serving) -> None:
    """Measured on day 7: on day 49 that is 42 days ago and it stays open, on day 50 it closes."""
    drawn = "patient | day | session | PHQ-9\np1 | 0 | 1 | 11\np1 | 7 16:00 | 2 | 17"
    ours = service()
    still_open = ours.published(drawn, as_of=49)
    stale = ours.published(drawn, as_of=50)
    expected = """
        opened_at | closed_at | closed_reason
        7 16:00   | -         | -
        """
    assert _alerts(still_open, expected) == rows(expected)
    expected = """
        opened_at | closed_at | closed_reason
        7 16:00   | 49 16:00  | no_recent_measurement
        """
    assert _alerts(stale, expected) == rows(expected)


def test_a_patient_who_comes_back_off_course_gets_a_new_alert(service: Serving) -> None:
    """43 days between day 7 and day 50; with 42 (p2) it is the same alert still."""
    published = service().published(
        """
        patient | day | session | PHQ-9
        p1      |   0 | 1       | 11
        p1      |   7 | 2       | 17
        p1      |  50 | 3       | 17
        p2      |   0 | 1       | 11
        p2      |   7 | 2       | 17
        p2      |  49 | 3       | 17
        """,
        as_of=51,
    )
    expected = """
        patient | opened_at | last_signal_at | closed_at | closed_reason
        p1      | 7         | 7              | 49        | no_recent_measurement
        p1      | 50        | 50             | -         | -
        p2      | 7         | 49             | -         | -
        """
    assert _alerts(published, expected) == rows(expected)


def test_it_ends_with_its_episode(service: Serving) -> None:
    """E2 begins on day 20, which ends E1. Else the alert would have been open until day 49."""
    published = service().published(
        """
        patient | episode | day | session | PHQ-9
        p1      | E1      |   0 | 1       | 11
        p1      | E1      |   7 | 2       | 17
        p1      | E2      |  20 | 1       | 11
        """,
        as_of=21,
    )
    expected = """
        episode | opened_at | closed_at | closed_reason
        E1      | 7         | 20        | episode_ended
        """
    assert _alerts(published, expected) == rows(expected)


def test_none_opens_within_14_days_of_the_last_opening(service: Serving) -> None:
    """Closed on day 9 after two measurements on course. Day 12 is 11 days after the opening of day
    1 and is passed over, day 15 is 14 days after it and opens a new one."""
    published = service().published(
        """
        patient | day      | session | PHQ-9
        p1      |  0       | 1       | 11
        p1      |  1 15:00 | 2       | 17
        p1      |  5       | 3       | 11
        p1      |  9       | 4       | 11
        p1      | 12       | 5       | 17
        p1      | 15 09:00 | 6       | 17
        """,
        as_of=16,
    )
    expected = """
        opened_at | last_signal_at | closed_at | closed_reason
        1 15:00   | 1 15:00        | 9         | on_track
        15 09:00  | 15 09:00       | -         | -
        """
    assert _alerts(published, expected) == rows(expected)


def test_outcome_after_four_sessions(service: Serving) -> None:
    """The fourth PHQ-9 after day 7 is that of day 35; the ORS of day 21 does not count as one."""
    published = service().published(
        """
        patient | day | session | PHQ-9 | ORS
        back    |   0 | 1       | 11    | 20
        back    |   7 | 2       | 17    | -
        back    |  14 | 3       | 17    | -
        back    |  21 | 4       | -     | 20
        back    |  28 | 5       | 17    | -
        back    |  30 | 6       | 17    | -
        back    |  35 | 7       | 16    | -
        off     |   0 | 1       | 11    | -
        off     |   7 | 2       | 17    | -
        off     |  14 | 3       | 11    | -
        off     |  21 | 4       | 11    | -
        off     |  28 | 5       | 11    | -
        off     |  35 | 6       | 17    | -
        early   |   0 | 1       | 11    | -
        early   |   7 | 2       | 17    | -
        early   |  28 | 5       | 17    | -
        """,
        as_of=36,
    )
    expected = """
        patient | opened_at | outcome_after_4_sessions
        back    | 7         | back_on_course
        off     | 7         | off_course
        off     | 35        | -
        early   | 7         | -
        """
    assert _alerts(published, expected) == rows(expected)


COURSE = """
    patient | day | session | PHQ-9
    p1      |   0 | 1       | 11
    p1      |   7 | 2       | 17
    p1      |  14 | 3       | 18
    p1      |  21 | 4       | 19
    p1      |  28 | 5       | 19
    """


def test_an_answer_closes_it_and_the_next_signal_opens_a_new_one(service: Serving) -> None:
    """Seen on day 15, answered on day 16 about what was measured on day 14. Day 21 is 14 days
    after the opening (day 7): a new alert, which still stands."""
    published = service().published(
        COURSE,
        as_of=29,
        events=[
            event(1, "alert_seen", "15", f"{WORSE}/14"),
            event(2, "alert_answered", "16", f"{WORSE}/14", action="plan_changed"),
        ],
    )
    expected = """
        opened_at | last_signal_at | seen_at | answered_at | action       | closed_reason
        7         | 14             | 15      | 16          | plan_changed | answered
        21        | 28             | -       | -           | -            | -
        """
    assert _alerts(published, expected) == rows(expected)
    assert published.read("select * from unattached_event") == []


def test_after_an_answer_the_minimum_interval_still_holds(service: Serving) -> None:
    """Answered on day 8. Day 14 is 7 days after the opening and is passed over; day 21 opens
    one."""
    published = service().published(
        COURSE,
        as_of=29,
        events=[event(1, "alert_answered", "8", f"{WORSE}/7", action="discussed")],
    )
    expected = """
        opened_at | last_signal_at | seen_at | closed_at | closed_reason
        7         | 7              | 8       | 8         | answered
        21        | 28             | -       | -         | -
        """
    assert _alerts(published, expected) == rows(expected)


def test_what_was_not_yet_known_is_not_answered(service: Serving) -> None:
    """The answer of day 30 is about day 14; days 21 and 28 came in later. They are a new alert and
    no part of the answered one."""
    published = service().published(
        COURSE,
        as_of=31,
        events=[event(1, "alert_answered", "30", f"{WORSE}/14", action="discussed")],
    )
    expected = """
        opened_at | last_signal_at | closed_at | closed_reason
        7         | 14             | 30        | answered
        21        | 28             | -         | -
        """
    assert _alerts(published, expected) == rows(expected)


def test_an_alert_that_closed_before_its_answer_keeps_its_reason(service: Serving) -> None:
    """Closed on day 21, back on course; the answer of day 30 is kept with it all the same."""
    published = service().published(
        """
        patient | day | session | PHQ-9
        p1      |   0 | 1       | 11
        p1      |   7 | 2       | 17
        p1      |  14 | 3       | 11
        p1      |  21 | 4       | 11
        """,
        as_of=31,
        events=[event(1, "alert_answered", "30", f"{WORSE}/7", action="discussed")],
    )
    expected = """
        opened_at | answered_at | action    | closed_at | closed_reason
        7         | 30          | discussed | 21        | on_track
        """
    assert _alerts(published, expected) == rows(expected)
    assert published.read("select * from unattached_event") == []


def test_an_answered_alert_does_not_become_on_track_afterwards(service: Serving) -> None:
    """Answered on day 8, on course on days 14 and 21: it was closed on day 8 by the answer."""
    published = service().published(
        """
        patient | day | session | PHQ-9
        p1      |   0 | 1       | 11
        p1      |   7 | 2       | 17
        p1      |  14 | 3       | 11
        p1      |  21 | 4       | 11
        """,
        as_of=22,
        events=[event(1, "alert_answered", "8", f"{WORSE}/7", action="discussed")],
    )
    expected = """
        opened_at | closed_at | closed_reason
        7         | 8         | answered
        """
    assert _alerts(published, expected) == rows(expected)


def test_a_second_answer_replaces_the_first_but_it_closed_at_the_first(service: Serving) -> None:
    published = service().published(
        COURSE,
        as_of=29,
        events=[
            event(1, "alert_answered", "29 09:00", f"{WORSE}/28", action="discussed"),
            event(2, "alert_answered", "29 10:00", f"{WORSE}/28", action="plan_changed"),
        ],
    )
    expected = """
        opened_at | answered_at | action       | closed_at
        7         | 29 10:00    | plan_changed | 29 09:00
        """
    assert _alerts(published, expected) == rows(expected)


def test_a_withdrawn_answer_never_was(service: Serving) -> None:
    """p1: the first answer is taken back, not the one that replaced it; that it was seen stays. p2:
    the only answer is taken back, and the alert is open as if it had never been answered."""
    second = "c/p2/reliable_deterioration/28"
    published = service().published(
        COURSE + COURSE.replace("p1", "p2").split("PHQ-9\n")[1],
        as_of=29,
        events=[
            event(1, "alert_seen", "29 09:00", f"{WORSE}/28"),
            event(2, "alert_answered", "29 09:05", f"{WORSE}/28", action="discussed"),
            event(3, "alert_answered", "29 09:06", f"{WORSE}/28", action="plan_changed"),
            event(4, "alert_answer_withdrawn", "29 09:07", f"{WORSE}/28", answer_seq=2),
            event(5, "alert_answered", "29 10:00", second, action="discussed"),
            event(6, "alert_answer_withdrawn", "29 11:00", second),
        ],
    )
    expected = """
        patient | seen_at  | answered_at | action       | closed_at
        p1      | 29 09:00 | 29 09:06    | plan_changed | 29 09:06
        p2      | -        | -           | -            | -
        """
    assert _alerts(published, expected) == rows(expected)
    assert published.read("select * from unattached_event") == []


def test_what_cannot_be_attached_is_listed(service: Serving) -> None:
    """1: p1 was never off course on day 0. 2: nobody is called p9. 3: a withdrawal of nothing.
    4: measured long after what the alert can be about. 5 is attached, and is not listed."""
    published = service().published(
        COURSE,
        as_of=100,
        events=[
            event(1, "alert_answered", "1", f"{WORSE}/0", action="discussed"),
            event(2, "alert_seen", "8", "c/p9/reliable_deterioration/7"),
            event(3, "alert_answer_withdrawn", "9", f"{WORSE}/7", answer_seq=77),
            event(4, "alert_answered", "99", f"{WORSE}/90", action="discussed"),
            event(5, "alert_seen", "8", f"{WORSE}/7"),
        ],
    )
    expected = """
        seq | kind                   | alert_kind             | measured_at
        1   | alert_answered         | reliable_deterioration | 0
        2   | alert_seen             | reliable_deterioration | 7
        3   | alert_answer_withdrawn | reliable_deterioration | 7
        4   | alert_answered         | reliable_deterioration | 90
        """
    assert published.shows("unattached_event", expected) == rows(expected)


def test_an_answer_finds_its_alert_after_an_earlier_signal_turned_up(service: Serving) -> None:
    """It was answered when day 14 was the first signal. A later export brought day 7: the alert now
    opens earlier, and the answer stays with it."""
    published = service().published(
        COURSE,
        as_of=17,
        events=[event(1, "alert_answered", "16", f"{WORSE}/14", action="discussed")],
    )
    expected = """
        opened_at | last_signal_at | action    | closed_at
        7         | 14             | discussed | 16
        """
    assert _alerts(published, expected) == rows(expected)


def test_ids_are_those_of_the_last_run(service: Serving) -> None:
    """A week later the same alert has the same id; another row order changes nothing."""
    drawn = COURSE.strip().splitlines()
    backwards = "\n".join([drawn[0], *reversed(drawn[1:])])
    ours = service()
    before = ours.published(COURSE, as_of=29)
    after = ours.published(backwards, as_of=36)
    ids = "select alert_id, opened_at, last_signal_at from alert order by 1"
    assert before.read(ids) == after.read(ids)
    assert len(before.read(ids)) == 1


def test_a_correction_that_takes_away_the_ground_withdraws_the_alert(service: Serving) -> None:
    """p1's alert of day 7 was seen on day 8 and answered on day 9. On day 10 a later export says
    that the score was 12, not 17: the alert is withdrawn, and the answer stays with it. p2's was
    only seen: nobody has to answer it any more. For p3 nothing was corrected."""
    published = service().published(
        """
        file  | patient | day | session | PHQ-9
        a.csv | p1      |   0 | 1       | 11
        a.csv | p1      |   7 | 2       | 17
        b.csv | p1      |   7 | 2       | 12
        a.csv | p2      |   0 | 1       | 11
        a.csv | p2      |   7 | 2       | 17
        b.csv | p2      |   7 | 2       | 12
        a.csv | p3      |   0 | 1       | 11
        a.csv | p3      |   7 | 2       | 12
        """,
        as_of=11,
        files=[File("a.csv", "7"), File("b.csv", "10")],
        events=[
            event(1, "alert_seen", "8", f"{WORSE}/7"),
            event(2, "alert_answered", "9", f"{WORSE}/7", action="discussed"),
            event(3, "alert_seen", "8", "c/p2/reliable_deterioration/7"),
            event(4, "alert_seen", "8", "c/p3/reliable_deterioration/7"),
        ],
    )
    expected = """
        patient | opened_at | seen_at | answered_at | withdrawn | closed_at | closed_reason
        p1      | 7         | 8       | 9           | yes       | 9         | answered
        p2      | 7         | 8       | -           | yes       | 10 05:00  | withdrawn
        """
    assert _alerts(published, expected) == rows(expected)
    assert published.read("select seq from unattached_event") == [(4,)]
    assert published.read("select * from alert_list") == []
