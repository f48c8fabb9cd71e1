"""Charts of the audit report: primary indicators, units with a signal, funnels."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from dashboards.drawing.control_chart import (
    NARROW,
    WIDE,
    control_chart_in_words,
    control_chart_svg,
)
from dashboards.drawing.formats import number
from dashboards.drawing.funnel import NARROW as NARROW_FUNNEL
from dashboards.drawing.funnel import funnel_in_words, funnel_svg
from dashboards.drawing.quality_series import (
    FEWEST_UNITS,
    MOST_GAPS,
    chart_kind,
    chart_points,
    funnel_curve,
    funnel_units,
    withheld_share,
)
from dashboards.drawing.translation import said, translation
from flows.publishing.audit_changes import untitled, without_figure
from flows.publishing.audit_rows import SERVICE, Definition, Figure, FunnelRow, Unit
from flows.publishing.audit_words import AuditPage

MOST_UNIT_CHARTS = 12
"""So many charts of clinics and teams are drawn; the file has the points of every one."""
MOST_FUNNELS = 12
"""Funnels of the primary indicators come first; the file has every one."""


def charts(page: AuditPage) -> Mapping[str, object]:
    """A control chart of each primary indicator of the service."""
    _ = page.say
    return {
        "title": _("The primary indicators over time"),
        "intro": _(
            "By month where the service is counted so and few months are left out, else by"
            " quarter. Limits and rules are worked out from what is shown. Every point stands in"
            " audit.csv."
        ),
        "charts": [_of_service(each, page) for each in page.data.primary],
    }


def _of_service(definition: Definition, page: AuditPage) -> Mapping[str, object]:
    months = page.data.service_series.get((definition.indicator, "month"), ())
    quarters = page.data.service_series.get((definition.indicator, "quarter"), ())
    is_whole = bool(months) and withheld_share(_rows(months)) <= MOST_GAPS
    return {
        "title": page.title(definition),
        "counted": counted(definition, page),
        **_drawn(months if is_whole else quarters, definition, SERVICE, WIDE, page),
    }


def counted(definition: Definition, page: AuditPage) -> str:
    """What is counted, of what."""
    return page.say("Counted: {numerator}, of {denominator}.").format(
        numerator=said(definition.numerator, page.language),
        denominator=said(definition.denominator, page.language),
    )


def _rows(figures: Sequence[Figure]) -> Sequence[Mapping[str, object]]:
    return [vars(each) for each in figures]


def _drawn(
    figures: Sequence[Figure], definition: Definition, unit: Unit, width: float, page: AuditPage
) -> Mapping[str, object]:
    """The drawing with its words; without one the reason."""
    points = chart_points(_rows(figures))
    if not points:
        return {"svg": None, "alt": "", "without": _without(figures, definition, unit, page)}
    kind = chart_kind(figures[0].period_kind, definition.kind, definition.better)
    title = f"{page.title(definition)}, {page.unit(unit)}"
    return {
        "svg": control_chart_svg(points, kind, width=width, title=title, language=page.language),
        "alt": f"{title}. {control_chart_in_words(points, kind, page.language)}",
        "without": "",
    }


def _without(figures: Sequence[Figure], definition: Definition, unit: Unit, page: AuditPage) -> str:
    if any(each.is_withheld for each in figures):
        return page.say("No picture: so much is left out that the rest alone would mislead.")
    now = page.data.figures(page.data.quarter, unit).get(definition.indicator)
    return untitled(without_figure(unit, definition, now, page), page.title(definition))


# ---------- clinics and teams with a signal


def unit_charts(page: AuditPage) -> Mapping[str, object]:
    """Small charts of clinics and teams on which a rule fired, as many as fit in the report."""
    _ = page.say
    found = list(page.data.unit_series)
    drawn = [_of_unit(unit, name, page) for unit, name in found[:MOST_UNIT_CHARTS]]
    left_out = len(found) - len(drawn)
    return {
        "title": _("Clinics and teams with a signal"),
        "charts": drawn,
        "bound": translation(page.language)
        .ngettext(
            "{n} more signal is not drawn; audit.csv has its points.",
            "{n} more signals are not drawn; audit.csv has their points.",
            left_out,
        )
        .format(n=number(left_out, page.language))
        if left_out > 0
        else None,
    }


def _of_unit(unit: Unit, indicator: str, page: AuditPage) -> Mapping[str, object]:
    definition = page.data.definitions[indicator]
    figures = page.data.unit_series[unit, indicator]
    return {
        "title": f"{page.title(definition)}, {page.unit(unit)}",
        **_drawn(figures, definition, unit, NARROW, page),
    }


# ---------- funnels


def funnels(page: AuditPage) -> Mapping[str, object]:
    """Clinics beside each other, and teams; never therapists."""
    _ = page.say
    found = list(_funnels(page))
    return {
        "title": _("Clinics and teams beside each other"),
        "intro": _(
            "A small unit lies far from the others by chance alone: only outside the lines is it"
            " more than that. Units with small counts are left out. It is no ranking, and says"
            " nothing about a therapist."
        ),
        "charts": found[:MOST_FUNNELS],
        "none": _("No funnel: fewer than {n} clinics or teams are shown on any indicator.").format(
            n=FEWEST_UNITS
        ),
    }


def _funnels(page: AuditPage) -> Iterator[Mapping[str, object]]:
    order = list(page.data.definitions)
    rows = sorted(page.data.funnels, key=lambda each: (order.index(each.indicator), each.unit_kind))
    for (indicator, kind), own in groupby(rows, key=lambda each: (each.indicator, each.unit_kind)):
        found = list(own)
        if len(found) >= FEWEST_UNITS:
            yield _funnel(page.data.definitions[indicator], kind, found, page)


def _funnel(
    definition: Definition, kind: str, rows: Sequence[FunnelRow], page: AuditPage
) -> Mapping[str, object]:
    of = page.say("clinics") if kind == "clinic" else page.say("teams")
    title = f"{page.title(definition)}, {of}, {_span(rows[0], page)}"
    told = [vars(row) for row in rows]
    units, target = funnel_units(told), rows[0].target
    words = funnel_in_words(units, target=target, is_share=True, language=page.language)
    return {
        "title": title,
        "svg": funnel_svg(
            units,
            funnel_curve(told),
            target=target,
            is_share=True,
            size_in_words=page.say("number counted"),
            width=NARROW_FUNNEL,
            title=title,
            language=page.language,
        ),
        "alt": f"{title}. {words}",
        "words": words,
    }


def _span(row: FunnelRow, page: AuditPage) -> str:
    quarter = page.data.quarter
    if row.period_kind == "quarter":
        return quarter.name(page.language)
    return page.say("the year up to {quarter}").format(quarter=quarter.name(page.language))
