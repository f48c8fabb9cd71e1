"""A quarter's report that is issued again: its number, and which figures changed.

Two reports of a quarter tell the same when its figures are the same, whatever stands in the parts
that are of the day of writing (the loop, checks, sources, open questions). So a later run leaves
a report as it was issued, until what came in later changes a figure of the quarter.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flows.publishing.audit_rows import AuditData, Unit
from flows.publishing.revisions import (
    RECORD,
    Draft,
    Issued,
    fingerprint,
    next_revision,
    revision_as_known,
)

TOLD = "audit.json"


@dataclass(frozen=True)
class Told:
    """A figure as a report told it."""

    value: float | None
    is_withheld: bool
    rules: str | None


NOT_TOLD = Told(None, is_withheld=False, rules=None)
Figures = Mapping[tuple[Unit, str], Told]
"""The figures of a quarter, by unit and indicator."""


@dataclass(frozen=True)
class FigureChange:
    """A figure of the quarter that is told otherwise than in the report before."""

    unit: Unit
    indicator: str
    before: Told
    now: Told


@dataclass(frozen=True)
class AuditRevision:
    """The first report of a quarter has number 1."""

    number: int
    changes: Sequence[FigureChange] = ()


def draft_of(data: AuditData) -> Draft:
    """What the report tells of its quarter, apart from the day of writing."""
    run = data.run
    told = (
        run.service_name,
        run.simulated,
        data.definitions,
        data.quarters,
        data.funnels,
        data.missing,
    )
    return Draft(fingerprint([str(part) for part in told]), run.known_at, {})


def issued_audits(folder: Path) -> Sequence[Issued]:
    """Every revision of a quarter that can still be read, the oldest first."""
    found = []
    for place in (folder, *folder.glob("r[0-9]*")):
        with suppress(OSError, ValueError, KeyError):
            found.append(_read(place))
    return sorted(found, key=lambda each: each.number)


def _read(folder: Path) -> Issued:
    kept = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    known_at = datetime.fromisoformat(kept["known_at"])
    return Issued(_told(folder)["revision"], kept["fingerprint"], known_at, folder, {})


def _told(folder: Path) -> Any:
    return json.loads((folder / TOLD).read_text(encoding="utf-8"))


def as_of(issued: Issued) -> date:
    """Up to which day the data of an issued report go."""
    return date.fromisoformat(_told(issued.folder)["as_of"])


def revision_of(
    data: AuditData, draft: Draft, history: Sequence[Issued], *, is_past: bool
) -> AuditRevision:
    """Its number, and what changed since the report before; `is_past`: as it was known then."""
    number = _known_number(draft, history) if is_past else next_revision(draft, history).number
    before = [each for each in history if each.number < number]
    if not before:
        return AuditRevision(number)
    return AuditRevision(number, changes(_figures_in(before[-1].folder), figures_of(data)))


def _known_number(draft: Draft, history: Sequence[Issued]) -> int:
    """That of the report issued at that moment, also where figures went back to what they were."""
    same = [e.number for e in history if e.fingerprint == draft.fingerprint]
    then = [e.number for e in history if e.known_at == draft.known_at and e.number in same]
    return then[0] if then else revision_as_known(draft, history).number


def figures_of(data: AuditData) -> Figures:
    """What a report of these data tells of its quarter."""
    return {
        (each.of, each.indicator): Told(each.value, each.is_withheld, each.rules)
        for each in data.quarters
        if each.period == data.quarter.first_day
    }


def _figures_in(folder: Path) -> Figures:
    told = _told(folder)
    return {
        (Unit(each["unit_kind"], each["unit"]), each["indicator"]): Told(
            each["value"], each["is_withheld"], each["rules"]
        )
        for each in told["figures"]
        if each["period"] == told["first_day"]
    }


def changes(before: Figures, now: Figures) -> Sequence[FigureChange]:
    """Figures that came, went or are another; the service first."""
    found = sorted({*before, *now}, key=lambda each: (each[0].kind != "service", each))
    return tuple(
        FigureChange(*key, before.get(key, NOT_TOLD), now.get(key, NOT_TOLD))
        for key in found
        if before.get(key, NOT_TOLD) != now.get(key, NOT_TOLD)
    )
