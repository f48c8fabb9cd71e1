"""One clinic's report in one language, as the plain data that report.typ lays out.

Everything here is wording and formatting; each figure stands in a published table.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from gettext import NullTranslations

from dashboards.drawing.formats import day, number
from dashboards.drawing.sentences import (
    action_name,
    closed_reason_name,
    disagreement_sentence,
    kind_name,
    level_name,
    next_step_name,
    next_step_sentence,
    reason_sentence,
)
from dashboards.drawing.sparkline import sparkline
from dashboards.drawing.translation import translation
from flows.publishing.critical_items import (
    Found,
    critical_columns,
    critical_part,
    critical_words,
    on_one_line,
)
from flows.publishing.frame import Document, frame
from flows.publishing.report_background import background
from flows.publishing.report_data import (
    Alert,
    Clinic,
    FrequentKind,
    Overdue,
    ReportData,
    Scale,
)
from flows.publishing.report_words import ABSENT, GLANCE

HELD_BACK = "held_back_file"
FILES_NAMED = 3  # in a notice on page 1; the section on data quality names them all


@dataclass(frozen=True)
class Page:
    """What every part of the report needs to be worded."""

    data: ReportData
    clinic: Clinic
    language: str

    @property
    def words(self) -> NullTranslations:
        return translation(self.language)

    @property
    def say(self) -> Callable[[str], str]:
        return self.words.gettext


def report_page(data: ReportData, clinic: Clinic, language: str) -> Mapping[str, object]:
    """The whole report; keys as report.typ names them."""
    page = Page(data, clinic, language)
    return {
        **frame(_document(page), language),
        "glance": _glance(page),
        "notices": _notices(page),
        "held_back": _held_back(page),
        "critical": _critical(page),
        "alerts": [_alerts(page, "new"), _alerts(page, "open")],
        "calm": _calm(page),
        "legend": _legend(page),
        "steps": _steps(page),
        "information": _information(page),
        "overdue": _overdue(page),
        **background(data, clinic, language),
    }


def _document(page: Page) -> Document:
    run = page.data.run
    return Document(
        title=page.say("Weekly report"),
        clinic_id=page.clinic.clinic_id,
        service_name=run.service_name,
        as_of=run.as_of,
        simulated=run.simulated,
        run_id=run.run_id,
    )


def _glance(page: Page) -> Sequence[Mapping[str, str]]:
    figures = page.clinic.figures
    return [
        {
            "label": page.say(label),
            "value": number(figures[key].numerator, page.language) if key in figures else ABSENT,
        }
        for key, label in GLANCE.items()
    ]


def _notices(page: Page) -> Sequence[str]:
    """What changes how the rest must be read, so before the rest."""
    _ = page.say
    files = page.clinic.files
    unwatched = [f.source_file for f in files if f.note == "critical_items_not_watched"]
    held_back = [f.source_file for f in files if f.held_back]
    notices = []
    if page.data.run.simulated:
        notices.append(_("Simulated data: these patients do not exist."))
    if unwatched:
        notices.append(
            _(
                "Critical items cannot be watched in: {files}. There the scores came without"
                " the answers, so ask about risk yourself."
            ).format(files=_some(unwatched, page))
        )
    if held_back:
        notices.append(
            _(
                "Held back: {files}. Measurements in a held-back file are in no score and no"
                " figure of this report."
            ).format(files=_some(held_back, page))
        )
    return notices + [_frequent(kind, page) for kind in page.clinic.frequent]


def _frequent(kind: FrequentKind, page: Page) -> str:
    """A rule that fires everywhere says little about one patient."""
    return page.say(
        "The signal '{kind}' is red or amber in {alarmed} of {episodes} running treatments. So"
        " many say little about one patient: look at the rule and its limits."
    ).format(
        kind=kind_name(kind.kind, page.language),
        alarmed=number(kind.alarmed, page.language),
        episodes=number(kind.episodes, page.language),
    )


def _information(page: Page) -> Mapping[str, object]:
    _ = page.say
    return {
        "title": _("For information, this week"),
        "columns": [_("Patient"), _("Measured"), _("What was seen")],
        "rows": [
            {
                "patient": told.patient_id,
                "therapist": told.therapist_id or ABSENT,
                "date": day(told.measured_at, page.language),
                "reason": reason_sentence(json.loads(told.reason), page.language),
            }
            for told in page.clinic.information
        ],
        "empty": _("Nothing was seen this week that asks for no answer."),
    }


def _some(names: Sequence[str], page: Page) -> str:
    shown, more = ", ".join(names[:FILES_NAMED]), len(names) - FILES_NAMED
    if more <= 0:
        return shown
    text = page.words.ngettext("{files} and {n} more file", "{files} and {n} more files", more)
    return text.format(files=shown, n=number(more, page.language))


def _held_back(page: Page) -> Mapping[str, object]:
    """Alerts about files, whatever their section: critical answers may wait in them."""
    _ = page.say
    alerts = [alert for alert in page.clinic.alerts if alert.kind == HELD_BACK]
    return {
        "columns": [_("Held-back file"), _("Open")],
        "rows": [_held_back_row(alert, page) for alert in alerts],
    }


def _held_back_row(alert: Alert, page: Page) -> Mapping[str, object]:
    return {
        "level": alert.level,
        "reason": alert_reason(alert, page.data, page.language),
        "step": next_step_sentence(alert.next_step, page.language),
        "open": _days(alert.days_open, page),
        "state": _state(alert, page),
    }


def _of_patients(page: Page, section: str) -> Sequence[Alert]:
    return [a for a in page.clinic.alerts if a.section == section and a.kind != HELD_BACK]


def _critical(page: Page) -> Mapping[str, object]:
    _ = page.say
    alerts = _of_patients(page, "critical")
    found = Found(
        clinic_id=page.clinic.clinic_id,
        late=[_critical_row(a, page) for a in alerts if a.escalated_at is not None],
        others=[_critical_row(a, page) for a in alerts if a.escalated_at is None],
        domains={alert.domain or "self_harm" for alert in alerts},
    )
    columns = [*critical_columns(page.language), _("Open")]
    return {
        "title": _("Critical items first"),
        "empty": _("There are no open critical items in the answers that were received."),
        **critical_part(found, columns, page.data.duty, page.language),
    }


def _critical_row(alert: Alert, page: Page) -> Mapping[str, object]:
    reason, language = json.loads(alert.reason), page.language
    return {
        "level": alert.level,
        "patient": alert.patient_id or ABSENT,
        "therapist": alert.therapist_id or ABSENT,
        "date": day(alert.last_signal_at, language),
        "open": _days(alert.days_open, page),
        "state": _state(alert, page),
        **critical_words(reason, language),
        "answer": _answer(alert, reason, page),
    }


def _answer(alert: Alert, reason: Mapping[str, object], page: Page) -> str:
    """The value with the range of its item, so that a 2 can be read."""
    value = number(float(str(reason["value"])), page.language)
    limits = page.data.item_ranges.get((alert.instrument or "", str(reason["item"])))
    if limits is None:
        return value
    low, high = (number(limit, page.language) for limit in limits)
    return page.say("{value} ({low} to {high})").format(value=value, low=low, high=high)


def _alerts(page: Page, section: str) -> Mapping[str, object]:
    _ = page.say
    titles = {"new": _("New alerts"), "open": _("Open alerts")}
    empty = {"new": _("No new alerts this week."), "open": _("No older alerts are open.")}
    return {
        "title": titles[section],
        "columns": [_("Level"), _("Patient"), _("Course"), _("Reason and next step"), _("Open")],
        "rows": [_alert_row(alert, page) for alert in _of_patients(page, section)],
        "empty": empty[section],
    }


def _alert_row(alert: Alert, page: Page) -> Mapping[str, object]:
    drawing, words = _course(alert, page)
    return {
        "level": alert.level,
        "level_word": level_name(alert.level, page.language),
        "patient": alert.patient_id or ABSENT,
        "therapist": alert.therapist_id or ABSENT,
        "svg": drawing,
        "alt": words,
        "reason": alert_reason(alert, page.data, page.language),
        "step": next_step_name(alert.next_step, page.language),
        "open": _days(alert.days_open, page),
        "state": _state(alert, page),
    }


def alert_reason(alert: Alert, data: ReportData, language: str) -> str:
    """The reason in words, and where other questionnaires say the opposite.

    Whether exactly the reliable-change value counts comes from the instrument where the reason
    does not say it.
    """
    reason = json.loads(alert.reason)
    scale = data.scale(alert.clinic_id, alert.instrument, alert.scale)
    if scale is not None and scale.reliable_change_rule is not None:
        reason.setdefault("rule", scale.reliable_change_rule)
    said = [reason_sentence(reason, language)]
    if alert.disagreement is not None:
        said.append(disagreement_sentence(json.loads(alert.disagreement), language))
    return " ".join(said)


def _course(alert: Alert, page: Page) -> tuple[str | None, str]:
    """The drawing and its words; (None, '') where no scores stand behind the alert."""
    course = page.data.courses.get(alert.alert_id)
    scale = page.data.scale(alert.clinic_id, alert.instrument, alert.scale)
    if course is None or scale is None:
        return None, ""
    first = course.measured_at[0]
    points = [
        ((at - first).total_seconds() / 86_400, score)
        for at, score in zip(course.measured_at, course.scores, strict=True)
    ]
    words = _course_words(course.scores, day(course.measured_at[-1], page.language), scale, page)
    drawing = sparkline(
        points,
        minimum=scale.minimum,
        maximum=scale.maximum,
        direction=scale.direction,
        cutoff=scale.cutoff,
        baseline=course.baseline,
        sudden=[place for place, is_sudden in enumerate(course.sudden) if is_sudden],
        title=scale.short_name,
        description=words,
    )
    return drawing, words


def _course_words(scores: Sequence[float], last_day: str, scale: Scale, page: Page) -> str:
    language = page.language
    text = page.words.ngettext(
        "{instrument}: {n} measurement, {last} on {day}",
        "{instrument}: {n} measurements, from {first} to {last} on {day}",
        len(scores),
    ).format(
        instrument=scale.short_name,
        n=number(len(scores), language),
        first=number(scores[0], language),
        last=number(scores[-1], language),
        day=last_day,
    )
    if scale.cutoff is None:
        return text
    cutoff = page.say("cut-off {score}").format(score=number(scale.cutoff, language))
    return f"{text}; {cutoff}"


def _days(days: int | None, page: Page) -> str:
    if days is None:
        return ABSENT
    text = page.words.ngettext("{n} day", "{n} days", days)
    return on_one_line(text.format(n=number(days, page.language)))


def _state(alert: Alert, page: Page) -> str | None:
    """What became of it, so that nobody does over what a colleague has done."""
    _, language = page.say, page.language
    if alert.answered_at is not None:
        action = action_name(alert.action, language) if alert.action else ABSENT
        text = _("Answered on {day}: {action}")
        return text.format(day=day(alert.answered_at, language), action=action)
    if alert.closed_at is not None:
        reason = (
            closed_reason_name(alert.closed_reason, language) if alert.closed_reason else ABSENT
        )
        text = _("Closed on {day}: {reason}")
        return text.format(day=day(alert.closed_at, language), reason=reason)
    return None


def _calm(page: Page) -> str | None:
    """What a clinic without any alert reads."""
    if page.clinic.alerts:
        return None
    return page.say(
        "No alerts: by these rules nobody needs extra attention this week. Keep asking in the"
        " sessions all the same; a questionnaire does not see everything."
    )


def _legend(page: Page) -> str:
    return page.say(
        "Course: score over time on the whole scale. Pale zone: functional range, up to the"
        " cut-off. Dotted: start. Large dot: latest. Thick: sudden gain or loss."
    )


def _steps(page: Page) -> Sequence[Mapping[str, str]]:
    """Each next step that the new and open alerts name, once and in full."""
    shown = [*_of_patients(page, "new"), *_of_patients(page, "open")]
    return [
        {
            "name": next_step_name(step, page.language),
            "sentence": next_step_sentence(step, page.language),
        }
        for step in dict.fromkeys(alert.next_step for alert in shown)
    ]


def _overdue(page: Page) -> Mapping[str, object]:
    _ = page.say
    return {
        "title": _("Overdue measurements"),
        "intro": _overdue_intro(page),
        "columns": [
            _("Patient"),
            _("Therapist"),
            _("Last measured"),
            _("Days since"),
            _("Has an open alert"),
        ],
        "rows": [_overdue_row(row, page) for row in page.clinic.overdue],
        "empty": _("No measurements are overdue."),
    }


def _overdue_intro(page: Page) -> str:
    days = [s.value for s in page.data.settings if (s.section, s.name) == ("overdue", "after_days")]
    if not days:
        return page.say("Running treatments without a recent measurement.")
    return page.say(
        "Running treatments without a recent measurement; overdue after {days} days."
    ).format(days=days[0])


def _overdue_row(row: Overdue, page: Page) -> Sequence[str]:
    _ = page.say
    return [
        row.patient_id,
        row.therapist_id or ABSENT,
        day(row.last_measured_at, page.language),
        number(row.days_since, page.language),
        _("yes") if row.has_open_alert else _("no"),
    ]
