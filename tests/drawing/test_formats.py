from datetime import date, datetime

from dashboards.drawing.formats import day, iso_week, long_day, moment, number, one_decimal


def test_numbers_as_each_language_writes_them() -> None:
    assert [number(value, "nl") for value in (33.1, 19.0, 8.456, 12345)] == [
        "33,1",
        "19",
        "8,46",
        "12.345",
    ]
    assert [number(value, "en") for value in (33.1, 12345)] == ["33.1", "12,345"]
    assert (one_decimal(3, "nl"), one_decimal(3.51, "en")) == ("3,0", "3.5")


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
