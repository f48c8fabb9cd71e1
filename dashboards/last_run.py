"""Whether the last run failed, as the file of the home says that runs write (last_run.json)."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

# A run of ten million answers takes minutes; one that never said it ended was cut short. [D]
LONGEST_RUN = timedelta(hours=6)


def failed_at(file: Path) -> datetime | None:
    """When the last run began, where it failed or was cut short; None when all is well.

    Runs that publish are one kind, landing in between is another. None too when nothing ran yet
    or the file cannot be read: no page fails because of it.
    """
    try:
        runs: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
        kinds = (("weekly", "nightly"), ("landing",))
        last = [_last([runs[name] for name in names if name in runs]) for names in kinds]
        return next((_begun(run) for run in last if run and _went_wrong(run)), None)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _last(runs: list[dict[str, Any]]) -> dict[str, Any] | None:
    return max(runs, key=_begun, default=None)


def _begun(run: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(run["started_at"])


def _went_wrong(run: dict[str, Any]) -> bool:
    if run["ended_at"] is None:
        return datetime.now(UTC) - _begun(run) > LONGEST_RUN
    return bool(run["exit_code"] != 0)
