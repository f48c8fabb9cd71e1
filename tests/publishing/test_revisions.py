"""Corrections: what makes a revision, what it says, and what stays."""

import json
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from flows.publishing.report import write_reports
from flows.publishing.revisions import Change, changes
from tests.publishing.pdf import pages_of, text_of
from tests.publishing.snapshots import (
    Tables,
    assessment,
    busy_clinic,
    deterioration,
    file_quality,
    no_progress,
    run,
    write_snapshot,
)

BEFORE = [deterioration("noord", 1), no_progress("noord", 2), no_progress("noord", 3)]
AFTER = [deterioration("noord", 1, level="amber"), no_progress("noord", 2), no_progress("noord", 4)]
LATER = datetime(2026, 11, 25, 9)
WEEK = "2026-W47"

Subjects = dict[tuple[str, ...], str]


def tables(alerts: list[dict[str, object]], **of_run: object) -> Tables:
    quiet = {**busy_clinic("noord"), "alert": [], "score": [], "baseline": []}
    return {**quiet, "run": [run(**of_run)], "alert_list": alerts}


def report(
    home: Path, told: Tables, known_at: datetime | None = None, language: str = "nl"
) -> Path:
    """The clinic's folder after reports were written of these tables."""
    (home / "run.duckdb").unlink(missing_ok=True)
    snapshot = write_snapshot(home / "run.duckdb", told)
    written = write_reports(
        snapshot, home / "reports", (language,), known_at=known_at, has_therapists=False
    )
    names = (f"report.{language}.pdf", "noord")
    (pdf,) = (file for file in written if (file.name, file.parent.name) == names)
    return pdf.parent


def bytes_of(folder: Path) -> Mapping[str, bytes]:
    """Content by name, but for earlier revisions and for the record of the moment."""
    files = (file for file in folder.rglob("*") if file.is_file() and file.name[0] != ".")
    names = {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
    return {name: content for name, content in names.items() if not name.startswith("r1/")}


def told_by(folder: Path) -> Mapping[str, object]:
    told: Mapping[str, object] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return told


def test_a_first_report_speaks_of_no_revision(tmp_path: Path) -> None:
    folder = report(tmp_path, tables(BEFORE))
    assert told_by(folder)["revision"] == 1
    assert "Herziening" not in text_of(folder / "report.nl.pdf")


def test_a_rerun_that_changes_nothing_touches_nothing(tmp_path: Path) -> None:
    """Neither the moment of the run nor its number is news."""
    folder = report(tmp_path, tables(BEFORE))
    before = {f.name: (f.stat().st_ino, f.stat().st_mtime_ns) for f in folder.iterdir()}
    report(tmp_path, tables(BEFORE, run_id="another", known_at=LATER, journal_seq=1300))
    assert {f.name: (f.stat().st_ino, f.stat().st_mtime_ns) for f in folder.iterdir()} == before


def test_what_is_missing_from_a_report_is_written_again(tmp_path: Path) -> None:
    folder = report(tmp_path, tables(BEFORE))
    before = bytes_of(folder)
    (folder / "alerts.csv").unlink()
    (folder / "critical.nl.pdf").write_text("of a run that was stopped")
    report(tmp_path, tables(BEFORE))
    assert bytes_of(folder) == before


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "nl",
            [
                "Herziening 2 van het rapport van deze week",
                "Het eerdere staat ernaast, in map r1.",
                "p3 Nog geen betrouwbare verbetering geen melding meer",
                "p4 Nog geen betrouwbare verbetering nieuw in deze herziening",
                "p1 Betrouwbare verslechtering ander niveau: Rood werd Oranje",
            ],
        ),
        (
            "en",
            [
                "Revision 2 of this week's report",
                "p3 No reliable improvement yet no longer an alert",
                "p1 Reliable deterioration another level: Red became Amber",
            ],
        ),
    ],
)
def test_late_data_make_a_revision_that_says_what_changed(
    tmp_path: Path, language: str, sentences: list[str]
) -> None:
    first = bytes_of(report(tmp_path, tables(BEFORE), language=language))
    folder = report(tmp_path, tables(AFTER, known_at=LATER), language=language)
    pages = pages_of(folder / f"report.{language}.pdf")
    assert [sentence for sentence in sentences if sentence not in pages[0]] == []
    mark = {"nl": "Herziening 2", "en": "Revision 2"}[language]
    assert all(mark in page for page in pages)
    assert bytes_of(folder / "r1") == first
    told = told_by(folder)
    assert told["revision"] == 2
    assert told["changes"] == [
        {"patient_id": "p3", "kind": "no_reliable_improvement", "before": "amber", "now": None,
         "what": "gone"},
        {"patient_id": "p4", "kind": "no_reliable_improvement", "before": None, "now": "amber",
         "what": "added"},
        {"patient_id": "p1", "kind": "reliable_deterioration", "before": "red", "now": "amber",
         "what": "level"},
    ]  # fmt: skip


def test_every_revision_stays(tmp_path: Path) -> None:
    alerts = [deterioration("noord", n) for n in range(4)]
    for last in (1, 2, 3, 4):
        folder = report(tmp_path, tables(alerts[:last], known_at=LATER.replace(minute=last)))
    assert [told_by(folder / name)["revision"] for name in ("r1", "r2", "r3")] == [1, 2, 3]
    assert told_by(folder)["revision"] == 4
    assert not list((folder / "r3").glob("r*/"))


def test_figures_alone_make_a_revision_too(tmp_path: Path) -> None:
    report(tmp_path, tables(BEFORE))
    more = {**tables(BEFORE, known_at=LATER), "data_quality": [file_quality("noord", landed=9)]}
    folder = report(tmp_path, more)
    assert told_by(folder)["changes"] == []
    assert "wel veranderden cijfers" in pages_of(folder / "report.nl.pdf")[0]


def test_another_clinics_late_file_is_no_correction_of_this_one(tmp_path: Path) -> None:
    report(tmp_path, tables(BEFORE))
    zuid = {"data_quality": [*tables(BEFORE)["data_quality"], file_quality("zuid")]}
    report(tmp_path, {**tables(BEFORE, known_at=LATER), **zuid})
    assert told_by(tmp_path / "reports" / WEEK / "noord")["revision"] == 1


def test_a_past_moment_gives_the_report_as_it_was(tmp_path: Path) -> None:
    folder = report(tmp_path, tables(BEFORE))
    first = bytes_of(folder)
    report(tmp_path, tables(AFTER, known_at=LATER))
    second = bytes_of(folder)
    moment = datetime(2026, 11, 20, 6)
    past = report(tmp_path, tables(BEFORE, run_id="again"), known_at=moment)
    assert past.parent.name == f"{WEEK}~known-20261120T060000Z"
    assert bytes_of(past) == first
    again = report(tmp_path, tables(AFTER, known_at=LATER, run_id="again"), known_at=LATER)
    assert bytes_of(again) == second
    assert bytes_of(folder) == second


def test_a_past_moment_that_was_never_reported_counts_from_those_before(tmp_path: Path) -> None:
    report(tmp_path, tables(BEFORE))
    past = report(tmp_path, tables(AFTER, known_at=LATER), known_at=LATER)
    assert told_by(past)["revision"] == 2


def test_a_damaged_record_of_a_report_costs_no_report(tmp_path: Path) -> None:
    folder = report(tmp_path, tables(BEFORE))
    (folder / ".revision.json").write_text("{")
    assert told_by(report(tmp_path, tables(AFTER)))["revision"] == 1


def test_without_links_earlier_revisions_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(source: str, target: str) -> None:
        raise OSError("no links here")

    first = bytes_of(report(tmp_path, tables(BEFORE)))
    monkeypatch.setattr("os.link", refused)
    assert bytes_of(report(tmp_path, tables(AFTER)) / "r1") == first


def test_alerts_are_compared_by_patient_kind_and_subject() -> None:
    before: Subjects = {("p", "off_course", ""): "red", ("q", "critical_item", "violence"): "red"}
    now: Subjects = {("p", "off_course", ""): "red", ("q", "critical_item", "self_harm"): "red"}
    assert changes(before, now) == (
        Change("q", "critical_item", None, "red"),
        Change("q", "critical_item", "red", None),
    )


def test_a_clinic_that_came_later_starts_at_one(tmp_path: Path) -> None:
    report(tmp_path, tables(BEFORE))
    shutil.rmtree(tmp_path / "reports")
    later = {**tables(BEFORE), "assessment": [assessment("noord")]}
    assert told_by(report(tmp_path, later))["revision"] == 1
