"""What `write_demo` leaves in a home, and what it refuses to do."""

import hashlib
import tomllib
from pathlib import Path

import pytest

from flows.demo import SYNTHETIC_NOW, write_demo
from flows.errors import ExitCode, OpKoersError
from flows.settings import load_settings
from tests.demo.conftest import Demo, make_demo


def _bytes_of(home: Path) -> dict[str, str]:
    files = sorted(file for file in home.rglob("*") if file.is_file())
    return {
        str(file.relative_to(home)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files
    }


def test_one_seed_gives_the_same_bytes(small: Demo, tmp_path: Path) -> None:
    again = make_demo(tmp_path / "again", 300)
    assert _bytes_of(again.home) == _bytes_of(small.home)
    assert again.summary == small.summary


def test_another_seed_gives_other_exports(small: Demo, tmp_path: Path) -> None:
    other = make_demo(tmp_path / "other", 300, seed=7)
    for clinic in ("noord", "midden", "zuid"):
        assert other.export(clinic).read_bytes() != small.export(clinic).read_bytes()


EXPORTS = ("afspraken", "behandelaren", "intake", "midden", "noord", "patienten",
           "trajecten_noord", "zuid")  # fmt: skip


def test_it_holds_just_these_files(small: Demo) -> None:
    assert sorted(_bytes_of(small.home)) == [
        *(f"inbox/{name}_2026-11-16.csv" for name in EXPORTS),
        "opkoers.toml",
        *(f"sources/{name}.toml" for name in EXPORTS),
        *("truth/README.md", "truth/events.csv", "truth/patients.csv"),
        *("truth/planted_errors.csv", "truth/therapists.csv"),
    ]


def test_only_its_owner_may_look(small: Demo) -> None:
    modes = {path.stat().st_mode & 0o777 for path in small.home.rglob("*") if path.is_dir()}
    assert modes | {small.home.stat().st_mode & 0o777} == {0o700}
    assert {p.stat().st_mode & 0o777 for p in small.home.rglob("*") if p.is_file()} == {0o600}


def test_its_settings_say_that_it_is_simulated(small: Demo) -> None:
    settings = load_settings(small.home)
    assert settings.service.simulated
    assert settings.today() == SYNTHETIC_NOW
    assert settings.report_languages == ("nl", "en")
    assert "gesimuleerd" in settings.service.name
    assert SYNTHETIC_NOW.isocalendar()[:2] == (2026, 47)


@pytest.mark.parametrize("name", ["patients", "therapists", "events", "planted_errors"])
def test_all_truth_is_marked_as_simulated(small: Demo, name: str) -> None:
    rows = small.truth(name)
    assert rows
    assert {row["simulated"] for row in rows} == {"1"}


def test_sources_name_columns_that_their_export_has(small: Demo) -> None:
    for clinic in ("noord", "midden", "zuid"):
        source = tomllib.loads((small.home / "sources" / f"{clinic}.toml").read_text())
        named = {part["column"] for part in source.values() if "column" in part}
        header = next(iter(small.records(clinic).values()))
        assert named
        assert named <= set(header)
        assert small.export(clinic).match(source["match"])


def test_dialects_differ_as_real_exports_do(small: Demo) -> None:
    noord, midden, zuid = (small.export(c).read_bytes() for c in ("noord", "midden", "zuid"))
    assert noord.startswith(b"\xef\xbb\xbfclientnummer;")
    assert b'"soms; wel eens"' in noord
    assert b'"soms, wel eens"' in midden
    assert b"\t" in zuid.splitlines()[0]


def test_progress_is_told_after_each_chunk(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_demo(tmp_path / "home", patients=2500, progress=lambda *done: told.append(done))
    assert told == [(2000, 2500), (2500, 2500)]


def test_a_real_home_is_left_alone(tmp_path: Path) -> None:
    settings = tmp_path / "opkoers.toml"
    settings.write_text('[service]\nname = "Praktijk"\n')
    with pytest.raises(OpKoersError, match="not a simulated one") as refused:
        write_demo(tmp_path, patients=300)
    assert refused.value.exit_code == ExitCode.USAGE
    assert [path.name for path in tmp_path.iterdir()] == ["opkoers.toml"]


def test_a_demo_home_can_be_made_anew(tmp_path: Path) -> None:
    make_demo(tmp_path / "home", 60)
    again = make_demo(tmp_path / "home", 90)
    assert len({row["patient_id"] for row in again.truth("patients")}) == 90


def test_stopping_halfway_leaves_no_half_export(tmp_path: Path) -> None:
    def stop(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_demo(tmp_path / "home", patients=300, progress=stop)
    assert list((tmp_path / "home" / "inbox").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OpKoersError, match="cannot be written") as refused:
        write_demo(tmp_path / "file" / "home", patients=300)
    assert refused.value.exit_code == ExitCode.NO_RIGHTS


@pytest.mark.parametrize(("patients", "seed"), [(29, 1), (1_000_001, 1), (300, -1)])
def test_impossible_numbers_are_refused(tmp_path: Path, patients: int, seed: int) -> None:
    with pytest.raises(OpKoersError, match="Choose"):
        write_demo(tmp_path / "home", patients=patients, seed=seed)
    assert not (tmp_path / "home").exists()
