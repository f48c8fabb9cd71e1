"""Bad files of every format: each lands with balanced counts or is refused in one sentence.

`make fuzz` does ten thousand. What fails is repeated with the command that is told.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from flows.errors import ExitCode, OpKoersError
from flows.landing.archive import Receipt
from flows.landing.land import Outcome
from tests.fuzzing.cases import Case, case
from tests.fuzzing.exports import SECRET, exports
from tests.fuzzing.judging import breaches
from tests.fuzzing.running import verdicts

SEED, FILES = 3, 500


def test_five_hundred_bad_files(tmp_path: Path) -> None:
    done = list(verdicts(SEED, range(FILES), tmp_path))
    broken = [
        f"python -m tests.fuzzing --seed {SEED} --number {verdict.number}: {verdict.breaches}"
        for verdict in done
        if verdict.breaches
    ]
    assert not broken, "\n".join(broken)
    assert sorted(verdict.number for verdict in done) == list(range(FILES))
    assert {verdict.format for verdict in done} == exports().keys()
    assert {"landed", "held_back", "unreadable_file"} <= {verdict.outcome for verdict in done}


def test_a_seed_gives_the_same_files_again() -> None:
    first = [case(SEED, number) for number in range(60)]
    assert first == [case(SEED, number) for number in range(60)]
    assert len({each.content for each in first}) > 40


# ---------- the judge itself: a breach of each sort is seen

CASE = Case("csv", "sound", "csv_1.csv", b"")


def receipt(**counts: int) -> Receipt:
    """Made without the model's own check of the balance, so that the judge can see a breach."""
    numbers = dict.fromkeys(
        ("rows_in", "landed", "duplicate", "rejected", "cells_rejected", "rejected_error",
         "rejected_conflict", "rejected_by_rule"), 0,
    )  # fmt: skip
    told: dict[str, Any] = {
        **{"sha256": "0", "source": "csv", "name": "csv_1.csv", "clinics": (), "instruments": ()},
        **{"landed_at": datetime(2026, 1, 5), "measured_from": None, "measured_to": None},
        **{"has_artificial_dates": False, "critical_items_not_watched": ()},
        **{"conflict_rule": "", "read_with": ""},
    }
    return Receipt.model_construct(**(told | numbers | counts))


def refused(what: str, exit_code: ExitCode = ExitCode.UNREADABLE_FILE) -> Outcome:
    error = OpKoersError(what, next_step="Mend it", exit_code=exit_code)
    return Outcome("csv_1.csv", "refused", error=error)


BREACHES = {
    "nothing was said": ([], "nothing was said"),
    "a bug": ([refused("it broke", ExitCode.BUG)], "the exit code is BUG"),
    "a value": ([refused(f"'{SECRET}p1' is no number")], "holds a value"),
    "two lines": ([refused("a\nb")], "not one sentence"),
    "a traceback": ([refused("ValueError: x")], "a person cannot use this"),
    "unbalanced": ([Outcome("x", "landed", receipt(rows_in=3, landed=2))], "3 in is not 2 + 0 + 0"),
    "unclassed": (
        [Outcome("x", "landed", receipt(rows_in=1, rejected=1))],
        "1 rejected is not 0 + 0 + 0",
    ),
    "no archive": ([Outcome("x", "landed", receipt())], "the archive holds 0 folders, 1 are told"),
}


@pytest.mark.parametrize("name", BREACHES)
def test_the_judge_sees(name: str, tmp_path: Path) -> None:
    outcomes, told = BREACHES[name]
    assert any(told in breach for breach in breaches(CASE, outcomes, tmp_path))
    assert not list(breaches(CASE, [refused("the file is damaged")], tmp_path))


def test_the_judge_knows_what_must_land(tmp_path: Path) -> None:
    must = Case("csv", "sound", "csv_1.csv", b"", lands=30)
    assert any("30 records must land" in told for told in breaches(must, [refused("x")], tmp_path))
    never = Case("csv", "header_only", "csv_1.csv", b"", lands=0)
    landed = [Outcome("x", "landed", receipt(rows_in=1, landed=1))]
    assert "it landed, and holds no record" in list(breaches(never, landed, tmp_path))
