"""What cannot land: one sentence with file, line and what to do, and nothing half-landed."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.landing.homes import LandingHome, new_home

TOTALS = """
clinic_id = { value = "north" }
patient_id = { column = "patient" }
measured_at = { column = "date" }
[[measure]]
instrument = "bdi"
scale = "total"
column = "BDI"
"""
GOOD = "patient,date,BDI\nP1,2026-01-05,20\n"
HEADER = b"patient,date,BDI\n"
SECRET = "Jansen"  # a value that no sentence may show

CASES: dict[str, tuple[str, bytes, str]] = {
    "no byte": (
        TOTALS,
        b"",
        "EMPTY_FILE: clinic.csv: the file is empty. Export it again, or take it out of inbox.",
    ),
    "only a mark of byte order": (
        TOTALS,
        b"\xef\xbb\xbf",
        "EMPTY_FILE: clinic.csv: the file is empty. Export it again, or take it out of inbox.",
    ),
    "an empty first line": (
        TOTALS,
        b"\n\n" + GOOD.encode(),
        "EMPTY_FILE: clinic.csv: the first line is empty."
        " Export it again, or take it out of inbox.",
    ),
    "header only": (
        TOTALS,
        HEADER,
        "EMPTY_FILE: clinic.csv: there is a header line but no record."
        " Export it again, or take it out of inbox.",
    ),
    "header and blank lines": (
        TOTALS,
        HEADER + b"\n\n\n",
        "EMPTY_FILE: clinic.csv: there is a header line but no record."
        " Export it again, or take it out of inbox.",
    ),
    "an unknown column": (
        TOTALS,
        f"pattient,date,BDI,remarks\n{SECRET},2026-01-05,20,\n".encode(),
        "UNKNOWN_COLUMN: clinic.csv, line 1: there is no column 'patient' among the 4 of the"
        " header line (did you mean 'pattient'?). Mend the column name in sources/clinic.toml,"
        " or export the file with that column.",
    ),
    "a column twice": (
        TOTALS,
        f"patient,date,BDI,date\n{SECRET},2026-01-05,20,2026-01-06\n".encode(),
        "UNKNOWN_COLUMN: clinic.csv, line 1: the header line has the column 'date' more than"
        " once. Export the file with one column of that name.",
    ),
    "another delimiter than the source says": (
        f'delimiter = ","\n{TOTALS}',
        f"patient;date;BDI\n{SECRET};2026-01-05;20\n".encode(),
        'WRONG_DELIMITER: clinic.csv, line 1: the header line is not split by ",".'
        ' Write delimiter = ";" in sources/clinic.toml.',
    ),
    "another delimiter, with commas in names": (
        f'delimiter = ","\n{TOTALS}',
        f"patient;date;BDI;name, first;name, last\n{SECRET};2026-01-05;20;;\n".encode(),
        'WRONG_DELIMITER: clinic.csv, line 1: the header line is not split by ",".'
        ' Write delimiter = ";" in sources/clinic.toml.',
    ),
    "no delimiter at all": (
        TOTALS,
        f"patient date BDI\n{SECRET} 2026-01-05 20\n".encode(),
        'WRONG_DELIMITER: clinic.csv, line 1: the header line is not split by ",".'
        " Write the right delimiter in sources/clinic.toml.",
    ),
    "not utf-8": (
        TOTALS,
        HEADER + b"P1,2026-01-05,20\n" + f"{SECRET} Zoë,2026-01-05,20\n".encode("cp1252"),
        "UNREADABLE_FILE: clinic.csv, line 3: the file is not written in utf-8."
        " Write its encoding (often cp1252) in its source file.",
    ),
    "a header that is not utf-8": (
        TOTALS,
        "patiënt,date,BDI\n".encode("cp1252"),
        "UNREADABLE_FILE: clinic.csv, line 1: the file is not written in utf-8."
        " Write its encoding (often cp1252) in its source file.",
    ),
    "not cp1252": (
        f'encoding = "cp1252"\n{TOTALS}',
        HEADER + b"P1,2026-01-05,20\n" * 90_000 + b"\x81,2026-01-05,20\n",
        "UNREADABLE_FILE: clinic.csv, line 90002: the file is not written in cp1252."
        " Write its encoding (often cp1252) in its source file.",
    ),
    "half a character at the end": (
        f'encoding = "utf-16"\n{TOTALS}',
        GOOD.encode("utf-16") + b"\x41",
        "UNREADABLE_FILE: clinic.csv, line 3: the file is not written in utf-16."
        " Write its encoding (often cp1252) in its source file.",
    ),
    "no utf-16 at all": (
        f'encoding = "utf-16"\n{TOTALS}',
        GOOD.encode() * 3,
        "UNREADABLE_FILE: clinic.csv, line 1: the file is not written in utf-16."
        " Write its encoding (often cp1252) in its source file.",
    ),
    "a workbook": (
        TOTALS,
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00" + bytes(range(256)) * 100,
        "UNREADABLE_FILE: clinic.csv, line 1: there are zero bytes here, so the file is not"
        " text in the encoding of its source. Export it as delimited text, or write its"
        " encoding (such as utf-16) in its source file.",
    ),
    "zero bytes further on": (
        TOTALS,
        GOOD.encode() + b"P2\0,2026-01-05,20\n",
        "UNREADABLE_FILE: clinic.csv, line 3: there are zero bytes here, so the file is not"
        " text in the encoding of its source. Export it as delimited text, or write its"
        " encoding (such as utf-16) in its source file.",
    ),
    "an unclosed quote": (
        TOTALS,
        GOOD.encode() + f'"{SECRET},2026-01-05,20\nP3,2026-01-05,20\n'.encode(),
        "UNREADABLE_FILE: clinic.csv, line 3: the quotes or the length of this record are not"
        " those of delimited text. Close the quoted field there, or export the file again.",
    ),
    "a quote closed too early": (
        TOTALS,
        GOOD.encode() + f'"{SECRET}" x,2026-01-05,20\n'.encode(),
        "UNREADABLE_FILE: clinic.csv, line 3: the quotes or the length of this record are not"
        " those of delimited text. Close the quoted field there, or export the file again.",
    ),
    "a cell without end": (
        TOTALS,
        GOOD.encode() + SECRET.encode() * 500_000 + b",2026-01-05,20\n",
        "UNREADABLE_FILE: clinic.csv, line 3: the quotes or the length of this record are not"
        " those of delimited text. Close the quoted field there, or export the file again.",
    ),
    "a header without end": (
        TOTALS,
        b'patient,date,"BDI\n' + b"P1,2026-01-05,20\n" * 80_000,
        "UNREADABLE_FILE: clinic.csv, line 1: the header line is beyond 1,048,576 characters,"
        " or its quotes do not end. Export the file again as text with one header line.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_file_that_cannot_land_is_told_in_one_sentence_and_others_land(
    home: LandingHome, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    source, content, sentence = CASES[case]
    home.source(source)
    home.source(TOTALS, "good")
    home.export(content)
    home.export(GOOD, "good.csv")

    refused, good = home.land()

    assert refused.error is not None
    assert f"{refused.error.exit_code.name}: {refused.error}" == sentence
    assert SECRET not in sentence + caplog.text
    assert good.receipt is not None
    assert {name.split("/")[1] for name in home.archive()} == {good.receipt.sha256}
    assert [folder.name for folder in (home.home / "archive").iterdir()] == [good.receipt.sha256]


def test_a_file_that_no_source_matches(home: LandingHome) -> None:
    home.source(TOTALS)
    home.export(GOOD, "other.csv")

    assert home.mistake() == (
        "NO_SOURCE_MATCHES: other.csv: no source file matches this name."
        " Add sources/<name>.toml with a fitting 'match', or take the file out of inbox."
    )
    assert home.archive() == {}


def test_a_file_that_two_sources_match(home: LandingHome) -> None:
    home.source(TOTALS, "clin")
    home.source(TOTALS, "clinic")
    home.export(GOOD)

    assert home.mistake() == (
        "NO_SOURCE_MATCHES: clinic.csv: more than one source matches this name (clin, clinic)."
        " Make the 'match' of one of them narrower."
    )
    assert home.archive() == {}


def test_no_sentence_shows_other_header_names_or_values(home: LandingHome) -> None:
    home.source(TOTALS)
    home.export(f"{SECRET},{SECRET}2,{SECRET}3\nP1,2026-01-05,20\n")

    assert SECRET not in home.mistake()


# ---------- rights and room, in a process of an ordinary account


@pytest.fixture
def outside(request: pytest.FixtureRequest) -> Iterator[LandingHome]:
    """A home outside the folders of the account that tests, owned by an ordinary account."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101, S103
        home = new_home(Path(folder) / "home")
        home.source(TOTALS)
        home.export(GOOD, "clinic1.csv")
        home.export(GOOD.replace("P1", "P2") + big_export(), "clinic2.csv")
        yield home
        for path in (home.home, *home.home.iterdir()):
            path.chmod(0o700)


def big_export() -> str:
    """Records that do not compress away."""
    return "".join(f"P{n * n % 9973},{2000 + n % 20}-01-05,{n % 60}\n" for n in range(9000))


def land_as_ordinary(home: LandingHome, largest: int | None = None) -> dict[str, Any]:
    if os.geteuid() == 0:
        for path in (home.home, *home.home.rglob("*")):
            shutil.chown(path, 65534, 65534)
    command = [sys.executable, "-m", "tests.landing.landing_process", str(home.home)]
    command += [str(largest)] if largest else []
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_a_file_that_may_not_be_read_does_not_stop_the_others(outside: LandingHome) -> None:
    (outside.home / "inbox" / "clinic1.csv").chmod(0)

    told = land_as_ordinary(outside)

    assert told["outcomes"][0] == [
        "clinic1.csv",
        "refused",
        "NO_RIGHTS",
        "clinic1.csv: no rights to read or write here."
        " Give the account that runs opkoers these rights, and run again.",
    ]
    assert told["outcomes"][1][:2] == ["clinic2.csv", "landed"]


@pytest.mark.parametrize("room", ["archive", "inbox"])
def test_without_rights_on_a_room_nothing_lands(outside: LandingHome, room: str) -> None:
    (outside.home / room).chmod(0o500 if room == "archive" else 0)

    told = land_as_ordinary(outside)

    assert told["raised"].startswith(f"NO_RIGHTS: {outside.home / room}")
    assert told["raised"].endswith(
        "no rights to read or write here."
        " Give the account that runs opkoers these rights, and run again."
    )
    assert outside.archive() == {}


@pytest.mark.parametrize("largest", [1_000, 4_000, 40_000])
def test_a_full_disk_leaves_the_archive_as_it_was(outside: LandingHome, largest: int) -> None:
    told = land_as_ordinary(outside, largest)

    assert told["raised"].startswith("DISK_FULL: ")
    assert "Make room and run again" in told["raised"]
    folders = list((outside.home / "archive").iterdir())
    assert all((folder / "receipt.json").exists() for folder in folders)
    assert len(folders) <= 1
    after = land_as_ordinary(outside)
    assert {outcome[1] for outcome in after["outcomes"]} <= {"landed", "known"}, after
    assert len(outside.table("responses", "distinct source_file", "1")) == 2
