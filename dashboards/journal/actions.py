"""What a person can do about an alert: one table. A key is never renamed or reused."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

HELD_BACK_FILE = "held_back_file"


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
ABOUT_A_FILE: Mapping[str, Action] = {
    "ask_corrected_file": Action(_("I ask the sender for a corrected file")),
    "look_through_file": Action(_("I looked through the critical items in the file")),
    "no_action": ABOUT_A_PATIENT["no_action"],
}


def actions_for(alert_kind: str) -> Mapping[str, Action]:
    """Key to action, in the order in which a form offers them."""
    return ABOUT_A_FILE if alert_kind == HELD_BACK_FILE else ABOUT_A_PATIENT


def action_in_words(key: str) -> str:
    """The action as a sentence in the language in force; the key itself when unknown."""
    action = {**ABOUT_A_FILE, **ABOUT_A_PATIENT}.get(key)
    return key if action is None else str(action.in_words)
