"""The parts of a therapist's own page: zone, own course over time, secondary views, case mix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from dashboards.access import Viewer
from dashboards.drawing.expected_end import Ended, expected_end_picture
from dashboards.drawing.sentences import kind_name
from dashboards.drawing.therapist_zone import (
    NARROW,
    WIDE,
    Part,
    Zone,
    parts_picture,
    verdict,
    zone_picture,
)
from dashboards.journal.actions import action_in_words
from dashboards.pages.caseload import VERDICTS
from dashboards.pages.drawn_once import drawn_once
from dashboards.pages.own_results import ClosedCourse, Consent, Effect, rows_about
from dashboards.therapist_file import own_rows
from dashboards.warehouse import NothingPublishedError

CASES_SHOWN = 5
COURSES_DRAWN = 150
"""The last so many own treatments: a page stays small and a dot can be told from another. [D]"""

HALVES: Mapping[str, str | Promise] = {
    "first": _("the earlier half"),
    "second": _("the later half"),
}
REST: Mapping[str, str | Promise] = {
    "missing": _("not known"),
    "other levels": _("other groups together"),
}
COVARIATES: Mapping[str, str | Promise] = {
    "baseline": _("the first score"),
    "baseline_squared": _("the first score, as a curve"),
    "second_instrument": _("the first score on a second questionnaire"),
    "functioning": _("functioning at the start"),
    "age": _("age"),
    "sex": _("sex"),
    "format": _("kind of treatment (alone, group, couple, online)"),
    "diagnosis_group": _("diagnosis group"),
    "setting": _("setting"),
    "earlier_treatment": _("earlier treatment"),
    "employment": _("employment"),
    "incapacity": _("incapacity for work"),
    "risk": _("risk at the start"),
    "clinic": _("clinic"),
}
WHY: Mapping[str, str | Promise] = {
    "used": _("allowed for"),
    "missing_too_often": _("not used: lacking too often"),
    "not_in_any_export": _("not used: in no export"),
    "all_alike": _("not used: the same for everyone"),
}
OTHER_MODELS: Mapping[str, str | Promise] = {
    "baseline_only": _("If only the first score were allowed for"),
    "with_sessions_and_drop_out": _("If sessions and drop-out were allowed for as well"),
}
SEVERITIES: Mapping[str, str | Promise] = {
    "-1 SD": _("for patients who start with mild complaints"),
    "mean": _("for patients who start in the middle"),
    "+1 SD": _("for patients who start with severe complaints"),
}


@dataclass(frozen=True)
class Pictures:
    """One drawing for a wide and for a small screen."""

    wide: SafeString
    narrow: SafeString


@dataclass(frozen=True)
class View:
    """One row of `therapist_view`; see flows/stations/therapist_view.py for what each means."""

    view: str
    part: str
    n: int
    events: int | None
    value: float | None
    lower: float | None
    upper: float | None
    expected: float | None
    half_by_session: int | None

    @property
    def class_words(self) -> str | Promise:
        """How treatments ended, where the row counts those."""
        return VERDICTS.get(self.part, self.part)


@dataclass(frozen=True)
class PartsShown:
    """Parts of the own treatments with their picture; empty where there are too few."""

    parts: tuple[Part, ...] = ()
    pictures: Pictures | None = None


@dataclass(frozen=True)
class Share:
    """How much of all differences goes with who treats, at one severity."""

    words: str | Promise
    share: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Covariate:
    """One thing known at the start: its name, whether it was used, and where it lacked."""

    words: str
    used: bool
    episodes: int
    missing: int
    why: str | Promise


@dataclass(frozen=True)
class OtherModel:
    """What another choice would have made of the comparison as a whole."""

    words: str | Promise
    share: float | None
    correlation: float | None


@dataclass(frozen=True)
class AlertOutcome:
    """Own alerts of one kind, or with one action, and what came of them.

    Of those after which four sessions were measured (`known`), so many were back on course.
    """

    words: str
    alerts: int
    answered: int
    answered_known: int
    answered_back: int
    unanswered_known: int = 0
    unanswered_back: int = 0


def language() -> str:
    return (get_language() or "nl")[:2]


# ---------- the zone


def zone_of(effect: Effect, spread: float | None) -> Zone | None:
    """What is drawn; None where no estimate is shown."""
    if effect.estimate is None or effect.lower is None or effect.upper is None:
        return None
    is_distinguishable = bool(effect.distinguishable)
    return Zone(effect.estimate, effect.lower, effect.upper, spread or 0.0, is_distinguishable)


def zone_pictures(zone: Zone) -> Pictures:
    return Pictures(
        drawn_once(zone_picture, zone, width=WIDE, language=language()),
        drawn_once(zone_picture, zone, width=NARROW, language=language()),
    )


def zone_verdict(zone: Zone) -> str:
    return verdict(zone, language())


def shares_of(viewer: Viewer, effect: Effect, consent: Consent) -> tuple[float | None, list[Share]]:
    """The model's spread between therapists, and the share of differences at three severities."""
    rows = rows_about(viewer, "share", effect, consent)
    rows = sorted(rows, key=lambda row: list(SEVERITIES).index(row["severity"]))
    shares = [
        Share(
            SEVERITIES.get(row["severity"], row["severity"]),
            row["share"],
            row["lower"],
            row["upper"],
        )
        for row in rows
        if row["share"] is not None
    ]
    return (rows[0]["between_sd"] if rows else None), shares


# ---------- own treatments, and parts of them


def ends_picture(courses: Sequence[ClosedCourse], direction: int) -> SafeString | None:
    """Expected and actual ends; None where nothing could be expected."""
    ended = tuple(
        Ended(each.expected_last, each.last) for each in courses if each.expected_last is not None
    )
    if not ended:
        return None
    return drawn_once(expected_end_picture, ended, direction=direction, language=language())


def views_of(viewer: Viewer, effect: Effect, consent: Consent) -> dict[str, list[View]]:
    """The secondary views by name."""
    found: dict[str, list[View]] = {}
    for row in rows_about(viewer, "view", effect, consent):
        view = View(**row)
        found.setdefault(view.view, []).append(view)
    return found


def in_order(views: Sequence[View]) -> list[View]:
    """Counts of how treatments ended, in the order of VERDICTS."""
    return sorted(views, key=lambda view: list(VERDICTS).index(view.part))


def parts_of(views: Sequence[View], names: Mapping[str, str | Promise], title: str) -> PartsShown:
    """Views with an interval as parts, drawn below each other."""
    parts = tuple(
        Part(str(names.get(each.part, each.part)), each.n, each.value, each.lower, each.upper)
        for each in views
        if each.value is not None and each.lower is not None and each.upper is not None
    )
    if not parts:
        return PartsShown()
    wide, narrow = (
        drawn_once(parts_picture, parts, title=title, width=width, language=language())
        for width in (WIDE, NARROW)
    )
    return PartsShown(parts, Pictures(wide, narrow))


def cases_to_learn_from(courses: Sequence[ClosedCourse]) -> dict[str, list[ClosedCourse]]:
    """Those that went furthest from what was expected, on either side; of equal ones the last."""
    late = sorted(courses, key=lambda each: each.ended_on, reverse=True)
    far = sorted(late, key=lambda each: abs(each.distance or 0), reverse=True)
    well = [each for each in far if (each.distance or 0) > 0]
    less = [each for each in far if (each.distance or 0) < 0]
    return {"well": well[:CASES_SHOWN], "less": less[:CASES_SHOWN]}


# ---------- alerts


def alert_outcomes(viewer: Viewer) -> tuple[list[AlertOutcome], list[AlertOutcome]]:
    """Own alerts by kind, and those answered by what was done about them."""
    try:
        kinds = own_rows(viewer, "alert_outcome", consented=False)
        actions = own_rows(viewer, "alert_action", consented=False)
    except NothingPublishedError:
        return [], []
    by_kind = [AlertOutcome(kind_name(row.pop("kind"), language()), **row) for row in kinds]
    by_action = [
        AlertOutcome(
            _action(row["action"]), row["alerts"], row["alerts"], row["known"], row["back"]
        )
        for row in actions
    ]
    return by_kind, by_action


def _action(key: str) -> str:
    return gettext("Answered without naming an action") if key == "no_action_named" else (
        action_in_words(key)
    )  # fmt: skip


# ---------- how it was computed


def covariates_of(viewer: Viewer, effect: Effect, consent: Consent) -> list[Covariate]:
    """What was known at the start, those that were used first."""
    return [
        Covariate(
            str(COVARIATES.get(row["covariate"], row["covariate"].replace("_", " "))),
            row["used"],
            row["episodes"],
            row["missing"],
            WHY.get(row["why"], row["why"]),
        )
        for row in sorted(rows_about(viewer, "case_mix", effect, consent), key=_place)
    ]


def _place(row: Mapping[str, Any]) -> tuple[bool, int]:
    """Used ones first, each in the order of COVARIATES."""
    names = list(COVARIATES)
    is_named = row["covariate"] in COVARIATES
    return not row["used"], names.index(row["covariate"]) if is_named else len(names)


def other_models(viewer: Viewer, effect: Effect, consent: Consent) -> list[OtherModel]:
    """The line of sensitivity: the share and how far estimates would be the same."""
    return [
        OtherModel(
            OTHER_MODELS.get(row["model"], row["model"]),
            row["share_at_mean"],
            row["correlation_with_primary"],
        )
        for row in rows_about(viewer, "sensitivity", effect, consent)
    ]
