"""Thresholds that were computed, as rows of the report's table of definitions."""

from collections.abc import Sequence

from dashboards.drawing.formats import number
from dashboards.drawing.sentences import name_of
from dashboards.drawing.translation import translation
from flows.publishing.report_rows import ComputedLimit
from flows.publishing.report_words import ABSENT, CONSTANTS

COMPUTED = ("reliable_change", "cutoff")
"""Constants that local values replace: a report never holds both."""


def computed_row(limit: ComputedLimit, language: str) -> Sequence[str]:
    """Questionnaire, what, value with its interval, where it comes from, for whom."""
    _ = translation(language).gettext
    name = limit.short_name if limit.scale == "total" else f"{limit.short_name} {limit.scale}"
    is_local = limit.scope == "local"
    return [
        name,
        name_of(limit.constant, CONSTANTS, language),
        _value(limit, language),
        _source(limit, language),
        _("this clinic") if is_local else _("as the values it is computed from"),
    ]


def _value(limit: ComputedLimit, language: str) -> str:
    if limit.value is None:
        return ABSENT
    text = f"{limit.rule} {number(limit.value, language)}"
    if limit.lower is None or limit.upper is None:
        return text
    return f"{text} [{number(limit.lower, language)}; {number(limit.upper, language)}]"


def _source(limit: ComputedLimit, language: str) -> str:
    words = translation(language)
    if limit.scope != "local":
        return words.gettext(
            "computed from the published values of the instrument file (Jacobson & Truax, 1991)"
        )
    intakes = limit.intakes or 0
    if limit.value is None:
        return words.ngettext(
            "not known: {n} own intake, or a value that the instrument file does not have",
            "not known: {n} own intakes, or a value that the instrument file does not have",
            intakes,
        ).format(n=number(intakes, language))
    return words.ngettext(
        "computed from {n} own intake (Jacobson & Truax, 1991), with a 95 % interval",
        "computed from {n} own intakes (Jacobson & Truax, 1991), with a 95 % interval",
        intakes,
    ).format(n=number(intakes, language))
