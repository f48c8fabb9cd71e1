"""When a record was measured: a date, days since a start, session numbers, or nothing at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from flows.landing.guess import names
from flows.landing.guess.columns import Column, Sample
from flows.landing.guess.dates import DateStyle, find_style
from flows.landing.guess.naming import find_courses
from flows.landing.guess.occasions import DAYS_IN_MONTH, DAYS_IN_WEEK, number_labels
from flows.landing.guess.roles import People, is_bookkeeping, named
from flows.landing.source import FormatName, FromColumn, Moment

# A Monday long enough ago that nothing counted from it lies ahead.
ARTIFICIAL = date(2020, 1, 6)
MOST_SESSIONS = 60
LEAST_DATED = 0.9
MOST_LABELS = 30
WEEKS = {"week", "weeks", "weeknr", "weken", "wk"}
MONTHS = {"month", "months", "maand", "maanden", "mnd"}


@dataclass(frozen=True)
class Timing:
    """How records are dated. Of several `moments` a person must choose one.

    `columns` are those that it is taken from.
    """

    moments: tuple[Moment, ...]
    session_no: FromColumn | None
    seen: str
    doubts: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        told = [*(moment.column for moment in self.moments)]
        told.append(self.session_no.column if self.session_no else None)
        return frozenset(column for column in told if column is not None)

    def with_doubt(self, doubt: str) -> "Timing":
        """The same with one more doubt."""
        return replace(self, doubts=(*self.doubts, doubt))


def find_timing(
    sample: Sample, people: People, format_name: FormatName, answers: Sequence[Column]
) -> Timing:
    """When the records were measured; `answers` are what was measured then."""
    taken = people.columns | {column.name for column in answers}
    free = [column for column in sample.columns if column.name not in taken]
    dated = _date_column(free, format_name)
    if dated is not None and _is_dated(dated[0], answers):
        session = _session(free, people, with_labels=False)
        return _dated(*dated, session)
    if dated is not None and people.has_repeats:
        session = _session(free, people, with_labels=True)
        if session is not None:
            return _sessions_since(session)
    if dated is not None:
        return _dated(*dated, None).with_doubt(
            f"'{dated[0].name}' is empty in some records with answers, which will be refused"
        )
    if not people.has_repeats:
        return _without(people)
    days = named(free, names.DAYS, _is_days(people))
    if days is not None:
        rest = [column for column in free if column is not days]
        return _days_since(days, _session(rest, people, with_labels=False))
    session = _session(free, people, with_labels=True)
    return _sessions_since(session) if session is not None else _without(people)


# ---------- dates


def _is_dated(column: Column, answers: Sequence[Column]) -> bool:
    """Whether nearly all records with an answer have a date in this column."""
    places = {p for each in answers for p, text in enumerate(each.texts) if text is not None}
    dated = sum(column.texts[place] is not None for place in places)
    return dated >= LEAST_DATED * len(places)


def find_course_timing(sample: Sample, labels: Mapping[str, int], days: int | None) -> Timing:
    """When the moments were that one line holds: dates in columns of their own, or none.

    `labels` are session numbers by moment, `days` lie between two of them where that is known.
    """
    columns = [column for column in sample.columns if find_style(column) is not None]
    for group in find_courses(columns):
        style = find_style(Column("", 0, tuple(t for c in group.all_columns for t in c.texts)))
        if set(labels) <= set(group.occasions) and style is not None:
            template = next(iter(group.templates.values()))
            return _dated(Column(template, 0, ()), style, 0, None)
    moment = Moment(sessions_since=ARTIFICIAL, days_per_session=days or DAYS_IN_WEEK)
    doubt = (
        "one line holds several moments without dates: dates are made from their numbers,"
        f" {moment.days_per_session} days apart, counted from an artificial day ({ARTIFICIAL})"
    )
    return Timing((moment,), None, "several moments stand in one line", (doubt,))


def _date_column(
    free: Sequence[Column], format_name: FormatName
) -> tuple[Column, DateStyle, int] | None:
    """The column with the likeliest date of measuring, its style, and how many others there are."""
    styles = {column.name: style for column in free if (style := find_style(column)) is not None}
    found = [column for column in free if column.name in styles]
    chosen = named(found, names.MEASURED_AT, lambda column: column.filled > 0)
    told = [c for c in found if not set(names.words(c.name)) & names.OTHER_DATES]
    told = [c for c in told if not is_bookkeeping(c.name, format_name) or c is chosen]
    if chosen is None and told:
        chosen = max(told, key=lambda column: column.filled)
    return None if chosen is None else (chosen, styles[chosen.name], len(told) - 1)


def _dated(column: Column, style: DateStyle, others: int, session: FromColumn | None) -> Timing:
    moments = tuple(Moment(column=column.name, format=written) for written in style.formats)
    doubts = []
    if not style.is_sure:
        doubts.append(
            f"in '{column.name}' no day is above 12, so that day and month look alike: take the"
            " comment sign off the right one of two lines"
        )
    if others > 0:
        doubts.append(
            f"'{column.name}' is taken as the day of measuring; {others} other"
            f" {'column holds' if others == 1 else 'columns hold'} dates as well"
        )
    return Timing(moments, session, "dates stand in this column", tuple(doubts))


# ---------- days and sessions


def _is_days(people: People) -> Callable[[Column], bool]:
    def is_days(column: Column) -> bool:
        """Numbers that go up while a patient is followed, further than sessions would."""
        if not column.is_numeric or not varies_within(column, people):
            return False
        is_vague = column.name.lower() in ("time", "tijd")
        return not is_vague or column.highest > MOST_SESSIONS

    return is_days


def _days_since(column: Column, session: FromColumn | None) -> Timing:
    moment = Moment(column=column.name, days_since=ARTIFICIAL)
    doubt = (
        f"'{column.name}' is read as a number of days; the day from which they count is artificial"
        f" ({ARTIFICIAL}), so that dates are right only as distances"
    )
    return Timing((moment,), session, "numbers that grow as a patient is followed", (doubt,))


def _session(free: Sequence[Column], people: People, *, with_labels: bool) -> FromColumn | None:
    """The column with the number of the session, or with names of moments."""

    def is_fit(column: Column) -> bool:
        if not varies_within(column, people):
            return False
        if column.is_whole and column.filled == len(column.present):
            return column.lowest >= 0 and column.highest <= MOST_SESSIONS * DAYS_IN_WEEK
        return with_labels and not column.is_numeric and len(column.distinct) <= MOST_LABELS

    column = named(free, names.SESSION, is_fit)
    if column is None:
        return None
    if column.is_whole:
        return FromColumn(column=column.name)
    return FromColumn(column=column.name, values=number_labels(_in_order(column)))


def _in_order(column: Column) -> tuple[str, ...]:
    """Different texts as they first occur."""
    return tuple(dict.fromkeys(text for text in column.texts if text is not None))


def _sessions_since(session: FromColumn) -> Timing:
    name = session.column or ""
    days, is_told = days_per_step(name)
    moment = Moment(sessions_since=ARTIFICIAL, days_per_session=days)
    doubts = [
        f"there are no dates: '{name}' is read as the number of the session, and dates are made"
        f" from it, {days} days apart, counted from an artificial day ({ARTIFICIAL})"
    ]
    if session.values:
        doubts.append(f"the moments named in '{name}' are numbered in the order of the file")
    elif not is_told:
        doubts.append(f"how many days lie between two numbers of '{name}' is not known")
    return Timing((moment,), session, "numbers or names of moments", tuple(doubts))


def days_per_step(name: str) -> tuple[int, bool]:
    """How many days a step of 1 stands for, and whether the name tells."""
    told = set(names.words(name))
    if told & MONTHS:
        return DAYS_IN_MONTH, True
    return DAYS_IN_WEEK, bool(told & WEEKS)


# ---------- neither


def _without(people: People) -> Timing:
    doubts = [
        f"no column tells when this was filled in: {ARTIFICIAL} stands in for the whole file;"
        " write the right day"
    ]
    if people.has_repeats:
        doubts.append(
            "some patients have several records without a date: on one day they contradict each"
            " other, and the later line wins"
        )
    return Timing((Moment(value=ARTIFICIAL),), None, "no column holds dates", tuple(doubts))


def varies_within(column: Column, people: People) -> bool:
    """Whether a column tells different things of one patient, for a good part of them."""
    several = [places for places in people.records_of_each if len(places) > 1]
    varying = sum(1 for places in several if _differ(column, places))
    return 10 * varying >= max(1, len(several))


def _differ(column: Column, places: Sequence[int]) -> bool:
    return len({column.texts[place] for place in places} - {None}) > 1
