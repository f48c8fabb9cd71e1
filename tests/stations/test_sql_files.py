"""Every file of sql/ keeps the form that its README promises."""

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.station import SQL_FOLDER, sql_stations

FILES = sorted(SQL_FOLDER.glob("*.sql"))
MOST_COLUMNS_WIDE = 100


def _ids(file: Path) -> str:
    return file.stem


def _final_selects(node: Any) -> list[dict[str, Any]]:
    """The select, or both sides of a union, that a statement ends in."""
    if node["type"] == "SET_OPERATION_NODE":
        sides = node.get("children") or [node["left"], node["right"]]
        return [select for side in sides for select in _final_selects(side)]
    return [node]


def _tree(file: Path) -> dict[str, Any]:
    text = file.read_text(encoding="utf-8")
    row = duckdb.connect().execute("select json_serialize_sql(?::varchar)", [text]).fetchone()
    assert row is not None
    statement: dict[str, Any] = json.loads(row[0])["statements"][0]["node"]
    return statement


def test_there_are_files() -> None:
    assert len(FILES) >= 15


@pytest.mark.parametrize("file", FILES, ids=_ids)
def test_the_final_columns_are_spelled_out(file: Path) -> None:
    for select in _final_selects(_tree(file)):
        for column in select["select_list"]:
            assert column["class"] != "STAR", "name the columns of the final select"
            named = column.get("alias") or column.get("column_names")
            assert named, "give each computed column of the final select a name"


@pytest.mark.parametrize("file", FILES, ids=_ids)
def test_the_head_says_grain_reads_and_why(file: Path) -> None:
    head = [line for line in file.read_text().splitlines() if line.startswith("--")]
    said = [line.split(":")[0] for line in head if re.match(r"-- [a-z]+: ", line)]
    assert [name for name in said if name in ("-- grain", "-- reads", "-- why")] == [
        "-- grain",
        "-- reads",
        "-- why",
    ]
    why = next(line for line in head if line.startswith("-- why: "))
    assert len(why.split()) >= 6


@pytest.mark.parametrize("file", FILES, ids=_ids)
def test_lines_are_not_too_wide_and_lower_case(file: Path) -> None:
    lines = file.read_text().splitlines()
    assert [n for n, line in enumerate(lines, 1) if len(line) > MOST_COLUMNS_WIDE] == []
    code = [re.sub(r"'[^']*'", "", line) for line in lines if not line.lstrip().startswith("--")]
    assert [line for line in code if line != line.lower()] == []


def test_each_file_makes_the_table_of_its_name() -> None:
    for station, file in zip(sql_stations(), FILES, strict=True):
        assert station.title == file.stem
        assert station.writes == (file.stem[4:],)


def test_layers_are_in_their_hundreds() -> None:
    """1xx staging, 2xx core, 3xx meaning, 4xx marts, 5xx audit."""
    assert {station.number // 100 for station in sql_stations()} <= {1, 2, 3, 4, 5}
    lanes = {station.name for station in sql_stations() if station.lane == "critical"}
    assert lanes == {"critical_answer", "critical"}
