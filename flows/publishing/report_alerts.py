"""Alerts in a report: held-back files, critical items, what is new in full, the rest in a line."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

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
from flows.publishing.critical_items import (
    Found,
    critical_columns,
    critical_part,
    critical_words,
)
from flows.publishing.report_parts import Page, days
from flows.publishing.report_rows import Alert, Clinic, Course, Scale
from flows.publishing.report_words import ABSENT

HELD_BACK = "held_back_file"
TOLD_IN_FULL = 30
"""So many patients have a sentence and a large drawing; the others a line."""


def held_back(page: Page) -> Mapping[str, object]:
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
        "reason": alert_reason(alert, page.clinic, page.language),
        "step": next_step_sentence(alert.next_step, page.language),
        "open": days(alert.days_open, page),
        "state": _state(alert, page),
    }


def of_patients(page: Page, *sections: str) -> Sequence[Alert]:
    """Alerts of these sections, in the order of need; those about files are told apart."""
    return [a for a in page.clinic.alerts if a.section in sections and a.kind != HELD_BACK]


def critical(page: Page) -> Mapping[str, object]:
    _ = page.say
    alerts = of_patients(page, "critical")
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
        "open": days(alert.days_open, page),
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


def new_alerts(page: Page) -> Mapping[str, object]:
    """What is new: the most needed in full, the rest in a line each."""
    _ = page.say
    told = by_patient(of_patients(page, "new"))
    return {
        "title": _("New alerts"),
        "columns": full_columns(page),
        "also": _("Also:"),
        "rows": [full_row(alerts, page) for alerts in told[:TOLD_IN_FULL]],
        "further": short_groups(told[TOLD_IN_FULL:], page),
        "short_columns": short_columns(page),
        "empty": _("No new alerts this week."),
    }


def open_alerts(page: Page) -> Mapping[str, object]:
    """What was in an earlier report already: a line for each patient, by what it is about."""
    _ = page.say
    return {
        "title": _("Open alerts"),
        "intro": _(
            "Open for a week or longer: a line for each patient, by the most pressing alert. The"
            " full reasons stand on the pages, in alerts.csv and in the therapists' own reports."
        ),
        "short_columns": short_columns(page),
        "groups": short_groups(by_patient(of_patients(page, "open")), page),
        "empty": _("No older alerts are open."),
    }


def by_patient(alerts: Iterable[Alert]) -> Sequence[Sequence[Alert]]:
    """Alerts of one patient together, at the place of the first; in the order of need."""
    found: dict[str, list[Alert]] = {}
    for alert in alerts:
        found.setdefault(alert.patient_id or alert.alert_id, []).append(alert)
    return list(found.values())


def full_columns(page: Page) -> Sequence[str]:
    _ = page.say
    return [_("Level"), _("Patient"), _("Course"), _("Reason and next step"), _("Open")]


def full_row(
    alerts: Sequence[Alert], page: Page, *, has_every_reason: bool = False
) -> Mapping[str, object]:
    """A patient's alerts: the reason of the first, what else there is, and the next steps."""
    first, language = alerts[0], page.language
    drawing, words = _course(first, page)
    told = alerts if has_every_reason else alerts[:1]
    steps = dict.fromkeys(next_step_name(alert.next_step, language) for alert in alerts)
    return {
        "level": first.level,
        "level_word": level_name(first.level, language),
        "patient": first.patient_id or ABSENT,
        "therapist": first.therapist_id or ABSENT,
        "svg": drawing,
        "alt": words,
        "reasons": [alert_reason(alert, page.clinic, language) for alert in told],
        "also": _also(alerts, page) if len(told) < len(alerts) else "",
        "step": "; ".join(steps),
        "open": days(max(a.days_open or 0 for a in alerts), page),
        "state": _state(first, page),
    }


def short_columns(page: Page) -> Sequence[str]:
    _ = page.say
    return [_("Patient"), _("Therapist"), _("Course"), _("Score"), _("Also"), _("Open")]


def short_groups(patients: Sequence[Sequence[Alert]], page: Page) -> Sequence[Mapping[str, object]]:
    """Patients by the kind and next step of their first alert, a line each."""
    kinds: dict[tuple[str, str], list[Sequence[Alert]]] = {}
    for alerts in patients:
        kinds.setdefault((alerts[0].kind, alerts[0].next_step), []).append(alerts)
    return [
        {
            "kind": kind_name(kind, page.language),
            "step": next_step_name(step, page.language),
            "rows": [_short_row(alerts, page) for alerts in of_kind],
        }
        for (kind, step), of_kind in kinds.items()
    ]


def _short_row(alerts: Sequence[Alert], page: Page) -> Mapping[str, object]:
    first = alerts[0]
    drawing, words = _course(first, page)
    return {
        "level": first.level,
        "patient": first.patient_id or ABSENT,
        "therapist": first.therapist_id or ABSENT,
        "svg": drawing,
        "alt": words,
        "score": _in_short(first, page),
        "also": _also(alerts, page),
        "open": days(max(a.days_open or 0 for a in alerts), page),
        "state": _state(first, page),
    }


def _also(alerts: Sequence[Alert], page: Page) -> str:
    """The other signals of this patient."""
    kinds = dict.fromkeys(a.kind for a in alerts if a.kind != alerts[0].kind)
    return ", ".join(kind_name(kind, page.language) for kind in kinds)


def _in_short(alert: Alert, page: Page) -> str:
    """The numbers of a reason: from where to where, or since when nobody was seen."""
    reason, language = json.loads(alert.reason), page.language
    if alert.kind == "drop_out_risk" and reason.get("last"):
        last = date.fromisoformat(str(reason["last"])[:10])
        return page.say("last seen {day}").format(day=day(last, language))
    course = page.clinic.courses.get(alert.alert_id)
    scale = page.clinic.scale(alert.instrument, alert.scale)
    if course is None or scale is None:
        return ABSENT
    start = course.scores[0] if course.baseline is None else course.baseline
    return page.say("{instrument} {start} to {score}").format(
        instrument=scale.short_name,
        start=number(start, language),
        score=number(course.scores[-1], language),
    )


def alert_reason(alert: Alert, clinic: Clinic, language: str) -> str:
    """The reason in words, and where other questionnaires say the opposite.

    Whether exactly the reliable-change value counts comes from the instrument where the reason
    does not say it.
    """
    reason = json.loads(alert.reason)
    scale = clinic.scale(alert.instrument, alert.scale)
    if scale is not None and scale.reliable_change_rule is not None:
        reason.setdefault("rule", scale.reliable_change_rule)
    said = [reason_sentence(reason, language)]
    if alert.disagreement is not None:
        said.append(disagreement_sentence(json.loads(alert.disagreement), language))
    return " ".join(said)


def _course(alert: Alert, page: Page) -> tuple[str | None, str]:
    """The drawing and its words; (None, '') where no scores stand behind the alert."""
    course = page.clinic.courses.get(alert.alert_id)
    scale = page.clinic.scale(alert.instrument, alert.scale)
    if course is None or scale is None:
        return None, ""
    words = _course_words(course.scores, day(course.measured_at[-1], page.language), scale, page)
    return _drawn(course, scale, words), words


def _drawn(course: Course, scale: Scale, words: str) -> str:
    first = course.measured_at[0]
    points = [
        ((at - first).total_seconds() / 86_400, score)
        for at, score in zip(course.measured_at, course.scores, strict=True)
    ]
    return sparkline(
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


def legend(page: Page) -> str:
    return page.say(
        "Course: score over time on the whole scale. Pale zone: functional range, up to the"
        " cut-off. Dotted: start. Large dot: latest. Thick: sudden gain or loss."
    )


def steps(page: Page) -> Sequence[Mapping[str, str]]:
    """Each next step that the new and open alerts name, once and in full."""
    return [
        {
            "name": next_step_name(step, page.language),
            "sentence": next_step_sentence(step, page.language),
        }
        for step in dict.fromkeys(alert.next_step for alert in of_patients(page, "new", "open"))
    ]
