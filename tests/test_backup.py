"""A home to one file and back: whole, checked, private, and the same when it is run again."""

import io
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from flows.backup import write_backup
from flows.cli import main
from flows.errors import ExitCode, OpKoersError
from flows.home import locked, make_home
from flows.journal import Server, read_events
from flows.restoring import restore_backup
from flows.sealing import verify
from tests.conftest import Demo, run_once
from tests.postgresql import Cluster
from tests.test_loop import tables

ROOT = Path(__file__).parent.parent
KEPT = {"opkoers.toml", "sources", "instruments", "archive", "secrets"}
LINKS = ("current", "current.therapists")
SHARED = (
    "insert into journal_journalevent (at, actor, kind, clinic_id, payload)"
    " values ('2026-11-15 10:00:00+00:00', 'anna', 'rule_decided', '', '{\"rule\": \"één\"}')"
)
LOOKED = (
    "insert into journal_accesslogentry (at, actor, role, page, result, source)"
    " values ('2026-11-15 10:00:00+00:00', 'anna', 'therapist', 'alert', 'allowed', 'pages')"
)


def contents(home: Path) -> dict[str, bytes]:
    """Every file that a backup should hold, with what stands in it."""
    return {
        str(file.relative_to(home)): file.read_bytes()
        for file in sorted(home.rglob("*"))
        if file.is_file() and file.relative_to(home).parts[0] in KEPT
    }


def migrated(home: Path, **more: str) -> None:
    """The tables of the pages, as `opkoers serve` makes them."""
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--verbosity=0"],
        env={**os.environ, "OPKOERS_HOME": str(home),
             "DJANGO_SETTINGS_MODULE": "dashboards.settings", **more},
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with something of everything, and a note of what must not come along."""
    home = tmp_path / "home"
    make_home(home)
    for name in ("sources/a.toml", "archive/abc/responses.parquet", "instruments/x.toml",
                 "secrets/pseudonym.key", "inbox/export.csv", "reports/r.pdf", "logs/l.log",
                 "published/run.duckdb", "prefect/p.db"):  # fmt: skip
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(f"what stands in {name}")
    for name in ("journal", "identity"):
        with sqlite3.connect(home / f"{name}.sqlite3") as connection:
            connection.execute("create table kept (what text)")
            connection.execute("insert into kept values (?)", [name])
        connection.close()
    return home


def kept(file: Path) -> list[tuple[str]]:
    connection = sqlite3.connect(file)
    try:
        return connection.execute("select what from kept").fetchall()
    finally:
        connection.close()


def never(app: str, name: str) -> None:
    raise AssertionError(f"a journal in a file needs no migration ({app} {name})")


def test_everything_comes_back_and_nothing_else(home: Path, tmp_path: Path) -> None:
    before = contents(home)
    write_backup(home, tmp_path / "b.tar", with_secrets=True)
    restore_backup(tmp_path / "b.tar", tmp_path / "back", never)

    back = tmp_path / "back"
    assert contents(back) == before
    assert kept(back / "journal.sqlite3") == [("journal",)]
    assert kept(back / "identity.sqlite3") == [("identity",)]
    left_out = ("inbox", "reports", "logs", "published", "prefect")
    assert [name for name in left_out if any((back / name).iterdir())] == []


def test_only_the_owner_may_read_it(home: Path, tmp_path: Path) -> None:
    former = os.umask(0)
    try:
        write_backup(home, tmp_path / "b.tar", with_secrets=True)
        restore_backup(tmp_path / "b.tar", tmp_path / "back", never)
    finally:
        os.umask(former)
    files = [tmp_path / "b.tar", *(f for f in (tmp_path / "back").rglob("*") if f.is_file())]
    made_by_restore = [f for f in files if f.relative_to(tmp_path).parts[:2] != ("back", "logs")]
    assert {stat.S_IMODE(file.stat().st_mode) for file in made_by_restore} == {0o600}


def test_keys_come_along_only_when_asked_for(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["backup", "--home", str(home), "-o"]
    with pytest.raises(SystemExit):
        main([*command, str(tmp_path / "a.tar")])
    assert main([*command, str(tmp_path / "a.tar"), "--without-secrets"]) == 0
    assert "does NOT hold the keys" in capsys.readouterr().out
    assert main([*command, str(tmp_path / "b.tar"), "--with-secrets"]) == 0
    assert "whoever has this file has everything" in capsys.readouterr().out

    for name, expected in (("a", False), ("b", True)):
        with tarfile.open(tmp_path / f"{name}.tar") as tar:
            assert ("secrets/pseudonym.key" in tar.getnames()) is expected
    assert main(["restore", str(tmp_path / "a.tar"), "--home", str(tmp_path / "back")]) == 0
    assert "put your own copy of secrets/ there" in capsys.readouterr().out


def test_the_copy_is_of_one_moment_while_others_write(home: Path, tmp_path: Path) -> None:
    writer = sqlite3.connect(home / "journal.sqlite3", isolation_level=None)
    writer.execute("pragma journal_mode = wal")
    writer.execute("insert into kept values ('committed')")
    writer.execute("begin immediate")
    writer.execute("insert into kept values ('half-way')")
    write_backup(home, tmp_path / "b.tar", with_secrets=False)
    writer.close()
    restore_backup(tmp_path / "b.tar", tmp_path / "back", never)

    assert kept(tmp_path / "back/journal.sqlite3") == [("journal",), ("committed",)]


def test_no_backup_is_made_while_a_run_works(home: Path, tmp_path: Path) -> None:
    with locked(home), pytest.raises(OpKoersError) as error:
        write_backup(home, tmp_path / "b.tar", with_secrets=False)
    assert error.value.exit_code is ExitCode.RUN_IN_PROGRESS
    assert sorted(file.name for file in tmp_path.iterdir()) == ["home"]


def test_an_earlier_backup_is_never_written_over(home: Path, tmp_path: Path) -> None:
    (tmp_path / "b.tar").write_text("an earlier backup")
    for target in (tmp_path / "b.tar", tmp_path / "nowhere" / "b.tar"):
        with pytest.raises(OpKoersError) as error:
            write_backup(home, target, with_secrets=False)
        assert error.value.exit_code is ExitCode.BACKUP
    assert (tmp_path / "b.tar").read_text() == "an earlier backup"


def test_a_home_that_holds_something_is_not_touched(home: Path, tmp_path: Path) -> None:
    write_backup(home, tmp_path / "b.tar", with_secrets=True)
    before = contents(home)
    with pytest.raises(OpKoersError, match="into an empty home only"):
        restore_backup(tmp_path / "b.tar", home, never)
    assert contents(home) == before


# ---------- damaged backups


Members = dict[str, bytes]


def rewritten(source: Path, target: Path, change: Callable[[Members], None]) -> None:
    with tarfile.open(source) as tar:
        members = {m.name: tar.extractfile(m).read() for m in tar}  # type: ignore[union-attr]
    change(members)
    with tarfile.open(target, "w") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def a_changed_byte(members: Members) -> None:
    members["archive/abc/responses.parquet"] = b"what stood in it once"


def a_missing_file(members: Members) -> None:
    del members["opkoers.toml"]


def a_file_too_many(members: Members) -> None:
    members["archive/extra"] = b""


def a_way_out(members: Members) -> None:
    manifest = json.loads(members["manifest.json"])
    manifest["files"]["../outside"] = "0" * 64
    members["manifest.json"] = json.dumps(manifest).encode()
    members["../outside"] = b"outside"


def no_manifest(members: Members) -> None:
    del members["manifest.json"]


def nonsense(members: Members) -> None:
    members["manifest.json"] = b"[1, 2"


def a_later_layout(members: Members) -> None:
    manifest = json.loads(members["manifest.json"])
    members["manifest.json"] = json.dumps({**manifest, "layout_version": 99}).encode()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (a_changed_byte, "archive/abc/responses.parquet is not what it was"),
        (a_missing_file, "1 of its 7 files are missing"),
        (a_file_too_many, "something that its manifest does not name"),
        (a_way_out, "something that its manifest does not name"),
        (no_manifest, "does not begin with a manifest"),
        (nonsense, "manifest cannot be read"),
        (a_later_layout, "made by a later version"),
    ],
)
def test_of_a_damaged_backup_nothing_is_put_back(
    home: Path, tmp_path: Path, change: Callable[[Members], None], sentence: str
) -> None:
    write_backup(home, tmp_path / "b.tar", with_secrets=True)
    rewritten(tmp_path / "b.tar", tmp_path / "damaged.tar", change)

    with pytest.raises(OpKoersError, match=sentence) as error:
        restore_backup(tmp_path / "damaged.tar", tmp_path / "back", never)
    assert error.value.exit_code is ExitCode.BACKUP
    assert list((tmp_path / "back").iterdir()) == []
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6])
def test_a_backup_cut_short_is_refused(home: Path, tmp_path: Path, share: float) -> None:
    write_backup(home, tmp_path / "b.tar", with_secrets=True)
    whole = (tmp_path / "b.tar").read_bytes()
    (tmp_path / "cut.tar").write_bytes(whole[: int(len(whole) * share)])

    with pytest.raises(OpKoersError, match="this backup is damaged"):
        restore_backup(tmp_path / "cut.tar", tmp_path / "back", never)
    assert list((tmp_path / "back").iterdir()) == []


# ---------- the drill: back up, destroy, restore, run


def test_what_is_restored_publishes_the_same_tables(small_demo: Demo, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(small_demo.home, home, symlinks=True)
    before, own = (tables(home / "published" / link) for link in LINKS)
    assert main(["backup", "--home", str(home), "-o", str(tmp_path / "b"), "--with-secrets"]) == 0
    shutil.rmtree(home)
    assert main(["restore", str(tmp_path / "b"), "--home", str(home)]) == 0
    assert not (home / "published" / LINKS[1]).exists(), "made again by a run, never carried along"
    run_once(home)

    assert tables(home / "published/current") == before
    assert tables(home / "published" / LINKS[1]) == own
    assert own["closed_course"]


@pytest.fixture(scope="module")
def on_server(postgresql: Cluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Server]:
    """A home whose journal is on PostgreSQL, with an event and an entry in it; only read it."""
    home = tmp_path_factory.mktemp("on_server") / "home"
    make_home(home)
    place = Server(postgresql.address(postgresql.new_database()))
    with (home / "opkoers.toml").open("a") as stream:
        stream.write(f'\n[journal]\ndatabase = "{place.address}"\n')
    migrated(home)
    with psycopg.connect(place.address) as connection:
        connection.execute(SHARED)
        connection.execute(LOOKED)
    assert main(["access-log", "--seal", "--home", str(home)]) == 0
    return home, place


def test_a_journal_on_postgresql_comes_back_whole(
    on_server: tuple[Path, Server],
    postgresql: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home, place = on_server
    before, sealed = read_events(place), verify(place)
    write_backup(home, tmp_path / "b.tar", with_secrets=False)
    there = Server(postgresql.address(postgresql.new_database()))
    monkeypatch.setenv("OPKOERS_JOURNAL_DATABASE", there.address)
    back = tmp_path / "back"
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", "restore", tmp_path / "b.tar", "--home", back],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

    assert read_events(there) == before
    assert verify(there) == sealed
    assert not (back / "journal").exists()
    with psycopg.connect(there.address) as connection:
        connection.execute(SHARED)
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            connection.execute("delete from journal_journalevent")
    migrated(back)


def test_a_database_that_holds_something_is_not_touched(
    on_server: tuple[Path, Server], tmp_path: Path
) -> None:
    home, place = on_server
    before = read_events(place)
    write_backup(home, tmp_path / "b.tar", with_secrets=False)

    with pytest.raises(OpKoersError, match="database is not empty"):
        restore_backup(tmp_path / "b.tar", tmp_path / "back", never)
    assert read_events(place) == before
    assert list((tmp_path / "back").iterdir()) == []
