"""What rules, steps and answers are called, in the words of a clinician."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from gettext import NullTranslations
from typing import cast

from dashboards.drawing.formats import day, number
from dashboards.drawing.translation import N_, translation

KINDS = {
    "critical_item": N_("Critical item"),
    "held_back_file": N_("Held-back file"),
    "reliable_deterioration": N_("Reliable deterioration"),
    "off_course": N_("Off course"),
    "high_predicted_risk": N_("High predicted risk"),
    "no_reliable_improvement": N_("No reliable improvement yet"),
    "treatment_review": N_("Treatment review"),
    "alliance_rupture": N_("Drop in the alliance"),
    "alliance_repair": N_("Alliance restored"),
    "low_alliance": N_("Low score on the alliance"),
    "missing_alliance": N_("No alliance questionnaire after a low score"),
    "drop_out_risk": N_("Provisional drop-out"),
    "overdue_measurement": N_("Overdue measurement"),
    "no_recent_measurement": N_("No recent measurement"),
    "back_on_course": N_("Back on course"),
    "functional_twice": N_("Twice in the functional range"),
}

LEVELS = {"red": N_("Red"), "amber": N_("Amber"), "info": N_("Information")}

DOMAINS = {
    "self_harm": N_("Suicide or self-harm"),
    "violence": N_("Violence"),
    "substance": N_("Alcohol or drugs"),
}

RECORD_STATUSES = {
    "landed": N_("taken in"),
    "held_back": N_("in a file that was held back"),
    "set_aside": N_("not taken in (conflicting or incomplete record)"),
}

NEXT_STEP_NAMES = {
    "assess_risk_today": N_("Assess the risk today"),
    "assess_safety_today": N_("Assess the safety of others today"),
    "look_at_use": N_("Look at the use of alcohol or drugs"),
    "discuss_deterioration": N_("Discuss the deterioration"),
    "discuss_course": N_("Discuss the course"),
    "review_no_progress": N_("Review the treatment"),
    "review_treatment": N_("Review the whole treatment"),
    "discuss_alliance": N_("Discuss the alliance"),
    "seek_contact": N_("Seek contact"),
    "look_at_held_back_file": N_("Look at the held-back file"),
}

NEXT_STEPS = {
    "assess_risk_today": N_(
        "Assess the risk with the patient today, following your own protocol,"
        " and note what was agreed."
    ),
    "assess_safety_today": N_(
        "Assess today, following your own protocol, whether others are in danger and what their"
        " safety asks for, and note what was agreed."
    ),
    "look_at_use": N_(
        "Look at the use of alcohol or drugs with the patient at the next contact: how much, what"
        " it does, and whether help with it is wanted."
    ),
    "discuss_deterioration": N_(
        "Look at the course together in the next session: is there a risk, what has happened,"
        " what does the patient need? Ask after your own part as well."
    ),
    "review_no_progress": N_(
        "Review the treatment together, in this order: alliance, motivation, social support,"
        " life events, and whether this treatment fits. Ask after your own part as well."
    ),
    "discuss_course": N_(
        "Look at the course together in the next session: what stands in the way, and is it the"
        " alliance, motivation, social support or something that happened? Ask after your own"
        " part as well."
    ),
    "review_treatment": N_(
        "Review the whole treatment, in this order: was the indicated treatment given, undiluted"
        " and enough of it; how is the alliance and what is your own part; only then another"
        " goal, method or therapist."
    ),
    "discuss_alliance": N_(
        "Ask in the next session how the patient feels about working together: what was missed,"
        " what was misunderstood? Begin with your own part."
    ),
    "seek_contact": N_(
        "Seek contact with the patient and ask what keeps them from coming; agree on a next"
        " session, or end treatment together and record the end."
    ),
    "look_at_held_back_file": N_(
        "Look at the critical answers in this file today; then mend the file or accept it."
    ),
}

ACTIONS = {
    "risk_assessed": N_("Risk assessed by our own protocol"),
    "safety_assessed": N_("Safety of others assessed by our own protocol"),
    "use_discussed": N_("Use of alcohol or drugs discussed with the patient"),
    "alliance_discussed": N_("Alliance discussed with the patient"),
    "own_part_examined": N_("Own part looked at"),
    "motivation_discussed": N_("Motivation and expectations discussed"),
    "social_support_discussed": N_("Social support discussed"),
    "life_events_discussed": N_("Life events discussed"),
    "dose_examined": N_("Looked whether the indicated treatment was given, undiluted and enough"),
    "contact_today": N_("Contact with the patient the same day"),
    "discuss_next_session": N_("Discussed in the next session"),
    "adjust_plan": N_("Treatment plan adjusted"),
    "consult": N_("A colleague or supervisor consulted"),
    "no_action": N_("No action needed, for a stated reason"),
    "ask_corrected_file": N_("Asked the sender for a corrected file"),
    "look_through_file": N_("Looked through the critical items in the file"),
}
"""What was answered, as a report tells it to others; the keys are those of the journal."""

CLOSED_REASONS = {
    "on_track": N_("back on course"),
    "answered": N_("answered"),
    "episode_ended": N_("treatment ended"),
    "no_recent_measurement": N_("no recent measurement"),
    "withdrawn": N_("withdrawn after a correction"),
}


SUDDEN_CHANGES = {
    "sudden_gain": N_("sudden gain"),
    "sudden_loss": N_("sudden loss"),
}


def name_of(key: str, names: Mapping[str, str], language: str) -> str:
    """The name of a key in `language`; a key without a name is shown as plain words."""
    if key in names:
        return translation(language).gettext(names[key])
    return key.replace("_", " ")


def kind_name(kind: str, language: str) -> str:
    return name_of(kind, KINDS, language)


def level_name(level: str, language: str) -> str:
    return name_of(level, LEVELS, language)


def domain_name(domain: str, language: str) -> str:
    return name_of(domain, DOMAINS, language)


def record_status_name(status: str, language: str) -> str:
    return name_of(status, RECORD_STATUSES, language)


def action_name(action: str, language: str) -> str:
    return name_of(action, ACTIONS, language)


def closed_reason_name(reason: str, language: str) -> str:
    return name_of(reason, CLOSED_REASONS, language)


def next_step_name(key: str, language: str) -> str:
    """The step in a few words, for a table."""
    return name_of(key, NEXT_STEP_NAMES, language)


def next_step_sentence(key: str, language: str) -> str:
    """The step in full."""
    return name_of(key, NEXT_STEPS, language)


def reason_sentence(reason: Mapping[str, object], language: str) -> str:
    """Why a signal fired, from the `reason` that stands with it (key and numbers).

    `rule` ('>=' or '>') may stand in the reason: it says whether a difference of exactly
    the reliable-change value counts; without it, it does. A key that this version does not
    know gives its plain words.
    """
    if reason.get("withdrawn"):
        return (
            translation(language)
            .gettext(TAKEN_AWAY)
            .format(kind=kind_name(str(reason["key"]), language))
        )
    write = SENTENCES.get(str(reason["key"]))
    if write is None:
        return kind_name(str(reason["key"]), language)
    return write(reason, language, translation(language))


def disagreement_sentence(disagreement: Mapping[str, object], language: str) -> str:
    """Which questionnaires of an episode improved and which deteriorated, from its lists."""
    return (
        translation(language)
        .gettext("Questionnaires disagree: improved on {improved}; deteriorated on {deteriorated}.")
        .format(
            improved=_listed(disagreement, "improved_on"),
            deteriorated=_listed(disagreement, "deteriorated_on"),
        )
    )


def _listed(disagreement: Mapping[str, object], key: str) -> str:
    return ", ".join(cast(Sequence[str], disagreement[key]))


def sudden_change_name(kind: str, language: str) -> str:
    return name_of(kind, SUDDEN_CHANGES, language)


def _deterioration(reason: Mapping[str, object], language: str, words: NullTranslations) -> str:
    return words.gettext(
        "Reliable deterioration: {instrument} went from {baseline} (start) to {score}"
        " at {moment}; {reliable} is reliable."
    ).format(
        instrument=reason["instrument"],
        baseline=_figure(reason, "baseline", language),
        score=_figure(reason, "score", language),
        moment=_moment(reason, words),
        reliable=_reliable_difference(reason, language, words),
    )


def _no_improvement(reason: Mapping[str, object], language: str, words: NullTranslations) -> str:
    sentences = [_not_improved(reason, language, words)]
    late_until = reason.get("late_until")
    if late_until is not None and _number(reason, "session") < _number(reason, "late_until"):
        sentences.append(_told(MAYBE_LATE, reason, language, words))
    if reason.get("dose") in DOSES:
        sentences.append(_told(DOSES[str(reason["dose"])], reason, language, words))
    return " ".join(sentences)


def _not_improved(reason: Mapping[str, object], language: str, words: NullTranslations) -> str:
    return words.gettext(
        "No reliable improvement yet: {instrument} went from {baseline} (start) to {score}"
        " at {moment}; {reliable} is reliable."
    ).format(
        instrument=reason["instrument"],
        baseline=_figure(reason, "baseline", language),
        score=_figure(reason, "score", language),
        moment=_moment(reason, words),
        reliable=_reliable_difference(reason, language, words),
    )


def _low_alliance(reason: Mapping[str, object], language: str, words: NullTranslations) -> str:
    return words.gettext(
        "Low score on the alliance: {instrument} is {score} at {moment};"
        " below {cutoff} it is worth talking about together."
    ).format(
        instrument=reason["instrument"],
        score=_figure(reason, "score", language),
        cutoff=_figure(reason, "cutoff", language),
        moment=_moment(reason, words),
    )


def _critical_item(reason: Mapping[str, object], language: str, words: NullTranslations) -> str:
    sentence = words.gettext(
        "{domain}: {instrument} item {item} was answered with {value}."
    ).format(
        domain=domain_name(str(reason["domain"]), language),
        instrument=reason["instrument"],
        item=reason["item"],
        value=_figure(reason, "value", language),
    )
    status = str(reason.get("record_status", "landed"))
    if status == "landed":
        return sentence
    standing = words.gettext("This answer is {record_status}.")
    return f"{sentence} {standing.format(record_status=record_status_name(status, language))}"


def _held_back_file(reason: Mapping[str, object], language: str, words: NullTranslations) -> str:
    values = int(_number(reason, "values"))
    return words.ngettext(
        "File {file} was held back and holds {values} critical answer.",
        "File {file} was held back and holds {values} critical answers.",
        values,
    ).format(file=reason["file"], values=number(values, language))


TAKEN_AWAY = N_(
    "{kind}: withdrawn. A later correction of the data took away what this alert rested on."
)
MAYBE_LATE = N_(
    "Possibly a late responder: some patients change little until session {late_until} and then"
    " improve."
)
DOSES = {
    "short": N_(
        "{attended} of {planned} planned sessions were attended: too little treatment to judge it"
        " by."
    ),
    "enough": N_(
        "{attended} of {planned} planned sessions were attended: enough treatment, without effect"
        " so far."
    ),
}
BEYOND = {
    "lower": N_(
        "Off course: {instrument} is {score} at {moment}; {expected} was to be expected, and"
        " {share} of patients who started alike have {bound} or less by then."
    ),
    "higher": N_(
        "Off course: {instrument} is {score} at {moment}; {expected} was to be expected, and"
        " {share} of patients who started alike have {bound} or more by then."
    ),
}
MODELS = {
    "service": N_("Expected from the service's own episodes that ended up to {fitted_until}."),
    "clinic": N_("Expected from the clinic's own episodes that ended up to {fitted_until}."),
}
BEYOND_FIT = N_("Few treatments went on for so long, so that the limit no longer moves.")
RISK = N_(
    "High predicted risk: from the course of {instrument} so far ({score} at {moment}) the chance"
    " to end reliably worse is {percent} %; from {limit} % on it is called high. This is a"
    " prediction; {owner} answers for its use."
)
REVIEW = N_(
    "Treatment review: {planned} sessions were planned and have passed without reliable"
    " improvement; {instrument} went from {baseline} (start) to {score} at {moment}; {reliable}"
    " is reliable."
)
ALLIANCE = {
    "drop": N_(
        "Drop in the alliance: {instrument} went from {top} to {score} at {moment}, which is {sds}"
        " times the usual variation ({sd} points, the larger of the patient's own and the"
        " clinic's)."
    ),
    "persists": N_(
        "The alliance has not been restored: {instrument} is {score} at {moment}, {fall} points"
        " below the {top} from before the drop."
    ),
    "repair": N_(
        "Alliance restored: {instrument} is {score} at {moment}, about as high again as the {top}"
        " from before the drop."
    ),
}
NO_ALLIANCE = N_(
    "No alliance questionnaire at {moment}, after a low score the time before: ask how the"
    " patient feels about the treatment."
)
GONE = N_(
    "Provisional drop-out: nobody was seen since {last}, more than {days} days; nothing is"
    " planned and no end is recorded."
)
GONE_BY_FORMS = N_(
    "Provisional drop-out: nobody was measured since {last}, more than {days} days; nothing is"
    " planned and no end is recorded. Who came to appointments is not in the exports."
)
OVERDUE = N_("Overdue: last measured on {last}, more than {days} days ago.")
STALE = N_(
    "No recent measurement: last measured on {last}, more than {days} days ago. The course cannot"
    " be judged."
)
BACK = N_(
    "Back on course: {instrument} was off course and now is on course {times} times in a row;"
    " {score} at {moment}."
)
FUNCTIONAL = N_(
    "Twice in a row in the functional range: {instrument} went from {baseline} (start) to {score}"
    " at {moment}. Discuss together whether treatment can end."
)


def _told(text: str, reason: Mapping[str, object], language: str, words: NullTranslations) -> str:
    """The sentence with what the reason says: numbers, days and names as they are read."""
    parts = {key: _part(key, value, language) for key, value in reason.items()}
    if "session" in reason:
        parts["moment"] = _moment(reason, words)
    if "points" in reason:
        parts["reliable"] = _reliable_difference(reason, language, words)
    return words.gettext(text).format(**parts)


def _part(key: str, value: object, language: str) -> str:
    if key in ("last", "fitted_until"):
        return day(date.fromisoformat(str(value)), language)
    if key == "share":
        return f"{number(100 * cast(float, value), language)} %"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(round(value, 1), language)
    return str(value)


def _off_course(reason: Mapping[str, object], language: str, words: NullTranslations) -> str:
    texts = [BEYOND[str(reason["better"])], MODELS[str(reason["population"])]]
    texts += [BEYOND_FIT] if reason.get("beyond_fit") else []
    return " ".join(_told(text, reason, language, words) for text in texts)


def _alliance(reason: Mapping[str, object], language: str, words: NullTranslations) -> str:
    return _told(ALLIANCE[str(reason["state"])], reason, language, words)


def _drop_out(reason: Mapping[str, object], language: str, words: NullTranslations) -> str:
    text = GONE if reason["known_from"] == "appointment" else GONE_BY_FORMS
    return _told(text, reason, language, words)


def _always(text: str) -> "Writer":
    """A writer of one and the same sentence."""
    return lambda reason, language, words: _told(text, reason, language, words)


Writer = Callable[[Mapping[str, object], str, NullTranslations], str]

SENTENCES: Mapping[str, Writer] = {
    "reliable_deterioration": _deterioration,
    "off_course": _off_course,
    "high_predicted_risk": _always(RISK),
    "no_reliable_improvement": _no_improvement,
    "treatment_review": _always(REVIEW),
    "alliance_rupture": _alliance,
    "alliance_repair": _alliance,
    "low_alliance": _low_alliance,
    "missing_alliance": _always(NO_ALLIANCE),
    "drop_out_risk": _drop_out,
    "overdue_measurement": _always(OVERDUE),
    "no_recent_measurement": _always(STALE),
    "back_on_course": _always(BACK),
    "functional_twice": _always(FUNCTIONAL),
    "critical_item": _critical_item,
    "held_back_file": _held_back_file,
}


def _reliable_difference(
    reason: Mapping[str, object], language: str, words: NullTranslations
) -> str:
    points = _number(reason, "points")
    plural = 1 if points == 1 else 2
    if reason.get("rule", ">=") == ">":
        text = words.ngettext(
            "a difference of more than {points} point",
            "a difference of more than {points} points",
            plural,
        )
    else:
        text = words.ngettext(
            "a difference of {points} point or more",
            "a difference of {points} points or more",
            plural,
        )
    return text.format(points=number(points, language))


def _moment(reason: Mapping[str, object], words: NullTranslations) -> str:
    """Where an export knows no sessions, measurements are counted instead."""
    counted = reason.get("counted", "session")
    session, measurement = words.gettext("session {n}"), words.gettext("measurement {n}")
    text = session if counted == "session" else measurement
    return text.format(n=reason["session"])


def _figure(reason: Mapping[str, object], key: str, language: str) -> str:
    return number(_number(reason, key), language)


def _number(reason: Mapping[str, object], key: str) -> float:
    return float(cast(float, reason[key]))
