"""Names of moments in the columns of a wide export -> session numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flows.landing.guess.names import words

DAYS_IN_WEEK, DAYS_IN_MONTH = 7, 30
BEFORE = {"pre", "baseline", "base", "bl", "voor", "intake", "screening", "begin", "start"}
AFTER = {"post", "end", "eind", "einde", "discharge", "na"}
LABEL = (
    r"(?:pre|post|mid|tussen|base(?:line)?|bl|intake|screening|start|begin|end|eind|einde|voor|na"
    r"|fu_?\d*|follow_?up_?\d*|[tsmwv]_?\d{1,2}|\d{1,2}_?(?:m|w|wk|mo|mnd)"
    r"|(?:session|sessie|week|month|maand|visit|wave|time|meting|ronde)_?\d{1,2})"
)
UNITS = {
    "m": DAYS_IN_MONTH, "mo": DAYS_IN_MONTH, "mnd": DAYS_IN_MONTH, "month": DAYS_IN_MONTH,
    "maand": DAYS_IN_MONTH, "w": DAYS_IN_WEEK, "wk": DAYS_IN_WEEK, "week": DAYS_IN_WEEK,
}  # fmt: skip
FOLLOW_UP = re.compile(r"(?:fu|follow_?up)_?(\d*)", re.IGNORECASE)
COUNTED = re.compile(r"(?:([a-z]*)_?)?(\d{1,2})_?([a-z]*)", re.IGNORECASE)


@dataclass(frozen=True)
class Numbering:
    """Session number of each moment; `days_per_session` where the names tell a unit of time."""

    sessions: dict[str, int]
    days_per_session: int | None


def number_occasions(labels: Sequence[str]) -> Numbering:
    """Numbers as the names tell them, else in the order of the columns."""
    follow_ups = [label for label in labels if FOLLOW_UP.fullmatch(label)]
    others = [label for label in labels if label not in follow_ups]
    counted = {label: COUNTED.fullmatch(label) for label in others}
    numbers = {label: int(match[2]) for label, match in counted.items() if match}
    units = {_unit(match) for match in counted.values() if match}
    bare = [label for label in others if label not in numbers]
    is_before = len(bare) == 1 and bool(set(words(bare[0])) & BEFORE) and 0 not in numbers.values()
    if len(set(numbers.values())) < len(numbers) or (bare and not is_before):
        return Numbering(number_labels(labels), None)
    sessions = dict.fromkeys(bare, 0) | numbers
    days = units.pop() if len(units) == 1 and numbers and not follow_ups else None
    last = max(sessions.values(), default=-1)
    sessions |= {label: last + place for place, label in enumerate(follow_ups, start=1)}
    return Numbering({label: sessions[label] for label in labels}, days)


def _unit(match: re.Match[str]) -> int | None:
    """Days in the unit that a counted name tells: 2m, week3."""
    return UNITS.get((match[3] or match[1] or "").lower())


def number_labels(labels: Sequence[str]) -> dict[str, int]:
    """Names of moments -> session numbers, as they follow each other; what is before is 0."""
    first = [label for label in labels if set(words(label)) & BEFORE]
    last = [label for label in labels if set(words(label)) & AFTER and label not in first]
    between = [label for label in labels if label not in first and label not in last]
    start = 0 if first else 1
    return {label: place for place, label in enumerate((*first, *between, *last), start=start)}
