"""One axis of time for everything that is drawn above one another, with days as it is read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from babel.dates import format_date

from dashboards.drawing.formats import LOCALES

INSET = 8.0  # so that the first and last dot lie whole on the paper
LABEL_WIDTH = 66.0
MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
WEEKS_UP_TO = timedelta(days=75)


@dataclass(frozen=True)
class TimeAxis:
    """From `first` to `last`, between `left` and `right` on the paper."""

    first: datetime
    last: datetime
    left: float
    right: float

    @property
    def is_moment(self) -> bool:
        """Whether there is one moment only, which then lies in the middle."""
        return self.last <= self.first

    def x(self, moment: datetime) -> float:
        """The place of a moment; what lies outside stands at the edge."""
        if self.is_moment:
            return (self.left + self.right) / 2
        share = (moment - self.first) / (self.last - self.first)
        return self.left + INSET + min(max(share, 0), 1) * (self.right - self.left - 2 * INSET)


def ticks_of(axis: TimeAxis, language: str) -> list[tuple[datetime, str]]:
    """(moment, label): as many first days of months, or days in a short time, as fit the width.

    The first and last moment alone where nothing regular falls between them.
    """
    if axis.is_moment:
        return [(axis.first, _day(axis.first, language))]
    most = max(int((axis.right - axis.left) / LABEL_WIDTH), 2)
    if axis.last - axis.first <= WEEKS_UP_TO:
        return _days(axis, most, language)
    return _months(axis, most, language)


def _days(axis: TimeAxis, most: int, language: str) -> list[tuple[datetime, str]]:
    """Every so many weeks from the first day on; of less than a week, the first and last."""
    weeks = (axis.last - axis.first).days // 7
    step = timedelta(weeks=weeks // most + 1)
    moments = [axis.first + place * step for place in range(most + 1)]
    found = [moment for moment in moments if moment <= axis.last]
    return [(moment, _day(moment, language)) for moment in found]


def _months(axis: TimeAxis, most: int, language: str) -> list[tuple[datetime, str]]:
    first, last = _month_number(axis.first) + 1, _month_number(axis.last)
    step = next((each for each in MONTHS if (last - first) / each < most), MONTHS[-1])
    numbers = [number for number in range(first, last + 1) if number % step == 0]
    moments = [datetime(number // 12, number % 12 + 1, 1) for number in numbers]
    return [(moment, _month(moment, language)) for moment in moments]


def _month_number(moment: datetime) -> int:
    return moment.year * 12 + moment.month - 1


def _day(moment: datetime, language: str) -> str:
    return str(format_date(moment, format="d MMM", locale=LOCALES[language]))


def _month(moment: datetime, language: str) -> str:
    return str(format_date(moment, format="MMM y", locale=LOCALES[language]))
