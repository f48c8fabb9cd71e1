"""How treatments ended and how right the rules were, each with its denominator."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from dashboards.drawing.formats import day, number, one_decimal
from dashboards.drawing.sentences import name_of
from flows.publishing.report_parts import Page, of, percent
from flows.publishing.report_rows import Accuracy, Outcome
from flows.publishing.report_words import ABSENT, CLASSES, RULE_NAMES

PREDICTED = "high_predicted_risk"


def outcome(page: Page) -> Mapping[str, object]:
    """Each class of change per questionnaire: paired, last available, and its bounds."""
    _ = page.say
    return {
        "title": _("Results in short"),
        "intro": _(
            "Treatments that ended in the last 365 days, per questionnaire on symptoms. Paired:"
            " with a first and a later measurement. Last available: where no later one is known,"
            " the first stands in (unchanged). At least, at most: if nobody, or everybody, whose"
            " end is not known had this result. With 95 % intervals. They show change, not what"
            " caused it."
        ),
        "columns": [
            _("Questionnaire"),
            _("Result"),
            _("Paired"),
            _("95 % interval"),
            _("Last available"),
            _("95 % interval"),
            _("At least to at most"),
        ],
        "rows": [row for part in _by_scale(page) for row in part],
        "empty": _("No treatments ended in the last 365 days."),
    }


def _by_scale(page: Page) -> Sequence[Sequence[Sequence[str]]]:
    scales = groupby(page.clinic.outcomes, key=lambda each: (each.short_name, each.scale))
    return [_rows_of_scale(name, scale, list(rows), page) for (name, scale), rows in scales]


def _rows_of_scale(
    name: str, scale: str, outcomes: Sequence[Outcome], page: Page
) -> Sequence[Sequence[str]]:
    shown = name if scale == "total" else f"{name} {scale}"
    ways = {(each.outcome_class, each.counted): each for each in outcomes}
    return [
        [shown if place == 0 else "", page.say(CLASSES[key]), *_ways(key, ways, page)]
        for place, key in enumerate(CLASSES)
        if (key, "paired") in ways
    ]


def _ways(key: str, ways: Mapping[tuple[str, str], Outcome], page: Page) -> Sequence[str]:
    cells = []
    for counted in ("paired", "last_available"):
        one = ways[key, counted]
        cells += [_share(one, page), _interval(one, page)]
    low, high = ways[key, "lowest"], ways[key, "highest"]
    bounds = page.say("{low} to {high} of {whole}").format(
        low=number(low.numerator, page.language),
        high=number(high.numerator, page.language),
        whole=number(high.denominator, page.language),
    )
    return [*cells, bounds]


def _share(one: Outcome, page: Page) -> str:
    counted = of(one.numerator, one.denominator, page)
    return counted if one.value is None else f"{percent(one.value, page)} ({counted})"


def _interval(one: Outcome, page: Page) -> str:
    if one.lower is None or one.upper is None:
        return ABSENT
    return page.say("{low} to {high} %").format(
        low=number(round(100 * one.lower), page.language),
        high=number(round(100 * one.upper), page.language),
    )


def accuracy(page: Page) -> Mapping[str, object]:
    """How often the rules in force were right on the service's own finished treatments."""
    _ = page.say
    used = set(page.clinic.measured.instruments) if page.clinic.measured else set()
    rows = [
        each
        for each in page.data.accuracy
        if each.instrument in used and (each.rule != PREDICTED or _has_owner(page))
    ]
    return {
        "title": _("How right the rules were"),
        "intro": _(
            "Finished treatments of this service that no rule was fitted to; right means that the"
            " treatment ended reliably worse. What an alert helped to turn looks like a false"
            " alarm here."
        ),
        "columns": [
            _("Questionnaire"),
            _("Signal"),
            _("Treatments"),
            _("Ended worse"),
            _("Of those, signalled"),
            _("Of signalled, ended worse"),
            _("Sessions ahead (median)"),
        ],
        "rows": [_accuracy_row(each, page) for each in rows],
        "until": _until(rows, page),
        "empty": _("Too few treatments have ended to say how right the rules were."),
    }


def _has_owner(page: Page) -> bool:
    return bool(page.data.setting("signals", "predicted_risk_owner"))


def _until(rows: Sequence[Accuracy], page: Page) -> str | None:
    ends = [each.trained_until for each in rows if each.trained_until is not None]
    if not ends:
        return None
    text = page.say("Fitted to treatments that ended before {day}.")
    return text.format(day=day(max(ends), page.language))


def _accuracy_row(each: Accuracy, page: Page) -> Sequence[str]:
    lead = each.median_lead_sessions
    withheld = each.is_withheld
    return [
        each.short_name,
        name_of(each.rule, RULE_NAMES, page.language),
        number(each.n, page.language),
        ABSENT if each.events is None else number(each.events, page.language),
        ABSENT if withheld else percent(each.sensitivity, page),
        ABSENT if withheld else percent(each.ppv, page),
        ABSENT if withheld or lead is None else one_decimal(lead, page.language),
    ]
