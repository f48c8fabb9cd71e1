"""A station is held to what it declares: its number, what it reads and what it writes."""

from pathlib import Path
from typing import cast

import duckdb
import pytest

from flows.station import (
    Inputs,
    Station,
    StationError,
    StationTables,
    prove_order,
    sql_stations,
    tables_read,
)
from flows.warehouse import all_stations, run_stations, tables_of

HEAD = "-- grain: one thing\n-- reads: {reads}\n-- why: for this test.\n"


def _nothing(tables: StationTables, inputs: Inputs) -> None:
    """A station that makes nothing."""


def _station(number: int, table: str, *reads: str) -> Station:
    return Station(number, table, reads, (table,), _nothing)


def _sql_file(folder: Path, name: str, text: str) -> Station:
    (folder / name).write_text(text)
    (station,) = sql_stations(folder)
    return station


def _make(station: Station, connection: duckdb.DuckDBPyConnection) -> None:
    station.make(StationTables(connection, station), None)  # type: ignore[arg-type]


def test_the_stations_of_the_house_read_only_lower_numbers() -> None:
    stations = all_stations()
    numbers = [station.number for station in stations]
    assert numbers == sorted(set(numbers)), "two stations have one number"
    assert [station.title for station in stations][:3] == [
        "100_run",
        "105_instrument",
        "108_landed_file",
    ]
    prove_order(stations)


@pytest.mark.parametrize(
    ("stations", "complaint"),
    [
        ((_station(1, "a", "b"), _station(2, "b")), "1_a reads b, which no lower number writes"),
        ((_station(1, "a", "a"),), "1_a reads a, which no lower number writes"),
        ((_station(1, "a"), _station(1, "b", "a")), "1_b reads a, which no lower number writes"),
        ((_station(1, "a"), _station(2, "a")), "2_a writes a, which 1 writes"),
        ((_station(1, "a", "nowhere"),), "1_a reads nowhere, which no lower number writes"),
    ],
)
def test_a_wrong_order_is_refused(stations: tuple[Station, ...], complaint: str) -> None:
    with pytest.raises(StationError, match=complaint):
        prove_order(stations)


def test_the_order_is_that_of_the_numbers_not_of_the_list() -> None:
    prove_order((_station(2, "b", "a"), _station(1, "a")))
    with pytest.raises(StationError, match="1_a reads b"):
        prove_order((_station(2, "b"), _station(1, "a", "b")))


def test_a_step_is_gone_when_the_core_is_checked() -> None:
    step = Station(210, "sums", (), ("sums",), _nothing, kind="step")
    prove_order((step, _station(260, "score", "sums")))
    with pytest.raises(StationError, match="310_change reads sums, a step that is gone by then"):
        prove_order((step, _station(310, "change", "sums")))


def test_a_step_is_not_written_to_the_file(tmp_path: Path) -> None:
    file = tmp_path / "built.duckdb"
    text = HEAD.format(reads="one").replace("-- reads", "-- kind: step\n-- reads")
    station = _sql_file(tmp_path, "210_two.sql", text + "select one.a from one")
    with duckdb.connect(str(file)) as connection:
        connection.execute("create table one as select 1 as a")
        _make(station, connection)
        assert connection.execute("select a from two").fetchall() == [(1,)]
    assert tables_of(file) == ("one",)


def test_a_step_goes_once_nothing_reads_it_any_more(tmp_path: Path) -> None:
    """Two read the sums; when the third comes they are gone, and the numbers stay."""
    seen: list[list[str]] = []

    def look(tables: StationTables, inputs: Inputs) -> None:
        names = "select table_name from duckdb_tables() order by all"
        seen.append([name for (name,) in tables.connection.execute(names).fetchall()])

    head = HEAD.replace("-- reads", "-- kind: step\n-- reads").format(reads="numbers")
    (tmp_path / "210_sums.sql").write_text(head + "select sum(a) as a from numbers")
    for number, name in ((220, "one"), (230, "two")):
        text = HEAD.format(reads="sums") + "select sums.a from sums"
        (tmp_path / f"{number}_{name}.sql").write_text(text)
    numbers = Station(110, "numbers", (), ("numbers",), _write_numbers)
    last = Station(240, "look", ("two",), ("nothing",), look)
    run_stations(
        tmp_path / "built.duckdb", (numbers, *sql_stations(tmp_path), last), cast(Inputs, None)
    )
    assert seen == [["numbers", "one", "two"]]


def _write_numbers(tables: StationTables, inputs: Inputs) -> None:
    tables.write("numbers", {"a": "INTEGER"}, [{"a": 1}, {"a": 2}])


def test_a_kind_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    text = HEAD.format(reads="one").replace("-- reads", "-- kind: vew\n-- reads")
    with pytest.raises(StationError, match=r"210_two.sql: its kind must be one of"):
        _sql_file(tmp_path, "210_two.sql", text + "select one.a from one")


@pytest.mark.parametrize("reads", ["one", "one, two, three"])
def test_a_head_that_differs_from_its_text_is_refused(tmp_path: Path, reads: str) -> None:
    """The text reads one and two: naming fewer or more is a lie to the next reader."""
    text = HEAD.format(reads=reads) + "select one.a from one inner join two on one.a = two.a"
    station = _sql_file(tmp_path, "110_three.sql", text)
    with pytest.raises(StationError, match="head and text differ"):
        _make(station, duckdb.connect())


def test_a_head_may_run_over_several_lines(tmp_path: Path) -> None:
    text = HEAD.format(reads="one,\n--   two") + "select one.a from one, two"
    assert _sql_file(tmp_path, "110_three.sql", text).reads == ("one", "two")


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("three.sql", HEAD.format(reads="one") + "select 1", "name it NNN_table.sql"),
        ("11_three.sql", HEAD.format(reads="one") + "select 1", "name it NNN_table.sql"),
        ("110_three.sql", "-- grain: one\n-- reads: one\nselect 1", "grain, reads and why"),
    ],
)
def test_a_file_out_of_form_is_refused(
    tmp_path: Path, name: str, text: str, complaint: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(StationError, match=complaint):
        sql_stations(tmp_path)


@pytest.mark.parametrize(
    "text", ["select 1; select 2", "delete from one", "create table b as select 1", "no SQL"]
)
def test_only_one_select_is_a_query(text: str) -> None:
    with pytest.raises(StationError, match="not one SELECT"):
        tables_read(duckdb.connect(), text)


def test_tables_are_found_wherever_they_hide() -> None:
    """In a subquery, an exists, a join of joins, a union; names of WITH are no tables."""
    query = """
        with own as (select a from deep where a in (select b from deeper))
        select own.a from own left join beside using (a)
        where exists (select 1 from inside where inside.a = own.a)
        union all
        select last.a from last
    """
    found = tables_read(duckdb.connect(), query)
    assert found == {"deep", "deeper", "beside", "inside", "last"}


def test_a_python_station_reads_and_writes_only_what_it_declared() -> None:
    connection = duckdb.connect()
    connection.execute("create table one as select 1 as a; create table two as select 2 as a")
    tables = StationTables(connection, _station(300, "three", "one"))
    assert tables.read("select a from one") == [{"a": 1}]
    with pytest.raises(StationError, match=r"300_three reads \['two'\] undeclared"):
        tables.read("select one.a from one inner join two on one.a <> two.a")
    with pytest.raises(StationError, match="300_three writes four undeclared"):
        tables.write("four", {"a": "INTEGER"}, [])
    with pytest.raises(StationError, match="300_three writes four undeclared"):
        tables.write_select("four", "select 1")


def test_rows_are_written_with_the_types_that_were_asked_for() -> None:
    connection = duckdb.connect()
    tables = StationTables(connection, _station(300, "three"))
    columns = {"a": "INTEGER", "b": "VARCHAR[]", "c": "DOUBLE"}
    tables.write("three", columns, [{"a": 1, "b": ["x"], "c": None}, {"a": 2, "b": [], "c": 0.5}])
    assert connection.execute("select * from three").fetchall() == [(1, ["x"], None), (2, [], 0.5)]
    found = connection.execute("describe three").fetchall()
    assert {name: kind for name, kind, *_ in found} == columns
