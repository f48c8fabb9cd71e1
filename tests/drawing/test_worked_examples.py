"""Worked examples in both languages; that they are true is held in tests/rules."""

import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from dashboards.drawing.translation import LOCALE
from dashboards.drawing.worked_examples import DrawnTable, Example, Group, chapters, texts

# The Dutch of these names says more, so that no two names of one table are alike.
OTHER_FIGURES = {"not by 5"}


@pytest.fixture(scope="module")
def dutch() -> Catalog:
    with (LOCALE / "nl" / "decides.po").open("rb") as file:
        return read_po(file, locale="nl", abort_invalid=True)


def words(catalogue: Catalog) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in catalogue if message.id}


def example(language: str, key: str) -> Example:
    return next(e for chapter in chapters(language) for e in chapter.examples if e.key == key)


def test_every_text_has_its_dutch_and_no_dutch_is_kept_for_nothing(dutch: Catalog) -> None:
    known, shown = words(dutch), {*texts()}
    assert {"missing": shown - {*known}, "unused": {*known} - shown} == {
        "missing": set(),
        "unused": set(),
    }, "mend dashboards/drawing/locale/nl/decides.po"


def test_no_dutch_is_empty_or_fuzzy(dutch: Catalog) -> None:
    assert [text for text, said in words(dutch).items() if not said] == []
    assert [message.id for message in dutch if message.id and message.fuzzy] == []
    assert list(dutch.obsolete) == []


def test_the_dutch_has_the_same_figures(dutch: Catalog) -> None:
    def figures(text: str) -> list[str]:
        return sorted(re.findall(r"\d+", re.sub(r"(?<![\d.])\.(?=\d)", "0.", text)))

    known = {text: said for text, said in words(dutch).items() if text not in OTHER_FIGURES}
    assert [text for text, said in known.items() if figures(text) != figures(said)] == []


def test_the_dutch_quotes_the_names_that_stand_in_the_tables(dutch: Catalog) -> None:
    known = words(dutch)
    wrong = [
        (name, said)
        for text, translated in known.items()
        for name, said in zip(
            re.findall("“(.+?)”", text), re.findall("“(.+?)”", translated), strict=True
        )
        if known.get(name, name) != said
    ]
    assert wrong == []


def test_an_example_in_both_languages() -> None:
    key = "it-closes-when-nothing-was-measured-for-more-than-42-days"
    english, dutch = example("en", key), example("nl", key)
    assert english.title == "It closes when nothing was measured for more than 42 days"
    assert dutch.title == "Een melding sluit als er meer dan 42 dagen niets is gemeten"
    assert [run.as_of for run in english.runs] == [49, 50]
    assert [len(run.inputs) for run in english.runs] == [1, 0]  # the second has the same
    (table,) = dutch.runs[1].outcomes
    assert [column.name for column in table.columns][-1] == "Waarom gesloten"
    assert table.rows == (("7 16:00", "49 16:00", "geen recente meting"),)


def test_figures_have_a_decimal_comma_in_dutch_and_nothing_is_a_dash() -> None:
    key = "scales-that-may-miss-an-item"
    found = {language: example(language, key).runs[0].outcomes[0] for language in ("en", "nl")}
    assert "31.111111" in [row[2] for row in found["en"].rows]
    assert "31,111111" in [row[2] for row in found["nl"].rows]
    assert {row[-1] for row in found["en"].rows} == {"–", "too many items missing"}
    assert found["en"].columns[2].is_figure
    assert not found["en"].columns[-1].is_figure


def test_rows_of_one_patient_stand_together() -> None:
    (table,) = example("en", "it-ends-with-its-episode").runs[0].inputs
    (group,) = table.groups
    assert (group.name, [row[0] for row in group.rows]) == (
        "p1",
        [("E1", False), ("E1", False), ("E2", False)],
    )


def test_rows_that_begin_with_a_figure_are_not_put_together() -> None:
    (table,) = example("en", "a-named-episode-goes-before-the-date").runs[0].outcomes
    assert [group.name for group in table.groups] == ["70", "70", "75", "75"]


def test_a_table_that_stayed_empty_has_no_rows() -> None:
    (table,) = example("en", "a-score-that-is-not-valid-fires-nothing").runs[0].outcomes
    assert table == DrawnTable("Signals", (), ())
    assert Group("p1", ()).rows == ()


def test_a_language_that_is_not_offered_is_refused() -> None:
    with pytest.raises(ValueError, match="'fr' is not one of nl, en"):
        chapters("fr")
