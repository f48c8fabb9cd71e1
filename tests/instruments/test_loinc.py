"""LOINC codes of instruments: what they stand for, and what the loader refuses."""

from pathlib import Path

import pytest

from flows.instruments import Instrument, InstrumentError, load_instruments
from flows.instruments.loader import answer_values, find_instrument, is_beside, item_of
from tests.instruments.test_loader import MOOD, write

CODES = """
[loinc]
panel = "1111-1"
total = "2222-2"
items = ["1-1", "2-2", "3-3"]
beside = ["4-4"]
source = "made up for a test"
evidence = "D"

[loinc.answers]
LA1-1 = 0
LA2-2 = 2.5
"""
# As two public PHQ-9 questionnaires list them (the field's reference data, data/fhir).
PHQ9 = ["44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3",
        "44260-8"]  # fmt: skip


@pytest.fixture
def phq9() -> Instrument:
    return load_instruments()["phq-9"]


@pytest.mark.parametrize("code", ["44249-1", "44261-6", " 44249-1 ", *PHQ9])
def test_an_export_may_name_a_list_by_its_codes(code: str) -> None:
    found = find_instrument(code, load_instruments())

    assert found is not None
    assert found.id == "phq-9"


@pytest.mark.parametrize("code", ["69722-7", "44249-2", "442491", "LA6568-5", ""])
def test_another_code_names_no_list(code: str) -> None:
    assert find_instrument(code, load_instruments()) is None


def test_an_item_that_two_lists_share_names_neither(tmp_path: Path) -> None:
    shared = CODES.replace('"1-1"', '"44250-9"')
    loaded = load_instruments(write(tmp_path, MOOD + shared))

    assert find_instrument("44250-9", loaded) is None
    assert (found := find_instrument("2-2", loaded)) is not None
    assert found.id == "mood"
    assert item_of(loaded["mood"], "44250-9") == item_of(loaded["phq-9"], "44250-9") == "1"


def test_codes_stand_for_items_in_their_order(phq9: Instrument) -> None:
    assert [item_of(phq9, code) for code in PHQ9] == [str(n) for n in range(1, 10)]


@pytest.mark.parametrize(
    ("told", "item"),
    [
        ("44261-6", "total"), ("44249-1", "total"), ("total", "total"), ("Total", "total"),
        ("1", "1"), ("09", "9"), (" 3 ", "3"), ("0", None), ("10", None), ("69722-7", None),
        ("PHQ.1", None), ("LA6568-5", None), ("", None),
    ],
)  # fmt: skip
def test_what_an_export_may_call_an_item(phq9: Instrument, told: str, item: str | None) -> None:
    assert item_of(phq9, told) == item


def test_a_question_beside_a_list_is_known_as_such(phq9: Instrument) -> None:
    assert is_beside(phq9, "69722-7")
    assert not any(is_beside(phq9, told) for told in ("44250-9", "10", "44261-6"))


def test_answer_codes_have_values(phq9: Instrument) -> None:
    assert answer_values(phq9) == {"LA6568-5": 0, "LA6569-3": 1, "LA6570-1": 2, "LA6571-9": 3}


def test_an_instrument_without_codes_has_items_all_the_same() -> None:
    ors = load_instruments()["ors"]

    assert (item_of(ors, "4"), item_of(ors, "total"), item_of(ors, "44250-9")) == (
        "4", "total", None,
    )  # fmt: skip
    assert answer_values(ors) == {}
    assert not is_beside(ors, "69722-7")


def test_codes_say_where_they_come_from(phq9: Instrument) -> None:
    assert phq9.loinc is not None
    assert (phq9.loinc.evidence, "Argonaut" in phq9.loinc.source) == ("V", True)


def test_an_instrument_of_the_home_may_have_codes(tmp_path: Path) -> None:
    mood = load_instruments(write(tmp_path, MOOD + CODES))["mood"]

    assert [item_of(mood, told) for told in ("3-3", "2222-2", "1111-1")] == ["3", "total", "total"]
    assert answer_values(mood) == {"LA1-1": 0, "LA2-2": 2.5}


REFUSED = {
    "too few items": (('"1-1", "2-2", "3-3"', '"1-1", "2-2"'), "loinc names 2 items, there are 3"),
    "a code twice": (('"4-4"', '"1-1"'), "loinc uses a code twice"),
    "one code for list and total": (('"2222-2"', '"1111-1"'), "loinc uses a code twice"),
    "no code": (('panel = "1111-1"', 'panel = "mood"'), "'loinc.panel' cannot be used"),
    "no answer code": (("LA1-1 = 0", "often = 0"), "'loinc.answers.often"),
    "an answer out of range": (("LA2-2 = 2.5", "LA2-2 = 5"), "an answer of 5, which no item can"),
    "no source": (('source = "made up for a test"\n', ""), "'loinc.source' is missing"),
    "an unknown key": (('evidence = "D"', 'evidence = "D"\ncolour = 1'), "'loinc.colour' is not a"),
    "the codes of another list": (
        ('panel = "1111-1"', 'panel = "44249-1"'),
        "'phq-9' and 'mood' cannot be told apart by name",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_codes_that_do_not_add_up_are_refused(tmp_path: Path, case: str) -> None:
    (right, wrong), what = REFUSED[case]
    assert right in CODES

    with pytest.raises(InstrumentError) as raised:
        load_instruments(write(tmp_path, MOOD + CODES.replace(right, wrong, 1)))

    assert what in str(raised.value)


def test_a_total_needs_its_scale(tmp_path: Path) -> None:
    told = (MOOD + CODES).replace('id = "total"', 'id = "mean"', 1)

    with pytest.raises(InstrumentError, match="a code for 'total', which is no scale of it"):
        load_instruments(write(tmp_path, told))

    without = told.replace('total = "2222-2"\n', "")
    mood = load_instruments(write(tmp_path, without))["mood"]
    assert (item_of(mood, "1111-1"), item_of(mood, "mean")) == (None, "mean")
