"""Clinics of any size, odd signs, and a disk that is full: a report all the same, or a sentence."""

from datetime import timedelta
from pathlib import Path

import pytest

from flows.errors import ExitCode, OpKoersError
from flows.mishaps import told_as_sentence
from flows.publishing import report, report_page
from flows.publishing.report import write_reports
from tests.publishing.pdf import pages_of, text_of
from tests.publishing.snapshots import (
    NOW,
    Tables,
    busy_clinic,
    deterioration,
    no_progress,
    run,
    write_snapshot,
)


def report_of(home: Path, tables: Tables, clinic: str = "noord") -> Path:
    snapshot = write_snapshot(home / "run.duckdb", tables)
    write_reports(snapshot, home / "reports", ("nl",), has_therapists=False)
    return home / "reports" / "2026-W47" / clinic / "report.nl.pdf"


def test_a_clinic_without_patients_has_a_report(tmp_path: Path) -> None:
    ended = {"clinic_id": "leeg", "patient_id": "p", "episode_id": "e", "is_closed": True}
    pages = pages_of(report_of(tmp_path, {"run": [run()], "episode": [ended]}, "leeg"))
    assert len(pages) <= 3
    assert "Geen meldingen" in pages[0]
    assert "In de laatste 365 dagen is geen behandeling geëindigd." in " ".join(pages)


def test_three_thousand_alerts_are_all_there(tmp_path: Path) -> None:
    """Those told in full stay as few; the rest takes a line each, some fifty to a page."""
    new = [deterioration("noord", n, patient_id=f"n-{n:04d}") for n in range(1000)]
    older = [no_progress("noord", n, patient_id=f"o-{n:04d}") for n in range(2000)]
    overdue = [
        {
            "clinic_id": "noord",
            "patient_id": f"w-{n:04d}",
            "episode_id": f"e{n}",
            "last_measured_at": NOW - timedelta(days=40),
            "days_since": 40,
            "has_open_alert": False,
        }
        for n in range(300)
    ]
    tables = {**busy_clinic("noord"), "alert_list": [*new, *older], "overdue": overdue}
    pages = pages_of(report_of(tmp_path, tables))
    text = " ".join(pages)
    wanted = {f"n-{n:04d}" for n in range(1000)} | {f"o-{n:04d}" for n in range(2000)}
    wanted |= {f"w-{n:04d}" for n in range(300)}
    assert wanted - set(text.split()) == set()
    assert len(pages) < 80
    assert all(f"Pagina {n} van {len(pages)}" in page for n, page in enumerate(pages, start=1))


@pytest.mark.parametrize(
    ("odd", "printed"),
    [
        ("\u05d3\u05d5\u05d3", "[U+05D3][U+05D5][U+05D3]"),  # Hebrew, right to left
        ("p\u202e1", "p[U+202E]1"),  # turns the direction of what follows
        ("p\U0001f600", "p[U+1F600]"),  # an emoji
        ("p\u0301", "p[U+0301]"),  # a loose accent
        ("p\x00", "p[U+0000]"),
    ],
)
def test_a_sign_without_a_glyph_is_printed_as_its_code(
    tmp_path: Path, odd: str, printed: str
) -> None:
    alert = deterioration("noord", 1, patient_id=odd, therapist_id=odd)
    tables = {**busy_clinic("noord"), "alert_list": [alert]}
    text = text_of(report_of(tmp_path, tables)).replace(" ", "")
    assert printed in text
    assert odd not in text


def test_a_full_disk_leaves_the_last_report_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdf = report_of(tmp_path, busy_clinic("noord"))
    before = {file.name: file.read_bytes() for file in pdf.parent.iterdir()}
    later = {**busy_clinic("noord"), "alert_list": [deterioration("noord", 1)]}
    (tmp_path / "run.duckdb").unlink()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report, "write_csv", full)
    with pytest.raises(OpKoersError, match="the disk is full") as caught, told_as_sentence():
        report_of(tmp_path, later)
    assert caught.value.exit_code == ExitCode.DISK_FULL
    assert {file.name: file.read_bytes() for file in pdf.parent.iterdir()} == before
    assert [folder.name for folder in pdf.parents[1].iterdir() if folder.is_dir()] == ["noord"]


def test_one_clinics_failure_does_not_keep_the_others_from_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [deterioration("noord", 1), deterioration("zuid", 2)]
    tables = {**busy_clinic("noord"), "alert_list": both}
    written = report_page.report_page

    def broken(data: object, clinic: object, language: str) -> object:
        if getattr(clinic, "clinic_id", "") == "noord":
            raise ZeroDivisionError
        return written(data, clinic, language)  # type: ignore[arg-type]

    monkeypatch.setattr("flows.publishing.report.report_page", broken)
    with pytest.raises(ZeroDivisionError):
        report_of(tmp_path, tables)
    assert [file.parent.name for file in tmp_path.rglob("report.nl.pdf")] == ["zuid"]
