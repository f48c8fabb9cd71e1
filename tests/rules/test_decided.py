"""The page 'How Op koers decides' holds what the rules' tests draw, and nothing else.

That each table on it is the one that was drawn is compared when its test passes (decided.py).
"""

import json
from typing import Any

import pytest

from dashboards.drawing.worked_examples import FILE
from tests.rules.decided import CHAPTERS, HERE, LEFT_OUT, cases, committed, compare, head_of

WRITTEN: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
STALE = "run `make rules`"


def test_each_chapter_has_the_tests_of_its_module_in_their_order() -> None:
    found = {chapter["key"]: [case["test"] for case in chapter["cases"]] for chapter in WRITTEN}
    assert found == {chapter.key: list(cases(chapter)) for chapter in CHAPTERS}, STALE


def test_each_chapter_begins_as_its_module_does() -> None:
    found = [{name: chapter[name] for name in chapter if name != "cases"} for chapter in WRITTEN]
    assert found == [head_of(chapter) for chapter in CHAPTERS], STALE


def test_each_example_shows_what_came_of_it() -> None:
    """A test that draws no outcome is named in LEFT_OUT, or draws one."""
    without = [name for name, case in committed().items() if not case["runs"]]
    assert without == []


def test_what_is_left_out_exists() -> None:
    text = "".join((HERE / f"{c.module}.py").read_text(encoding="utf-8") for c in CHAPTERS)
    assert [name for name in LEFT_OUT if f"def {name}(" not in text] == []


def test_another_table_is_told_with_the_command_that_mends_it() -> None:
    entry = dict(next(iter(committed().values())))
    compare(entry)
    with pytest.raises(AssertionError, match=r"out of date about .*: run `make rules`"):
        compare(entry | {"runs": []})
    with pytest.raises(AssertionError, match=r"out of date"):
        compare(entry | {"test": "test_of_tomorrow"})
