"""The help page: how Op koers decides, with every number's source, and who can see what."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dashboards.access import ROLES, Viewer, ViewerRequest
from dashboards.drawing.formats import number
from dashboards.drawing.life_cycle import TITLE, life_cycle_drawing, life_cycle_words
from dashboards.drawing.translation import said
from dashboards.pages.chapter import chapters_in_force
from dashboards.warehouse import Snapshot, published_snapshot

# The weekly report uses the same words.
EVIDENCE: dict[str, str | Promise] = {
    "V": _("seen in a public source (of papers usually the abstract)"),
    "VC": _("read in the source code of the named public package"),
    "K": _("general knowledge of the field, not checked against the primary source"),
    "D": _("own choice of Op koers, without literature behind it"),
}
CONSTANTS: dict[str, str | Promise] = {
    "cutoff": _("Cut-off"),
    "reliable_change": _("Reliable change, in points"),
    "low_alliance": _("Limit of a low score on the alliance"),
    "missing_items_allowed": _("Missing answers allowed"),
    "reliability": _("Reliability"),
    "clinical_mean": _("Mean, clinical population"),
    "clinical_sd": _("Standard deviation, clinical population"),
    "functional_mean": _("Mean, functional population"),
    "functional_sd": _("Standard deviation, functional population"),
    "reference_mean": _("Mean, reference population"),
    "reference_sd": _("Standard deviation, reference population"),
    "critical_item": _("Critical item: question and limit"),
}
SETTINGS: dict[str, str | Promise] = {
    "signals.deterioration_from_session": _("Reliable deterioration: from session"),
    "signals.enough_dose_percent": _(
        "Share of the planned sessions (%) that is enough to judge by"
    ),
    "signals.predicted_risk_owner": _("Who answers for predicted risk; nobody: it is off"),
    "signals.drop_out_after_days": _("Days without contact that count as provisional drop-out"),
    "signals.rupture_sd": _("Drop in the alliance: information from so many SD"),
    "signals.rupture_strict_sd": _("Drop in the alliance: alert beyond so many SD"),
    "signals.repair_sd": _("Alliance restored: within so many SD of before"),
    "signals.repair_within_forms": _("Alliance restored: within so many questionnaires"),
    "signals.alliance_minimum_episodes": _(
        "Drop in the alliance: closed episodes needed for the usual variation"
    ),
    "signals.alliance_forms_for_own_line": _(
        "Drop in the alliance: questionnaires needed for a line of one's own"
    ),
    "signals.alliance_forms_for_limits": _(
        "Drop in the alliance: questionnaires needed for limits of one's own"
    ),
    "alerts.frequent_percent": _("Share of treatments (%) from which a signal is too frequent"),
    "signals.no_improvement_info_session": _("No reliable improvement: information at session"),
    "signals.no_improvement_amber_session": _("No reliable improvement: alert from session"),
    "alerts.minimum_interval_days": _("Least number of days between two alerts of one kind"),
    "alerts.on_track_assessments": _("Measurements on course in a row that close an alert"),
    "alerts.stale_after_days": _("Days without a measurement after which an alert closes"),
    "critical.unanswered_after_hours": _(
        "Hours after which an unanswered critical item goes to the deputy"
    ),
    "critical.alerts_from": _("Critical items measured before this day open no alert"),
    "change.values": _("Where cut-offs and reliable change come from"),
    "change.minimum_intakes": _("Own intakes needed for values of one's own"),
    "change.cutoff": _("Kind of a computed cut-off"),
    "overdue.after_days": _("Days without a measurement that count as overdue"),
    "episodes.gap_days": _("Days without a measurement that end an episode"),
    "episodes.before_start_days": _("Days before its start that belong to an episode"),
    "episodes.follow_up_days": _("Days after its end in which a measurement is a follow-up"),
    "episodes.baseline_before_days": _("Baseline: at most this many days before the start"),
    "episodes.baseline_after_days": _("Baseline: else at most this many days after it"),
}

# Routes that tell the roles apart; each stands for what hangs together with it.
PAGES_IN_WORDS: dict[str, str | Promise] = {
    "alerts": _("Alerts, and answering them"),
    "week": _("The week of the clinic, with its report"),
    "overdue": _("Overdue measurements"),
    "caseload": _("Patients, with their course"),
    "leave": _("Leave, and who takes over"),
    "break_glass": _("Somebody else's patient, with a reason (where the service allows it)"),
    "quality": _("Counts of the service"),
    "protection": _("Data protection"),
    "accounts": _("Accounts"),
    "settings": _("Settings in force"),
    "help": _("Help"),
    "account": _("One's own account"),
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
    language = (get_language() or "nl")[:2]
    page = {
        "instruments": definitions_by_instrument(snapshot, request.viewer),
        "choices": choices_of(snapshot),
        "chapters": chapters_in_force(),
        "life_cycle_title": said(TITLE, language),
        "life_cycle": mark_safe(life_cycle_drawing(language)),  # noqa: S308 - escaped there
        "life_cycle_words": life_cycle_words(language),
        "roles": list(ROLES.values()),
        "rights": rights_by_page(),
    }
    return render(request, "help.html", page)


def rights_by_page() -> list[tuple[str | Promise, list[bool]]]:
    """Name of a page, and for each role in the order of ROLES whether it has it."""
    return [
        (name, [page in rules.pages for rules in ROLES.values()])
        for page, name in PAGES_IN_WORDS.items()
    ]


def definitions_by_instrument(
    snapshot: Snapshot, viewer: Viewer
) -> list[tuple[str, list[Definition]]]:
    """Instrument's short name with its constants, both in alphabetical order."""
    rows = snapshot.rows("definitions", viewer=viewer.parameter())
    groups = groupby(rows, key=lambda row: str(row["short_name"]))
    return [(name, [_definition(row) for row in group]) for name, group in groups]


def choices_of(snapshot: Snapshot) -> list[Choice]:
    """The settings that decide about alerts."""
    return [_choice(row) for row in snapshot.rows("deciding_settings")]


def _definition(row: dict[str, Any]) -> Definition:
    if row["scope"] != "published":
        return _computed(row)
    return Definition(
        name=CONSTANTS.get(row["constant"], row["constant"].replace("_", " ")),
        scale=row["scale"] or "",
        value=(row["value"] or "").replace(">=", "≥"),
        source=_said(row["source"]),
        population=_said(row["population"]),
        evidence=EVIDENCE.get(row["evidence"], row["evidence"] or ""),
    )


def _computed(row: dict[str, Any]) -> Definition:
    """A threshold that no source gives: worked out from the clinic's own intake, or the file."""
    return Definition(
        name=CONSTANTS[row["constant"]],
        scale=row["scale"],
        value=_limit(row),
        source=str(_origin(row)),
        population=str(_("this clinic")) if row["scope"] == "local" else "",
        evidence="",
    )


def _origin(row: dict[str, Any]) -> str | Promise:
    if row["scope"] == "computed":
        return _("computed from the published values of the instrument file")
    if row["limit_value"] is None:
        return _("not known: too few own intakes, or a value that the instrument file lacks")
    return _("computed from %(n)s own intakes, with a 95 %% interval") % {"n": row["intakes"]}


def _limit(row: dict[str, Any]) -> str:
    """`> 9,3 [8,9; 9,7]`; a dash where it is not known."""
    language = (get_language() or "nl")[:2]
    values = [row[name] for name in ("limit_value", "limit_lower", "limit_upper")]
    value, *interval = [None if each is None else number(each, language) for each in values]
    if value is None:
        return "–"
    text = f"{row['value']} {value}".replace(">=", "≥").replace("<=", "≤")
    return text if None in interval else f"{text} [{'; '.join(map(str, interval))}]"


def _choice(row: dict[str, Any]) -> Choice:
    key = f"{row['section']}.{row['name']}"
    return Choice(name=SETTINGS.get(key, key), value=row["value"], source=_said(row["source"]))


def _said(text: str | None) -> str:
    """A source as the reports say it in the language in force."""
    return said(text or "", (get_language() or "nl")[:2])
