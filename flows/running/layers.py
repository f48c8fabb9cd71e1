"""The layers that a run builds one upon another: the tables that are checked in each, in order."""

import logging

from flows import warehouse
from flows.running.checking import check_layer
from flows.running.plan import RunPlan
from flows.station import Inputs

log = logging.getLogger("opkoers.run")

CRITICAL = ("critical",)
CORE = (
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
)
MEANING = (
    "yardstick",
    "change",
    "talking_therapies",
    "agreement",
    "growth_model",
    "mixed_model",
    "risk_model",
    "course",
    "signal",
    "sudden_change",
    "signal_accuracy",
    "rule_rate",
    "alert",
    "alert_list",
    "information",
    "overdue",
    "planned_appointment",
    "alert_rate",
    "last_week_alert",
    "outcome",
    "alliance_figure",
    "group_figure",
    "clinic_figure",
    "summary_figure",
    "data_quality",
    "file_check",
    "receipt",
    "indicator_definition",
    "quality_unit",
    "indicator",
    "indicator_absence",
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
THERAPISTS = (
    "therapist_run",
    "therapist_effect",
    "therapist_share",
    "therapist_effect_sensitivity",
    "case_mix",
    "therapist_view",
    "closed_course",
    "own_alert_outcome",
)


def build_layer(
    plan: RunPlan, inputs: Inputs, first: int, last: int
) -> tuple[warehouse.StationDone, ...]:
    """Run the stations numbered `first` to `last` on the plan's database; what each took."""
    lane = warehouse.main_lane(first, last)
    return warehouse.run_stations(plan.built, lane, inputs, _log_station)


def _log_station(done: warehouse.StationDone) -> None:
    log.info("station %s: %s rows in %.2f s", done.title, done.rows, done.seconds)


def therapist_layer(plan: RunPlan, inputs: Inputs) -> int:
    """The plan's database about therapists, built and checked; how many expectations held."""
    plan.built_therapists.unlink(missing_ok=True)
    lane = warehouse.therapist_lane()
    warehouse.run_stations(plan.built_therapists, lane, inputs, _log_station, beside=plan.built)
    return check_layer(plan, plan.built_therapists, THERAPISTS, "therapists")
