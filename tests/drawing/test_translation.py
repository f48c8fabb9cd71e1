import string
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from dashboards.drawing.translation import LANGUAGES, LOCALE, said, translation

REPOSITORY = Path(__file__).parents[2]
ROOMS = ("dashboards/drawing", "flows/publishing", "flows/landing")
KEYWORDS = {"_": None, "N_": None, "gettext": None, "say": None, "ngettext": (1, 2)}
FROM_TABLES = "From a published table."

Text = str | tuple[str, ...]


def texts_in_the_code() -> set[Text]:
    return {
        message
        for room in ROOMS
        for _, _, message, _, _ in extract_from_dir(str(REPOSITORY / room), keywords=KEYWORDS)
    }


@pytest.fixture(scope="module")
def dutch() -> Catalog:
    with (LOCALE / "nl" / "sentences.po").open("rb") as file:
        return read_po(file, locale="nl", abort_invalid=True)


def entries(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    """Singular and plural, or the one text there is."""
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_in_the_code_has_a_dutch_one(dutch: Catalog) -> None:
    known = {message.id: message for message in entries(dutch)}
    missing = [text for text in texts_in_the_code() if text not in known]
    empty = [text for text, message in known.items() if not all(forms(message.string))]
    assert (missing, empty) == ([], [])


def test_no_dutch_text_is_fuzzy_or_out_of_use(dutch: Catalog) -> None:
    in_code = texts_in_the_code()
    fuzzy = [message.id for message in entries(dutch) if message.fuzzy]
    unused = [
        message.id
        for message in entries(dutch)
        if message.id not in in_code and FROM_TABLES not in message.auto_comments
    ]
    assert (fuzzy, unused, list(dutch.obsolete)) == ([], [], [])


def test_dutch_texts_name_the_same_values_as_the_english_ones(dutch: Catalog) -> None:
    differing = [
        message.id
        for message in entries(dutch)
        for form in forms(message.string)
        if placeholders(form) != placeholders(forms(message.id)[-1])
    ]
    # The singular of a course names no first score, for first and last are the same.
    assert [forms(text)[0][:12] for text in differing] == ["{instrument}"]


def test_there_are_texts_to_check(dutch: Catalog) -> None:
    assert len(texts_in_the_code()) > 100
    assert len(list(entries(dutch))) >= len(texts_in_the_code())


def test_a_text_from_a_table_is_translated_where_the_catalogue_has_it() -> None:
    assert said("adults", "nl") == "volwassenen"
    assert said("adults", "en") == "adults"
    assert said("A questionnaire of our own", "nl") == "A questionnaire of our own"
    # gettext gives the header of the catalogue for an empty text
    assert said("", "nl") == ""


def test_plural_forms() -> None:
    words = translation("nl")
    assert words.ngettext("{n} day", "{n} days", 1) == "{n} dag"
    assert words.ngettext("{n} day", "{n} days", 0) == "{n} dagen"


def test_a_language_that_is_not_offered_is_refused() -> None:
    assert LANGUAGES == ("nl", "en")
    with pytest.raises(ValueError, match="'fr' is not one of nl, en"):
        translation("fr")
