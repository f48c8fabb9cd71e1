"""Which sheet of a workbook holds an export, and in which row its column names stand."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from flows.landing.compressed import sound_zip
from flows.landing.guess.layout import header_place
from flows.landing.isolation import call_isolated
from flows.landing.sheet_marks import WORKBOOK, no_workbook, protected

MOST_SHEETS = 20
MOST_ROWS = 60
MOST_WIDTH = 2000
ZIP_BEGINS = b"PK"


@dataclass(frozen=True)
class Sheet:
    """A sheet that may hold records: its name and the row of its column names, from 1."""

    name: str
    header_row: int


def find_sheets(file: Path, name: str, largest_bytes: int, memory_mb: int) -> list[Sheet]:
    """The sheets with columns, in their order. Raises OpKoersError for a broken workbook."""
    read = partial(first_rows, file.absolute(), name, largest_bytes)
    told: dict[str, list[list[str]]] = call_isolated(read, name=name, memory_mb=memory_mb)
    places = {sheet: header_place([_trimmed(row) for row in rows]) for sheet, rows in told.items()}
    return [Sheet(sheet, place + 1) for sheet, place in places.items() if place is not None]


def first_rows(file: Path, name: str, largest_bytes: int) -> dict[str, list[list[str]]]:
    """The first rows of each sheet as texts; to be called in a process with limits."""
    from python_calamine import CalamineError, PasswordError

    with file.open("rb") as stream:
        is_zip = stream.read(2) == ZIP_BEGINS
    try:
        with sound_zip(file, name, WORKBOOK, largest_bytes) if is_zip else nullcontext():
            return dict(_sheets(file))
    except PasswordError:
        raise protected(name) from None
    except (CalamineError, ValueError, OverflowError, TypeError):
        raise no_workbook(name) from None
    except BaseException as error:
        # A panic of the Rust code is no Exception, and has no name that can be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise no_workbook(name) from None


def _sheets(file: Path) -> Iterator[tuple[str, list[list[str]]]]:
    from python_calamine import CalamineWorkbook

    with file.open("rb") as stream:
        book = CalamineWorkbook.from_filelike(stream)
        for name in book.sheet_names[:MOST_SHEETS]:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=MOST_ROWS)
            yield name, [[_text(cell) for cell in islice(row, MOST_WIDTH)] for row in rows]


def _text(cell: Any) -> str:
    return str(cell).strip()


def _trimmed(row: Sequence[str]) -> list[str]:
    """Without empty cells at its end."""
    last = max((place for place, cell in enumerate(row, start=1) if cell), default=0)
    return list(row[:last])
