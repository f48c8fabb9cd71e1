"""make accuracy: the signals of a simulated service held against its hidden truth.

Simulated: it says whether the rules do what they say, not how often they are
right among real patients. Precision is the share of episodes with a signal for
which it was true, recall the share of true episodes that got one; both with a
Wilson 95 % interval.
"""

import csv
import tempfile
from collections.abc import Iterable
from pathlib import Path

import duckdb

from flows.demo import SYNTHETIC_NOW, write_demo
from flows.home import locked
from flows.instruments import load_instruments
from flows.running.plan import plan_run
from flows.running.steps import STEPS
from flows.statistics.proportion import Share, share

PATIENTS = 3000
Episodes = set[tuple[str, str]]


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        write_demo(home, patients=PATIENTS)
        with locked(home):
            plan = plan_run(home)
            for step in STEPS[:-1]:
                step(plan)
        print(f"SIMULATED service of {PATIENTS:,} patients, as of {SYNTHETIC_NOW}\n")
        print(f"{'signal':28}{'true when':46}{'precision':>22}{'recall':>22}")
        for name, meaning, signalled, true, judged in comparisons(home):
            right = signalled & true & judged
            precision = share(len(right), len(signalled & judged))
            recall = share(len(right), len(true & judged))
            print(f"{name:28}{meaning:46}{told(precision):>22}{told(recall):>22}")


def comparisons(home: Path) -> Iterable[tuple[str, str, Episodes, Episodes, Episodes]]:
    """Signal, what makes it true, episodes with the signal, true episodes, episodes judged."""
    truth = read(home / "truth/patients.csv")
    points = load_instruments()["phq-9"].scale[0].reliable_change
    assert points is not None
    measured = episodes(home, "select distinct clinic_id, patient_id from score")
    worse = subjects(r for r in truth if gain(r) <= -points.value)
    stuck = subjects(r for r in truth if gain(r) < points.value and int(r["sessions"]) >= 6)
    long = subjects(r for r in truth if int(r["sessions"]) >= 6)
    events = [r for r in read(home / "truth/events.csv") if r["is_in_export"] == "1"]
    with_items = episodes(
        home, "select distinct clinic_id, patient_id from score where items_answered > 0"
    )
    yield (
        "reliable_deterioration",
        "true end at least a reliable change worse",
        fired(home, "reliable_deterioration", "red"),
        worse,
        measured,
    )
    yield (
        "no_reliable_improvement",
        "6 or more sessions, truly not reliably better",
        fired(home, "no_reliable_improvement", "amber"),
        stuck,
        measured & long,
    )
    yield (
        "off_course (red)",
        "true end at least a reliable change worse",
        fired(home, "off_course", "red"),
        worse,
        measured,
    )
    yield (
        "high_predicted_risk",
        "true end at least a reliable change worse",
        fired(home, "high_predicted_risk", "amber"),
        worse,
        measured,
    )
    planned = episodes(
        home, "select clinic_id, patient_id from episode where planned_sessions is not null"
    )
    finished = subjects(r for r in truth if r["is_ended"] == "1" and r["is_dropped_out"] == "0")
    yield (
        "treatment_review",
        "all planned sessions held, truly not better",
        fired(home, "treatment_review", "amber"),
        finished & subjects(r for r in truth if gain(r) < points.value),
        measured & planned,
    )
    unrepaired = [r for r in events if r["event"] == "rupture_unrepaired"]
    ruptured = subjects(r for r in events if r["event"].startswith("rupture"))
    yield (
        "alliance_rupture (amber)",
        "a rupture of the alliance",
        fired(home, "alliance_rupture", "amber"),
        ruptured,
        measured,
    )
    yield (
        "alliance_rupture (any)",
        "a rupture of the alliance",
        fired(home, "alliance_rupture", "amber") | fired(home, "alliance_rupture", "info"),
        ruptured,
        measured,
    )
    yield (
        "alliance_repair",
        "a rupture that was repaired, and no other",
        fired(home, "alliance_repair", "info"),
        ruptured - subjects(unrepaired),
        measured & ruptured,
    )
    yield (
        "drop_out_risk",
        "dropped out, of episodes that ended",
        fired(home, "drop_out_risk", "amber"),
        subjects(r for r in truth if r["is_dropped_out"] == "1"),
        measured & subjects(r for r in truth if r["is_ended"] == "1"),
    )
    yield (
        "functional_twice",
        "true end below the cut-off, true start not",
        fired(home, "functional_twice", "info"),
        subjects(r for r in truth if is_case(r, "true_baseline") > is_case(r, "true_end")),
        measured,
    )
    yield (
        "back_on_course",
        "not truly worse at the end, after it seemed so",
        fired(home, "back_on_course", "info"),
        measured - worse,
        fired(home, "off_course", "red") | fired(home, "reliable_deterioration", "red"),
    )
    yield (
        "low_alliance",
        "a rupture of the alliance",
        fired(home, "low_alliance", "info"),
        subjects(r for r in events if r["event"].startswith("rupture")),
        measured,
    )
    yield (
        "critical_item",
        "an answer to item 9 of 1 or more",
        episodes(home, "select distinct clinic_id, patient_id from critical"),
        subjects(r for r in events if r["event"] == "critical_item"),
        with_items,
    )


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def gain(row: dict[str, str]) -> float:
    """Points that a patient truly got better on the PHQ-9, where lower is better."""
    return float(row["true_baseline"]) - float(row["true_end"])


def is_case(row: dict[str, str], level: str) -> bool:
    """Whether a true level is in the clinical range of the PHQ-9."""
    cutoff = load_instruments()["phq-9"].scale[0].cutoff
    assert cutoff is not None
    return float(row[level]) >= cutoff.value


def subjects(rows: Iterable[dict[str, str]]) -> Episodes:
    return {(row["clinic_id"], row["patient_id"]) for row in rows}


def fired(home: Path, kind: str, level: str) -> Episodes:
    return episodes(
        home,
        f"""
        select distinct clinic_id, patient_id from signal
        where kind = '{kind}' and level = '{level}'
        """,
    )


def episodes(home: Path, query: str) -> Episodes:
    with duckdb.connect(str((home / "published/current").resolve()), read_only=True) as connection:
        return {(clinic, patient) for clinic, patient in connection.execute(query).fetchall()}


def told(found: Share | None) -> str:
    if found is None:
        return "-"
    return f"{found.value:.2f} [{found.lower:.2f}, {found.upper:.2f}]"


if __name__ == "__main__":
    main()
