"""Repeats and contradictions in one file, and that every record is accounted for."""

import csv
import io
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.landing.homes import LandingHome, new_home

LONG = """
clinic_id = { value = "north" }
patient_id = { column = "patient" }
measured_at = { column = "date" }
[long]
instrument = { value = "phq-9" }
item = { column = "item" }
value = { column = "answer" }
"""
WIDE = """
clinic_id = { value = "north" }
patient_id = { column = "patient" }
measured_at = { column = "date" }
[[measure]]
instrument = "phq-9"
items = { 1 = "p1", 2 = "p2" }
partial = true
[[measure]]
instrument = "gad-7"
items = { 1 = "g1" }
partial = true
"""


@pytest.mark.parametrize(
    ("answers", "landed", "fates"),
    [
        ("A A", (3, 0), {"duplicate": 1}),
        ("A A A", (4, 0), {"duplicate": 2}),
        ("A B", (3, 1), {"rejected_conflict": 1}),
        ("A B A", (4, 0), {"duplicate": 1, "rejected_conflict": 1}),
        ("A A B", (4, 1), {"duplicate": 1, "rejected_conflict": 1}),
    ],
)
def test_of_two_answers_for_one_moment_the_later_line_counts(
    home: LandingHome, answers: str, landed: tuple[int, int], fates: dict[str, int]
) -> None:
    values = {"A": 0, "B": 1}
    lines = "".join(f"P1,2026-01-05,1,{values[answer]}\n" for answer in answers.split())
    home.source(LONG)
    home.export(f"patient,date,item,answer\n{lines}")

    receipt = home.receipt()

    assert home.landed("source_line, value") == [landed]
    assert {name: getattr(receipt, name) for name in fates} == fates
    assert receipt.rejected_error == 0
    assert receipt.rows_in == receipt.landed + receipt.duplicate + receipt.rejected


def test_a_contradicted_answer_is_set_aside_and_a_repeated_one_is_not(home: LandingHome) -> None:
    home.source(LONG)
    home.export("""
patient,date,item,answer
P1,2026-01-05,1,1
P1,2026-01-05,1,2
P1,2026-01-05,1,2
""")

    home.land()

    assert home.set_aside("source_line, value") == [(2, 1.0)]


def test_another_patient_moment_or_item_is_no_repeat(home: LandingHome) -> None:
    home.source(LONG)
    home.export("""
patient,date,item,answer
P1,2026-01-05,1,1
P2,2026-01-05,1,1
P1,2026-01-05 10:00,1,1
P1,2026-01-05,2,1
""")

    assert home.counts() == {"rows_in": 4, "landed": 4}


def test_wide_rows_with_different_questionnaires_are_no_conflict(home: LandingHome) -> None:
    home.source(WIDE)
    home.export("patient,date,p1,p2,g1\nP1,2026-01-05,1,2,\nP1,2026-01-05,,,3\n")

    assert home.counts() == {"rows_in": 2, "landed": 2}


def test_wide_rows_of_one_moment_are_never_mixed_answer_by_answer(home: LandingHome) -> None:
    home.source(WIDE)
    home.export("patient,date,p1,p2,g1\nP1,2026-01-05,1,,\nP1,2026-01-05,,2,\n")

    counts = {"rows_in": 2, "landed": 1, "rejected": 1, "rejected_conflict": 1}
    assert home.counts() == counts
    assert home.landed("source_line, item, value") == [(3, "2", 2.0)]


def test_a_wide_row_that_loses_one_questionnaire_lands_with_the_other(home: LandingHome) -> None:
    home.source(WIDE)
    home.export("patient,date,p1,p2,g1\nP1,2026-01-05,1,1,3\nP1,2026-01-05,2,2,\n")

    assert home.counts() == {"rows_in": 2, "landed": 2, "cells_rejected": 2}
    assert home.landed("source_line, instrument, item, value") == [
        (2, "gad-7", "1", 3.0),
        (3, "phq-9", "1", 2.0),
        (3, "phq-9", "2", 2.0),
    ]
    assert home.rejected() == [(2, "conflict", "conflict", None)]


# ---------- the same rules, slow and plain

PATIENTS = st.sampled_from(["P1", "P2", "", " P1 "])
DATES = st.sampled_from(["2026-01-05", "2026-01-06", "", "05-01-2026", "2027-01-01"])
ANSWERS = st.sampled_from(["0", "1", "2", "7", "x", "", "NA", " 1 "])
ITEMS = st.sampled_from(["1", "01", "2", "total", "12"])
LONG_ROWS = st.lists(st.tuples(PATIENTS, DATES, ITEMS, ANSWERS), min_size=1, max_size=12)
WIDE_ROWS = st.lists(st.tuples(PATIENTS, DATES, ANSWERS, ANSWERS, ANSWERS), min_size=1, max_size=12)

Rows = Sequence[tuple[str, ...]]
Cells = dict[tuple[str, str], str]


def cells_of(row: tuple[str, ...], *, is_long: bool) -> Cells:
    """(questionnaire, item) -> text of what a record holds."""
    if is_long:
        cells = {("phq-9", row[2].lstrip("0")): row[3]}
    else:
        names = [("phq-9", "1"), ("phq-9", "2"), ("gad-7", "1")]
        cells = dict(zip(names, row[2:], strict=True))
    return {name: text for name, text in cells.items() if text not in ("", "NA")}


def is_good(name: tuple[str, str], text: str) -> bool:
    highest = {"1": 3, "2": 3, "total": 27}.get(name[1])
    return highest is not None and text.isdigit() and int(text) <= highest


def plain_fates(rows: Rows, *, is_long: bool) -> Counter[str]:
    """What becomes of each record, by going through them from the last to the first."""
    taken: dict[tuple[str, ...], set[object]] = {}
    fates: Counter[str] = Counter(rows_in=len(rows))
    for row in reversed([tuple(field.strip() for field in row) for row in rows]):
        cells = cells_of(row, is_long=is_long)
        if not cells:
            fates["rejected_by_rule"] += 1
            continue
        good = {name: int(text) for name, text in cells.items() if is_good(name, text)}
        if not row[0] or row[1] not in ("2026-01-05", "2026-01-06") or not good:
            fates["rejected_error"] += 1
            continue
        lands, contradicted = 0, 0
        for unit in sorted({name if is_long else name[:1] for name in good}):
            answers = frozenset(item for item in good.items() if item[0][: len(unit)] == unit)
            seen = taken.setdefault((row[0], row[1], *unit), set())
            lands += not seen
            contradicted += len(answers) if seen and answers not in seen else 0
            seen.add(answers)
        outcome = "landed" if lands else "rejected_conflict" if contradicted else "duplicate"
        fates[outcome] += 1
        if lands:
            fates["cells_rejected"] += len(cells) - len(good) + contradicted
    return fates


def landed_fates(header: str, rows: Rows, source: str) -> Counter[str]:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header.split(","), *rows])
    with tempfile.TemporaryDirectory() as folder:
        home = new_home(Path(folder) / "home")
        home.source(source)
        home.export(out.getvalue())
        receipt = home.receipt()
    assert receipt.rows_in == receipt.landed + receipt.duplicate + receipt.rejected
    parts = (receipt.rejected_error, receipt.rejected_conflict, receipt.rejected_by_rule)
    assert receipt.rejected == sum(parts)
    names = ("rows_in", "landed", "duplicate", "cells_rejected")
    classes = ("rejected_error", "rejected_conflict", "rejected_by_rule")
    return Counter({name: getattr(receipt, name) for name in (*names, *classes)})


@settings(max_examples=50, deadline=None, derandomize=True)
@given(rows=LONG_ROWS)
def test_a_long_file_is_accounted_for_as_the_plain_rules_say(rows: Rows) -> None:
    assert landed_fates("patient,date,item,answer", rows, LONG) == plain_fates(rows, is_long=True)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(rows=WIDE_ROWS)
def test_a_wide_file_is_accounted_for_as_the_plain_rules_say(rows: Rows) -> None:
    assert landed_fates("patient,date,p1,p2,g1", rows, WIDE) == plain_fates(rows, is_long=False)
