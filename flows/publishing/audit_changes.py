"""Page 1 of the audit report: what changed, from the rules that fired and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby

from dashboards.drawing.formats import long_day, number
from dashboards.drawing.periods import Period, period_name
from dashboards.drawing.quality_series import quarter_figure
from dashboards.drawing.quality_words import (
    Change,
    change_in_words,
    reason_in_words,
    rules_in_words,
)
from dashboards.drawing.translation import translation
from flows.publishing.audit_data import signals
from flows.publishing.audit_rows import SERVICE, Definition, Figure, Unit
from flows.publishing.audit_words import AuditPage

MOST_CHANGES = 16
"""So many changes of clinics and teams fit on the first page; the file has them all."""


def changes(page: AuditPage) -> Mapping[str, object]:
    """The six primary indicators of the service, then clinics and teams with a signal."""
    _ = page.say
    units = [_of_unit(unit, indicator, page) for unit, indicator in fired(page)]
    return {
        "title": _("What changed"),
        "intro": _(
            "Compared with {quarter}. Whether a figure changed is told by the rules of its control"
            " chart, not by the eye: without a signal a difference is no more than chance gives."
        ).format(quarter=page.data.quarter.before.name(page.language)),
        "service_title": _("The six primary indicators of the whole service"),
        "service": [
            {
                "title": page.title(each),
                "count": _of_how_many(each, page),
                "sentence": untitled(sentence(SERVICE, each, page), page.title(each)),
            }
            for each in page.data.primary
        ],
        "units_title": _("Clinics and teams"),
        "units": units[:MOST_CHANGES],
        "units_none": _(
            "On no primary indicator of a clinic or team a rule fired, as far as it is shown."
        ),
        "more": _more(len(units) - MOST_CHANGES, page),
    }


def _of_how_many(definition: Definition, page: AuditPage) -> str:
    """`263 of 275`; nothing where a count is left out, or the figure is a median."""
    now = page.data.figures(page.data.quarter, SERVICE).get(definition.indicator)
    if now is None or not now.is_complete or now.numerator is None or now.denominator is None:
        return ""
    return page.say("{part} of {whole}").format(
        part=number(now.numerator, page.language), whole=number(now.denominator, page.language)
    )


def untitled(told: str, title: str) -> str:
    """The sentence without the name of the indicator, which stands before it."""
    rest = told.removeprefix(f"{title}: ")
    return f"{rest[0].upper()}{rest[1:]}"


def fired(page: AuditPage) -> Sequence[tuple[Unit, str]]:
    """Every clinic and team with a signal on a primary indicator in the quarter."""
    data = page.data
    primary = [each.indicator for each in data.primary]
    return signals(data.quarters, data.months, data.quarter, primary)


def sentence(unit: Unit, definition: Definition, page: AuditPage) -> str:
    """A figure of the quarter beside the one before, what that means, and months that stand out."""
    now = page.data.figures(page.data.quarter, unit).get(definition.indicator)
    if now is None or not now.is_complete or _is_empty(now):
        return without_figure(unit, definition, now, page)
    before = page.data.figures(page.data.quarter.before, unit).get(definition.indicator)
    change = Change(
        definition.title,
        definition.is_share,
        quarter_figure(vars(now)),
        quarter_figure(vars(before)) if before is not None and before.is_complete else None,
    )
    return " ".join([change_in_words(change, page.language), *_months(unit, definition, page)])


def _is_empty(row: Figure) -> bool:
    return row.value is None and not row.is_withheld


def without_figure(unit: Unit, definition: Definition, now: Figure | None, page: AuditPage) -> str:
    """Why there is no figure of the quarter: too early, not in the exports, or nothing there."""
    if now is not None and not now.is_complete:
        return page.say(
            "{title}: not told before {day}, when the figure no longer changes."
        ).format(
            title=page.title(definition), day=long_day(told_from(definition, page), page.language)
        )
    reason = page.data.absent.get(definition.indicator) if unit == SERVICE else None
    told = reason_in_words(reason or "nothing_to_count", page.language)
    return f"{page.title(definition)}: {told}"


def told_from(definition: Definition, page: AuditPage) -> date:
    return page.data.quarter.last_day + timedelta(days=definition.lag_days)


def _months(unit: Unit, definition: Definition, page: AuditPage) -> Iterator[str]:
    """The months of the quarter on which a rule fired, by what fired and which way."""
    own = [
        ((rules_in_words(each.fired, page.language), quarter_figure(vars(each)).is_better), each)
        for each in page.data.months
        if each.of == unit and each.indicator == definition.indicator
    ]
    for (rules, is_better), found in groupby(own, key=lambda each: each[0]):
        months = [period_name(row.period, Period.MONTH, page.language) for _, row in found]
        yield page.say("By month, {months}: {rules}.").format(months=", ".join(months), rules=rules)
        if is_better is not None:
            yield page.say("That is better.") if is_better else page.say("That is worse.")


def _of_unit(unit: Unit, indicator: str, page: AuditPage) -> Mapping[str, str]:
    definition = page.data.definitions[indicator]
    title = page.title(definition)
    return {
        "title": f"{page.unit_title(unit)}, {title}",
        "sentence": untitled(sentence(unit, definition, page), title),
    }


def _more(count: int, page: AuditPage) -> str | None:
    if count <= 0:
        return None
    words = translation(page.language)
    text = words.ngettext(
        "and {n} more signal: audit.csv has it.", "and {n} more signals: audit.csv has them.", count
    )
    return text.format(n=number(count, page.language))
