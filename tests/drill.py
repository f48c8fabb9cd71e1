"""python -m tests.drill HOME: answer, back up, destroy, restore, run; everything is as it was.

Changes and destroys HOME: give it a copy, or the demo of CI. Prints what was compared and exits
with 1 at the first difference.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

from flows.cli import main as opkoers
from flows.journal import place_of, read_events
from flows.sealing import verify
from flows.settings import load_settings
from tests.dashboards.serving import ROOT, environment
from tests.test_loop import hashes, tables

ANSWERS = 20
# Answers as the pages write them, in a process of its own because Django knows one home.
ANSWER = """
import sys, django
django.setup()
from django.core.management import call_command
call_command("migrate", interactive=False, verbosity=0)
from datetime import datetime
from dashboards.journal.access_log import record
from dashboards.journal.answers import AlertKey, GivenAnswer, write_answer
for line in sys.stdin:
    alert_id, clinic, patient, kind, opened_at, measured_at = line.strip().split("|")
    moments = map(datetime.fromisoformat, (opened_at, measured_at))
    key = AlertKey(alert_id, clinic, patient, kind, *moments)
    record("drill", "therapist", "alert", clinic, patient)
    write_answer(key, GivenAnswer("drill", "consult", None, ""), shown_seq=0)
"""
OPEN = """
    select concat_ws('|', alert_id, clinic_id, patient_id, kind, opened_at, last_signal_at)
    from alert
    where closed_at is null and kind <> 'critical_item' and patient_id is not null
    order by alert_id
    limit ?
"""


def main() -> None:
    """Drill the home that is named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    home = parser.parse_args().home.absolute()
    answer_some(home)
    _do("run", "--direct", "--home", str(home))
    before = seen(home)
    with tempfile.TemporaryDirectory() as folder:
        backup = str(Path(folder) / "backup.tar")
        _do("backup", "-o", backup, "--with-secrets", "--home", str(home))
        shutil.rmtree(home)
        _do("restore", backup, "--home", str(home))
    _do("run", "--direct", "--home", str(home))
    after = seen(home)
    different = [name for name in {*before, *after} if before.get(name) != after.get(name)]
    print(f"{len(before)} parts compared; different: {sorted(different) or 'none'}")
    sys.exit(1 if different else 0)


def answer_some(home: Path) -> None:
    """Answers to open alerts, through the pages' own code."""
    with duckdb.connect(str((home / "published/current").resolve()), read_only=True) as connection:
        found = [str(row) for (row,) in connection.execute(OPEN, [ANSWERS]).fetchall()]
    subprocess.run(
        [sys.executable, "-c", ANSWER],
        env=environment(home),
        cwd=ROOT,
        input="\n".join(found) + "\n",
        text=True,
        check=True,
    )


def seen(home: Path) -> dict[str, object]:
    """Every published table, the archive file by file, the journal and its verified chain."""
    place = place_of(load_settings(home))
    answers = sum(event.kind == "alert_answered" for event in read_events(place))
    print(f"{answers} answers in the journal, {verify(place).last}")
    return {
        **tables(home / "published/current"),
        **hashes(home / "archive"),
        "journal": read_events(place),
        "seals": verify(place),
    }


def _do(*words: str) -> None:
    code = opkoers(words)
    if code:
        sys.exit(code)


if __name__ == "__main__":
    main()
