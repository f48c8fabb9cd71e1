"""How Op koers decides, in worked examples: `decided.json` in the language of a reader.

`make rules` writes that file from the tests of the clinical rules (tests/rules), so that the
examples are what the product does. Their Dutch stands in `locale/nl/decides.po`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from dashboards.drawing.translation import translation

FILE = Path(__file__).parent / "decided.json"
FIGURES = re.compile(r"[-\d. ]*\d[-\d. ]*")
# Names of questionnaires, made-up ids, names of files and bare answers need no translation.
NAME = r"[A-Z0-9]+(?:-[A-Z0-9.]+)?"
NO_WORDS = re.compile(rf"[a-zA-Z]\d*|[<>]=?|\S+\.csv|[-\d .:=]*|{NAME}(?:, {NAME})*")


@dataclass(frozen=True)
class Column:
    """A heading, and whether only figures stand below it."""

    name: str
    is_figure: bool


@dataclass(frozen=True)
class Group:
    """Rows with one heading; of each row the further cells, and whether each is a figure."""

    name: str
    rows: tuple[tuple[tuple[str, bool], ...], ...]


@dataclass(frozen=True)
class DrawnTable:
    """A table of an example; without columns it is a published table that stayed empty."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def groups(self) -> list[Group]:
        """Rows that follow each other and begin alike, where they do not begin with a figure."""
        if self.columns[0].is_figure:
            return [Group(row[0], (self._rest(row),)) for row in self.rows]
        grouped = groupby(self.rows, key=lambda row: row[0])
        return [Group(name, tuple(self._rest(row) for row in rows)) for name, rows in grouped]

    def _rest(self, row: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
        figures = (column.is_figure for column in self.columns[1:])
        return tuple(zip(row[1:], figures, strict=True))


@dataclass(frozen=True)
class Run:
    """What came in by a day (counted from day 0) and what Op koers made of it.

    `settings` are (name, value); `inputs` are empty where they are those of the run before.
    """

    as_of: int
    settings: tuple[tuple[str, str], ...]
    inputs: tuple[DrawnTable, ...]
    outcomes: tuple[DrawnTable, ...]


@dataclass(frozen=True)
class Example:
    """One test: `key` is its name as an anchor, `explanation` its paragraphs."""

    key: str
    title: str
    explanation: tuple[str, ...]
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Chapter:
    """One rule with its examples; `key` is its address."""

    key: str
    title: str
    explanation: tuple[str, ...]
    examples: tuple[Example, ...]


@lru_cache
def chapters(language: str) -> tuple[Chapter, ...]:
    """All chapters in their order; ValueError for a language not offered."""
    return tuple(_chapter(told, language) for told in _written())


def texts() -> Iterator[str]:
    """Every English text that a reader may see and that has words in it."""
    for chapter in _written():
        yield from (chapter["title"], *chapter["explanation"])
        for case in chapter["cases"]:
            yield from (case["title"], *case["explanation"])
            yield from (text for run in case["runs"] for text in _texts_of_run(run))


def _written() -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    return written


def _texts_of_run(run: dict[str, Any]) -> Iterator[str]:
    tables = [*run["inputs"], *run["outcomes"]]
    lines = [*run["settings"], *(line for table in tables for line in table["lines"])]
    yield from (table["caption"] for table in tables)
    yield from (
        cell for line in lines for cell in line.split(" | ") if not NO_WORDS.fullmatch(cell)
    )


def _chapter(told: dict[str, Any], language: str) -> Chapter:
    return Chapter(
        key=told["key"],
        title=_said(told["title"], language),
        explanation=tuple(_said(text, language) for text in told["explanation"]),
        examples=tuple(_example(case, language) for case in told["cases"]),
    )


def _example(case: dict[str, Any], language: str) -> Example:
    before = [None, *(run["inputs"] for run in case["runs"])]
    return Example(
        key=case["test"].removeprefix("test_").replace("_", "-"),
        title=_said(case["title"], language),
        explanation=tuple(_said(text, language) for text in case["explanation"]),
        runs=tuple(
            _run(run, language, is_repeated=run["inputs"] == earlier)
            for run, earlier in zip(case["runs"], before, strict=False)
        ),
    )


def _run(run: dict[str, Any], language: str, *, is_repeated: bool) -> Run:
    inputs = [] if is_repeated else run["inputs"]
    settings = (_cells(line, language) for line in run["settings"])
    return Run(
        as_of=run["as_of"],
        settings=tuple((name, value) for name, value in settings),
        inputs=tuple(_table(table, language) for table in inputs),
        outcomes=tuple(_table(table, language) for table in run["outcomes"]),
    )


def _table(table: dict[str, Any], language: str) -> DrawnTable:
    head, *body = [_cells(line, language) for line in table["lines"]] or [()]
    return DrawnTable(
        caption=_said(table["caption"], language),
        columns=tuple(
            Column(name, _is_figure([row[place] for row in body]))
            for place, name in enumerate(head)
        ),
        rows=tuple(body),
    )


def _is_figure(cells: list[str]) -> bool:
    """Single figures only, with dashes between them perhaps."""
    figures = [cell for cell in cells if cell != "–"]
    return bool(figures) and all(re.fullmatch(r"[-\d.,]+", cell) for cell in figures)


def _cells(line: str, language: str) -> tuple[str, ...]:
    return tuple(_cell(cell, language) for cell in line.split(" | "))


def _cell(text: str, language: str) -> str:
    """A dash for nothing, a decimal comma in Dutch, words translated."""
    if text == "-":
        return "–"
    if FIGURES.fullmatch(text):
        return re.sub(r"(?<=\d)\.(?=\d)", "," if language == "nl" else ".", text)
    return text if NO_WORDS.fullmatch(text) else _said(text, language)


def _said(text: str, language: str) -> str:
    return translation(language, "decides").gettext(text)
