"""Tables that the report alone draws, on rows that can be counted by hand."""

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.statistics.proportion import share

SQL = Path(__file__).parents[2] / "sql"


def rows_of(station: str, *given: str) -> list[dict[str, Any]]:
    """What the SELECT of a station gives on these tables, as of Monday 2026-11-16."""
    with duckdb.connect() as connection:
        connection.execute("create table run as select date '2026-11-16' as as_of")
        for statement in given:
            connection.execute(statement)
        found = connection.execute((SQL / f"{station}.sql").read_text(encoding="utf-8"))
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


ALERTS = """
create table alert as
select 'noord' as clinic_id, 'off_course' as kind, cast(opened as timestamp) as opened_at,
    cast(closed as timestamp) as closed_at, reason as closed_reason,
    cast(answered as timestamp) as answered_at, act as action
from (values
    -- opened on the last day that counts, still open
    ('2026-11-09', null, null, null, null),
    -- opened six days ago: no alert of a week ago
    ('2026-11-10', null, null, null, null),
    -- closed on the last day before the week: it was no longer open
    ('2026-10-01', '2026-11-09', 'on_track', null, null),
    ('2026-10-01', '2026-11-10', 'on_track', null, null),
    ('2026-10-01', '2026-11-12', 'answered', '2026-11-12', 'adjust_plan'),
    -- answered, and nothing done about it
    ('2026-10-01', '2026-11-13', 'answered', '2026-11-13', 'no_action'),
    ('2026-10-01', '2026-11-14', 'episode_ended', null, null),
    -- answered longer ago
    ('2026-10-01', null, null, '2026-11-02', 'consult')
) as one (opened, closed, reason, answered, act)
"""


def test_what_became_of_the_alerts_of_a_week_ago() -> None:
    (row,) = rows_of("426_last_week_alert", ALERTS)
    assert row == {
        "clinic_id": "noord",
        "kind": "off_course",
        "alerts": 6,
        "answered": 2,
        "acted_on": 1,
        "back_on_course": 1,
        "closed_by_answer": 2,
        "closed_otherwise": 1,
        "still_open": 2,
    }


def ended(patients: int) -> str:
    return f"""
    create table episode as
    select 'noord' as clinic_id, 'p' || n as patient_id, 'e' || n as episode_id, true as is_closed,
        timestamp '2026-06-01' as ended_at, timestamp '2026-06-01' as last_measured_at
    from range({patients}) as one (n)
    """


MEASURED = (
    "create table instrument as select 'phq-9' as instrument, 'symptoms' as measures",
    """create table yardstick as select 'noord' as clinic_id, 'phq-9' as instrument,
        'total' as scale, 'JT' as method, 6.0 as threshold""",
    """create table score as select clinic_id, patient_id, episode_id, 'phq-9' as instrument,
        'total' as scale, 10.0 as score, false as is_follow_up from episode""",
    # Of ten the first eight have a pair, the ninth a first form only, the last none to count from.
    """create table change as select clinic_id, patient_id, episode_id, 'phq-9' as instrument,
        'total' as scale, 'JT' as method,
        if(patient_id in ('p0', 'p1', 'p2'), 'recovered', 'unchanged') as class
        from episode where patient_id not in ('p8', 'p9')""",
    """create table baseline as select clinic_id, patient_id, episode_id, 'phq-9' as instrument,
        'total' as scale from episode where patient_id <> 'p9'""",
)


@pytest.mark.parametrize(
    ("outcome_class", "counted", "part", "whole"),
    [
        ("recovered", "paired", 3, 8),
        ("recovered", "last_available", 3, 9),
        ("recovered", "lowest", 3, 10),
        ("recovered", "highest", 5, 10),
        ("unchanged", "paired", 5, 8),
        ("unchanged", "last_available", 6, 9),
        ("deteriorated", "paired", 0, 8),
        ("deteriorated", "highest", 2, 10),
    ],
)
def test_results_are_counted_in_four_ways(
    outcome_class: str, counted: str, part: int, whole: int
) -> None:
    rows = rows_of("431_outcome", ended(10), *MEASURED)
    (row,) = (r for r in rows if (r["class"], r["counted"]) == (outcome_class, counted))
    assert (row["numerator"], row["denominator"]) == (part, whole)
    if counted in ("lowest", "highest"):
        assert (row["lower"], row["upper"]) == (None, None)
        return
    expected = share(part, whole)
    assert expected is not None
    assert row["lower"] == pytest.approx(expected.lower, abs=1e-12)
    assert row["upper"] == pytest.approx(expected.upper, abs=1e-12)


def test_treatments_that_ended_a_year_ago_are_no_result() -> None:
    old = ended(10).replace("2026-06-01", "2025-11-16")
    assert rows_of("431_outcome", old, *MEASURED) == []


GROUP = (
    """create table episode as select 'noord' as clinic_id, 'p' || n as patient_id,
        'g' as group_id, false as is_closed from range(6) as one (n)""",
    """create table therapy_group as select 'noord' as clinic_id, 'g' as group_id,
        'Maandag' as name""",
    """create table assessment as select clinic_id, patient_id, group_id,
        timestamp '2026-11-12' as measured_at from episode where patient_id < 'p{measured}'""",
    """create table placed_appointment as select clinic_id, group_id, patient_id <> 'p0' as
        attended, timestamp '2026-11-02' as starts_at from episode""",
    "create table instrument as select 'srs' as instrument, 'SRS' as short_name,"
    " 'alliance' as measures",
    """create table score as select *, 'srs' as instrument, 'total' as scale, 36.0 as score
        from assessment""",
)


@pytest.mark.parametrize(("measured", "mean"), [(5, 36.0), (4, None)])
def test_a_group_of_fewer_than_five_keeps_its_mean(measured: int, mean: float | None) -> None:
    (row,) = rows_of("436_group_figure", *(s.format(measured=measured) for s in GROUP))
    assert (row["members"], row["measured_this_week"]) == (6, measured)
    assert (row["attended"], row["appointments"]) == (5, 6)
    assert row["alliance_mean"] == mean


def test_a_day_of_the_week_is_counted_to_the_day_of_the_data() -> None:
    """The hour of a measurement does not matter: 2026-11-10 is in the week, 2026-11-09 is not."""
    late = GROUP[2].format(measured=5).replace("2026-11-12", "2026-11-09 23:59")
    given = [late if "table assessment" in s else s.format(measured=5) for s in GROUP]
    (row,) = rows_of("436_group_figure", *given)
    assert row["measured_this_week"] == 0
    assert datetime(2026, 11, 16).isocalendar().weekday == 1
