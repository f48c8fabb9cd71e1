"""Numbers of statistics packages as text, by the display format of their variable.

SPSS, Stata and SAS keep a date as a number of days or seconds since a day of
their own; only the format tells that it is one.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from math import floor, isfinite, isnan

from flows.landing.source import FormatName

AsText = Callable[[float], str | None]

SPSS_EPOCH = datetime(1582, 10, 14)
EPOCH = datetime(1960, 1, 1)
DAY = 86_400  # seconds
# The smallest number of a SAS transport file; some programs write it for zero.
SMALLEST_IBM = 16.0**-65

# Those from QYR on show part of a date; what they keep is the whole of its first day.
SPSS_DATES = {"DATE", "ADATE", "EDATE", "SDATE", "JDATE", "QYR", "MOYR", "WKYR"}
SPSS_MOMENTS = {"DATETIME", "YMDHMS"}
SPSS_TIMES = {"TIME", "DTIME", "MTIME"}

SAS_DATES = re.compile(
    "DATE|DDMMYY[BCDNPS]?|MMDDYY[BCDNPS]?|YYMMDD[BCDNPS]?|MMYY[CDNPS]?|YYMM[CDNPS]?|YYMON|MONYY"
    "|WEEKDAT[EX]|WORDDAT[EX]|JULIAN|NLDATE|(E|B|IS)8601DA"
)
SAS_MOMENTS = re.compile("DATETIME|DATEAMPM|MDYAMPM|DTDATE|DTMONYY|NLDATM|(E|B|IS)8601D[TN]")
SAS_TIMES = re.compile("TIME|TIMEAMPM|HHMM|MMSS|TOD|NLTIME|(E|B|IS)8601TM")

STATA_DAY = re.compile(r"%-?(td|d)")
STATA_CLOCK = re.compile(r"%-?t[cC]([Hh]{2}:[Mm]{2}(:[Ss]{2}(\.s+)?)?)?")
STATA_MONTH = re.compile(r"%-?tm")


def as_text(package: FormatName, variable_format: str, kind: str) -> AsText:
    """How the numbers of a variable read; `kind` is its type as pyreadstat names it.

    Dates, times and both become ISO 8601 ("2026-01-05 10:12:00"), months
    "2026-01". A number that lies outside the calendar stays a number, so that
    it is refused as a date and not lost.
    """
    of_format = {"sav": _spss, "dta": _stata, "xpt": _sas}[package](variable_format)
    if of_format is not None:
        return partial(_in_calendar, of_format)
    if package == "xpt":
        return _ibm
    return _single if kind == "float" else plain


def plain(value: float) -> str | None:
    """A number in full: 3 for 3.0, 0.0000001 for 1e-07."""
    if not isfinite(value):
        return None if isnan(value) else "∞"
    if int(value) == value:
        return str(int(value))
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text


def _single(value: float) -> str | None:
    """As `plain`, of a number that was kept in four bytes: 0.1, where doubles say 0.10000000149."""
    import numpy

    return plain(float(str(numpy.float32(value))))


def _ibm(value: float) -> str | None:
    return "0" if abs(value) <= SMALLEST_IBM else plain(value)


def _in_calendar(read: Callable[[float], str], value: float) -> str | None:
    try:
        return read(value)
    except (OverflowError, ValueError):
        return plain(value)


def _spss(variable_format: str) -> Callable[[float], str] | None:
    name = _letters(variable_format)
    if name in SPSS_DATES:
        return lambda seconds: _day(SPSS_EPOCH, seconds / DAY)
    if name in SPSS_MOMENTS:
        return partial(_moment, SPSS_EPOCH)
    return _time if name in SPSS_TIMES else None


def _sas(variable_format: str) -> Callable[[float], str] | None:
    name = _letters(variable_format)
    if SAS_DATES.fullmatch(name):
        return partial(_day, EPOCH)
    if SAS_MOMENTS.fullmatch(name):
        return partial(_moment, EPOCH)
    return _time if SAS_TIMES.fullmatch(name) else None


def _stata(variable_format: str) -> Callable[[float], str] | None:
    if STATA_DAY.match(variable_format):
        return partial(_day, EPOCH)
    if STATA_MONTH.match(variable_format):
        return _month
    clock = STATA_CLOCK.match(variable_format)
    if clock is None:
        return None
    if clock[1] is not None and clock.end() == len(variable_format):
        return lambda milliseconds: _time(milliseconds % (1000 * DAY) / 1000)
    return lambda milliseconds: _moment(EPOCH, milliseconds / 1000)


def _letters(variable_format: str) -> str:
    """The name of a format without width and decimals: DATE11 -> DATE, E8601DA10 -> E8601DA."""
    found = re.match(r"[A-Z]+(8601[A-Z]+)?", variable_format.upper())
    return found[0] if found else ""


def _day(epoch: datetime, days: float) -> str:
    return (epoch.date() + timedelta(days=floor(days))).isoformat()


def _moment(epoch: datetime, seconds: float) -> str:
    moment = epoch + timedelta(milliseconds=round(seconds * 1000))
    return moment.isoformat(" ", "milliseconds" if moment.microsecond else "seconds")


def _month(months: float) -> str:
    year, month = divmod(floor(months), 12)
    return date(EPOCH.year + year, month + 1, 1).isoformat()[:7]


def _time(seconds: float) -> str:
    """`10:12:00`; the hours of a duration may be more than a day."""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(abs(milliseconds), 60_000)
    hours, minute = divmod(minutes, 60)
    second, fraction = divmod(rest, 1000)
    text = f"{'-' if milliseconds < 0 else ''}{hours:02}:{minute:02}:{second:02}"
    return f"{text}.{fraction:03}" if fraction else text
