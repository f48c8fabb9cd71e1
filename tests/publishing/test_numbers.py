"""Every number on a report stands in a published table, or in the words around it."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from dashboards.drawing.formats import day, long_day, moment, number, one_decimal
from dashboards.drawing.translation import LANGUAGES, LOCALE
from flows.publishing.report import write_reports
from flows.publishing.report_rows import HOURS
from tests.publishing.pdf import pages_of, text_of
from tests.publishing.snapshots import TABLES, busy_clinic, write_snapshot

NUMBER = re.compile(r"\d(?:[\d.,:]*\d)?")
ABOUT_THE_REPORT = {"2026", "47", "2026-W47", "1", "2", "0"}
"""The year and the ISO week of 20 November 2026, and numbers of revisions and pages."""


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("busy")
    snapshot = write_snapshot(home / "run.duckdb", busy_clinic("noord"))
    write_reports(snapshot, home / "reports", LANGUAGES)
    return home


def in_tables(snapshot: Path, language: str) -> set[str]:
    """Numbers of every cell, as this language writes them."""
    found: set[str] = set()
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        for table in TABLES:
            for row in connection.execute(f'from "{table}"').fetchall():
                for cell in row:
                    for text in ways_to_write(cell, language):
                        found |= set(NUMBER.findall(text))
    return found


def ways_to_write(cell: object, language: str) -> Iterator[str]:
    if isinstance(cell, bool) or cell is None:
        return
    if isinstance(cell, (int, float)):
        yield from (number(cell, language), one_decimal(cell, language))
        yield number(round(100 * cell), language)  # a share as a percentage
    elif isinstance(cell, datetime):
        yield from (day(cell, language), moment(cell, language))
    elif isinstance(cell, date):
        yield from (day(cell, language), long_day(cell, language))
    else:
        yield str(cell)
        yield str(cell).replace(".", ",")


def in_words(language: str) -> set[str]:
    """Numbers of the sentences themselves: of studies, of the rules, of what was chosen."""
    catalogue = (LOCALE / "nl" / "sentences.po").read_text(encoding="utf-8")
    return set(NUMBER.findall(catalogue))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_number_comes_from_nowhere(busy: Path, language: str) -> None:
    """The rate per 100 is the one figure that is worked out of two: 23 in 655 is 3.5."""
    known = in_tables(busy / "run.duckdb", language) | in_words(language) | ABOUT_THE_REPORT
    known |= {one_decimal(100 * 23 / 655, language), str(HOURS)}
    for file in sorted((busy / "reports").rglob(f"*.{language}.pdf")):
        pages = pages_of(file)
        paging = {str(n) for n in range(len(pages) + 1)}
        # An id or a seal that is broken over lines for its length is put together again.
        text = " ".join(pages).replace("6f1d 09c3 b2a8 4e77", "6f1d09c3b2a84e77")
        text = re.sub(r"41: (?:[0-9a-f]{8} ?){4}", "41", text)
        assert set(NUMBER.findall(text)) - known - paging == set(), file.name


SECTIONS = (
    # (what is told, a query on the tables, how a row of it is printed in Dutch)
    ("Meldingen van vorige week", "select kind, alerts, answered, acted_on, back_on_course,"
     " closed_otherwise, still_open from last_week_alert", "Uit koers {1} {2} {3} {4} {5} {6}"),
    ("Relatie", "select low from alliance_figure", "Patiënten met een lage score {0}"),
    ("Relatie", "select open_alerts from alliance_figure",
     "Patiënten met een daling die om een antwoord vraagt (openstaande meldingen) {0}"),
    ("Groepen", "select name, members, measured_this_week, attended, appointments from"
     " group_figure", "{0} {1} {2} {3} van {4}"),
    ("Kritisch", "select count(*) from alert_list where section = 'critical' and kind ="
     " 'critical_item'", "{0} Kritische items"),
    ("Nieuw", "select count(*) from alert_list where section = 'new'", "{0} Nieuwe meldingen"),
    ("Achterstallig", "select count(*) from overdue", "{0} Achterstallige metingen"),
    ("Resultaten", "select max(numerator) filter (where counted = 'lowest'), max(numerator)"
     " filter (where counted = 'highest'), max(denominator) from outcome",
     "{0} tot {1} van {2}"),
    ("Hoe vaak de regels klopten", "select n, events from signal_accuracy",
     "PHQ-9 Uit koers, rood {0} {1}"),
)  # fmt: skip


@pytest.mark.parametrize(("section", "query", "printed"), SECTIONS)
def test_what_a_section_says_is_what_its_table_holds(
    busy: Path, section: str, query: str, printed: str
) -> None:
    with duckdb.connect(str(busy / "run.duckdb"), read_only=True) as connection:
        rows = connection.execute(query).fetchall()
    text = text_of(busy / "reports/2026-W47/noord/report.nl.pdf")
    assert rows
    assert [row for row in rows if printed.format(*row) not in text] == []


@pytest.mark.parametrize(("language", "pages"), [("nl", 4), ("en", 4)])
def test_the_report_of_a_busy_clinic_is_short(busy: Path, language: str, pages: int) -> None:
    file = busy / f"reports/2026-W47/noord/report.{language}.pdf"
    assert len(pages_of(file)) == pages


def test_no_table_of_the_report_counts_by_therapist(busy: Path) -> None:
    with duckdb.connect(str(busy / "run.duckdb"), read_only=True) as connection:
        counted = ("last_week_alert", "alliance_figure", "group_figure", "outcome",
                   "summary_figure", "clinic_figure", "signal_accuracy")  # fmt: skip
        for table in counted:
            columns = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
            assert "therapist_id" not in columns
