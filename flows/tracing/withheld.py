"""Why a number is not shown on a page: itself small, or left out to protect another."""

from collections.abc import Iterator, Mapping, Sequence

from flows.explaining import Published
from flows.released import Place, released_before
from flows.settings import Settings
from flows.stations.shown_cells import LEAST
from flows.tracing.opened import sql_value
from flows.tracing.traced import Row
from flows.tracing.units import CELL, UNIT, same

NAMED = 5
"""How many of the small cells beside it are named. [D]"""


def why_withheld(
    published: Published, settings: Settings, table: str, shown: Row, source: Row
) -> tuple[str, ...]:
    """Sentences, of which the first names the rule; none for a number that is shown."""
    found: Iterator[str] = iter(())
    if table == "shown_indicator":
        found = _indicator(published, settings, shown, source)
    elif table == "shown_missing_outcome" and shown["is_withheld"]:
        found = _outcome(published, source)
    elif table == "shown_loop_audit":
        found = _loop(shown, source)
    elif table == "shown_file":
        found = _file(shown)
    return tuple(found)


def small_counts(counts: Mapping[str, float | None]) -> tuple[str, ...]:
    """Those of the named counts that are 1 to 4."""
    return tuple(n for n, count in counts.items() if count is not None and 0 < count < LEAST)


# ---------- an indicator


def _indicator(published: Published, settings: Settings, shown: Row, source: Row) -> Iterator[str]:
    if not shown["is_complete"]:
        yield "not shown on pages: the period can still change"
        return
    (told,) = published.rows(
        f"select * from indicator_definition where {same(source, ('indicator',))}"
    )
    if told["kind"] == "median" and shown["value"] is not None:
        yield "numerator and denominator are not shown on pages: a median is shown without them"
        return
    if not shown["is_withheld"]:
        return
    whole = shown["denominator"] is None
    what = "numerator, denominator and value are" if whole else "numerator and value are"
    yield f"not shown on pages: {what} left out, {_rule(settings, source, told['kind'])}"
    yield from _small_beside(published, source)


def _rule(settings: Settings, source: Row, kind: str) -> str:
    small = small_counts(_parts(source, kind))
    if small:
        return f"because a count is small (1 to {LEAST - 1}): {', '.join(small)}"
    if _changed_little(settings, source):
        return f"because an earlier run showed a number that differs by fewer than {LEAST}"
    return (
        "to protect another that is small: over units, periods, or indicators of the same people"
        " this one would give it away"
    )


def _parts(source: Row, kind: str) -> dict[str, float | None]:
    """The counts of a cell that may not be small; what is between the two only of a share."""
    n, of = source["numerator"], source["denominator"]
    rest = {"denominator - numerator": of - n} if kind == "share" and n is not None else {}
    return {"numerator": n, "denominator": of} | rest


def _changed_little(settings: Settings, source: Row) -> bool:
    """Whether an earlier run showed of this place a count that is nearly the one of now."""
    place = Place(*(source[name] for name in Place._fields))
    shown = released_before(settings.home, source["known_at"]).get(place, ())
    pairs = [(was.numerator, source["numerator"]) for was in shown]
    pairs += [(was.denominator, source["denominator"]) for was in shown]
    return any(
        was is not None and now is not None and 0 < abs(was - now) < LEAST for was, now in pairs
    )


def _small_beside(published: Published, source: Row) -> Iterator[str]:
    """Small cells of other units in that period, or of this unit in periods that share days."""
    quarter = f"date_trunc('quarter', {sql_value(source['period'])}::date)"
    found = published.rows(f"""
        select unit, period_kind, period from indicator
        where {same(source, ("indicator",))} and is_complete and not ({same(source, CELL)})
            and (numerator between 0.5 and {LEAST - 0.5}
                or denominator between 0.5 and {LEAST - 0.5}
                or denominator - numerator between 0.5 and {LEAST - 0.5})
            and (({same(source, ("period_kind", "period"))})
                or ({same(source, UNIT)} and date_trunc('quarter', period) = {quarter}))
        order by all limit {NAMED}
    """)
    if found:
        cells = (f"{row['unit']} {row['period_kind']} {row['period']}" for row in found)
        yield f"small ones of the same indicator beside it: {'; '.join(cells)}"


# ---------- other tables

_OUTCOME_COUNTS = ("episodes", "paired", "missing", "imputed", "not_imputed", "last_numerator")


def _outcome(published: Published, source: Row) -> Iterator[str]:
    small = small_counts({name: source[name] for name in _OUTCOME_COUNTS} | _between(source))
    if small:
        yield f"not shown on pages, because a count is small (1 to {LEAST - 1}): {', '.join(small)}"
        return
    told = published.rows(f"""
        select 1 as left_out from shown_indicator
        where {same(source, UNIT)} and period_kind = 'quarter'
            and period = {sql_value(source["quarter"])}
            and ({same(source, ("indicator",))} and numerator is null
                or indicator = 'response_rate' and denominator is null)
    """)
    if told:
        yield "not shown on pages, because the rate or the count of all who ended is left out there"
    else:
        yield "not shown on pages, to protect another unit of which a count is small"


def _between(source: Row) -> dict[str, float]:
    """What lies between two counts of a row, and is as telling as a count."""
    return {
        "episodes - paired": source["episodes"] - source["paired"],
        "bounds - last": source["bounds_denominator"] - source["last_denominator"],
        "last - paired": source["last_denominator"] - source["paired_denominator"],
        "last numerator - paired": abs(source["last_numerator"] - source["paired_numerator"]),
        "last not in it": source["last_denominator"] - source["last_numerator"],
    }


_PART_OF: Mapping[str, Sequence[str]] = {
    "seen": ("alerts",),
    "answered": ("alerts", "seen"),
    "answered_in_time": ("alerts", "answered"),
    "acted_on": ("alerts", "answered"),
    "answered_back": ("answered_known",),
    "answered_known": ("answered",),
}


def _loop(shown: Row, source: Row) -> Iterator[str]:
    hidden = [name for name, value in shown.items() if value is None and source[name] is not None]
    if not hidden:
        return
    small = small_counts({name: source[name] for name in hidden if not name.startswith("hours")})
    near = tuple(
        f"{whole} - {part}"
        for part, wholes in _PART_OF.items()
        for whole in wholes
        if part in hidden and 0 < source[whole] - source[part] < LEAST
    )
    if source["alerts"] < LEAST:
        why = f"because there are fewer than {LEAST} alerts"
    elif small or near:
        why = f"because a count is small (1 to {LEAST - 1}): {', '.join((*small, *near))}"
    else:
        why = "to protect another: what they rest on is left out, or small in another clinic"
    yield f"not shown on pages: {', '.join(hidden)}, {why}"


def _file(shown: Row) -> Iterator[str]:
    yield "on pages rejected is a band, since counts of files would give away those of weeks"
    if shown["records"] is None:
        yield f"not shown on pages: records, because they are fewer than {LEAST}"
