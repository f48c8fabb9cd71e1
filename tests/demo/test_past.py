"""The demo's past: deliveries on their days, and what its people did about alerts."""

import json
import shutil
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from flows.demo import IN_PARTS, SYNTHETIC_NOW, write_demo
from flows.demo.past import People, answer_alerts
from flows.journal import read_events
from flows.landing import archive
from flows.running.inputs import gather_inputs
from flows.running.plan import plan_run
from tests.conftest import Demo
from tests.demo.conftest import DELIMITERS
from tests.demo.conftest import Demo as Written

BEGAN = date(2025, 10, 20)
NOW = datetime(2026, 11, 16)


@pytest.fixture(scope="module")
def in_parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 patients, delivered in parts and not landed yet."""
    home = tmp_path_factory.mktemp("parts") / "home"
    write_demo(home, patients=300, deliveries=IN_PARTS)
    return home


def _lines(files: list[Path]) -> Counter[bytes]:
    return Counter(line for file in files for line in file.read_bytes().splitlines()[1:])


def entries(demo: Demo) -> list[dict[str, Any]]:
    """What the demo says that was written, in order."""
    text = (demo.home / "truth/journal.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


# ---------- deliveries


@pytest.mark.parametrize("clinic", DELIMITERS)
def test_the_parts_hold_what_one_export_would(
    in_parts: Path, tmp_path: Path, clinic: str, small: Written
) -> None:
    """But for the lines with planted errors, which are drawn for each file anew."""
    parts = sorted(in_parts.glob(f"deliveries/*/{clinic}_*.csv"))
    assert len(parts) > 20
    apart = _lines(parts) - _lines([small.export(clinic)])
    planted = (in_parts / "truth/planted_errors.csv").read_text(encoding="utf-8")
    assert apart.total() <= planted.count(f",{clinic}_") + len(small.planted_lines(clinic))


def test_a_part_holds_only_what_was_measured_before_it_was_delivered(in_parts: Path) -> None:
    before = date(1, 1, 1)
    for file in sorted(in_parts.glob("deliveries/*/midden_*.csv")):
        delivered = date.fromisoformat(file.parent.name)
        days = [line.split(",")[5] for line in file.read_text(encoding="utf-8").splitlines()[1:]]
        measured = [date.fromisoformat(day) for day in days if day[:8] not in ("2026-02-",)]
        # A planted error dates a record three weeks after its delivery.
        honest = [day for day in measured if day != delivered + timedelta(days=21)]
        assert before <= min(honest)
        assert max(honest) < delivered or delivered == SYNTHETIC_NOW
        before = delivered


def test_planted_errors_stand_in_their_part(in_parts: Path) -> None:
    rows = (in_parts / "truth/planted_errors.csv").read_text(encoding="utf-8").splitlines()[1:]
    for _, file, line, kind, _ in (row.split(",") for row in rows):
        (part,) = in_parts.glob(f"deliveries/*/{file}")
        text = part.read_text(encoding="utf-8-sig").split("\n")[int(line) - 1]
        assert ("test" in text) if kind == "tester" else text
        if kind == "unreadable_date":
            assert any(day in text for day in ("31-02-2026", "2026-02-31", "31/02/2026"))
    assert len({row.split(",")[1] for row in rows}) > 3


def test_every_file_landed_on_its_day(demo: Demo) -> None:
    receipts = archive.receipts(demo.home / "archive")
    assert len(receipts) > 60
    for receipt in receipts:
        assert receipt.landed_at.date().isoformat() in receipt.name
        assert receipt.landed_at.hour == 5
    assert min(receipt.landed_at.date() for receipt in receipts) == BEGAN


def test_a_clinic_that_missed_a_month_delivered_it_late(demo: Demo) -> None:
    days = sorted(
        receipt.landed_at.date()
        for receipt in archive.receipts(demo.home / "archive")
        if receipt.source == "zuid"
    )
    gaps = {day: (after - day).days for day, after in pairwise(days)}
    assert gaps[date(2026, 4, 20)] == 42
    (measured,) = demo.rows("""
        select count(*) from score
        where clinic_id = 'zuid' and measured_at between '2026-04-21' and '2026-05-17'
    """)
    assert measured > (0,)


# ---------- answers


def test_answers_are_about_alerts_of_the_snapshot(demo: Demo) -> None:
    """Each answer that was written is on an alert, and each answered alert has one."""
    assert demo.rows("select count(*) from unattached_event") == [(0,)]
    answered = Counter(
        (entry["alert"]["clinic_id"], entry["alert"]["alert_kind"])
        for entry in entries(demo)
        if entry["what"] == "answer"
    )
    published = demo.rows("""
        select clinic_id, kind, count(*) from alert where answered_at is not null group by all
    """)
    assert {(clinic, kind): count for clinic, kind, count in published} == dict(answered)
    ids = {alert_id for (alert_id,) in demo.rows("select alert_id from alert")}
    assert {e["alert"]["alert_id"] for e in entries(demo) if e["what"] == "answer"} <= ids


def test_nobody_answered_what_had_not_been_landed(demo: Demo) -> None:
    """Nor outside working days, nor after the demo's own now."""
    early = demo.rows("""
        select count(*), count(*) filter (where alert.answered_at < receipt.landed_at)
        from alert
        inner join score
            on alert.clinic_id = score.clinic_id
            and alert.patient_id = score.patient_id
            and alert.instrument = score.instrument
            and alert.scale = score.scale
            and alert.opened_at = score.measured_at
        inner join receipt on score.source_file = receipt.name
        where alert.answered_at is not null and alert.kind <> 'drop_out_risk'
    """)
    assert early[0][0] > 100
    assert early[0][1] == 0
    moments = [(e["what"], datetime.fromisoformat(e["at"])) for e in entries(demo)]
    assert all(datetime(2025, 10, 20, 8) <= at < NOW for _, at in moments)
    assert all(at.weekday() < 5 for what, at in moments if what in ("seen", "answer"))


def test_critical_items_are_answered_by_assessing_the_risk(demo: Demo) -> None:
    actions = Counter(
        action
        for (action,) in demo.rows("""
            select action from alert where kind = 'critical_item' and action is not null
        """)
    )
    assert actions["risk_assessed"] > 0.5 * actions.total() > 10
    assert "no_action" not in actions


def test_there_is_work_left_for_every_role(demo: Demo) -> None:
    (critical,) = demo.rows("""
        select count(*) from alert where kind = 'critical_item' and closed_at is null
    """)
    assert critical > (0,)
    assert demo.rows("select count(*) > 20 from alert_list") == [(True,)]
    assert demo.rows("select sum(answered) > 0 from last_week_alert") == [(True,)]
    kinds = Counter(event.kind for event in read_events(demo.home / "journal.sqlite3"))
    assert {"mark_set", "goal_set", "evaluation_planned", "leave_announced"} <= set(kinds)
    assert (kinds["data_question_opened"], kinds["data_question_closed"]) == (2, 1)


@pytest.mark.parametrize("indicator", ["response_rate", "alerts_answered"])
def test_primary_indicators_have_a_year_of_months(demo: Demo, indicator: str) -> None:
    ((months,),) = demo.rows(f"""
        select count(*) from indicator
        where indicator = '{indicator}' and unit_kind = 'service' and period_kind = 'month'
            and is_complete and value is not null
    """)
    assert months >= 12


def test_the_journal_says_what_the_truth_says(demo: Demo) -> None:
    """At the moments that were drawn, by the accounts that the picker makes."""
    events = read_events(demo.home / "journal.sqlite3")
    answers = [event for event in events if event.kind == "alert_answered"]
    told = [entry for entry in entries(demo) if entry["what"] == "answer"]
    assert [event.at.replace(tzinfo=None).isoformat() for event in answers] == [
        entry["at"] for entry in told
    ]
    assert [event.payload["action"] for event in answers] == [entry["action"] for entry in told]
    by = told[0]["by"]
    assert answers[0].actor == f"demo-therapist-{by['clinic_id']}-{by['therapist_id']}"
    assert [event.at for event in events] == sorted(event.at for event in events)


def test_the_same_seed_gives_the_same_parts(in_parts: Path, tmp_path: Path) -> None:
    write_demo(tmp_path / "again", patients=300, deliveries=IN_PARTS)
    files = [file for file in sorted(in_parts.rglob("*")) if file.is_file()]
    assert len(files) > 80
    for file in files:
        again = tmp_path / "again" / file.relative_to(in_parts)
        assert again.read_bytes() == file.read_bytes(), file.name


def test_the_same_seed_gives_the_same_answers(demo: Demo, tmp_path: Path) -> None:
    """Drawn again from the same landed files, before anything is in the journal."""
    home = tmp_path / "again"
    for name in ("archive", "sources", "secrets"):
        shutil.copytree(demo.home / name, home / name)
    shutil.copy(demo.home / "opkoers.toml", home)
    (home / "truth").mkdir()
    written: list[Path] = []
    answer_alerts(plan_run(home), People(20261116, written.append))
    assert written == [home / "truth/journal.jsonl"]
    assert written[0].read_bytes() == (demo.home / "truth/journal.jsonl").read_bytes()


def test_a_look_back_knows_what_was_landed_and_said_by_then(demo: Demo, tmp_path: Path) -> None:
    home = tmp_path / "copy"
    shutil.copytree(demo.home, home, symlinks=True)
    plan = plan_run(home, known_at=datetime(2026, 3, 15, 12))
    inputs = gather_inputs(plan)
    assert plan.as_of == date(2026, 3, 15)
    assert max(receipt.landed_at for receipt in inputs.receipts).date() == date(2026, 3, 9)
    last = max(event.at.replace(tzinfo=None) for event in inputs.events)
    assert datetime(2026, 3, 9) < last <= datetime(2026, 3, 15, 12)
    assert inputs.journal_seq == max(event.seq for event in inputs.events)
