"""The audit reports of quarters, as the quality officer fetches them, and nobody else."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from dashboards.report_files import AUDIT_FILES, SERVICE_FOLDER, audit_file, audited_quarters
from flows.publishing import audit_report
from flows.publishing.audit_quarter import Quarter
from flows.publishing.audit_revisions import TOLD
from tests.access_matrix import add_people

SignedIn = Callable[..., Client]


@pytest.fixture
def officer(signed_in: SignedIn, snapshot: Path) -> Client:
    add_people()
    return signed_in("quality officer", "nl")


@pytest.fixture
def reports(settings: Settings, officer: Client) -> Path:
    """Two quarters, a folder that is none of them, and a file that is no report."""
    reports: Path = settings.OPKOERS.reports
    for quarter in ("2026-Q3", "2026-Q2", "2026-Q3~known-20261116T050000Z"):
        folder = reports / quarter / "service"
        folder.mkdir(parents=True)
        (folder / "audit.nl.pdf").write_bytes(f"%PDF of {quarter}".encode())
    (reports / "2026-Q3" / "service" / "notes.txt").write_text("not a report")
    return reports


@pytest.mark.usefixtures("reports")
def test_the_officer_fetches_the_report_of_a_quarter(officer: Client) -> None:
    page = " ".join(officer.get("/quality").content.decode().split())
    assert "Kwartaalrapporten voor de audit" in page
    assert page.index("/quality/reports/2026-Q3/") < page.index("/quality/reports/2026-Q2/")
    assert "known" not in page
    answer = officer.get("/quality/reports/2026-Q3/audit.nl.pdf")
    assert answer.getvalue() == b"%PDF of 2026-Q3"
    assert answer["Content-Disposition"] == 'attachment; filename="2026-Q3.audit.nl.pdf"'
    assert answer["Cache-Control"] == "no-store"
    answer.close()


@pytest.mark.parametrize(
    "place",
    [
        "2026-Q3/notes.txt",
        "2026-Q3/audit.en.pdf",
        "2026-Q1/audit.nl.pdf",
        "2026-Q3~known-20261116T050000Z/audit.nl.pdf",
        "..%2F2026-Q3/audit.nl.pdf",
        "2026-W47/audit.nl.pdf",
    ],
)
@pytest.mark.usefixtures("reports")
def test_nothing_else_is_fetched(place: str, officer: Client) -> None:
    assert officer.get(f"/quality/reports/{place}").status_code == 404


@pytest.mark.parametrize("who", ["coordinator", "therapist", "administrator"])
@pytest.mark.usefixtures("reports")
def test_nobody_else_fetches_it(who: str, signed_in: SignedIn) -> None:
    assert signed_in(who).get("/quality/reports/2026-Q3/audit.nl.pdf").status_code == 403


def test_before_the_first_quarter_the_page_says_when_it_comes(officer: Client) -> None:
    page = officer.get("/quality").content.decode()
    assert "het eerste komt bij de eerste verwerking na het einde van een kwartaal" in page


def test_pages_and_runs_mean_the_same_files(tmp_path: Path) -> None:
    """The two rooms share no code for it; their names are held against each other here."""
    names = {audit_report.audit_name("nl"), audit_report.audit_name("en")}
    assert set(AUDIT_FILES) == names | {TOLD, audit_report.FIGURES}
    assert SERVICE_FOLDER == audit_report.SERVICE_FOLDER
    folder = audit_report.audit_folder(tmp_path, Quarter(2026, 3))
    folder.mkdir(parents=True)
    (folder / "audit.csv").write_text("")
    assert audit_file(tmp_path, "2026-Q3", "audit.csv") == folder / "audit.csv"
    (quarter,) = audited_quarters(tmp_path, at_most=8)
    assert (quarter.quarter, quarter.files) == ("2026-Q3", ["audit.csv"])
