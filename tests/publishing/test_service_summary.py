"""The page of the service: no patient, no therapist, and no figure about a few people."""

from pathlib import Path

import pytest

from flows.publishing.report import write_reports
from flows.publishing.service_summary import FIGURES, SummaryFigure, hidden_cells
from tests.publishing.pdf import lines_of, metadata_of, pages_of, text_of
from tests.publishing.snapshots import Row, Tables, busy_clinic, write_snapshot


def figure(clinic: str | None, name: str, part: int, whole: int | None, **changes: object) -> Row:
    share = {"value": 0.5, "lower": 0.41, "upper": 0.59} if whole else {}
    row = {
        "unit": "clinic" if clinic else "service",
        "clinic_id": clinic,
        "figure": name,
        "numerator": part,
        "denominator": whole,
        "is_shown": True,
        "is_small": False,
    }
    return {**row, **share, **changes}


SUMMARY = [
    figure(None, "patients_in_treatment", 475, None),
    figure("noord", "patients_in_treatment", 300, None),
    figure("zuid", "patients_in_treatment", 170, None),
    figure("klein", "patients_in_treatment", 5, None, is_shown=False),
    figure(None, "reliably_better", 60, 120),
    figure("noord", "reliably_better", 58, 116),
    figure("zuid", "reliably_better", 2, 4, is_small=True),
]


def page_of(home: Path, figures: list[Row], language: str = "nl") -> Path:
    tables: Tables = {**busy_clinic("noord"), "summary_figure": figures}
    snapshot = write_snapshot(home / "run.duckdb", tables)
    write_reports(snapshot, home / "reports", (language,), has_therapists=False)
    return home / "reports" / "2026-W47" / f"quality.{language}.pdf"


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "nl",
            ["Patiënten in behandeling 475", "Afgesloten: hersteld of verbeterd 60 van 120"
             " 50 % (41 tot 59)"],
        ),
        ("en", ["Patients in treatment 475", "Finished: recovered or improved 60 of 120"
                " 50 % (41 to 59)"]),
    ],
)  # fmt: skip
def test_the_service_is_told_with_counts_shares_and_intervals(
    tmp_path: Path, language: str, lines: list[str]
) -> None:
    found = lines_of(page_of(tmp_path, SUMMARY, language))
    assert [line for line in lines if line not in found] == []


def test_small_cells_and_small_clinics_stay_hidden(tmp_path: Path) -> None:
    """klein has too few therapists, so zuid's count goes too: 475 - 300 - 170 would tell it."""
    file = page_of(tmp_path, SUMMARY)
    dash = "\N{EN DASH}"
    lines = [line for line in lines_of(file) if line.startswith(("noord", "zuid", "klein"))]
    assert [line.split()[1] for line in lines] == [dash, "300", dash]
    assert "58 van 116" not in text_of(file)
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata_of(file)


def test_no_patient_and_no_therapist_is_on_it(tmp_path: Path) -> None:
    words = set(text_of(page_of(tmp_path, SUMMARY)).split())
    assert words.isdisjoint({"p1", "p2", "p21", "t1", "t2", "b-0142"})


@pytest.mark.parametrize("clinics", [0, 1, 18, 300])
def test_it_is_one_page_for_any_service(tmp_path: Path, clinics: int) -> None:
    figures = [figure(f"clinic-{n:03d}", name, 20, 60) for n in range(clinics) for name in FIGURES]
    assert len(pages_of(page_of(tmp_path, figures))) == 1


def shown(clinic: str | None, numerator: int, *, is_small: bool = False) -> SummaryFigure:
    unit = "clinic" if clinic else "service"
    return SummaryFigure(unit, clinic, "overdue", numerator, None, None, None, None, True, is_small)


@pytest.mark.parametrize(
    ("figures", "hidden"),
    [
        ([shown(None, 60), shown("a", 20), shown("b", 40)], set()),
        # one small one: the smallest of the others hides it
        ([shown(None, 63), shown("a", 3, is_small=True), shown("b", 20), shown("c", 40)],
         {"a", "b"}),
        # two small ones hide each other
        ([shown(None, 46), shown("a", 3, is_small=True), shown("b", 3, is_small=True),
          shown("c", 40)], {"a", "b"}),
        # no other clinic to hide it: the service's own figure goes
        ([shown(None, 3), shown("a", 3, is_small=True)], {"a", None}),
    ],
)  # fmt: skip
def test_a_hidden_figure_cannot_be_worked_out(
    figures: list[SummaryFigure], hidden: set[str | None]
) -> None:
    assert {clinic for clinic, _ in hidden_cells(figures)} == hidden
