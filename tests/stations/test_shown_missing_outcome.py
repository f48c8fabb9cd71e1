"""494: outcomes that are missing, shown only where nobody can work out a small count from them."""

from typing import Any

import duckdb
import pytest

from flows.station import SQL_FOLDER

QUARTER = "2026-01-01"
Row = tuple[str, str | None, str | None, int, int]
"""Kind of unit, clinic, team, episodes and those of them that are paired."""

WHOLE: tuple[Row, ...] = (
    ("service", None, None, 100, 70),
    ("clinic", "noord", None, 60, 40),
    ("clinic", "zuid", None, 40, 30),
)
TEAMS: tuple[Row, ...] = (("team", "noord", "a", 30, 20), ("team", "noord", "b", 30, 20))


def shown(*rows: Row, left_out: str = "") -> set[str]:
    """The units of which anything is told; the count of those who ended is left out of one."""
    with duckdb.connect() as connection:
        for each in (_missing_outcome(rows), *_shown_indicator(rows, left_out)):
            connection.execute(each)
        station = (SQL_FOLDER / "494_shown_missing_outcome.sql").read_text("utf-8")
        found: list[Any] = connection.execute(
            f"select unit, is_withheld, episodes from ({station})"
        ).fetchall()
    assert all(is_withheld == (episodes is None) for _, is_withheld, episodes in found)
    return {unit for unit, is_withheld, _ in found if not is_withheld}


def unit(row: Row) -> str:
    return "/".join(name for name in row[1:3] if name) or "service"


def _missing_outcome(rows: tuple[Row, ...]) -> str:
    """All of those not paired were imputed; 40 % of the paired were better, and as many at last."""
    told = [
        f"('{row[0]}', '{unit(row)}', {_text(row[1])}, {_text(row[2])}, {row[3]}, {row[4]},"
        f" {row[3] - row[4]}, {row[3] - row[4]}, {row[4] * 4 // 10}, {row[4]})"
        for row in rows
    ]
    return f"""
        create table missing_outcome as
        select *, date '{QUARTER}' as quarter, 'reliable_improvement' as indicator,
            'higher' as better, 0 as not_imputed, paired_denominator as last_denominator,
            paired_numerator as last_numerator, paired_denominator as bounds_denominator,
            0.4 as paired_value, 0.4 as last_value, 0.3 as lowest_value, 0.6 as highest_value,
            0.4 as imputed_value, 0.3 as imputed_lower, 0.5 as imputed_upper
        from (values {", ".join(told)}) as told (unit_kind, unit, clinic_id, team_id, episodes,
            paired, missing, imputed, paired_numerator, paired_denominator)
    """


def _text(name: str | None) -> str:
    return "null" if name is None else f"'{name}'"


def _shown_indicator(rows: tuple[Row, ...], left_out: str) -> list[str]:
    """The rate of each unit, and how many ended."""
    told = [_figure(row, "reliable_improvement", f"{row[3]}, {row[4]}") for row in rows]
    ended = {unit(row): f"{row[3]}, {row[4]}" for row in rows} | {left_out: "null, null"}
    told += [_figure(row, "response_rate", ended[unit(row)]) for row in rows]
    columns = "unit_kind, unit, indicator, denominator, numerator, period_kind, period, is_complete"
    return [f"create table shown_indicator as from (values {', '.join(told)}) as t ({columns})"]


def _figure(row: Row, indicator: str, counts: str) -> str:
    return (
        f"('{row[0]}', '{unit(row)}', '{indicator}', {counts}, 'quarter', date '{QUARTER}', true)"
    )


def test_units_that_add_up_are_all_shown() -> None:
    assert shown(*WHOLE, *TEAMS) == {"service", "noord", "zuid", "noord/a", "noord/b"}


def test_a_clinic_too_small_to_be_there_is_not_told_by_the_others() -> None:
    """60 and 30 of 100: ten in a clinic that the unit rule leaves out."""
    rows = (*WHOLE[:2], ("clinic", "zuid", None, 30, 25))
    assert shown(*rows) == {"service"}


def test_those_of_no_team_are_not_told_by_the_teams() -> None:
    rows = (*WHOLE, TEAMS[0], ("team", "noord", "b", 28, 20))
    assert shown(*rows) == {"service", "noord", "zuid"}


@pytest.mark.parametrize("name", ["noord", "zuid"])
def test_where_the_count_of_who_ended_is_left_out_of_a_clinic_none_is_told(name: str) -> None:
    assert shown(*WHOLE, left_out=name) == {"service"}
