"""Copies of reports in a folder: whole or not at all, and what goes wrong for one clinic alone."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from flows.delivery.deliver import deliver
from flows.delivery.drop import mount_of
from flows.errors import ExitCode
from flows.settings import Settings, load_settings
from tests.delivery.conftest import write_report


def configured(home: Path, delivery: str) -> Settings:
    (home / "opkoers.toml").write_text(f"[service]\nnow = 2026-11-16\n[delivery]\n{delivery}\n")
    return load_settings(home)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


def listed(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def names(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def test_each_clinic_gets_its_week_once(home: Path, drop: Path) -> None:
    settings = configured(home, f'folder = "{drop}"')
    assert deliver(settings).words == "0 mailed, 3 put into folders"
    assert deliver(settings).words == "0 mailed"
    assert names(drop / "noord") == [
        "2026-W47/alerts.csv",
        "2026-W47/report.json",
        "2026-W47/report.nl.pdf",
    ]
    assert (drop / "zuid/2026-W47/report.nl.pdf").read_bytes() == b"%PDF of zuid"

    place = write_report(home, "noord", revision=2)
    (place / "report.nl.pdf").write_bytes(b"%PDF, revised")
    assert deliver(settings).words == "0 mailed, 1 put into folders"
    assert (drop / "noord/2026-W47/report.nl.pdf").read_bytes() == b"%PDF, revised"
    assert not [name for name in listed(drop / "noord") if name.startswith(".")]


def test_a_clinic_may_have_a_folder_of_its_own_or_none(home: Path, drop: Path) -> None:
    own = drop / "own"
    deliver(configured(home, f'folder = "{drop}"\nfolders = {{ noord = "{own}", zuid = "" }}'))
    assert listed(drop) == ["midden", "own"]
    assert listed(own) == ["2026-W47"]


def test_what_lies_deeper_in_a_report_is_not_for_the_clinic_as_a_whole(
    home: Path, drop: Path
) -> None:
    own_list = write_report(home, "noord") / "therapists" / "report.pdf"
    own_list.parent.mkdir()
    own_list.write_bytes(b"%PDF")
    deliver(configured(home, f'folder = "{drop}"'))
    assert not [name for name in names(drop) if "therapists" in name]


def test_a_folder_that_is_not_there_keeps_no_other_and_is_tried_again(
    home: Path, drop: Path
) -> None:
    missing = drop / "missing" / "noord"
    settings = configured(home, f'folder = "{drop}"\nfolders = {{ noord = "{missing}" }}')
    done = deliver(settings)
    assert done.words == "0 mailed, 2 put into folders, 1 folders failed"
    (told,) = done.mistakes
    assert told.sentence() == (
        f"{missing.parent}: the folder to deliver to is not there. Make or mount it, or mend"
        " [delivery] in opkoers.toml; the next run tries again."
    )
    assert told.exit_code is ExitCode.DELIVERY

    missing.parent.mkdir()
    assert deliver(settings).words == "0 mailed, 1 put into folders"
    assert names(missing) == names(drop / "midden")


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (errno.ENOSPC, ExitCode.DISK_FULL, "the disk is full"),
        (errno.EACCES, ExitCode.NO_RIGHTS, "no rights to read or write here"),
    ],
)
def test_a_full_disk_or_no_rights_leaves_the_last_delivery_whole(
    number: int, code: ExitCode, words: str, home: Path, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = configured(home, f'folder = "{drop}"')
    deliver(settings)
    before = {name: (drop / name).read_bytes() for name in names(drop)}
    write_report(home, "noord", revision=2)
    write_report(home, "zuid", revision=2)
    copyfile = shutil.copyfile

    def copies_but_for_noord(source: Path, target: Path) -> Path:
        if "noord" in str(target) and source.name == "report.nl.pdf":
            raise OSError(number, os.strerror(number), str(target))
        return copyfile(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", copies_but_for_noord)
        done = deliver(settings)

    assert done.words == "0 mailed, 1 put into folders, 1 folders failed"
    (told,) = done.mistakes
    assert (told.exit_code, words in told.what) == (code, True)
    after = {name: (drop / name).read_bytes() for name in names(drop)}
    assert {n: b for n, b in after.items() if "noord" in n} == {
        n: b for n, b in before.items() if "noord" in n
    }
    assert deliver(settings).words == "0 mailed, 1 put into folders"


def test_a_mount_that_vanished_is_told_and_nothing_is_written_under_it(
    home: Path, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = configured(home, f'folder = "{drop}"')
    is_mount = Path.is_mount
    with monkeypatch.context() as patch:
        patch.setattr(Path, "is_mount", lambda self: self == drop or is_mount(self))
        assert mount_of(drop / "noord") == drop
        deliver(settings)
    shutil.rmtree(drop)
    drop.mkdir()
    write_report(home, "noord", revision=2)

    done = deliver(settings)

    (told,) = done.mistakes
    assert told.what == (
        f"the folder to deliver to was on the disk at {drop}, which is not mounted now"
    )
    assert listed(drop) == []
