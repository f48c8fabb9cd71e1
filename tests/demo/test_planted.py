"""Planted errors stand where the truth says, and landing says of them what it should."""

import json
from collections import Counter
from pathlib import Path

import pytest

from flows.instruments import load_instruments
from flows.landing.land import land_inbox
from flows.settings import FOLDERS, load_settings
from tests.demo.conftest import DELIMITERS, Demo, make_demo

PATIENT = {"noord": "clientnummer", "midden": "patient", "zuid": "patient"}
DATE = {"noord": "datum", "midden": "measured_on", "zuid": "date"}
FIRST_ANSWER = {"noord": "phq9_1", "midden": "answer", "zuid": "phq9_total"}
CLINICS = tuple(DELIMITERS)


def _planted(demo: Demo, clinic: str) -> dict[str, int]:
    """Line of the (only) planted error of each kind."""
    file = demo.export(clinic).name
    return {r["kind"]: int(r["line"]) for r in demo.truth("planted_errors") if r["file"] == file}


def _line(demo: Demo, clinic: str, number: int) -> str:
    return demo.export(clinic).read_text(encoding="utf-8-sig").split("\n")[number - 1]


@pytest.mark.parametrize("clinic", CLINICS)
def test_they_are_few_and_every_kind_is_there(usual: Demo, clinic: str) -> None:
    file = usual.export(clinic).name
    rows = [row for row in usual.truth("planted_errors") if row["file"] == file]
    kinds = {"unreadable_date", "missing_patient_id", "out_of_range", "text_for_a_number"}
    kinds |= {"exact_duplicate", "two_values_for_one_moment", "no_answers", "date_after_export"}
    kinds |= {"noord": {"tester", "incomplete"}, "midden": {"incomplete"}, "zuid": set()}[clinic]
    assert {row["kind"] for row in rows} == kinds
    assert len(rows) < 0.005 * usual.summary.records[file]


@pytest.mark.parametrize("clinic", CLINICS)
def test_ids_and_dates_are_broken_on_the_lines_named(small: Demo, clinic: str) -> None:
    planted, records = _planted(small, clinic), small.records(clinic)
    assert "31" in records[planted["unreadable_date"]][DATE[clinic]]
    assert "02" in records[planted["unreadable_date"]][DATE[clinic]]
    assert records[planted["missing_patient_id"]][PATIENT[clinic]] == ""
    assert "12" in records[planted["date_after_export"]][DATE[clinic]]
    assert "2026" in records[planted["date_after_export"]][DATE[clinic]]


@pytest.mark.parametrize("clinic", CLINICS)
def test_answers_are_broken_on_the_lines_named(small: Demo, clinic: str) -> None:
    planted, records = _planted(small, clinic), small.records(clinic)
    assert float(records[planted["out_of_range"]][FIRST_ANSWER[clinic]]) > 3
    assert records[planted["text_for_a_number"]][FIRST_ANSWER[clinic]][0].isalpha()
    empty = records[planted["no_answers"]]
    answers = [v for k, v in empty.items() if k.startswith(("phq", "gad", "ors", "srs", "answer"))]
    assert answers
    assert set(answers) == {""}


@pytest.mark.parametrize("clinic", CLINICS)
def test_repeats_stand_next_to_what_they_repeat(small: Demo, clinic: str) -> None:
    planted, records = _planted(small, clinic), small.records(clinic)
    copy = planted["exact_duplicate"]
    assert _line(small, clinic, copy) == _line(small, clinic, copy - 1)
    first = planted["two_values_for_one_moment"]
    differs = {k for k, v in records[first].items() if v != records[first + 1][k]}
    assert differs == {FIRST_ANSWER[clinic]}


def test_testers_and_incomplete_questionnaires_are_marked(small: Demo) -> None:
    planted, records = _planted(small, "noord"), small.records("noord")
    assert [n for n, row in records.items() if row["tester"] == "1"] == [planted["tester"]]
    incomplete = records[planted["incomplete"]]
    assert [incomplete[f"phq9_{item}"] for item in range(1, 6)] == [""] * 5
    assert incomplete["phq9_9"] != ""
    line = _planted(small, "midden")["incomplete"]
    assert small.records("midden")[line]["item"] == "6"


def test_no_line_is_blank(small: Demo) -> None:
    for clinic in CLINICS:
        lines = small.export(clinic).read_bytes().split(b"\n")
        assert lines[-1] == b""
        assert all(lines[:-1])


def test_landing_says_of_each_what_the_truth_expects(tmp_path: Path) -> None:
    demo = make_demo(tmp_path / "home", 300)
    for folder in FOLDERS:
        (demo.home / folder).mkdir(exist_ok=True)
    settings = load_settings(demo.home)
    outcomes = land_inbox(settings, load_instruments(None))
    assert [outcome.status for outcome in outcomes] == ["landed"] * 8
    for outcome in outcomes:
        assert outcome.receipt is not None
        receipt = json.loads(outcome.receipt.model_dump_json())
        expected = Counter(
            row["expected"] for row in demo.truth("planted_errors") if row["file"] == outcome.name
        )
        assert receipt["rows_in"] == demo.summary.records[outcome.name]
        assert receipt["duplicate"] == expected["duplicate"]
        for kind in ("error", "conflict", "by_rule"):
            assert receipt[f"rejected_{kind}"] == expected[kind]
        refused = sum(expected[kind] for kind in ("duplicate", "error", "conflict", "by_rule"))
        assert receipt["landed"] == receipt["rows_in"] - refused
