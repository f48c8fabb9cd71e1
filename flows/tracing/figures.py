"""What each indicator counts, one thing at a time: the facts it looks at, and what each adds.

`sql/457_indicator_count.sql` and `458_indicator_median.sql` add these up for every unit at once.
Here the same things stand one by one, and tracing holds the two against each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Grain = Literal["episode", "alert", "score", "rupture", "file", "questionnaire"]


@dataclass(frozen=True)
class Facts:
    """The things that can be counted: `select` has a row for each, told apart by `keys`.

    Each row also has unit_clinic_id and team_id. `reads` are those of its tables
    that are not published.
    """

    grain: Grain
    keys: tuple[str, ...]
    reads: tuple[str, ...]
    select: str


@dataclass(frozen=True)
class Figure:
    """A numerator and a denominator: what a fact adds to each, as SQL; `day` places it in time.

    `value` is what a median is taken of; there the numerator are those that reached it.
    `of_outcome` says that only one questionnaire of an episode decides, that of its outcome;
    `beside` names what it rests on beside answers.
    """

    facts: Facts
    day: str
    numerator: str
    denominator: str = "1"
    where: str = "true"
    value: str | None = None
    of_outcome: bool = False
    beside: tuple[str, ...] = ()


_LANDINGS = """
    landings as (
        select name, landed_at::date as landed_on
        from landed_file
        where not is_held_back
    ),
    began as (
        select clinic_id, min(landed_on) as began_on
        from (
            select unnest(clinics) as clinic_id, landed_at::date as landed_on
            from landed_file
            where not is_held_back
        ) as file
        group by clinic_id
    )
"""

EPISODES = Facts(
    "episode",
    ("clinic_id", "patient_id", "episode_id"),
    ("quality_episode",),
    "select * from quality_episode",
)
ALERTS = Facts("alert", ("alert_id",), ("shown_alert",), "select * from shown_alert")
RUPTURES = Facts(
    "rupture",
    ("clinic_id", "patient_id", "episode_id", "instrument", "scale", "began_at"),
    ("alliance_break",),
    "select * from alliance_break",
)
SCORES = Facts(
    "score",
    ("assessment_id", "scale"),
    ("landed_file", "clinic_unit", "setting_value"),
    f"""
        with scale as (
            select instrument_scale.*, instrument.measures = 'alliance' as is_alliance
            from instrument_scale
            inner join instrument on instrument_scale.instrument = instrument.instrument
            qualify instrument_scale.is_main or not bool_or(instrument_scale.is_main) over (
                partition by instrument_scale.instrument
            )
        ),
        {_LANDINGS},
        forms as (
            select score.*, score.measured_at::date as day, clinic_unit.unit_clinic_id,
                therapist.team_id, scale.is_alliance,
                coalesce(score.session_no, score.assessment_no) <= setting_value.early_sessions
                    as is_early,
                case
                    when scale.direction > 0 then score.score - scale.minimum
                    else scale.maximum - score.score
                end / (scale.maximum - scale.minimum) as share
            from score
            inner join scale
                on score.instrument = scale.instrument and score.scale = scale.scale
            inner join clinic_unit on score.clinic_id = clinic_unit.clinic_id
            left join therapist
                on score.clinic_id = therapist.clinic_id
                and score.therapist_id = therapist.therapist_id
            cross join setting_value
            where score.score is not null and not score.is_follow_up
        )
        select forms.*,
            case
                when forms.day >= began.began_on
                    then date_diff('day', forms.day, landings.landed_on)
            end as days_to_landing
        from forms
        left join began on forms.clinic_id = began.clinic_id
        asof left join landings
            on forms.source_file = landings.name and forms.day <= landings.landed_on
    """,
)
FILES = Facts(
    "file",
    ("sha256", "clinic_id"),
    ("landed_file", "clinic_unit"),
    """
        select file.*, clinic_unit.unit_clinic_id, null::varchar as team_id,
            case when file.is_held_back then file.rows_in else file.rejected_error end as lost
        from (select landed_file.*, unnest(clinics) as clinic_id from landed_file) as file
        inner join clinic_unit on file.clinic_id = clinic_unit.clinic_id
    """,
)
QUESTIONNAIRES = Facts(
    "questionnaire",
    ("clinic_id", "patient_id", "measured_at", "instrument", "scale", "is_straight"),
    ("file_form", "clinic_unit"),
    """
        with item_range as (
            select instrument, scale, min(minimum) as lowest,
                bool_or(is_reversed) as has_reversed_item
            from instrument_item
            group by instrument, scale
        )
        select distinct file_form.clinic_id, file_form.patient_id, file_form.measured_at,
            file_form.instrument, file_form.scale, clinic_unit.unit_clinic_id,
            null::varchar as team_id,
            file_form.lowest_answer = file_form.highest_answer
                and (item_range.has_reversed_item or file_form.lowest_answer > item_range.lowest)
                as is_straight
        from file_form
        inner join item_range
            on file_form.instrument = item_range.instrument and file_form.scale = item_range.scale
        inner join clinic_unit on file_form.clinic_id = clinic_unit.clinic_id
        where file_form.items_answered >= 5
    """,
)


def _if(condition: str) -> str:
    return f"case when {condition} then 1 else 0 end"


def _ended(numerator: str, denominator: str = "true", *, of_outcome: bool = False) -> Figure:
    """Of the episodes that ended in the period."""
    return Figure(
        EPISODES,
        "ended_on",
        _if(numerator),
        _if(denominator),
        where="is_closed",
        of_outcome=of_outcome,
    )


def _reason(code: str) -> Figure:
    known = "is_closed and sbg_status <> 'completer' and sbg_reason is not null"
    reason = _if(f"sbg_reason = '{code}'")
    return Figure(EPISODES, "ended_on", reason, where=known, beside=("non_response",))


def _shown(numerator: str, denominator: str = "true") -> Figure:
    """Of the alerts that could first be seen in the period."""
    return Figure(ALERTS, "shown_at", _if(numerator), _if(denominator))


def _median(facts: Facts, day: str, value: str, where: str, reached: str = "true") -> Figure:
    return Figure(facts, day, _if(reached), where=where, value=value)


FIGURES: Mapping[str, Figure] = {
    "response_rate": _ended("is_measured_twice"),
    **{
        f"sbg_{status}": _ended(f"sbg_status = '{status}'")
        for status in ("completer", "drop_out", "non_starter", "non_responder")
    },
    **{f"sbg_reason_{code:02}": _reason(f"{code:02}") for code in range(1, 11)},
    "reliable_improvement": _ended(
        "is_paired and class in ('recovered', 'improved')", "is_paired", of_outcome=True
    ),
    "deterioration": _ended("is_paired and class = 'deteriorated'", "is_paired", of_outcome=True),
    "recovery": _ended("is_paired and is_recovered", "is_paired and is_case", of_outcome=True),
    "reliable_recovery": _ended(
        "is_paired and class = 'recovered'", "is_paired and is_case", of_outcome=True
    ),
    "drop_out": _ended(
        "end_reason = 'patient_unilateral'", "coalesce(end_reason, 'unknown') <> 'unknown'"
    ),
    "measurements_per_session": Figure(
        EPISODES,
        "ended_on",
        "case when attended_sessions > 0 then forms end",
        "attended_sessions",
        where="is_closed",
        beside=("appointment",),
    ),
    "dose_against_plan": Figure(
        EPISODES,
        "ended_on",
        "case when planned_sessions > 0 then attended_sessions end",
        "case when planned_sessions > 0 and attended_sessions is not null"
        " then planned_sessions end",
        where="is_closed",
        beside=("appointment",),
    ),
    "follow_up": _ended("is_followed_up", "is_followed_up is not null"),
    "relapse": _ended("has_relapsed", "has_relapsed is not null", of_outcome=True),
    "baseline_in_time": Figure(
        EPISODES, "started_on", _if("has_baseline_in_time"), where="is_start_known"
    ),
    "waiting_days": _median(EPISODES, "started_on", "waiting_days", "waiting_days is not null"),
    "sessions_to_improvement": _median(
        EPISODES,
        "ended_on",
        "coalesce(better_session, last_session)",
        "is_closed and has_baseline and last_session is not null",
        "better_session is not null",
    ),
    "alerts_answered": _shown("is_answered_in_time"),
    "alerts_acted_on": _shown("is_acted_on"),
    "back_on_course": _shown("is_back_on_course", "is_back_on_course is not null"),
    "hours_to_seen": _median(
        ALERTS, "shown_at", "round(epoch(seen_at - shown_at) / 3600, 2)", "seen_at >= shown_at"
    ),
    "hours_to_answer": _median(
        ALERTS,
        "shown_at",
        "round(epoch(answered_at - seen_at) / 3600, 2)",
        "seen_at >= shown_at and answered_at >= seen_at",
    ),
    "prorated": Figure(SCORES, "measured_at", _if("prorated")),
    "days_to_report": _median(
        SCORES, "measured_at", "days_to_landing", "days_to_landing is not null"
    ),
    "alliance_early": Figure(SCORES, "measured_at", "share", where="is_alliance and is_early"),
    "alliance_late": Figure(SCORES, "measured_at", "share", where="is_alliance and not is_early"),
    "ruptures_repaired": Figure(RUPTURES, "began_on", _if("is_repaired")),
    "data_rejected": Figure(FILES, "landed_at", "lost", "rows_in"),
    "straight_lining": Figure(QUESTIONNAIRES, "measured_at", _if("is_straight")),
}
"""By name of the indicator."""
