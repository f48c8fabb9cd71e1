"""Texts printed from tables, and fixes in rejected.csv, have Dutch in the catalogue; no others."""

import warnings
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from babel.messages.pofile import read_po

import expectations
from dashboards.drawing.translation import LOCALE
from flows.instruments import Constant, CriticalItem, Instrument, load_instruments
from flows.landing.rules import CONFLICT_RULES, RULES, rule_for
from flows.settings import (
    OWN_CHOICE,
    Alerts,
    Change,
    ControlCharts,
    Course,
    Critical,
    Episodes,
    Indicators,
    Landing,
    Overdue,
    Quality,
    Signals,
    SuddenChange,
    TalkingTherapies,
    TherapistProgress,
)
from flows.stations.indicator_definition import DEFINITIONS

FROM_TABLES = "From a published table."
# Those in the table `setting`.
SECTIONS = (
    Landing,
    Episodes,
    Signals,
    Alerts,
    Critical,
    Change,
    Course,
    SuddenChange,
    TalkingTherapies,
    Overdue,
    Quality,
    TherapistProgress,
    Indicators,
    ControlCharts,
)


def constants_of(instrument: Instrument) -> Iterator[Constant | CriticalItem]:
    """The rows of `instrument_constant`, whichever norm group is in force."""
    for scale in instrument.scale:
        if scale.items:
            yield scale.missing
        for constants in (scale, *scale.norm):
            yield from (constant for _, constant in constants.known())
    yield from instrument.critical_item


def texts_of_instruments() -> set[str]:
    constants = [c for i in load_instruments().values() for c in constants_of(i)]
    notes = {c.note for c in constants if isinstance(c, Constant) and c.note}
    return {c.source for c in constants} | {c.population for c in constants} | notes


def texts_of_settings() -> set[str]:
    return {
        field.description or OWN_CHOICE
        for section in SECTIONS
        for field in section.model_fields.values()
    }


def texts_of_indicators() -> set[str]:
    """The words of each definition, and where it comes from."""
    return {
        text
        for each in DEFINITIONS
        for text in (each.title, each.numerator, each.denominator, each.source)
    }


def texts_of_rules() -> set[str]:
    """What a sender can do about a refused record, as rejected.csv says it."""
    rules = (*RULES.values(), rule_for("a_rule_of_some_source"))
    return {rule.fix for rule in rules} | set(CONFLICT_RULES.values())


def texts_of_suites() -> set[str]:
    """Each `why`. Great Expectations takes seconds to import, so this is read only once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        modules = [
            import_module(f"{expectations.__name__}.{each.name}")
            for each in iter_modules(expectations.__path__)
        ]
        suites = [module.suite() for module in modules if hasattr(module, "suite")]
    return {expectation.meta["why"] for suite in suites for expectation in suite.expectations}


@pytest.fixture(scope="module")
def published() -> set[str]:
    of_data = texts_of_instruments() | texts_of_settings() | texts_of_indicators()
    return of_data | texts_of_rules() | texts_of_suites()


@pytest.fixture(scope="module")
def dutch() -> dict[str, bool]:
    """Each text of the catalogue that has Dutch, and whether it is there for a table."""
    file = Path(LOCALE, "nl", "sentences.po")
    with file.open("rb") as stream:
        catalogue = read_po(stream, locale="nl", abort_invalid=True)
    return {
        str(message.id): FROM_TABLES in message.auto_comments
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }


def test_every_published_text_has_a_dutch_one(published: set[str], dutch: dict[str, bool]) -> None:
    assert sorted(published - set(dutch)) == []


def test_no_dutch_is_kept_for_a_text_that_no_table_has(
    published: set[str], dutch: dict[str, bool]
) -> None:
    assert (
        sorted({text for text, is_from_table in dutch.items() if is_from_table} - published) == []
    )


def test_the_texts_are_those_of_instruments_suites_and_settings(published: set[str]) -> None:
    for known in (
        "adults in NHS Talking Therapies",
        "Seggar, Lambert & Hansen 2002",
        "Nobody could say how urgent it is.",
        "own choice of Op koers, no literature behind it [D]",
    ):
        assert known in published
    assert len(published) > 200
