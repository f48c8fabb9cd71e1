"""The example of the R package suddengains: 24 sudden gains in 15 of 43 people.

Criterion 1 at 7 points, sessions 1 to 12; the measurement before the first
session (s0) and the two follow-ups are no sessions. Missed sessions are gaps.
Drawn through all stations of a run.
"""

import csv
from pathlib import Path

import pytest

from tests.rules.conftest import Published, Service

SESSIONS = range(13)
REPLACED = """
id = "bdi-ii"
extends = "bdi-ii"
[[scale]]
id = "total"
[scale.reliable_change]
value = 7
rule = ">="
source = "criterion 1 of the example of identify_sg() in suddengains"
population = "as in that example"
evidence = "VC"
"""


def _drawn(file: Path) -> str:
    """One line per person and session; `s0` is a week before the first session."""
    lines = ["patient | day | session | BDI-II"]
    with file.open(newline="") as rows:
        for row in csv.DictReader(rows):
            lines += [
                f"{row['id']} | {7 * session} | {session} | {score}"
                for session in SESSIONS
                if (score := row[f"bdi_s{session}"]) not in ("", "NA")
            ]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def published(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Published:
    home = tmp_path_factory.mktemp("suddengains")
    (home / "instruments").mkdir()
    (home / "instruments" / "bdi-ii.toml").write_text(REPLACED)
    drawn = _drawn(reference / "data" / "suddengains" / "sgdata.csv")
    return Service(home).published(drawn, as_of=90)


def test_the_published_count(published: Published) -> None:
    counts = published.read("""
        select kind, count(*), count(distinct patient_id) from sudden_change group by kind
    """)
    assert ("sudden_gain", 24, 15) in counts


def test_some_of_them(published: Published) -> None:
    """Person 1 fell from 34 to 23 after session 3 and from 29 to 17 after session 7. Person 14
    has no session 4 or 8; the fall from 37 to 23 after session 2 has two scores before it."""
    found = published.read("""
        select patient_id, place_before, score_before, score, n_before, n_after, counted
        from sudden_change
        where kind = 'sudden_gain' and patient_id in ('1', '14')
        order by patient_id, place_before
    """)
    assert found == [
        ("1", 3, 34, 23, 3, 3, "session"),
        ("1", 7, 29, 17, 3, 3, "session"),
        ("14", 2, 37, 23, 2, 2, "session"),
    ]


def test_losses_are_mirrored(published: Published) -> None:
    """Where the package's second criterion lets every loss through, here it must be a quarter."""
    losses = published.read("""
        select score_before, score from sudden_change where kind = 'sudden_loss'
    """)
    assert losses, "the data hold sudden losses (person 4 rose from 24 to 33)"
    assert all(after - before >= max(7, before / 4) for before, after in losses)
