"""The critical lane once more, as a clinic lives it: files come, runs publish, people answer.

Nothing here reads a journal. What a person answers is what the last run put on the screen, and
that alone; all else waits. The stations, which see only files and the journal, must find the same.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

ITEMS = {
    "9": ("PHQ-9", "phq-9", "self_harm"),
    "8": ("OQ-45", "oq-45", "self_harm"),
    "44": ("OQ-45", "oq-45", "violence"),
    "11": ("OQ-45", "oq-45", "substance"),
}
"""Each critical item with its column, instrument and domain; all count from 1 on."""

Place = tuple[str, str, str]
"""Patient, episode, domain: where there is at most one open alert."""


class News(NamedTuple):
    """A critical answer that is higher than all that was known of it."""

    measured_at: datetime
    landed_at: datetime
    item: str
    value: float


class Told(NamedTuple):
    """What the page writes with an answer."""

    at: datetime
    place: Place
    measured_at: datetime
    payload: dict[str, Any]


class Ended(NamedTuple):
    about: tuple[News, ...]
    at: datetime


@dataclass
class Clinic:
    """One clinic over time; `journal` are its events (kind, what was told) in order."""

    highest: dict[tuple[Any, ...], float] = field(default_factory=dict)
    waiting: defaultdict[Place, list[News]] = field(default_factory=lambda: defaultdict(list))
    ended: defaultdict[Place, list[Ended]] = field(default_factory=lambda: defaultdict(list))
    screen: dict[Place, tuple[News, ...]] = field(default_factory=dict)
    known_at: datetime | None = None
    since_run: list[tuple[Place, Ended, int]] = field(default_factory=list)
    journal: list[tuple[str, Told]] = field(default_factory=list)
    news: list[tuple[Place, News]] = field(default_factory=list)

    def lands(self, at: datetime, place: Place, measured: datetime, item: str, value: int) -> None:
        """An answer of a file; below its threshold, or lower than before, it tells nothing."""
        key = (place, measured, item)
        if value >= 1 and value > self.highest.get(key, 0):
            self.highest[key] = value
            self.waiting[place].append(News(measured, at, item, value))
            self.news.append((place, self.waiting[place][-1]))

    def runs(self, at: datetime) -> None:
        self.screen = {place: tuple(all_) for place, all_ in self.waiting.items() if all_}
        self.known_at = at
        self.since_run = []

    def answers(self, at: datetime, choice: int) -> None:
        """Somebody answers one of the alerts on the screen that nobody has answered since."""
        done = {place for place, _, _ in self.since_run}
        open_now = [place for place in sorted(self.screen) if place not in done]
        if not open_now:
            return
        place = open_now[choice % len(open_now)]
        shown = self.screen[place]
        told = self._told(at, place, shown)
        self.journal += [("alert_seen", told), ("alert_answered", told)]
        self.waiting[place] = [each for each in self.waiting[place] if each not in shown]
        self.ended[place].append(Ended(shown, at))
        self.since_run.append((place, self.ended[place][-1], len(self.journal)))

    def withdraws(self, at: datetime) -> None:
        """The last answer since the run is taken back."""
        if self.since_run:
            place, ended, seq = self.since_run.pop()
            told = self._told(at, place, ended.about)
            told.payload["answer_seq"] = seq
            self.journal.append(("alert_answer_withdrawn", told))
            self.ended[place].remove(ended)
            self.waiting[place] += ended.about

    def _told(self, at: datetime, place: Place, shown: tuple[News, ...]) -> Told:
        assert self.known_at is not None
        times = [each.measured_at for each in shown]
        payload = {
            "domain": place[2],
            "episode_id": place[1],
            "opened_at": min(times).isoformat(),
            "known_at": self.known_at.isoformat(),
        }
        return Told(at, place, max(times), payload)

    def alerts(self) -> list[tuple[Any, ...]]:
        """Place, opened, last signal, closed, first landed, last landed, in order."""
        rows = [
            _row(place, each.about, each.at) for place, ends in self.ended.items() for each in ends
        ]
        rows += [_row(place, tuple(left), None) for place, left in self.waiting.items() if left]
        return sorted(rows, key=str)


def _row(place: Place, about: tuple[News, ...], closed_at: datetime | None) -> tuple[Any, ...]:
    measured, landed = [n.measured_at for n in about], [n.landed_at for n in about]
    return (*place, min(measured), max(measured), closed_at, min(landed), max(landed))
