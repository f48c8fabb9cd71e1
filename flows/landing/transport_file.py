"""A SAS transport file: a head in cards of 80 bytes, then records of one width, then blanks.

pyreadstat reads the head. It is no help with the records: it reads all that
comes before a chunk, makes room for 100,000 records however few there are, and
takes what is left of a file that was cut off for a whole one.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flows.errors import OpKoersError
from flows.landing.reading import unreadable

TITLE = "SAS transport"
CARD = 80
MARK = b"HEADER RECORD*******"
LARGEST_HEAD = 1 << 26
PART = CARD << 14
LONGEST_NUMBER = 8
# First byte of a number that is missing, when all others are zero: . and ._ and .A to .Z
MISSING = b"._ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FRACTION_BITS = 56

if TYPE_CHECKING:
    from numpy import uint8
    from numpy.typing import NDArray

    Bytes = NDArray[uint8]


class Field(NamedTuple):
    """Where a variable stands in a record, in bytes."""

    start: int
    length: int
    is_text: bool


@dataclass(frozen=True)
class TransportFile:
    """`size` bytes of records after `head`; `told` is their number where the head has it."""

    path: Path
    head: bytes
    size: int
    told: int | None

    def records(self, fields: Sequence[Field]) -> int:
        """The number of records with these fields. Raises OpKoersError when the last is cut off.

        Blanks fill the last card; where they could be a record as well, they are none.
        """
        width = sum(field.length for field in fields)
        if not all(map(_is_possible, fields)) or width < 1 or self.size % CARD:
            raise not_whole(self.path.name, TITLE)
        fewest = -(-max(0, self.size - CARD + 1) // width)
        possible = [
            records
            for records in range(fewest, self.size // width + 1)
            if not self._bytes(records * width, self.size).strip(b" ")
        ]
        if not possible or self.told not in (None, *possible):
            raise not_whole(self.path.name, TITLE)
        return possible[0] if self.told is None else self.told

    def only_head(self) -> io.BytesIO:
        """A transport file without a record."""
        return io.BytesIO(self.head)

    def chunk(
        self, fields: Sequence[Field], before: int, records: int, encoding: str
    ) -> list[list[str | float | None]]:
        """The columns of so many records behind the first `before`.

        Raises UnicodeDecodeError when a text is in another encoding.
        """
        import numpy

        width = sum(field.length for field in fields)
        written = self._bytes(before * width, (before + records) * width)
        table = numpy.frombuffer(written, "uint8").reshape(-1, width)
        return [_values(table, field, encoding) for field in fields]

    def _bytes(self, start: int, end: int) -> bytes:
        with self.path.open("rb") as stream:
            stream.seek(len(self.head) + start)
            return stream.read(end - start)


def open_transport(file: Path) -> TransportFile:
    """Raises OpKoersError unless the file has a head and one table."""
    head = _head(file)
    if any(_starts_another(part) for part in _parts(file, len(head))):
        raise unreadable(
            file.name, "there is more than one table in this file", "Export each to its own file"
        )
    return TransportFile(file, head, file.stat().st_size - len(head), _told(head[-CARD:]))


def not_whole(name: str, title: str) -> OpKoersError:
    """The error of a file that is not all of a file of its format, of which `title` is the name."""
    return unreadable(
        name,
        f"this is not a whole {title} file: it was cut short, or it is something else",
        "Export it again, or export it as delimited text",
    )


def _head(file: Path) -> bytes:
    """Everything up to the card behind which the records begin."""
    cards: list[bytes] = []
    with file.open("rb") as stream:
        while len(cards) * CARD < LARGEST_HEAD:
            card = stream.read(CARD)
            if len(card) < CARD or not (cards or card.startswith(MARK + b"LIB")):
                break
            cards.append(card)
            if card.startswith(MARK + b"OBS"):
                return b"".join(cards)
    raise not_whole(file.name, TITLE)


def _told(card: bytes) -> int | None:
    """The number of records in the last card of a head of version 8; others do not have it."""
    number = card[48:63].strip()
    is_there = card.startswith(MARK + b"OBSV8") and number.isdigit()
    return int(number) or None if is_there else None


def _parts(file: Path, start: int) -> Iterator[bytes]:
    with file.open("rb") as stream:
        stream.seek(start)
        while part := stream.read(PART):
            yield part


def _starts_another(part: bytes) -> bool:
    """Whether a card of this part begins another table."""
    place = part.find(MARK + b"MEMB")
    while place >= 0 and place % CARD:
        place = part.find(MARK + b"MEMB", place + 1)
    return place >= 0


def _is_possible(field: Field) -> bool:
    return field.length >= 0 if field.is_text else 1 <= field.length <= LONGEST_NUMBER


def _values(table: "Bytes", field: Field, encoding: str) -> list[str | float | None]:
    cells = table[:, field.start : field.start + field.length]
    if field.is_text:
        return [cell.tobytes().decode(encoding) for cell in cells]
    return _numbers(cells)


def _numbers(cells: "Bytes") -> list[str | float | None]:
    """Numbers of IBM mainframes: sign, power of 16 above 64, fraction; the last bytes may lack."""
    import numpy

    whole = numpy.zeros((len(cells), LONGEST_NUMBER), "uint8")
    whole[:, : cells.shape[1]] = cells
    bits = whole.view(">u8").ravel().astype("uint64")
    first = (bits >> numpy.uint64(FRACTION_BITS)).astype("int32")
    fraction = (bits & numpy.uint64((1 << FRACTION_BITS) - 1)).astype("float64")
    sizes = numpy.ldexp(fraction, 4 * ((first & 0x7F) - 64) - FRACTION_BITS)
    is_missing = (fraction == 0) & numpy.isin(first, list(MISSING))
    values = numpy.where(first & 0x80, -sizes, sizes).tolist()
    return [
        None if gone else value for value, gone in zip(values, is_missing.tolist(), strict=True)
    ]
