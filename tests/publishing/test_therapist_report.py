"""A therapist's own report: all of the own caseload, and nothing of others."""

from pathlib import Path

import pytest

from flows.publishing.report import write_reports
from tests.publishing.pdf import alternative_texts, metadata_of, pages_of, text_of
from tests.publishing.snapshots import (
    NOW,
    Row,
    Tables,
    baseline,
    busy_clinic,
    course,
    critical_alert,
    deterioration,
    no_progress,
    write_snapshot,
)

MINE = "t1"
OTHERS = ("p91", "p92", "p93", "t2", "t3")


def shared_clinic() -> Tables:
    """A clinic of three therapists; patients p91 to p93 are of the others."""
    own = [deterioration("noord", 1), no_progress("noord", 2), critical_alert("noord", 3)]
    of_others = [
        deterioration("noord", 91, therapist_id="t2"),
        critical_alert("noord", 92, therapist_id="t3"),
        no_progress("noord", 93, therapist_id="t2"),
    ]
    late: Row = {"clinic_id": "noord", "last_measured_at": NOW, "days_since": 40,
                 "has_open_alert": True}  # fmt: skip
    return {
        **busy_clinic("noord"),
        "alert_list": [*own, *of_others],
        "score": course(own[0], [12, 15, 19.5]),
        "baseline": [baseline(own[0], 12)],
        "information": [],
        "overdue": [
            {**late, "patient_id": "p2", "therapist_id": MINE, "episode_id": "e2"},
            {**late, "patient_id": "p93", "therapist_id": "t2", "episode_id": "e93"},
        ],
    }


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("shared")
    snapshot = write_snapshot(home / "run.duckdb", shared_clinic())
    write_reports(snapshot, home / "reports", ("nl", "en"))
    return home / "reports" / "2026-W47" / "noord" / "therapists"


def test_each_therapist_has_one_in_each_language(reports: Path) -> None:
    names = [f"{therapist}.{lang}.pdf" for therapist in ("t1", "t2", "t3") for lang in ("en", "nl")]
    assert sorted(file.name for file in reports.iterdir()) == names


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "nl",
            [
                "Weekrapport van uw eigen patiënten noord Week 47 van 2026",
                "Alleen voor u: hier wordt niemand vergeleken",
                "PHQ-9, vraag 9 2 (0 tot 3)",
                "PHQ-9 ging van 12 (begin) naar 19,5 bij zitting 5",
                "Nog geen betrouwbare verbetering: PHQ-9 ging van 17 (begin) naar 16",
                "Evalueer de behandeling",
                "Achterstallige metingen",
                "40 dagen",
                "Het is geen crisislijn",
            ],
        ),
        ("en", ["Weekly report of your own patients", "nothing is counted for others", "40 days"]),
    ],
)
def test_it_holds_the_own_caseload_in_full(
    reports: Path, language: str, sentences: list[str]
) -> None:
    text = text_of(reports / f"{MINE}.{language}.pdf")
    assert [sentence for sentence in sentences if sentence not in text] == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_it_holds_nothing_of_others(reports: Path, language: str) -> None:
    words = set(text_of(reports / f"{MINE}.{language}.pdf").split())
    assert words.isdisjoint(OTHERS)


def test_it_is_tagged_short_and_drawn(reports: Path) -> None:
    file = reports / f"{MINE}.nl.pdf"
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata_of(file)
    assert alternative_texts(file) == [
        "PHQ-9: 3 metingen, van 12 naar 19,5 op 20 nov 2026; afkappunt 10"
    ]
    assert len(pages_of(file)) == 1


def test_a_therapist_with_nothing_to_read_is_told_so(tmp_path: Path) -> None:
    quiet = {"clinic_id": "noord", "patient_id": "p", "episode_id": "e", "is_closed": False}
    tables = {**shared_clinic(), "episode": [{**quiet, "therapist_id": "t9"}]}
    snapshot = write_snapshot(tmp_path / "run.duckdb", tables)
    write_reports(snapshot, tmp_path / "reports", ("nl",))
    (file,) = (tmp_path / "reports").rglob("t9.nl.pdf")
    assert "Van uw patiënten staan geen meldingen open." in text_of(file)


def test_a_service_can_leave_them_out(tmp_path: Path) -> None:
    snapshot = write_snapshot(tmp_path / "run.duckdb", shared_clinic())
    write_reports(snapshot, tmp_path / "reports", ("nl",), has_therapists=False)
    assert not list(tmp_path.rglob("therapists"))
