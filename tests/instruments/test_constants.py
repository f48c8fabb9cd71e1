"""The clinical numbers that ship, against a list typed in from the project's rules (B3)."""

import pytest

from flows.instruments import load_instruments

UNCHECKED = "primary source not checked"
NAMED = (
    "NHS Talking Therapies",
    "CORE System Trust",
    "Seggar, Lambert & Hansen 2002",
    "Miller & Duncan 2004",
    "Partners for Change Outcome Management System",
    "OpenFIT",
    "own choice of Op koers",
    "Op koers",
)

# items, item range, scale range, higher is better, reversed, missing allowed
SHAPES = {
    "phq-9": (9, (0, 3), (0, 27), -1, (), (0, "D")),
    "gad-7": (7, (0, 3), (0, 21), -1, (), (0, "D")),
    "bdi": (21, (0, 3), (0, 63), -1, (), (2, "D")),
    "core-10": (10, (0, 4), (0, 40), -1, (2, 3), (1, "V")),
    "ors": (4, (0, 10), (0, 40), 1, (), (0, "K")),
    "srs": (4, (0, 10), (0, 40), 1, (), (0, "K")),
}
THRESHOLDS = {
    ("phq-9", "cutoff"): (">=", 10, "V"),
    ("phq-9", "reliable_change"): (">=", 6, "K"),
    ("gad-7", "cutoff"): (">=", 8, "V"),
    ("gad-7", "reliable_change"): (">=", 4, "K"),
    ("bdi", "cutoff"): (">=", 14.29, "K"),
    ("bdi", "reliable_change"): (">=", 8.46, "K"),
    ("core-10", "cutoff"): (">=", 11, "V"),
    ("core-10", "reliable_change"): (">=", 6, "K"),
    ("ors", "cutoff"): ("<", 25, "V"),
    ("ors", "reliable_change"): (">=", 5, "K"),
    ("srs", "low_alliance"): ("<", 36, "V"),
}
UNROUNDED = {"phq-9": (5.20, 1.959964), "gad-7": (3.53, 1.959964), "bdi": (8.46, 1.959964)}
BANDS = {
    "phq-9": [(0, 4), (5, 9), (10, 14), (15, 19), (20, 27)],
    "gad-7": [(0, 4), (5, 9), (10, 14), (15, 21)],
    "bdi": [(0, 9), (10, 18), (19, 29), (30, 63)],
    "core-10": [(11, 14), (15, 19), (20, 24), (25, 40)],
    "ors": [],
    "srs": [],
}
RELIABILITY = {
    "phq-9": ["0.86-0.89", "0.84"],
    "gad-7": ["0.92", "0.83"],
    "bdi": ["0.86"],
    "core-10": ["0.90"],
    "ors": ["0.93", "0.66"],
    "srs": ["0.88", "0.64"],
}
CRITICAL = {"phq-9": (9, 1, "K"), "core-10": (6, 1, "V"), "bdi": (9, 1, "K")}


@pytest.mark.parametrize("name", SHAPES)
def test_items_range_direction_and_missing_rule(name: str) -> None:
    instrument = load_instruments()[name]
    (scale,) = instrument.scale

    assert scale.items == tuple(range(1, instrument.items + 1))
    assert (
        instrument.items,
        (instrument.item_minimum, instrument.item_maximum),
        (scale.minimum, scale.maximum),
        scale.sign,
        scale.reversed,
        (scale.missing.value, scale.missing.evidence),
    ) == SHAPES[name]


def test_thresholds_and_their_evidence() -> None:
    found = {
        (name, key): (constant.rule, constant.value, constant.evidence)
        for name, instrument in load_instruments().items()
        for key in ("cutoff", "reliable_change", "low_alliance")
        if (constant := getattr(instrument.scale[0], key)) is not None
    }

    assert found == THRESHOLDS


def test_points_before_rounding_and_their_interval() -> None:
    changes = {name: i.scale[0].reliable_change for name, i in load_instruments().items()}
    found = {name: (c.unrounded, c.z) for name, c in changes.items() if c and c.unrounded}

    assert found == UNROUNDED
    assert changes["core-10"] is not None
    assert changes["core-10"].z == 1.645


@pytest.mark.parametrize("name", SHAPES)
def test_bands_reliability_and_critical_items(name: str) -> None:
    instrument = load_instruments()[name]
    (scale,) = instrument.scale

    assert [(band.lowest, band.highest) for band in scale.band] == BANDS[name]
    assert [statement.value for statement in scale.published] == RELIABILITY[name]
    assert {statement.evidence for statement in scale.published} == {"K"}
    critical = [(c.item, c.threshold, c.evidence) for c in instrument.critical_item]
    assert critical == ([CRITICAL[name]] if name in CRITICAL else [])
    assert {c.domain for c in instrument.critical_item} <= {"self_harm"}


@pytest.mark.parametrize("name", SHAPES)
def test_a_source_is_named_or_said_not_to_have_been_checked(name: str) -> None:
    instrument = load_instruments()[name]
    (scale,) = instrument.scale
    constants = (scale.missing, scale.cutoff, scale.reliable_change, scale.low_alliance)
    sources = [constant.source for constant in constants if constant is not None]
    sources += [statement.source for statement in scale.published]
    sources += [band.source for band in scale.band]
    sources += [critical.source for critical in instrument.critical_item]
    sources += [instrument.item_source, scale.map_source]

    assert [s for s in sources if UNCHECKED not in s and not any(n in s for n in NAMED)] == []
