import csv
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from flows.errors import ExitCode, OpKoersError
from flows.publishing import report_data
from flows.publishing.report import render_page_png, write_reports
from tests.publishing.pdf import (
    alternative_texts,
    fonts_of,
    lines_of,
    metadata_of,
    pages_of,
    text_of,
)
from tests.publishing.snapshots import (
    KNOWN,
    NOW,
    SETTINGS,
    Row,
    Tables,
    assessment,
    busy_clinic,
    critical_alert,
    deterioration,
    figure,
    file_finding,
    file_quality,
    held_back_alert,
    no_progress,
    run,
    write_snapshot,
)

LANGUAGES = ("nl", "en")
ODD_CLINIC = '../A_b*c*#x<y>"z$q$ \\[é] 😀'


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a clinic with something of everything, in both languages."""
    home = tmp_path_factory.mktemp("busy")
    snapshot = write_snapshot(home / "published" / "run.duckdb", busy_clinic("noord"))
    write_reports(snapshot, home / "reports", LANGUAGES)
    return home / "reports" / "2026-W47" / "noord"


def report_of(home: Path, tables: Tables, language: str = "nl") -> Path:
    """The one PDF made from `tables`."""
    snapshot = write_snapshot(home / "run.duckdb", tables)
    files = write_reports(snapshot, home / "reports", (language,), has_therapists=False)
    (pdf,) = (file for file in files if file.name == f"report.{language}.pdf")
    return pdf


def quiet_clinic(clinic: str = "zuid", **changes: object) -> Tables:
    return {
        **KNOWN,
        "run": [run(**changes)],
        "assessment": [assessment(clinic)],
        "clinic_figure": [figure(clinic, "alerts_new", 0)],
    }


def test_a_clinic_gets_a_pdf_in_each_language_and_a_list(busy: Path) -> None:
    assert sorted(file.name for file in busy.iterdir()) == [
        ".revision.json",
        "alerts.csv",
        "report.en.pdf",
        "report.json",
        "report.nl.pdf",
        "therapists",
    ]
    assert sorted(file.name for file in busy.parent.iterdir()) == [
        "noord",
        "quality.en.pdf",
        "quality.nl.pdf",
    ]


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "nl",
            [
                "Weekrapport noord Week 47 van 2026 gegevens tot en met 20 november 2026",
                "Kritische items zijn niet te bewaken in: totals_2026-47.csv.",
                "Tegengehouden: week_47.csv.",
                "Schat vandaag nog samen met de patiënt het risico in",
                "PHQ-9, vraag 9 2 (0 tot 3) 20 nov 2026 p6 t1 opgenomen 1 dag",
                "in een tegengehouden bestand",
                "Bestand week_47.csv is tegengehouden en bevat 3 kritische antwoorden.",
                "PHQ-9 ging van 12 (begin) naar 19,5 bij zitting 5",
                "Beantwoord op 18 nov 2026: Behandelplan aangepast",
                "achterstallig na 28 dagen",
                "Patiënten met een meting deze week 310 van 1.234",
                "rood of oranje signaal, per 100 (alle weken) 3,5 (23 van 655)",
                "PHQ-9 Hersteld 26 % (41 van 160) 20 tot 33 % 24 % (41 van 170) 18 tot 31 %"
                " 41 tot 61 van 180",
                "Uit koers 12 5 4 3 1 5",
                "PHQ-9 Uit koers, rood 400 40 80 % 25 % 4,0",
                "Maandaggroep 8 6 20 van 24 SRS 35,5",
                "Patiënten met een lage score 14",
                "Lage score op de therapeutische relatie 1",
                "niet geslaagd 12 van 81.234",
                "Grens van een lage score op de therapeutische relatie < 36,5",
                "volwassenen in de eerste lijn",
                "PHQ-9 vraag 9 vanaf 1 (Suïcide of zelfbeschadiging)",
                "Geen betrouwbare verbetering: melding vanaf zitting 6",
                "d = 0,15 [0,10; 0,20] over 58 onderzoeken",
                "Het is geen crisislijn",
            ],
        ),
        (
            "en",
            [
                "Weekly report noord Week 47 of 2026 data up to 20 November 2026",
                "Critical items cannot be watched in: totals_2026-47.csv.",
                "PHQ-9, item 9 2 (0 to 3) 20 Nov 2026 p6 t1 taken in 1 day",
                "PHQ-9 went from 12 (start) to 19.5 at session 5",
                "Patients measured this week 310 of 1,234",
                "red or amber signal, of every 100 (all weeks) 3.5 (23 of 655)",
                "A score beyond its scale comes from a wrong item map.",
                "Limit of a low score on the alliance < 36.5",
                "PHQ-9 Cut-off \u2265 10 NHS Talking Therapies manual (caseness 10 or more) [V]",
                "is not below); a note that tells of another value [V]",
                "odds ratio 1.19 [1.03, 1.38] in favour of feedback (De Jong et al., 2021)",
                "It is not a crisis line",
                "PHQ-9 Recovered 26 % (41 of 160) 20 to 33 % 24 % (41 of 170) 18 to 31 %"
                " 41 to 61 of 180",
            ],
        ),
    ],
)
def test_it_says_what_to_do_and_what_that_rests_on(
    busy: Path, language: str, sentences: list[str]
) -> None:
    text = text_of(busy / f"report.{language}.pdf")
    assert [sentence for sentence in sentences if sentence not in text] == []


def test_critical_items_come_before_alerts_on_the_first_page(busy: Path) -> None:
    first = pages_of(busy / "report.nl.pdf")[0]
    titles = ["Kritische items zijn niet", "Eerst de kritische items", "Nieuwe meldingen Beloop"]
    assert [first.index(title) for title in titles] == sorted(first.index(t) for t in titles)


def test_a_usual_critical_item_takes_one_line(tmp_path: Path) -> None:
    alert = critical_alert("zuid", 1, patient_id="n02993", therapist_id="b-0142", days_open=138)
    pdf = report_of(tmp_path, {**quiet_clinic(), "alert_list": [alert]})
    assert (
        "Suïcide of zelfbeschadiging PHQ-9, vraag 9 2 (0 tot 3) 20 nov 2026 n02993 b-0142"
        " opgenomen 138 dagen"
    ) in lines_of(pdf)


def _set(name: str, value: str) -> Row:
    return {"section": "critical", "name": name, "value": value, "source": ""}


def test_what_went_to_the_deputy_comes_before_other_critical_items(tmp_path: Path) -> None:
    late = critical_alert("zuid", 1, escalated_at=NOW, escalated_to="Dora de Wit")
    alerts = [late, critical_alert("zuid", 2, domain="violence")]
    named = [_set("unanswered_after_hours", "24"), _set("deputies.zuid", "Dora de Wit")]
    told = [*named, _set("protocol", "map Kwaliteit"), _set("alerts_from", "2026-10-05")]
    tables = {**quiet_clinic(), "alert_list": alerts, "setting": [*SETTINGS, *told]}
    text = text_of(report_of(tmp_path, tables))
    order = [
        "Suïcide of zelfbeschadiging. Schat vandaag nog",
        "Geweld. Beoordeel vandaag nog",
        "Ons protocol: map Kwaliteit",
        "niet binnen 24 uur na binnenkomst is beantwoord, gaat naar Dora de Wit",
        "Kritische antwoorden van vóór 5 okt 2026 geven hier geen melding",
        "Niet op tijd beantwoord: nu voor Dora de Wit, de aangewezen waarnemer.",
        "p1 t1 opgenomen",
        "Overige kritische items",
        "p2 t1 opgenomen",
    ]
    places = [text.find(part) for part in order]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("nl", "Er is geen waarnemer aangewezen:"), ("en", "No deputy is named:")],
)
def test_a_report_says_that_no_deputy_is_named(
    tmp_path: Path, language: str, sentence: str
) -> None:
    assert sentence in text_of(report_of(tmp_path, quiet_clinic(), language))


@pytest.mark.parametrize("section", ["critical", "new", "open"])
def test_a_held_back_file_comes_before_all_other_alerts(tmp_path: Path, section: str) -> None:
    file = {**held_back_alert("zuid", 9), "section": section}
    alerts = [critical_alert("zuid", 1), deterioration("zuid", 2), file]
    text = text_of(report_of(tmp_path, {**quiet_clinic(), "alert_list": alerts}))
    sentence = "Bestand week_47.csv is tegengehouden en bevat 3 kritische antwoorden."
    step = "Bekijk vandaag de kritische antwoorden in dit bestand"
    order = ["Eerst de kritische items", sentence, step, "Schat vandaag", "Nieuwe meldingen Beloop"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert (text.count(sentence), text.count(step)) == (1, 1)


def test_beside_a_held_back_file_nobody_reads_that_there_is_nothing(tmp_path: Path) -> None:
    tables = {**quiet_clinic(), "alert_list": [held_back_alert("zuid", 1)]}
    text = text_of(report_of(tmp_path, tables))
    assert "bevat 3 kritische antwoorden" in text
    assert "geen openstaande kritische items" not in text


def test_what_is_no_constant_or_setting_of_the_report_stays_out(busy: Path) -> None:
    text = text_of(busy / "report.en.pdf")
    for hidden in (
        "20261120T060000-4f2a",
        "not one of the printed constants",
        "not printed",
        "a check that passed",
    ):
        assert hidden not in text


@pytest.mark.parametrize(
    ("language", "mark", "count"),
    [("nl", "Gesimuleerde gegevens", 4), ("en", "Simulated data", 4)],
)
def test_simulated_data_are_marked_on_every_page(
    busy: Path, language: str, mark: str, count: int
) -> None:
    pages = pages_of(busy / f"report.{language}.pdf")
    assert len(pages) == count
    assert all(mark in page for page in pages)
    assert all("2026-W47" in page and "noord" in page for page in pages)
    of = {"nl": "Pagina {n} van {count}", "en": "Page {n} of {count}"}[language]
    assert all(
        of.format(n=number, count=count) in page for number, page in enumerate(pages, start=1)
    )


def test_real_data_carry_no_such_mark(tmp_path: Path) -> None:
    assert "Gesimuleerd" not in text_of(report_of(tmp_path, quiet_clinic(simulated=False)))


def test_a_screen_reader_finds_language_title_tags_and_courses(busy: Path) -> None:
    file = busy / "report.nl.pdf"
    pdf = PdfReader(file)
    assert str(pdf.root_object["/Lang"]) == "nl"
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Weekrapport · noord · 2026-W47"
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata_of(file)
    texts = alternative_texts(file)
    assert len(texts) == 5
    assert texts[0] == "PHQ-9: 5 metingen, van 12 naar 19,5 op 20 nov 2026; afkappunt 10"


def test_only_the_fonts_that_come_along_are_used(busy: Path) -> None:
    fonts = fonts_of(busy / "report.nl.pdf")
    assert fonts
    assert all(name.startswith("SourceSansPro-") for name in fonts)


def test_the_same_snapshot_gives_the_same_bytes(busy: Path, tmp_path: Path) -> None:
    snapshot = busy.parents[2] / "published" / "run.duckdb"
    again = write_reports(snapshot, tmp_path, LANGUAGES)
    names = [file.relative_to(tmp_path / "2026-W47") for file in again]
    assert len(again) == 10  # two reports, csv, json; two therapists and the service, twice
    before = [(busy.parent / name).read_bytes() for name in names]
    assert before == [file.read_bytes() for file in again]


def test_a_rerun_replaces_the_folder_whole(tmp_path: Path) -> None:
    pdf = report_of(tmp_path, quiet_clinic())
    (pdf.parent / "critical.nl.pdf").write_text("of an earlier run")
    write_reports(tmp_path / "run.duckdb", tmp_path / "reports", ("en",))
    assert sorted(file.name for file in pdf.parent.iterdir()) == [
        ".revision.json",
        "alerts.csv",
        "report.en.pdf",
        "report.json",
    ]
    assert [folder.name for folder in pdf.parents[1].iterdir() if folder.is_dir()] == ["zuid"]


def test_a_clinic_without_alerts_reads_so_kindly(tmp_path: Path) -> None:
    text = text_of(report_of(tmp_path, quiet_clinic()))
    assert "Geen meldingen: volgens deze regels vraagt deze week niemand extra aandacht." in text
    assert "geen openstaande kritische items" in text
    assert "Alle controles zijn geslaagd." in text
    assert "Van deze vestiging zijn geen bestanden ontvangen." in text


def test_dates_made_from_session_numbers_are_said_to_be_so(tmp_path: Path) -> None:
    tables = {**quiet_clinic(), "assessment": [assessment("zuid", has_artificial_date=True)]}
    text = text_of(report_of(tmp_path, tables))
    assert "die datums zijn afgeleid van de zittingnummers en zijn niet echt" in text


def test_four_hundred_alerts_are_all_there_under_a_header_on_each_page(tmp_path: Path) -> None:
    alerts = [no_progress("west", n, patient_id=f"patient-{n:03d}") for n in range(400)]
    pages = pages_of(report_of(tmp_path, {**quiet_clinic("west"), "alert_list": alerts}))
    text = " ".join(pages)
    assert [n for n in range(400) if f"patient-{n:03d}" not in text] == []
    with_alerts = [page for page in pages if "patient-" in page]
    assert 5 < len(with_alerts) < len(pages) < 12
    assert all("Patiënt Behandelaar Beloop Score Ook Open" in page for page in with_alerts)


def test_long_lists_of_files_are_named_in_full_only_under_data_quality(tmp_path: Path) -> None:
    files = [
        file_quality("zuid", source_file=f"totals_{n}.csv", note="critical_items_not_watched")
        for n in range(5)
    ]
    text = text_of(report_of(tmp_path, {**quiet_clinic(), "data_quality": files}, "en"))
    assert "watched in: totals_0.csv, totals_1.csv, totals_2.csv and 2 more files." in text
    assert text.count("totals_4.csv") == 1


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "nl",
            "K10: antwoorden gelezen als 1-5; noch het bronbestand, noch enig antwoord laat zien of"
            " dat klopt.",
        ),
        (
            "en",
            "K10: answers read as 1-5; neither the source file nor any answer tells.",
        ),
    ],
)
def test_how_answers_were_read_is_told_with_the_file(
    tmp_path: Path, language: str, told: str
) -> None:
    read_as = {"short_name": "K10", "coding": "1-5", "how": "assumed"}
    tables = {**quiet_clinic(), "data_quality": [file_quality("zuid", codings=[read_as])]}
    assert told in text_of(report_of(tmp_path, tables, language))


FOUND: Tables = {
    "file_check": [
        file_finding("volume_like_the_files_before", "zuid", value=12345, lower=100, upper=1200),
        file_finding(
            "few_forms_are_straight", "noord", "zuid", instrument="phq-9", scale="total",
            checked=1000, failed=123, upper=0.1,
        ),
        file_finding(
            "few_scores_at_an_end", "noord", instrument="srs", scale="total", checked=77, failed=66
        ),
        file_finding("forms_are_complete", "zuid", outcome="pass", checked=99, failed=1),
    ]
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "nl",
            [
                "Te herstellen bij de bron",
                "die in de laatste 28 dagen binnenkwamen",
                "19 nov 2026",
                "Het bestand telt 12.345 records; na de eerdere bestanden waren er 100 tot 1.200"
                " te verwachten.",
                "Ga na of in de export een periode, een locatie of een vragenlijst ontbreekt",
                "PHQ-9: 123 van de 1.000 vragenlijsten hebben op elke vraag hetzelfde antwoord.",
            ],
        ),
        (
            "en",
            [
                "To mend at the source",
                "The file holds 12,345 records; after the files before it 100 to 1,200 were to be"
                " expected.",
                "PHQ-9: 123 of 1,000 questionnaires have the same answer to every item.",
                "Check whether the sending system fills in an answer itself",
            ],
        ),
    ],
)
def test_what_stands_out_in_a_clinics_files_and_how_to_mend_it(
    tmp_path: Path, language: str, sentences: list[str]
) -> None:
    snapshot = write_snapshot(tmp_path / "run.duckdb", {**quiet_clinic(), **FOUND})
    write_reports(snapshot, tmp_path / "reports", (language,))
    (pdf,) = (tmp_path / "reports").glob("*/zuid/*.pdf")
    text = text_of(pdf)
    assert [sentence for sentence in sentences if sentence not in text] == []
    assert "SRS" not in text  # another clinic's
    assert not re.search(r"\b99\b", text)  # what passed


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("nl", "In de bestanden van de laatste 28 dagen valt niets op."),
        ("en", "Nothing stands out in the files of the last 28 days."),
    ],
)
def test_nothing_stands_out(tmp_path: Path, language: str, sentence: str) -> None:
    assert sentence in text_of(report_of(tmp_path, quiet_clinic(), language))


def test_an_odd_clinic_id_is_printed_as_it_is_in_a_folder_of_its_own(tmp_path: Path) -> None:
    alert = deterioration(ODD_CLINIC, 1, patient_id="*p*_1_#2<b>", therapist_id='"t" $x$')
    pdf = report_of(tmp_path, {**quiet_clinic(ODD_CLINIC), "alert_list": [alert]})
    text = text_of(pdf)
    assert pdf.parents[1] == tmp_path / "reports" / "2026-W47"
    assert '../A_b*c*#x<y>"z$q$ \\[é] [U+1F600]' in text
    assert "*p*_1_#2<b>" in text
    assert '"t" $x$' in text


def test_a_long_id_breaks_over_lines_and_keeps_its_signs(tmp_path: Path) -> None:
    pseudonym = "0123456789abcdef" * 4
    alerts = [
        critical_alert("zuid", 1, patient_id=pseudonym),
        deterioration("zuid", 2, patient_id=pseudonym),
    ]
    text = text_of(report_of(tmp_path, {**quiet_clinic(), "alert_list": alerts}))
    assert text.replace(" ", "").count(pseudonym) == 2


def test_alerts_as_a_list(busy: Path) -> None:
    assert (busy / "alerts.csv").read_bytes().startswith(b"\xef\xbb\xbfalert_id,clinic_id,")
    with (busy / "alerts.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["alert_id"]: row for row in csv.DictReader(file)}
    assert len(rows) == 8
    assert rows["noord-a1"] == {
        "alert_id": "noord-a1",
        "clinic_id": "noord",
        "patient_id": "p1",
        "therapist_id": "t1",
        "episode_id": "e1",
        "section": "new",
        "kind": "reliable_deterioration",
        "domain": "",
        "level": "red",
        "instrument": "phq-9",
        "scale": "total",
        "opened_at": "2026-11-17 09:30:00",
        "last_signal_at": "2026-11-20 09:30:00",
        "days_open": "3",
        "landed_at": "",
        "escalated_at": "",
        "escalated_to": "",
        "next_step": "discuss_deterioration",
        "answered_at": "",
        "action": "",
        "closed_at": "",
        "reason_nl": "Betrouwbare verslechtering: PHQ-9 ging van 12 (begin) naar 19,5 bij zitting"
        " 5; een verschil van 6 punten of meer is betrouwbaar.",
        "reason_en": "Reliable deterioration: PHQ-9 went from 12 (start) to 19.5 at session 5;"
        " a difference of 6 points or more is reliable.",
    }
    assert rows["noord-a8"]["patient_id"] == ""
    assert rows["noord-a4"]["action"] == "adjust_plan"


def test_a_spreadsheet_runs_no_id_as_a_formula(tmp_path: Path) -> None:
    alert = deterioration("zuid", 1, patient_id="=1+1")
    pdf = report_of(tmp_path, {**quiet_clinic(), "alert_list": [alert]})
    with (pdf.parent / "alerts.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["patient_id"] for row in csv.DictReader(file)] == ["'=1+1"]


def test_a_threshold_that_must_be_exceeded_is_worded_so(tmp_path: Path) -> None:
    scales = [{**scale, "reliable_change_rule": ">"} for scale in KNOWN["instrument_scale"]]
    tables = {
        **quiet_clinic(),
        "instrument_scale": scales,
        "alert_list": [deterioration("zuid", 1)],
    }
    assert "een verschil van meer dan 6 punten is betrouwbaar" in text_of(
        report_of(tmp_path, tables)
    )


def test_questionnaires_that_disagree_are_told_beside_the_reason(tmp_path: Path) -> None:
    told = '{"improved_on":["GAD-7"],"deteriorated_on":["PHQ-9"]}'
    alert = deterioration("zuid", 1, disagreement=told)
    pdf = report_of(tmp_path, {**quiet_clinic(), "alert_list": [alert]})
    sentence = "Vragenlijsten spreken elkaar tegen: verbeterd op GAD-7; verslechterd op PHQ-9."
    assert sentence in text_of(pdf)
    with (pdf.parent / "alerts.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [sentence in row["reason_nl"] for row in csv.DictReader(file)] == [True]


OWN = {
    "clinic_id": "zuid",
    "instrument": "phq-9",
    "scale": "total",
    "method": "JT",
    "scope": "local",
    "threshold": 5.84,
    "threshold_rule": ">",
    "threshold_lower": 5.1,
    "threshold_upper": 6.6,
    "cutoff_kind": "c",
    "intakes": 1200,
}


def test_a_clinics_own_values_take_the_place_of_the_published_ones(tmp_path: Path) -> None:
    """The cut-off, which was not computed, is not taken from elsewhere."""
    settings = [{"section": "change", "name": "values", "value": "local", "source": ""}]
    tables = {**quiet_clinic(), "yardstick": [OWN], "setting": settings}
    text = text_of(report_of(tmp_path, tables, "en"))
    assert (
        "PHQ-9 Reliable change, in points > 5.84 [5.1; 6.6] computed from 1,200 own intakes"
        " (Jacobson & Truax, 1991), with a 95 % interval this clinic"
    ) in text
    assert "PHQ-9 Cut-off \u2013 not known: 1,200 own intakes" in text
    assert "NHS Talking Therapies manual (caseness 10 or more)" not in text


def test_a_threshold_that_the_instrument_file_leaves_to_the_formula(tmp_path: Path) -> None:
    scales = [
        {**scale, "reliable_change_points": None, "reliable_change_rule": None}
        for scale in KNOWN["instrument_scale"]
    ]
    limits = {"threshold_lower": None, "threshold_upper": None, "cutoff_kind": "published"}
    own = {**OWN, **limits, "scope": "published"}
    tables = {**quiet_clinic(), "instrument_scale": scales, "yardstick": [own]}
    text = text_of(report_of(tmp_path, tables, "en"))
    assert (
        "PHQ-9 Reliable change, in points > 5.84 computed from the published values of the"
        " instrument file (Jacobson & Truax, 1991) as the values it is computed from"
    ) in text
    assert "No reliable-change value configured" not in text


def test_every_clinic_that_any_table_knows_gets_a_report(tmp_path: Path) -> None:
    tables = {
        **quiet_clinic("figures"),
        "episode": [{"clinic_id": "episodes", "patient_id": "p", "episode_id": "e"}],
        "data_quality": [file_quality("files")],
    }
    snapshot = write_snapshot(tmp_path / "run.duckdb", tables)
    written = write_reports(snapshot, tmp_path / "reports", ("en",))
    clinics = sorted({file.parent.name for file in written if file.name == "alerts.csv"})
    assert clinics == ["episodes", "figures", "files"]


def test_no_query_of_the_report_counts_by_therapist() -> None:
    queries = [v for v in vars(report_data).values() if isinstance(v, str) and "select" in v]
    grouped = [re.findall(r"group by ([\w., ]+)", query) for query in queries]
    assert len(queries) >= 12
    assert not any("therapist" in columns for group in grouped for columns in group)


def test_a_page_as_a_picture(busy: Path) -> None:
    snapshot = busy.parents[2] / "published" / "run.duckdb"
    assert render_page_png(snapshot, "noord", "nl", 1).startswith(b"\x89PNG\r\n\x1a\n")
    for clinic, page in (("elsewhere", 1), ("noord", 99), ("noord", 0)):
        with pytest.raises(OpKoersError, match="there is no such") as caught:
            render_page_png(snapshot, clinic, "nl", page)
        assert caught.value.exit_code == ExitCode.REPORT


def test_nothing_published_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(OpKoersError, match="opkoers run") as caught:
        write_reports(tmp_path / "current", tmp_path / "reports", LANGUAGES)
    assert caught.value.exit_code == ExitCode.NOTHING_PUBLISHED


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", "tot en met nummer; zegel 1.234; 41: 01234567 89abcdef 01234567 89abcdef"),
        ("en", "up to number; seal 1,234; 41: 01234567 89abcdef 01234567 89abcdef"),
    ],
)
def test_the_seal_of_the_journal_is_printed(busy: Path, language: str, words: str) -> None:
    assert words in text_of(busy / f"report.{language}.pdf")
