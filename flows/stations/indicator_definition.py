"""446_indicator_definition: what each indicator counts, in words, and where that comes from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from flows.settings import OWN_CHOICE, Indicators
from flows.station import Inputs, StationTables

WRITES = ("indicator_definition", "outcome_order")

Lag = Literal["none", "answer", "baseline", "unfolding", "follow_up"]

B7 = "steps of closing the loop; general knowledge of implementation studies [K]"
B8 = "SBG: completer, drop-out, non-starter, non-responder [V]; margin in time commonly 90 days [K]"
CHANGE = "Jacobson & Truax 1991; constants of the instrument file"
HISTORICAL = "SBG reasons without a measurement, as registered in Dutch care; historical [VC]"
PLANNED_END = (
    "ended by the patient alone (SBG 09b); rates depend on the definition: 19.7 % on average over"
    " 669 studies of adults [V]"
)
RUPTURES = "Gumz et al. 2012, after Strauss 2006 and Stiles 2004 [V]; repair within five forms [D]"

ENDED = "episodes that ended in the period"
PAIRED = (
    "episodes that ended in the period, measured at the start and at the end with the"
    " questionnaire that tells their outcome"
)
CASES = (
    "of the episodes with a measured start and end, those in the clinical range at the start, that"
    " ended in the period"
)
NOT_COMPLETE = (
    "episodes that ended in the period without both measurements, of which a reason was recorded"
)
SHOWN = "alerts that could first be seen in the period"
REASONS = {
    "01": "the patient refused",
    "02": "the patient was not able to, by language or severity",
    "03": "the patient did not come to the measurement",
    "04": "the patient did not send the questionnaire back",
    "05": "the questionnaire was filled in incompletely or wrongly",
    "06": "the patient was judged not able to and not asked",
    "07": "the clinician took no action",
    "08": "there was no treatment to evaluate",
    "09": "treatment did not end regularly",
    "10": "there was another reason",
}


@dataclass(frozen=True)
class Definition:
    """One indicator: `numerator` and `denominator` in words, for people to read.

    `kind` is a share (0-1), a ratio, or a median in the unit that its title names;
    `chart` the control chart that fits it; `finest` the shortest period that it is
    counted by; `lag` what must have passed before a period is complete.
    """

    indicator: str
    title: str
    numerator: str
    denominator: str
    source: str
    better: Literal["higher", "lower"] | None = "higher"
    kind: Literal["share", "ratio", "median"] = "share"
    chart: Literal["pp", "xmr", "none"] = "pp"
    finest: Literal["week", "month", "quarter"] = "month"
    lag: Lag = "none"
    is_primary: bool = False
    is_outcome: bool = False
    is_historical: bool = False


def _outcome(
    indicator: str,
    title: str,
    numerator: str,
    denominator: str,
    better: Literal["higher", "lower"] = "higher",
    *,
    is_primary: bool = False,
) -> Definition:
    return Definition(
        indicator,
        title,
        numerator,
        denominator,
        CHANGE,
        better,
        finest="quarter",
        is_primary=is_primary,
        is_outcome=True,
    )


def _sbg(indicator: str, title: str, numerator: str, better: Literal["higher", "lower"]) -> Any:
    return Definition(indicator, title, numerator, ENDED, B8, better, is_historical=True)


PRIMARY = (
    Definition(
        "response_rate",
        "Response",
        "those with a first and a later valid measurement on a followed questionnaire",
        ENDED,
        "response is measured pairs of those eligible [V]; NHS target 90 % or more [K]",
        is_primary=True,
    ),
    Definition(
        "alerts_answered",
        "Alerts answered in time",
        "those that were answered within 14 days, or as many as the settings say",
        SHOWN,
        B7,
        finest="week",
        lag="answer",
        is_primary=True,
    ),
    _outcome(
        "reliable_improvement",
        "Reliable improvement",
        "those that ended reliably better, recovered or not",
        PAIRED,
        is_primary=True,
    ),
    _outcome(
        "deterioration",
        "Deterioration",
        "those that ended reliably worse",
        PAIRED,
        "lower",
        is_primary=True,
    ),
    Definition(
        "drop_out",
        "Drop-out",
        "those that the patient alone ended",
        "episodes that ended in the period with a known reason",
        PLANNED_END,
        "lower",
        finest="quarter",
        is_primary=True,
        is_outcome=True,
    ),
    Definition(
        "data_rejected",
        "Data held back or rejected",
        "those with an error that the sender must mend, and all those of files held back",
        "records in the files that were landed or held back in the period",
        OWN_CHOICE,
        "lower",
        finest="week",
        is_primary=True,
    ),
)
COMPLETION = (
    _sbg("sbg_completer", "SBG: measured at start and end", "those measured at both", "higher"),
    _sbg("sbg_drop_out", "SBG: measured at the start only", "those without the end", "lower"),
    _sbg("sbg_non_starter", "SBG: measured at the end only", "those without the start", "lower"),
    _sbg("sbg_non_responder", "SBG: not measured", "those without either", "lower"),
    *(
        Definition(
            f"sbg_reason_{code}",
            f"SBG reason {code}: {words}",
            f"those where {words}",
            NOT_COMPLETE,
            HISTORICAL,
            "lower" if code == "07" else None,
            chart="none",
            finest="quarter",
            is_historical=True,
        )
        for code, words in REASONS.items()
    ),
)
MEASURING = (
    Definition(
        "baseline_in_time",
        "First measurement in time",
        "those measured within 14 days of the start or the first session, as the settings say",
        "episodes that started in the period and whose start or sessions are known",
        OWN_CHOICE,
        lag="baseline",
    ),
    Definition(
        "measurements_per_session",
        "Measurements per session",
        "their valid scores on followed scales",
        "attended sessions of the episodes that ended in the period",
        "session by session where possible: general knowledge of the field [K]",
        kind="ratio",
        chart="xmr",
    ),
    Definition(
        "prorated",
        "Scores with a filled-in item",
        "those in which items were missing and filled in as the instrument file says",
        "valid scores on main scales in the period",
        OWN_CHOICE,
        "lower",
        finest="week",
    ),
    Definition(
        "straight_lining",
        "The same answer all the way down",
        "those with one answer throughout, other than without any complaint",
        "questionnaires of the period in the recent files, of the patients that are looked at",
        OWN_CHOICE,
        "lower",
    ),
)
LOOP = (
    Definition(
        "days_to_report",
        "Days from measuring to the pages",
        "measured scores of the period; the figure is their median number of days",
        "measured scores of the period, from the first file of the clinic on",
        B7,
        "lower",
        kind="median",
        chart="xmr",
        finest="week",
        lag="baseline",
    ),
    Definition(
        "hours_to_seen",
        "Hours from an alert to somebody seeing it",
        "seen alerts of the period; the figure is their median number of hours",
        "alerts of the period that were seen",
        B7,
        "lower",
        kind="median",
        chart="xmr",
        finest="week",
        lag="answer",
    ),
    Definition(
        "hours_to_answer",
        "Hours from seeing an alert to answering it",
        "answered alerts of the period; the figure is their median number of hours",
        "alerts of the period that were seen and answered",
        B7,
        "lower",
        kind="median",
        chart="xmr",
        finest="week",
        lag="answer",
    ),
    Definition(
        "alerts_acted_on",
        "Alerts acted on",
        "those answered with something that was done or planned",
        SHOWN,
        B7,
        finest="week",
        lag="answer",
    ),
    Definition(
        "back_on_course",
        "Back on course after four sessions",
        "those whose questionnaire no longer fired at its fourth later look",
        "alerts that could first be seen in the period, with four later looks",
        B7,
        lag="unfolding",
        is_outcome=True,
        finest="quarter",
    ),
)
OUTCOMES = (
    _outcome(
        "recovery",
        "Recovery",
        "those in the healthy range at the end, reliably better or not",
        CASES,
    ),
    _outcome(
        "reliable_recovery",
        "Reliable recovery",
        "those in the healthy range at the end and reliably better",
        CASES,
    ),
    Definition(
        "sessions_to_improvement",
        "Sessions to reliable improvement",
        "those that were reliably better at some session; the figure is their median"
        " (Kaplan-Meier)",
        "episodes that ended in the period with a first measurement",
        "Kaplan & Meier 1958; reliable change of the instrument file",
        "lower",
        kind="median",
        chart="xmr",
        finest="quarter",
        is_outcome=True,
    ),
    Definition(
        "dose_against_plan",
        "Sessions given of those planned",
        "attended sessions",
        "planned sessions of the episodes that ended in the period",
        OWN_CHOICE,
        None,
        kind="ratio",
        chart="xmr",
        finest="quarter",
    ),
    Definition(
        "waiting_days",
        "Days of waiting",
        "episodes that started in the period; the figure is their median number of days",
        "episodes that started in the period and of which waiting is recorded",
        OWN_CHOICE,
        "lower",
        kind="median",
        chart="xmr",
    ),
    Definition(
        "follow_up",
        "Measured after the end",
        "those with a measurement after the end",
        "episodes that ended in the period with a recorded end",
        OWN_CHOICE,
        finest="quarter",
        lag="follow_up",
    ),
    Definition(
        "relapse",
        "Relapse after reliable improvement",
        "those reliably worse at the last follow-up than at the end",
        "episodes that ended reliably better in the period and were measured afterwards",
        CHANGE,
        "lower",
        finest="quarter",
        lag="follow_up",
        is_outcome=True,
    ),
)
ALLIANCE = (
    Definition(
        "alliance_early",
        "Alliance in the first sessions",
        "sum of scores about the alliance, each as a share of its range",
        "scores about the alliance in the first sessions, as many as the settings say",
        "the early alliance predicts outcome: Flückiger et al. 2018 [K]",
        kind="ratio",
        chart="xmr",
    ),
    Definition(
        "alliance_late",
        "Alliance after the first sessions",
        "sum of scores about the alliance, each as a share of its range",
        "scores about the alliance after the first sessions",
        OWN_CHOICE,
        kind="ratio",
        chart="xmr",
    ),
    Definition(
        "ruptures_repaired",
        "Ruptures repaired",
        "those after which the alliance came back",
        "ruptures that began in the period and of which the end is known",
        RUPTURES,
        finest="quarter",
        lag="unfolding",
        is_outcome=True,
    ),
)
DEFINITIONS = (*PRIMARY, *COMPLETION, *MEASURING, *LOOP, *OUTCOMES, *ALLIANCE)

COLUMNS = {
    "indicator": "VARCHAR",
    "sort_order": "INTEGER",
    "title": "VARCHAR",
    "numerator": "VARCHAR",
    "denominator": "VARCHAR",
    "source": "VARCHAR",
    "better": "VARCHAR",
    "kind": "VARCHAR",
    "chart": "VARCHAR",
    "finest": "VARCHAR",
    "lag_days": "INTEGER",
    "is_primary": "BOOLEAN",
    "is_outcome": "BOOLEAN",
    "is_historical": "BOOLEAN",
}
ORDER = {"instrument": "VARCHAR", "preference": "INTEGER"}


def make(tables: StationTables, inputs: Inputs) -> None:
    """One row per indicator, and the questionnaires that tell outcome in order of preference."""
    tables.write("indicator_definition", COLUMNS, list(_rows(inputs)))
    order = inputs.settings.indicators.outcome_order
    rows = [{"instrument": each, "preference": n} for n, each in enumerate(order)]
    tables.write("outcome_order", ORDER, rows)


def _rows(inputs: Inputs) -> Iterator[dict[str, Any]]:
    days = lags(inputs.settings.indicators, inputs)
    for order, each in enumerate(DEFINITIONS, 1):
        yield vars(each) | {"sort_order": order, "lag_days": days[each.lag]}


def lags(choices: Indicators, inputs: Inputs) -> dict[Lag, int]:
    """Days after the end of a period in which its figures can still change."""
    return {
        "none": 0,
        "answer": choices.answered_within_days,
        "baseline": inputs.settings.episodes.baseline_after_days,
        "unfolding": choices.unfolding_days,
        "follow_up": inputs.settings.episodes.follow_up_days,
    }
