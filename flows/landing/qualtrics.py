"""Qualtrics: csv and tsv exports of responses, with three header rows.

The first row has the names of the columns, the second the questions as people
saw them, the third the ids by which Qualtrics knows them, with the time zone
in which its moments are written.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from flows.errors import OpKoersError
from flows.landing.reading import Row, Surroundings, Table, unreadable
from flows.landing.source import Source
from flows.landing.text_file import Numbered, header_and_rows, whole

IMPORT_ID = '{"ImportId"'
SEEN_BUT_UNANSWERED = "-99"
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)", re.ASCII)
# Bits of a status written as a number.
PREVIEW_OR_TEST, SPAM = 1 | 2, 8
UNFINISHED = {"false", "0"}


def open_table(file: Path, source: Source, surroundings: Surroundings) -> Table:
    """The responses of a survey; their moments in the time zone of the source.

    Raises OpKoersError: no delimited text, no record, no row of import ids.
    """
    header, rows = header_and_rows(file, source)
    ids, rows = _without_headers(rows, file.name)
    zone = ZoneInfo(source.timezone or surroundings.timezone)
    told = [_import_id(text) for text in ids]
    told += [{}] * (len(header) - len(told))
    readers = {
        place: reader
        for place, (name, meant) in enumerate(zip(header, told, strict=False))
        if (reader := _reader(name, meant, zone)) is not None
    }
    return Table(header, _rows(rows, len(header), readers, _Verdict.of(header)))


def _without_headers(rows: Iterator[Numbered], name: str) -> tuple[list[str], Iterator[Numbered]]:
    """The row of import ids, and the responses behind it."""
    above: list[Numbered] = []
    for _ in range(2):
        above += islice(rows, 1)
        if above and any(cell.startswith(IMPORT_ID) for cell in map(_compact, above[-1][1])):
            return above[-1][1], rows
    raise _no_import_ids(name)


def _compact(cell: str) -> str:
    return cell.strip().replace(" ", "")


def _no_import_ids(name: str) -> OpKoersError:
    return unreadable(
        name,
        "there is no row of import ids below the names of the columns, as Qualtrics writes it",
        'Export the responses again with all header rows, or write format = "csv" in its source',
    )


def _import_id(cell: str) -> Mapping[str, str]:
    """What the third row says of a column; nothing where that is no JSON."""
    try:
        told = json.loads(cell)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(told, dict):
        return {}
    return {key: text for key, text in told.items() if isinstance(text, str)}


@dataclass(frozen=True)
class _Verdict:
    """The places of the columns that tell whether a response counts."""

    status: int | None
    channel: int | None
    finished: int | None

    @classmethod
    def of(cls, header: Sequence[str]) -> "_Verdict":
        """Found by the names that Qualtrics gives them."""
        names = [name.lower() for name in header]
        wanted = ("status", "distributionchannel", "finished")
        return cls(*(names.index(name) if name in names else None for name in wanted))

    def rule(self, texts: Sequence[str]) -> str | None:
        """The rule that keeps a response from landing."""
        status = "" if self.status is None else texts[self.status].strip().lower()
        channel = "" if self.channel is None else texts[self.channel].strip().lower()
        bits = int(status) if re.fullmatch(r"[0-9]{1,4}", status) else 0
        if bits & PREVIEW_OR_TEST or {"preview", "test"} & {channel, *status.split()}:
            return "tester"
        if bits & SPAM or "spam" in status:
            return "spam"
        is_open = self.finished is not None and texts[self.finished].strip().lower() in UNFINISHED
        return "not_completed" if is_open else None


def _rows(
    rows: Iterator[Numbered],
    width: int,
    readers: Mapping[int, Callable[[str], str]],
    verdict: _Verdict,
) -> Iterator[Row]:
    for line, fields in rows:
        record = whole(fields, width)
        if record is None:
            yield Row(line, None)
            continue
        rule = verdict.rule(record)
        for place, read in readers.items():
            record[place] = read(record[place])
        yield Row(line, [text or None for text in record], rule)


def _reader(name: str, told: Mapping[str, str], zone: ZoneInfo) -> Callable[[str], str] | None:
    """How to read a column that is not taken as it stands."""
    if told.get("ImportId", "").startswith("QID"):
        return _answer
    written = _zone(told.get("timeZone"))
    return None if written is None or written == zone else _Clock(written, zone).read


def _answer(text: str) -> str:
    """A question that was seen but not answered can be written as a number."""
    return "" if text.strip() == SEEN_BUT_UNANSWERED else text


def _zone(told: str | None) -> ZoneInfo | None:
    if told is None:
        return None
    try:
        return ZoneInfo("UTC" if told == "Z" else told)
    except (KeyError, ValueError, OSError):
        return None


@dataclass(frozen=True)
class _Clock:
    """From the clock of one place to that of another."""

    written: ZoneInfo
    local: ZoneInfo

    def read(self, text: str) -> str:
        """The local time of a moment; another text stays as it is."""
        if MOMENT.fullmatch(text) is None:
            return text
        try:
            moment = datetime.fromisoformat(text).replace(tzinfo=self.written)
            return str(moment.astimezone(self.local).replace(tzinfo=None))
        except (ValueError, OverflowError):
            return text
