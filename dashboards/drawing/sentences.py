"""What rules, steps and answers are called, in the words of a clinician."""

from collections.abc import Callable, Mapping, Sequence
from gettext import NullTranslations
from typing import cast

from dashboards.drawing.formats import number
from dashboards.drawing.translation import N_, translation

KINDS = {
    "critical_item": N_("Critical item"),
    "held_back_file": N_("Held-back file"),
    "reliable_deterioration": N_("Reliable deterioration"),
    "no_reliable_improvement": N_("No reliable improvement yet"),
    "low_alliance": N_("Low score on the alliance"),
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
    "discuss_deterioration": N_("Discuss the deterioration"),
    "review_no_progress": N_("Review the treatment"),
    "look_at_held_back_file": N_("Look at the held-back file"),
}

NEXT_STEPS = {
    "assess_risk_today": N_(
        "Assess the risk with the patient today, following your own protocol,"
        " and note what was agreed."
    ),
    "discuss_deterioration": N_(
        "Look at the course together in the next session: is there a risk, what has happened,"
        " what does the patient need? Ask after your own part as well."
    ),
    "review_no_progress": N_(
        "Review the treatment together, in this order: alliance, motivation, social support,"
        " life events, and whether this treatment fits. Ask after your own part as well."
    ),
    "look_at_held_back_file": N_(
        "Look at the critical answers in this file today; then mend the file or accept it."
    ),
}

ACTIONS = {
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


Writer = Callable[[Mapping[str, object], str, NullTranslations], str]

SENTENCES: Mapping[str, Writer] = {
    "reliable_deterioration": _deterioration,
    "no_reliable_improvement": _no_improvement,
    "low_alliance": _low_alliance,
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
