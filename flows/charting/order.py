"""What stands along the chart: numbers, days, weeks, months or quarters, in their order.

Other texts keep the order of the file. A few cells that are not what most are, are slips.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite

from flows.fitting.columns import NUMBER

Place = Callable[[str], float | None]


@dataclass(frozen=True)
class Order:
    """`form` is number, day, month, quarter, week or text; `places` sort the cells.

    `slip` is the first cell that is not of the form that most are of, None where all are.
    """

    form: str
    places: tuple[float, ...]
    slip: int | None = None

    def place_of(self, text: str, cells: Sequence[str]) -> float | None:
        """Where a cell of this text would stand; None where it is not of this form."""
        if self.form != "text":
            return FORMS[self.form](text)
        return float(cells.index(text)) if text in cells else None


def order_of(cells: Sequence[str]) -> Order:
    """The order of cells of which none is empty."""
    for form, place in FORMS.items():
        places = [place(cell) for cell in cells]
        known = [each for each in places if each is not None]
        if len(known) == len(cells):
            return Order(form, tuple(known))
        if len(known) > len(cells) / 2:
            return Order(form, (), places.index(None))
    return Order("text", tuple(map(float, range(len(cells)))))


def _number(text: str) -> float | None:
    if not NUMBER.fullmatch(text):
        return None
    place = float(text.replace(",", "."))
    return place if isfinite(place) else None  # 1e999 has no place


def _day(text: str) -> float | None:
    """2026-11-22, also with a time, 2026/11/22; day first: 22-11-2026, 22/11/2026, 22.11.2026."""
    dutch = re.fullmatch(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", text, re.ASCII)
    slashed = re.fullmatch(r"(\d{4})/(\d{1,2})/(\d{1,2})", text, re.ASCII)
    try:
        if dutch:
            return float(date(int(dutch[4]), int(dutch[3]), int(dutch[1])).toordinal())
        if slashed:
            return float(date(int(slashed[1]), int(slashed[2]), int(slashed[3])).toordinal())
        if not re.match(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return None
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.toordinal() + (at.hour * 3600 + at.minute * 60 + at.second) / 86400


def _month(text: str) -> float | None:
    """2026-11 or 2026/11, or month first: 11-2026, 11/2026."""
    found = re.fullmatch(r"(?P<year>\d{4})[-/](?P<month>0?[1-9]|1[0-2])", text, re.ASCII)
    found = found or re.fullmatch(r"(?P<month>0?[1-9]|1[0-2])[-/](?P<year>\d{4})", text, re.ASCII)
    return 12.0 * int(found["year"]) + int(found["month"]) if found else None


def _quarter(text: str) -> float | None:
    """2026-Q4, or 2026-K4 as the Dutch write it."""
    found = re.fullmatch(r"(\d{4})[- ]?[QK]([1-4])", text, re.ASCII | re.IGNORECASE)
    return 4.0 * int(found[1]) + int(found[2]) if found else None


def _week(text: str) -> float | None:
    """2026-W53; None for a week that its year does not have."""
    found = re.fullmatch(r"(\d{4})-?W(\d\d)", text, re.ASCII | re.IGNORECASE)
    try:
        return (
            float(date.fromisocalendar(int(found[1]), int(found[2]), 1).toordinal())
            if found
            else None
        )
    except ValueError:
        return None


FORMS: dict[str, Place] = {
    "number": _number,
    "day": _day,
    "month": _month,
    "quarter": _quarter,
    "week": _week,
}
