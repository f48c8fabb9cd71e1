"""What an audit report rests on: what is left out, definitions, where it comes from, its age."""

from collections.abc import Mapping, Sequence

from dashboards.drawing.formats import day, moment, number
from dashboards.drawing.quality_words import NOTHING
from dashboards.drawing.translation import said
from flows.publishing.audit_rows import SERVICE, Definition, Figure
from flows.publishing.audit_words import AuditPage
from flows.publishing.report_background import intended_use, seal_in_words
from flows.publishing.report_words import INTENDED_USE


def background(page: AuditPage) -> Mapping[str, object]:
    """The parts after the figures."""
    return {
        "left_out": _left_out(page),
        "definitions": _definitions(page),
        "origin": _origin(page),
        "age": _age(page),
        "intended_use": _intended_use(page),
    }


def _intended_use(page: AuditPage) -> Mapping[str, object]:
    """Without what is said of alerts to those who treat."""
    _ = page.say
    use = intended_use(page.language)
    return {**use, "points": [_(point) for point in (*INTENDED_USE[:3], INTENDED_USE[-1])]}


def _left_out(page: AuditPage) -> Mapping[str, object]:
    _ = page.say
    kinds = (("service", _("Service")), ("clinic", _("Clinics")), ("team", _("Teams")))
    return {
        "title": _("What is not shown, and why"),
        "points": [
            _(
                "(<5): a count of one to four, or all but one to four of those counted. Behind so"
                " few a single patient could be recognised."
            ),
            _(
                "(<5) also stands for what would give such a count away: over clinics and teams,"
                " over weeks, months and quarters, between indicators of the same people, and"
                " beside what earlier runs and reports showed."
            ),
            _(
                "A clinic or team with fewer than five therapists, or with one of them above half"
                " of its treatments, is not shown at all. Nothing is counted per therapist."
            ),
            _(
                "A series of which more than a quarter of the points is left out has no chart: what"
                " is left out is not left out by chance."
            ),
            _("A period that can still change is not shown."),
        ],
        "columns": [_("Figures of this quarter"), _("Shown"), _("Left out")],
        "rows": [[name, *_shown(kind, page)] for kind, name in kinds if _of_kind(kind, page)],
    }


def _of_kind(kind: str, page: AuditPage) -> Sequence[Figure]:
    first_day = page.data.quarter.first_day
    own = [each for each in page.data.quarters if each.unit_kind == kind]
    return [e for e in own if e.period == first_day and (e.value is not None or e.is_withheld)]


def _shown(kind: str, page: AuditPage) -> Sequence[str]:
    rows = _of_kind(kind, page)
    left_out = sum(each.is_withheld for each in rows)
    return [number(len(rows) - left_out, page.language), number(left_out, page.language)]


def _definitions(page: AuditPage) -> Mapping[str, object]:
    _ = page.say
    return {
        "title": _("What each indicator counts"),
        "columns": [_("Indicator"), _("Numerator"), _("Denominator"), _("Source")],
        "rows": [_definition(each, page) for each in page.data.definitions.values()],
        "primary": _("primary"),
        "historical": _("historical"),
    }


def _definition(definition: Definition, page: AuditPage) -> Sequence[str]:
    mark = "primary" if definition.is_primary else "historical" if definition.is_historical else ""
    texts = (definition.numerator, definition.denominator, definition.source)
    return [page.title(definition), *(said(text, page.language) for text in texts), mark]


def _origin(page: AuditPage) -> Mapping[str, object]:
    """With which run, and what to type to see it made again."""
    _ = page.say
    run = page.data.run
    return {
        "title": _("Where this comes from, and how to make it again"),
        "rows": [
            [_("Run"), run.run_id],
            [
                _("Version of Op koers, of the tables"),
                f"{run.code_version}, {run.contract_version}",
            ],
            [
                _("Answers to alerts read up to number; seal"),
                f"{number(run.journal_seq, page.language)}; {seal_in_words(run)}",
            ],
        ],
        "intro": _(
            "On the server, this makes the run again from archive, journal, settings and"
            " instruments that it recorded, and compares every value and this report with it:"
        ),
        "verify": f"opkoers verify {run.run_id}",
        "trace_intro": _(
            "And this follows a number back to file and line (another unit, period or indicator"
            " likewise):"
        ),
        "traces": list(_traces(page)),
        "note": _(
            "audit.csv and audit.json beside this report hold its figures as they stand here."
        ),
    }


def _traces(page: AuditPage) -> Sequence[str]:
    """One command for each kind of table, of the first row that shows a number."""
    data, first_day = page.data, page.data.quarter.first_day
    figures = [e for e in data.quarters if e.of == SERVICE and e.period == first_day]
    primary = {each.indicator for each in data.primary}
    shown = [e for e in figures if e.indicator in primary and e.value is not None]
    found = [
        f"opkoers trace shown_indicator unit_kind=service unit=service period_kind=quarter"
        f" period={each.period} indicator={each.indicator}"
        for each in shown[:1]
    ]
    outcomes = [e for e in data.missing if e.of == SERVICE and not e.is_withheld]
    found += [
        f"opkoers trace shown_missing_outcome unit_kind=service unit=service"
        f" quarter={each.quarter} indicator={each.indicator}"
        for each in outcomes[:1]
    ]
    alerts = [each for each in data.loop if each.of == SERVICE]
    return found + [
        f"opkoers trace shown_loop_audit unit_kind=service unit=service kind={each.kind}"
        f" rule={each.rule}"
        for each in alerts[:1]
    ]


def _age(page: AuditPage) -> Mapping[str, object]:
    _ = page.say
    run, received, words = page.data.run, page.data.received_until, page.language
    return {
        "title": _("How old the data are"),
        "rows": [
            [_("Quarter"), f"{day(page.data.quarter.first_day, words)} "
             f"{NOTHING} {day(page.data.quarter.last_day, words)}"],
            [_("Measured up to"), day(run.as_of, words)],
            [_("Last file received"), moment(received, words) if received else NOTHING],
            [_("Known up to"), moment(run.known_at, words)],
            [_("Days between the end of the quarter and the data"),
             number((run.as_of - page.data.quarter.last_day).days, words)],
        ],
    }  # fmt: skip
