"""What a run knows: everything landed and answered up to one moment, which all its steps share."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from flows import quality_history
from flows.errors import OpKoersError
from flows.instruments import Instrument, load_instruments
from flows.journal import place_of, read_events
from flows.landing import archive
from flows.landing.filing import landing_time
from flows.released import released_before
from flows.running.plan import RunPlan
from flows.sealing import Seal, seal, seal_at
from flows.settings import Settings, load_settings
from flows.station import Inputs

log = logging.getLogger("opkoers.run")


def gather_inputs(plan: RunPlan) -> Inputs:
    """Everything that the tables of this run are a function of."""
    settings = load_settings(plan.home)
    moment = _moment_of_knowing(plan, settings)
    events = read_events(place_of(settings), up_to=moment.journal_seq)
    known_events = tuple(e for e in events if e.at.replace(tzinfo=None) <= moment.known_at)
    return Inputs(
        run_id=plan.run_id,
        as_of=plan.as_of,
        known_at=moment.known_at,
        code_version=version("opkoers"),
        settings=settings,
        instruments=instruments_of(settings),
        receipts=_known(archive.receipts(settings.archive), moment.known_at),
        held_back=_known(archive.held_back(settings.archive), moment.known_at),
        events=known_events,
        journal_seq=moment.journal_seq,
        journal_seal=moment.journal_seal,
        journal_head=moment.journal_head,
        history=quality_history.earlier_runs(plan.home, moment.known_at),
        released=released_before(plan.home, moment.known_at),
    )


@dataclass(frozen=True)
class MomentOfKnowing:
    """Up to where this run looks: the same in all its steps, whatever is answered meanwhile."""

    known_at: datetime
    journal_seq: int
    journal_seal: int | None
    journal_head: str | None


def _moment_of_knowing(plan: RunPlan, settings: Settings) -> MomentOfKnowing:
    """Fixed by the first step that asks, kept in the run's workplace."""
    kept = plan.workplace / "moment.json"
    if not kept.exists():
        known_at = plan.known_at or _latest_moment(settings)
        sealed = _seal(settings, known_at, is_past=plan.known_at is not None)
        written = {
            "known_at": known_at.isoformat(),
            "journal_seq": _last_seq_known(settings, known_at),
            "journal_seal": None if sealed is None else sealed.number,
            "journal_head": None if sealed is None else sealed.head,
        }
        plan.workplace.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(written), encoding="utf-8")
    told = json.loads(kept.read_text(encoding="utf-8"))
    return MomentOfKnowing(**{**told, "known_at": datetime.fromisoformat(told["known_at"])})


def _last_seq_known(settings: Settings, known_at: datetime) -> int:
    """The last event up to that moment: the same whenever it is looked back at."""
    events = read_events(place_of(settings))
    return max((e.seq for e in events if e.at.replace(tzinfo=None) <= known_at), default=0)


def _seal(settings: Settings, known_at: datetime, *, is_past: bool) -> Seal | None:
    """The journal sealed up to now, or the last seal of a past moment that is looked back at.

    What can be read but not sealed (a full disk, no rights) does not keep alerts from anybody.
    """
    place = place_of(settings)
    if is_past:
        return seal_at(place, known_at)
    try:
        return seal(place, known_at)
    except OpKoersError:
        log.warning("the journal was not sealed; this run looks at what it holds all the same")
        return seal_at(place, known_at)


def _latest_moment(settings: Settings) -> datetime:
    """Now, or the last landing or answer where that is later (the clock was set back)."""
    landed = [r.landed_at for r in archive.receipts(settings.archive)]
    held = [r.landed_at for r in archive.held_back(settings.archive)]
    answered = [e.at.replace(tzinfo=None) for e in read_events(place_of(settings))]
    return max([landing_time(settings), *landed, *held, *answered])


def instruments_of(settings: Settings) -> Mapping[str, Instrument]:
    """The questionnaires of this home by name, with the norms that its settings choose."""
    return load_instruments(settings.home / "instruments", settings.instruments.norms)


def _known(
    receipts: tuple[archive.Receipt, ...], known_at: datetime
) -> tuple[archive.Receipt, ...]:
    return tuple(receipt for receipt in receipts if receipt.landed_at <= known_at)
