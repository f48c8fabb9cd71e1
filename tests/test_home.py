"""The home folder: made once, private, and held by one run at a time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.errors import ExitCode, OpKoersError
from flows.home import be_private, locked, make_home, prepare_home
from flows.settings import load_settings


def test_a_new_home_has_its_rooms_and_settings_that_load(tmp_path: Path) -> None:
    make_home(tmp_path / "home")

    rooms = sorted(room.name for room in (tmp_path / "home").iterdir() if room.is_dir())
    assert {"archive", "inbox", "sources", "published", "reports", "secrets"} <= set(rooms)
    assert load_settings(tmp_path / "home").service.name == "Op koers"


def test_making_a_home_again_touches_nothing(tmp_path: Path) -> None:
    make_home(tmp_path)
    (tmp_path / "opkoers.toml").write_text("[episodes]\ngap_days = 63\n")
    (tmp_path / "inbox" / "a.csv").write_text("kept")

    make_home(tmp_path)

    assert load_settings(tmp_path).episodes.gap_days == 63
    assert (tmp_path / "inbox" / "a.csv").read_text() == "kept"


def test_what_a_run_makes_is_for_its_own_account_only(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from flows.home import be_private, make_home;"
        " be_private(); make_home(pathlib.Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "home")], check=True)

    paths = [tmp_path / "home", *(tmp_path / "home").rglob("*")]
    assert len(paths) > 8
    assert {path.stat().st_mode & 0o077 for path in paths} == {0}


def test_be_private_holds_for_this_process() -> None:
    before = os.umask(0o022)
    try:
        be_private()
        assert os.umask(0o022) == 0o077
    finally:
        os.umask(before)


def test_a_mistyped_home_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(OpKoersError) as raised:
        prepare_home(tmp_path / "hoem")

    assert raised.value.exit_code is ExitCode.NO_HOME
    assert "opkoers init --home" in str(raised.value)
    assert not (tmp_path / "hoem").exists()


def test_one_run_at_a_time_holds_a_home(tmp_path: Path) -> None:
    with locked(tmp_path):
        with pytest.raises(OpKoersError) as raised, locked(tmp_path):
            pass
        assert raised.value.exit_code is ExitCode.RUN_IN_PROGRESS

    with locked(tmp_path):
        assert (tmp_path / ".lock").exists()


def test_the_lock_goes_with_a_killed_process(tmp_path: Path) -> None:
    code = (
        "import sys, os, pathlib; from flows.home import locked\n"
        "with locked(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)

    assert done.returncode == -9
    with locked(tmp_path):
        assert (tmp_path / ".lock").exists()
