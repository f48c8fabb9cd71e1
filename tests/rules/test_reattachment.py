"""What happens to an answer when a later export changes what it was given on.

An answer is kept by patient, kind and the moment that was measured. Each run builds every alert
anew and gives each answer to the alert that covers its moment; one that no alert covers is
listed in `unattached_event`, and comes back as soon as one does.
"""

from dataclasses import replace

from flows.journal import JournalEvent
from tests.rules.conftest import Published, Service, Serving, event, rows

WORSE = "c/p1/reliable_deterioration"

NOTHING = "seq | kind | measured_at"
ALERTS = "opened_at | last_signal_at | answered_at | action | closed_reason"


def answered(seq: int, day: str, measured: str, action: str = "discussed") -> JournalEvent:
    return event(seq, "alert_answered", day, f"{WORSE}/{measured}", action=action)


def built(service: Service, measured: str, as_of: int, *events: JournalEvent) -> Published:
    return service.published(measured, as_of=as_of, events=events)


def holds(published: Published, alerts: str, unattached: str = NOTHING) -> None:
    """The alerts with their answers, and the answers that stand beside any alert."""
    kind = "alert where kind = 'reliable_deterioration'"
    assert published.shows(kind, alerts) == rows(alerts)
    assert published.shows("unattached_event", unattached) == rows(unattached)


FIRST_EXPORT = """
    patient | day | session | PHQ-9
    p1      |   0 | 1       | 11
    p1      |  14 | 3       | 18
    """
ANSWERED_ON_14 = """
    opened_at | last_signal_at | answered_at | action    | closed_reason
    14        | 14             | 15          | discussed | answered
    """


def test_a_late_signal_before_it_opens_the_alert_earlier(service: Serving) -> None:
    """Day 14 was answered when it was the first signal; a later export brings day 7, worse too."""
    ours = service()
    answer = answered(1, "15", "14")
    holds(built(ours, FIRST_EXPORT, 16, answer), ANSWERED_ON_14)

    late = FIRST_EXPORT + "p1 | 7 | 2 | 17\n"
    holds(
        built(ours, late, 23, answer),
        """
        opened_at | last_signal_at | answered_at | action    | closed_reason
        7         | 14             | 15          | discussed | answered
        """,
    )


def test_a_late_form_between_makes_two_alerts_one(service: Serving) -> None:
    """The first alert went stale after six weeks without a form, and the second was answered. Day
    35 turns up late: it was one alert all along, and the answer is given to it."""
    ours = service()
    drawn = """
        patient | day | session | PHQ-9
        p1      |   0 | 1       | 11
        p1      |   7 | 2       | 17
        p1      |  63 | 3       | 18
        """
    answer = answered(1, "64", "63")
    holds(
        built(ours, drawn, 65, answer),
        """
        opened_at | last_signal_at | answered_at | action    | closed_reason
        7         | 7              | -           | -         | no_recent_measurement
        63        | 63             | 64          | discussed | answered
        """,
    )
    holds(
        built(ours, drawn + "p1 | 35 | 4 | 17\n", 70, answer),
        """
        opened_at | last_signal_at | answered_at | action    | closed_reason
        7         | 63             | 64          | discussed | answered
        """,
    )


def test_a_late_form_that_bridges_two_episodes_loses_no_answer(service: Serving) -> None:
    """132 days without a form made two episodes, each with an answered alert. A form of day 90
    makes them one: the numbers of the episodes change, the answers stay where they were."""
    ours = service()
    drawn = """
        patient | day | session | PHQ-9
        p1      |   0 | 1       | 11
        p1      |  28 | 5       | 17
        p1      | 160 | 1       | 11
        p1      | 167 | 2       | 17
        """
    answers = (answered(1, "29", "28"), answered(2, "168", "167", "consult"))
    expected = """
        opened_at | last_signal_at | answered_at | action    | closed_reason
        28        | 28             | 29          | discussed | answered
        167       | 167            | 168         | consult   | answered
        """
    before = built(ours, drawn, 169, *answers)
    holds(before, expected)
    bridged = built(ours, drawn + "p1 | 90 | 9 | 11\n", 176, *answers)
    holds(bridged, expected)
    episodes = "select count(distinct episode_id) from score"
    assert (before.read(episodes), bridged.read(episodes)) == ([(2,)], [(1,)])


def test_withdrawn_data_leave_the_answer_listed_until_they_come_back(service: Serving) -> None:
    """The form of day 14 is taken out of the record, and put back a week later."""
    ours = service()
    events = (
        event(1, "alert_seen", "15", f"{WORSE}/14"),
        answered(2, "15", "14"),
    )
    holds(built(ours, FIRST_EXPORT, 16, *events), ANSWERED_ON_14)

    without = FIRST_EXPORT.replace("p1      |  14 | 3       | 18", "p1 | 21 | 4 | 12")
    listed = """
        seq | kind           | measured_at
        1   | alert_seen     | 14
        2   | alert_answered | 14
        """
    holds(built(ours, without, 23, *events), ALERTS, listed)
    holds(built(ours, FIRST_EXPORT, 30, *events), ANSWERED_ON_14)


def test_a_corrected_score_that_was_never_worse_leaves_the_answer_listed(service: Serving) -> None:
    ours = service()
    corrected = FIRST_EXPORT.replace("| 18", "| 13")
    listed = """
        seq | kind           | measured_at
        1   | alert_answered | 14
        """
    holds(built(ours, corrected, 23, answered(1, "15", "14")), ALERTS, listed)


def test_a_corrected_moment_keeps_the_answer_when_it_lies_before(service: Serving) -> None:
    """Day 14 turns out to be day 13: what was answered on day 15 had been measured by then. The
    alert opens on day 13, and the answer about day 14 is about it."""
    ours = service()
    moved = FIRST_EXPORT.replace("|  14 |", "|  13 |")
    holds(
        built(ours, moved, 23, answered(1, "15", "14")),
        """
        opened_at | last_signal_at | answered_at | action    | closed_reason
        13        | 13             | 15          | discussed | answered
        """,
    )


def test_a_corrected_moment_that_lies_after_the_answer_waits_again(service: Serving) -> None:
    """Day 14 turns out to be day 20: nobody has answered for what was measured then. The alert is
    open, and the answer is listed."""
    ours = service()
    moved = FIRST_EXPORT.replace("|  14 |", "|  20 |")
    holds(
        built(ours, moved, 23, answered(1, "15", "14")),
        """
        opened_at | last_signal_at | answered_at | action | closed_reason
        20        | 20             | -           | -      | -
        """,
        """
        seq | kind           | measured_at
        1   | alert_answered | 14
        """,
    )


def test_an_answer_that_was_taken_back_is_settled_whatever_comes(service: Serving) -> None:
    """Answer and withdrawal take each other away, also when the alert is no longer there."""
    ours = service()
    events = (
        answered(1, "15", "14"),
        event(2, "alert_answer_withdrawn", "15 10:00", f"{WORSE}/14", answer_seq=1),
    )
    holds(
        built(ours, FIRST_EXPORT, 16, *events),
        """
        opened_at | last_signal_at | answered_at | action | closed_reason
        14        | 14             | -           | -      | -
        """,
    )
    holds(built(ours, FIRST_EXPORT.replace("| 18", "| 12"), 23, *events), ALERTS)


def test_of_two_answers_at_once_neither_is_lost(service: Serving) -> None:
    """Both are kept with the alert; the last counts. When the alert goes, both are listed."""
    ours = service()
    events = (answered(1, "15 09:00", "14"), answered(2, "15 09:01", "14", "consult"))
    holds(
        built(ours, FIRST_EXPORT, 16, *events),
        """
        opened_at | last_signal_at | answered_at | action  | closed_reason
        14        | 14             | 15 09:01    | consult | answered
        """,
    )
    holds(
        built(ours, FIRST_EXPORT.replace("| 18", "| 12"), 23, *events),
        ALERTS,
        """
        seq | kind           | measured_at
        1   | alert_answered | 14
        2   | alert_answered | 14
        """,
    )


def test_events_about_no_alert_disturb_none(service: Serving) -> None:
    """A share, a goal and a note are in the same journal; no alert takes them up or lists them."""
    ours = service()
    events = (
        answered(1, "15", "14"),
        event(2, "note_added", "16", f"{WORSE}/14", note="Later", answer_seq=1),
        replace(event(3, "patient_shared", "16", f"{WORSE}/14"), alert_kind=None, measured_at=None),
    )
    holds(built(ours, FIRST_EXPORT, 17, *events), ANSWERED_ON_14)
