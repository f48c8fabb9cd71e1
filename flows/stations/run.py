"""100_run: the run itself and the settings in force, as tables."""

from collections.abc import Iterator

from pydantic import BaseModel

from flows.settings import OWN_CHOICE, Settings
from flows.station import CONTRACT_VERSION, Inputs, StationTables

WRITES = ("run", "setting", "setting_value", "quality_limit")

# Those that decide what is published.
SECTIONS = (
    "landing",
    "episodes",
    "signals",
    "alerts",
    "change",
    "sudden_change",
    "talking_therapies",
    "overdue",
    "quality",
)

# The settings that SQL computes with: one row, one column each.
VALUES = {
    "gap_days": ("episodes", "gap_days"),
    "before_start_days": ("episodes", "before_start_days"),
    "follow_up_days": ("episodes", "follow_up_days"),
    "baseline_before_days": ("episodes", "baseline_before_days"),
    "baseline_after_days": ("episodes", "baseline_after_days"),
    "deterioration_from_session": ("signals", "deterioration_from_session"),
    "no_improvement_info_session": ("signals", "no_improvement_info_session"),
    "no_improvement_amber_session": ("signals", "no_improvement_amber_session"),
    "overdue_after_days": ("overdue", "after_days"),
    "sudden_change_percent": ("sudden_change", "percent"),
}


def make(tables: StationTables, inputs: Inputs) -> None:
    """One row of `run`, every setting in `setting`, those for SQL in rows of their own."""
    settings = inputs.settings
    tables.write(
        "run",
        {
            "run_id": "VARCHAR",
            "as_of": "DATE",
            "known_at": "TIMESTAMP",
            "code_version": "VARCHAR",
            "contract_version": "INTEGER",
            "journal_seq": "BIGINT",
            "simulated": "BOOLEAN",
            "service_name": "VARCHAR",
            "language": "VARCHAR",
        },
        [
            {
                "run_id": inputs.run_id,
                "as_of": inputs.as_of,
                "known_at": inputs.known_at,
                "code_version": inputs.code_version,
                "contract_version": CONTRACT_VERSION,
                "journal_seq": inputs.journal_seq,
                "simulated": settings.service.simulated,
                "service_name": settings.service.name,
                "language": settings.service.language,
            }
        ],
    )
    tables.write(
        "setting",
        {"section": "VARCHAR", "name": "VARCHAR", "value": "VARCHAR", "source": "VARCHAR"},
        list(_rows(settings)),
    )
    values = {column: getattr(getattr(settings, s), key) for column, (s, key) in VALUES.items()}
    tables.write("setting_value", dict.fromkeys(VALUES, "INTEGER"), [values])
    limits = {name: float(value) for name, value in settings.quality}
    tables.write("quality_limit", dict.fromkeys(limits, "DOUBLE"), [limits])


def _rows(settings: Settings) -> Iterator[dict[str, str]]:
    for section in SECTIONS:
        part: BaseModel = getattr(settings, section)
        for name, value in part:
            yield {
                "section": section,
                "name": name,
                "value": str(value),
                "source": type(part).model_fields[name].description or OWN_CHOICE,
            }
