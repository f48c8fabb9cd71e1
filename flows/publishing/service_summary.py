"""One page for the quality officer: the week of the service and its clinics, without patients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from dashboards.drawing.formats import number
from dashboards.drawing.translation import N_, translation
from flows.publishing.frame import Document, frame
from flows.publishing.report_background import intended_use
from flows.publishing.report_rows import ReportData
from flows.publishing.report_words import ABSENT

FIGURES = {
    "patients_in_treatment": N_("Patients in treatment"),
    "measured_this_week": N_("Patients measured this week"),
    "overdue": N_("Overdue measurements"),
    "answered_within_a_week": N_("Alerts of a week ago, answered since"),
    "measured_twice": N_("Finished: measured at start and later"),
    "reliably_better": N_("Finished: recovered or improved"),
    "reliably_worse": N_("Finished: deteriorated"),
}
MOST_CLINICS = 18
"""More do not fit on the page; a larger service reads itself as a whole."""

SUMMARY = """
select unit, clinic_id, figure, numerator, denominator, value, lower, upper, is_shown, is_small
from summary_figure
order by unit desc, clinic_id, figure
"""


@dataclass(frozen=True)
class SummaryFigure:
    """A count, or a share with its 95 % interval; `unit` is service or clinic."""

    unit: str
    clinic_id: str | None
    figure: str
    numerator: int
    denominator: int | None
    value: float | None
    lower: float | None
    upper: float | None
    is_shown: bool
    is_small: bool

    @property
    def is_hidden(self) -> bool:
        return self.is_small or not self.is_shown


def read_summary(connection: duckdb.DuckDBPyConnection) -> Sequence[SummaryFigure]:
    return [SummaryFigure(*row) for row in connection.execute(SUMMARY).fetchall()]


def summary_page(
    data: ReportData, figures: Sequence[SummaryFigure], language: str
) -> Mapping[str, object]:
    """The whole page; keys as service_summary.typ names them."""
    _ = translation(language).gettext
    run = data.run
    title = _("Quality of the week")
    service = Document(title, _("All clinics"), run.service_name, run.as_of, run.simulated, None)
    clinics = sorted({each.clinic_id for each in figures if each.clinic_id is not None})
    shown = clinics if len(clinics) <= MOST_CLINICS else []
    hidden = hidden_cells(figures)
    by_place = {(each.clinic_id, each.figure): each for each in figures}
    return {
        **frame(service, language),
        "columns": [_("Figure"), _("Count"), _("Share (95 % interval)")],
        "rows": [
            [_(name), *_with_count(by_place.get((None, key)), hidden, language)]
            for key, name in FIGURES.items()
        ],
        "clinic_columns": [_("Clinic"), *(_(name) for name in FIGURES.values())],
        "clinics": [
            [clinic, *(_cell(by_place.get((clinic, key)), hidden, language) for key in FIGURES)]
            for clinic in shown
        ],
        "many": _("{n} clinics: too many for one page. Each has its own report and page.").format(
            n=number(len(clinics), language)
        )
        if clinics and not shown
        else None,
        "notes": [
            _(
                "Shares with 95 % intervals. Finished: per questionnaire on symptoms, treatments"
                " that ended in the last 365 days."
            ),
            _(
                "A dash: a count of one to four, or all but one to four; a clinic with fewer than"
                " five therapists or one of them with over half of its treatments; or a figure"
                " from which one of these could be worked out."
            ),
            _("No figure here is about a patient or a therapist."),
        ],
        "intended_use": intended_use(language),
    }


def hidden_cells(figures: Sequence[SummaryFigure]) -> set[tuple[str | None, str]]:
    """What is not told; where one clinic alone is hidden, the smallest other one is as well.

    Else the difference between the service and the clinics that are shown would tell it.
    """
    hidden = {(each.clinic_id, each.figure) for each in figures if each.is_hidden}
    for figure in FIGURES:
        clinics = [e for e in figures if e.figure == figure and e.clinic_id is not None]
        alone = [each for each in clinics if (each.clinic_id, figure) in hidden]
        others = [each for each in clinics if (each.clinic_id, figure) not in hidden]
        if len(alone) == 1 and others:
            smallest = min(others, key=lambda each: each.numerator)
            hidden.add((smallest.clinic_id, figure))
        elif len(alone) == 1:
            hidden.add((None, figure))
    return hidden


def _with_count(
    figure: SummaryFigure | None, hidden: set[tuple[str | None, str]], language: str
) -> Sequence[str]:
    """A count with its whole, and the share; a share where there is one."""
    if figure is None or (figure.clinic_id, figure.figure) in hidden:
        return [ABSENT, ABSENT]
    count = number(figure.numerator, language)
    if figure.denominator is None:
        return [count, ""]
    whole = number(figure.denominator, language)
    text = translation(language).gettext("{part} of {whole}").format(part=count, whole=whole)
    return [text, _cell(figure, hidden, language)]


def _cell(figure: SummaryFigure | None, hidden: set[tuple[str | None, str]], language: str) -> str:
    if figure is None or (figure.clinic_id, figure.figure) in hidden:
        return ABSENT
    if figure.denominator is None:
        return number(figure.numerator, language)
    if figure.value is None or figure.lower is None or figure.upper is None:
        return ABSENT
    return (
        translation(language)
        .gettext("{value} % ({low} to {high})")
        .format(
            value=number(round(100 * figure.value), language),
            low=number(round(100 * figure.lower), language),
            high=number(round(100 * figure.upper), language),
        )
    )
