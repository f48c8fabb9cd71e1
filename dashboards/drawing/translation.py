"""The catalogues of sentences: English text is the key, Dutch stands in locale/nl."""

import gettext
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parent / "locale"
LANGUAGES = ("nl", "en")


def N_(text: str) -> str:  # noqa: N802 - the name that catalogue tools look for
    """The text itself, marked as one to translate where it is used."""
    return text


@lru_cache
def translation(language: str, catalogue_name: str = "sentences") -> gettext.NullTranslations:
    """Sentences of `language`, compiled in memory; ValueError for a language not offered."""
    if language not in LANGUAGES:
        raise ValueError(f"language '{language}' is not one of {', '.join(LANGUAGES)}")
    if language == "en":
        return gettext.NullTranslations()
    with (LOCALE / language / f"{catalogue_name}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def said(text: str, language: str) -> str:
    """A text that came from a published table (a source, a reason) in `language`, where
    the catalogue has it; else as it was written."""
    return translation(language).gettext(text) if text else text
