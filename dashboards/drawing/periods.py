"""Weeks, months and quarters as a reader of the language calls them."""

from datetime import date
from enum import StrEnum

from babel.dates import format_date

from dashboards.drawing.formats import LOCALES
from dashboards.drawing.translation import translation


class Period(StrEnum):
    """How long each point of a chart lasts."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


def period_name(first_day: date, period: Period, language: str) -> str:
    """Of the period that holds a day, short enough for an axis.

    wk 53 2026 (the ISO week and its year), mrt 2026, K1 2026.
    """
    if period is Period.WEEK:
        year, week, _ = first_day.isocalendar()
        return translation(language).gettext("week {week} {year}").format(week=week, year=year)
    form = "MMM y" if period is Period.MONTH else "QQQ y"
    return format_date(first_day, format=form, locale=LOCALES[language])
