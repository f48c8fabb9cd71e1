"""The list of open alerts: by section, by kind and age where someone chooses, page by page."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dashboards.access import Viewer, ViewerRequest
from dashboards.drawing.sentences import kind_name
from dashboards.journal.answers import AlertKey, standings
from dashboards.looking import log_opening
from dashboards.pages.alerts import AlertInWords, alerts_named
from dashboards.pages.paging import page_asked
from dashboards.warehouse import published_snapshot

SECTIONS: Mapping[str, str | Promise] = {
    "critical": _("Critical items"),
    "new": _("New"),
    "open": _("Open"),
    "answered": _("Answered"),
}
# Key in an address: from and up to so many days open (None: without end). [D]
AGES: Mapping[str, tuple[int, int | None, str | Promise]] = {
    "week": (0, 6, _("less than a week")),
    "fortnight": (7, 13, _("1 to 2 weeks")),
    "month": (14, 27, _("2 to 4 weeks")),
    "longer": (28, None, _("4 weeks or longer")),
}


@dataclass(frozen=True)
class AlertPlace:
    """Where one alert stands in the list; columns of `alert_places.sql`."""

    alert_id: str
    clinic_id: str
    patient_id: str | None
    episode_id: str | None
    kind: str
    domain: str | None
    section: str
    opened_at: datetime
    last_signal_at: datetime
    last_landed_at: datetime | None
    days_open: int
    known_at: datetime
    is_closed: bool

    @cached_property
    def key(self) -> AlertKey:
        return AlertKey(
            alert_id=self.alert_id,
            clinic_id=self.clinic_id,
            patient_id=self.patient_id,
            alert_kind=self.kind,
            opened_at=self.opened_at,
            measured_at=self.last_signal_at,
            domain=self.domain,
            episode_id=self.episode_id,
            last_landed_at=self.last_landed_at,
            known_at=self.known_at,
        )

    @cached_property
    def age(self) -> str:
        """The key of AGES."""
        return next(
            key for key, (_from, to, _) in AGES.items() if to is None or self.days_open <= to
        )


@dataclass(frozen=True)
class Waiting:
    """An alert of the list, and the section in which it stands now."""

    place: AlertPlace
    section: str


@dataclass(frozen=True)
class Choice:
    """One word to filter by, and how many alerts it leaves."""

    key: str
    words: str | Promise
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Section:
    """A part of one page: `count` alerts stand in the section as a whole."""

    key: str
    name: str | Promise
    count: int
    alerts: Sequence[AlertInWords]


def alert_list(request: ViewerRequest) -> HttpResponse:
    """The page `alerts`: sections in the order of SECTIONS, empty ones left out."""
    log_opening(request, request.viewer.clinic_id)
    waiting = waiting_alerts(request.viewer)
    kind, age = request.GET.get("kind", ""), request.GET.get("age", "")
    chosen = [each for each in waiting if _is_chosen(each, kind, age)]
    page = page_asked(request, chosen)
    shown = {
        "sections": _sections(request.viewer, chosen, page.rows),
        "count": sum(each.section != "answered" for each in waiting),
        "chosen_count": len(chosen),
        "is_filtered": len(chosen) < len(waiting) or bool(kind or age),
        "kinds": _kinds([each for each in waiting if _is_chosen(each, "", age)], kind),
        "ages": _ages([each for each in waiting if _is_chosen(each, kind, "")], age),
        "page": page,
    }
    return render(request, "alerts.html", shown)


def waiting_alerts(viewer: Viewer) -> list[Waiting]:
    """Whatever is open as of the run or was answered since, in the order of the list."""
    snapshot = published_snapshot()
    places = snapshot.made(AlertPlace, "alert_places", viewer=viewer.parameter())
    said = standings(place.key for place in places)
    answered = {place.alert_id for place in places if said[place.alert_id].answer}
    waiting = [
        Waiting(place, "answered" if place.alert_id in answered else place.section)
        for place in places
        if place.alert_id in answered or not place.is_closed
    ]
    order = {section: place for place, section in enumerate(SECTIONS)}
    return sorted(waiting, key=lambda each: order[each.section])


def _is_chosen(each: Waiting, kind: str, age: str) -> bool:
    """An unknown word chooses nothing, so that a mistyped address hides no alert unseen."""
    return kind in ("", each.place.kind) and age in ("", each.place.age)


def _sections(viewer: Viewer, chosen: Sequence[Waiting], shown: Sequence[Waiting]) -> list[Section]:
    counts = Counter(each.section for each in chosen)
    whole = alerts_named(viewer, [each.place.alert_id for each in shown])
    return [
        Section(
            key, SECTIONS[key], counts[key], [whole[each.place.alert_id] for each in of_section]
        )
        for key, of_section in groupby(shown, key=lambda each: each.section)
    ]


def _kinds(waiting: Sequence[Waiting], chosen: str) -> list[Choice]:
    language = (get_language() or "nl")[:2]
    counts = Counter(each.place.kind for each in waiting)
    named = {kind: kind_name(kind, language) for kind in {*counts, chosen} - {""}}
    return [
        Choice(kind, name, counts[kind], kind == chosen)
        for kind, name in sorted(named.items(), key=lambda item: item[1])
    ]


def _ages(waiting: Sequence[Waiting], chosen: str) -> list[Choice]:
    counts = Counter(each.place.age for each in waiting)
    return [
        Choice(key, words, counts[key], key == chosen)
        for key, (_from, _to, words) in AGES.items()
        if counts[key] or key == chosen
    ]
