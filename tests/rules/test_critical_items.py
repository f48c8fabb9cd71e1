"""An answer about suicide, self-harm or another danger reaches a person, whatever else is wrong.

On the PHQ-9 that is item 9 with an answer of 1 or more.
"""

from dataclasses import replace
from typing import Any

from flows.journal import JournalEvent
from flows.warehouse import critical_lane
from tests.rules.conftest import File, Published, Serving, event, moment, rows


def _critical_alerts(published: Published, expected: str) -> list[dict[str, str]]:
    return published.shows("alert where kind = 'critical_item'", expected)


def _answer(seq: int, day: str, measured: str, **shown: Any) -> JournalEvent:
    """Somebody answered the alert about p1; `shown` is what stood on the screen."""
    about = f"c/p1/critical_item/{measured}"
    return event(seq, "alert_answered", day, about, action="risk_assessed", **shown)


def test_it_needs_no_complete_form_and_no_baseline(service: Serving) -> None:
    """Item 9 alone or in a whole form; not another item, nor a total alone. For p4 on two
    others."""
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
    """p1 stands in a file that was held back, p2 in a record that was set aside. p3 has no date,
    and p4's lies in the future, surely a mistake: for both the day counts on which the file
    came."""
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
    """p1: 1 was taken in, 3 set aside. p2: 0 was taken in, 2 set aside. p3 was corrected by a later
    file from 2 to 0, p4 from 1 to 2. Who looks must see the worst that was ever written."""
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
    """Nothing that is measured or not measured later closes it: no silence (p1), no form with item
    9 left blank or another questionnaire (p1), no answers below the limit (p2). p3: a second
    answer at the limit belongs to the same alert. p4: a later file lowers the answer."""
    published = service().published(
        """
        file  | patient | day | PHQ-9             | GAD-7
        a.csv | p1      |   0 | 9=1               | -
        a.csv | p1      |   7 | 0 0 0 0 0 0 0 0 . | 3
        a.csv | p2      |   0 | 9=1               | -
        a.csv | p2      |   7 | 9=0               | -
        a.csv | p2      |  14 | 9=0               | -
        a.csv | p2      |  21 | 9=0               | -
        a.csv | p3      |   0 | 9=3               | -
        a.csv | p3      |   7 | 9=0               | -
        a.csv | p3      |  30 | 9=1               | -
        a.csv | p4      |   0 | 9=2               | -
        b.csv | p4      |   0 | 9=0               | -
        """,
        files=[File("a.csv", "31"), File("b.csv", "32")],
        as_of=100,
    )
    expected = """
        patient | opened_at | last_signal_at | closed_at | closed_reason | withdrawn
        p1      | 0         | 0              | -         | -             | no
        p2      | 0         | 0              | -         | -             | no
        p3      | 0         | 30             | -         | -             | no
        p4      | 0         | 0              | -         | -             | no
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


def test_the_end_of_treatment_does_not_end_it(service: Serving) -> None:
    """E1 ended when E2 began on day 20. What E2 asks is an alert of its own; the answer to that
    one, on day 60, is no answer to the one of E1."""
    shown = {"domain": "self_harm", "episode_id": "E2", "opened_at": moment("50").isoformat()}
    published = service().published(
        """
        patient | episode | day | PHQ-9
        p1      | E1      |   0 | 9=1
        p1      | E2      |  20 | 9=0
        p1      | E2      |  50 | 9=1
        """,
        as_of=100,
        events=[_answer(1, "60", "50", **shown)],
    )
    expected = """
        episode | opened_at | closed_at | closed_reason
        E1      | 0         | -         | -
        E2      | 50        | 60        | answered
        """
    assert _critical_alerts(published, expected) == rows(expected)


def test_an_answer_stays_with_its_measurements_when_episodes_are_cut_anew(
    service: Serving,
) -> None:
    """It was given on day 60 about day 50, in an episode that is now a part of another one. Day 0
    was not on that screen."""
    shown = {"domain": "self_harm", "episode_id": "old", "opened_at": moment("50").isoformat()}
    published = service().published(
        "patient | episode | day | PHQ-9\np1 | E1 | 0 | 9=1\np1 | E1 | 50 | 9=1",
        as_of=100,
        events=[_answer(1, "60", "50", **shown)],
    )
    expected = """
        opened_at | last_signal_at | closed_at | closed_reason
        0         | 0              | -         | -
        50        | 50             | 60        | answered
        """
    assert _critical_alerts(published, expected) == rows(expected)


def test_each_domain_is_an_alert_of_its_own(service: Serving) -> None:
    """One OQ-45 asks about all three: item 8 about self-harm, 44 about violence, 11, 26 and 32
    about alcohol and drugs. Each asks for another first step. The answer is about the use of
    substances and closes nothing else."""
    published = service().published(
        "patient | day | OQ-45\np1 | 0 | 8=2 44=1 11=1 32=3",
        as_of=2,
        events=[_answer(1, "1", "0", domain="substance")],
    )
    expected = """
        domain    | opened_at | closed_at | closed_reason
        self_harm | 0         | -         | -
        violence  | 0         | -         | -
        substance | 0         | 1         | answered
        """
    assert _critical_alerts(published, expected) == rows(expected)
    expected = """
        sort_order | domain    | section  | next_step
        1          | self_harm | critical | assess_risk_today
        2          | violence  | critical | assess_safety_today
        """
    assert published.shows("alert_list", expected) == rows(expected)
    assert published.read("select * from unattached_event") == []


def test_an_answer_that_does_not_say_which_closes_neither(service: Serving) -> None:
    """p1 was asked about two dangers, and the answer names neither: it is kept, and listed as an
    answer that could not be placed. The one about p2 names the alert."""
    ours = service()
    drawn = "patient | day | OQ-45\np1 | 0 | 8=2 44=1\np2 | 0 | 8=2 44=1"
    (of_p2,) = ours.published(drawn, as_of=2).read(
        "select alert_id from alert where patient_id = 'p2' and domain = 'violence'"
    )
    about_p2 = "c/p2/critical_item/0"
    published = ours.published(
        drawn,
        as_of=2,
        events=[
            _answer(1, "1", "0"),
            event(2, "alert_answered", "1", about_p2, action="x", alert_id=of_p2[0]),
        ],
    )
    expected = """
        patient | domain    | closed_reason
        p1      | self_harm | -
        p1      | violence  | -
        p2      | self_harm | -
        p2      | violence  | answered
        """
    assert _critical_alerts(published, expected) == rows(expected)
    assert published.read("select seq from unattached_event") == [(1,)]


def test_what_was_not_on_the_screen_is_not_answered(service: Serving) -> None:
    """The answer of day 12 is about day 7, as it was known on day 10. Later files bring day 3,
    raise day 7 from 1 to 2, and bring day 9: all of that is a new alert at once."""
    shown = {"domain": "self_harm", "opened_at": moment("7").isoformat()}
    published = service().published(
        """
        file  | patient | day | PHQ-9
        a.csv | p1      | 7   | 9=1
        b.csv | p1      | 3   | 9=1
        b.csv | p1      | 7   | 9=2
        b.csv | p1      | 9   | 9=1
        """,
        files=[File("a.csv", "8"), File("b.csv", "11")],
        as_of=14,
        events=[_answer(1, "12", "7", known_at=moment("10").isoformat(), **shown)],
    )
    expected = """
        opened_at | last_signal_at | closed_at | closed_reason | landed_at
        7         | 7              | 12        | answered      | 8 05:00
        3         | 9              | -         | -             | 11 05:00
        """
    assert _critical_alerts(published, expected) == rows(expected)
    ids = published.read("select count(distinct alert_id), count(*) from alert")
    assert ids == [(2, 2)]


def test_a_raised_answer_opens_again(service: Serving) -> None:
    """1 was answered on day 9; a file of day 10 says that it was 3. Lowered or repeated by the file
    of day 20, it stays as it was."""
    answers = [_answer(1, "9", "7", domain="self_harm", known_at=moment("9").isoformat())]
    published = service().published(
        """
        file  | patient | day | PHQ-9
        a.csv | p1      | 7   | 9=1
        b.csv | p1      | 7   | 9=3
        c.csv | p1      | 7   | 9=0
        a.csv | p2      | 7   | 9=1
        c.csv | p2      | 7   | 9=1
        """,
        files=[File("a.csv", "8"), File("b.csv", "10"), File("c.csv", "20")],
        as_of=21,
        events=[
            *answers,
            event(
                2,
                "alert_answered",
                "9",
                "c/p2/critical_item/7",
                action="risk_assessed",
                known_at=moment("9").isoformat(),
            ),
        ],
    )
    expected = """
        patient | opened_at | closed_at | closed_reason | landed_at
        p1      | 7         | 9         | answered      | 8 05:00
        p1      | 7         | -         | -             | 10 05:00
        p2      | 7         | 9         | answered      | 8 05:00
        """
    assert _critical_alerts(published, expected) == rows(expected)
    ids = published.read("select count(distinct alert_id), count(*) from alert")
    assert ids == [(3, 3)]


def test_a_second_answer_takes_the_place_of_the_first(service: Serving) -> None:
    """Two people answered one alert; it closed at the first. The answer about p2 was withdrawn."""
    about_p2 = "c/p2/critical_item/0"
    published = service().published(
        "patient | day | PHQ-9\np1 | 0 | 9=1\np2 | 0 | 9=1",
        as_of=5,
        events=[
            event(1, "alert_seen", "1", "c/p1/critical_item/0"),
            _answer(2, "2", "0"),
            event(3, "alert_answered", "3", "c/p1/critical_item/0", action="contact_today"),
            event(4, "alert_answered", "2", about_p2, action="risk_assessed"),
            event(5, "alert_answer_withdrawn", "3", about_p2, answer_seq=4),
        ],
    )
    expected = """
        patient | seen_at | answered_at | action        | closed_at | closed_reason
        p1      | 1       | 3           | contact_today | 2         | answered
        p2      | -       | -           | -             | -         | -
        """
    assert _critical_alerts(published, expected) == rows(expected)
    assert published.read("select * from unattached_event") == []


DEPUTY = {"unanswered_after_hours": 48, "deputy": "dora"}


def test_what_nobody_answers_in_time_goes_to_the_deputy(service: Serving) -> None:
    """Within 48 hours, here, of when the file came in: that of p1 on day 7 at five, though it was
    measured on day 0. p2 was answered on day 8, in time. p3 was answered on day 10, too late.
    p4's file came in on day 9 only."""
    published = service(critical=DEPUTY).published(
        """
        file  | patient | day | PHQ-9
        a.csv | p1      | 0   | 9=1
        a.csv | p2      | 0   | 9=1
        a.csv | p3      | 0   | 9=1
        b.csv | p4      | 0   | 9=1
        """,
        files=[File("a.csv", "7"), File("b.csv", "9")],
        as_of=10,
        events=[
            event(1, "alert_answered", "8", "c/p2/critical_item/0", action="risk_assessed"),
            event(2, "alert_answered", "10", "c/p3/critical_item/0", action="risk_assessed"),
        ],
    )
    expected = """
        patient | landed_at | closed_at | escalated_at | escalated_to
        p1      | 7 05:00   | -         | 9 05:00      | dora
        p2      | 7 05:00   | 8         | -            | -
        p3      | 7 05:00   | 10        | 9 05:00      | dora
        p4      | 9 05:00   | -         | -            | -
        """
    assert _critical_alerts(published, expected) == rows(expected)


def test_each_clinic_may_have_its_own_deputy(service: Serving) -> None:
    """North names one, south takes that of the service, and for east nobody is named."""
    deputies = {"north": "nora", "east": " "}
    published = service(critical={"deputy": "dora", "deputies": deputies}).published(
        "clinic | patient | day | PHQ-9\n"
        "north | p1 | 0 | 9=1\nsouth | p2 | 0 | 9=1\neast | p3 | 0 | 9=1",
        files=[File("a.csv", "1")],
        as_of=3,
    )
    expected = """
        clinic | escalated_at | escalated_to
        north  | 3 05:00      | nora
        south  | 3 05:00      | dora
        east   | 3 05:00      | -
        """
    assert _critical_alerts(published, expected) == rows(expected)
    settings = """
        name                   | value
        alerts_from            |
        deputies.east          |
        deputies.north         | nora
        deputy                 | dora
        protocol               |
        unanswered_after_hours | 48
        """
    told = published.read("select name, trim(value) from setting where section = 'critical'")
    assert sorted(told) == [(row["name"], row["value"]) for row in rows(settings)]


def test_what_went_to_the_deputy_comes_first_then_self_harm(service: Serving) -> None:
    """p1 was asked about alcohol and drugs, and that has waited too long."""
    published = service(critical=DEPUTY).published(
        """
        file  | patient | day | OQ-45
        a.csv | p1      | 1   | 11=1
        b.csv | p2      | 3   | 11=4
        b.csv | p3      | 3   | 44=4
        b.csv | p4      | 2   | 8=1
        """,
        files=[File("a.csv", "1"), File("b.csv", "4")],
        as_of=4,
    )
    expected = """
        sort_order | patient | domain    | next_step           | escalated_to
        1          | p1      | substance | look_at_use         | dora
        2          | p4      | self_harm | assess_risk_today   | -
        3          | p3      | violence  | assess_safety_today | -
        4          | p2      | substance | look_at_use         | -
        """
    assert published.shows("alert_list", expected) == rows(expected)


def test_what_was_dealt_with_before_op_koers_came_opens_nothing(service: Serving) -> None:
    """The clinic has decided that for answers from before day 10; they stay in the list of
    critical answers."""
    first = moment("10").date()
    published = service(critical={"alerts_from": first}).published(
        "patient | day | PHQ-9\np1 | 9 23:59 | 9=3\np2 | 10 00:00 | 9=1", as_of=20
    )
    expected = """
        patient | opened_at
        p2      | 10
        """
    assert _critical_alerts(published, expected) == rows(expected)
    assert published.read("select count(*) from critical") == [(2,)]


def test_the_limit_of_a_clinic_itself(service: Serving) -> None:
    """A file in the home says that item 9 of the PHQ-9 counts from 2 on, and that item 8 asks
    about violence and about self-harm; the OQ-45 stays as it was."""
    ours = service()
    (ours.home / "instruments" / "phq-9.toml").write_text(OWN_PHQ)
    published = ours.published(
        "patient | day | PHQ-9 | OQ-45\np1 | 0 | 9=1 | 8=1\np2 | 0 | 9=2 8=3 | -", as_of=1
    )
    expected = """
        patient | instrument | item | value | domain
        p1      | oq-45      | 8    | 1     | self_harm
        p2      | phq-9      | 9    | 2     | self_harm
        p2      | phq-9      | 8    | 3     | self_harm
        p2      | phq-9      | 8    | 3     | violence
        """
    assert published.shows("critical", expected) == rows(expected)
    assert published.read("select count(distinct signal_id) from critical") == [(4,)]


ITEM = """
[[critical_item]]
item = {item}
domain = "{domain}"
threshold = {threshold}
source = "decision of this clinic"
population = "our patients"
evidence = "D"
"""
OWN_PHQ = 'extends = "phq-9"\nid = "phq-9"\n' + "".join(
    ITEM.format(item=item, domain=domain, threshold=threshold)
    for item, domain, threshold in ((9, "self_harm", 2), (8, "self_harm", 3), (8, "violence", 3))
)


def test_the_items_that_are_watched(service: Serving) -> None:
    """All that the field names (RULES B3), each from 1 on: what a clinic does not change."""
    published = service().published("patient | day | PHQ-9\np1 | 0 | 9=0", as_of=1)
    expected = """
        instrument | item | domain    | threshold
        phq-9      | 9    | self_harm | 1
        core-10    | 6    | self_harm | 1
        core-om    | 9    | self_harm | 1
        core-om    | 16   | self_harm | 1
        core-om    | 24   | self_harm | 1
        core-om    | 34   | self_harm | 1
        oq-45      | 8    | self_harm | 1
        bdi        | 9    | self_harm | 1
        bdi-ii     | 9    | self_harm | 1
        bsi        | 9    | self_harm | 1
        bsi-18     | 17   | self_harm | 1
        ham-d      | 3    | self_harm | 1
        honos      | 2    | self_harm | 1
        core-om    | 6    | violence  | 1
        core-om    | 22   | violence  | 1
        oq-45      | 44   | violence  | 1
        oq-45      | 11   | substance | 1
        oq-45      | 26   | substance | 1
        oq-45      | 32   | substance | 1
        """
    assert published.shows("critical_item", expected) == rows(expected)


def test_a_code_for_unknown_is_no_answer(service: Serving) -> None:
    """On the HoNOS 9 means that the item could not be rated."""
    published = service().published("patient | day | HoNOS\np1 | 0 | 2=9\np2 | 0 | 2=4", as_of=1)
    expected = """
        patient | instrument | value
        p2      | honos      | 4
        """
    assert published.shows("critical", expected) == rows(expected)


def test_a_held_back_file_was_known_before_it_was_accepted(service: Serving) -> None:
    """It came on day 2, was answered on day 3 and accepted on day 5: nobody is asked again."""
    ours = service()
    inputs = ours.inputs(
        "patient | day | PHQ-9\np1 | 0 | 9=1",
        as_of=6,
        files=[File("a.csv", "5")],
        events=[_answer(1, "3", "0", domain="self_harm", known_at=moment("3").isoformat())],
    )
    accepted = [r.model_copy(update={"held_back_at": moment("2")}) for r in inputs.receipts]
    published = ours.built_from(replace(inputs, receipts=tuple(accepted)))
    expected = """
        opened_at | landed_at | closed_at | closed_reason
        0         | 2         | 3         | answered
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


def test_the_lane_needs_five_stations_only() -> None:
    """No assessment, no score and no model may keep a critical item from being seen."""
    assert [station.title for station in critical_lane()] == [
        "100_run",
        "105_instrument",
        "108_landed_file",
        "165_critical_answer",
        "170_critical",
    ]
