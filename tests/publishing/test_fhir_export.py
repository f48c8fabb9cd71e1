"""Scores and alerts as FHIR, held against the definitions of an independent package."""

import json
import sqlite3
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.flag import Flag
from fhir.resources.R4B.observation import Observation

from flows.cli import main
from flows.errors import ExitCode, OpKoersError
from flows.home import make_home
from flows.instruments import load_instruments
from flows.publishing.fhir_export import export_fhir
from flows.settings import Settings, load_settings
from tests.publishing.snapshots import NOW, Row, Tables, busy_clinic, write_snapshot

Resource = Mapping[str, Any]


def score(n: int, **changes: object) -> Row:
    row = {
        "assessment_id": f"noord-{n}",
        "clinic_id": "noord",
        "patient_id": "5f1d09c3b2a84e77aa10",
        "instrument": "phq-9",
        "scale": "total",
        "score": 12.0,
        "measured_at": NOW,
        "has_artificial_date": False,
    }
    return {**row, **changes}


def alert(n: int, **changes: object) -> Row:
    row = {
        "alert_id": f"a{n}",
        "clinic_id": "noord",
        "patient_id": "5f1d09c3b2a84e77aa10",
        "kind": "reliable_deterioration",
        "level": "red",
        "opened_at": NOW,
        "withdrawn": False,
    }
    return {**row, **changes}


def tables() -> Tables:
    midnight = NOW.replace(hour=0, minute=0)
    return {
        **busy_clinic("noord"),
        "score": [
            score(1),
            score(2, measured_at=midnight, has_artificial_date=True),
            score(3, instrument="srs", score=33.1, patient_id="sent-as-it-is"),
            score(4, score=None),
        ],
        "alert": [
            alert(1),
            alert(2, kind="critical_item", closed_at=NOW),
            alert(3, withdrawn=True, closed_at=NOW),
            alert(4, kind="held_back_file", patient_id=None),
        ],
        "episode": [
            {"clinic_id": "noord", "patient_id": "5f1d09c3b2a84e77aa10", "episode_id": "e"},
            {"clinic_id": "noord", "patient_id": "sent-as-it-is", "episode_id": "f"},
        ],
    }


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("home") / "home"
    make_home(home)
    with (home / "opkoers.toml").open("a", encoding="utf-8") as file:
        file.write('\n[fhir]\npatient_system = "urn:example:epd"\n')
    settings = load_settings(home)
    snapshot = write_snapshot(settings.published / "run.duckdb", tables())
    (settings.published / "current").symlink_to(snapshot.name)
    with sqlite3.connect(settings.identity) as store:
        store.execute("create table identity (clinic_id, patient_id, pseudonym)")
        pair = ("noord", "EPD-0042", "5f1d09c3b2a84e77aa10")
        store.execute("insert into identity values (?, ?, ?)", pair)
    store.close()
    return settings


@pytest.fixture(scope="module")
def written(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("out") / "fhir"
    done = export_fhir(settings, load_instruments(), target)
    assert (done.observations, done.flags, done.patients, done.with_own_number) == (3, 3, 2, 1)
    return target


def resources(folder: Path, name: str) -> list[Resource]:
    lines = (folder / f"{name}.ndjson").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_every_line_is_a_resource_as_fhir_defines_it(written: Path) -> None:
    for name, kind in (("Observation", Observation), ("Flag", Flag)):
        for resource in resources(written, name):
            kind.model_validate(resource)
    ids = [each["id"] for name in ("Observation", "Flag") for each in resources(written, name)]
    assert len(set(ids)) == 6
    assert all(len(each) <= 64 for each in ids)  # FHIR's own limit


def test_a_score_has_its_number_moment_and_codes(written: Path) -> None:
    artificial, first, alliance = resources(written, "Observation")
    assert first["valueQuantity"]["value"] == 12.0
    assert artificial["effectiveDateTime"] == "2026-11-20"
    assert "not real" in artificial["note"][0]["text"]
    # 44261-6: PHQ-9 total score, as loinc.org names it; the SRS has no code there
    systems = [[c["system"] for c in each["code"]["coding"]] for each in (artificial, alliance)]
    assert artificial["code"]["coding"][0] == {"system": "http://loinc.org", "code": "44261-6"}
    assert systems == [["http://loinc.org", "urn:opkoers:scale"], ["urn:opkoers:scale"]]


def test_a_moment_carries_the_time_zone_of_the_service(written: Path) -> None:
    moments = [each["effectiveDateTime"] for each in resources(written, "Observation")]
    assert "2026-11-20T09:30:00+01:00" in moments  # Amsterdam, winter


def test_patients_go_by_the_number_of_their_own_record(written: Path) -> None:
    subjects = [each["subject"]["identifier"] for each in resources(written, "Observation")]
    assert [(s["value"], s["system"]) for s in subjects] == [
        ("EPD-0042", "urn:example:epd"),
        ("EPD-0042", "urn:example:epd"),
        ("sent-as-it-is", "urn:example:epd"),
    ]
    assert "5f1d09c3b2a84e77aa10" not in (written / "Flag.ndjson").read_text()


def test_an_alert_is_active_ended_or_entered_in_error(written: Path) -> None:
    told = {f["identifier"][0]["value"]: f for f in resources(written, "Flag")}
    assert {name: flag["status"] for name, flag in told.items()} == {
        "a1": "active",
        "a2": "inactive",
        "a3": "entered-in-error",
    }
    assert told["a2"]["category"][0]["coding"][0]["code"] == "safety"
    assert told["a1"]["code"]["text"] == "Betrouwbare verslechtering (Rood)"


def test_a_simulated_service_says_so_in_every_resource(written: Path) -> None:
    tags = [each["meta"]["tag"][0]["code"] for each in resources(written, "Flag")]
    assert set(tags) == {"HTEST"}


def test_the_files_are_for_this_account_alone(written: Path) -> None:
    modes = [stat.S_IMODE(file.stat().st_mode) for file in (written, *written.iterdir())]
    assert modes == [0o700, 0o600, 0o600]


def test_the_command_says_what_it_wrote_and_names_nobody(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["fhir", "--home", str(settings.home), "-o", str(tmp_path / "fhir")])
    assert code == ExitCode.OK
    said = capsys.readouterr().out
    assert "3 scores and 3 alerts of 2 patients" in said
    assert "EPD-0042" not in said


def test_a_folder_that_cannot_be_made_is_one_clear_sentence(
    settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(OpKoersError, match="there is no such folder"):
        export_fhir(settings, {}, tmp_path / "a" / "b")


def test_a_write_that_fails_leaves_the_last_file(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "fhir"
    export_fhir(settings, load_instruments(), target)
    before = {file.name: file.read_bytes() for file in target.iterdir()}

    def full(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("flows.publishing.fhir_export.json.dumps", full)
    with pytest.raises(OSError, match="No space"):
        export_fhir(settings, load_instruments(), target)
    assert {file.name: file.read_bytes() for file in target.iterdir()} == before
