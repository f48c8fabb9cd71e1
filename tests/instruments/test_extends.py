"""A file of a home that extends a shipped one: what it replaces, and that it says so."""

from pathlib import Path

import pytest

from flows.instruments import Difference, Instrument, InstrumentError, Scale, load_instruments
from tests.instruments.scorer import scored
from tests.instruments.test_loader import MOOD, write

CONSTANT = """
source = "our own policy, 2026"
population = "our own patients"
evidence = "D"
"""


def extending(tmp_path: Path, text: str, name: str = "phq-9", base: str = "phq-9") -> Instrument:
    """The instrument that a home's file makes of a shipped one."""
    write(tmp_path, f'extends = "{base}"\nid = "{name}"\n{text}', name)
    return load_instruments(tmp_path)[name]


def total_of(instrument: Instrument) -> Scale:
    return next(scale for scale in instrument.scale if scale.id == "total")


def test_one_constant_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    own = extending(
        tmp_path,
        f'[[scale]]\nid = "total"\n[scale.cutoff]\nvalue = 12\nrule = ">="\n{CONSTANT}',
    )
    shipped = load_instruments()["phq-9"]

    cutoff, before = total_of(own).cutoff, total_of(shipped)
    assert cutoff is not None
    assert (cutoff.value, cutoff.source, cutoff.origin) == (12, "our own policy, 2026", "home")
    assert total_of(own).reliable_change == before.reliable_change
    assert (own.origin, own.extends, own.items) == ("home", "phq-9", 9)
    assert own.critical_item == shipped.critical_item
    assert own.replaced == (
        Difference(scale="total", norm=None, what="cutoff", shipped=">= 10", own=">= 12"),
    )


def test_a_clinic_may_allow_missing_items(tmp_path: Path) -> None:
    own = extending(tmp_path, f'[[scale]]\nid = "total"\n[scale.missing]\nvalue = 2\n{CONSTANT}')
    shipped = load_instruments()["phq-9"]
    answers = dict.fromkeys(range(1, 8), 1.0)

    assert scored(own, total_of(own), answers).score == 9
    assert scored(shipped, total_of(shipped), answers).score is None
    assert [(d.what, d.shipped, d.own) for d in own.replaced] == [
        ("missing_items_allowed", "0 (none)", "2 (mean)")
    ]
    assert own.still_unknown() == ()


def test_a_constant_is_replaced_whole(tmp_path: Path) -> None:
    """A value of one's own never stands beside the source of another."""
    with pytest.raises(InstrumentError, match=r"'scale\.0\.cutoff\.source' is missing"):
        extending(tmp_path, '[[scale]]\nid = "total"\n[scale.cutoff]\nvalue = 12\nrule = ">="\n')


def test_what_it_leaves_out_is_dropped_by_name(tmp_path: Path) -> None:
    own = extending(tmp_path, '[[scale]]\nid = "total"\nwithout = ["reliable_change"]\n')

    assert total_of(own).reliable_change is None
    assert total_of(own).cutoff is not None
    assert [(d.what, d.own) for d in own.replaced] == [("reliable_change", None)]


def test_a_threshold_of_a_critical_item(tmp_path: Path) -> None:
    item = f'[[critical_item]]\nitem = 44\ndomain = "violence"\nthreshold = 2\n{CONSTANT}'
    own = extending(tmp_path, item, "oq-45", "oq-45")

    assert {(c.item, c.domain, c.threshold, c.origin) for c in own.critical_item} == {
        (8, "self_harm", 1, "shipped"),
        (44, "violence", 2, "home"),
        (11, "substance", 1, "shipped"),
        (26, "substance", 1, "shipped"),
        (32, "substance", 1, "shipped"),
    }
    assert [(d.what, d.shipped, d.own) for d in own.replaced] == [
        ("critical item 44 (violence)", ">= 1", ">= 2")
    ]


def test_a_map_for_scales_that_ship_without_one(tmp_path: Path) -> None:
    scale = f"""
[[scale]]
id = "bond"
items = [3, 5, 7, 9]
aggregation = "sum"
direction = "higher_is_better"
minimum = 4
maximum = 20
map_source = "the manual"
map_evidence = "V"
[scale.missing]
value = 0
{CONSTANT}
"""
    own = extending(tmp_path, scale, "wav-12", "wav-12")

    assert scored(own, own.scale[0], dict.fromkeys(range(1, 13), 4.0)).score == 16
    assert "item map" not in {unknown.what for unknown in own.still_unknown()}
    assert ("item map", None, "3, 5, 7, 9") in [(d.what, d.shipped, d.own) for d in own.replaced]


def test_a_new_instrument_on_top_of_a_shipped_one(tmp_path: Path) -> None:
    own = extending(
        tmp_path,
        f'name = "Ours"\nshort_name = "OURS"\n[[scale]]\nid = "total"\n[scale.cutoff]\n'
        f'value = 24\nrule = "<"\n{CONSTANT}',
        "ours",
        "ors-adolescent",
    )

    assert (own.origin, own.replaced, own.items, own.age_to) == ("home", (), 4, 17)
    assert total_of(own).cutoff is not None
    assert total_of(own).reliable_change is None


def test_the_norm_of_a_scale_can_be_replaced(tmp_path: Path) -> None:
    norm = f"""
[[scale]]
id = "total"
[[scale.norm]]
id = "nl"
[scale.norm.cutoff]
value = 55
rule = ">="
{CONSTANT}
"""
    own = extending(tmp_path, norm, "oq-45", "oq-45")

    cutoff, change = total_of(own).cutoff, total_of(own).reliable_change
    assert cutoff is not None
    assert change is not None
    assert (cutoff.value, cutoff.origin, change.value, change.origin) == (
        55, "home", 18, "shipped",
    )  # fmt: skip
    assert [(d.scale, d.norm, d.what, d.shipped, d.own) for d in own.replaced] == [
        ("total", "nl", "cutoff", ">= 56", ">= 55")
    ]


def test_a_constant_beside_those_of_norms_is_refused(tmp_path: Path) -> None:
    """Else it would be unclear which of the two is in force."""
    text = f'[[scale]]\nid = "total"\n[scale.cutoff]\nvalue = 55\nrule = ">="\n{CONSTANT}'
    with pytest.raises(InstrumentError, match="gives cutoff for itself and for norm 'nl'"):
        extending(tmp_path, text, "oq-45", "oq-45")


def test_a_whole_file_in_place_of_a_shipped_one_tells_what_differs(tmp_path: Path) -> None:
    write(tmp_path, MOOD.replace("mood", "gad-7").replace("MOOD", "GAD7"), "gad-7")
    own = load_instruments(tmp_path)["gad-7"]

    replaced = {(d.scale, d.what): (d.shipped, d.own) for d in own.replaced}
    assert replaced[None, "items"] == ("7", "3")
    assert replaced[None, "range of item 7"] == ("0 to 3", None)
    assert replaced["total", "item map"] == ("1, 2, 3, 4, 5, 6, 7", "1, 2, 3")
    assert replaced["total", "score"] == ("1 x sum", "10 x mean")
    assert replaced["total", "cutoff"] == (">= 8", ">= 11")
    assert replaced["total", "reliability"] == ("0.83", None)
    assert replaced[None, "critical item 3 (self_harm)"] == (None, ">= 1")


def test_other_words_alone_replace_no_number(tmp_path: Path) -> None:
    own = extending(tmp_path, 'licence = "bought"\n')

    assert (own.origin, own.replaced) == ("home", ())


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('extends = "phq9"\nid = "x"\n', "extends 'phq9', which is no shipped instrument"),
        ('extends = "x"\nid = "x"\n', "extends 'x', which is no shipped instrument"),
        ('extends = "phq-9"\nid = "x"\nwithout = ["colour"]\n', "'without' must be a list of keys"),
        ('extends = "phq-9"\nid = "x"\nwithout = "items"\n', "'without' must be a list of keys"),
        ('extends = "phq-9"\nid = "x"\n', "'phq-9' and 'x' cannot be told apart by name"),
        ('extends = "phq-9"\nid = "phq-9"\nscale = 3\n', "'scale' cannot be used"),
    ],
)
def test_what_cannot_be_extended_is_refused(tmp_path: Path, text: str, what: str) -> None:
    name = "phq-9" if 'id = "phq-9"' in text else "x"
    with pytest.raises(InstrumentError) as raised:
        load_instruments(write(tmp_path, text, name))

    assert what in str(raised.value)
    assert str(tmp_path) in str(raised.value)


def test_the_adolescent_and_the_childrens_lists_share_what_is_not_about_age() -> None:
    adult, *younger = (
        load_instruments()[name] for name in ("ors", "ors-adolescent", "cors", "ors-carer")
    )
    for other in younger:
        assert (other.extends, other.origin, other.units) == ("ors", "shipped", adult.units)
        assert total_of(other).items == total_of(adult).items
        assert total_of(other).reliable_change is None
        assert total_of(other).reliability is None
