"""The audit report of a quarter: what it tells, to whom, and that nothing hidden gets into it."""

import csv
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.errors import ExitCode, OpKoersError
from flows.journal import JournalEvent
from flows.publishing import audit_data
from flows.publishing.audit_quarter import Quarter, last_complete, quarter_asked
from flows.publishing.audit_questions import open_questions
from flows.publishing.audit_report import (
    AuditIssue,
    checked_quarter,
    quarter_to_report,
    write_audit,
)
from flows.publishing.audit_rows import Question
from tests.conftest import Demo
from tests.publishing.audits import (
    PRIMARY,
    Q2,
    Q3,
    TABLES,
    Audited,
    alerts,
    busy_service,
    figure,
    run,
    series,
    unit_figure,
    write_audited,
)
from tests.publishing.pdf import (
    alternative_texts,
    fonts_of,
    lines_of,
    metadata_of,
    pages_of,
    text_of,
)
from tests.publishing.snapshots import Row

LANGUAGES = ("nl", "en")
THIRD = Quarter(2026, 3)
ASKED = Question(date(2026, 9, 20), "noord", "E. Bakker", date(2026, 11, 2))


def audit(
    place: Path,
    tables: Audited,
    known_at: datetime | None = None,
    languages: tuple[str, ...] = ("nl",),
) -> Path:
    """The folder of the third quarter's report of these tables, written in `place`."""
    snapshot = write_audited(place / "run.duckdb", tables)
    issue = AuditIssue(place / "reports", languages, (ASKED,), known_at)
    write_audit(snapshot, THIRD, issue)
    return place / "reports" / "2026-Q3" / "service"


def told(folder: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a service with something of everything, in both languages."""
    return audit(tmp_path_factory.mktemp("audit"), busy_service(), languages=LANGUAGES)


# ---------- what it tells


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "nl",
            [
                "Kwartaalrapport kwaliteit De hele instelling 3e kwartaal 2026",
                "Betrouwbaar verbeterd 130 van 200 65 % in K3 2026, 50 % in K2 2026."
                " Signaal: buiten de grenzen",
                "Dat is beter.",
                "Per maand, aug 2026: buiten de grenzen.",
                "Vestiging noord, Verslechtering 65,5 % in K3 2026",
                "Dat is slechter.",
                "Verslechtering K3 2026 240 40 50,5 % 48 % 42 % tot 59 % 49,5 % (44 % tot 55 %)",
                "noord Verslechtering (<5) (<5) (<5) (<5) (<5) (<5)",
                "Dit bewijst niet dat beantwoorden helpt.",
                "Uit koers 128 90 72 64 51 44,5 (20 tot 90) 55 %, vergelijkbaar 50 %",
                "Kritisch item 128 (<5) 72",
                "1 van 2 controles van deze verwerking waren in orde.",
                "1 van 2 13 jul 2026",
                "Binnengekomen: 3; tegengehouden: 1; met iets geweigerd of een twijfel: 2.",
                "levert niet meer",
                "1 vraag staat open, waarvan 1 over de datum.",
                "noord E. Bakker 20 sep 2026 2 nov 2026",
                "De exports bevatten geen vastgelegde einddata van behandelingen.",
                "(<5): een aantal van één tot vier",
                "opkoers verify 20261116T050000Z",
                "Dagen tussen het einde van het kwartaal en de gegevens 47",
                "Het is geen crisislijn",
                "Niets in dit rapport telt of vergelijkt behandelaars.",
            ],
        ),
        (
            "en",
            [
                "Quarterly audit report The whole service 3rd quarter 2026",
                "Reliable improvement 130 of 200 65 % in Q3 2026, 50 % in Q2 2026."
                " Signal: outside the limits",
                "By month, Aug 2026: outside the limits.",
                "Clinic noord, Deterioration 65.5 % in Q3 2026",
                "That is worse.",
                "Deterioration Q3 2026 240 40 50.5 % 48 % 42 % to 59 % 49.5 % (44 % to 55 %)",
                "Off course 128 90 72 64 51 44.5 (20 to 90) 55 %, comparable 50 %",
                "1 question is open, 1 past its day.",
                "opkoers trace shown_indicator unit_kind=service unit=service period_kind=quarter"
                " period=2026-07-01",
            ],
        ),
    ],
)
def test_it_tells_the_quarter_in_both_languages(
    busy: Path, language: str, sentences: list[str]
) -> None:
    found = text_of(busy / f"audit.{language}.pdf")
    assert [each for each in sentences if each not in found] == []


def test_the_first_page_says_what_changed_and_by_which_rule(busy: Path) -> None:
    first, second, *_ = pages_of(busy / "audit.nl.pdf")
    assert "Wat veranderde" in first
    assert "Hoe oud de gegevens zijn" in first
    assert "De voornaamste indicatoren in de tijd" in second
    # The six, with a sentence each; a rule that did not fire is never called a change.
    assert first.count("Geen enkele regel gaat af") == len(PRIMARY) - 1


def test_a_reader_of_the_screen_hears_every_chart(busy: Path) -> None:
    for language in LANGUAGES:
        file = busy / f"audit.{language}.pdf"
        assert "<pdfuaid:part>1</pdfuaid:part>" in metadata_of(file)
        assert {name.split("-")[0] for name in fonts_of(file)} == {"SourceSansPro"}
    spoken = alternative_texts(busy / "audit.nl.pdf")
    # Six of the service, one of a clinic with a signal, one funnel.
    assert len(spoken) == len(PRIMARY) + 2
    assert sum("Betrouwbaar verbeterd, de hele instelling" in each for each in spoken) == 1
    (seen,) = (each for each in spoken if "vestigingen, het jaar tot en met K3 2026" in each)
    assert "Buiten de grenzen van 99,8 %: noord (65 %)." in seen


def test_no_line_is_cut_off_and_every_page_has_its_number(busy: Path) -> None:
    for language, word in (("nl", "Pagina"), ("en", "Page")):
        pages = pages_of(busy / f"audit.{language}.pdf")
        of = "van" if language == "nl" else "of"
        ends = [f"{word} {n} {of} {len(pages)}" for n in range(1, len(pages) + 1)]
        assert [end for page, end in zip(pages, ends, strict=True) if end not in page] == []


def test_the_same_snapshot_gives_the_same_bytes(busy: Path, tmp_path: Path) -> None:
    again = audit(tmp_path, busy_service(), languages=LANGUAGES)
    for name in ("audit.nl.pdf", "audit.en.pdf", "audit.json", "audit.csv"):
        assert (again / name).read_bytes() == (busy / name).read_bytes(), name


def test_clinics_stand_in_the_order_of_their_names(busy: Path) -> None:
    lines = [
        line.split()[0] for line in lines_of(busy / "audit.nl.pdf") if "%" in line or "(<5)" in line
    ]
    clinics = [each for each in lines if each in ("klein", "noord", "zuid")]
    assert clinics[:3] == ["klein", "noord", "zuid"]


# ---------- nothing that is left out


def test_every_number_of_the_report_stands_in_a_table_without_small_counts(tmp_path: Path) -> None:
    """Row by row: what is told of a unit and period is what `shown_*` has of it."""
    tables = busy_service()
    report = told(audit(tmp_path, tables))
    pairs = (
        ("figures", "shown_indicator"),
        ("funnels", "shown_funnel"),
        ("missing_outcomes", "shown_missing_outcome"),
        ("loop", "shown_loop_audit"),
    )
    with duckdb.connect(str(tmp_path / "run.duckdb")) as connection:
        for name, table in pairs:
            assert report[name]
            for row in report[name]:
                asked = " and ".join(f"{key} is not distinct from ?" for key in row)
                found = connection.execute(
                    f"select count(*) from {table} where {asked}",
                    list(row.values()),
                )
                assert found.fetchall() == [(1,)], row


def test_every_figure_of_the_file_stands_in_the_shown_table(tmp_path: Path) -> None:
    folder = audit(tmp_path, busy_service())
    with (folder / "audit.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    shown = {
        (row["unit"], row["indicator"], row["period_kind"], str(row["period"])): row["value"]
        for row in busy_service()["shown_indicator"]
    }
    assert len(rows) > len(PRIMARY) * 11
    for row in rows:
        key = (row["unit"], row["indicator"], row["period_kind"], row["period"])
        assert shown[key] == (float(row["value"]) if row["value"] else None), key


def test_what_was_left_out_is_in_no_file_of_the_report(tmp_path: Path) -> None:
    """The tables behind `shown_*` hold other numbers here, which would be known at once."""
    secret = {"numerator": 8642, "denominator": 97531, "value": 0.086431}
    hidden = [unit_figure("klein", name, 1, **secret) for name in PRIMARY]
    folder = audit(tmp_path, {**busy_service(), "indicator": hidden})
    written = [text_of(folder / "audit.nl.pdf")]
    written += [(folder / name).read_text(encoding="utf-8") for name in ("audit.json", "audit.csv")]
    for text in written:
        assert not re.search(r"8\.?642|97\.?531|0[.,]0864|8[.,]6 %", text)
    (row,) = (
        each
        for each in told(folder)["figures"]
        if (each["unit"], each["indicator"]) == ("klein", "drop_out")
    )
    assert (row["numerator"], row["denominator"], row["value"], row["is_withheld"]) == (
        None, None, None, True,
    )  # fmt: skip


ALLOWED = {
    "run",
    "shown_indicator",
    "shown_funnel",
    "shown_missing_outcome",
    "shown_loop_audit",
    "shown_file",
    "indicator_definition",
    "indicator_absence",
    "source_delivery",
    "quality_check",
    "check_history",
}


def test_its_queries_read_what_the_quality_pages_read_and_nothing_else() -> None:
    queries = [
        text for name, text in vars(audit_data).items() if name.isupper() and isinstance(text, str)
    ]
    read = {name for text in queries for name in re.findall(r"(?:from|join)\s+(\w+)", text)}
    assert read == ALLOWED
    pages = Path(__file__).parents[2] / "dashboards" / "queries"
    opened = " ".join(file.read_text() for file in pages.glob("quality_*.sql"))
    assert {name for name in read - {"run"} if name not in opened} == set()


def test_no_count_of_one_to_four_rows_and_no_name_of_a_file_is_told(busy: Path) -> None:
    failed = told(busy)["failed_checks"]
    assert [each["failed"] for each in failed] == [None]
    assert "few_are_prorated" in text_of(busy / "audit.nl.pdf")
    assert set(told(busy)["files"][0]).isdisjoint({"source_file", "name", "sha256"})


# ---------- services that are not as usual


def test_a_service_of_which_every_figure_is_left_out_still_has_its_report(tmp_path: Path) -> None:
    hidden = [
        row | {"numerator": None, "denominator": None, "value": None, "is_withheld": True,
               "centre": None, "lower": None, "upper": None, "rules": None}
        for row in busy_service()["shown_indicator"]
    ]  # fmt: skip
    nothing: dict[str, Sequence[Row]] = {
        key: [] for key in ("shown_funnel", "shown_missing_outcome", "shown_loop_audit")
    }
    folder = audit(tmp_path, {**busy_service(), **nothing, "shown_indicator": hidden})
    text = text_of(folder / "audit.nl.pdf")
    assert text.count("Niet getoond voor K3 2026.") == len(PRIMARY)
    assert text.count("Geen grafiek: er is zoveel weggelaten") == len(PRIMARY)
    assert "Geen trechter" in text
    assert alternative_texts(folder / "audit.nl.pdf") == []


def test_a_service_with_one_clinic_has_no_funnel(tmp_path: Path) -> None:
    busy = busy_service()
    one = [row for row in busy["shown_indicator"] if row["unit"] in ("service", "noord")]
    tables = {**busy, "shown_indicator": one, "shown_funnel": busy["shown_funnel"][:1]}
    text = text_of(audit(tmp_path, tables) / "audit.nl.pdf")
    assert "Geen trechter: op geen enkele indicator worden 3 of meer" in text
    assert "zuid" not in text.split("Bronnen en wanneer")[0].split("Bestanden sinds")[0]


def test_a_quarter_without_any_data_says_so(tmp_path: Path) -> None:
    """A gap between two quarters: counted, and nothing there."""
    empty = {"numerator": None, "denominator": 0, "value": None, "rules": None}
    figures = [row for name in PRIMARY for row in series(name, last=empty)]
    only = {"run": [run()], "shown_indicator": figures}
    tables = {**only, "indicator_definition": busy_service()["indicator_definition"]}
    text = text_of(audit(tmp_path, tables) / "audit.nl.pdf")
    assert text.count("Er was niets te tellen.") >= len(PRIMARY)
    assert "Er valt niets te tonen" in text
    assert "Er wordt geen vestiging getoond." in text
    assert "Binnengekomen: 0;" in text


def test_what_can_still_change_is_not_told_yet(tmp_path: Path) -> None:
    """Eight days after the quarter, alerts of its last days can still be answered in time."""
    rows = busy_service()["shown_indicator"]
    early = [
        row | {"is_complete": False, "numerator": None, "value": None}
        if (row["indicator"], row["period"]) == ("alerts_answered", Q3)
        else row
        for row in rows
    ]
    moment = {"as_of": date(2026, 10, 8), "known_at": datetime(2026, 10, 8, 5)}
    tables = {**busy_service(), "run": [run(**moment)], "shown_indicator": early}
    text = text_of(audit(tmp_path, tables) / "audit.nl.pdf")
    assert "Pas te vertellen vanaf 14 oktober 2026" in text


def test_a_hundred_clinics_are_told_within_bounds(tmp_path: Path) -> None:
    """Charts are bounded and say so; the file has the points of every one."""
    fired = {"numerator": 140, "value": 0.7, "rules": "R1"}
    rows = [
        unit_figure(f"clinic-{n:03d}", name, 100, **(fired if name == "drop_out" else {}))
        for n in range(100)
        for name in PRIMARY
    ]
    of_service = [row for name in PRIMARY for row in series(name)]
    loops = [alerts(f"clinic-{n:03d}") for n in range(100)]
    tables = {**busy_service(), "shown_indicator": [*of_service, *rows], "shown_loop_audit": loops}
    folder = audit(tmp_path, tables)
    text, spoken = text_of(folder / "audit.nl.pdf"), alternative_texts(folder / "audit.nl.pdf")
    assert sum("vestiging clinic-" in each for each in spoken) == 12
    assert "Nog 88 signalen zijn niet getekend" in text
    assert "en nog 84 signalen: ze staan in audit.csv." in text
    assert "100 vestigingen: te veel voor een tabel." in text
    assert "100 vestigingen: te veel voor eigen tabellen" in text
    assert len(pages_of(folder / "audit.nl.pdf")) <= 16
    assert (folder / "audit.csv").read_text(encoding="utf-8").count("clinic-099,") == len(PRIMARY)
    assert len(told(folder)["loop"]) == 100


def test_odd_names_are_printed_as_they_are(tmp_path: Path) -> None:
    odd = '#x<y>"z$q$ \\[é]'
    row = unit_figure(odd, "drop_out", 140, rules="R1")
    busy = busy_service()
    tables = {**busy, "shown_indicator": [*busy["shown_indicator"], row]}
    file = audit(tmp_path, tables) / "audit.nl.pdf"
    assert f"Vestiging {odd}, Voortijdig gestopt" in text_of(file)


# ---------- which quarter


@pytest.mark.parametrize(
    ("as_of", "quarter"),
    [
        (date(2026, 11, 16), "2026-Q3"),
        (date(2026, 9, 30), "2026-Q3"),  # every day of it is in the data
        (date(2026, 9, 29), "2026-Q2"),
        (date(2026, 1, 1), "2025-Q4"),
        (date(2024, 3, 31), "2024-Q1"),
    ],
)
def test_the_last_complete_quarter(as_of: date, quarter: str) -> None:
    assert str(last_complete(as_of)) == quarter


@pytest.mark.parametrize(
    ("text", "first", "last", "year_from"),
    [
        ("2026-Q3", date(2026, 7, 1), date(2026, 9, 30), date(2025, 10, 1)),
        ("2024-Q1", date(2024, 1, 1), date(2024, 3, 31), date(2023, 4, 1)),
        ("2025-Q4", date(2025, 10, 1), date(2025, 12, 31), date(2025, 1, 1)),
    ],
)
def test_a_quarter_from_what_was_typed(text: str, first: date, last: date, year_from: date) -> None:
    found = quarter_asked(text)
    assert (found.first_day, found.last_day, found.year_from) == (first, last, year_from)
    assert str(found) == text


@pytest.mark.parametrize("text", ["2026-Q5", "2026Q3", "2026-3", "Q3", "", "2026-Q3/..", "0000-Q1"])
def test_what_is_no_quarter_is_refused(text: str) -> None:
    with pytest.raises(
        OpKoersError, match=r"is no quarter\. Write year and quarter as in"
    ) as found:
        quarter_asked(text)
    assert found.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("quarter", "words"),
    [
        ("2026-Q4", "2026-Q4 is not over"),
        ("2031-Q1", "2031-Q1 is not over"),
        ("2019-Q1", "nothing is known of 2019-Q1"),
    ],
)
def test_a_quarter_that_cannot_be_told_is_refused(tmp_path: Path, quarter: str, words: str) -> None:
    snapshot = write_audited(tmp_path / "run.duckdb", busy_service())
    with pytest.raises(OpKoersError, match=words) as found:
        checked_quarter(snapshot, quarter_asked(quarter))
    assert found.value.exit_code is ExitCode.USAGE
    assert found.value.next_step == "Take one from 2024-Q1 up to 2026-Q3"


def test_a_service_without_a_complete_quarter_has_no_report(tmp_path: Path) -> None:
    moment = {"as_of": date(2024, 2, 5), "known_at": datetime(2024, 2, 5, 5)}
    rows = [figure("drop_out", date(2024, 1, 1), 10, is_complete=False)]
    snapshot = write_audited(
        tmp_path / "run.duckdb", {"run": [run(**moment)], "shown_indicator": rows}
    )
    assert quarter_to_report(snapshot) is None
    with pytest.raises(OpKoersError, match="No quarter is complete yet"):
        checked_quarter(snapshot, quarter_asked("2024-Q1"))


# ---------- issued again


def later(**changes: Sequence[Row]) -> Audited:
    """A week on: more alerts were answered, and the run is another one."""
    of_run = run(run_id="20261123T050000Z", as_of=date(2026, 11, 23),
                 known_at=datetime(2026, 11, 23, 5))  # fmt: skip
    return {**busy_service(), "run": [of_run], "shown_loop_audit": [alerts("service", seen=99)],
            **changes}  # fmt: skip


def corrected() -> Audited:
    rows = busy_service()["shown_indicator"]
    late = [
        row | {"numerator": 96, "value": 0.48}
        if (row["unit"], row["indicator"], row["period"]) == ("service", "drop_out", Q3)
        else row
        for row in rows
    ]
    return later(shown_indicator=late)


def test_a_report_stands_as_long_as_the_figures_of_its_quarter_do(tmp_path: Path) -> None:
    before = {f.name: f.read_bytes() for f in audit(tmp_path, busy_service()).iterdir()}
    after = {f.name: f.read_bytes() for f in audit(tmp_path, later()).iterdir()}
    assert after == before


def test_a_changed_figure_makes_a_revision_that_names_it(tmp_path: Path) -> None:
    first = audit(tmp_path, busy_service())
    before = (first / "audit.nl.pdf").read_bytes()
    folder = audit(tmp_path, corrected())
    assert (folder / "r1" / "audit.nl.pdf").read_bytes() == before
    text = text_of(folder / "audit.nl.pdf")
    assert "Herziening 2 van het rapport van dit kwartaal" in text
    assert "De hele instelling Voortijdig gestopt 50,5 % werd 48 %" in text
    (change,) = told(folder)["changes"]
    assert (change["unit"], change["indicator"]) == (
        {"kind": "service", "name": "service"},
        "drop_out",
    )
    assert (change["before"]["value"], change["now"]["value"]) == (0.505, 0.48)


def test_what_was_known_then_is_written_beside_and_has_its_number(tmp_path: Path) -> None:
    first = audit(tmp_path, busy_service())
    issued = (first / "audit.nl.pdf").read_bytes()
    second = (audit(tmp_path, corrected()) / "audit.nl.pdf").read_bytes()
    reports = tmp_path / "reports"
    audit(tmp_path, busy_service(), datetime(2026, 11, 16, 5))
    audit(tmp_path, corrected(), datetime(2026, 11, 23, 5))
    then = reports / "2026-Q3~known-20261116T050000Z" / "service" / "audit.nl.pdf"
    now = reports / "2026-Q3~known-20261123T050000Z" / "service" / "audit.nl.pdf"
    assert (then.read_bytes(), now.read_bytes()) == (issued, second)
    assert (first / "audit.nl.pdf").read_bytes() == second


def test_a_run_about_the_past_leaves_the_report_in_force_alone(tmp_path: Path) -> None:
    folder = audit(tmp_path, corrected())
    before = (folder / "audit.json").read_bytes()
    assert audit(tmp_path, busy_service()) == folder
    assert (folder / "audit.json").read_bytes() == before


def test_another_language_joins_those_that_stand(tmp_path: Path) -> None:
    audit(tmp_path, busy_service())
    folder = audit(tmp_path, busy_service(), languages=("en",))
    assert sorted(file.name for file in folder.glob("*.pdf")) == ["audit.en.pdf", "audit.nl.pdf"]
    assert told(folder)["revision"] == 1


def test_a_report_that_cannot_be_read_any_more_is_made_anew(tmp_path: Path) -> None:
    folder = audit(tmp_path, busy_service())
    (folder / "audit.json").write_text("{")
    assert told(audit(tmp_path, busy_service()))["revision"] == 1


# ---------- questions


def event(seq: int, kind: str, **payload: object) -> JournalEvent:
    at = datetime(2026, 9, 20, 10, seq, tzinfo=UTC)
    return JournalEvent(seq, at, "officer", kind, "", None, None, None, payload)


def test_a_question_is_told_by_owner_and_day_and_never_by_its_words() -> None:
    asked = {"text": "Why is P-0142 in twice?", "owner": "E. Bakker", "due_on": "2026-11-02"}
    events = [
        event(1, "data_question_opened", **asked, source="noord"),
        event(2, "data_question_opened", **asked, source="zuid"),
        event(3, "data_question_closed", question_seq=2, answer="mended"),
        event(4, "alert_seen"),
    ]
    assert open_questions(events) == [ASKED]


def test_the_tables_of_these_tests_are_those_that_stations_write(small_demo: Demo) -> None:
    """So that a column that is renamed cannot pass by unseen."""
    for table, columns in TABLES.items():
        if table in ("indicator", "funnel"):  # here to lead astray whoever reads them
            continue
        names = re.findall(r'(?:^|,)\s*"?(\w+)"?\s', columns)
        found = {name for (name,) in small_demo.rows(
            f"select column_name from duckdb_columns() where table_name = '{table}'"
        )}  # fmt: skip
        assert set(names) <= found, table
    assert Q2 < Q3
