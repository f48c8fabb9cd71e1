"""What the tests call things, in words that a psychologist reads."""

import ast
import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from flows.instruments import Instrument, load_instruments
from tests.rules.titles import TITLES

DAY_0 = date(2026, 1, 1)

NAMES = {"phq 9": "PHQ-9", "ors": "ORS"}

HEADINGS = {
    "alarmed": "Red or amber in",
    "answered_at": "Answered on day",
    "assessment_no": "Number of the form",
    "assessments": "Forms",
    "at": "On day",
    "baseline": "Start",
    "baseline_at": "Day of the start",
    "baseline_score": "Score at the start",
    "class": "Verdict",
    "closed_at": "Closed on day",
    "closed_reason": "Why it closed",
    "counted": "Counted by",
    "critical_t": "Student's t",
    "crossed_cutoff": "Crossed the cut-off",
    "cutoff": "Cut-off",
    "cutoff_kind": "Kind of cut-off",
    "cutoff_rule": "Clinical is",
    "definition": "In words",
    "denominator": "Out of",
    "days_since": "Days since then",
    "deteriorated_on": "Worse on",
    "disagrees": "Disagree",
    "domain": "About",
    "dose": "Treatment",
    "end_reason": "Why it ended",
    "ended_at": "Ended on day",
    "ended_on": "Ended on day",
    "escalated_at": "Went to the deputy on day",
    "escalated_to": "Deputy",
    "follow_ups": "Follow-ups",
    "has_open_alert": "Open alert",
    "improved_on": "Better on",
    "instrument": "Questionnaire",
    "is_case_at_start": "A case at the start",
    "is_clinical": "Clinical",
    "is_closed": "Ended",
    "is_finished": "Finished",
    "is_follow_up": "Follow-up",
    "is_frequent": "Too often",
    "is_held_back": "Held back",
    "is_paired": "Two scores on both",
    "item": "Question",
    "items_answered": "Answers",
    "items_missing": "Left blank",
    "landed": "Came in on day",
    "landed_at": "Came in on day",
    "last_measured_at": "Last measured on day",
    "last_signal_at": "Last signal on day",
    "latest": "Last score",
    "latest_at": "Day of the last score",
    "measured_at": "Measured on day",
    "measured_at_before": "Measured before on day",
    "missing": "What is lacking",
    "n_after": "Number after",
    "next_step": "First step",
    "n_before": "Number before",
    "no_score_reason": "Why there is no score",
    "numerator": "Number",
    "opened_at": "Opened on day",
    "origin": "Known from",
    "outcome_after_4_sessions": "After four sessions",
    "planned_sessions": "Sessions planned",
    "place_before": "Session before",
    "pooled_sd": "Pooled SD",
    "prorated": "Filled up",
    "rci": "Reliable change index",
    "record_status": "The record was",
    "reported_score": "Score that was sent",
    "respondent": "Filled in by",
    "rule": "Which one",
    "scope": "Values",
    "score_source": "Score from",
    "seen_at": "Seen on day",
    "sort_order": "Place",
    "source_file": "From file",
    "started_at": "Started on day",
    "started_on": "Started on day",
    "starts_at": "Appointment on day",
    "t_population": "Compared with",
    "t_score": "T-score",
    "threshold": "Reliable change in points",
    "threshold_rule": "Reliable is",
    "unchanged_on": "Unchanged on",
    "value": "Answer",
    "withdrawn": "Taken back",
}

CAPTIONS = {
    "measured": "What was measured",
    "set_aside": "Set aside when the file came in",
    "episodes": "Episodes that the clinic recorded",
    "appointments": "Appointments",
    "files": "Files",
    "events": "What people did with alerts",
    "agreement": "Agreement",
    "alert": "Alerts",
    "alert_list": "The alert list",
    "alert_rate": "How often a rule is red or amber",
    "assessment": "Forms",
    "baseline": "The start",
    "change": "Change",
    "clinic_figure": "Figures of the clinic",
    "critical": "Critical answers",
    "episode": "Episodes",
    "overdue": "Overdue measurements",
    "placed_appointment": "Appointments by episode",
    "score": "Scores",
    "signal": "Signals",
    "sudden_change": "Sudden gains and losses",
    "talking_therapies": "Recovery and change over both",
    "unattached_event": "What belongs to no alert",
    "yardstick": "Limits",
}
WHICH = {
    "method = 'JT'": ", Jacobson & Truax",
    "method = 'PCT'": ", percentage of the start",
    "method = 'ANCHOR'": ", minimal important difference",
    "kind = 'reliable_deterioration'": " about deterioration",
    "kind = 'critical_item'": " about critical items",
}

SETTINGS = {
    "change.values": "Where cut-offs and reliable change come from",
    "change.minimum_intakes": "Own intakes needed for values of one's own",
    "change.cutoff": "Kind of a computed cut-off",
    "critical.alerts_from": "Day before which critical items open no alert",
    "critical.deputies": "The named deputies of single clinics",
    "critical.deputy": "The named deputy",
    "instruments.norms": "Norm groups that were chosen",
    "critical.unanswered_after_hours": (
        "Hours after which an unanswered critical item goes to the deputy"
    ),
    "signals.alliance_minimum_episodes": "Earlier episodes needed for the usual variation",
    "episodes.gap_days": "Days without a measurement that end an episode",
}

METHODS = {
    "JT": "Jacobson & Truax",
    "EN": "Edwards & Nunnally",
    "GLN": "Gulliksen, Lord & Novick",
    "HLL": "Hsu, Linn & Lord",
    "NK": "Nunnally & Kotsch",
    "CM": "Christensen & Mendoza",
    "PCT": "percentage of the start",
    "ANCHOR": "minimal important difference",
}
VALUES: Mapping[str, Mapping[str, str]] = {
    "method": METHODS,
    "scope": {"local": "the clinic's own"},
    "level": {"info": "information"},
    "dose": {"short": "too little", "enough": "enough, without effect"},
    "origin": {"gap": "a time without measurements", "export": "the export"},
    "record_status": {"landed": "taken in"},
    "closed_reason": {"on_track": "on course"},
    "respondent": {"patient": "the patient", "partner": "the partner"},
    "score_source": {"reported": "the sender", "recomputed": "the answers"},
}


def title(test: str) -> str:
    """The name of a test as a sentence without its full stop."""
    name = test.removeprefix("test_").replace("_", " ")
    for spelled, written in NAMES.items():
        name = re.sub(rf"\b{spelled}\b", written, name)
    return TITLES.get(test, _capital(name))


def paragraphs(docstring: str) -> list[str]:
    """The paragraphs of a docstring, each on one line, with names of cases in quotation marks."""
    parts = (" ".join(part.split()) for part in re.split(r"\n\s*\n", docstring.strip()))
    return [re.sub(r"`([^`]+)`", r"“\1”", part) for part in parts if part]


def heading(column: str) -> str:
    return HEADINGS.get(column, _capital(column.replace("_", " ")))


def caption(table: str) -> str:
    """Of a table, or of the part of a table that a condition takes.

    Raises LookupError for a table that has no words here yet.
    """
    which = (words for condition, words in WHICH.items() if condition in table)
    return _words_of(CAPTIONS, table.removeprefix("(from ").split()[0]) + next(which, "")


def settings(chosen: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What a service set otherwise than Op koers does, one `name | value` each.

    Raises LookupError for a setting that has no words here yet.
    """
    return [
        f"{_words_of(SETTINGS, f'{section}.{name}')} | {_chosen(value)}"
        for section, values in chosen.items()
        for name, value in values.items()
    ]


def _chosen(value: object) -> str:
    match value:
        case date():
            return str((value - DAY_0).days)
        case Mapping():
            told = ((cell("instrument", name), each.strip() or "-") for name, each in value.items())
            return ", ".join(f"{name}: {each}" for name, each in told)
        case _:
            return cell("scope", str(value))


def cell(column: str, text: str) -> str:
    """One value: codes become words, lists become enumerations, made-up ids say what they mean."""
    if text in VALUES.get(column, {}):
        return VALUES[column][text]
    if column == "instrument" and text in _instruments():
        return _instruments()[text].short_name
    if text.startswith("["):
        return ", ".join(ast.literal_eval(text)) or "-"
    if began := re.fullmatch(r".+-(\d{8})", text):
        return f"from day {(date.fromisoformat(began[1]) - DAY_0).days}"
    return text.replace("_", " ") if re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", text) else text


@lru_cache(maxsize=1)
def _instruments() -> Mapping[str, Instrument]:
    return load_instruments()


def _words_of(known: Mapping[str, str], name: str) -> str:
    if name not in known:
        raise LookupError(f"'{name}' has no words yet: give it some in {__file__}")
    return known[name]


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
