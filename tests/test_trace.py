"""`opkoers trace`: from a published number, station by station, to the lines of a file."""

import csv
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest

from flows.cli import main
from flows.errors import ExitCode, OpKoersError
from flows.landing.originals import restore_original
from flows.lineage import pooled_tables, stations_behind, writers
from flows.settings import load_settings
from flows.tracing import Trace, trace
from flows.tracing.traced import FileLines
from tests.conftest import Demo


def traced(demo: Demo, table: str, *key: str, rows: int = 3) -> Trace:
    return trace(load_settings(demo.home), table, key, rows)


def a_change(demo: Demo) -> tuple[str, str, str, int]:
    """Clinic, patient, episode and the number of scores behind one change, in zuid (totals)."""
    ((clinic, patient, episode, scores),) = demo.rows("""
        select clinic_id, patient_id, episode_id, count(*) from score
        where clinic_id = 'zuid' and instrument = 'phq-9' and scale = 'total'
            and (clinic_id, patient_id, episode_id) in (
                select (clinic_id, patient_id, episode_id) from change
                where instrument = 'phq-9' and scale = 'total' and method = 'JT'
            )
        group by all order by all limit 1
    """)
    return clinic, patient, episode, scores


def records_of(demo: Demo, export: FileLines) -> list[dict[str, str]]:
    """The records on the lines of an archived export, as its sender wrote them."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "original"
        restore_original(load_settings(demo.home), export.receipt["sha256"], file)
        lines = file.read_text("utf-8-sig").splitlines()
    chosen = [lines[0], *(lines[n - 1] for n in export.lines)]
    return list(csv.DictReader(chosen, delimiter="\t"))


def test_a_change_leads_to_the_lines_that_hold_its_scores(demo: Demo) -> None:
    """The totals on those lines of the export itself are the scores that were published."""
    clinic, patient, episode, scores = a_change(demo)
    found = traced(demo, "change", f"clinic={clinic}", f"patient={patient}", f"episode={episode}",
                   "instrument=phq-9", "scale=total", "method=JT")  # fmt: skip
    titles = [stop.origin.station.title for stop in found.stops]
    assert titles[0] == "310_change"
    assert titles[-1] == "100_run"
    assert "260_score" in titles
    by_table = {t: n for stop in found.stops for t, n in stop.counts.items()}
    assert by_table["score"] == int(scores)
    exports = [each for each in found.files if each.receipt["source"].startswith("zuid")]
    told = [row for each in exports for row in records_of(demo, each) if row["phq9_total"]]
    assert {row["patient"] for row in told} == {patient}
    published = demo.rows(
        "select score from score where instrument = 'phq-9' and scale = 'total'"
        f" and patient_id = '{patient}' and clinic_id = '{clinic}'"
    )
    assert sorted(float(row["phq9_total"]) for row in told) == sorted(v for (v,) in published)


def test_every_published_table_can_be_traced(demo: Demo) -> None:
    """The first row of each, by all its columns that are not numbers with a fraction."""
    settings = load_settings(demo.home)
    with duckdb.connect(str(settings.snapshot.resolve()), read_only=True) as connection:
        tables = [
            t for (t,) in connection.execute("select table_name from duckdb_tables()").fetchall()
        ]
        first = {}
        for table in tables:
            columns = connection.execute(
                f"select column_name from duckdb_columns() where table_name = '{table}'"
                " and data_type in ('VARCHAR', 'TIMESTAMP', 'DATE', 'INTEGER', 'BIGINT', 'BOOLEAN')"
            ).fetchall()
            names = ", ".join(f'"{c}"::varchar as "{c}"' for (c,) in columns)
            row = connection.execute(f'select {names} from "{table}" limit 1').fetchone()
            if row is not None:
                first[table] = dict(zip([c for (c,) in columns], row, strict=True))
    assert len(first) > 30
    told: list[str] = []
    for table, values in first.items():
        named = values.items()
        key = [f"{column}={'-' if value is None else value}" for column, value in named]
        try:
            assert traced(demo, table, *key, rows=1).table == table
        except OpKoersError as mistake:  # rows of that table repeat but for a number
            told.append(mistake.what)
    assert all("have that key" in what for what in told), told


def test_an_alert_by_its_id_alone_rests_on_its_signals(demo: Demo) -> None:
    ((alert_id, patient, first, last, kind),) = demo.rows("""
        select alert_id, patient_id, opened_at, last_signal_at, kind from alert
        where kind = 'reliable_deterioration' order by alert_id limit 1
    """)
    found = traced(demo, "alert", alert_id)
    by_table = {t: n for stop in found.stops for t, n in stop.counts.items()}
    ((signals,),) = demo.rows(
        f"select count(*) from signal where patient_id = '{patient}' and kind = '{kind}'"
        f" and measured_at between '{first}' and '{last}'"
    )
    assert by_table["signal"] >= signals > 0
    assert found.files


def test_a_figure_tells_how_many_rows_share_its_keys(demo: Demo) -> None:
    found = traced(demo, "clinic_figure", "clinic=noord", "figure=alerts_new")
    by_table = {t: n for stop in found.stops for t, n in stop.counts.items()}
    ((alerts,),) = demo.rows("select count(*) from alert_list where clinic_id = 'noord'")
    assert by_table["alert_list"] == alerts


def test_words_and_json(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--home", str(demo.home)]
    assert main(["trace", "clinic_figure", "clinic=noord", "figure=alerts_new", *home]) == 0
    told = capsys.readouterr().out
    assert "430_clinic_figure: clinic x figure" in told
    assert "  sha256 " in told
    assert "  receipt: " in told
    assert "not published: worked out on the way" in told
    assert (
        main(["trace", "clinic_figure", "clinic=noord", "figure=alerts_new", "--json", *home]) == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert found["row"]["figure"] == "alerts_new"
    assert found["files"][0]["lines"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["no_such", "a=b"], ExitCode.UNKNOWN_TABLE, "Take one of: "),
        (["clinic_figure", "nothing=b"], ExitCode.USAGE, "Its columns are: "),
        (["clinic_figure", "clinic=nowhere"], ExitCode.USAGE, "no row of clinic_figure"),
        (["clinic_figure", "clinic=noord"], ExitCode.USAGE, "Say also: figure"),
        (["clinic_figure", "noord"], ExitCode.USAGE, "Write COLUMN=VALUE"),
        (["alert", "nobody"], ExitCode.USAGE, "no row of alert"),
    ],
)
def test_a_key_that_will_not_do_is_one_sentence(
    demo: Demo, capsys: pytest.CaptureFixture[str], words: list[str], code: ExitCode, said: str
) -> None:
    assert main(["trace", *words, "--home", str(demo.home)]) == code
    heard = capsys.readouterr()
    assert said in heard.err
    assert (heard.out, heard.err.count("\n")) == ("", 1)


def test_nothing_published_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", "score", "x", "--home", str(tmp_path)]) == ExitCode.NOTHING_PUBLISHED
    assert capsys.readouterr().err.count("\n") == 1


# ---------- the lineage


def test_behind_a_table_stands_all_that_it_reads(demo: Demo) -> None:
    by_table = writers()
    behind = stations_behind("change")
    numbers = [station.number for station in behind]
    assert numbers == sorted(numbers, reverse=True)
    for station in behind:
        assert {by_table[read] for read in station.reads} <= set(behind)


def test_counts_and_models_are_pooled_and_rows_of_patients_are_not(demo: Demo) -> None:
    with_patients = {
        t for (t,) in demo.rows(
            "select table_name from duckdb_columns() where column_name = 'patient_id'"
        )
    }  # fmt: skip
    pooled = pooled_tables(with_patients)
    assert {"clinic_figure", "growth_model", "course", "rule_rate", "receipt"} <= pooled
    assert not {"score", "assessment", "episode", "baseline", "instrument", "run"} & pooled
