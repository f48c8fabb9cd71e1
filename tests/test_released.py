"""What earlier runs showed: each count once, and none of a run that knew as much."""

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from flows.errors import OpKoersError
from flows.released import Place, keep_released, released_before

PLACE = Place("clinic", "noord", "quarter", date(2026, 7, 1), "response_rate")
FIRST, SECOND = datetime(2026, 11, 16, 5), datetime(2026, 11, 23, 5)


def shown(folder: Path, name: str, numerator: int | None) -> Path:
    """A snapshot that shows one count of 40."""
    file = folder / f"{name}.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("""
            create table shown_count (unit_kind varchar, unit varchar, period_kind varchar,
                period date, indicator varchar, numerator double, denominator double)
        """)
        connection.execute(
            "insert into shown_count values (?, ?, ?, ?, ?, ?, 40)", [*PLACE, numerator]
        )
    return file


def test_a_run_sees_what_those_before_it_showed(tmp_path: Path) -> None:
    keep_released(tmp_path, "run-1", FIRST, shown(tmp_path, "a", 30), {})
    before = released_before(tmp_path, SECOND)
    keep_released(tmp_path, "run-2", SECOND, shown(tmp_path, "b", None), before)

    assert released_before(tmp_path, FIRST) == {}
    assert before == {PLACE: ((30, 40, 0),)}
    later = released_before(tmp_path, datetime(2026, 12, 1))
    assert later == {PLACE: ((30, 40, 0), (None, 40, 1))}


def test_a_damaged_file_is_told_and_never_passed_over(tmp_path: Path) -> None:
    keep_released(tmp_path, "run-1", FIRST, shown(tmp_path, "a", 30), {})
    (tmp_path / "released" / "run-1.json.gz").write_bytes(b"nothing")

    with pytest.raises(OpKoersError, match="cannot be read"):
        released_before(tmp_path, SECOND)
