import csv
from datetime import datetime
from pathlib import Path

import pytest

from flows.errors import ExitCode, OpKoersError
from flows.publishing.critical_report import write_critical_reports
from tests.publishing.pdf import pages_of
from tests.publishing.snapshots import AS_OF, Row, critical_row, write_snapshot


def written(home: Path, rows: list[Row], simulated: bool = True) -> tuple[Path, ...]:
    lane = write_snapshot(home / "run.critical.duckdb", {"critical": rows})
    return write_critical_reports(
        lane, home / "reports", ("nl", "en"), as_of=AS_OF, simulated=simulated
    )


def test_each_clinic_gets_its_critical_items_alone_on_one_page(tmp_path: Path) -> None:
    files = written(tmp_path, [critical_row("noord", 1), critical_row("zuid", 2)])
    week = tmp_path / "reports" / "2026-W47"
    assert sorted(files) == sorted(
        week / clinic / name
        for clinic in ("noord", "zuid")
        for name in ("critical.csv", "critical.en.pdf", "critical.nl.pdf")
    )
    (dutch,) = pages_of(week / "noord" / "critical.nl.pdf")
    (english,) = pages_of(week / "noord" / "critical.en.pdf")
    assert "daarom is de rest van het rapport van deze week tegengehouden" in dutch
    assert "Het laatste gepubliceerde rapport blijft gelden" in dutch
    assert "PHQ-9, vraag 9 2 19 nov 2026 p1 t1 opgenomen" in dutch
    assert "Gesimuleerde gegevens" in dutch
    assert "The last report that was published still stands" in english
    assert "It is not a crisis line" in english
    assert "p2" not in english


def test_a_report_that_lies_there_still_stands(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "2026-W47" / "noord"
    folder.mkdir(parents=True)
    (folder / "report.nl.pdf").write_text("last week's run")
    written(tmp_path, [critical_row("noord", 1)], simulated=False)
    assert (folder / "report.nl.pdf").read_text() == "last week's run"
    assert "Simulated" not in pages_of(folder / "critical.en.pdf")[0]


def test_answers_that_can_no_longer_be_new_stay_out(tmp_path: Path) -> None:
    """42 days is the setting after which no alert stays open without a measurement."""
    rows = [
        critical_row("noord", 1, patient_id="edge", measured_at=datetime(2026, 10, 9, 23, 0)),
        critical_row("noord", 2, patient_id="old", measured_at=datetime(2026, 10, 8, 9, 0)),
        critical_row("noord", 3, patient_id="later", measured_at=datetime(2026, 11, 21, 9, 0)),
    ]
    written(tmp_path, rows)
    file = tmp_path / "reports" / "2026-W47" / "noord" / "critical.csv"
    with file.open(encoding="utf-8-sig", newline="") as stream:
        assert [row["patient_id"] for row in csv.DictReader(stream)] == ["edge"]


def test_the_list_holds_contract_names_and_the_reason_in_words(tmp_path: Path) -> None:
    written(tmp_path, [critical_row("noord", 1)])
    file = tmp_path / "reports" / "2026-W47" / "noord" / "critical.csv"
    with file.open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row == {
        "clinic_id": "noord",
        "patient_id": "p1",
        "therapist_id": "t1",
        "episode_id": "e1",
        "level": "red",
        "instrument": "phq-9",
        "item": "9",
        "domain": "self_harm",
        "value": "2.0",
        "measured_at": "2026-11-19 09:30:00",
        "record_status": "landed",
        "reason_nl": "Suïcide of zelfbeschadiging: PHQ-9 vraag 9 is beantwoord met 2.",
        "reason_en": "Suicide or self-harm: PHQ-9 item 9 was answered with 2.",
    }


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    rows = [critical_row("noord", n) for n in range(3)]
    first = {file: file.read_bytes() for file in written(tmp_path / "a", rows)}
    second = {file: file.read_bytes() for file in written(tmp_path / "b", rows)}
    assert len(first) == 3
    assert list(first.values()) == list(second.values())


def test_many_answers_go_on_over_the_page(tmp_path: Path) -> None:
    rows = [critical_row("noord", n % 40, patient_id=f"patient-{n:03d}") for n in range(120)]
    written(tmp_path, rows)
    pages = pages_of(tmp_path / "reports" / "2026-W47" / "noord" / "critical.nl.pdf")
    assert len(pages) > 1
    assert [n for n in range(120) if f"patient-{n:03d}" not in " ".join(pages)] == []


def test_no_lane_no_page(tmp_path: Path) -> None:
    with pytest.raises(OpKoersError) as caught:
        write_critical_reports(
            tmp_path / "current.critical", tmp_path, ("nl",), as_of=AS_OF, simulated=False
        )
    assert caught.value.exit_code == ExitCode.NOTHING_PUBLISHED
