"""Things counted one by one: each written down once, with what it adds to every number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flows.explaining import Published
from flows.landing.sql_text import identifier
from flows.station import Inputs
from flows.tracing.figures import Facts
from flows.tracing.steps import kept, make_again
from flows.tracing.traced import CountedRow, Row, Tally

COUNTED = "counted"
"""The things counted: row_no, their keys, and adds_NAME for each number."""


@dataclass(frozen=True)
class Number:
    """A published number: what each thing adds to it (SQL), and how it is made of them.

    `whole` is an aggregate over the things counted; where it is None, their sum.
    """

    name: str
    published: float | None
    each: str
    whole: str | None = None
    told: str = ""

    @property
    def adds(self) -> str:
        return identifier(f"adds_{self.name}")


def count(
    published: Published, inputs: Inputs, facts: Facts, where: str, numbers: Sequence[Number]
) -> tuple[Tally, ...]:
    """Write down in COUNTED what adds to any of the numbers, and add it up anew."""
    make_again(published, inputs, facts.reads)
    keys = ", ".join(facts.keys)
    adds = ", ".join(f"({number.each})::double as {number.adds}" for number in numbers)
    found = " or ".join(f"coalesce({number.adds}, 0) <> 0" for number in numbers)
    kept(
        published,
        COUNTED,
        f"""
        select row_number() over (order by {numbers[0].adds} desc nulls last, {keys}) as row_no, *
        from (select {keys}, {adds} from ({facts.select}) as fact where {where}) as each
        where {found}
        """,
    )
    return tuple(_tallies(published, numbers))


def _tallies(published: Published, numbers: Sequence[Number]) -> Iterator[Tally]:
    for number in numbers:
        whole = number.whole or f"coalesce(sum({number.adds}), 0)"
        (found,) = published.rows(
            f"select {whole} as found, count(*) filter (where {number.adds} <> 0) as n"
            f" from {COUNTED}"
        )
        is_number = found["found"] is not None
        yield Tally(
            number.name,
            _number(number.published),
            float(found["found"]) if is_number else None,
            found["n"],
            number.told,
        )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def how_many(published: Published) -> int:
    """How many things were counted."""
    (found,) = published.rows(f"select count(*) as n from {COUNTED}")
    return int(found["n"])


def counted_rows(
    published: Published, facts: Facts, limit: int | None
) -> tuple[tuple[int, Row, dict[str, float]], ...]:
    """Number, keys and what is added, of the first `limit` things (all when None)."""
    end = "" if limit is None else f"limit {limit}"
    found = published.rows(f"select * from {COUNTED} order by row_no {end}")
    return tuple(
        (
            row["row_no"],
            {key: row[key] for key in facts.keys},
            {
                name.removeprefix("adds_"): value
                for name, value in row.items()
                if name.startswith("adds_") and value
            },
        )
        for row in found
    )


def with_lines(
    rows: Sequence[tuple[int, Row, dict[str, float]]],
    lines: dict[int, dict[str, tuple[int, ...]]],
) -> tuple[CountedRow, ...]:
    """The things counted, each with its lines by file."""
    return tuple(CountedRow(keys, adds, lines.get(number, {})) for number, keys, adds in rows)


def half_reached(published: Published, value: str, reached: str) -> float | None:
    """The smallest value by which half have reached it (Kaplan & Meier 1958), in exact fractions.

    `value` and `reached` are columns of COUNTED. Whoever did not reach it is at risk until then.
    Of everybody that did this is the lower median. None where half never reach it.
    """
    found = published.rows(f"""
        select {value} as value, count(*) as n, count(*) filter (where {reached} > 0) as ended
        from {COUNTED} group by all order by value
    """)
    at_risk, left = sum(row["n"] for row in found), Fraction(1)
    for row in found:
        left *= 1 - Fraction(row["ended"], at_risk)
        at_risk -= row["n"]
        if left <= Fraction(1, 2):
            return float(row["value"])
    return None
