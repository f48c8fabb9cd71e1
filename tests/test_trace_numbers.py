"""`opkoers trace` of a number of many: exactly those that were counted, down to their lines."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.cli import main
from flows.errors import ExitCode
from flows.explaining import Published
from flows.landing.originals import restore_original
from flows.settings import load_settings
from flows.station import Inputs
from flows.tracing import Trace, trace
from flows.tracing.counting import COUNTED, half_reached
from flows.tracing.figures import FIGURES
from flows.tracing.following import COUNTS, counted_again
from flows.tracing.opened import opened
from flows.tracing.steps import recorded_inputs
from flows.tracing.withheld import small_counts
from tests.conftest import Demo

CELL = ("unit_kind", "unit", "indicator", "period_kind", "period")
KEYS = {
    "shown_indicator": CELL,
    "shown_indicator_alert": ("unit_kind", "unit", "indicator"),
    "shown_funnel": CELL,
    "shown_missing_outcome": ("unit_kind", "unit", "quarter", "indicator"),
    "shown_loop_audit": ("unit_kind", "unit", "kind", "rule"),
    "shown_file": ("sha256", "clinic_id"),
    "source_delivery": ("source", "clinic_id"),
}
# Of the small ones few, of the many one of each sort.
ROWS = {
    table: f"select * from {table} order by hash({key[-1]}), {', '.join(key)} limit 20"
    for table, key in KEYS.items()
}
ROWS["shown_indicator"] = """
    select * from shown_indicator
    where denominator > 0 or is_withheld or value is not null
    qualify row_number() over (
        partition by unit_kind, period_kind, indicator order by is_withheld, period desc, unit
    ) = 1
    order by indicator, unit_kind, unit, period_kind
"""


@pytest.fixture(scope="module")
def at_once(demo: Demo) -> Iterator[tuple[Published, Inputs]]:
    """The demo opened once, in which steps are made once for all numbers."""
    settings = load_settings(demo.home)
    with opened(settings, "indicator") as published:
        (run,) = published.rows("select * from run")
        yield published, recorded_inputs(settings, run)


@pytest.mark.parametrize("table", ROWS)
def test_counted_one_by_one_each_number_is_the_published_one(
    at_once: tuple[Published, Inputs], table: str
) -> None:
    """Of every kind of unit, period and indicator; the published ones are added up in SQL."""
    published, inputs = at_once
    different = []
    for row in published.rows(ROWS[table]):
        asked, tallies = counted_again(published, inputs, table, row)
        assert tallies[0].name in asked.published
        named = {name: str(row[name]) for name in KEYS[table]}
        different += [(named, each) for each in tallies if not each.is_same]
        told = {each.name: each.found for each in tallies}
        counted = {n: row[n] for n in told if isinstance(row.get(n), int | float)}
        assert {n: told[n] for n in counted} == pytest.approx(counted, abs=1e-4), named
    assert not different


def test_every_indicator_has_its_way_of_counting(demo: Demo) -> None:
    assert {name for (name,) in demo.rows("select indicator from indicator_definition")} == set(
        FIGURES
    )


# ---------- down to the lines


@pytest.fixture(scope="module")
def originals(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The lines of every archived file, by its sha256, as its sender wrote them."""
    settings, folder = load_settings(demo.home), tmp_path_factory.mktemp("originals")
    found = {}
    for archived in settings.archive.glob("*/original"):
        sha256 = archived.parent.name
        restore_original(settings, sha256, folder / sha256)
        found[sha256] = (folder / sha256).read_text("utf-8-sig").splitlines()
    return found


def a_row(demo: Demo, table: str, where: str, order: str = "all") -> list[str]:
    """The words of a command for one row."""
    columns = ", ".join(f"{name}::varchar" for name in KEYS[table])
    (row, *_) = demo.rows(f"select {columns} from {table} where {where} order by {order} limit 1")
    return [f"{name}={value}" for name, value in zip(KEYS[table], row, strict=True)]


ONE_OF_EACH = {
    "episodes": ("shown_indicator", "indicator = 'reliable_improvement' and denominator > 0"),
    "alerts": ("shown_indicator", "indicator = 'alerts_answered' and denominator > 0"),
    "scores": ("shown_indicator", "indicator = 'alliance_early' and denominator > 0"),
    "ruptures": ("shown_indicator", "indicator = 'ruptures_repaired' and is_complete"),
    "files": ("shown_indicator", "indicator = 'data_rejected' and numerator > 0"),
    "questionnaires": ("shown_indicator", "indicator = 'straight_lining' and denominator > 0"),
    "a funnel": ("shown_funnel", "true"),
    "who was not measured": ("shown_missing_outcome", "not is_withheld"),
    "the loop": ("shown_loop_audit", "alerts > 0"),
    "a file": ("shown_file", "rejected not in ('none', 'held_back')"),
    "a source": ("source_delivery", "true"),
}


@pytest.mark.parametrize("what", ONE_OF_EACH)
def test_lines_are_in_the_file_and_of_what_was_counted(
    demo: Demo, originals: dict[str, list[str]], what: str
) -> None:
    """Each line names the patient that was counted, as the sender's own file has it."""
    table, where = ONE_OF_EACH[what]
    found = trace(load_settings(demo.home), table, a_row(demo, table, where))
    assert found.counted is not None
    assert found.counted.is_same
    assert found.counted.total == len(found.counted.rows)
    by_name = {each.receipt["name"]: originals[each.receipt["sha256"]] for each in found.files}
    patients = patients_of(demo, found)
    for row, patient in zip(found.counted.rows, patients, strict=True):
        for name, lines in row.lines.items():
            cells = [by_name[name][line - 1] for line in lines]
            assert all(patient in line for line in cells), (name, lines)
    if what not in ("a source", "a file", "files"):
        with_lines = [row for row in found.counted.rows if row.lines]
        assert len(with_lines) == len(found.counted.rows)
        told = {(n, line) for row in with_lines for n, ls in row.lines.items() for line in ls}
        assert told == {(f.receipt["name"], line) for f in found.files for line in f.lines}


def patients_of(demo: Demo, found: Trace) -> list[str]:
    """The patient of each row that was counted, from the published tables; "" of a file."""
    assert found.counted is not None
    of_alert = dict(demo.rows("select alert_id, coalesce(patient_id, '') from alert"))
    of_form = dict(demo.rows("select assessment_id, patient_id from assessment"))
    return [
        row.keys.get("patient_id")
        or of_alert.get(row.keys.get("alert_id"))
        or of_form.get(row.keys.get("assessment_id"))
        or ""
        for row in found.counted.rows
    ]


def test_the_lines_that_were_rejected_are_those_of_the_receipt(
    demo: Demo, originals: dict[str, list[str]]
) -> None:
    """As many as the receipt says, and beside them none that landed."""
    words = a_row(demo, "shown_file", "rejected in ('some', 'under_1')")
    found = trace(load_settings(demo.home), "shown_file", words)
    assert found.counted is not None
    (row,) = found.counted.rows
    (lines,) = row.lines.values()
    (file,) = found.files
    assert len(lines) == row.adds["rejected"] == file.receipt["rejected_error"]
    assert not set(lines) & set(file.lines)
    assert max(lines) <= len(originals[file.receipt["sha256"]])


def test_tables_on_the_way_show_the_rows_of_those_that_were_counted(demo: Demo) -> None:
    words = a_row(demo, *ONE_OF_EACH["episodes"])
    found = trace(load_settings(demo.home), "shown_indicator", words)
    assert found.counted is not None
    counts = {table: n for stop in found.stops for table, n in stop.counts.items()}
    of_counted = {table for stop in found.stops for table in stop.of_counted}
    assert {"episode", "score", "assessment", "change"} <= of_counted
    assert counts["episode"] == found.counted.total
    keys = ", ".join(
        f"('{row.keys['clinic_id']}', '{row.keys['patient_id']}', '{row.keys['episode_id']}')"
        for row in found.counted.rows
    )
    ((scores,),) = demo.rows(
        f"select count(*) from score where (clinic_id, patient_id, episode_id) in ({keys})"
    )
    assert counts["score"] == scores


# ---------- what pages leave out


def test_a_number_that_pages_leave_out_is_told_with_the_rule(demo: Demo) -> None:
    """By hand from the counts: fewer than five of them, or none, and then it protects another."""
    rows = demo.rows("""
        select shown.unit_kind, shown.unit, shown.indicator, shown.period_kind,
            shown.period::varchar, indicator.numerator, indicator.denominator
        from shown_indicator as shown
        inner join indicator using (unit_kind, unit, indicator, period_kind, period)
        inner join indicator_definition using (indicator)
        where shown.is_withheld and indicator_definition.kind = 'share'
        order by all
    """)
    small = [row for row in rows if any(0 < n < 5 for n in (row[5], row[6], row[6] - row[5]))]
    others = [row for row in rows if row not in small]
    for row, why in ((small[0], "a count is small (1 to 4)"), (others[0], "to protect another")):
        words = [f"{name}={value}" for name, value in zip(CELL, row[:5], strict=True)]
        found = trace(load_settings(demo.home), "shown_indicator", words)
        assert found.counted is not None
        assert why in found.counted.withheld[0]
        told = {each.name: each.found for each in found.counted.tallies}
        assert (told["numerator"], told["denominator"]) == (row[5] or 0, row[6])


@pytest.mark.parametrize("table", ["shown_missing_outcome", "shown_loop_audit"])
def test_a_row_that_pages_leave_out_says_why(demo: Demo, table: str) -> None:
    hidden = "is_withheld"
    if table == "shown_loop_audit":
        hidden = "seen is null or answered is null or answered_in_time is null or acted_on is null"
    found = trace(load_settings(demo.home), table, a_row(demo, table, hidden))
    assert found.counted is not None
    assert found.counted.withheld[0].startswith("not shown on pages")
    assert found.counted.is_same
    assert found.counted.tallies[0].found == found.counted.total > 0


def test_small_is_one_to_four() -> None:
    counts = {"a": 0.0, "b": 1.0, "c": 4.0, "d": 5.0, "e": None}
    assert small_counts(counts) == ("b", "c")


# ---------- medians


@pytest.mark.parametrize(
    ("seen", "half"),
    [
        # value, and whether it was reached; by hand after Kaplan and Meier
        ([(3, 1), (1, 1), (2, 1)], 2),
        ([(1, 1), (2, 1), (3, 1), (4, 1)], 2),
        ([(2, 1), (3, 0), (4, 1), (5, 1)], 4),  # 3/4, then half of that
        ([(2, 1), (3, 0), (4, 0)], None),  # two in three never
        ([], None),
    ],
)
def test_half_have_reached_it_by_then(
    at_once: tuple[Published, Inputs], seen: list[tuple[int, int]], half: int | None
) -> None:
    published, _ = at_once
    rows = ", ".join(f"({value}, {reached})" for value, reached in seen) or "(null, null)"
    published.connection.execute(
        f"create or replace temp table {COUNTED} as"
        f" select * from (values {rows}) as seen (adds_value, adds_numerator)"
        " where adds_value is not null"
    )
    assert half_reached(published, "adds_value", "adds_numerator") == half


# ---------- when it is not the same


@pytest.fixture
def changed(demo: Demo, tmp_path: Path) -> tuple[Path, list[str]]:
    """A home of which one published number was changed by hand, and the words that ask for it."""
    words = a_row(demo, *ONE_OF_EACH["files"])
    home = tmp_path / "home"
    home.mkdir()
    for part in ("archive", "sources", "secrets", "opkoers.toml"):
        (home / part).symlink_to(demo.home / part)
    shutil.copytree(demo.home / "published", home / "published", symlinks=True)
    unit, period = words[1].partition("=")[2], words[4].partition("=")[2]
    with duckdb.connect(str((home / "published/current").resolve())) as connection:
        connection.execute(
            "update indicator set numerator = numerator + 1"
            f" where indicator = 'data_rejected' and unit = '{unit}' and period = '{period}'"
        )
    return home, words


def test_a_number_that_was_changed_is_found_out(
    changed: tuple[Path, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    home, words = changed
    done = main(["trace", "shown_indicator", *words, "--home", str(home)])
    told = capsys.readouterr().out
    assert done == ExitCode.NOT_THE_SAME
    assert "NOT the same as published" in told
    assert "numerator: published " in told


# ---------- checks and questions


def test_a_check_is_asked_again_and_its_rows_are_shown(
    demo: Demo, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = demo.rows("""
        select "table", expectation, checked, failed from quality_check
        where outcome = 'fail' and failed > 0 order by all limit 1
    """)
    ((table, expectation, checked, failed),) = rows
    asked = [f"table={table}", f"expectation={expectation}", "--json", "--home", str(demo.home)]
    assert main(["trace", "quality_check", *asked]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["counted"]["is_same"]
    numbers: dict[str, Any] = {each["name"]: each["found"] for each in told["counted"]["numbers"]}
    assert numbers == {"checked": checked, "failed": failed}
    assert len(told["counted"]["rows"]) in (0, failed)
    assert told["stations"][0]["tables"]


def test_a_check_of_the_past_is_held_against_what_its_run_kept(demo: Demo) -> None:
    ((table, expectation, run),) = demo.rows("""
        select "table", expectation, run_id from check_history
        order by outcome <> 'fail', known_at desc, "table", expectation limit 1
    """)
    key = [f"table={table}", f"expectation={expectation}", f"run_id={run}"]
    found = trace(load_settings(demo.home), "check_history", key)
    assert found.counted is not None
    assert found.counted.is_same
    told = {each.name: each.found for each in found.counted.tallies}
    ((runs, failed),) = demo.rows(f"""
        select count(*), count(*) filter (where outcome in ('fail', 'error')) from check_history
        where "table" = '{table}' and expectation = '{expectation}'
    """)
    assert (told["runs"], told["runs_failed"]) == (runs, failed)


@pytest.mark.parametrize("word", ["number=0", "text=what", "x"])
def test_a_question_that_nobody_asked_is_one_sentence(
    demo: Demo, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    assert main(["trace", "data_question", word, "--home", str(demo.home)]) == ExitCode.USAGE
    heard = capsys.readouterr()
    assert "there is no question about the data with that number" in heard.err
    assert (heard.out, heard.err.count("\n")) == ("", 1)


def test_every_number_of_the_pages_has_its_way(demo: Demo) -> None:
    """All tables that pages of quality read for numbers are among those that are counted again."""
    assert set(KEYS) <= set(COUNTS)
