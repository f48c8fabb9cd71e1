"""Quarters as the audit report counts them: which one is over, and how it is written."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_date

from dashboards.drawing.formats import LOCALES
from dashboards.drawing.periods import Period, period_name
from flows.errors import ExitCode, OpKoersError

WRITTEN = re.compile(r"([0-9]{4})-Q([1-4])", re.ASCII)


@dataclass(frozen=True, order=True)
class Quarter:
    """A quarter of a calendar year; `number` from 1 to 4."""

    year: int
    number: int

    def __str__(self) -> str:
        """2026-Q3, as folders are named."""
        return f"{self.year:04d}-Q{self.number}"

    @property
    def first_day(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last_day(self) -> date:
        return self.after.first_day - timedelta(days=1)

    @property
    def before(self) -> "Quarter":
        return Quarter(self.year, self.number - 1) if self.number > 1 else Quarter(self.year - 1, 4)

    @property
    def after(self) -> "Quarter":
        return Quarter(self.year, self.number + 1) if self.number < 4 else Quarter(self.year + 1, 1)

    @property
    def year_from(self) -> date:
        """The first day of the year that ends with this quarter."""
        return self.before.before.before.first_day

    def name(self, language: str) -> str:
        """K3 2026, short enough for a table."""
        return period_name(self.first_day, Period.QUARTER, language)

    def long_name(self, language: str) -> str:
        """3e kwartaal 2026."""
        return format_date(self.first_day, format="QQQQ y", locale=LOCALES[language])


def quarter_of(day: date) -> Quarter:
    """The quarter that holds a day."""
    return Quarter(day.year, (day.month + 2) // 3)


def last_complete(as_of: date) -> Quarter:
    """The last quarter of which every day is in the data up to and with `as_of`."""
    running = quarter_of(as_of)
    return running if running.last_day == as_of else running.before


def quarter_asked(text: str) -> Quarter:
    """`2026-Q3` as a quarter. Raises OpKoersError for anything else."""
    found = WRITTEN.fullmatch(text)
    if found is None or found[1] == "0000" or found[1] == "9999":
        raise OpKoersError(
            f"'{text}' is no quarter",
            next_step="Write year and quarter as in 2026-Q3",
            exit_code=ExitCode.USAGE,
        )
    return Quarter(int(found[1]), int(found[2]))
