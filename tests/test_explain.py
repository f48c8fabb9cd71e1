"""`opkoers explain`: from an alert back to the lines of the file it came from."""

import csv
import re
from pathlib import Path

import pytest

from flows.cli import main
from flows.errors import ExitCode
from tests.conftest import Demo


def _alert(demo: Demo, kind: str) -> tuple[str, str, str]:
    """Id, patient and clinic of an alert of that kind, where exports hold totals (zuid)."""
    ((alert_id, patient, clinic),) = demo.rows(f"""
        select alert_id, patient_id, clinic_id from alert
        where kind = '{kind}' and clinic_id = 'zuid' and instrument = 'phq-9'
        order by alert_id limit 1
    """)
    return alert_id, patient, clinic


def _explained(demo: Demo, alert_id: str, language: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["explain", alert_id, "--language", language, "--home", str(demo.home)]) == 0
    return capsys.readouterr().out


def test_it_leads_back_to_the_lines_that_hold_the_scores(
    demo: Demo, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every line that it names holds that patient, and the scores are those of these lines."""
    alert_id, patient, _ = _alert(demo, "reliable_deterioration")
    told = _explained(demo, alert_id, "en", capsys)
    named = re.findall(r"(zuid_\S+\.csv), lines? ([\d, -]+)", told)
    scores = re.findall(r"(?:session|measurement) \d+: (\d+)", told)
    found = []
    for name, ranges in named:
        (file,) = demo.home.rglob(f"inbox/{name}")
        for number in _numbers(ranges):
            record = _record(file, number)
            assert record["patient"] == patient
            found.append(record["phq9_total"])
    assert found == scores
    assert "a difference of 6 points or more is reliable" in told
    assert "NHS Talking Therapies" in told


def test_it_speaks_dutch_and_names_the_model(
    demo: Demo, capsys: pytest.CaptureFixture[str]
) -> None:
    alert_id, patient, clinic = _alert(demo, "off_course")
    told = _explained(demo, alert_id, "nl", capsys)
    assert f"Patiënt {patient}, praktijk {clinic}" in told
    assert "Model van het verwachte beloop" in told
    ((model,),) = demo.rows(f"""
        select model from growth_model
        where clinic_id = '{clinic}' and instrument = 'phq-9' and scale = 'total'
    """)
    assert model in told
    others = demo.rows(f"select distinct patient_id from score where patient_id <> '{patient}'")
    assert not any(other in told for (other,) in others)


def test_an_unknown_alert_is_one_sentence(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["explain", "nobody", "--home", str(demo.home)])
    heard = capsys.readouterr()
    assert (code, heard.out) == (ExitCode.USAGE, "")
    assert heard.err.startswith("opkoers: there is no published alert with that id.")
    assert heard.err.count("\n") == 1


def _numbers(ranges: str) -> list[int]:
    """3-5, 9 -> 3, 4, 5, 9."""
    found: list[int] = []
    for part in ranges.split(", "):
        first, _, last = part.strip().partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def _record(file: Path, number: int) -> dict[str, str]:
    """The physical line as the export's own heading reads it; the heading is line 1."""
    with file.open(encoding="utf-8", newline="") as stream:
        lines = stream.read().splitlines()
    return next(csv.DictReader([lines[0], lines[number - 1]], delimiter="\t"))
