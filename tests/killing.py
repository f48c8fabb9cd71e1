"""make killtest: kill -9 at random moments of `opkoers run`, then look at what is left.

After each kill the old snapshot must still answer; after the next undisturbed
run everything must stand as if nothing had happened: nothing landed twice,
no leftovers, the same tables. With --landing it is landing alone that is
killed, in a home with exports of every format.
"""

import argparse
import hashlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from flows.demo import write_demo
from tests.landing.killing import kill_landings

PATIENTS = 120


def main() -> None:
    """Run the asked number of kills; exits with 1 at the first thing that does not hold."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--prefect", action="store_true", help="kill runs inside Prefect")
    parser.add_argument("--landing", action="store_true", help="kill landing alone")
    chosen = parser.parse_args()
    if chosen.landing:
        kill_landing(chosen.kills, chosen.seed)
        return
    chance = random.Random(chosen.seed)
    with tempfile.TemporaryDirectory() as folder:
        home = first_home(Path(folder))
        lasting = timed_run(home, prefect=chosen.prefect)
        expected = outside_view(undisturbed(home))
        for number in range(1, chosen.kills + 1):
            moment = chance.uniform(0, lasting)
            one_kill(home, moment, prefect=chosen.prefect)
            found = outside_view(home)
            broken = sorted(k for k in {*found, *expected} if found.get(k) != expected.get(k))
            print(f"kill {number:3} after {moment:5.2f} s: {broken or 'held'}", flush=True)
            if broken:
                sys.exit(1)
    print(f"{chosen.kills} kills, all held")


def kill_landing(kills: int, seed: int) -> None:
    """The same for landing alone."""
    for number, (kill, broken) in enumerate(kill_landings(kills, seed), start=1):
        print(f"kill {number:3} {kill} of landing: {broken or 'held'}", flush=True)
        if broken:
            sys.exit(1)
    print(f"{kills} kills of landing, all held")


def first_home(folder: Path) -> Path:
    """A small synthetic home that was run once with two of its three exports."""
    home = folder / "home"
    write_demo(home, patients=PATIENTS)
    (home / "late").mkdir()
    late = next((home / "inbox").glob("midden_*"))
    late.rename(home / "late" / late.name)
    run(home).wait()
    return home


def run(home: Path, *, prefect: bool = False) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "flows.cli", "run", "--home", str(home)]
    return subprocess.Popen(
        words if prefect else [*words, "--direct"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def timed_run(home: Path, *, prefect: bool) -> float:
    """Seconds that an undisturbed run of a copy takes."""
    copy = home.with_name("timed")
    shutil.copytree(home, copy, symlinks=True)
    add_late_export(copy)
    started = time.perf_counter()
    assert run(copy, prefect=prefect).wait() == 0
    shutil.rmtree(copy)
    return time.perf_counter() - started


def undisturbed(home: Path) -> Path:
    """A copy in which the late export was landed by a run that nothing disturbed."""
    copy = home.with_name("undisturbed")
    shutil.copytree(home, copy, symlinks=True)
    add_late_export(copy)
    assert run(copy).wait() == 0
    return copy


def add_late_export(home: Path) -> None:
    for file in (home / "late").iterdir():
        shutil.copy(file, home / "inbox" / file.name)


def one_kill(home: Path, moment: float, *, prefect: bool) -> None:
    """From the same starting point: kill a run at `moment`, look, then run undisturbed."""
    base = home.with_name("base")
    if not base.exists():
        shutil.copytree(home, base, symlinks=True)
    shutil.rmtree(home)
    shutil.copytree(base, home, symlinks=True)
    add_late_export(home)
    process = run(home, prefect=prefect)
    time.sleep(moment)
    process.kill()
    process.wait()
    assert snapshot_answers(home), "the published snapshot does not answer"
    code = run(home).wait()
    assert code == 0, f"the next run ended with {code}"


def snapshot_answers(home: Path) -> bool:
    with duckdb.connect(str((home / "published/current").resolve()), read_only=True) as connection:
        row = connection.execute("select count(*) from score").fetchone()
    return row is not None and row[0] > 0


def outside_view(home: Path) -> dict[str, str]:
    """Digests of the archive's contents and of every published table, and any leftovers."""
    view = {
        str(file.relative_to(home)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted((home / "archive").rglob("*"))
        if file.is_file() and file.name != "original"
    }
    leftovers = [*home.glob("archive/.*"), *home.glob("published/.*"), *home.glob("reports/**/.*")]
    view |= {str(file.relative_to(home)): "left over" for file in leftovers}
    with duckdb.connect(str((home / "published/current").resolve()), read_only=True) as connection:
        tables = connection.execute(
            "select table_name from duckdb_tables() order by table_name"
        ).fetchall()
        for (table,) in tables:
            columns = [c for c in connection.table(table).columns if c != "run_id"]
            rows = connection.table(table).select(*map(duckdb.ColumnExpression, columns)).fetchall()
            view[table] = hashlib.sha256("\n".join(sorted(map(str, rows))).encode()).hexdigest()
    return view


if __name__ == "__main__":
    main()
