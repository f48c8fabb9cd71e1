"""Every sentence of the pages is there in Dutch, and no unused one is kept."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from dashboards.translations import compiled_catalogues

ROOM = Path(__file__).parents[2] / "dashboards"
TEXT = r"u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
CALL = re.compile(rf"\bn?gettext\(\s*({TEXT}(?:\s*,\s*{TEXT})?)")


def sentences_of_templates() -> set[str]:
    """First (singular) English texts of every translate and blocktranslate tag."""
    found = set()
    for file in ROOM.glob("templates/**/*.html"):
        for call in CALL.findall(templatize(file.read_text("utf-8"))):
            found.add(ast.literal_eval(f"({call},)")[0])
    return found


def sentences_of_code() -> set[str]:
    """First (singular) English texts that our Python marks; `drawing/` keeps its own."""
    found = set()
    for file in ROOM.rglob("*.py"):
        if "drawing" not in file.parts:
            for _line, text, _comments, _context in extract_from_file("python", file):
                found.add(text if isinstance(text, str) else text[0])
    return found


@pytest.fixture(scope="module")
def dutch() -> Catalog:
    with (ROOM / "locale" / "nl" / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale="nl")


def messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def forms(message: Message) -> tuple[str, ...]:
    texts = message.string
    return (texts,) if isinstance(texts, str) else tuple(texts or ())


def test_both_searches_find_what_they_should() -> None:
    assert "Save answer" in sentences_of_templates()
    assert "%(number)s alert waits for an answer." in sentences_of_templates()
    assert "I adjust the treatment plan" in sentences_of_code()


def test_every_sentence_has_its_dutch(dutch: Catalog) -> None:
    known = {m.id if isinstance(m.id, str) else m.id[0] for m in messages(dutch)}

    assert sentences_of_templates() | sentences_of_code() == known


def test_none_is_empty_or_fuzzy(dutch: Catalog) -> None:
    assert [m.id for m in messages(dutch) if m.fuzzy or not all(forms(m))] == []


def test_translations_keep_the_named_places(dutch: Catalog) -> None:
    def places(text: str) -> set[str]:
        return set(re.findall(r"%\((\w+)\)[sd]", text))

    wrong = [
        message.id
        for message in messages(dutch)
        for form in forms(message)
        if places(form) != places(message.id if isinstance(message.id, str) else message.id[-1])
    ]
    assert wrong == []


def test_the_catalogue_is_compiled_once_per_state(tmp_path: Path) -> None:
    folder = compiled_catalogues(ROOM / "locale", tmp_path)
    compiled = folder / "nl" / "LC_MESSAGES" / "django.mo"
    first = compiled.stat().st_mtime_ns

    assert compiled_catalogues(ROOM / "locale", tmp_path) == folder
    assert compiled.stat().st_mtime_ns == first
    assert [file.name for file in compiled.parent.iterdir()] == ["django.mo"]


def test_no_compiled_catalogue_stands_in_the_tree() -> None:
    assert list(ROOM.rglob("*.mo")) == []
