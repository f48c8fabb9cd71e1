"""A moment written with its distance from UTC -> the time on the clock of a place."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[T ](?P<time>\d\d:\d\d(:\d\d)?)([.,]\d+)?"
    r" ?(?P<offset>Z|UTC|[+-]\d\d:?\d\d)?",
    re.ASCII,
)


def local_text(text: str, zone: ZoneInfo) -> str:
    """`2026-01-05T09:12:00.5Z` as `2026-01-05 10:12:00` in Amsterdam; fractions are cut off.

    A moment that does not tell its distance from UTC is local already. Another
    text (a day, a year and month, no date at all) is given back as it is.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return text
    try:
        moment = datetime.fromisoformat(f"{found['day']} {found['time']}")
        return str(_local(moment, found["offset"], zone) if found["offset"] else moment)
    except (ValueError, OverflowError):
        return text


def _local(moment: datetime, offset: str, zone: ZoneInfo) -> datetime:
    """The naive local time of a naive time that stands `offset` from UTC."""
    utc = moment if offset in ("Z", "UTC") else moment - _distance(offset)
    return utc.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None)


def _distance(offset: str) -> timedelta:
    """`+01:30` and `+0130` alike: one hour and a half."""
    sign = -1 if offset[0] == "-" else 1
    return sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
