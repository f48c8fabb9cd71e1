"""Small published databases for these tests, made from good.sql."""

import shutil
from pathlib import Path

import duckdb

TABLES = (
    "response",
    "file_profile",
    "file_scale",
    "patient",
    "exported_episode",
    "appointment",
    "therapy_group",
    "therapist",
    "non_response",
    "intake",
    "placed_appointment",
    "assessment",
    "episode",
    "baseline",
    "score",
    "yardstick",
    "change",
    "talking_therapies",
    "agreement",
    "growth_model",
    "mixed_model",
    "risk_model",
    "course",
    "signal_accuracy",
    "rule_rate",
    "signal",
    "sudden_change",
    "alert",
    "critical",
    "alert_list",
    "alert_rate",
    "information",
    "overdue",
    "planned_appointment",
    "last_week_alert",
    "outcome",
    "alliance_figure",
    "group_figure",
    "summary_figure",
    "clinic_figure",
    "data_quality",
    "file_check",
    "receipt",
    "therapist_run",
    "therapist_effect",
    "therapist_share",
    "therapist_effect_sensitivity",
    "case_mix",
    "therapist_view",
    "closed_course",
    "own_alert_outcome",
    "indicator_definition",
    "quality_unit",
    "indicator",
    "indicator_absence",
    "indicator_alert",
    "funnel",
    "missing_outcome",
    "loop_audit",
    "file_history",
    "source_delivery",
    "check_history",
    "file_check_history",
    "shown_indicator",
    "shown_funnel",
    "shown_indicator_alert",
    "shown_missing_outcome",
    "shown_loop_audit",
    "shown_file",
)


def good_database(folder: Path) -> Path:
    """A database in which every expectation passes; in small blocks, to be copied often."""
    file = folder / "good.duckdb"
    sql = Path(__file__).with_name("good.sql").read_text(encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{file}' as good (block_size 16384)")
        connection.execute(f"use good; {sql}")
    return file


def changed_copy(database: Path, *statements: str) -> Path:
    """A copy of `database` to which the SQL statements were applied."""
    copy = database.with_name("changed.duckdb")
    shutil.copyfile(database, copy)
    with duckdb.connect(str(copy)) as connection:
        for statement in statements:
            connection.execute(statement)
    return copy
