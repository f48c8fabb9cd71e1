"""What a run is about, and what each step says that it did."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from flows.errors import OpKoersError
from flows.home import prepare_home
from flows.landing.filing import landing_time
from flows.settings import Settings, load_settings


@dataclass(frozen=True)
class RunPlan:
    """What a run is about: paths, dates and file names only, safe to be stored anywhere."""

    home: Path
    run_id: str
    as_of: date
    known_at: datetime | None = None
    accept: tuple[str, ...] = ()

    @property
    def workplace(self) -> Path:
        return self.home / "published" / f".building-{self.run_id}"

    @property
    def built(self) -> Path:
        return self.workplace / "warehouse.duckdb"

    @property
    def built_critical(self) -> Path:
        return self.workplace / "critical.duckdb"

    @property
    def built_therapists(self) -> Path:
        return self.workplace / "therapists.duckdb"


@dataclass(frozen=True)
class StepDone:
    """What a step did, in words for the screen, and the mistakes it met on the way."""

    name: str
    words: str
    mistakes: tuple[OpKoersError, ...] = field(default=())


Step = Callable[[RunPlan], StepDone]


def plan_run(
    home: Path,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    accept: Iterable[str] = (),
) -> RunPlan:
    """The plan of a run that starts now. `known_at` is UTC without zone; None: all there is."""
    prepare_home(home)
    settings = load_settings(home)
    today = settings.today()
    known_day = known_at.date() if known_at else today
    return RunPlan(
        home=home,
        run_id=_new_run_id(settings),
        as_of=as_of or min(today, known_day),
        known_at=known_at,
        accept=tuple(accept),
    )


def _new_run_id(settings: Settings) -> str:
    """The moment of starting; a second run of that moment (a synthetic now) gets a number."""
    moment = f"{landing_time(settings):%Y%m%dT%H%M%SZ}"
    taken = {file.name.split(".")[0] for file in settings.published.glob(f"{moment}*")}
    if moment not in taken:
        return moment
    return next(name for n in range(2, 10**6) if (name := f"{moment}-{n}") not in taken)
