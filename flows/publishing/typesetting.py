"""A template and its data become a PDF: same input, same bytes, on every machine."""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import typst

from flows.errors import ExitCode, OpKoersError

TEMPLATES = Path(__file__).parent
FONT_FILES = ("Regular", "It", "Semibold", "Bold")

Typeset = Callable[[str, Mapping[str, object], date, Literal["pdf", "png"]], list[bytes]]


@contextmanager
def typesetter() -> Iterator[Typeset]:
    """A function (template name, data, date of the document, format) -> files' bytes.

    A PDF (PDF/UA-1, tagged) is one file, PNG one for each page. The function may be called
    from several threads. It raises OpKoersError that names the place in the template.
    """
    with TemporaryDirectory(prefix="opkoers-fonts-") as folder:
        # The package has each face as .otf and .ttf under one name; which of the two typst
        # takes depends on the order of the folder, so it is given a folder with one of each.
        for face in FONT_FILES:
            _copy_face(face, Path(folder))
        fonts = typst.Fonts(include_system_fonts=False, font_paths=[folder])

        def typeset(
            template: str, data: Mapping[str, object], on: date, form: Literal["pdf", "png"]
        ) -> list[bytes]:
            return _compiled(fonts, template, data, on, form)

        yield typeset


def _copy_face(face: str, folder: Path) -> None:
    name = f"SourceSansPro-{face}.otf"
    source = files("font_source_sans_pro").joinpath("files", name)
    with source.open("rb") as font, (folder / name).open("wb") as copy:
        shutil.copyfileobj(font, copy)


def _compiled(
    fonts: typst.Fonts,
    template: str,
    data: Mapping[str, object],
    on: date,
    form: Literal["pdf", "png"],
) -> list[bytes]:
    try:
        made: object = typst.compile(
            TEMPLATES / template,
            root=TEMPLATES,
            font_paths=fonts,
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(printable(data), ensure_ascii=False)},
            format=form,
            pdf_standards=["ua-1"] if form == "pdf" else [],
            timestamp=datetime.combine(on, time(), UTC),
        )
    except typst.TypstError as error:
        raise _unset(error, template) from None
    if isinstance(made, list):  # a PNG for each page
        return made
    assert isinstance(made, bytes)
    return [made]


def _unset(error: typst.TypstError, template: str) -> OpKoersError:
    """Names the place in the template only: the message might hold what stood there."""
    place = re.search(r"\w+\.typ:\d+", error.diagnostic)
    return OpKoersError(
        "the report could not be typeset",
        where=place.group() if place else template,
        next_step="This is a fault in Op koers itself; report it with this place",
        exit_code=ExitCode.REPORT,
    )


def printable(value: object) -> object:
    """`value` with every text made of signs that the fonts hold; others become [U+1F600].

    PDF/UA refuses a sign without a glyph, and one odd clinic id must not cost the report.
    Drawings (key 'svg') are left alone.
    """
    if isinstance(value, str):
        return "".join(sign if _has_glyph(sign) else _spelled(sign) for sign in value)
    if isinstance(value, Mapping):
        return {k: v if k == "svg" else printable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [printable(part) for part in value]
    return value


SIGNS_WITH_GLYPHS = (
    (0x20, 0x7E),
    (0xA0, 0xAC),
    (0xAE, 0x17F),
    (0x391, 0x3A1),
    (0x3A3, 0x3CE),
    (0x400, 0x481),
    (0x1E00, 0x1EFF),
    (0x2010, 0x2015),
    (0x2018, 0x2027),
    (0x2030, 0x203A),
    (0x20AC, 0x20AC),
    (0x2212, 0x2212),
    (0x2264, 0x2265),
)


def _has_glyph(sign: str) -> bool:
    return any(first <= ord(sign) <= last for first, last in SIGNS_WITH_GLYPHS)


def _spelled(sign: str) -> str:
    return " " if sign in "\t\n\r" else f"[U+{ord(sign):04X}]"
