"""What a reader, and a screen reader, finds in a PDF."""

from collections.abc import Iterator
from pathlib import Path

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, StreamObject


def pages_of(file: Path) -> list[str]:
    """The text of each page, its line breaks and runs of spaces made one space."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(file).pages]


def text_of(file: Path) -> str:
    return " ".join(pages_of(file))


def lines_of(file: Path) -> list[str]:
    """What stands at one height of a page, for each height, runs of spaces made one space."""
    pages = PdfReader(file).pages
    texts = [page.extract_text(extraction_mode="layout") for page in pages]
    return [" ".join(line.split()) for text in texts for line in text.splitlines()]


def alternative_texts(file: Path) -> list[str]:
    """Texts that stand for pictures, in reading order."""
    root = PdfReader(file).root_object["/StructTreeRoot"]
    return [str(part["/Alt"]) for part in _parts(root.get_object()) if "/Alt" in part]


def metadata_of(file: Path) -> str:
    """The XMP packet, which says what standard the file keeps."""
    packet = PdfReader(file).root_object["/Metadata"].get_object()
    assert isinstance(packet, StreamObject)
    return packet.get_data().decode()


def fonts_of(file: Path) -> set[str]:
    """Names of the fonts on all pages, without the mark of their subset."""
    found = set()
    for page in PdfReader(file).pages:
        resources = page["/Resources"].get_object()
        assert isinstance(resources, DictionaryObject)
        fonts = resources["/Font"].get_object()
        assert isinstance(fonts, DictionaryObject)
        for font in fonts.values():
            described = font.get_object()
            assert isinstance(described, DictionaryObject)
            found.add(str(described["/BaseFont"]).split("+")[-1])
    return found


def _parts(element: object) -> Iterator[DictionaryObject]:
    if isinstance(element, ArrayObject):
        for child in element:
            yield from _parts(child.get_object())
    elif isinstance(element, DictionaryObject):
        yield element
        if "/K" in element:
            yield from _parts(element["/K"].get_object())
