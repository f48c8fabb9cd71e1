"""The help page: how Op koers decides, with every number's source, and who can see what."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboards.access import ROLES, ViewerRequest
from dashboards.warehouse import Snapshot, published_snapshot

EVIDENCE: dict[str, str | Promise] = {
    "V": _("seen in a public source"),
    "VC": _("read in the source code of a public package"),
    "K": _("general knowledge of the field, not checked against the first source"),
    "D": _("own choice of Op koers, no literature behind it"),
}
CONSTANTS: dict[str, str | Promise] = {
    "cutoff": _("cut-off"),
    "cutoff_rule": _("clinical when the score is"),
    "reliable_change_points": _("points of reliable change"),
    "reliable_change_rule": _("a change is reliable when it is"),
    "reliability": _("reliability"),
    "sd": _("standard deviation"),
    "s_diff": _("standard error of a difference"),
    "low_alliance_below": _("low alliance below"),
    "allowed_missing": _("answers that may be missing"),
    "minimum": _("lowest score"),
    "maximum": _("highest score"),
    "critical_threshold": _("critical answer from"),
}
SETTINGS: dict[str, str | Promise] = {
    "signals.no_improvement_info_session": _("No reliable improvement: mentioned from session"),
    "signals.no_improvement_amber_session": _("No reliable improvement: an alert from session"),
    "signals.deterioration_from_session": _("Reliable deterioration: an alert from session"),
    "alerts.minimum_interval_days": _("Days before the same alert may open again"),
    "alerts.on_track_assessments": _("Measurements on course after which an alert closes"),
    "alerts.stale_after_days": _("Days without measurement after which no alert opens"),
    "episodes.gap_days": _("Days without measurement after which a new episode starts"),
    "episodes.baseline_before_days": _("Baseline: at most so many days before the first session"),
    "episodes.baseline_after_days": _("Baseline: at most so many days after the first session"),
    "overdue.after_days": _("Days without measurement after which a patient is overdue"),
}


@dataclass(frozen=True)
class Definition:
    """One number that decides: its name in words, where it comes from, how sure that is."""

    name: str | Promise
    scale: str
    value: str
    source: str
    population: str
    evidence: str | Promise


@dataclass(frozen=True)
class Choice:
    """One setting of this service."""

    name: str | Promise
    value: str
    source: str


def how_op_koers_decides(request: ViewerRequest) -> HttpResponse:
    """The page `help`."""
    snapshot = published_snapshot()
    page = {
        "instruments": definitions_by_instrument(snapshot),
        "choices": choices_of(snapshot),
        "roles": list(ROLES.values()),
    }
    return render(request, "help.html", page)


def definitions_by_instrument(snapshot: Snapshot) -> list[tuple[str, list[Definition]]]:
    """Instrument's short name with its constants, both in alphabetical order."""
    rows = snapshot.rows("definitions")
    groups = groupby(rows, key=lambda row: str(row["short_name"]))
    return [(name, [_definition(row) for row in group]) for name, group in groups]


def choices_of(snapshot: Snapshot) -> list[Choice]:
    """The settings that decide about alerts."""
    return [_choice(row) for row in snapshot.rows("deciding_settings")]


def _definition(row: dict[str, Any]) -> Definition:
    return Definition(
        name=CONSTANTS.get(row["constant"], row["constant"].replace("_", " ")),
        scale=row["scale"] or "",
        value=row["value"] or "",
        source=row["source"] or "",
        population=row["population"] or "",
        evidence=EVIDENCE.get(row["evidence"], row["evidence"] or ""),
    )


def _choice(row: dict[str, Any]) -> Choice:
    key = f"{row['section']}.{row['name']}"
    return Choice(name=SETTINGS.get(key, key), value=row["value"], source=row["source"] or "")
