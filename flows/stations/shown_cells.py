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
from scipy.sparse import csr_array

from flows.released import Place, Released
from flows.stations.count_family import SAME_DENOMINATOR, Chain, Split
from flows.statistics.suppression import CountTable, is_small, withheld_cells

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST = 5
"""Fewer than so many are not shown: rule of this project (DESIGN) and of its field. [D]"""

MOST_SEARCHED = 2500
"""With more small cells than this, the shortest periods are left out as a whole. [D]"""

MISSED = {"service": 9.0, "clinic": 3.0, "team": 1.0}
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


def places_of(atom: Atom) -> Iterator[Where]:
    """Every unit and period that an atom is part of, but for years."""
    quarter = date(atom.month.year, 3 * ((atom.month.month - 1) // 3) + 1, 1)
    periods: list[tuple[str, Any]] = [("month", atom.month), ("quarter", quarter)]
    if atom.week is not None:
        periods += [("week", atom.week), ("days", (atom.week, atom.month))]
    for unit_kind, unit in units_of(atom):
        for period_kind, period in periods:
            yield Where(unit_kind, unit, period_kind, period)


def units_of(atom: Atom) -> Iterator[tuple[str, str]]:
    """The service, its clinic and its team, as `indicator` names them."""
    yield "service", "service"
    yield "clinic", atom.clinic
    if atom.team is not None:
        yield "team", f"{atom.clinic}/{atom.team}"


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
    is_sensitive |= grid.changed_little(released, of_denominators=True)
    known = (grid.named() & (grid.values == 0)) | grid.as_before(released, of_denominators=True)
    left_out = grid.searched(is_sensitive, known, np.full(len(grid), float(LEAST)))
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
    is_sensitive |= grid.is_hidden() | grid.changed_little(released, of_denominators=False)
    is_sensitive |= np.array([each in decided.cells for each in grid.names], dtype=bool)
    grid.every_total_is_known(totals)
    needed = np.minimum(float(LEAST), np.concatenate([whole, np.zeros(len(atoms))]))
    pad = np.zeros(len(atoms), dtype=bool)
    is_known = (whole == 0) | grid.as_before(released, of_denominators=False)
    known = np.concatenate([is_known, ~pad])
    left_out = grid.searched(np.concatenate([is_sensitive, pad]), known, needed)
    for (name, where), is_out in zip(grid.names, left_out, strict=False):
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


class _Grid:
    """Atoms by part, and cells that add up parts of atoms; a cell without a name is never shown."""

    def __init__(self, atoms: Sequence[Atom], parts: Sequence[Floats]) -> None:
        self.atoms = atoms
        self.parts = parts
        self.members: dict[Where, list[int]] = {}
        for number, atom in enumerate(atoms):
            for where in places_of(atom):
                self.members.setdefault(where, []).append(number)
        self.names: list[tuple[str | None, Where]] = []
        self.rows: list[NDArray[np.int64]] = []
        self.weights: list[float] = []
        self.hidden: list[bool] = []
        self.fixed: list[NDArray[np.int64]] = []

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, link: Series, places: Iterable[int], *, weight: float) -> None:
        """The cells of an indicator: the sum of some parts. Hidden ones are never shown."""
        for where in sorted(link.shown | link.hidden, key=str):
            is_hidden = where in link.hidden
            name = None if is_hidden else link.indicator
            found = self._of(where, link.shown)
            self._add(name, where, found, places, weight, is_hidden=is_hidden)

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
    ) -> None:
        columns = [place * len(self.atoms) + found for place in places]
        self.names.append((name, where))
        self.rows.append(np.concatenate(columns) if columns else found)
        missed = MISSED[where.unit_kind] * MISSED_PERIOD[where.period_kind]
        self.weights.append(weight * missed)
        self.hidden.append(is_hidden)

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

    def as_before(self, released: Released, *, of_denominators: bool) -> Flags:
        """Cells that were shown before as they are now."""
        place = 1 if of_denominators else 0
        return np.array(
            [
                any(value == each[place] for each in self._released(released, name, where))
                for value, (name, where) in zip(self.values, self.names, strict=True)
            ],
            dtype=bool,
        )

    def changed_little(self, released: Released, *, of_denominators: bool) -> Flags:
        """Cells that differ by less than LEAST from what was shown before, but do differ."""
        values = self.values
        place = 1 if of_denominators else 0
        found = []
        for value, (name, where) in zip(values, self.names, strict=True):
            counts = [each[place] for each in self._released(released, name, where)]
            changes = [abs(value - each) for each in counts if each is not None]
            found.append(any(0 < change < LEAST for change in changes) and 0 not in changes)
        return np.array(found, dtype=bool)

    @staticmethod
    def _released(
        released: Released, name: str | None, where: Where
    ) -> frozenset[tuple[float | None, float]]:
        if name is None or not isinstance(where.period, date):
            return frozenset()
        place = Place(where.unit_kind, where.unit, where.period_kind, where.period, name)
        return released.get(place, frozenset())

    # ----- what is left out

    def every_total_is_known(self, totals: Floats) -> None:
        """The parts of an atom add up to what a reader is taken to know."""
        many = len(self.atoms)
        for number in range(many):
            self.fixed.append(np.arange(len(self.parts)) * many + number)

    def searched(self, sensitive: Flags, known: Flags, needed: Floats) -> Flags:
        """Which cells to leave out; all of the shortest periods first where there are too many."""
        rows = [*self.rows, *self.fixed]
        columns = np.concatenate(rows) if rows else np.empty(0, dtype=np.int64)
        ends = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
        counts = np.concatenate(self.parts)
        sums = csr_array((np.ones(len(columns)), columns, ends), shape=(len(rows), len(counts)))
        quarters = np.array([4 * a.month.year + (a.month.month - 1) // 3 for a in self.atoms])
        table = CountTable(
            sums, counts, np.full(len(counts), np.inf), np.tile(quarters, len(self.parts))
        )
        forced = sensitive.copy()
        for period_kind in ("week", "month"):
            if int(sensitive.sum()) > MOST_SEARCHED:
                is_short = [w.period_kind in (period_kind, "days") for _, w in self.names]
                forced[: len(self.names)] |= is_short
                needed = np.where(self._padded(is_short, len(rows)), 0.0, needed)
                sensitive = sensitive & ~self._padded(is_short, len(rows))
        weights = np.array([*self.weights, *[1.0] * len(self.fixed)])
        never_shown = np.array([name is None for name, _ in self.names])
        # What is never shown needs no hiding, only a range where it must not be worked out.
        is_out = self._padded(never_shown, len(rows)) | forced
        return withheld_cells(
            table, is_out, known, np.where(sensitive | ~is_out, needed, 0.0), weights
        )

    @staticmethod
    def _padded(flags: Any, many: int) -> Flags:
        padded = np.zeros(many, dtype=bool)
        padded[: len(flags)] = flags
        return padded
