"""What a reader, and a screen reader, finds in a PDF."""

from collections.abc import Iterator
from pathlib import Path

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject


def pages_of(file: Path) -> list[str]:
    """The text of each page, its line breaks and runs of spaces made one space."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(file).pages]


def text_of(file: Path) -> str:
    return " ".join(pages_of(file))


def alternative_texts(file: Path) -> list[str]:
    """Texts that stand for pictures, in reading order."""
    root = PdfReader(file).root_object["/StructTreeRoot"]
    return [str(part["/Alt"]) for part in _parts(root.get_object()) if "/Alt" in part]


def _parts(element: object) -> Iterator[DictionaryObject]:
    if isinstance(element, ArrayObject):
        for child in element:
            yield from _parts(child.get_object())
    elif isinstance(element, DictionaryObject):
        yield element
        if "/K" in element:
            yield from _parts(element["/K"].get_object())
