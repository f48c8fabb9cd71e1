"""When checks stop a run: the critical items reach a clinic by mail, in counts, once."""

import os
import re
import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from flows.delivery.deliver import deliver
from flows.errors import ExitCode, OpKoersError
from flows.journal import JournalEvent
from flows.publishing.critical_report import write_critical_reports
from flows.running.following import follow
from flows.running.plan import RunPlan, Step, StepDone
from flows.running.steps import STEPS, WITHOUT_LANDING, build_core, check_core, report_critical
from flows.running.steps import deliver as deliver_step
from flows.settings import Settings
from tests.delivery.conftest import WEEK, Configure, write_report
from tests.delivery.mail_server import Mailbox
from tests.delivery.test_mail import html_of, text_of
from tests.publishing.snapshots import Row, critical_row, run, write_snapshot
from tests.publishing.test_critical_report import answered

TODAY = date(2026, 11, 20)
NOW = "2026-11-20"
# Landed more than 48 hours ago, so late; and of today.
LATE, FRESH = 4, 0


def stopped_by_checks(
    home: Path, rows: Sequence[Row], events: Sequence[JournalEvent] = (), as_of: date = TODAY
) -> Path:
    """The folder of the critical report of noord, as a stopped run leaves it."""
    lane = write_snapshot(home / "run.critical.duckdb", {"critical": [*rows], "run": [run()]})
    write_critical_reports(
        lane, home / "reports", ("nl", "en"), as_of=as_of, simulated=True, events=events
    )
    lane.unlink()
    return home / "reports" / WEEK / "noord"


def some_rows() -> list[Row]:
    return [
        critical_row("noord", LATE, patient_id="geheim-7461", item="9"),
        critical_row("noord", FRESH, patient_id="geheim-8813"),
        critical_row("zuid", FRESH, patient_id="geheim-9022"),
    ]


@pytest.fixture
def home(home: Path) -> Path:
    """Without the reports of the week: checks stopped the run that was to make them."""
    shutil.rmtree(home / "reports" / WEEK)
    return home


def test_the_mail_holds_counts_and_a_link_and_nobody(
    home: Path, configure: Configure, mailbox: Mailbox, port: int
) -> None:
    stopped_by_checks(home, some_rows())
    settings = configure(
        port, "a@clinic.example", "b@clinic.example noord en",
        mail='pages = "https://koers.clinic.example/"', now=NOW,
    )  # fmt: skip
    done = deliver(settings)
    assert (done.words, done.mistakes) == ("2 mailed", ())
    (_, dutch, _), (_, english, raw) = mailbox.got
    assert dutch["Subject"] == "Op koers: kritische items van week 2026-W47, noord"
    assert english["Subject"] == "Op koers: critical items of week 2026-W47, noord"
    assert text_of(english).splitlines()[:6] == [
        "The critical items of noord are listed in the folder of week 2026-W47. Checks on the data"
        " failed, so the rest of the report was held back.",
        "",
        "Critical items open: 2",
        "Of these without an answer in time: 1",
        "",
        "Open the pages of Op koers",
    ]
    assert "Kritische items open: 2\nWaarvan niet op tijd beantwoord: 1\n" in text_of(dutch)
    assert set(re.findall(r"https?://[^\s\"<]+", html_of(english))) == {
        "https://koers.clinic.example/"
    }
    told = f"{dutch}{english}{raw!r}{settings.deliveries.read_bytes()!r}"
    for secret in ("geheim", "PHQ", "phq9", "self_harm", "t1"):
        assert secret not in told


def test_a_rerun_mails_nothing_until_another_answer_is_listed(
    home: Path, configure: Configure, mailbox: Mailbox, port: int
) -> None:
    settings = configure(port, "a@clinic.example", now=NOW)
    rows = some_rows()
    stopped_by_checks(home, rows)
    assert deliver(settings).words == "1 mailed"
    stopped_by_checks(home, rows)
    assert deliver(settings).words == "0 mailed"

    # Somebody answered: the list is shorter, and nobody needs to be told.
    event = answered("geheim-8813", rows[1]["measured_at"])
    stopped_by_checks(home, rows, events=[event])
    assert deliver(settings).words == "0 mailed"

    stopped_by_checks(home, [*rows, critical_row("noord", FRESH, patient_id="geheim-5150")])
    assert deliver(settings).words == "1 mailed"
    assert deliver(settings).words == "0 mailed"
    first, second = (message for _, message, _ in mailbox.got)
    assert first["Message-ID"] != second["Message-ID"]
    assert "Kritische items open: 3" in text_of(second)


def test_who_asked_for_something_else_gets_no_critical_mail(
    home: Path, configure: Configure, mailbox: Mailbox, port: int
) -> None:
    stopped_by_checks(home, some_rows())
    others = ("t@clinic.example noord nl therapist", "q@clinic.example * nl quality")
    people = (*others, "m@clinic.example midden", "z@clinic.example zuid")
    assert deliver(configure(port, *people, now=NOW)).words == "1 mailed"
    assert mailbox.recipients() == ["z@clinic.example"]
    assert mailbox.got[0][1]["Subject"].endswith(", zuid")


def test_who_was_put_off_is_tried_again_until_something_is_published(
    home: Path, configure: Configure, mailbox: Mailbox, port: int
) -> None:
    settings = configure(port, "busy@clinic.example", "grey@clinic.example", now=NOW)
    folder = stopped_by_checks(home, some_rows())
    assert deliver(settings).words == "0 mailed, 2 put off"
    assert deliver(settings).words == "1 mailed, 1 put off"
    publish_after(settings, folder / ".critical.json")
    assert deliver(settings).words == "no report to deliver"


def publish_after(settings: Settings, file: Path) -> None:
    """A snapshot in force that is a minute younger than `file`."""
    snapshot = settings.published / "run.duckdb"
    snapshot.touch()
    settings.snapshot.symlink_to(snapshot.name)
    later = file.stat().st_mtime_ns + 60_000_000_000
    os.utime(settings.snapshot, ns=(later, later), follow_symlinks=False)


def test_a_list_of_long_ago_is_mailed_to_nobody(
    home: Path, configure: Configure, mailbox: Mailbox, port: int
) -> None:
    """Such as after a restored backup."""
    stopped_by_checks(home, some_rows(), as_of=TODAY - timedelta(days=2))
    assert deliver(configure(port, "a@clinic.example", now=NOW)).words == "0 mailed"
    stopped_by_checks(home, some_rows(), as_of=TODAY - timedelta(days=1))
    assert deliver(configure(port, "a@clinic.example", now=NOW)).words == "1 mailed"


def test_a_clinic_that_asked_for_a_copy_gets_one(
    home: Path, configure: Configure, tmp_path: Path, port: int
) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    stopped_by_checks(home, some_rows())
    settings = configure(port, now=NOW, more=f'[delivery]\nfolder = "{drop}"')
    assert deliver(settings).words == "0 mailed, 2 put into folders"
    assert deliver(settings).words == "0 mailed"
    assert sorted(file.name for file in (drop / "noord" / WEEK).iterdir()) == [
        "critical.csv",
        "critical.en.pdf",
        "critical.nl.pdf",
    ]


def test_the_report_of_the_week_is_mailed_apart(
    home: Path, configure: Configure, mailbox: Mailbox, port: int
) -> None:
    """A nightly run that is stopped after the week's report: both are news."""
    write_report(home, "noord")
    stopped_by_checks(home, some_rows())
    assert deliver(configure(port, "a@clinic.example", now=NOW)).words == "2 mailed"
    assert [message["Subject"] for _, message, _ in mailbox.got] == [
        "Op koers: kritische items van week 2026-W47, noord",
        "Op koers: rapport van week 2026-W47, noord",
    ]


# ---------- what a stopped run does


STOPPED = OpKoersError(
    "a check failed", next_step="Look", exit_code=ExitCode.CHECKS_STOPPED_PUBLISHING
)
OUT_OF_REACH = OpKoersError("no disk", next_step="Look", exit_code=ExitCode.DELIVERY)


def performed(steps: Sequence[Step], fails: dict[Step, OpKoersError]) -> list[Step]:
    """The steps that `follow` took until the first of `fails` stopped it."""
    taken = list[Step]()

    def perform(step: Step) -> StepDone:
        taken.append(step)
        if step in fails:
            raise fails[step]
        return StepDone("", "")

    plan = RunPlan(Path(), "run", TODAY)
    with pytest.raises(OpKoersError) as stopped:
        follow(plan, perform, steps)
    assert stopped.value is next(iter(fails.values()))
    return taken


def test_a_stopped_run_reports_critical_items_and_delivers_them() -> None:
    taken = performed(STEPS, {check_core: STOPPED})
    assert taken[-3:] == [check_core, report_critical, deliver_step]


def test_a_failed_delivery_does_not_hide_what_stopped_the_run() -> None:
    taken = performed(STEPS, {check_core: STOPPED, deliver_step: OUT_OF_REACH})
    assert taken[-1] is deliver_step


def test_after_forgetting_nothing_is_sent() -> None:
    assert performed(WITHOUT_LANDING, {check_core: STOPPED})[-1] is report_critical


def test_another_failure_reports_nothing() -> None:
    assert performed(STEPS, {build_core: OUT_OF_REACH})[-1] is build_core
