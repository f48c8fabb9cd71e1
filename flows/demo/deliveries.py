"""When each clinic delivers its export, and which of its sessions stand in which file.

A file holds what was measured before the day on which it was delivered and after the one before
it; the last one also what was measured on that day itself. Days count from FIRST_MONDAY.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from flows.demo.simulation import CLINICS, FIRST_MONDAY, LAST_DAY, Ints

WEEK = 7
# The service began with Op koers 56 weeks ago: twelve whole months of alerts to answer.
BEGAN = LAST_DAY - 56 * WEEK
# At first every four weeks, then every other week, for two months now every week.
FORTNIGHTLY_FROM, WEEKLY_FROM = LAST_DAY - 32 * WEEK, LAST_DAY - 8 * WEEK
# Its patients, their intake and its treatments are told every quarter.
BESIDE_EVERY = 14 * WEEK
# Once a clinic delivered nothing for a month; what was missing came late, with the next file.
SKIPPED = {2: (LAST_DAY - 28 * WEEK, LAST_DAY - 26 * WEEK)}


@dataclass(frozen=True)
class Deliveries:
    """Days of delivery, in order: of each clinic's answers, and of what is told beside them."""

    of_clinic: tuple[tuple[int, ...], ...]
    beside: tuple[int, ...]

    @property
    def days(self) -> tuple[int, ...]:
        """Every day on which anything is delivered."""
        return tuple(sorted({day for days in (*self.of_clinic, self.beside) for day in days}))

    @property
    def alerts_from(self) -> date:
        """From when on critical items wait for an answer: where nobody answered, six weeks ago."""
        return date_of(BEGAN if len(self.days) > 1 else LAST_DAY - 42)


def _in_parts() -> Deliveries:
    """Two years at once when the service began, then a file per clinic on more and more Mondays."""
    all_days = (
        *range(BEGAN, FORTNIGHTLY_FROM, 4 * WEEK),
        *range(FORTNIGHTLY_FROM, WEEKLY_FROM, 2 * WEEK),
        *range(WEEKLY_FROM, LAST_DAY + 1, WEEK),
    )
    return Deliveries(
        of_clinic=tuple(
            tuple(day for day in all_days if day not in SKIPPED.get(clinic, ()))
            for clinic in range(len(CLINICS))
        ),
        beside=tuple(range(BEGAN, LAST_DAY + 1, BESIDE_EVERY)),
    )


AT_ONCE = Deliveries(of_clinic=((LAST_DAY,),) * len(CLINICS), beside=(LAST_DAY,))
IN_PARTS = _in_parts()


def delivered_on(days: tuple[int, ...], measured: Ints) -> Ints:
    """Day of the file in which each of the days `measured` stands; `days` are those of delivery."""
    place = np.searchsorted(np.array(days[:-1], dtype=np.int64), measured, side="right")
    return np.array(days, dtype=np.int64)[place]


def date_of(day: int) -> date:
    """The date of a day that counts from FIRST_MONDAY."""
    return FIRST_MONDAY + timedelta(days=day)


def file_on(stem: str, day: int) -> str:
    """Name of the file that was delivered on a day."""
    return f"{stem}_{date_of(day).isoformat()}.csv"
