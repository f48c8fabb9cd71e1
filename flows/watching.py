"""Between two weekly runs: land what arrived, and look for critical items in it at once.

Nothing else is built or published. What was in the inbox at the last look is
kept as one digest in the home, so that a look at an unchanged inbox reads no export.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from flows.errors import OpKoersError
from flows.landing import inbox
from flows.running.plan import RunPlan, Step, StepDone
from flows.running.steps import land, watch_critical_items
from flows.settings import Settings, load_settings

SEEN = ".inbox-seen"


def follow(plan: RunPlan, perform_step: Callable[[Step], StepDone]) -> tuple[OpKoersError, ...]:
    """Land, where something changed; watch critical items, where something landed.

    Gives the mistakes met. To be called while holding the home's lock.
    Raises OpKoersError when a step cannot be done; the next look tries it again.
    """
    settings = load_settings(plan.home)
    mistakes: list[OpKoersError] = []
    seen = _digest(settings)
    if seen != _last_seen(plan.home):
        mistakes += perform_step(land).mistakes
        _remember(plan.home, seen)
    if _is_critical_lane_behind(settings):
        try:
            mistakes += perform_step(watch_critical_items).mistakes
        finally:
            shutil.rmtree(plan.workplace, ignore_errors=True)
    return tuple(mistakes)


def _digest(settings: Settings) -> str:
    """Changes when landing could have another outcome: exports, sources, instruments, settings."""
    lines = [f"{file}\t{inbox.stamp(file)}" for file in _that_matter(settings)]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _that_matter(settings: Settings) -> Iterator[Path]:
    for folder in (settings.inbox, settings.sources, settings.home / "instruments"):
        if folder.is_dir():
            yield from sorted(folder.iterdir())
    yield settings.home / "opkoers.toml"


def _last_seen(home: Path) -> str:
    file = home / SEEN
    return file.read_text(encoding="ascii") if file.exists() else ""


def _remember(home: Path, seen: str) -> None:
    beside = home / f"{SEEN}.new"
    beside.write_text(seen, encoding="ascii")
    beside.replace(home / SEEN)


def _is_critical_lane_behind(settings: Settings) -> bool:
    """Whether anything landed or was held back since critical items were watched last."""
    landed = [*settings.archive.glob("*/receipt.json"), *settings.archive.glob("*/held_back.json")]
    latest = max((file.stat().st_mtime_ns for file in landed), default=0)
    watched = inbox.stamp(settings.published / "current.critical")
    return latest > (watched.modified_ns if watched is not None else 0)
