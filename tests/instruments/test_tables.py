"""What SQL gets to know of the instruments: the tables of station 105."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.instruments import load_instruments
from flows.settings import Settings
from flows.station import Inputs, Station, StationTables
from flows.stations import instrument
from tests.instruments.test_extends import CONSTANT
from tests.instruments.test_loader import MOOD


def tables_of(home: Path, norms: dict[str, str] | None = None) -> duckdb.DuckDBPyConnection:
    """The tables as a run makes them of a home's instruments."""
    from datetime import UTC, datetime

    now = datetime(2026, 1, 5, tzinfo=UTC)
    inputs = Inputs(
        run_id="test",
        as_of=now.date(),
        known_at=now,
        code_version="test",
        settings=Settings(home=home),
        instruments=load_instruments(home, norms),
        receipts=(),
        held_back=(),
        events=(),
        journal_seq=0,
    )
    connection = duckdb.connect()
    station = Station(105, "instrument", (), instrument.WRITES, instrument.make)
    station.make(StationTables(connection, station), inputs)
    return connection


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    return tables_of(tmp_path_factory.mktemp("home"))


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def test_no_instrument_and_no_scale_is_left_out(shipped: duckdb.DuckDBPyConnection) -> None:
    known = load_instruments()
    assert {name for (name,) in rows(shipped, "select instrument from instrument")} == set(known)
    scales = [(i.id, s.id, n) for i in known.values() for n, s in enumerate(i.scale, start=1)]
    found = rows(shipped, "select instrument, scale, scale_no from instrument_scale")
    assert sorted(found) == sorted(scales)
    main = "select instrument, scale from instrument_scale where is_main and scale <> 'total'"
    assert rows(shipped, main) == []


def test_how_a_scale_is_made_and_what_stands_in_for_an_item(
    shipped: duckdb.DuckDBPyConnection,
) -> None:
    query = """
        select scale, aggregation, items, allowed_missing, missing_rule, norm
        from instrument_scale where instrument = '{}' order by scale_no
    """
    assert rows(shipped, query.format("oq-45")) == [
        ("total", "sum", 45, 4, "rounded_mean", "nl"),
        ("sd", "sum", 25, 2, "rounded_mean", "nl"),
        ("ir", "sum", 11, 1, "rounded_mean", "nl"),
        ("sr", "sum", 9, 0, "none", "nl"),
        ("asd", "reported", None, None, None, "nl"),
    ]
    assert rows(shipped, query.format("k10")) == [("total", "sum", 10, 2, "rounded_score", None)]


def test_of_which_scale_an_absent_item_takes_the_mean(shipped: duckdb.DuckDBPyConnection) -> None:
    query = """
        select item, replaced_within, is_reversed from instrument_item
        where instrument = 'oq-45' and scale = 'total' and item in ('1', '2', '12')
        order by item
    """
    assert rows(shipped, query) == [("1", "ir", True), ("12", "sr", True), ("2", "sd", False)]
    others = """
        select count(*) from instrument_item
        where scale is not null and scale <> replaced_within and instrument <> 'oq-45'
    """
    assert rows(shipped, others) == [(0,)]


def test_items_that_no_scale_counts_have_their_range(shipped: duckdb.DuckDBPyConnection) -> None:
    query = """
        select instrument, count(*), min(minimum), max(maximum) from instrument_item
        where scale is null group by instrument order by instrument
    """
    assert rows(shipped, query) == [
        ("bsi-18", 18, 0, 4),
        ("core-5", 5, 0, 4),
        ("gcq-s", 12, 0, 6),
        ("gq", 30, 1, 7),
        ("sq-48", 48, 0, 4),
        ("wav-12", 12, 1, 5),
    ]
    unknown = "select item_minimum, item_maximum, items from instrument where instrument = 'ham-d'"
    assert rows(shipped, unknown) == [(None, None, 17)]
    watched = "select item, domain, threshold from critical_item where instrument = 'ham-d'"
    assert rows(shipped, watched) == [("3", "self_harm", 1)]


def test_every_norm_group_stands_beside_the_one_in_force(tmp_path: Path) -> None:
    query = """
        select norm, scale, is_in_force, cutoff, cutoff_rule, reliable_change_points
        from instrument_norm where scale in ('total', 'sr') order by norm, scale
    """
    tables = tables_of(tmp_path, {"oq-45": "us"})
    assert rows(tables, query) == [
        ("nl", "sr", False, 12, ">=", None),
        ("nl", "total", False, 56, ">=", 18),
        ("us", "sr", True, 12, ">=", 7),
        ("us", "total", True, 64, ">=", 14),
    ]
    in_force = """
        select cutoff, reliable_change_points, instrument_scale.norm, norm_population
        from instrument_scale join instrument using (instrument)
        where instrument = 'oq-45' and scale = 'total'
    """
    assert rows(tables, in_force) == [(64, 14, "us", "US norms")]


def test_what_local_formulas_need(shipped: duckdb.DuckDBPyConnection) -> None:
    query = """
        select reliability, reliability_kind, functional_mean, functional_sd, clinical_mean,
            clinical_sd, reliable_change_z
        from instrument_scale where instrument = '{}' and is_main
    """
    assert rows(shipped, query.format("bdi-ii")) == [
        (0.801, "not stated", 7.69, 7.52, None, None, None)
    ]
    assert rows(shipped, query.format("core-10"))[0][-1] == 1.645


def test_codings_and_codes_for_missing(shipped: duckdb.DuckDBPyConnection) -> None:
    assert rows(shipped, "select * from instrument_coding order by coding") == [
        ("k10", "0-4", False, 1, 0, 4),
        ("k10", "1-5", True, 0, 1, 5),
    ]
    assert rows(shipped, "select * from instrument_missing_code") == [("honos", 9)]


def test_bands(shipped: duckdb.DuckDBPyConnection) -> None:
    query = "select label, lowest, highest from instrument_band where instrument = 'wsas'"
    assert rows(shipped, query) == [("significant", 10, 20), ("moderately severe", 21, 40)]


def test_a_constant_says_whose_it_is_and_whether_it_was_chosen(tmp_path: Path) -> None:
    own = '[[scale]]\nid = "total"\n[scale.cutoff]\nvalue = 12\nrule = ">="\n'
    (tmp_path / "phq-9.toml").write_text(f'extends = "phq-9"\nid = "phq-9"\n{own}{CONSTANT}')
    (tmp_path / "mood.toml").write_text(MOOD)
    tables = tables_of(tmp_path)

    query = """
        select constant, value, source, origin, is_choice from instrument_constant
        where instrument = 'phq-9' and constant in ('cutoff', 'reliability') order by constant
    """
    assert [(c, v, o, chosen) for c, v, _, o, chosen in rows(tables, query)] == [
        ("cutoff", ">= 12", "home", False),
        ("reliability", "0.84", "shipped", True),
    ]
    origins = "select instrument, extends from instrument where origin = 'home' order by instrument"
    assert rows(tables, origins) == [("mood", None), ("phq-9", "phq-9")]
    assert rows(tables, "select * from instrument_replaced") == [
        ("phq-9", "total", None, "cutoff", ">= 10", ">= 12")
    ]


def test_every_constant_of_every_table_has_a_source(shipped: duckdb.DuckDBPyConnection) -> None:
    query = """
        select count(*) from instrument_constant
        where source is null or population is null or evidence not in ('V', 'VC', 'K', 'D')
    """
    assert rows(shipped, query) == [(0,)]
    cutoffs = """
        select count(*) from instrument_scale as scale
        anti join instrument_constant as constant
            on scale.instrument = constant.instrument and scale.scale = constant.scale
            and constant.constant = 'cutoff'
        where scale.cutoff is not null
    """
    assert rows(shipped, cutoffs) == [(0,)]
