"""What checks make of a suite's results: four outcomes, counts, and never a value."""

import hashlib
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from flows.checks import CheckOutcome, check_tables, stops_publishing
from tests.expectations.published import changed_copy, good_database

SENTINEL = "SENTINEL-4711"
OUTCOME = CheckOutcome("score", "x", "conformance", "critical", "pass", 3, 0, "It matters.")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return good_database(tmp_path_factory.mktemp("good"))


def _by_name(outcomes: tuple[CheckOutcome, ...]) -> dict[str, CheckOutcome]:
    return {each.expectation: each for each in outcomes}


def test_counts_what_was_checked_and_what_failed(good: Path) -> None:
    broken = changed_copy(good, "update response set value = 4 where patient_id = 'a2'")
    found = _by_name(check_tables(broken, ["response"]))["value_between_item_bounds"]
    assert found == CheckOutcome(
        table="response",
        expectation="value_between_item_bounds",
        category="conformance",
        severity="critical",
        outcome="fail",
        checked=113,
        failed=18,
        why="An answer the form does not allow makes a score that means nothing.",
    )


def test_empty_cells_are_not_counted_as_checked(good: Path) -> None:
    found = _by_name(check_tables(good, ["alert"]))["closed_reason_in_set"]
    assert (found.outcome, found.checked, found.failed) == ("pass", 1, 0)


def test_what_cannot_be_evaluated_is_an_error_and_no_failure(
    good: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = changed_copy(good, "alter table response drop measured_at")
    found = _by_name(check_tables(broken, ["response"]))
    assert found["columns_as_published"].outcome == "fail"
    assert found["measured_at_never_null"].outcome == "error"
    assert found["measured_not_after_as_of"].outcome == "error"
    assert found["patient_id_never_null"].outcome == "pass"
    assert found["value_between_item_bounds"].outcome == "pass"
    assert "response.measured_not_after_as_of could not be evaluated: Binder" in caplog.text


def test_a_missing_table_is_an_error_of_its_whole_suite(good: Path) -> None:
    outcomes = check_tables(changed_copy(good, "drop table overdue"), ["overdue", "receipt"])
    assert {each.outcome for each in outcomes if each.table == "overdue"} == {"error"}
    assert {each.outcome for each in outcomes if each.table == "receipt"} == {"pass"}


def test_no_rows_to_judge_is_neither_pass_nor_failure(good: Path) -> None:
    outcomes = _by_name(check_tables(changed_copy(good, "delete from signal"), ["signal"]))
    judged = {name: each.outcome for name, each in outcomes.items()}
    assert judged.pop("columns_as_published") == "pass"
    assert judged.pop("every_reliable_deterioration_is_signalled") == "fail"
    assert set(judged.values()) == {"not applicable"}


def test_only_files_that_can_be_judged_are_counted_as_checked(good: Path) -> None:
    """file_check holds a judgement of two files; one of them has too little to judge by."""
    volume = "volume_like_the_files_before"
    found = _by_name(check_tables(good, ["file_check"]))[volume]
    assert (found.outcome, found.checked, found.failed) == ("pass", 1, 0)
    broken = changed_copy(
        good, f"update file_check set outcome = 'fail' where expectation = '{volume}'"
    )
    found = _by_name(check_tables(broken, ["file_check"]))[volume]
    assert (found.outcome, found.checked, found.failed) == ("fail", 2, 2)
    nothing = changed_copy(good, "update file_check set outcome = 'not applicable'")
    outcomes = _by_name(check_tables(nothing, ["file_check"]))
    assert outcomes[volume].outcome == outcomes["forms_are_complete"].outcome == "not applicable"
    assert outcomes["outcome_never_null"].outcome == "pass"


def test_an_empty_table_still_needs_its_columns(good: Path) -> None:
    broken = changed_copy(good, "delete from signal", "alter table signal drop reason")
    found = _by_name(check_tables(broken, ["signal"]))
    assert found["columns_as_published"].outcome == "fail"


@pytest.mark.parametrize(
    ("table", "plant"),
    [
        ("response", f"update response set patient_id = '{SENTINEL}', value = 4711"),
        ("response", f"update response set item = '{SENTINEL}' where item = '1'"),
        (
            "response",
            "alter table response alter value type varchar;"
            f" update response set value = '{SENTINEL}'",
        ),
        ("signal", f"update setting set value = '{SENTINEL}'"),
        ("alert", f"update alert set reason = '{SENTINEL}', kind = '{SENTINEL}', level = 'info'"),
        ("data_quality", f"update data_quality set note = '{SENTINEL}'"),
    ],
)
def test_no_value_of_the_data_leaves_the_database(
    good: Path,
    table: str,
    plant: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    outcomes = check_tables(changed_copy(good, plant), [table])
    assert any(each.outcome in ("fail", "error") for each in outcomes)
    assert "4711" not in repr(outcomes)
    assert "4711" not in caplog.text
    assert "4711" not in "".join(capfd.readouterr())


def test_reads_the_database_and_lets_go_of_it(good: Path) -> None:
    copy = changed_copy(good)
    before = hashlib.sha256(copy.read_bytes()).hexdigest()
    check_tables(copy, ["receipt"])
    assert hashlib.sha256(copy.read_bytes()).hexdigest() == before
    with duckdb.connect(str(copy), config={"memory_limit": "100MB"}) as writer:
        writer.execute("delete from receipt")
    assert _by_name(check_tables(copy, ["receipt"]))["sha256_is_one"].outcome == "not applicable"


@pytest.mark.parametrize(
    ("outcome", "severity", "stops"),
    [
        ("pass", "critical", False),
        ("fail", "critical", True),
        ("fail", "warning", False),
        ("fail", "info", False),
        ("error", "critical", True),
        ("error", "info", True),
        ("not applicable", "critical", False),
    ],
)
def test_what_stops_publishing(outcome: str, severity: str, stops: bool) -> None:
    assert (
        stops_publishing([OUTCOME, replace(OUTCOME, outcome=outcome, severity=severity)]) is stops
    )


def test_importing_checks_does_not_import_great_expectations() -> None:
    code = "import flows.checks, sys; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
