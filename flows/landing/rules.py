"""Why a record or cell is not landed, which class that is, and what the sender can do."""

from dataclasses import dataclass
from typing import Literal

RejectClass = Literal["error", "conflict", "by_rule"]
Conflict = Literal["later_line", "earlier_line", "neither"]


@dataclass(frozen=True)
class Rule:
    """One reason; only class `error` counts for holding a file back."""

    name: str
    reject_class: RejectClass
    fix: str


RULES = {
    rule.name: rule
    for rule in (
        Rule("no_measure", "by_rule", "nothing to mend: the record holds no answer or score"),
        Rule("tester", "by_rule", "nothing to mend: this is not a real patient"),
        Rule("not_completed", "by_rule", "nothing to mend: the list was not completed"),
        Rule("spam", "by_rule", "nothing to mend: the source takes this record for spam"),
        Rule("archived", "by_rule", "nothing to mend: the record was archived at the source"),
        Rule(
            "hidden_from_professionals",
            "by_rule",
            "nothing to mend: the source hides these answers from professionals",
        ),
        Rule("non_response", "by_rule", "nothing to mend: a reason was given for not answering"),
        Rule("forgotten", "by_rule", "leave this record out: the patient was forgotten on request"),
        Rule("ignored_item", "by_rule", "nothing to mend: the source leaves this item out"),
        Rule("field_count", "error", "give every line as many fields as the header line has"),
        Rule("missing_clinic", "error", "fill in the clinic"),
        Rule("missing_patient", "error", "fill in the patient id"),
        Rule("missing_date", "error", "fill in the date of the measurement"),
        Rule("unreadable_date", "error", "write the date as the source file says"),
        Rule("date_before_1900", "error", "correct the date: write the year with four digits"),
        Rule("date_in_future", "error", "correct the date: it lies after the day of landing"),
        Rule("missing_session", "error", "fill in the session: its date is counted from it"),
        Rule("unreadable_session", "error", "write the session as a whole number below 10,000"),
        Rule("unknown_item", "error", "use an item number or scale that the instrument has"),
        Rule("missing_key", "error", "fill in this column: without it the record is nobody's"),
        Rule("not_allowed", "error", "write one of the words that this column can hold"),
        Rule("not_a_count", "error", "write a whole number from 0 to 99,999"),
        Rule("unreadable_year", "error", "write the year with four digits"),
        Rule("ends_before_start", "error", "correct the dates: the end lies before the start"),
        Rule("not_a_number", "error", "write the answer as a number"),
        Rule("out_of_range", "error", "correct the answer: it lies outside the range of the item"),
        Rule("conflict", "conflict", "two values for one moment: remove the one that is wrong"),
    )
}

CONFLICT_RULES: dict[Conflict, str] = {
    "later_line": "Two values for one moment in one file: the later line wins,"
    " the other is the conflict",
    "earlier_line": "Two values for one moment in one file: the earlier line wins,"
    " the other is the conflict",
    "neither": "Two values for one moment in one file: neither lands, both are the conflict",
}

# Neither pages nor the critical lane may see what stands in such records.
NOBODY_READS = ("tester", "hidden_from_professionals", "forgotten")

NO_USABLE_ANSWER = "no_usable_answer"
OUTCOMES = ("landed", "duplicate", NO_USABLE_ANSWER, "forgotten")


def is_taken(name: str) -> bool:
    """Whether a [[skip]] cannot bear this name, since it would be counted as something else."""
    return name in OUTCOMES or (name in RULES and RULES[name].reject_class != "by_rule")


def rule_for(name: str) -> Rule:
    """The rule of that name; a name from a source's [[skip]] is a rejection by rule."""
    return RULES.get(name) or Rule(name, "by_rule", "nothing to mend: the source leaves it out")
