"""The critical lane: PHQ-9 item 9 from 1 on reaches a person, whatever else is wrong."""

from flows.warehouse import critical_lane
from tests.rules.conftest import File, Published, Serving, event, rows


def _critical_alerts(published: Published, expected: str) -> list[dict[str, str]]:
    return published.shows("alert where kind = 'critical_item'", expected)


def test_it_needs_no_complete_form_and_no_baseline(service: Serving) -> None:
    """Item 9 alone, item 9 in a whole form, another item; BDI item 9 and CORE-10 item 6 too."""
    published = service().published(
        """
        patient | day | PHQ-9             | BDI | CORE-10
        p1      |   0 | 9=1               | -   | -
        p2      |   0 | 0 0 0 0 0 0 0 0 3 | -   | -
        p3      |   0 | 3 3 3 3 3 3 3 3 0 | -   | -
        p4      |   0 | -                 | 9=2 | 6=1
        p5      |   0 | 27                | -   | -
        """,
        as_of=1,
    )
    expected = """
        patient | instrument | item | value | domain    | kind          | level | record_status
        p1      | phq-9      | 9    | 1     | self_harm | critical_item | red   | landed
        p2      | phq-9      | 9    | 3     | self_harm | critical_item | red   | landed
        p4      | bdi        | 9    | 2     | self_harm | critical_item | red   | landed
        p4      | core-10    | 6    | 1     | self_harm | critical_item | red   | landed
        """
    assert published.shows("critical", expected) == rows(expected)


def test_held_back_and_set_aside_answers_count(service: Serving) -> None:
    """p1 in a held-back file, p2 in a record that was set aside; p3 has no date: its file was
    landed on day 10 at five; p4's date lies in the future, which is a mistyped one."""
    published = service().published(
        """
        file  | patient | day | PHQ-9
        b.csv | p1      | 3   | 9=2
        a.csv | p0      | 3   | 9=0
        """,
        set_aside="""
        patient | day | PHQ-9
        p2      | 4   | 9=1
        p3      | -   | 9=3
        p4      | 375 | 9=1
        """,
        files=[File("a.csv", "10"), File("b.csv", "10", is_held_back=True)],
        as_of=10,
    )
    expected = """
        patient | day      | value | record_status
        p1      | 3        | 2     | held_back
        p2      | 4        | 1     | set_aside
        p3      | 10 05:00 | 3     | set_aside
        p4      | 10 05:00 | 1     | set_aside
        """
    assert published.shows("critical", expected) == rows(expected)


def test_of_disputed_values_the_higher_wins(service: Serving) -> None:
    """p1: landed 1, set aside 3. p2: landed 0, set aside 2. p3: corrected by a later file from 2
    to 0, and from 1 to 2 for p4. Who looks must see the worst that was ever written."""
    published = service().published(
        """
        file  | patient | day | PHQ-9
        a.csv | p1      | 3   | 9=1
        a.csv | p2      | 3   | 9=0
        a.csv | p3      | 3   | 9=2
        b.csv | p3      | 3   | 9=0
        a.csv | p4      | 3   | 9=1
        b.csv | p4      | 3   | 9=2
        """,
        set_aside="""
        patient | day | PHQ-9
        p1      | 3   | 9=3
        p2      | 3   | 9=2
        """,
        files=[File("a.csv", "4"), File("b.csv", "5")],
        as_of=6,
    )
    expected = """
        patient | value | record_status | source_file
        p1      | 3     | set_aside     | a.csv
        p2      | 2     | set_aside     | a.csv
        p3      | 2     | landed        | a.csv
        p4      | 2     | landed        | b.csv
        """
    assert published.shows("critical", expected) == rows(expected)


def test_unknown_patients_are_told_apart(service: Serving) -> None:
    """Two records without a patient: two rows and two alerts, each answered by itself."""
    ours = service()
    drawn = {
        "measured": "patient | day | PHQ-9\np0 | 3 | 9=0",
        "set_aside": "patient | day | PHQ-9\n- | 3 | 9=2\n- | 3 | 9=2",
    }
    published = ours.published(**drawn, as_of=4)
    expected = """
        patient | value | source_line
        -       | 2     | 2
        -       | 2     | 3
        """
    assert published.shows("critical", expected) == rows(expected)
    ids = published.read("select alert_id from alert where patient_id is null order by 1")
    assert len(ids) == 2

    first = {"action": "assessed", "alert_id": ids[0][0]}
    answer = event(1, "alert_answered", "4", "c/-/critical_item/3", **first)
    answered = ours.published(**drawn, as_of=4, events=[answer])
    closed = answered.read("select alert_id, closed_reason from alert order by closed_reason")
    assert closed == [(ids[0][0], "answered"), (ids[1][0], None)]


def test_a_critical_alert_waits_for_a_person(service: Serving) -> None:
    """p1: 60 days without a measurement do not close it, nor does a form with item 9 left blank
    or another questionnaire. p2: twice below the threshold does. p3: a dispute in between.
    p4: once below it, after 50 days of silence."""
    published = service().published(
        """
        patient | day | PHQ-9             | GAD-7
        p1      |   0 | 9=1               | -
        p1      |   7 | 0 0 0 0 0 0 0 0 . | 3
        p1      |  14 | 0 0 0 0 0 0 0 0 . | 3
        p2      |   0 | 9=1               | -
        p2      |   7 | 9=0               | -
        p2      |  14 | 9=0               | -
        p3      |   0 | 9=1               | -
        p3      |   7 | 9=0               | -
        p3      |  14 | 9=0               | -
        p4      |   0 | 9=1               | -
        p4      |  50 | 9=0               | -
        """,
        set_aside="patient | day | PHQ-9\np3 | 7 | 9=3",
        as_of=60,
    )
    expected = """
        patient | opened_at | last_signal_at | closed_at | closed_reason
        p1      | 0         | 0              | -         | -
        p2      | 0         | 0              | 14        | on_track
        p3      | 0         | 7              | -         | -
        p4      | 0         | 0              | -         | -
        """
    assert _critical_alerts(published, expected) == rows(expected)


def test_no_minimum_interval_between_critical_alerts(service: Serving) -> None:
    """Answered on day 1; the next one, on day 3, must not wait for day 14."""
    published = service().published(
        "patient | day | PHQ-9\np1 | 0 | 9=1\np1 | 3 | 9=1",
        as_of=4,
        events=[event(1, "alert_answered", "1", "c/p1/critical_item/0", action="assessed")],
    )
    expected = """
        opened_at | closed_at | closed_reason
        0         | 1         | answered
        3         | -         | -
        """
    assert _critical_alerts(published, expected) == rows(expected)


def test_it_ends_with_the_episode_but_not_before_six_weeks(service: Serving) -> None:
    """E2 begins on day 20: nobody may have seen yet what was answered on day 0."""
    home = service()
    for as_of, closed_at, reason in ((21, "-", "-"), (41, "-", "-"), (42, 42, "episode_ended")):
        published = home.published(
            """
            patient | episode | day | PHQ-9
            p1      | E1      |   0 | 9=1
            p1      | E2      |  20 | 9=0
            """,
            as_of=as_of,
        )
        expected = f"""
            episode | opened_at | closed_at   | closed_reason
            E1      | 0         | {closed_at} | {reason}
            """
        assert _critical_alerts(published, expected) == rows(expected)


def test_a_held_back_answer_belongs_to_the_running_episode(service: Serving) -> None:
    """p1 was being treated by t1; the record that was held back says nothing of that. p2 is
    known from the held-back file alone. The file itself is an alert too."""
    published = service().published(
        """
        file  | patient | day | therapist | PHQ-9
        a.csv | p1      | 0   | t1        | 9=0
        b.csv | p1      | 7   | -         | 9=2
        b.csv | p2      | 7   | -         | 9=1
        """,
        files=[File("a.csv", "8"), File("b.csv", "8", is_held_back=True)],
        as_of=8,
    )
    expected = """
        patient | episode     | therapist | kind           | opened_at
        p1      | p1-20260101 | t1        | critical_item  | 7
        p2      | -           | -         | critical_item  | 7
        -       | -           | -         | held_back_file | 8 05:00
        """
    assert published.shows("alert", expected) == rows(expected)
    reason = published.read("select reason from alert where kind = 'held_back_file'")
    assert reason == [('{"key":"held_back_file","file":"b.csv","values":2}',)]


def test_two_files_held_back_at_one_moment_are_two_alerts(service: Serving) -> None:
    """Each is answered by its own id. A file without critical answers is none."""
    published = service().published(
        """
        file  | patient | day | PHQ-9
        a.csv | p1      | 0   | 9=1
        b.csv | p1      | 1   | 9=1
        d.csv | p1      | 2   | 9=0
        """,
        files=[File(f"{name}.csv", "8", is_held_back=True) for name in "abd"],
        as_of=8,
    )
    held = published.read("""
        select count(distinct alert_id), count(*) from alert where kind = 'held_back_file'
    """)
    assert held == [(2, 2)]


def test_the_lane_needs_four_stations_only() -> None:
    """No assessment, no score and no model may keep a critical item from being seen."""
    assert [station.title for station in critical_lane()] == [
        "100_run",
        "105_instrument",
        "108_landed_file",
        "170_critical",
    ]
