"""From the tests of the clinical rules to the page 'How Op koers decides'.

The page shows what these tests draw, from `decided.json` beside the page's drawing. A test that
passes but is not there as it is drawn now fails, and names the command that mends it.
"""

import ast
import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from dashboards.drawing.worked_examples import FILE
from tests.rules import words
from tests.rules.case import CASE, Case, Run, Table

HERE = Path(__file__).parent
MEND = (
    "the page 'How Op koers decides' is out of date about \"{what}\": run `make rules`, look at"
    f" what changes in {FILE.name} and in its Dutch (decides.po), and commit both"
)

Entry = dict[str, Any]


@dataclass(frozen=True)
class Chapter:
    """One page of the help: its address, the module of tests behind it, its title."""

    key: str
    module: str
    title: str


CHAPTERS = (
    Chapter("scores", "test_scoring", "Scores"),
    Chapter("start", "test_episodes_and_baseline", "Episodes and the start"),
    Chapter("records", "test_recorded_episodes", "Episodes that the clinic records"),
    Chapter("sessions", "test_appointments", "Sessions"),
    Chapter("change", "test_change", "Reliable change and recovery"),
    Chapter("methods", "test_change_methods", "Other ways to judge change"),
    Chapter("talking-therapies", "test_talking_therapies", "Recovery over two questionnaires"),
    Chapter("sudden", "test_sudden_change", "Sudden gains and losses"),
    Chapter("agreement", "test_agreement", "Questionnaires that disagree"),
    Chapter("signals", "test_signals", "When a rule fires"),
    Chapter("treatment", "test_signals_of_treatment", "The treatment as a whole"),
    Chapter("alliance", "test_signals_of_alliance", "The alliance"),
    Chapter("alerts", "test_alerts", "How an alert opens and closes"),
    Chapter("critical", "test_critical_items", "Critical items"),
    Chapter("lists", "test_lists_and_figures", "The alert list and the figures"),
)
CHAPTER_OF = {chapter.module: chapter for chapter in CHAPTERS}

# About programs rather than about people, or without a table that shows what came of it.
LEFT_OUT = frozenset(
    {
        "test_every_scale_of_an_instrument_has_a_row_or_a_reason",
        "test_only_those_that_are_asked_for",
        "test_own_values_are_computed_from_the_own_intake",
        "test_every_method_has_its_constants_then",
        "test_an_alliance_is_no_outcome_by_own_values_either",
        "test_the_definitions_keep_their_values_where_a_clinic_has_its_own",
        "test_it_is_a_mark_and_no_alert",
        "test_an_alert_about_change_tells_it",
        "test_what_cannot_be_attached_is_listed",
        "test_ids_are_those_of_the_last_run",
        "test_unknown_patients_are_told_apart",
        "test_each_clinic_may_have_its_own_deputy",
        "test_an_answer_stays_with_its_measurements_when_episodes_are_cut_anew",
        "test_an_answer_that_does_not_say_which_closes_neither",
        "test_the_items_that_are_watched",
        "test_two_files_held_back_at_one_moment_are_two_alerts",
        "test_a_clinic_of_which_only_a_held_back_file_is_known_has_figures",
    }
)


def cases(chapter: Chapter) -> dict[str, str]:
    """Each test of a chapter that stands on the page with its explanation, in order of the file.

    A test that runs several times with other values is left out, for it draws no one table.
    """
    tree = ast.parse((HERE / f"{chapter.module}.py").read_text(encoding="utf-8"))
    return {
        node.name: ast.get_docstring(node) or ""
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and node.name not in LEFT_OUT
        and not node.decorator_list
        and any(argument.arg == "service" for argument in node.args.args)
    }


def hold(test: pytest.Function) -> None:
    """Compare what a passed test drew with the page; in `make rules`, hand it over instead."""
    chapter = CHAPTER_OF.get(test.module.__name__.rpartition(".")[2])
    if chapter is None or test.name not in cases(chapter):
        return
    entry = entry_of(test.name, inspect.getdoc(test.function) or "", test.stash[CASE])
    for writer in test.config.pluginmanager.get_plugins():
        if isinstance(writer, Written):
            writer.entries[test.name] = entry
            return
    compare(entry)


def compare(entry: Entry) -> None:
    """Raises AssertionError where the file says something else of a test, or nothing."""
    assert committed().get(entry["test"]) == entry, MEND.format(what=entry["title"])


# ---------- one test as an entry


def entry_of(name: str, explanation: str, case: Case) -> Entry:
    """What the page says of a test, ready to be written."""
    return {
        "test": name,
        "title": words.title(name),
        "explanation": words.paragraphs(explanation),
        "runs": [_run(run) for run in case.runs if run.outcomes],
    }


def _run(run: Run) -> Entry:
    return {
        "as_of": run.as_of,
        "settings": words.settings(run.settings),
        "inputs": [_table(table) for table in run.inputs],
        "outcomes": [_table(table) for table in run.outcomes],
    }


def _table(table: Table) -> Entry:
    """A caption and lines of cells with bars between them, the heading first."""
    head = [words.heading(column) for column in table.columns]
    body = [
        [words.cell(column, cell) for column, cell in zip(table.columns, row, strict=True)]
        for row in table.rows
    ]
    return {
        "caption": words.caption(table.name),
        "lines": [" | ".join(line) for line in (head, *body) if line],
    }


# ---------- the file


@lru_cache(maxsize=1)
def committed() -> Mapping[str, Entry]:
    """Entries of the file by the name of their test."""
    chapters = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else []
    return {entry["test"]: entry for chapter in chapters for entry in chapter["cases"]}


class Written:
    """A plugin of pytest that gathers entries while the tests run, to be written as a whole."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}

    def text(self) -> str:
        """The file; KeyError names a test that did not pass."""
        chapters = [_chapter(chapter, self.entries) for chapter in CHAPTERS]
        return json.dumps(chapters, ensure_ascii=False, indent=1) + "\n"


def _chapter(chapter: Chapter, entries: Mapping[str, Entry]) -> Entry:
    return head_of(chapter) | {"cases": [entries[name] for name in cases(chapter)]}


def head_of(chapter: Chapter) -> Entry:
    """What stands above the cases: the module's own explanation."""
    tree = ast.parse((HERE / f"{chapter.module}.py").read_text(encoding="utf-8"))
    explanation = words.paragraphs(ast.get_docstring(tree) or "")
    return {"key": chapter.key, "title": chapter.title, "explanation": explanation}
