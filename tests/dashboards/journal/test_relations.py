"""Who may see more than their own: shares and deputies, and until when."""

from datetime import date, timedelta

import pytest

from dashboards.journal.deputies import announce_leave, deputises_for, end_leave, leaves_of
from dashboards.journal.sharing import Share, share, shared_with, shares_of, stop_sharing
from flows.journal import Place, last_seq, read_events

TODAY = date(2026, 11, 22)  # the synthetic home of these tests ends there
DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("place")


def test_a_patient_is_shared_until_the_end_of_a_day() -> None:
    share("anna", "T1", "noord", "P1", "sam", until=TODAY)

    assert shared_with("sam") == {("noord", "P1")}
    assert shared_with("sam", on=TODAY + DAY) == frozenset()
    assert shared_with("anna") == frozenset()


def test_sharing_stops_for_one_colleague_only() -> None:
    for colleague in ("sam", "kim"):
        share("anna", "T1", "noord", "P1", colleague)
    stop_sharing("anna", "T1", "noord", "P1", "sam")

    assert shared_with("sam") == frozenset()
    assert shared_with("kim") == {("noord", "P1")}
    assert shares_of("noord", "T1") == [Share("noord", "P1", "T1", "kim", None)]


def test_what_one_therapist_stops_sharing_another_still_shares() -> None:
    for therapist in ("T1", "T2"):
        share(therapist, therapist, "noord", "P1", "sam")
    stop_sharing("T1", "T1", "noord", "P1", "sam")

    assert shared_with("sam") == {("noord", "P1")}


def test_the_same_number_in_another_clinic_is_another_patient() -> None:
    share("anna", "T1", "noord", "P1", "sam")
    stop_sharing("zoe", "T1", "zuid", "P1", "sam")

    assert shared_with("sam") == {("noord", "P1")}


def test_a_form_sent_twice_shares_once(place: Place) -> None:
    for _ in range(2):
        share("anna", "T1", "noord", "P1", "sam", until=TODAY)
    stop_sharing("anna", "T1", "noord", "P1", "sam")
    stop_sharing("anna", "T1", "noord", "P1", "sam")

    assert [event.kind for event in read_events(place)] == ["patient_shared", "sharing_stopped"]


def test_a_later_day_replaces_the_former() -> None:
    share("anna", "T1", "noord", "P1", "sam", until=TODAY)
    share("anna", "T1", "noord", "P1", "sam", until=TODAY + 7 * DAY)

    assert shared_with("sam", on=TODAY + DAY) == {("noord", "P1")}


@pytest.mark.parametrize(
    ("day", "sees"),
    [
        (TODAY - DAY, False),
        (TODAY, True),
        (TODAY + 14 * DAY, True),
        (TODAY + 15 * DAY, False),
    ],
)
def test_a_deputy_stands_in_from_the_first_to_the_last_day(day: date, sees: bool) -> None:
    announce_leave("anna", "noord", "T1", "dee", TODAY, TODAY + 14 * DAY)

    assert deputises_for("dee", on=day) == ({("noord", "T1")} if sees else frozenset())


def test_leave_without_a_last_day_lasts_until_it_is_ended() -> None:
    announce_leave("anna", "noord", "T1", "dee", TODAY)
    assert deputises_for("dee", on=TODAY + 400 * DAY) == {("noord", "T1")}

    (leave,) = leaves_of("noord", "T1")
    end_leave("anna", "noord", "T1", leave.number)
    assert deputises_for("dee") == frozenset()
    assert leaves_of("noord", "T1") == []


def test_another_therapist_cannot_end_it() -> None:
    announce_leave("anna", "noord", "T1", "dee", TODAY)
    (leave,) = leaves_of("noord", "T1")
    end_leave("mallory", "noord", "T2", leave.number)

    assert deputises_for("dee") == {("noord", "T1")}


def test_leave_announced_twice_is_one_leave(place: Place) -> None:
    for _ in range(2):
        announce_leave("anna", "noord", "T1", "dee", TODAY)

    assert last_seq(place) == 1


def test_leave_that_ends_before_it_begins_is_refused(place: Place) -> None:
    with pytest.raises(ValueError, match="before the first"):
        announce_leave("anna", "noord", "T1", "dee", TODAY, TODAY - DAY)
    assert last_seq(place) == 0
