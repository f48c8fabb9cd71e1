"""How a column writes dates; the order of day and month is found, or said to be unsure."""

import re
from collections import Counter
from dataclasses import dataclass

from flows.landing.guess.columns import Column

DATE_SHARE = 0.9
MOST_MONTHS = 12
CLOCK = r"(?P<clock>[ T]\d{1,2}:\d{2}(?P<seconds>:\d{2})?)?"
ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}(:?\d{2})?)?", re.ASCII
)
NUMBERED = re.compile(
    r"(?P<first>\d{1,2})(?P<sign>[-/.])(?P<second>\d{1,2})(?P=sign)(?P<year>\d{4}|\d{2})" + CLOCK,
    re.ASCII,
)
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
OTHERS = (
    (re.compile(r"(19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])"), "%Y%m%d", False),
    (re.compile(r"\d{4}/\d{1,2}/\d{1,2}" + CLOCK), "%Y/%m/%d", True),
    (re.compile(rf"\d{{1,2}} ({MONTHS}) \d{{4}}" + CLOCK, re.IGNORECASE), "%d %b %Y", True),
    (re.compile(rf"\d{{1,2}}-({MONTHS})-\d{{4}}" + CLOCK, re.IGNORECASE), "%d-%b-%Y", True),
    (re.compile(rf"\d{{2}}({MONTHS})\d{{4}}", re.IGNORECASE), "%d%b%Y", False),
)


@dataclass(frozen=True)
class DateStyle:
    """The ways in which a column can be read: one, or two where day and month look alike.

    A format of None is ISO 8601.
    """

    formats: tuple[str | None, ...]

    @property
    def is_sure(self) -> bool:
        return len(self.formats) == 1


def find_style(column: Column) -> DateStyle | None:
    """How the dates of a column are written; None where they are none."""
    texts = [text for text in column.distinct if text]
    if not texts or not any(char.isdigit() for char in texts[0]):
        return None
    return _plain(texts)


def _plain(texts: list[str]) -> DateStyle | None:
    least = DATE_SHARE * len(texts)
    if sum(ISO.fullmatch(text) is not None for text in texts) >= least:
        return DateStyle((None,))
    numbered = [match for match in map(NUMBERED.fullmatch, texts) if match]
    if len(numbered) >= least:
        return _numbered(numbered)
    for pattern, written, has_clock in OTHERS:
        matches = [match for match in map(pattern.fullmatch, texts) if match]
        if len(matches) >= least:
            return DateStyle((written + (_clock(matches) if has_clock else ""),))
    return None


def _numbered(matches: list[re.Match[str]]) -> DateStyle | None:
    firsts = max(int(match["first"]) for match in matches)
    seconds = max(int(match["second"]) for match in matches)
    if firsts > MOST_MONTHS and seconds > MOST_MONTHS:
        return None
    sign = Counter(match["sign"] for match in matches).most_common(1)[0][0]
    year = "%Y" if all(len(match["year"]) == 4 for match in matches) else "%y"
    clock = _clock(matches)
    day_first = f"%d{sign}%m{sign}{year}{clock}"
    month_first = f"%m{sign}%d{sign}{year}{clock}"
    if firsts > MOST_MONTHS:
        return DateStyle((day_first,))
    if seconds > MOST_MONTHS:
        return DateStyle((month_first,))
    return DateStyle((day_first, month_first))


def _clock(matches: list[re.Match[str]]) -> str:
    """The clock of most of them."""
    usual = Counter(_clock_of(match) for match in matches).most_common(1)
    return usual[0][0]


def _clock_of(match: re.Match[str]) -> str:
    if match["clock"] is None:
        return ""
    return f"{match['clock'][0]}%H:%M" + (":%S" if match["seconds"] else "")
