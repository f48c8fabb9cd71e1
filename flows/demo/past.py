"""The demo lives through its past: on each day of delivery files land, and people answer alerts.

Both are steps as those of a run. Alerts are computed once, with everything known: the same
signals as the run that follows finds, so that every answer finds its alert.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from flows.demo.deliveries import IN_PARTS
from flows.demo.diary import diary
from flows.demo.habits import draw_habits
from flows.demo.home import DELIVERIES
from flows.demo.replies import Practice, Reply, replies, written
from flows.demo.simulation import Streams
from flows.landing.land import Outcome, land_inbox
from flows.lineage import stations_behind, writers
from flows.running.inputs import gather_inputs, instruments_of
from flows.running.plan import RunPlan, StepDone
from flows.settings import Settings, load_settings
from flows.station import Inputs, Station, StationTables
from flows.stations.critical_life import CRITICAL
from flows.warehouse import run_stations

JOURNAL = "journal.jsonl"

# ---------- deliveries


def land_deliveries(plan: RunPlan) -> StepDone:
    """Land every delivery on its own day. Files that landed before add nothing."""
    settings = load_settings(plan.home)
    folders = sorted((plan.home / DELIVERIES).glob("*-*-*"))
    outcomes = [each for folder in folders for each in _landed_on(settings, folder)]
    for folder in folders:
        _move(folder, settings.inbox)
    shutil.rmtree(plan.home / DELIVERIES, ignore_errors=True)
    receipts = [o.receipt for o in outcomes if o.status == "landed" and o.receipt is not None]
    words = (
        f"{len(folders)} deliveries since {folders[0].name}: {len(receipts)} files,"
        f" {sum(receipt.landed for receipt in receipts):,} records landed"
        if folders
        else "nothing was delivered before"
    )
    mistakes = tuple(outcome.error for outcome in outcomes if outcome.error is not None)
    return StepDone("land the past", words, mistakes)


def _landed_on(settings: Settings, folder: Path) -> tuple[Outcome, ...]:
    """What landed of a delivery, on the day that its folder is named after."""
    with _in_inbox(settings, folder):
        on_its_day = _settings_on(settings, date.fromisoformat(folder.name))
        return land_inbox(on_its_day, instruments_of(settings))


@contextmanager
def _in_inbox(settings: Settings, folder: Path) -> Iterator[None]:
    """Only the files of one delivery are in the inbox while it lands.

    At the end all of them lie there, as in a clinic that takes nothing away.
    """
    names = _move(folder, settings.inbox)
    try:
        yield
    finally:
        for name in names:
            (settings.inbox / name).replace(folder / name)


def _move(folder: Path, inbox: Path) -> list[str]:
    """Names of the files that are now in the inbox."""
    names = sorted(file.name for file in folder.iterdir() if not file.name.startswith("."))
    for name in names:
        (folder / name).replace(inbox / name)
    return names


def _settings_on(settings: Settings, day: date) -> Settings:
    """The settings as on an earlier day. Its files are whole: nobody writes to them any more."""
    service = settings.service.model_copy(update={"now": day})
    landing = settings.landing.model_copy(update={"stable_seconds": 0})
    return settings.model_copy(update={"service": service, "landing": landing})


# ---------- answers


@dataclass(frozen=True)
class People:
    """Who wrote what: the seed it is drawn with, and how entries of a file get into the journal."""

    seed: int
    write: Callable[[Path], None]


def answer_alerts(plan: RunPlan, people: People) -> StepDone:
    """Therapists answer what was on their pages; truth/journal.jsonl says all that was written."""
    said: list[Reply] = []
    entries: list[dict[str, Any]] = []

    def make(tables: StationTables, inputs: Inputs) -> None:
        practice = _practice(inputs.settings, tables, people.seed)
        said.extend(replies(tables, inputs.settings, practice))
        rng = Streams(people.seed).stream("habits", 1)
        entries.extend([*written(said), *diary(rng, tables, practice.until)])

    _at_the_place_of_alerts(plan, make)
    file = plan.home / "truth" / JOURNAL
    lines = (json.dumps(each, ensure_ascii=False) for each in sorted(entries, key=_moment))
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    people.write(file)
    return StepDone("answer alerts", _in_words(said))


def _moment(entry: dict[str, str]) -> str:
    return entry["at"]


def _in_words(said: list[Reply]) -> str:
    answered = [reply for reply in said if reply.said.action is not None]
    critical = sum(reply.alert.line.kind == CRITICAL for reply in answered)
    return (
        f"{len(answered):,} alerts answered ({critical} about a critical item),"
        f" {len(said) - len(answered):,} only looked at"
    )


def _at_the_place_of_alerts(plan: RunPlan, make: Callable[[StationTables, Inputs], None]) -> None:
    """Run `make` on the tables that station 380 reads, as the run will build them."""
    alert = writers()["alert"]
    before = {station for table in alert.reads for station in stations_behind(table)}
    people = Station(alert.number, "reply", alert.reads, ("reply",), make)
    lane = sorted([*before, people], key=lambda each: each.number)
    try:
        run_stations(plan.built, lane, gather_inputs(plan))
    finally:
        shutil.rmtree(plan.workplace, ignore_errors=True)


def _practice(settings: Settings, tables: StationTables, seed: int) -> Practice:
    rows = tables.read_tuples("""
        select distinct clinic_id, therapist_id from verdict
        where therapist_id is not null order by all
    """)
    habits = draw_habits(Streams(seed).stream("habits"), [therapist for _, therapist in rows])
    return Practice(
        seed=seed,
        habits={(clinic, therapist): habits[therapist] for clinic, therapist in rows},
        deliveries=IN_PARTS,
        until=datetime.combine(settings.today(), time()),
    )
