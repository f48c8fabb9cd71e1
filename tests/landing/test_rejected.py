"""rejected.csv: what a sender can act on, safe to open in a spreadsheet."""

import csv
import shutil
from pathlib import Path

import duckdb
import pytest

from flows.landing.rejected import write_rejected_csv
from flows.landing.rules import RULES, rule_for
from tests.landing.homes import LandingHome

WIDE = """
clinic_id = { value = "north" }
patient_id = { column = "patient" }
measured_at = { column = "date" }
[[measure]]
instrument = "phq-9"
items = "phq_{item}"
"""
HEADER = "patient,date," + ",".join(f"phq_{n}" for n in range(1, 10))
ENGLISH = ["file", "line", "column", "rule", "class", "what to do", "value"]
DUTCH = ["bestand", "regel", "kolom", "regel van weigering", "soort", "wat te doen", "waarde"]

Reject = tuple[str, int, str | None, str, str, str, str | None]


def line(patient: str, *items: str, date: str = "2026-01-05") -> str:
    return ",".join((patient, date, *items, *["1"] * (9 - len(items))))


def rejects(folder: Path, *rows: Reject) -> Path:
    """A folder of the archive with these rows in its rejected.parquet."""
    folder.mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("""create table rejected (source_file varchar, source_line bigint,
            column_name varchar, rule varchar, reject_class varchar, fix varchar, value varchar)""")
        if rows:
            connection.executemany("insert into rejected values (?, ?, ?, ?, ?, ?, ?)", rows)
        connection.execute(f"copy rejected to '{folder / 'rejected.parquet'}' (format parquet)")
    return folder


def refused(name: str, at: int, value: str | None = None, column: str | None = "q1") -> Reject:
    rule = rule_for(name)
    return ("a.csv", at, column, name, rule.reject_class, rule.fix, value)


def written(folder: Path, language: str) -> list[list[str]]:
    """Rows of the csv as a spreadsheet of that language reads them."""
    write_rejected_csv(folder, language)
    with (folder / "rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";" if language == "nl" else ","))


def test_it_stands_beside_the_table_of_a_landed_file(home: LandingHome) -> None:
    home.source(WIDE)
    home.export("\n".join([HEADER, line("p1", "4"), *[line(f"p{n}") for n in range(2, 30)]]))

    receipt = home.receipt()

    folder = home.home / "archive" / receipt.sha256
    with (folder / "rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert rows == [
        DUTCH,
        [
            "clinic.csv", "2", "phq_1", "out_of_range", "fout",
            "verbeter het antwoord: het valt buiten het bereik van de vraag", "4",
        ],
    ]  # fmt: skip


def test_a_held_back_file_has_it_too_in_the_language_of_the_home(home: LandingHome) -> None:
    settings = home.home / "opkoers.toml"
    settings.write_text(settings.read_text().replace("[service]", '[service]\nlanguage = "en"'))
    home.source(WIDE)
    home.export("\n".join([HEADER, line("p1", date="yesterday"), line("p2")]))

    (outcome,) = home.land()

    assert (outcome.status, outcome.receipt is None) == ("held_back", False)
    (file,) = (home.home / "archive").glob("*/rejected.csv")
    with file.open(encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream)) == [
            ENGLISH,
            [
                "clinic.csv", "2", "", "unreadable_date", "error",
                "write the date as the source file says", "yesterday",
            ],
        ]  # fmt: skip


def test_where_nothing_was_rejected_there_is_none(home: LandingHome, tmp_path: Path) -> None:
    home.source(WIDE)
    home.export("\n".join([HEADER, line("p1")]))
    home.land()
    assert list((home.home / "archive").glob("*/rejected.csv")) == []

    write_rejected_csv(rejects(tmp_path / "none"), "nl")
    assert [file.name for file in (tmp_path / "none").iterdir()] == ["rejected.parquet"]


def test_what_there_is_to_mend_comes_first_in_the_order_of_the_file(tmp_path: Path) -> None:
    folder = rejects(
        tmp_path / "a",
        refused("tester", 2, column=None),
        refused("conflict", 3, column="phq-9"),
        refused("out_of_range", 40, "9"),
        refused("out_of_range", 5, "9", "q2"),
        refused("out_of_range", 5, "8", "q1"),
        refused("no_measure", 6, column=None),
        refused("odd_rows", 7, column=None),
    )
    rows = written(folder, "nl")
    assert [(row[1], row[2], row[4]) for row in rows[1:]] == [
        ("5", "q1", "fout"),
        ("5", "q2", "fout"),
        ("40", "q1", "fout"),
        ("3", "phq-9", "conflict"),
        ("2", "", "weggelaten"),
        ("6", "", "weggelaten"),
        ("7", "", "weggelaten"),
    ]
    assert [row[5] for row in rows[4:]] == [
        "twee waarden voor één moment: verwijder de verkeerde",
        "niets te herstellen: dit is geen echte patiënt",
        "niets te herstellen: het record bevat geen antwoord of score",
        "niets te herstellen: het bronbestand laat dit weg",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+cmd", "'+cmd"),
        ("-1-1", "'-1-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("\N{FULLWIDTH EQUALS SIGN}1", "'\N{FULLWIDTH EQUALS SIGN}1"),
        ("-4", "-4"),
        ("+3.5", "+3.5"),
        ("-1.234,50", "-1.234,50"),
        ("-1e5", "-1e5"),
        ("-", "'-"),
        ("1=1", "1=1"),
        ("", ""),
        (None, ""),
        ('he said "no"; and\nleft, really', 'he said "no"; and\nleft, really'),
        ("nul\x00 and bell\x07", "nul and bell"),
        ("\x00=1", "'=1"),
        ("Zoë \N{SNOWMAN}", "Zoë \N{SNOWMAN}"),
        ("x" * 100_000, "x" * 100_000),
    ],
)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_spreadsheet_shows_every_value_and_runs_none(
    tmp_path: Path, value: str | None, shown: str, language: str
) -> None:
    rows = written(rejects(tmp_path / "a", refused("not_a_number", 2, value)), language)
    assert [row[-1] for row in rows[1:]] == [shown]


def test_names_of_files_and_columns_run_no_more_than_values(tmp_path: Path) -> None:
    fix = RULES["not_a_number"].fix
    reject: Reject = ("=a.csv", 2, "@q", "not_a_number", "error", fix, "x")
    (_, row) = written(rejects(tmp_path / "a", reject), "en")
    assert row[:3] == ["'=a.csv", "2", "'@q"]


def test_excel_finds_the_encoding_and_the_same_rejects_give_the_same_bytes(tmp_path: Path) -> None:
    some = [refused("out_of_range", at, str(at), f"q{at % 7}") for at in range(2, 5000)]
    one = rejects(tmp_path / "one", *some)
    other = rejects(tmp_path / "other", *some[::-1])
    assert len(written(one, "nl")) == len(some) + 1
    written(other, "nl")
    as_bytes = (one / "rejected.csv").read_bytes()
    assert as_bytes == (other / "rejected.csv").read_bytes()
    assert as_bytes.startswith(b"\xef\xbb\xbfbestand;regel;kolom;")
    assert sorted(file.name for file in one.iterdir()) == ["rejected.csv", "rejected.parquet"]


def test_a_folder_may_have_an_odd_name(tmp_path: Path) -> None:
    folder = rejects(tmp_path / "plain", refused("out_of_range", 2, "9"))
    odd = tmp_path / "it's [1] *"
    shutil.move(folder, odd)
    assert len(written(odd, "en")) == 2


def test_every_rule_says_in_dutch_what_to_do(tmp_path: Path) -> None:
    rules = list(RULES.values())
    assert len(rules) > 20
    folder = rejects(
        tmp_path / "a",
        *(("a.csv", 2, "q", rule.name, rule.reject_class, rule.fix, None) for rule in rules),
    )
    told = {row[3]: row[5] for row in written(folder, "nl")[1:]}
    assert set(told) == {rule.name for rule in rules}
    assert [rule.name for rule in rules if told[rule.name] == rule.fix] == []
