"""Numbers and dates as a reader of the language writes them."""

from datetime import date, datetime
from functools import lru_cache
from math import floor, log10

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

LOCALES = {"nl": Locale("nl", "NL"), "en": Locale("en", "GB")}


@lru_cache(maxsize=4096)  # a report of 100 alerts writes 800 numbers, most of them again
def number(value: float, language: str) -> str:
    """At most two decimals, no trailing zeros: 33,1 in Dutch, 33.1 in English."""
    return format_decimal(value, format="#,##0.##", locale=LOCALES[language])


@lru_cache(maxsize=4096)
def one_decimal(value: float, language: str) -> str:
    return format_decimal(value, format="#,##0.0", locale=LOCALES[language])


def percentage(percent: float, language: str) -> str:
    """33,1 %: one decimal, and more close to 0 and 100, where shares of rare things lie."""
    apart = min(abs(percent), abs(100 - percent))
    decimals = 1 if apart >= 1 or apart < 1e-6 else 1 - floor(log10(apart))
    told = format_decimal(
        round(percent, decimals), format="#,##0.########", locale=LOCALES[language]
    )
    return f"{told} %"


def day(value: date, language: str) -> str:
    """Short enough for a table: 18 nov 2026."""
    return _day(value.year, value.month, value.day, language)


@lru_cache(maxsize=4096)  # a page names some hundred days, most of them again
def _day(year: int, month: int, day_of_month: int, language: str) -> str:
    whole = date(year, month, day_of_month)
    return format_date(whole, format="d MMM y", locale=LOCALES[language])


def long_day(value: date, language: str) -> str:
    """18 november 2026."""
    return format_date(value, format="d MMMM y", locale=LOCALES[language])


def moment(value: datetime, language: str) -> str:
    """18 nov 2026 06:02, as it stands (no time zone is applied)."""
    return format_datetime(value, format="d MMM y HH:mm", locale=LOCALES[language])


def iso_week(value: date) -> str:
    """The ISO 8601 week: 2026-W47."""
    year, week, _ = value.isocalendar()
    return f"{year}-W{week:02d}"
