"""Which instrument a part of a column name stands for, and a name where none is known."""

import re
from collections.abc import Mapping, Sequence

from flows.instruments import Instrument
from flows.instruments.loader import find_instrument
from flows.landing.guess.names import TOTAL, words

# What exports call an instrument beside its own name and that name without its number.
NICKNAMES = {"dpq": "phq-9"}
HARDLY_NAMING = re.compile(r"(sq|q|item|vraag)\d*")
NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


def aliases(instruments: Mapping[str, Instrument]) -> dict[str, str]:
    """Names in small letters and digits -> id of the instrument; only those that name one alone."""
    exact = {bare(name): i.id for i in instruments.values() for name in (i.id, i.short_name)}
    short = [(without, i.id) for i in instruments.values() if (without := _without_number(i.id))]
    counts: dict[str, set[str]] = {}
    for name, identity in short:
        counts.setdefault(name, set()).add(identity)
    alone = {name: next(iter(owners)) for name, owners in counts.items() if len(owners) == 1}
    nicknames = {name: told for name, told in NICKNAMES.items() if told in instruments}
    return nicknames | alone | exact


def find_known(stem: str, instruments: Mapping[str, Instrument]) -> Instrument | None:
    """The instrument that a stem names: all of it, or its first or last words.

    A number that follows makes it another one: BDI-2 and CORE-34 are not BDI and CORE-10.
    """
    exact = find_instrument(stem, instruments)
    if exact is not None:
        return exact
    known, told = aliases(instruments), words(stem)
    for count in (3, 2, 1):
        if not _is_numbered(told[count : count + 1]) and "".join(told[:count]) in known:
            return instruments[known["".join(told[:count])]]
        if "".join(told[-count:]) in known:
            return instruments[known["".join(told[-count:])]]
    return None


def _is_numbered(following: Sequence[str]) -> bool:
    return bool(following) and (following[0].isdecimal() or following[0] in ("ii", "r"))


def proposed_name(stem: str) -> str:
    """A name for an instrument nobody described: the stem in small letters, its words joined."""
    name = NOT_IN_NAMES.sub("-", stem.lower()).strip("-")
    parts = name.split("-")
    while len(parts) > 1 and (parts[-1] in TOTAL or HARDLY_NAMING.fullmatch(parts[-1])):
        parts.pop()
    return "-".join(parts) or "questionnaire"


def bare(name: str) -> str:
    """Letters and digits alone."""
    return NOT_IN_NAMES.sub("", name.lower())


def _without_number(identity: str) -> str | None:
    """`phq-9` -> phq; None for a name that has no number at its end."""
    name = bare(identity)
    letters = name.rstrip("0123456789")
    return letters if letters != name and len(letters) > 2 else None
