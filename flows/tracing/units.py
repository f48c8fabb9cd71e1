"""The numbers of a unit and a period, counted again: indicators, funnels, missing outcomes, loop.

Each function takes the published row and gives the facts, the condition and the numbers.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from flows.explaining import Published
from flows.tracing.counting import Number
from flows.tracing.figures import ALERTS, EPISODES, FIGURES, Facts
from flows.tracing.opened import sql_value
from flows.tracing.traced import Row

UNIT = ("unit_kind", "unit")
CELL = (*UNIT, "indicator", "period_kind", "period")


@dataclass(frozen=True)
class Asked:
    """What is to be counted for a published row; `source` holds its numbers, small ones too.

    `median` names the value and those that reached it, of a figure that is a median.
    """

    source: str
    published: Row
    facts: Facts
    where: str
    numbers: tuple[Number, ...]
    of_outcome: bool = False
    beside: tuple[str, ...] = ()
    median: tuple[str, str] | None = None


def same(row: Row, columns: tuple[str, ...]) -> str:
    """The condition that a table has the values of a row in these columns."""
    return " and ".join(
        f'"{column}" is not distinct from {sql_value(row[column])}' for column in columns
    )


def _source(published: Published, table: str, row: Row, columns: tuple[str, ...]) -> Row:
    """The row of the table with every count for a row that may leave some out."""
    (found,) = published.rows(f"select * from {table} where {same(row, columns)}")
    return found


def _of_unit(row: Row) -> str:
    conditions = {
        "service": "true",
        "clinic": f"unit_clinic_id = {sql_value(row['clinic_id'])}",
        "team": f"unit_clinic_id = {sql_value(row['clinic_id'])}"
        f" and team_id = {sql_value(row.get('team_id'))}",
    }
    return conditions[row["unit_kind"]]


# ---------- indicators and funnels


def indicator_asked(published: Published, row: Row) -> Asked:
    """Of an indicator of a unit in a week, month or quarter."""
    source = _source(published, "indicator", row, CELL)
    kind, period = source["period_kind"], source["period"]
    in_period = f"date_trunc('{kind}', {{day}})::date = {sql_value(period)}"
    return _of_figure(published, "indicator", source, in_period)


def funnel_asked(published: Published, row: Row) -> Asked:
    """Of a unit in a funnel: a quarter, or the four that make the year."""
    source = _source(published, "funnel", row, CELL)
    quarters = f"""
        select period from indicator
        where {same(source, (*UNIT, "indicator"))} and period_kind = 'quarter' and is_complete
            and denominator > 0 and period >= {sql_value(source["period"])}
    """
    if source["period_kind"] == "quarter":
        quarters = f"select {sql_value(source['period'])}::date"
    in_period = f"date_trunc('quarter', {{day}})::date in ({quarters})"
    return _of_figure(published, "funnel", source, in_period)


def _of_figure(published: Published, table: str, source: Row, in_period: str) -> Asked:
    figure = FIGURES[source["indicator"]]
    (told,) = published.rows(
        f"select * from indicator_definition where {same(source, ('indicator',))}"
    )
    numbers = [
        Number("numerator", source["numerator"] or 0, figure.numerator, told=told["numerator"]),
        Number("denominator", source["denominator"], figure.denominator, told=told["denominator"]),
    ]
    if figure.value is not None:
        numbers.append(Number("value", source["value"], figure.value, whole="null"))
    elif source["value"] is not None:
        share = "round(sum(adds_numerator) / sum(adds_denominator), 9)"
        numbers.append(Number("value", source["value"], "null", whole=share))
    where = f"({figure.where}) and {_of_unit(source)} and {in_period.format(day=figure.day)}"
    median = ("adds_value", "adds_numerator") if figure.value is not None else None
    return Asked(
        table, source, figure.facts, where, tuple(numbers), figure.of_outcome, figure.beside, median
    )


# ---------- outcomes that nobody measured

_WITH_MODEL = """
    select quality_episode.*,
        coalesce(quality_episode.has_baseline, false) as starts,
        coalesce(quality_episode.has_baseline and quality_episode.is_case, false) as starts_as_case,
        coalesce(quality_episode.is_paired, false) as is_measured,
        coalesce(quality_episode.class, 'unchanged') as ended_as,
        drawn.patient_id is not null as can_be_drawn
    from quality_episode
    left join (
        select quality_episode.clinic_id, quality_episode.patient_id, quality_episode.episode_id
        from quality_episode
        inner join baseline using (clinic_id, patient_id, episode_id, instrument, scale)
        inner join growth_model using (clinic_id, instrument, scale)
        inner join instrument_scale using (instrument, scale)
        inner join yardstick using (clinic_id, instrument, scale)
        where growth_model.refused is null and yardstick.method = 'JT'
    ) as drawn using (clinic_id, patient_id, episode_id)
"""
_FELL_OUT = {
    "reliable_improvement": "ended_as in ('recovered', 'improved')",
    "deterioration": "ended_as = 'deteriorated'",
    "recovery": "coalesce(is_recovered, false)",
    "reliable_recovery": "ended_as = 'recovered'",
}


def missing_outcome_asked(published: Published, row: Row) -> Asked:
    """Of the episodes that ended in a quarter, measured or not."""
    keys = (*UNIT, "quarter", "indicator")
    source = _source(published, "missing_outcome", row, keys)
    ended = f"date_trunc('quarter', ended_on)::date = {sql_value(source['quarter'])}"
    numbers = tuple(
        Number(name, source[name], f"case when {condition} then 1 else 0 end")
        for name, condition in _outcome_counts(source["indicator"]).items()
    )
    facts = replace(EPISODES, select=_WITH_MODEL)
    where = f"is_closed and {_of_unit(source)} and {ended}"
    return Asked("missing_outcome", source, facts, where, numbers, of_outcome=True)


def _outcome_counts(indicator: str) -> dict[str, str]:
    """By name of a count, which of the ended episodes are in it."""
    of_cases = indicator in ("recovery", "reliable_recovery")
    known = "starts_as_case" if of_cases else "starts"
    paired = "(is_measured and starts_as_case)" if of_cases else "is_measured"
    missing = f"({known} or not starts) and not {paired}"
    drawn = f"{known} and not is_measured and can_be_drawn"
    fell_out = _FELL_OUT[indicator]
    return {
        "episodes": "true",
        "paired": paired,
        "missing": missing,
        "imputed": drawn,
        "not_imputed": f"({missing}) and not ({drawn})",
        "paired_numerator": f"is_measured and {fell_out}",
        "paired_denominator": paired,
        "last_numerator": fell_out,
        "last_denominator": known,
        "bounds_denominator": f"{known} or not starts",
    }


# ---------- the loop


def loop_asked(published: Published, row: Row) -> Asked:
    """Of the alerts of one kind and rule in a unit; comparable ones lie in the same stratum."""
    source = _source(published, "loop_audit", row, (*UNIT, "kind", "rule"))
    facts = replace(ALERTS, select=_STRATA.format(unit=_of_unit(source)))
    return Asked(
        "loop_audit",
        source,
        facts,
        same(source, ("kind", "rule")),
        tuple(_loop_numbers(source)),
    )


_STRATA = """
    with banded as (
        select *,
            case when session < 5 then '1-4' when session < 10 then '5-9'
                when session >= 10 then '10+' end as session_band,
            ntile(3) over (partition by instrument, scale order by baseline_score, alert_id)
                as severity_third
        from shown_alert
    ),
    known as (
        select *, is_back_on_course is not null and session_band is not null as has_outcome
        from banded
        where {unit}
    )
    select *,
        count(*) filter (where has_outcome and answered_at is not null) over stratum as answered_n,
        count(*) filter (where has_outcome and answered_at is null) over stratum as unanswered_n
    from known
    window stratum as (
        partition by kind, rule, level, instrument, scale, session_band, severity_third
    )
"""
_COMPARED = "has_outcome and answered_n > 0 and unanswered_n > 0"
_LOOP: Mapping[str, str] = {
    "alerts": "true",
    "seen": "seen_at is not null",
    "answered": "answered_at is not null",
    "answered_in_time": "is_answered_in_time",
    "acted_on": "is_acted_on",
    "answered_known": f"{_COMPARED} and answered_at is not null",
    "answered_back": f"{_COMPARED} and answered_at is not null and is_back_on_course",
    "comparable_known": f"{_COMPARED} and answered_at is null",
}


def _loop_numbers(source: Row) -> Iterator[Number]:
    for name, condition in _LOOP.items():
        yield Number(name, source[name], f"case when {condition} then 1 else 0 end")
    yield Number(
        "expected_back",
        source["expected_back"],
        f"case when {_COMPARED} and answered_at is null and is_back_on_course"
        " then answered_n / unanswered_n end",
        whole=None if source["expected_back"] is not None else "null",
    )
    for name, at in (("hours_to_seen", "seen_at"), ("hours_to_answer", "answered_at")):
        waited = f"case when {at} >= shown_at then epoch({at} - shown_at) / 3600 end"
        for ending, part in (("_lower", 0.25), ("", 0.5), ("_upper", 0.75)):
            adds = f"adds_{name}{ending}"
            middle = f"round(quantile_cont({adds}, {part}), 2)"
            yield Number(f"{name}{ending}", source[f"{name}{ending}"], waited, whole=middle)


AskedOf = Callable[[Published, Row], Asked]

ASKED: Mapping[str, AskedOf] = {
    "indicator": indicator_asked,
    "shown_indicator": indicator_asked,
    "shown_indicator_alert": indicator_asked,
    "funnel": funnel_asked,
    "shown_funnel": funnel_asked,
    "missing_outcome": missing_outcome_asked,
    "shown_missing_outcome": missing_outcome_asked,
    "loop_audit": loop_asked,
    "shown_loop_audit": loop_asked,
}
"""By table, what a row of it counts."""
