"""Every instrument file makes the scores that were made by hand."""

from decimal import Decimal

import pytest

from flows.instruments import load_instruments
from tests.instruments.hand_scored import (
    ITEMS,
    KINDS,
    PATTERNS,
    RANGES,
    REPORTED,
    SOURCES,
    WITHOUT_SCALE,
    Pattern,
)
from tests.instruments.scorer import Scored, scored

INSTRUMENTS = load_instruments()
SCALES = {(i.id, scale.id): scale for i in INSTRUMENTS.values() for scale in i.scale}


def score_of(pattern: Pattern) -> Scored:
    scale = SCALES[pattern.instrument, pattern.scale]
    return scored(INSTRUMENTS[pattern.instrument], scale, pattern.answers)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_the_score_is_the_one_made_by_hand(pattern: Pattern) -> None:
    found = score_of(pattern)

    assert found.score == (None if pattern.score is None else Decimal(str(pattern.score)))
    blank = set(pattern.blank) & set(SCALES[pattern.instrument, pattern.scale].items)
    assert found.prorated == (bool(blank) and pattern.score is not None)
    assert (found.reason is None) == (pattern.score is not None)


def test_every_scale_that_ships_was_scored_by_hand() -> None:
    by_hand = {(p.instrument, p.scale, p.kind) for p in PATTERNS}
    mapped = {key for key in SCALES if key not in REPORTED}

    assert {(*key, kind) for key in mapped for kind in KINDS} <= by_hand
    assert {(instrument, scale) for instrument, scale, _ in by_hand} == mapped
    assert sorted(i for i in INSTRUMENTS if not INSTRUMENTS[i].scale) == sorted(WITHOUT_SCALE)
    assert set(ITEMS) == set(INSTRUMENTS)
    assert set(SOURCES) == {instrument for instrument, _, _ in by_hand}


@pytest.mark.parametrize(("instrument", "scale"), REPORTED)
def test_a_scale_of_unknown_items_counts_only_as_reported(instrument: str, scale: str) -> None:
    told = SCALES[instrument, scale]

    assert (told.aggregation, told.items) == ("reported", ())
    assert (told.minimum, told.maximum) == REPORTED[instrument, scale]
    answers = dict.fromkeys(range(1, ITEMS[instrument] + 1), 1.0)
    assert scored(INSTRUMENTS[instrument], told, answers) == Scored(None, reason="no_answer")


@pytest.mark.parametrize("name", RANGES)
def test_how_many_items_and_their_range(name: str) -> None:
    instrument = INSTRUMENTS[name]

    ranges = {instrument.range_of(item) for item in range(1, instrument.items + 1)}
    assert (instrument.items, ranges) == (RANGES[name][0], {RANGES[name][1:]})


def test_an_answer_that_means_unknown_is_no_answer() -> None:
    """HoNOS 9: as if the item were blank, here 1 of 12; 4 / 11 x 12 = 4.363636."""
    honos = INSTRUMENTS["honos"]
    answers = dict.fromkeys(range(1, 13), 0.0) | {1: 9.0, 2: 4.0}

    assert scored(honos, honos.scale[0], answers) == Scored(Decimal("4.363636"), prorated=True)


def test_nothing_answered_is_no_score() -> None:
    for key, scale in SCALES.items():
        assert scored(INSTRUMENTS[key[0]], scale, {}) == Scored(None, reason="no_answer"), key
