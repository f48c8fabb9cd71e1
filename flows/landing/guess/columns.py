"""The columns of an export, as a sample of its records shows them."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from flows.landing.guess.layout import NUMBER

MOST_RECORDS = 20_000
MOST_CELLS = 2_000_000
MOST_CODES = 40
NUMERIC_SHARE = 0.9
# Words that exports write where nothing was answered.
MISSING_WORDS = (
    "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", ".", "-", "?", "missing", "Missing",
    "onbekend", "Onbekend", "n.v.t.", "nvt", "#N/A", "#NULL!", "#DIV/0!", "{question_not_shown}",
    "[not completed]",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column: a text for each record of the sample, None where nothing was filled in."""

    name: str
    place: int
    texts: tuple[str | None, ...]

    @cached_property
    def filled(self) -> int:
        return sum(text is not None for text in self.texts)

    @cached_property
    def distinct(self) -> frozenset[str]:
        return frozenset(text for text in self.texts if text is not None)

    @cached_property
    def numbers(self) -> tuple[float | None, ...]:
        """A number for each record, None where there is none."""
        known = {text: _number(text) for text in self.distinct}
        return tuple(None if text is None else known[text] for text in self.texts)

    @cached_property
    def present(self) -> tuple[float, ...]:
        return tuple(number for number in self.numbers if number is not None)

    @property
    def is_numeric(self) -> bool:
        """Whether nearly all that is filled in are numbers."""
        return len(self.present) > 0 and len(self.present) >= NUMERIC_SHARE * self.filled

    @property
    def is_whole(self) -> bool:
        return self.is_numeric and all(number == int(number) for number in set(self.present))

    @property
    def lowest(self) -> float:
        return min(self.present)

    @property
    def highest(self) -> float:
        return max(self.present)

    @cached_property
    def codes(self) -> frozenset[float]:
        """The different numbers, where there are few."""
        found = frozenset(self.present)
        return found if len(found) <= MOST_CODES else frozenset()

    @property
    def is_unique(self) -> bool:
        return self.filled == len(self.texts) == len(self.distinct)


@dataclass(frozen=True)
class Sample:
    """Some or all records of an export by column.

    `missing` are the words that stand for nothing filled in; `has_more` where
    the file goes on after the sample.
    """

    columns: tuple[Column, ...]
    records: int
    has_more: bool
    missing: tuple[str, ...]
    decimal: str
    is_decimal_mixed: bool = False

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def take_sample(header: Sequence[str], records: Iterable[Sequence[str | None]]) -> Sample:
    """A sample of the records, each with a text for every column of the header."""
    most = max(100, min(MOST_RECORDS, MOST_CELLS // max(1, len(header))))
    rows = list(islice(records, most + 1))
    has_more, rows = len(rows) > most, rows[:most]
    by_column = [
        [_text(row[place]) if place < len(row) else None for row in rows]
        for place in range(len(header))
    ]
    missing = _missing_words(by_column)
    columns = tuple(
        Column(name, place, tuple(None if text in missing else text for text in texts))
        for place, (name, texts) in enumerate(zip(header, by_column, strict=True))
    )
    decimal, is_mixed = _decimal_mark(columns)
    return Sample(columns, len(rows), has_more, missing, decimal, is_mixed)


def _text(text: str | None) -> str | None:
    return None if text is None or not text.strip() else text.strip()


def _missing_words(by_column: Sequence[Sequence[str | None]]) -> tuple[str, ...]:
    """Known words for missing that occur in the file, the most frequent first."""
    known = set(MISSING_WORDS)
    found = Counter(text for texts in by_column for text in texts if text in known)
    return tuple(str(word) for word, _ in found.most_common())


def _decimal_mark(columns: Sequence[Column]) -> tuple[str, bool]:
    """The decimal mark, and whether both marks occur."""
    texts = [text for column in columns if column.is_numeric for text in column.distinct]
    has_comma = any(re.fullmatch(r"[-+]?\d*,\d+", text) for text in texts)
    has_point = any(re.fullmatch(r"[-+]?\d*\.\d+", text) for text in texts)
    return ("," if has_comma else "."), has_comma and has_point


def _number(text: str) -> float | None:
    if not NUMBER.fullmatch(text):
        return None
    return float(text.replace(",", "."))
