"""`opkoers receipts`: what came in, what was held back and why, and what to do about it."""

import json

import pytest

from flows.cli import main
from flows.landing.archive import Receipt
from tests.landing.homes import LandingHome

TOTALS = """
clinic_id = { column = "clinic" }
patient_id = { column = "patient" }
measured_at = { column = "date" }
[[measure]]
instrument = "bdi"
scale = "total"
column = "BDI"
"""
SECRET = "SENTINEL-4711"


def rows(good: int, *more: str) -> str:
    lines = [f"north,P{n},2026-01-05,20" for n in range(good)]
    return "\n".join(["clinic,patient,date,BDI", *lines, *more]) + "\n"


@pytest.fixture
def told(home: LandingHome, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Lines of `opkoers receipts` for one landed and one held-back file."""
    land_two(home)
    return tell(home, capsys)


def land_two(home: LandingHome) -> None:
    home.source(TOTALS)
    good = rows(
        40,
        "north,P0,2026-01-05,20",  # repeats
        "north,P1,2026-01-05,21",  # contradicts
        "south,P50,2026-01-06,20",
        "east,P51,2026-01-06,20",
        "west,P52,2026-01-06,20",
        f"north,P53,{SECRET},20",  # error
        "north,P54,2026-01-06,",  # by rule
    )
    bad = rows(2, f"north,P60,{SECRET},20", "north,P61,2026-01-05,99", f",{SECRET},2026-01-05,20")
    home.export(good, "clinic_1.csv")
    home.export(bad, "clinic 2.csv")
    home.land()


def tell(home: LandingHome, capsys: pytest.CaptureFixture[str], *more: str) -> list[str]:
    capsys.readouterr()
    assert main(["receipts", "--home", str(home.home), *more]) == 0
    return capsys.readouterr().out.splitlines()


def folder_of(home: LandingHome, name: str) -> str:
    (file,) = [
        file
        for kind in ("receipt", "held_back")
        for file in home.home.glob(f"archive/*/{kind}.json")
        if Receipt.model_validate_json(file.read_text()).name == name
    ]
    return str(file.parent)


def test_each_file_has_a_line_with_its_counts_by_class_and_its_clinics(told: list[str]) -> None:
    heads, landed, held = told[:3]
    assert heads.split()[-9:] == [
        "in", "landed", "duplicate", "error", "conflict", "by", "rule", "cells", "clinics",
    ]  # fmt: skip
    # 47 records: 43 land, 1 repeats, 1 contradicts, 1 has no date and 1 no score
    assert landed.split() == [
        "clinic_1.csv", "2026-11-16", "05:00", "47", "43", "1", "1", "1", "1", "0",
        "east,", "north,", "south", "and", "1", "more",
    ]  # fmt: skip
    assert held.split() == [
        "clinic", "2.csv", "held", "back", "5", "2", "0", "3", "0", "0", "0", "north",
    ]  # fmt: skip


def test_a_held_back_file_is_explained_with_what_to_do(
    home: LandingHome, capsys: pytest.CaptureFixture[str]
) -> None:
    land_two(home)
    text = tell(home, capsys)
    start = text.index("clinic 2.csv: 3 of 5 records (60%) have errors, more than 5%.")
    assert sorted(text[start + 1 : start + 4]) == [
        "  1 x missing_clinic, first on line 6: fill in the clinic",
        "  1 x out_of_range in column BDI, first on line 5:"
        " correct the answer: it lies outside the range of the item",
        "  1 x unreadable_date, first on line 4: write the date as the source file says",
    ]
    assert text[start + 4 :] == [
        f"  Every line, with its value: {folder_of(home, 'clinic 2.csv')}/rejected.csv",
        "  Mend the export or sources/clinic.toml and run again,"
        " or land it as it is: opkoers run --accept 'clinic 2.csv'",
    ]


def test_the_fourth_reason_is_counted_only(
    home: LandingHome, capsys: pytest.CaptureFixture[str]
) -> None:
    home.source(TOTALS)
    home.export(
        rows(
            1,
            ",P1,2026-01-05,20",
            "north,,2026-01-05,20",
            "north,P3,,20",
            "north,P4,2026-01-05,99",
            "north,P5,2026-01-05,98",
        )
    )
    home.land()
    lines = tell(home, capsys)
    reasons = [line for line in lines if " x " in line]
    assert reasons[0].startswith("  2 x out_of_range in column BDI, first on line 6:")
    assert len(reasons) == 3
    assert "  and 1 more: opkoers receipts --file clinic.csv" in lines


def test_one_file_is_told_in_full(home: LandingHome, capsys: pytest.CaptureFixture[str]) -> None:
    land_two(home)
    lines = tell(home, capsys, "--file", "clinic_1.csv")
    assert lines[0] == "clinic_1.csv: landed 2026-11-16 05:00 UTC"
    fields = dict(line.split(maxsplit=1) for line in lines[1 : lines.index("Rejected:")])
    assert set(fields) == set(Receipt.model_fields) - {"name", "landed_at"}
    assert (fields["source"], fields["rows_in"], fields["landed"]) == ("clinic", "47", "43")
    assert fields["clinics"] == "east, north, south, west"
    assert fields["has_artificial_dates"] == "no"
    assert fields["envelope"] == "-"
    rejected = lines[lines.index("Rejected:") + 1 :]
    assert [line.split(",")[0].strip() for line in rejected[:3]] == [
        "1 x unreadable_date",
        "1 x conflict in column bdi",
        "1 x no_measure",
    ]
    assert rejected[3:] == [
        f"  Every line, with its value: {folder_of(home, 'clinic_1.csv')}/rejected.csv"
    ]


def test_a_held_back_file_in_full_says_what_to_do(
    home: LandingHome, capsys: pytest.CaptureFixture[str]
) -> None:
    land_two(home)
    lines = tell(home, capsys, "--file", "clinic 2.csv")
    assert lines[0] == "clinic 2.csv: held back"
    assert lines[-2] == "clinic 2.csv: 3 of 5 records (60%) have errors, more than 5%."
    assert lines[-1].endswith("opkoers run --accept 'clinic 2.csv'")


def test_an_accepted_file_is_no_longer_held_back(
    home: LandingHome, capsys: pytest.CaptureFixture[str]
) -> None:
    land_two(home)
    home.land(accept=["clinic 2.csv"])
    assert not [line for line in tell(home, capsys) if "held back" in line.lower()]


def test_json_tells_the_same_to_a_program(
    home: LandingHome, capsys: pytest.CaptureFixture[str]
) -> None:
    land_two(home)
    one, two = json.loads("\n".join(tell(home, capsys, "--json")))
    assert (one["name"], one["status"], one["rows_in"]) == ("clinic_1.csv", "landed", 47)
    assert one["clinics"] == ["east", "north", "south", "west"]
    assert one["landed_at"] == "2026-11-16T05:00:00.000001"
    assert (two["name"], two["status"]) == ("clinic 2.csv", "held_back")
    assert two["rejected_csv"] == f"{folder_of(home, 'clinic 2.csv')}/rejected.csv"
    assert {
        "rule": "out_of_range",
        "reject_class": "error",
        "column": "BDI",
        "times": 1,
        "first_line": 5,
        "fix": "correct the answer: it lies outside the range of the item",
    } in two["reasons"]
    assert [set(file) - set(Receipt.model_fields) for file in (one, two)] == [
        {"status", "reasons", "rejected_csv"}
    ] * 2
    (alone,) = json.loads("\n".join(tell(home, capsys, "--json", "--file", "clinic_1.csv")))
    assert alone == one


def test_every_file_of_one_name_is_told(
    home: LandingHome, capsys: pytest.CaptureFixture[str]
) -> None:
    home.source(TOTALS)
    home.export(rows(3))
    home.land()
    home.export(rows(4))
    home.land()
    lines = tell(home, capsys, "--file", "clinic.csv")
    assert [line.split()[-1] for line in lines if line.startswith("  rows_in")] == ["3", "4"]


def test_nothing_of_a_value_is_told(home: LandingHome, capsys: pytest.CaptureFixture[str]) -> None:
    land_two(home)
    for more in ((), ("--json",), ("--file", "clinic_1.csv"), ("--file", "clinic 2.csv")):
        assert SECRET not in "".join(tell(home, capsys, *more))


def test_an_empty_archive_is_told_as_such(
    home: LandingHome, capsys: pytest.CaptureFixture[str]
) -> None:
    heads, nothing = tell(home, capsys)
    assert heads.startswith("file ")
    assert nothing == "No file has landed yet: put an export in inbox/ and run `opkoers run`."
    assert tell(home, capsys, "--json") == ["[]"]
    (home.home / "archive").rmdir()
    assert tell(home, capsys) == [heads, nothing]


def test_an_unknown_name_is_refused_with_the_nearest(
    home: LandingHome, capsys: pytest.CaptureFixture[str]
) -> None:
    land_two(home)
    capsys.readouterr()
    assert main(["receipts", "--home", str(home.home), "--file", "clinic_3.csv"]) == 2
    assert capsys.readouterr().err == (
        "opkoers: clinic_3.csv: no file of this name has come in"
        " (did you mean 'clinic_1.csv'?). `opkoers receipts` lists them all.\n"
    )
