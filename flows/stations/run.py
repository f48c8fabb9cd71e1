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
    "critical",
    "change",
    "sudden_change",
    "talking_therapies",
    "overdue",
    "course",
    "quality",
    "indicators",
    "control_charts",
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
    "enough_dose_percent": ("signals", "enough_dose_percent"),
    "alliance_minimum_episodes": ("signals", "alliance_minimum_episodes"),
    "alliance_forms_for_own_line": ("signals", "alliance_forms_for_own_line"),
    "alliance_forms_for_limits": ("signals", "alliance_forms_for_limits"),
    "rupture_sd": ("signals", "rupture_sd"),
    "rupture_strict_sd": ("signals", "rupture_strict_sd"),
    "repair_sd": ("signals", "repair_sd"),
    "repair_within_forms": ("signals", "repair_within_forms"),
    "drop_out_after_days": ("signals", "drop_out_after_days"),
    "high_risk_percent": ("course", "high_risk_percent"),
    "on_track_assessments": ("alerts", "on_track_assessments"),
    "stale_after_days": ("alerts", "stale_after_days"),
    "frequent_percent": ("alerts", "frequent_percent"),
    "overdue_after_days": ("overdue", "after_days"),
    "sudden_change_percent": ("sudden_change", "percent"),
    "minimum_therapists": ("indicators", "minimum_therapists"),
    "largest_percent": ("indicators", "largest_percent"),
    "answered_within_days": ("indicators", "answered_within_days"),
    "early_sessions": ("indicators", "early_sessions"),
    "sbg_margin_days": ("indicators", "sbg_margin_days"),
    "stopped_after_intervals": ("indicators", "stopped_after_intervals"),
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
            "journal_seal": "BIGINT",
            "journal_head": "VARCHAR",
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
                "journal_seal": inputs.journal_seal,
                "journal_head": inputs.journal_head,
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
    kinds = {
        name: "DOUBLE" if isinstance(value, float) else "INTEGER" for name, value in values.items()
    }
    tables.write("setting_value", kinds, [values])
    limits = {name: float(value) for name, value in settings.quality}
    tables.write("quality_limit", dict.fromkeys(limits, "DOUBLE"), [limits])


def _rows(settings: Settings) -> Iterator[dict[str, str]]:
    for section in SECTIONS:
        part: BaseModel = getattr(settings, section)
        for name, value in part:
            source = type(part).model_fields[name].description or OWN_CHOICE
            for each, text in _texts(name, value):
                yield {"section": section, "name": each, "value": text, "source": source}


def _texts(name: str, value: object) -> Iterator[tuple[str, str]]:
    """The setting as text; one by clinic or instrument has a row for each, `deputies.noord`."""
    if isinstance(value, dict) and value:
        yield from ((f"{name}.{key}", _text(each)) for key, each in value.items())
    else:
        yield name, _text(value)


def _text(value: object) -> str:
    """1 and 1.0 are one setting: a recorded one comes back from JSON as its type says."""
    if isinstance(value, float):
        return str(value).removesuffix(".0")
    return "" if value is None else str(value)
