"""Critical answers in words, for the weekly report and for the one that stands in for it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from dashboards.drawing.duty import (
    alerts_from_sentence,
    duty_sentence,
    late_sentence,
    protocol_sentence,
)
from dashboards.drawing.formats import number
from dashboards.drawing.sentences import (
    DOMAINS,
    domain_name,
    next_step_sentence,
    record_status_name,
)
from dashboards.drawing.translation import translation
from flows.settings import Critical

# Domains in the order of a list; each has its own first step.
FIRST_STEPS = {
    "self_harm": "assess_risk_today",
    "violence": "assess_safety_today",
    "substance": "look_at_use",
}
Rows = Sequence[Mapping[str, object]]


@dataclass(frozen=True)
class Found:
    """The rows of one clinic's list: what went to the deputy, and the rest."""

    clinic_id: str
    late: Rows
    others: Rows
    domains: Collection[str]


def critical_part(
    found: Found, columns: Sequence[str], duty: Critical, language: str
) -> Mapping[str, object]:
    """Steps, duty and groups of rows, those first that went to the deputy; see layout.typ."""
    deputy = duty.deputy_of(found.clinic_id)
    return {
        "steps": [_first_step(each, language) for each in DOMAINS if each in found.domains],
        "protocol": protocol_sentence(duty.protocol, language) or None,
        "duty": [
            sentence
            for sentence in (
                duty_sentence(deputy, duty.unanswered_after_hours, language),
                alerts_from_sentence(duty.alerts_from, language),
            )
            if sentence
        ],
        "columns": list(columns),
        "groups": _groups(found, deputy, language),
    }


def _first_step(domain: str, language: str) -> Mapping[str, str]:
    step = FIRST_STEPS.get(domain, "assess_risk_today")
    return {"name": domain_name(domain, language), "sentence": next_step_sentence(step, language)}


def _groups(found: Found, deputy: str | None, language: str) -> Sequence[Mapping[str, object]]:
    _ = translation(language).gettext
    late = {"title": late_sentence(deputy, language), "is_late": True, "rows": found.late}
    title = _("Other critical items") if found.late else None
    others = {"title": title, "is_late": False, "rows": found.others}
    return [*([late] if found.late else []), *([others] if found.others else [])]


def critical_columns(language: str) -> list[str]:
    """Heads of the columns that `critical_words` and its row fill."""
    _ = translation(language).gettext
    return [
        _("About"),
        _("Question"),
        _("Answer"),
        _("Date"),
        _("Patient"),
        _("Therapist"),
        _("Record"),
    ]


def critical_words(reason: Mapping[str, object], language: str) -> Mapping[str, str]:
    """What a critical answer is about, its question, its value, and where its record stands."""
    _ = translation(language).gettext
    item = _("item {item}").format(item=reason["item"])
    return {
        "about": domain_name(str(reason["domain"]), language),
        "question": on_one_line(f"{reason['instrument']}, {item}"),
        "answer": number(float(str(reason["value"])), language),
        "record": record_status_name(str(reason.get("record_status", "landed")), language),
    }


def on_one_line(text: str) -> str:
    """`text` with spaces at which no line may break."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")
