"""The counts behind indicators, as tables of which small cells are left out.

Atoms are counts of one clinic and team in the days that a week and a month share; cells are what is
published of them: units by weeks, months, quarters, and the year of the funnels.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from flows.released import Counts, Place, Released
from flows.stations.count_family import SAME_DENOMINATOR, Chain, Split
from flows.stations.shown_before import Revised, ShownBefore, State
from flows.statistics.suppression import CountTable, is_small, withheld_cells

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST = 5
"""Fewer than so many are not shown: rule of this project (DESIGN) and of its field. [D]"""

MOST_SEARCHED = 2500
"""With more small cells than this, the shortest periods are left out as a whole. [D]"""

REST = "rest"
"""The kind of unit of those in no team of a clinic that has teams: what its teams leave of it."""

MISSED = {"service": 9.0, "clinic": 3.0, "team": 1.0, REST: 1.0}
MISSED_PERIOD = {"year": 3.0, "quarter": 3.0, "month": 1.5, "week": 1.0, "days": 0.1}
"""How much a reader would miss a cell of that unit, of that period. [D]"""


class Where(NamedTuple):
    """Unit and period of a cell. `days` are those that a week and a month share."""

    unit_kind: str
    unit: str
    period_kind: str
    period: Any


class Atom(NamedTuple):
    """The finest that is counted; `week` is None where an indicator is counted by the month."""

    clinic: str
    team: str | None
    month: date
    week: date | None


@dataclass(frozen=True)
class Series:
    """An indicator: its counts by atom, and which of its cells are complete (others are not shown).

    `shown` are complete cells that the unit rule lets through; `hidden` those it does not.
    """

    indicator: str
    numerators: Mapping[Atom, float]
    denominators: Mapping[Atom, float]
    shown: frozenset[Where]
    hidden: frozenset[Where]
    is_share: bool = True


@dataclass(frozen=True)
class Decided:
    """Which cells of an indicator are left out: the whole cell, or its numerator and value."""

    cells: set[tuple[str, Where]] = field(default_factory=set)
    numerators: set[tuple[str, Where]] = field(default_factory=set)


def places_of(atom: Atom, *, is_rest: bool = False) -> Iterator[Where]:
    """Every unit and period that an atom is part of, but for years."""
    quarter = date(atom.month.year, 3 * ((atom.month.month - 1) // 3) + 1, 1)
    periods: list[tuple[str, Any]] = [("month", atom.month), ("quarter", quarter)]
    if atom.week is not None:
        periods += [("week", atom.week), ("days", (atom.week, atom.month))]
    for unit_kind, unit in units_of(atom, is_rest=is_rest):
        for period_kind, period in periods:
            yield Where(unit_kind, unit, period_kind, period)


def units_of(atom: Atom, *, is_rest: bool = False) -> Iterator[tuple[str, str]]:
    """The service, its clinic and its team, as `indicator` names them; or what teams leave."""
    yield "service", "service"
    yield "clinic", atom.clinic
    if atom.team is not None:
        yield "team", f"{atom.clinic}/{atom.team}"
    elif is_rest:
        yield REST, atom.clinic


# ---------- denominators


def decide_denominators(
    chain: Chain, series: Mapping[str, Series], released: Released, decided: Decided
) -> None:
    """Add the cells whose denominators are left out, of every indicator that has them."""
    links = [series[link] for link in chain.links]
    atoms = sorted({a for link in links for a in link.denominators}, key=_in_order)
    counts = [np.array([link.denominators.get(a, 0.0) for a in atoms]) for link in links]
    parts = [a - b for a, b in zip(counts, [*counts[1:], np.zeros(len(atoms))], strict=True)]
    grid = _Grid(atoms, [np.maximum(part, 0.0) for part in parts])
    every = range(len(links))
    for place, link in enumerate(links):
        grid.add(link, tuple(every[place:]), weight=1.0 + place)
        grid.add_alone(place, [link, *links[place + 1 : place + 2]])
    is_sensitive = is_small(grid.values, LEAST) | grid.is_hidden()
    for link in links:
        if not link.is_share:
            is_sensitive |= grid.where_small(link.indicator, link)
    before = grid.shown_before(released)
    is_sensitive |= before.changed_little(grid.values, _denominator)
    known = (grid.named() & (grid.values == 0)) | before.is_same(grid.values, _denominator)
    states = before.states(grid.values, _denominator)
    left_out = grid.searched(is_sensitive, known, np.full(len(grid), float(LEAST)), states)
    same = {each: [each] for each in chain.links}
    for other, first in SAME_DENOMINATOR.items():
        if first in same and other in series:
            same[first].append(other)
    for (name, where), is_out in zip(grid.names, left_out, strict=True):
        if is_out and name is not None:
            decided.cells.update((each, where) for each in same[name])


# ---------- numerators


def decide_numerators(
    split: Split, series: Mapping[str, Series], released: Released, decided: Decided
) -> None:
    """Add the cells whose numerators are left out. A reader is taken to know every denominator."""
    first = series[next(iter(split.figures))]
    atoms = sorted(first.denominators, key=_in_order)
    totals = np.array([first.denominators[a] for a in atoms])
    parts = _parts(split, series, atoms, totals)
    if parts is None:  # one is not part of the other after all: each by itself
        for figure in split.figures:
            alone = Split(split.of, (figure,), {figure: (figure,)})
            decide_numerators(alone, series, released, decided)
        return
    grid = _Grid(atoms, [*parts, totals - sum(parts)])
    numbers = {part: n for n, part in enumerate(split.parts)}
    for figure, members in split.figures.items():
        grid.add(series[figure], tuple(numbers[each] for each in members), weight=1.0)
    for place in range(len(parts) + 1):
        grid.add_alone(place, [series[figure] for figure in split.figures])
    whole = grid.totals(totals)
    is_sensitive = is_small(grid.values, LEAST) | is_small(whole - grid.values, LEAST)
    before = grid.shown_before(released)
    is_sensitive |= grid.is_hidden() | before.changed_little(grid.values, _numerator)
    is_sensitive |= before.changed_little(whole - grid.values, _rest)
    is_sensitive |= np.array([each in decided.cells for each in grid.names], dtype=bool)
    grid.every_total_is_known(totals)
    known = (whole == 0) | before.is_same(grid.values, _numerator)
    states = before.states(grid.values, _numerator, whole)
    left_out = grid.searched(is_sensitive, known, np.minimum(float(LEAST), whole), states)
    for (name, where), is_out in zip(grid.names, left_out, strict=True):
        if is_out and name is not None:
            decided.numerators.add((name, where))


def _parts(
    split: Split, series: Mapping[str, Series], atoms: Sequence[Atom], totals: Floats
) -> list[Floats] | None:
    """The count of each part; None where the figures are not made of them."""
    counted = {
        figure: np.array([series[figure].numerators.get(a, 0.0) for a in atoms])
        for figure in split.figures
    }
    known: dict[str, Floats] = {}
    for figure in sorted(split.figures, key=lambda each: len(split.figures[each])):
        lacking = [part for part in split.figures[figure] if part not in known]
        rest = counted[figure] - sum(known.get(p, 0.0) for p in split.figures[figure])
        for part in lacking[:1]:
            known[part] = np.asarray(rest, dtype=np.float64)
    parts = [known[part] for part in split.parts]
    is_whole = all((part >= -1e-9).all() for part in [*parts, totals - sum(parts)])
    return parts if is_whole else None


def _in_order(atom: Atom) -> tuple[str, str, date, date]:
    return atom.clinic, atom.team or "", atom.month, atom.week or date.min


def _months_later(day: date, months: int) -> date:
    """The first day of a month, so many months on."""
    whole = 12 * day.year + day.month - 1 + months
    return date(whole // 12, whole % 12 + 1, 1)


def _denominator(counts: Counts) -> float | None:
    return counts.denominator


def _numerator(counts: Counts) -> float | None:
    return counts.numerator


def _rest(counts: Counts) -> float | None:
    """Those of the denominator that are not in the numerator."""
    if counts.numerator is None or counts.denominator is None:
        return None
    return counts.denominator - counts.numerator


class _Grid:
    """Atoms by part, and cells that add up parts of atoms; a cell without a name is never shown."""

    def __init__(self, atoms: Sequence[Atom], parts: Sequence[Floats]) -> None:
        self.atoms = atoms
        self.parts = parts
        self.members: dict[Where, list[int]] = {}
        with_teams = {atom.clinic for atom in atoms if atom.team is not None}
        for number, atom in enumerate(atoms):
            is_rest = atom.team is None and atom.clinic in with_teams
            for where in places_of(atom, is_rest=is_rest):
                self.members.setdefault(where, []).append(number)
        self.names: list[tuple[str | None, Where]] = []
        self.rows: list[NDArray[np.int64]] = []
        self.weights: list[float] = []
        self.hidden: list[bool] = []
        self.told: list[str] = []
        self.places: list[Where] = []
        self.fixed: list[NDArray[np.int64]] = []

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, link: Series, places: Iterable[int], *, weight: float) -> None:
        """The cells of an indicator: the sum of some parts. Hidden ones are never shown."""
        for where in sorted(link.shown | link.hidden, key=str):
            is_hidden = where in link.hidden
            name = None if is_hidden else link.indicator
            found = self._of(where, link.shown)
            told = link.indicator
            self._add(name, where, found, places, weight, is_hidden=is_hidden, told=told)
        for where in self._rests(link.shown):
            self._add(None, where, self._of(where, link.shown), places, weight)

    def _rests(self, shown: frozenset[Where]) -> list[Where]:
        """Those of no team, in clinics that have some: what its teams leave of the clinic."""
        found = [where for where in self.members if where.unit_kind == REST]
        return [where for where in found if where._replace(unit_kind="clinic") in shown]

    def add_alone(self, place: int, links: Sequence[Series]) -> None:
        """One part by itself where it can be read as a difference; it is never shown.

        The days that a week and a month share can be read wherever both are shown.
        """
        shared = frozenset.intersection(*(link.shown for link in links))
        split_weeks = self._split_weeks(links[0].shown)
        for where in sorted(shared | split_weeks, key=str):
            self._add(None, where, self._of(where, shared), (place,), 1.0)

    def _split_weeks(self, shown: frozenset[Where]) -> frozenset[Where]:
        weeks = {(w.unit_kind, w.unit, w.period) for w in shown if w.period_kind == "week"}
        months: dict[date, set[date]] = {}
        for atom in self.atoms:
            if atom.week is not None:
                months.setdefault(atom.week, set()).add(atom.month)
        return frozenset(
            where
            for where in self.members
            if where.period_kind == "days"
            and len(months[where.period[0]]) > 1
            and (where.unit_kind, where.unit, where.period[0]) in weeks
        )

    def _add(
        self,
        name: str | None,
        where: Where,
        found: NDArray[np.int64],
        places: Iterable[int],
        weight: float,
        *,
        is_hidden: bool = False,
        told: str = "",
    ) -> None:
        columns = [place * len(self.atoms) + found for place in places]
        self.names.append((name, where))
        self.rows.append(np.concatenate(columns) if columns else found)
        missed = MISSED[where.unit_kind] * MISSED_PERIOD[where.period_kind]
        self.weights.append(weight * missed)
        self.hidden.append(is_hidden)
        self.told.append(told)
        self.places.append(where)

    def _of(self, where: Where, shown: frozenset[Where]) -> NDArray[np.int64]:
        """The atoms of a unit and period; a year is the quarters of it that are shown."""
        if where.period_kind != "year":
            return np.array(self.members.get(where, []), dtype=np.int64)
        starts = [_months_later(where.period, months) for months in (0, 3, 6, 9)]
        quarters = [where._replace(period_kind="quarter", period=each) for each in starts]
        found = [self.members.get(each, []) for each in quarters if each in shown]
        return np.array([n for each in found for n in each], dtype=np.int64)

    # ----- what is known of the cells

    @property
    def values(self) -> Floats:
        """The count of each cell."""
        counts = np.concatenate(self.parts)
        return np.array([counts[row].sum() for row in self.rows])

    def totals(self, totals: Floats) -> Floats:
        """The denominator of each cell."""
        return np.array([totals[np.unique(row % len(self.atoms))].sum() for row in self.rows])

    def is_hidden(self) -> Flags:
        """Cells that the unit rule hides, where anybody was counted."""
        return np.array(self.hidden, dtype=bool) & (self.values > 0)

    def where_small(self, name: str, link: Series) -> Flags:
        """Cells of an indicator whose numerator, a count, is small."""
        found = []
        for (shown, _), row in zip(self.names, self.rows, strict=True):
            atoms = [self.atoms[n] for n in np.unique(row % len(self.atoms))]
            count = sum(link.numerators.get(atom, 0.0) for atom in atoms)
            found.append(shown == name and float(count).is_integer() and 0 < count < LEAST)
        return np.array(found, dtype=bool)

    def named(self) -> Flags:
        """Cells that are shown unless they are left out."""
        return np.array([name is not None for name, _ in self.names], dtype=bool)

    def shown_before(self, released: Released) -> ShownBefore:
        """What earlier runs showed of each cell."""
        found: dict[int, tuple[Counts, ...]] = {}
        for number, (name, where) in enumerate(zip(self.told, self.places, strict=True)):
            if released and isinstance(where.period, date):
                place = Place(where.unit_kind, where.unit, where.period_kind, where.period, name)
                if counts := released.get(place):
                    found[number] = counts
        periods = [(where.period_kind, where.period) for where in self.places]
        return ShownBefore(len(self), found, periods)

    # ----- what is left out

    def every_total_is_known(self, totals: Floats) -> None:
        """The parts of an atom add up to what a reader is taken to know."""
        many = len(self.atoms)
        for number in range(many):
            self.fixed.append(np.arange(len(self.parts)) * many + number)

    def searched(
        self, sensitive: Flags, known: Flags, needed: Floats, states: Sequence[State]
    ) -> Flags:
        """Which cells to leave out; all of the shortest periods first where there are too many."""
        forced = sensitive.copy()
        for period_kind in ("week", "month"):
            if int(sensitive.sum()) > MOST_SEARCHED:
                is_short = np.array([w.period_kind in (period_kind, "days") for w in self.places])
                forced |= is_short
                sensitive = sensitive & ~is_short
        never_shown = ~self.named()
        # What is never shown needs no hiding, only a range where it must not be worked out.
        is_out = never_shown | forced
        needed = np.where(sensitive | ~is_out, needed, 0.0)
        revised = Revised.of(self.rows, self.fixed, self.parts, states)
        weights = np.concatenate([self.weights, np.ones(revised.more)])
        left_out = withheld_cells(
            CountTable(
                revised.sums,
                revised.counts,
                np.full(len(revised.counts), np.inf),
                self._of_atoms([4 * a.month.year + (a.month.month - 1) // 3 for a in self.atoms])[
                    revised.columns
                ],
                self._of_atoms(_numbers([a.clinic for a in self.atoms]))[revised.columns],
            ),
            np.concatenate([is_out, revised.asked]),
            np.concatenate([known, revised.known]),
            np.concatenate([needed, revised.needed(LEAST)]),
            weights,
        )
        return left_out[: len(self)]

    def _of_atoms(self, numbers: Sequence[int]) -> NDArray[np.int64]:
        """A number of each atom, for each of its parts."""
        return np.tile(np.array(numbers, dtype=np.int64), len(self.parts))


def _numbers(names: Sequence[str]) -> list[int]:
    """Each name as a number."""
    places = {name: number for number, name in enumerate(sorted(set(names)))}
    return [places[name] for name in names]
