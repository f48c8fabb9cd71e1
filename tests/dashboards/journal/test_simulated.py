"""A simulated past is written at its own moments, and only where all is simulated."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from dashboards.journal.models import JournalEvent
from dashboards.journal.simulated import Entry, write_past
from dashboards.journal.writing import played_at

ALERT = {
    "alert_id": "a1",
    "clinic_id": "noord",
    "patient_id": "P1",
    "alert_kind": "off_course",
    "opened_at": "2026-03-02T00:00:00",
    "measured_at": "2026-03-09T00:00:00",
    "domain": None,
    "episode_id": None,
    "last_landed_at": None,
    "known_at": None,
}
BY = {"role": "therapist", "clinic_id": "noord", "therapist_id": "T1"}
ANSWER = {"action": "adjust_plan", "discussed": True, "note": ""}


def _account(who: Entry) -> str:
    return f"{who['role']} {who['therapist_id']}"


def _line(what: str, at: str, **told: object) -> str:
    return json.dumps({"what": what, "at": at, "by": BY, "alert": ALERT, **told})


def test_what_was_done_stands_at_its_own_moment(journal: Path) -> None:
    lines = [_line("seen", "2026-03-10T09:00:00"), _line("answer", "2026-03-11T10:30:00", **ANSWER)]
    assert write_past(lines, _account) == 2
    seen, answered = JournalEvent.objects.order_by("seq")
    assert (seen.kind, seen.at) == ("alert_seen", datetime(2026, 3, 10, 9, tzinfo=UTC))
    assert (answered.kind, answered.actor) == ("alert_answered", "therapist T1")
    assert answered.at == datetime(2026, 3, 11, 10, 30, tzinfo=UTC)
    assert answered.measured_at == "2026-03-09T00:00:00"
    assert answered.payload["action"] == "adjust_plan"


@pytest.mark.parametrize("told", [{"action": "shrug"}, {"action": "no_action"}])
def test_an_answer_that_no_page_offers_is_refused(journal: Path, told: dict[str, str]) -> None:
    with pytest.raises((KeyError, ValueError)):
        write_past([_line("answer", "2026-03-11T10:30:00", **{**ANSWER, **told})], _account)
    assert not JournalEvent.objects.exists()


def test_nobody_writes_with_another_date_in_a_real_service(
    journal: Path, settings: Settings
) -> None:
    service = settings.OPKOERS.service.model_copy(update={"simulated": False})
    settings.OPKOERS = settings.OPKOERS.model_copy(update={"service": service})
    with pytest.raises(ValueError, match="simulated"):
        write_past([_line("answer", "2026-03-11T10:30:00", **ANSWER)], _account)
    with pytest.raises(ValueError, match="simulated"), played_at(datetime(2026, 3, 1, tzinfo=UTC)):
        pass
    assert not JournalEvent.objects.exists()
