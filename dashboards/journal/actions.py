"""What a person can do about an alert: one table. A key is never renamed or reused."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

HELD_BACK_FILE = "held_back_file"
CRITICAL_ITEM = "critical_item"


@dataclass(frozen=True)
class Action:
    """`in_words` as the person who chose it says it; `needs_note` asks for a reason."""

    in_words: str | Promise
    needs_note: bool = False


ABOUT_A_PATIENT: Mapping[str, Action] = {
    "contact_today": Action(_("I contact the patient today")),
    "discuss_next_session": Action(_("I discuss it with the patient in the next session")),
    "adjust_plan": Action(_("I adjust the treatment plan")),
    "consult": Action(_("I consult a colleague or my supervisor")),
    "no_action": Action(_("No action is needed, because of the reason below"), needs_note=True),
}
# What to look at when a course is off, in the order of Lambert's clinical support tools: the
# alliance and one's own part, motivation, social support, life events; then whether the indicated
# treatment was given, undiluted and enough; only then another goal, method or therapist.
SUPPORT_STEPS: Mapping[str, Action] = {
    "alliance_discussed": Action(_("I discuss the alliance with the patient")),
    "own_part_examined": Action(_("I look at my own part")),
    "motivation_discussed": Action(_("I discuss motivation and expectations")),
    "social_support_discussed": Action(_("I discuss social support")),
    "life_events_discussed": Action(_("I discuss what has happened in life")),
    "dose_examined": Action(
        _("I look whether the indicated treatment was given, undiluted and enough")
    ),
}
# The first step of each domain. [D]
FIRST_STEPS: Mapping[str, Mapping[str, Action]] = {
    "self_harm": {"risk_assessed": Action(_("I assessed the risk by our own protocol"))},
    "violence": {
        "safety_assessed": Action(_("I assessed the safety of others by our own protocol"))
    },
    "substance": {
        "use_discussed": Action(_("I discussed the use of alcohol or drugs with the patient"))
    },
}
ABOUT_A_FILE: Mapping[str, Action] = {
    "ask_corrected_file": Action(_("I ask the sender for a corrected file")),
    "look_through_file": Action(_("I looked through the critical items in the file")),
    "no_action": ABOUT_A_PATIENT["no_action"],
}
_PLAN_LAST: Mapping[str, Action] = {
    name: ABOUT_A_PATIENT[name]
    for name in ("contact_today", "discuss_next_session", "consult", "adjust_plan", "no_action")
}


def actions_for(alert_kind: str, domain: str | None = None) -> Mapping[str, Action]:
    """Key to action, in the order in which a form offers them.

    A critical item begins with the first step of its domain, that of self-harm where the
    domain is not known. Any other alert about a patient offers the clinical support steps
    before those that end with another plan; where the patient also has an open critical item,
    its domain puts the risk first.
    """
    if alert_kind == HELD_BACK_FILE:
        return ABOUT_A_FILE
    if alert_kind != CRITICAL_ITEM:
        return {**FIRST_STEPS.get(domain or "", {}), **SUPPORT_STEPS, **_PLAN_LAST}
    return {**FIRST_STEPS.get(domain or "", FIRST_STEPS["self_harm"]), **ABOUT_A_PATIENT}


def action_in_words(key: str) -> str:
    """The action as a sentence in the language in force; the key itself when unknown."""
    first_steps = {name: step for steps in FIRST_STEPS.values() for name, step in steps.items()}
    action = {**ABOUT_A_FILE, **ABOUT_A_PATIENT, **SUPPORT_STEPS, **first_steps}.get(key)
    return key if action is None else str(action.in_words)
