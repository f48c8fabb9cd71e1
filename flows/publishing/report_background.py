"""What stands behind the alerts of a report: figures, quality, dates, definitions, use."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from dashboards.drawing.formats import day, moment, number, one_decimal
from dashboards.drawing.translation import translation
from flows.publishing.report_definitions import definitions
from flows.publishing.report_quality import quality
from flows.publishing.report_rows import Clinic, Figure, ReportData, Run
from flows.publishing.report_words import ABSENT, ALERT_FIGURES, CARE_FIGURES, INTENDED_USE
from flows.sealing import PRINTED_DIGITS

RESULTS = "change_"
"""Figures of change begin so; they stand in a part of their own, with their intervals."""


def background(data: ReportData, clinic: Clinic, language: str) -> Mapping[str, object]:
    """The parts of the report after the page of what to do."""
    return {
        "figures": _figures(clinic, language),
        "quality": quality(data, clinic, language),
        "dates": _dates(data, clinic, language),
        "definitions": definitions(data, clinic, language),
        "intended_use": intended_use(language),
    }


def intended_use(language: str) -> Mapping[str, object]:
    _ = translation(language).gettext
    return {"title": _("Intended use"), "points": [_(point) for point in INTENDED_USE]}


def _figures(clinic: Clinic, language: str) -> Mapping[str, object]:
    _ = translation(language).gettext
    named = {**CARE_FIGURES, **ALERT_FIGURES}
    keys = [key for key in clinic.figures if key not in named and not key.startswith(RESULTS)]
    groups = (
        (_("Care"), CARE_FIGURES),
        (_("Alerts"), ALERT_FIGURES),
        (_("Other"), {key: key.replace("_", " ") for key in keys}),
    )
    rows = [(title, _figure_rows(clinic, names, language)) for title, names in groups]
    return {
        "title": _("This week in figures"),
        "groups": [{"title": title, "rows": part} for title, part in rows if part],
        "note": _("Every figure stands in the table clinic_figure (opkoers export clinic_figure)."),
    }


def _figure_rows(
    clinic: Clinic, names: Mapping[str, str], language: str
) -> Sequence[Sequence[str]]:
    return [
        _figure_row(clinic.figures[key], name, language)
        for key, name in names.items()
        if key in clinic.figures
    ]


def _figure_row(figure: Figure, name: str, language: str) -> Sequence[str]:
    words = translation(language)
    value = number(figure.numerator, language)
    if figure.denominator is not None:
        of = number(figure.denominator, language)
        value = words.gettext("{part} of {whole}").format(part=value, whole=of)
    if figure.figure == "alerts_per_100_assessments" and figure.denominator:
        rate = one_decimal(100 * figure.numerator / figure.denominator, language)
        value = f"{rate} ({value})"
    return [words.gettext(name), value]


def _dates(data: ReportData, clinic: Clinic, language: str) -> Mapping[str, object]:
    _ = translation(language).gettext
    run, measured = data.run, clinic.measured
    rows = [
        (_("Measured up to"), day(run.as_of, language)),
        (_("Received up to"), _moment(data.received_until, language)),
        (
            _("Last measurement of this clinic"),
            day(measured.last_measured_at, language) if measured else ABSENT,
        ),
        (
            _("Answers to alerts read up to number; seal"),
            f"{number(run.journal_seq, language)}; {seal_in_words(run)}",
        ),
        (_("Version of Op koers, of the tables"), f"{run.code_version}, {run.contract_version}"),
    ]
    artificial = _(
        "Some exports know sessions but no dates; their dates were made from the session"
        " numbers and are not real."
    )
    return {
        "title": _("Date of the data"),
        "rows": [list(row) for row in rows],
        "note": artificial if measured and measured.has_artificial_date else None,
    }


def _moment(at: datetime | None, language: str) -> str:
    return ABSENT if at is None else moment(at, language)


def seal_in_words(run: Run) -> str:
    """Number and head of the last sealed batch, in groups that an eye can compare.

    Half of its digits: to make another chain that ends in the same 128 bits is out of reach.
    """
    if run.journal_head is None:
        return ABSENT
    groups = [run.journal_head[at : at + 8] for at in range(0, PRINTED_DIGITS, 8)]
    return f"{run.journal_seal}: {' '.join(groups)}"
