from datetime import date, datetime

from dashboards.drawing.formats import (
    day,
    iso_week,
    long_day,
    moment,
    number,
    one_decimal,
    percentage,
)


def test_numbers_as_each_language_writes_them() -> None:
    assert [number(value, "nl") for value in (33.1, 19.0, 8.456, 12345)] == [
        "33,1",
        "19",
        "8,46",
        "12.345",
    ]
    assert [number(value, "en") for value in (33.1, 12345)] == ["33.1", "12,345"]
    assert (one_decimal(3, "nl"), one_decimal(3.51, "en")) == ("3,0", "3.5")


def test_a_share_of_something_rare_is_not_told_as_none() -> None:
    told = {0.0: "0 %", 0.0123: "0,012 %", 0.43: "0,43 %", 7.25: "7,2 %", 50.66: "50,7 %",
            99.85: "99,85 %", 99.9: "99,9 %", 100.0: "100 %", 100.4: "100,4 %"}  # fmt: skip
    assert {value: percentage(value, "nl") for value in told} == told
    assert percentage(0.0123, "en") == "0.012 %"


def test_dates_as_each_language_writes_them() -> None:
    at = datetime(2026, 10, 4, 6, 2)
    assert day(at, "nl") == "4 okt 2026"
    assert day(at, "en") == "4 Oct 2026"
    assert long_day(at.date(), "nl") == "4 oktober 2026"
    assert moment(at, "nl") == "4 okt 2026 06:02"


def test_the_iso_week_has_its_own_year() -> None:
    assert iso_week(date(2026, 11, 20)) == "2026-W47"
    assert iso_week(date(2027, 1, 1)) == "2026-W53"
    assert iso_week(date(2029, 12, 31)) == "2030-W01"
