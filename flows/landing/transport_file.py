"""The outside of a SAS transport file: a head in cards of 80 bytes, records of one width, blanks.

pyreadstat skips to a chunk of such a file by reading all that comes before it,
and takes what is left of a file that was cut off for a whole one. Here it is
given each chunk as a file of its own, and the end is looked at first.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flows.errors import OpKoersError
from flows.landing.reading import unreadable

TITLE = "SAS transport"
CARD = 80
MARK = b"HEADER RECORD*******"
LARGEST_HEAD = 1 << 26
PART = CARD << 14


@dataclass(frozen=True)
class TransportFile:
    """`size` bytes of records after `head`; `told` is their number where the head has it."""

    path: Path
    head: bytes
    size: int
    told: int | None

    def records(self, width: int) -> int:
        """The number of records of `width` bytes. Raises OpKoersError when the last is cut off.

        Blanks fill the last card; where they could be a record as well, they are none.
        """
        if width < 1 or self.size % CARD:
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

    def chunk(self, width: int, offset: int, records: int) -> io.BytesIO:
        """A transport file of the records from `offset`."""
        return io.BytesIO(self.head + self._bytes(offset * width, (offset + records) * width))

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
