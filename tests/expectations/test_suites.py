"""Every expectation passes on good data and fails, alone, on the data it is there for."""

import re
from importlib import import_module
from pathlib import Path

import duckdb
import pytest

from flows.checks import CheckOutcome, check_tables
from tests.expectations.broken import BROKEN
from tests.expectations.published import TABLES, changed_copy, good_database

ROOM = Path(__file__).parents[2] / "expectations"
BROKEN_BY_A_COPY = re.compile(r"(?P<column>\w+)_(?P<rule>never_null|in_set|at_least_0)")
WRONG_VALUE = {"never_null": "null", "in_set": "'unheard of'", "at_least_0": "-1"}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return good_database(tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="module")
def good_outcomes(good: Path) -> tuple[CheckOutcome, ...]:
    return check_tables(good, TABLES)


def _ids(outcomes: tuple[CheckOutcome, ...], table: str) -> list[str]:
    return [each.expectation for each in outcomes if each.table == table]


def _not_passed(outcomes: tuple[CheckOutcome, ...]) -> dict[str, str]:
    return {each.expectation: each.outcome for each in outcomes if each.outcome != "pass"}


def test_a_run_asks_every_suite_once_and_there_is_no_other() -> None:
    """A suite that no step of a run names would guard nothing."""
    modules = {file.stem for file in ROOM.glob("*.py")} - {"__init__", "guard"}
    assert sorted(TABLES) == sorted(modules)


def test_good_data_passes_everywhere(good_outcomes: tuple[CheckOutcome, ...]) -> None:
    assert {each.table for each in good_outcomes} == set(TABLES)
    assert [each for each in good_outcomes if each.outcome != "pass"] == []


def test_each_expectation_says_how_grave_it_is_and_why(
    good_outcomes: tuple[CheckOutcome, ...],
) -> None:
    for each in good_outcomes:
        assert each.severity in {"critical", "warning", "info"}
        assert each.category in {"conformance", "completeness", "plausibility"}
        assert each.why.endswith(".")
        assert len(each.why.split()) >= 4


@pytest.mark.parametrize("table", TABLES)
def test_each_expectation_has_data_that_break_it(
    table: str, good_outcomes: tuple[CheckOutcome, ...]
) -> None:
    ids = _ids(good_outcomes, table)
    others = [each for each in ids if not BROKEN_BY_A_COPY.fullmatch(each)]
    assert len(set(ids)) == len(ids)
    assert set(others) - {"one_row_per_grain"} == set(BROKEN[table])


@pytest.mark.parametrize(
    ("table", "expectation", "change"),
    [
        pytest.param(table, name, change, id=f"{table}-{name}")
        for table in TABLES
        for name, change in BROKEN[table].items()
    ],
)
def test_broken_data_fail_that_expectation_alone(
    good: Path, table: str, expectation: str, change: str
) -> None:
    outcomes = check_tables(changed_copy(good, change), [table])
    assert _not_passed(outcomes) == {expectation: "fail"}


POINTS = "update yardstick set threshold = {0} where instrument = '{1}' and method = 'JT'"
CHANGE_POINTS = (
    "update change set reliable_change_points = {0} where instrument = '{1}' and method = 'JT'"
)
STRICT = "update yardstick set threshold_rule = '>' where instrument = 'phq-9'"
CLASS = "class_agrees_with_points_and_direction"


@pytest.mark.parametrize(
    ("table", "changes", "failing"),
    [
        ("change", ["update change set class = 'deteriorated' where patient_id = 'a2'"], {CLASS}),
        ("change", ["update change set class = 'deteriorated' where patient_id = 'b2'"], {CLASS}),
        ("change", ["update change set class = 'improved' where patient_id = 'b2'"], {CLASS}),
        (
            "change",
            ["update change set class = 'unchanged' where patient_id = 'a2'"],
            {CLASS, "crossed_without_reliable_change_is_both"},
        ),
        # b1 gained exactly 10 on the ORS here, whose rule is "more than"
        ("change", [POINTS.format(10, "ors"), CHANGE_POINTS.format(10, "ors")], {CLASS}),
        ("change", [POINTS.format(9.9, "ors"), CHANGE_POINTS.format(9.9, "ors")], set()),
        # a1 lost exactly 8 on the PHQ-9, whose rule is "at least"
        ("change", [POINTS.format(8, "phq-9"), CHANGE_POINTS.format(8, "phq-9")], set()),
        (
            "signal",
            [POINTS.format(8, "phq-9"), "delete from signal where signal_id = 's1'"],
            {"every_reliable_deterioration_is_signalled"},
        ),
        ("signal", [POINTS.format(8, "phq-9")], set()),
        (
            "signal",
            [POINTS.format(8, "phq-9"), STRICT],
            {"reliable_deterioration_reaches_the_points"},
        ),
        (
            "signal",
            [POINTS.format(8, "phq-9"), STRICT, "delete from signal where signal_id = 's1'"],
            set(),
        ),
    ],
)
def test_thresholds_hold_at_the_very_point(
    good: Path, table: str, changes: list[str], failing: set[str]
) -> None:
    outcomes = check_tables(changed_copy(good, *changes), [table])
    assert {each.expectation for each in outcomes if each.outcome == "fail"} == failing


BLANK_FORMS = """
    insert into score select score.* replace (
        '{form}' || form.n as assessment_id, '{scale}' as scale, null as score,
        null as score_source, null as items_answered, null as items_missing,
        'no_answer' as no_score_reason
    )
    from score, range(20) as form (n) where assessment_id = 'b2-1'
"""
SCORED_FORMS = """
    insert into score select score.* replace ('new-' || form.n as assessment_id)
    from score, range(20) as form (n) where assessment_id = 'b2-1'
"""


@pytest.mark.parametrize(
    ("changes", "is_failing"),
    [
        # twenty forms with a total, of which the export holds no part
        ([SCORED_FORMS, BLANK_FORMS.format(form="new-", scale="part")], False),
        # twenty forms of which it holds nothing at all, as where each answer was "unknown"
        ([BLANK_FORMS.format(form="new-", scale="total")], True),
    ],
)
def test_a_scale_of_which_nothing_came_is_no_gap_but_an_empty_form_is(
    good: Path, changes: list[str], is_failing: bool
) -> None:
    outcomes = check_tables(changed_copy(good, *changes), ["score"])
    failing = {each.expectation for each in outcomes if each.outcome == "fail"}
    assert ("most_forms_can_be_scored" in failing) == is_failing


@pytest.mark.parametrize("table", TABLES)
def test_a_copy_of_a_row_with_one_wrong_value_fails_on_that_row_alone(
    good: Path, good_outcomes: tuple[CheckOutcome, ...], table: str
) -> None:
    copy = f"insert into {table} select * replace ({{}}) from {table} limit 1"
    rules = {each: BROKEN_BY_A_COPY.fullmatch(each) for each in _ids(good_outcomes, table)}
    wrong = {
        name: copy.format(f"{WRONG_VALUE[rule['rule']]} as {rule['column']}")
        for name, rule in rules.items()
        if rule
    }
    wrong["one_row_per_grain"] = f"insert into {table} select * from {table} limit 1"
    outcomes = check_tables(changed_copy(good, *wrong.values()), [table])
    failed = {each.expectation: each.failed for each in outcomes if each.expectation in wrong}
    assert failed == dict.fromkeys(wrong, 1)


def test_the_critical_suite_needs_no_table_that_its_own_file_lacks(
    good: Path, tmp_path: Path
) -> None:
    lane = tmp_path / "lane.critical.duckdb"
    with duckdb.connect(str(lane)) as connection:
        connection.execute(f"attach '{good}' as whole (read_only)")
        for table in ("critical", "critical_item", "run", "instrument"):
            connection.execute(f"create table {table} as from whole.{table}")
    assert _not_passed(check_tables(lane, ["critical"])) == {}


def test_two_expectations_of_one_name_are_refused() -> None:
    guard = import_module("expectations.guard")
    one = guard.never_null("item", guard.CRITICAL, why="Nobody could say what was asked.")
    with pytest.raises(ValueError, match="item_never_null"):
        guard.suite_of("response", one, one)


def test_an_expectation_without_a_why_is_refused() -> None:
    guard = import_module("expectations.guard")
    with pytest.raises(ValueError, match="no why"):
        guard.never_null("item", guard.CRITICAL, why=" ")
