"""The mails of the whole demo: nothing of anybody in them, and counts as the tables have them."""

import re
import shutil
from pathlib import Path

import pytest

from flows.delivery.deliver import deliver
from flows.delivery.reports import reports_of
from flows.settings import load_settings
from tests.conftest import Demo
from tests.delivery.mail_server import Mailbox
from tests.delivery.test_mail import html_of, text_of

CLINICS = ("noord", "midden", "zuid")


@pytest.fixture
def mailed(demo: Demo, tmp_path: Path, configure_at: None, mailbox: Mailbox) -> Mailbox:
    return mailbox


@pytest.fixture
def configure_at(
    demo: Demo, tmp_path: Path, mailbox: Mailbox, port: int, authority: object
) -> None:
    """Every kind of mail of the demo, in both languages, over a copy of what it published."""
    home = tmp_path / "copy"
    for folder in ("published", "reports", "secrets"):
        shutil.copytree(demo.home / folder, home / folder, symlinks=True)
    people = "".join(
        f'[[mail.recipient]]\naddress = "{report}.{language}.{clinic}@clinic.example"\n'
        f'clinic = "{clinic}"\nlanguage = "{language}"\nreport = "{report}"\n'
        for clinic in (*CLINICS, "")
        for language in ("nl", "en")
        for report in ("clinic", "therapist", "quality")
        if clinic or report == "quality"
    )
    (home / "opkoers.toml").write_text(
        (demo.home / "opkoers.toml").read_text()
        + f'[mail]\nhost = "localhost"\nport = {port}\nsender = "koers@clinic.example"\n'
        f'operator = "it@clinic.example"\ncertificates = "{authority.file}"\n'  # type: ignore[attr-defined]
        f'pages = "https://koers.clinic.example/"\n{people}'
    )
    assert deliver(load_settings(home)).words == "20 mailed"


def test_no_id_and_no_value_of_the_snapshot_is_in_any_mail(mailed: Mailbox, demo: Demo) -> None:
    columns = demo.rows(
        "select table_name, column_name from duckdb_columns() where data_type = 'VARCHAR'"
        " and (column_name like '%\\_id' escape '\\' or column_name in ('sha256', 'reason',"
        " 'source_file', 'scale', 'instrument', 'item', 'domain', 'escalated_to', 'next_step'))"
        " and column_name not in ('clinic_id') and table_name not in ('instrument_item')"
    )
    assert len(columns) > 60
    values = {
        str(value)
        for table, column in columns
        for (value,) in demo.rows(f'select distinct "{column}" from "{table}"')
        if value is not None and len(str(value)) > 2
    }
    assert len(values) > 1000
    said = [raw.decode() + text_of(m) + html_of(m) for _, m, raw in mailed.got]
    everything = "\n".join(said)
    words = set(re.findall(r"[\w-]+", everything))
    # Ordinary words may also be a scale's name; ids are words of their own or stand in no text.
    ordinary = {"total", "service", "red", "alliance", "goals"}
    assert not (values - ordinary) & words
    assert not [value for value in values if len(value) > 6 and value in everything]


def test_every_number_in_a_mail_is_a_count_a_week_or_a_revision(
    mailed: Mailbox, demo: Demo
) -> None:
    asked = (
        "from alert_list where section = 'critical'",
        "from alert_list where section = 'new'",
        "from alert_list where section = 'open'",
        "from alert_list where section in ('new', 'open') and level = 'red'",
        "from alert_list where section in ('new', 'open') and level = 'amber'",
        "from overdue where true",
    )
    counts = {
        clinic: [
            demo.rows(f"select count(*) {rows} and clinic_id = '{clinic}'")[0][0] for rows in asked
        ]
        for clinic in CLINICS
    }
    for recipient, message, _ in mailed.got:
        report, _, rest = recipient.partition(".")
        clinic = rest.partition(".")[2].partition("@")[0]
        numbers = [int(n) for n in re.findall(r"\d+", text_of(message).replace(",", ""))]
        if report == "clinic":
            critical, new, still, red, amber, overdue = counts[clinic]
            assert numbers == [2026, 47, critical, new, still, red, amber, overdue]
        if report == "therapist":
            assert numbers == [2026, 47]
        assert "esimuleer" in text_of(message) or "Simulated" in text_of(message)


def test_what_prefect_shows_of_a_run_holds_paths_and_counts_only(
    mailed: Mailbox, tmp_path: Path
) -> None:
    from flows.delivery.reports import as_markdown

    told = as_markdown(reports_of(load_settings(tmp_path / "copy")))
    rows = told.splitlines()[2:]
    assert len(rows) == 3
    pattern = r"\| `reports/2026-W47/(noord|midden|zuid)`( \| \d+){6} \|"
    assert all(re.fullmatch(pattern, row) for row in rows)
