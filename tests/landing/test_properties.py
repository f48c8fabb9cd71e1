"""Any table of answers, however it is written as text, lands as a few lines of Python count it."""

import csv
import io
import tempfile
from collections import Counter
from pathlib import Path
from typing import Literal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.landing.homes import LandingHome, new_home

SOURCE = """
delimiter = "{delimiter}"
encoding = "{encoding}"
clinic_id = {{ value = "noord" }}
patient_id = {{ column = "patient" }}
measured_at = {{ column = "day" }}
[long]
instrument = {{ value = "phq-9" }}
item = {{ column = "item" }}
value = {{ column = "answer" }}
"""
HEADER = ["patient", "day", "item", "answer", "note"]
# A PHQ-9 item is answered with 0 to 3, its total lies below 28; today is 2026-11-16 there.
RIGHT_ANSWERS = ("0", "1", "2", "3", "3.0", "+1", "1e0")
WRONG_ANSWERS = ("4", "-1", "often", "1,5", "1e400", "inf", "nan", "0x1")
RIGHT_DAYS = ("2026-01-05", "2026-01-06", "1900-01-01", "2026-11-16")
WRONG_DAYS = ("", "2026-02-30", "05-01-2026", "1899-12-31", "2026-11-17", "0000-01-01", "soon")
MISSING = ("", "NA", "NULL", "null", "  ")

Record = list[str]
Way = tuple[str, str, str, bool]

records = st.lists(
    st.tuples(
        st.sampled_from(("p1", "p2", "é", "", "NA", " p1 ")),
        st.sampled_from((*RIGHT_DAYS, *RIGHT_DAYS, *WRONG_DAYS)),
        st.sampled_from(("1", "2", "9", "09", "total", "10", "0", "", "x")),
        st.sampled_from((*RIGHT_ANSWERS, *RIGHT_ANSWERS, *WRONG_ANSWERS, *MISSING)),
        st.sampled_from(("", "a\nb", 'he said "no"', "a;b,c\td|e", "'", " x", "\r\n", "é…")),
    ).map(list),
    min_size=1,
    max_size=25,
)
ways_of_writing = st.tuples(
    st.sampled_from((",", ";", "\t", "|")),
    st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "cp1252")),
    st.sampled_from(("\n", "\r\n")),
    st.booleans(),
)


def written(rows: list[Record], way: Way) -> bytes:
    delimiter, encoding, newline, quotes_all = way
    out = io.StringIO(newline="")
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=quoting)
    writer.writerows([HEADER, *rows])
    return out.getvalue().encode(encoding)


def counted(rows: list[Record]) -> dict[str, int]:
    """What must become of each record: the later of two lines for one item counts."""
    fates: Counter[str] = Counter()
    later: dict[tuple[str, str, str], set[float]] = {}
    for patient, day, item, answer, _ in reversed(rows):
        fate = _fate(patient.strip(), day, item, answer.strip())
        if fate == "landed":
            given = later.setdefault((patient.strip(), day, item.lstrip("0")), set())
            fate = "landed" if not given else "conflict"
            fate = "duplicate" if float(answer) in given else fate
            given.add(float(answer))
        fates[fate] += 1
    rejected = {f"rejected_{kind}": fates[kind] for kind in ("error", "conflict", "by_rule")}
    counts = {
        "rows_in": len(rows),
        "landed": fates["landed"],
        "duplicate": fates["duplicate"],
        "rejected": sum(rejected.values()),
        **rejected,
    }
    return {name: number for name, number in counts.items() if number}


def _fate(patient: str, day: str, item: str, answer: str) -> str:
    if answer in ("", *MISSING):
        return "by_rule"
    is_right = (
        patient not in MISSING
        and day in RIGHT_DAYS
        and item in ("1", "2", "9", "09", "total")
        and (answer in RIGHT_ANSWERS or (item, answer) == ("total", "4"))
    )
    return "landed" if is_right else "error"


def fresh_home(folder: str) -> LandingHome:
    home = new_home(Path(folder) / "home")
    with (home.home / "opkoers.toml").open("a") as out:
        out.write("[landing]\nheld_back_share = 1.0\n")
    return home


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(rows=records, way=ways_of_writing)
def test_every_record_is_counted_once_and_rightly(rows: list[Record], way: Way) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = fresh_home(folder)
        delimiter = way[0].replace("\t", "\\t")
        home.source(SOURCE.format(delimiter=delimiter, encoding=way[1]))
        home.export(written(rows, way))
        counts = home.counts()
        counts.pop("cells_rejected", None)
        assert counts == counted(rows)
