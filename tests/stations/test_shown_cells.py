"""Which indicators count the same people, and which figures of theirs go together."""

from datetime import date

import pytest

from flows.released import Counts, Place, Released
from flows.stations.count_family import Chain, Split, chains_of, splits_of
from flows.stations.shown_cells import (
    Atom,
    Decided,
    Series,
    Where,
    decide_denominators,
    decide_numerators,
)

MONTH = date(2026, 1, 1)
CLINICS = ("noord", "oost", "west")
SERVICE = Where("service", "service", "month", MONTH)


def clinic(name: str) -> Where:
    return Where("clinic", name, "month", MONTH)


def series(indicator: str, counts: dict[str, tuple[float, float]]) -> Series:
    """One month: by clinic the numerator and the denominator; a name `clinic/team` is of a team."""
    atoms = {
        name: Atom(name.partition("/")[0], name.partition("/")[2] or None, MONTH, None)
        for name in counts
    }
    teams = {Where("team", name, "month", MONTH) for name in counts if "/" in name}
    shown = {SERVICE, *(clinic(atom.clinic) for atom in atoms.values()), *teams}
    return Series(
        indicator,
        {atoms[name]: float(numerator) for name, (numerator, _) in counts.items()},
        {atoms[name]: float(denominator) for name, (_, denominator) in counts.items()},
        frozenset(shown),
        frozenset(),
    )


def cells_left_out(*links: Series, released: Released | None = None) -> set[tuple[str, str]]:
    decided = Decided()
    chain = Chain(tuple(link.indicator for link in links))
    decide_denominators(chain, {link.indicator: link for link in links}, released or {}, decided)
    return {(name, where.unit) for name, where in decided.cells}


def numerators_left_out(split: Split, *figures: Series) -> set[tuple[str, str]]:
    decided = Decided()
    decide_numerators(split, {each.indicator: each for each in figures}, {}, decided)
    return {(name, where.unit) for name, where in decided.numerators}


def shown(link: str, unit: str, *denominators: float | None) -> Released:
    """What runs showed of a clinic, one after the other."""
    place = Place("clinic" if unit in CLINICS else "service", unit, "month", MONTH, link)
    told = [Counts(None, count, run) for run, count in enumerate(denominators)]
    return {place: tuple(told)}


# ---------- chains of denominators


def test_what_is_in_one_denominator_and_not_in_the_next_is_looked_at_too() -> None:
    """20 ended and 18 of them were measured twice: two were not, which nobody may read."""
    ended = series("response_rate", {"noord": (0, 20), "oost": (0, 30), "west": (0, 40)})
    pairs = series("reliable_improvement", {"noord": (0, 18), "oost": (0, 20), "west": (0, 30)})

    found = cells_left_out(ended, pairs)

    assert {("response_rate", "noord"), ("reliable_improvement", "noord")} & found
    assert len({unit for _, unit in found}) > 1, "one left out alone follows from the service"


def test_denominators_that_are_the_same_are_left_out_together() -> None:
    ended = series("response_rate", {"noord": (0, 3), "oost": (0, 30), "west": (0, 40)})
    same = series("sbg_completer", {"noord": (0, 3), "oost": (0, 30), "west": (0, 40)})
    decided = Decided()

    decide_denominators(
        Chain(("response_rate",)),
        {"response_rate": ended, "sbg_completer": same},
        {},
        decided,
    )

    of = {name: {w.unit for n, w in decided.cells if n == name} for name, _ in decided.cells}
    assert of["response_rate"] == of["sbg_completer"] > {"noord"}


def test_a_clinic_with_two_in_no_team_does_not_tell_them_by_its_teams() -> None:
    """20 + 15 and 2 of no team are 37."""
    ended = series(
        "response_rate", {"noord/a": (0, 20), "noord/b": (0, 15), "noord": (0, 2), "oost": (0, 30)}
    )

    found = {unit for _, unit in cells_left_out(ended)}

    assert found & {"noord", "noord/a", "noord/b"}


def test_all_in_teams_are_all_shown() -> None:
    ended = series("response_rate", {"noord/a": (0, 20), "noord/b": (0, 15), "oost": (0, 30)})
    assert cells_left_out(ended) == set()


# ---------- what was shown before


def test_a_count_that_two_came_to_is_left_out() -> None:
    ended = series("response_rate", {"noord": (0, 22), "oost": (0, 30), "west": (0, 40)})

    found = cells_left_out(ended, released=shown("response_rate", "noord", 20))

    assert ("response_rate", "noord") in found
    assert len(found) > 1


@pytest.mark.parametrize("before", [22, 10])
def test_a_count_that_is_as_it_was_or_changed_by_many_is_shown(before: float) -> None:
    ended = series("response_rate", {"noord": (0, 22), "oost": (0, 30), "west": (0, 40)})
    assert cells_left_out(ended, released=shown("response_rate", "noord", before)) == set()


def test_who_came_since_is_not_told_by_those_to_whom_nobody_came() -> None:
    """The service grew by 5 and oost and west by none: noord, left out with 3 then, has 8 now."""
    ended = series("response_rate", {"noord": (0, 8), "oost": (0, 30), "west": (0, 40)})
    before = {
        **shown("response_rate", "service", 73),
        **shown("response_rate", "oost", None),
        **shown("response_rate", "west", 40),
    }

    found = {unit for _, unit in cells_left_out(ended, released=before)}

    # 33 then in noord and oost, 38 now: with 8 and 30 shown nobody knows how many there were.
    assert found == set()

    before |= shown("response_rate", "oost", 30)
    assert cells_left_out(ended, released=before) == set(), "it was told then: nothing can hide it"


# ---------- splits of a denominator


IMPROVED = Split(
    "reliable_improvement",
    ("better", "worse"),
    {"reliable_improvement": ("better",), "deterioration": ("worse",)},
)


def test_what_is_neither_better_nor_worse_is_looked_at_too() -> None:
    """Of 30, 20 and 8: two were the same."""
    better = series("reliable_improvement", {"noord": (20, 30), "oost": (20, 40), "west": (9, 30)})
    worse = series("deterioration", {"noord": (8, 30), "oost": (6, 40), "west": (9, 30)})

    found = numerators_left_out(IMPROVED, better, worse)

    assert {unit for _, unit in found} > {"noord"}


def test_a_rest_of_few_is_left_out_as_the_few_are() -> None:
    """28 of 30 got better: two did not."""
    alone = Split("reliable_improvement", ("better",), {"reliable_improvement": ("better",)})
    better = series("reliable_improvement", {"noord": (28, 30), "oost": (20, 40), "west": (9, 30)})

    found = {unit for _, unit in numerators_left_out(alone, better)}

    assert "noord" in found
    assert len(found) > 1


def test_figures_that_are_no_parts_of_one_another_are_looked_at_each_by_itself() -> None:
    """More recovered reliably than recovered: 10 of noord are in the one and not in the other."""
    split = Split(
        "recovery",
        ("reliably", "otherwise"),
        {"recovery": ("reliably", "otherwise"), "reliable_recovery": ("reliably",)},
    )
    recovery = series("recovery", {"noord": (10, 30), "oost": (20, 40), "west": (9, 30)})
    reliable = series("reliable_recovery", {"noord": (20, 30), "oost": (12, 40), "west": (9, 30)})

    assert numerators_left_out(split, recovery, reliable) == set()


# ---------- families


def test_chains_are_of_the_indicators_there_are() -> None:
    found = chains_of(["response_rate", "recovery", "deterioration", "follow_up"])
    assert [chain.links for chain in found] == [("response_rate", "recovery"), ("follow_up",)]


def test_splits_are_whole_or_each_by_itself() -> None:
    whole = splits_of(["reliable_improvement", "deterioration"])
    assert [split.parts for split in whole] == [("better", "worse")]
    [alone] = splits_of(["deterioration"])
    assert alone == Split(
        "reliable_improvement", ("deterioration",), {"deterioration": ("deterioration",)}
    )
