"""last_run.json: how the last run of each kind went; schedule, mail and pages look at it.

`{"weekly": {...}, "nightly": {...}, "landing": {...}}`, each with `started_at` and `ended_at`
(UTC), `exit_code`, `tries` since one last finished, and of that one `finished_at` (when it
started, UTC) and `finished_on` (the service's own day). Codes and times only. A run that was cut
short has no `ended_at`.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import Literal

from flows.errors import ExitCode, OpKoersError
from flows.settings import Settings

Kind = Literal["weekly", "nightly", "landing"]
KINDS: tuple[Kind, ...] = ("weekly", "nightly", "landing")
WHOLE: tuple[Kind, ...] = ("weekly", "nightly")
# A run that stops for these may go well when it is tried again; all others wait for a person.
PASSING = frozenset({ExitCode.NO_RIGHTS, ExitCode.BUG, ExitCode.RUN_IN_PROGRESS})
STOPPED = 130


@dataclass(frozen=True)
class LastRun:
    """How the last run of a kind went; the module says what each part is."""

    started_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    tries: int
    finished_at: datetime | None
    finished_on: date | None

    @property
    def went_well(self) -> bool:
        return self.exit_code == ExitCode.OK

    @property
    def may_pass(self) -> bool:
        """Whether trying again by itself could help: it was cut short, or met a mishap."""
        return self.exit_code is None or self.exit_code in (*PASSING, STOPPED)


def last_runs(settings: Settings) -> Mapping[Kind, LastRun]:
    """What is known of each kind; nothing before the first run, or when the file is damaged."""
    try:
        told = json.loads(settings.last_run.read_text(encoding="utf-8"))
        return {kind: _read(told[kind]) for kind in KINDS if kind in told}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}


def days_since_last_run(settings: Settings) -> int | None:
    """Days since a run that publishes finished; None where none ever did."""
    runs = last_runs(settings)
    finished = [runs[kind].finished_on for kind in WHOLE if kind in runs]
    days = [day for day in finished if day is not None]
    return max((settings.today() - max(days)).days, 0) if days else None


@contextmanager
def recorded(settings: Settings, kind: Kind) -> Iterator[None]:
    """Write down that a run of this kind starts, and how it ends. For who holds the home's lock."""
    begun = _begun(last_runs(settings).get(kind))
    _write(settings, kind, begun)
    try:
        yield
    except OpKoersError as error:
        _write(settings, kind, _ended(begun, error.exit_code))
        raise
    except BaseException:
        _write(settings, kind, _ended(begun, STOPPED))
        raise
    done = replace(_ended(begun, ExitCode.OK), tries=0, finished_at=begun.started_at)
    _write(settings, kind, replace(done, finished_on=settings.today()))


def _begun(before: LastRun | None) -> LastRun:
    now = datetime.now(UTC)
    if before is None:
        return LastRun(now, None, None, tries=1, finished_at=None, finished_on=None)
    return replace(before, started_at=now, ended_at=None, exit_code=None, tries=before.tries + 1)


def _ended(begun: LastRun, exit_code: int) -> LastRun:
    return replace(begun, ended_at=datetime.now(UTC), exit_code=int(exit_code))


def _write(settings: Settings, kind: Kind, run: LastRun) -> None:
    told = {each: asdict(known) for each, known in last_runs(settings).items()}
    told[kind] = asdict(run)
    beside = settings.last_run.with_name(f".{settings.last_run.name}.new")
    beside.write_text(json.dumps(told, indent=2, default=_as_text) + "\n", encoding="utf-8")
    beside.replace(settings.last_run)


def _as_text(value: date | datetime) -> str:
    return value.isoformat()


def _read(told: Mapping[str, str | int | None]) -> LastRun:
    return LastRun(
        started_at=_required(_moment(told["started_at"])),
        ended_at=_moment(told["ended_at"]),
        exit_code=None if told["exit_code"] is None else int(told["exit_code"]),
        tries=int(told["tries"] or 0),
        finished_at=_moment(told["finished_at"]),
        finished_on=None if told["finished_on"] is None else _day(str(told["finished_on"])),
    )


def _moment(text: str | int | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(str(text))


def _required(moment: datetime | None) -> datetime:
    if moment is None:
        raise ValueError("a run without a start")
    return moment


def _day(text: str) -> date:
    return date.fromisoformat(text)
