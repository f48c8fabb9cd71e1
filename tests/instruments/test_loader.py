"""Instrument files: what the loader refuses, and who wins between shipped and home."""

from decimal import Decimal
from pathlib import Path

import pytest

from flows.instruments import InstrumentError, load_instruments
from flows.instruments.loader import SHIPPED, find_instrument, item_of
from tests.instruments.scorer import scored

SHIPPED_IDS = [
    "bdi", "bdi-ii", "bsi", "bsi-18", "core-10", "core-5", "core-om", "cors", "das", "gad-7",
    "gcq-s", "gq", "gsrs", "ham-d", "honos", "i-roc", "k10", "mhc-sf", "oq-45", "ors",
    "ors-adolescent", "ors-carer", "pcl-5", "phq-9", "sq-48", "srs", "wai-sr", "wav-12", "who-5",
    "wsas",
]  # fmt: skip

MOOD = """
id = "mood"
name = "Mood list"
short_name = "MOOD"
version = "3 items"
measures = "symptoms"
rater = "self"
respondent = "patient"
licence = "free"
items = 3
item_minimum = 0
item_maximum = 4
item_source = "made up for a test"
item_evidence = "D"

[[scale]]
id = "total"
items = [1, 2, 3]
reversed = [2]
aggregation = "mean"
multiplier = 10
direction = "lower_is_better"
minimum = 0
maximum = 40
map_source = "made up for a test"
map_evidence = "D"

[scale.missing]
value = 1
source = "made up for a test"
population = "nobody"
evidence = "D"

[scale.cutoff]
value = 11
rule = ">="
source = "made up for a test"
population = "nobody"
evidence = "D"

[scale.reliable_change]
value = 6
rule = ">="
unrounded = 5.2
z = 1.959964
source = "made up for a test"
population = "nobody"
evidence = "D"

[[scale.band]]
label = "mild"
lowest = 11
highest = 20
source = "made up for a test"
population = "nobody"
evidence = "D"

[[scale.band]]
label = "severe"
lowest = 21
highest = 40
source = "made up for a test"
population = "nobody"
evidence = "D"

[[critical_item]]
item = 3
domain = "self_harm"
threshold = 1
source = "made up for a test"
population = "nobody"
evidence = "D"
"""


SOURCED = """value = 5
source = "made up for a test"
population = "nobody"
evidence = "D"
"""
ITEM_RANGE = """[[item_range]]
items = {items}
minimum = 0
maximum = 2
source = "made up for a test"
evidence = "D"
"""
NORM_OF_SCALE = f"""[[norm]]
id = "nl"
population = "nobody"
default = true
[[scale.norm]]
id = "nl"
[scale.norm.reference_mean]
{SOURCED}"""
OTHER_SD = "[scale.norm.reference_sd]\n" + SOURCED.replace("nobody", "somebody")
MISSING_RULE = """[scale.missing]
value = 1
source = "made up for a test"
population = "nobody"
evidence = "D"
"""


def write(folder: Path, text: str, name: str = "mood") -> Path:
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def test_every_shipped_file_loads() -> None:
    loaded = load_instruments()

    assert sorted(loaded) == SHIPPED_IDS == sorted(file.stem for file in SHIPPED.glob("*.toml"))
    assert {instrument.origin for instrument in loaded.values()} == {"shipped"}


def test_an_instrument_of_the_home_is_added(tmp_path: Path) -> None:
    mood = load_instruments(write(tmp_path, MOOD))["mood"]

    (scale,) = mood.scale
    assert mood.origin == "home"
    assert (scale.sign, scale.items, scale.reversed) == (-1, (1, 2, 3), (2,))
    assert scale.reliable_change is not None
    assert (scale.reliable_change.unrounded, scale.reliable_change.z) == (5.2, 1.959964)


def test_an_instrument_of_the_home_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    shipped = (SHIPPED / "phq-9.toml").read_text(encoding="utf-8")
    write(tmp_path, shipped.replace("value = 6\n", "value = 7\n"), "phq-9")

    loaded = load_instruments(tmp_path)

    change = loaded["phq-9"].scale[0].reliable_change
    assert (loaded["phq-9"].origin, loaded["gad-7"].origin) == ("home", "shipped")
    assert change is not None
    assert change.value == 7
    assert sorted(loaded) == SHIPPED_IDS


def test_a_home_without_instruments_has_the_shipped_ones(tmp_path: Path) -> None:
    assert sorted(load_instruments(tmp_path / "instruments")) == SHIPPED_IDS


REFUSED = {
    "no TOML": (("id = ", "id "), "not readable as TOML"),
    "an unknown key": (('licence = "free"', 'colour = "red"'), "'colour' is not a key"),
    "an unknown key of a scale": (("multiplier = 10", "factor = 10"), "'scale.0.factor' is not a"),
    "its own origin": (('licence = "free"', 'origin = "shipped"'), "'origin' is not a key"),
    "a missing key": (('licence = "free"\n', ""), "'licence' is missing"),
    "no source of its items": (('item_source = "made up for a test"\n', ""), "'item_source' is"),
    "no source of a constant": (
        ('rule = ">="\nsource = "made up for a test"\n', 'rule = ">="\n'),
        "'scale.0.cutoff.source' is missing",
    ),
    "a blank source": (
        ('rule = ">="\nsource = "made up for a test"', 'rule = ">="\nsource = " "'),
        "'scale.0.cutoff.source' cannot be used: must not be empty: say where the value comes from",
    ),
    "an unknown strength of evidence": (
        ('item_evidence = "D"', 'item_evidence = "U"'),
        "'item_evidence' cannot be used",
    ),
    "a text for a number": (("threshold = 1", 'threshold = "1"'), "'critical_item.0.threshold'"),
    "an item twice": (("items = [1, 2, 3]", "items = [1, 2, 2]"), "names an item twice"),
    "an item beyond the last": (("items = [1, 2, 3]", "items = [1, 2, 4]"), "beyond 1-3"),
    "no item": (("items = [1, 2, 3]", "items = []"), "needs items and an aggregation, or neither"),
    "items and reported": (('aggregation = "mean"', 'aggregation = "reported"'), "or neither"),
    "a size that is not that of its items": (
        ("items = [1, 2, 3]", "items = [1, 2, 3]\nsize = 4"),
        "scale 'total' says size 4, it has 3",
    ),
    "no range of its items": (
        ("item_minimum = 0\nitem_maximum = 4\n", ""),
        "scale 'total' needs the range of its items: give item_minimum",
    ),
    "half a range of its items": (("item_minimum = 0\n", ""), "item_maximum go together"),
    "a range of an item beyond the last": (
        ("[[scale]]", ITEM_RANGE.format(items=[4]) + "[[scale]]"),
        "item_range names an item beyond 1-3",
    ),
    "two ranges of one item": (
        ("[[scale]]", 2 * ITEM_RANGE.format(items=[1]) + "[[scale]]"),
        "an item has two ranges",
    ),
    "a coding that does not begin with its own": (
        ('licence = "free"', 'licence = "free"\ncodings = { "1-5" = -1 }'),
        "the first of codings must be that of the item range, with 0",
    ),
    "units that do not begin with its own": (
        ('licence = "free"', 'licence = "free"\nunits = { mm = 0.1, cm = 1 }'),
        "the first of units must be that of the item range, with 1",
    ),
    "a code for missing that is an answer": (
        ('licence = "free"', 'licence = "free"\nmissing_codes = [4]'),
        "missing code 4 is an answer as well",
    ),
    "no rule for missing items": (
        (MISSING_RULE, ""),
        "scale 'total' needs [scale.missing]: how many items may be absent",
    ),
    "half a missing item": (("[scale.missing]\nvalue = 1", "[scale.missing]\nvalue = 0.5"), "more"),
    "a mean within another scale": (
        ("[scale.missing]\nvalue = 1", '[scale.missing]\nvalue = 1\nwithin = ["part"]'),
        "missing.within of scale 'total' names no scale of it",
    ),
    "a reference mean of nobody in particular": (
        ("[[scale.band]]", "[scale.reference_mean]\n" + SOURCED + "[[scale.band]]"),
        "the reference mean and SD of scale 'total' belong in a [[scale.norm]]",
    ),
    "a reference mean without an SD": (
        ("[[scale.band]]", NORM_OF_SCALE + "[[scale.band]]"),
        "norm 'nl' of scale 'total' gives only one of reference_mean and reference_sd",
    ),
    "a reference mean and SD of two populations": (
        ("[[scale.band]]", NORM_OF_SCALE + OTHER_SD + "[[scale.band]]"),
        "reference_mean and reference_sd of norm 'nl', scale 'total', are of two populations",
    ),
    "a choice that is not explained": (
        ('value = 11\nrule = ">="', 'value = 11\nchoice = true\nrule = ">="'),
        "a choice needs a note that says why this value",
    ),
    "an SD with a comparison": (
        ("[[scale.band]]", '[scale.clinical_sd]\nrule = ">"\n' + SOURCED + "[[scale.band]]"),
        "clinical_sd of scale 'total' takes no rule",
    ),
    "a norm of a scale that is no norm of it": (
        ("[[scale.band]]", '[[scale.norm]]\nid = "nl"\n[[scale.band]]'),
        "scale 'total' has norm 'nl', which no [[norm]] is",
    ),
    "norms without a default": (
        ("[[scale]]", '[[norm]]\nid = "nl"\npopulation = "nobody"\n[[scale]]'),
        "one of the norms must have default = true",
    ),
    "ages that run backwards": (
        ('licence = "free"', 'licence = "free"\nage_from = 18\nage_to = 12'),
        "age_from lies above age_to",
    ),
    "something unknown of a scale it has not": (
        (
            "[[critical_item]]",
            '[[unknown]]\nwhat = "cut-off"\nscale = "x"\nreason = "-"\n[[critical_item]]',
        ),
        "unknown is about scale 'x', which it does not have",
    ),
    "a key of the loader": (
        ('licence = "free"', 'licence = "free"\nnorm_in_force = "nl"'),
        "'norm_in_force' is not a key that instruments have",
    ),
    "a reversed item of another scale": (
        ("items = [1, 2, 3]\nreversed = [2]", "items = [1, 3]\nreversed = [2]"),
        "reverses an item that it does not hold",
    ),
    "a range its items cannot give": (
        ("maximum = 40\nmap", "maximum = 30\nmap"),
        "scale 'total' says 0-30, its items give 0-40",
    ),
    "items without width": (
        ("item_maximum = 4", "item_maximum = 0"),
        "item_minimum must lie below",
    ),
    "all items missing": (
        ("[scale.missing]\nvalue = 1", "[scale.missing]\nvalue = 3"),
        "allows more",
    ),
    "a cutoff without rule": (
        ('value = 11\nrule = ">="', "value = 11"),
        "cutoff of scale 'total' needs",
    ),
    "a cutoff for the other direction": (
        ('value = 11\nrule = ">="', 'value = 11\nrule = "<"'),
        "needs rule >=",
    ),
    "a cutoff beyond the scale": (("value = 11", "value = 41"), "lies outside its scores"),
    "a change of nothing": (("value = 6", "value = 0"), "reliable_change of scale 'total' lies"),
    "bands that overlap": (
        ("lowest = 21", "lowest = 20"),
        "band 'severe' of scale 'total' overlaps",
    ),
    "a band beyond the scale": (("highest = 40", "highest = 41"), "band 'severe' lies outside"),
    "a critical item beyond the last": (("item = 3", "item = 4"), "critical item 4 is not an item"),
    "a threshold that no answer reaches": (("threshold = 1", "threshold = 5"), "can never reach"),
    "another id than its file": (
        ('id = "mood"', 'id = "moods"'),
        "its id is 'moods'. Name file and",
    ),
    "a name of another instrument": (
        ('short_name = "MOOD"', 'short_name = "PHQ 9"'),
        "'phq-9' and 'mood' cannot be told apart by name",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_does_not_add_up_is_refused(tmp_path: Path, case: str) -> None:
    (right, wrong), what = REFUSED[case]
    assert right in MOOD

    with pytest.raises(InstrumentError) as raised:
        load_instruments(write(tmp_path, MOOD.replace(right, wrong, 1)))

    assert what in str(raised.value)
    assert str(raised.value).startswith(str(tmp_path))
    assert str(raised.value).endswith(".")


def test_two_scales_need_two_ids(tmp_path: Path) -> None:
    scale = MOOD[MOOD.index("[[scale]]") : MOOD.index("[scale.cutoff]")]

    with pytest.raises(InstrumentError, match="two scales have the same id"):
        load_instruments(write(tmp_path, MOOD + scale))


def test_parts_must_turn_the_same_items_round(tmp_path: Path) -> None:
    """Else an absent item would take the mean of answers that count the other way."""
    within = MOOD.replace("[scale.missing]\n", '[scale.missing]\nwithin = ["part"]\n', 1)
    part = MOOD[MOOD.index("[[scale]]") : MOOD.index("[scale.cutoff]")]
    part = part.replace('id = "total"', 'id = "part"').replace("reversed = [2]", "reversed = [3]")

    with pytest.raises(InstrumentError) as raised:
        load_instruments(write(tmp_path, within + part))

    assert "missing.within of scale 'total' must reverse the same items" in str(raised.value)


def test_items_may_differ_in_range(tmp_path: Path) -> None:
    """Item 2 goes to 2, not 4, and is reversed: 4, 2 and 4 at most are 10; 1, 0 and 1 are 1 + 2 + 1
    = 4, over 3 x 10 = 13.333333."""
    told = MOOD.replace("[[scale]]", ITEM_RANGE.format(items=[2]) + "[[scale]]", 1)
    told = told.replace("maximum = 40\n", "maximum = 33.333333333\n", 1)
    told = told.replace("highest = 40", "highest = 33")
    mood = load_instruments(write(tmp_path, told))["mood"]

    assert [mood.range_of(item) for item in (1, 2, 3)] == [(0, 4), (0, 2), (0, 4)]
    assert scored(mood, mood.scale[0], {1: 1, 2: 0, 3: 1}).score == Decimal("13.333333")


def test_an_instrument_may_be_known_by_its_scores_alone(tmp_path: Path) -> None:
    told = MOOD[: MOOD.index("items = 3")] + MOOD[MOOD.index("item_source") :]
    told = told.replace("items = [1, 2, 3]\nreversed = [2]\n", "")
    told = told.replace('aggregation = "mean"\nmultiplier = 10', 'aggregation = "reported"')
    told = told[: told.index("[[critical_item]]")].replace(MISSING_RULE, "")
    mood = load_instruments(write(tmp_path, told))["mood"]

    assert (mood.items, mood.scale[0].items, mood.scale[0].width) == (0, (), None)
    assert item_of(mood, "total") == "total"
    assert item_of(mood, "1") is None


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ("PHQ9", "phq-9"),
        ("phq 9", "phq-9"),
        ("Core_10", "core-10"),
        ("BDI-II", "bdi-ii"),
        ("OQ-45.2", "oq-45"),
        ("OQ45", "oq-45"),
        ("BDI-III", None),
        ("", None),
    ],
)
def test_an_export_may_write_a_name_in_any_way(told: str, known: str | None) -> None:
    found = find_instrument(told, load_instruments())

    assert (found and found.id) == known
