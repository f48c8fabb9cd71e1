"""The week of a clinic beside its alerts: who was not measured, what was seen, what was done."""

import json
from collections.abc import Mapping, Sequence

from dashboards.drawing.formats import day, number, one_decimal
from dashboards.drawing.sentences import kind_name, reason_sentence
from flows.publishing.report_parts import Page, days, of
from flows.publishing.report_rows import Group, LastWeek, Overdue
from flows.publishing.report_words import ABSENT


def overdue(page: Page) -> Mapping[str, object]:
    """Two patients to a line: the list is long and each of them says little."""
    _ = page.say
    return {
        "title": _("Overdue measurements"),
        "intro": _overdue_intro(page),
        "columns": [_("Patient"), _("Therapist"), _("Last measured"), _("Since")],
        "rows": [_overdue_row(row, page) for row in page.clinic.overdue],
        "mark": _("Marked: also an open alert."),
        "empty": _("No measurements are overdue."),
    }


def _overdue_intro(page: Page) -> str:
    after = page.data.setting("overdue", "after_days")
    if not after:
        return page.say("Running treatments without a recent measurement.")
    return page.say(
        "Running treatments without a recent measurement; overdue after {days} days."
    ).format(days=after)


def _overdue_row(row: Overdue, page: Page) -> Mapping[str, object]:
    return {
        "patient": row.patient_id,
        "therapist": row.therapist_id or ABSENT,
        "last": day(row.last_measured_at, page.language),
        "since": days(row.days_since, page),
        "is_marked": row.has_open_alert,
    }


def information(page: Page) -> Mapping[str, object]:
    """What asks for no answer, as patients of each kind."""
    _ = page.say
    return {
        "title": _("For information, this week"),
        "intro": _(
            "Patients of whom this was seen; it asks for no answer. Who they are stands on the"
            " pages, in the therapists' own reports and in the table information."
        ),
        "rows": [
            [kind_name(row.kind, page.language), number(row.patients, page.language)]
            for row in page.clinic.information_counts
        ],
        "empty": _("Nothing was seen this week that asks for no answer."),
    }


def told_information(page: Page) -> Mapping[str, object]:
    """The same with patients and reasons, for the therapist whose patients they are."""
    _ = page.say
    return {
        "title": _("For information, this week"),
        "columns": [_("Patient"), _("Measured"), _("What was seen")],
        "rows": [
            {
                "patient": told.patient_id,
                "date": day(told.measured_at, page.language),
                "reason": reason_sentence(json.loads(told.reason), page.language),
            }
            for told in page.clinic.information
        ],
        "empty": _("Nothing was seen this week that asks for no answer."),
    }


def alliance(page: Page) -> Mapping[str, object]:
    """Working together, for the clinic as a whole."""
    _ = page.say
    week = page.clinic.alliance
    rows = [
        (_("Questionnaires on the alliance filled in"), week.forms),
        (_("Patients who filled one in"), week.patients),
        (_("Patients with a low score"), week.low),
        (_("Patients with a drop (information)"), week.dropped),
        (_("Patients with a drop that asks for an answer (open alerts)"), week.open_alerts),
        (_("Patients with a drop that was restored"), week.restored),
        (_("Patients without a questionnaire after a low score"), week.missing_after_low),
    ] if week else []  # fmt: skip
    return {
        "title": _("Alliance, this week"),
        "rows": [[name, number(count, page.language)] for name, count in rows],
        "empty": _("No questionnaires on the alliance are known."),
    }


def groups(page: Page) -> Mapping[str, object] | None:
    """The therapy groups; None where there are none."""
    _ = page.say
    if not page.clinic.groups:
        return None
    return {
        "title": _("Groups"),
        "columns": [
            _("Group"),
            _("Members"),
            _("Measured this week"),
            _("Attended, last 28 days"),
            _("Alliance, mean this week"),
        ],
        "rows": [_group_row(group, page) for group in page.clinic.groups],
        "note": _("Means from five members on; below that they would tell of one person."),
    }


def _group_row(group: Group, page: Page) -> Sequence[str]:
    language = page.language
    mean = ABSENT
    if group.alliance_mean is not None:
        mean = f"{group.alliance_instrument} {one_decimal(group.alliance_mean, language)}"
    return [
        group.name or group.group_id,
        number(group.members, language),
        number(group.measured_this_week, language),
        of(group.attended, group.appointments, page) if group.appointments else ABSENT,
        mean,
    ]


def last_week(page: Page) -> Mapping[str, object]:
    """What became of the alerts that were open a week ago, by kind."""
    _ = page.say
    rows = page.clinic.last_week
    return {
        "title": _("What happened to last week's alerts"),
        "columns": [
            _("Signal"),
            _("Open a week ago"),
            _("Answered since"),
            _("Acted on"),
            _("Back on course"),
            _("Closed otherwise"),
            _("Still open"),
        ],
        "rows": [_last_week_row(row, page) for row in rows],
        "note": _(
            "Acted on: answered with more than a reason to do nothing. Closed otherwise: the"
            " treatment ended, the last measurement is too long ago, or a correction of the data"
            " took the reason away. Scores drift back to the mean by themselves: that patients are"
            " back on course does not prove that an answer helped."
        ),
        "empty": _("No alerts were open a week ago."),
    }


def _last_week_row(row: LastWeek, page: Page) -> Sequence[str]:
    counts = (
        row.alerts,
        row.answered,
        row.acted_on,
        row.back_on_course,
        row.closed_otherwise,
        row.still_open,
    )
    return [kind_name(row.kind, page.language), *(number(n, page.language) for n in counts)]
