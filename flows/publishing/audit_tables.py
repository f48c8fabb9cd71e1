"""Tables of the audit report: other indicators, clinics, cohorts, missing outcomes, the loop."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from dashboards.drawing.formats import long_day, number
from dashboards.drawing.periods import Period, period_name
from dashboards.drawing.quality_series import quarter_figure
from dashboards.drawing.quality_words import (
    NOTHING,
    SMALL,
    caution_in_words,
    meaning_in_words,
    reason_in_words,
)
from dashboards.drawing.sentences import kind_name
from dashboards.drawing.translation import translation
from flows.publishing.audit_changes import told_from
from flows.publishing.audit_quarter import quarter_of
from flows.publishing.audit_rows import (
    SERVICE,
    AuditedAlerts,
    Definition,
    Figure,
    MissingOutcome,
    Unit,
)
from flows.publishing.audit_words import AuditPage, bounds

MOST_CLINICS = 30
"""So many clinics stand in a table of the report; a larger service reads audit.csv."""
MOST_LOOPS = 8
"""So many clinics have a table of their alerts in the report; audit.json has those of all."""
CAUTION = "not_a_proof_of_effect"
COHORTS = ("response_rate", "sbg_completer", "sbg_drop_out", "sbg_non_starter", "sbg_non_responder")


def others(page: AuditPage) -> Mapping[str, object]:
    """Every other indicator of the service with a figure, and the reasons of those without."""
    _ = page.say
    now = page.data.figures(page.data.quarter, SERVICE)
    told = [each for each in page.data.others if _has_figure(now.get(each.indicator))]
    return {
        "title": _("The other indicators of the service"),
        "columns": [
            _("Indicator"),
            _("Numerator"),
            _("Denominator"),
            page.data.quarter.name(page.language),
            page.data.quarter.before.name(page.language),
            _("What it means"),
        ],
        "rows": [_other(each, page) for each in told],
        "without_title": _("Without a figure this quarter"),
        "without": _by_reason(
            [
                (_reason(each, now.get(each.indicator), page), page.title(each))
                for each in page.data.others
                if each not in told
            ]
        ),
    }


def _by_reason(reasons: Sequence[tuple[str, str]]) -> Sequence[Sequence[str]]:
    """Each reason once, with the indicators that it holds for."""
    found: dict[str, list[str]] = {}
    for reason, title in reasons:
        found.setdefault(reason, []).append(title)
    return [[reason, "; ".join(titles)] for reason, titles in found.items()]


def _has_figure(row: Figure | None) -> bool:
    return row is not None and row.is_complete and (row.value is not None or row.is_withheld)


def _other(definition: Definition, page: AuditPage) -> Sequence[str]:
    now = page.data.figures(page.data.quarter, SERVICE)[definition.indicator]
    before = page.data.figures(page.data.quarter.before, SERVICE).get(definition.indicator)
    return [
        _named(definition, page),
        page.part(now, "numerator"),
        page.part(now, "denominator"),
        page.figure(now, definition),
        page.figure(before, definition),
        meaning_in_words(quarter_figure(vars(now)), page.language) or page.say("Not shown."),
    ]


def _named(definition: Definition, page: AuditPage) -> str:
    title = page.title(definition)
    return f"{title} ({page.say('historical')})" if definition.is_historical else title


def _reason(definition: Definition, now: Figure | None, page: AuditPage) -> str:
    reason = page.data.absent.get(definition.indicator)
    if reason is not None:
        return reason_in_words(reason, page.language)
    if now is not None and not now.is_complete:
        return _too_early(definition, page)
    return reason_in_words("nothing_to_count", page.language)


def _too_early(definition: Definition, page: AuditPage) -> str:
    """From when the quarter can be told, and the last quarter that can."""
    told = page.say("Needs {days} days after the quarter: told from {day} on.").format(
        days=number(definition.lag_days, page.language),
        day=long_day(told_from(definition, page), page.language),
    )
    last = page.data.complete.get(definition.indicator)
    if last is None:
        return told
    return f"{told} " + page.say("In {quarter} it was {value}.").format(
        quarter=quarter_of(last.period).name(page.language), value=page.figure(last, definition)
    )


# ---------- clinics


def clinics(page: AuditPage) -> Mapping[str, object]:
    """The primary indicators of each clinic, by name: no ranking."""
    _ = page.say
    names = [unit for unit in page.data.units if unit.kind == "clinic"]
    return {
        "title": _("The primary indicators of each clinic, {quarter}").format(
            quarter=page.data.quarter.name(page.language)
        ),
        "columns": [_("Clinic"), *(page.title(each) for each in page.data.primary)],
        "rows": [_clinic(unit, page) for unit in names] if len(names) <= MOST_CLINICS else [],
        "note": _("{n} clinics: too many for a table. Those with a signal are named above;"
                  " audit.csv has all.").format(n=number(len(names), page.language))
        if len(names) > MOST_CLINICS
        else _("No clinic is shown.")
        if not names
        else _("In the order of their names. Read a clinic beside its own past, not its neighbours:"
               " who it treats differs."),
    }  # fmt: skip


def _clinic(unit: Unit, page: AuditPage) -> Sequence[str]:
    now = page.data.figures(page.data.quarter, unit)
    return [
        unit.name,
        *(page.figure(now.get(each.indicator), each) for each in page.data.primary),
    ]


# ---------- cohorts by the month in which treatment ended


def cohorts(page: AuditPage) -> Mapping[str, object]:
    """Episodes by the month in which they ended, and how long each indicator must wait."""
    _ = page.say
    months = sorted({each.period for each in page.data.cohorts})
    known = {(each.indicator, each.period): each for each in page.data.cohorts}
    shown = [page.data.definitions[name] for name in COHORTS if name in page.data.definitions]
    late = [each for each in page.data.definitions.values() if each.lag_days]
    return {
        "title": _("By the month in which treatment ended"),
        "intro": _(
            "Each treatment counts in the month in which it ended, so that no month fills up"
            " later with those who were still being treated. Outcomes are told by quarter, since"
            " months are too small for them."
        ),
        "columns": [_("Ended in"), *(_named(each, page) for each in shown)],
        "rows": [
            [
                period_name(month, Period.MONTH, page.language),
                *(_of_whole(known.get((each.indicator, month)), each, page) for each in shown),
            ]
            for month in months
        ],
        "none": _("No month is shown."),
        "lag_title": _("What must pass before a period is told"),
        "lag_columns": [_("Indicator"), _("Days after the period"), _("This quarter: from")],
        "lags": [
            [
                page.title(each),
                number(each.lag_days, page.language),
                long_day(told_from(each, page), page.language),
            ]
            for each in late
        ],
    }


def _of_whole(row: Figure | None, definition: Definition, page: AuditPage) -> str:
    """`96,1 % van 87`."""
    value = page.figure(row, definition)
    if row is None or row.value is None or row.denominator is None:
        return value
    return page.say("{value} of {whole}").format(
        value=value, whole=number(row.denominator, page.language)
    )


# ---------- those whom nobody measured


def missing(page: AuditPage) -> Mapping[str, object]:
    """Each outcome four ways: measured only, last score known, bounds, imputed."""
    _ = page.say
    rows = [each for each in page.data.missing if each.of == SERVICE]
    clinic_rows = [
        each
        for each in page.data.missing
        if each.unit_kind == "clinic"
        and each.quarter == page.data.quarter.first_day
        and page.data.definitions[each.indicator].is_primary
    ]
    names = {each.unit for each in clinic_rows}
    return {
        "title": _("With those whom nobody measured at the end"),
        "intro": _(
            "A rate of the measured ones alone is often too good: who stays away is not like who"
            " comes. Beside it: with the last score that is known, at worst and at best, and with"
            " endings drawn from the expected course (multiple imputation, with its interval)."
        ),
        "columns": [
            _("Outcome"),
            _("Quarter"),
            _("Ended"),
            _("Not measured"),
            _("Measured only"),
            _("Last score known"),
            _("Could be"),
            _("Imputed"),
        ],
        "rows": list(_outcomes(rows, page)),
        "clinics_title": _("Clinics, primary outcomes"),
        "clinic_columns": [
            _("Clinic"),
            _("Outcome"),
            _("Ended"),
            _("Not measured"),
            _("Measured only"),
            _("Last score known"),
            _("Could be"),
            _("Imputed"),
        ],
        "clinics": [_clinic_outcome(each, page) for each in clinic_rows]
        if len(names) <= MOST_CLINICS
        else [],
        "none": _("No outcome is shown."),
    }


def _outcomes(rows: Sequence[MissingOutcome], page: AuditPage) -> Iterator[Sequence[str]]:
    order = list(page.data.definitions)
    for row in sorted(rows, key=lambda each: (order.index(each.indicator), each.quarter)):
        definition = page.data.definitions[row.indicator]
        quarter = quarter_of(row.quarter).name(page.language)
        yield [page.title(definition), quarter, *_rates(row, definition, page)]


def _clinic_outcome(row: MissingOutcome, page: AuditPage) -> Sequence[str]:
    definition = page.data.definitions[row.indicator]
    return [row.unit, page.title(definition), *_rates(row, definition, page)]


def _rates(row: MissingOutcome, definition: Definition, page: AuditPage) -> Sequence[str]:
    def value(told: float | None) -> str:
        return page.value(told, definition, is_withheld=row.is_withheld)

    imputed = value(row.imputed_value)
    if row.imputed_lower is not None and row.imputed_upper is not None:
        imputed = page.with_span(imputed, value(row.imputed_lower), value(row.imputed_upper))
    return [
        page.count(row.episodes, is_withheld=row.is_withheld),
        page.count(row.missing, is_withheld=row.is_withheld),
        value(row.paired_value),
        value(row.last_value),
        bounds(row, page, definition),
        imputed,
    ]


# ---------- the loop


def loop(page: AuditPage) -> Mapping[str, object]:
    """Alerts by kind: how many, seen, answered, acted on, how fast, and what came of them."""
    _ = page.say
    rows = page.data.loop
    caution = rows[0].caution if rows else CAUTION
    names = {each.unit for each in rows if each.unit_kind == "clinic"}
    groups = [unit for unit in _units(rows) if unit == SERVICE or len(names) <= MOST_LOOPS]
    return {
        "title": _("Were alerts answered?"),
        "caution": caution_in_words(caution, page.language),
        "intro": _("All alerts that could be seen up to {day}.").format(
            day=long_day(page.data.run.as_of, page.language)
        ),
        "columns": [
            _("Alert"),
            _("Shown"),
            _("Seen"),
            _("Answered"),
            _("In time"),
            _("Acted on"),
            _("Hours to an answer"),
            _("Back on course"),
        ],
        "groups": [
            {
                "title": page.unit_title(unit),
                "rows": [_alerts(each, page) for each in rows if each.of == unit],
            }
            for unit in groups
        ],
        "many": _("{n} clinics: too many for tables of their own; audit.json has all.").format(
            n=number(len(names), page.language)
        )
        if len(names) > MOST_LOOPS
        else None,
        "none": _("Nothing can be shown: there were no alerts, or too few therapists."),
    }


def _units(rows: Sequence[AuditedAlerts]) -> Sequence[Unit]:
    found = [unit for unit, _ in groupby(rows, key=lambda each: each.of)]
    return sorted(set(found), key=lambda unit: (unit != SERVICE, unit))


def _alerts(row: AuditedAlerts, page: AuditPage) -> Sequence[str]:
    counts = (row.alerts, row.seen, row.answered, row.answered_in_time, row.acted_on)
    return [
        kind_name(row.kind, page.language),
        *(page.count(count, is_withheld=True) for count in counts),
        _hours(row, page),
        _back(row, page),
    ]


def _hours(row: AuditedAlerts, page: AuditPage) -> str:
    """The median from showing to answering, with the middle half of them."""
    if row.hours_to_answer is None:
        return NOTHING
    hours = (row.hours_to_answer, row.hours_to_answer_lower, row.hours_to_answer_upper)
    return page.with_span(*(page.count(each, is_withheld=False) for each in hours))


def _back(row: AuditedAlerts, page: AuditPage) -> str:
    """Shares back on course: of answered alerts, and of comparable ones without an answer."""
    if row.answered_known is None or row.answered_back is None:
        return SMALL
    if not row.answered_known or row.expected_back is None:
        return NOTHING
    return page.say("{answered}, comparable {comparable}").format(
        answered=page.share(row.answered_back, row.answered_known),
        comparable=page.share(row.expected_back, row.answered_known),
    )


def words_of_more(count: int, page: AuditPage) -> str | None:
    """`and 7 more: audit.json has them.`; None for none."""
    if count <= 0:
        return None
    text = translation(page.language).ngettext(
        "and {n} more: audit.json has it.", "and {n} more: audit.json has them.", count
    )
    return text.format(n=number(count, page.language))
