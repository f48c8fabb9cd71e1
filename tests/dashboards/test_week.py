"""The week of a clinic: the counts that the report prints, what waits, and the files of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from dashboards.journal.goals import Course, announce_leaving, take_back_leaving
from dashboards.journal.models import AccessLogEntry
from dashboards.report_files import REPORT_FILES, report_file, report_weeks
from flows.publishing.folders import folder_names
from tests.dashboards.published import FIGURES

SignedIn = Callable[..., Client]
HARD_NAMES = ["noord", "Noord", "a/b", "..", ".hidden", "~", "zuid %", "é" * 80, "", "con~x"]


def page_of(client: Client) -> str:
    return " ".join(client.get("/week").content.decode().split())


@pytest.mark.usefixtures("snapshot")
def test_the_counts_are_those_of_the_published_table(signed_in: SignedIn) -> None:
    """As the Dutch write them; none of another clinic."""
    shown = page_of(signed_in("coordinator", "nl"))

    told = {figure: number for clinic, figure, number, _of in FIGURES if clinic == "noord"}
    assert f'<span class="tile-figure">{told["critical_open"]}</span>' in shown
    assert '<span class="tile-figure">1.317</span>' in shown
    assert "21 van 57 (37 %)" in shown
    assert "4.242" not in shown


@pytest.mark.usefixtures("snapshot")
def test_open_alerts_stand_by_kind_and_age(signed_in: SignedIn) -> None:
    """All of the small snapshot are open for 10 days; what is answered is counted no more."""
    client = signed_in("coordinator")
    shown = page_of(client)
    assert 'aria-label="Reliable deterioration, 1 to 2 weeks: 1"' in shown
    assert 'aria-label="Critical item, 1 to 2 weeks: 1"' in shown

    client.post("/alerts/noord-t1-worse/answer", {"shown_seq": 0, "action": "consult"})
    assert "Reliable deterioration, 1 to 2 weeks" not in page_of(client)


@pytest.mark.usefixtures("snapshot")
def test_who_was_measured_is_counted_over_patients_in_treatment(signed_in: SignedIn) -> None:
    """Of noord six patients are in treatment (P9 by a second episode); P5 and P6 are overdue."""
    shown = page_of(signed_in("coordinator"))

    assert "4 of 6 patients in treatment (67 %)" in shown
    assert "Patient P5: 41 days" in shown


@pytest.mark.usefixtures("snapshot")
def test_who_said_to_stop_is_named_without_their_words(signed_in: SignedIn) -> None:
    client = signed_in("coordinator")
    courses = [Course("noord", "P1", "P1-1"), Course("noord", "P4", "P4-1")]
    for course in [*courses, Course("zuid", "P7", "P7-1")]:
        announce_leaving("therapist", course, "It costs too much.")
    take_back_leaving("therapist", courses[1])

    shown = page_of(client)
    section = shown[shown.index('id="leaving"') : shown.index('id="changes"')]
    assert "Patient P1, therapist T1" in section
    assert "P4" not in section
    assert "P7" not in section
    assert "costs too much" not in shown


@pytest.mark.usefixtures("snapshot")
def test_the_files_of_the_own_clinic_are_fetched_and_that_is_written_down(
    signed_in: SignedIn, settings: Settings
) -> None:
    folder = settings.OPKOERS.reports / "2026-W47" / "noord"
    for clinic in (folder, folder.with_name("zuid")):
        clinic.mkdir(parents=True)
        (clinic / "report.nl.pdf").write_bytes(f"%PDF of {clinic.name}".encode())
    (folder / "notes.txt").write_text("not a report")
    client = signed_in("coordinator")

    assert "/week/2026-W47/report.nl.pdf" in page_of(client)
    answer = client.get("/week/2026-W47/report.nl.pdf")
    assert answer.getvalue() == b"%PDF of noord"
    assert answer["Content-Disposition"] == 'attachment; filename="2026-W47.report.nl.pdf"'
    assert answer["Cache-Control"] == "no-store"
    entry = AccessLogEntry.objects.latest("seq")
    assert (entry.page, entry.clinic_id, entry.result) == ("week_file", "noord", "allowed")
    answer.close()

    for place in ("2026-W47/notes.txt", "2026-W46/report.nl.pdf", "2026-W47/report.en.pdf"):
        assert client.get(f"/week/{place}").status_code == 404
    assert client.get("/week/..%2F2026-W47/report.nl.pdf").status_code == 404


@pytest.mark.parametrize("present", [HARD_NAMES, HARD_NAMES[2:]])
def test_a_clinic_finds_its_own_folder_and_no_other(tmp_path: Path, present: list[str]) -> None:
    """The names are those that the report gives: `flows/publishing/folders.py`."""
    week = tmp_path / "2026-W47"
    for clinic, name in folder_names(present).items():
        (week / name).mkdir(parents=True)
        (week / name / "alerts.csv").write_text(json.dumps(clinic))

    for clinic in HARD_NAMES:
        file = report_file(tmp_path, clinic, "2026-W47", "alerts.csv")
        found = None if file is None else json.loads(file.read_text())
        assert found == (clinic if clinic in present else None)


def test_only_weeks_and_known_names_are_found(tmp_path: Path) -> None:
    weeks = ["2026-W45", "2026-W46", "2026-W47", "elsewhere", "2026-W47.old"]
    for week in weeks:
        (tmp_path / week / "noord").mkdir(parents=True)
        (tmp_path / week / "noord" / "report.en.pdf").touch()
        (tmp_path / week / "noord" / "report.typ").touch()

    found = report_weeks(tmp_path, "noord", at_most=2)
    assert [each.week for each in found] == ["2026-W47", "2026-W46"]
    assert found[0].files == ["report.en.pdf"]
    assert report_weeks(tmp_path / "nowhere", "noord", at_most=2) == []
    assert report_file(tmp_path, "noord", "elsewhere", "report.en.pdf") is None
    assert report_file(tmp_path, "noord", "2026-W47", "report.typ") is None
    assert "report.typ" not in REPORT_FILES


def test_a_folder_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "elsewhere"
    secret.mkdir()
    (secret / "alerts.csv").touch()
    week = tmp_path / "reports" / "2026-W47"
    week.mkdir(parents=True)
    (week / "noord").symlink_to(secret)

    assert report_file(tmp_path / "reports", "noord", "2026-W47", "alerts.csv") is None
