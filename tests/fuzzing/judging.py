"""What must hold of every file, whatever is in it; each breach is one sentence."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from flows.errors import ExitCode, OpKoersError
from flows.landing.archive import Receipt
from flows.landing.land import Outcome
from tests.fuzzing.cases import Case
from tests.fuzzing.exports import SECRET

LONGEST_SENTENCE = 600
# How a program tells a programmer what went wrong.
FOREIGN_WORDS = ("Traceback", "Error:", "Exception", "errno", "0x7f", "duckdb", "<class", "b'")


def breaches(case: Case, outcomes: Sequence[Outcome], archive: Path) -> Iterator[str]:
    """What does not hold of the outcomes of one file; `archive` holds nothing else."""
    if not outcomes:
        yield "nothing was said of it"
    for outcome in outcomes:
        if outcome.receipt is not None:
            yield from _unbalanced(outcome.receipt)
        if outcome.error is not None:
            yield from _untellable(outcome.error)
        if outcome.status not in ("landed", "refused", "held_back", "known"):
            yield f"the outcome is {outcome.status}"
        if (outcome.status == "refused") != (outcome.receipt is None and outcome.error is not None):
            yield f"{outcome.status} with a receipt, or without an error"
    yield from _unforeseen(case, outcomes)
    yield from _archived_otherwise(outcomes, archive)


def _unbalanced(receipt: Receipt) -> Iterator[str]:
    parts = (receipt.landed, receipt.duplicate, receipt.rejected)
    if receipt.rows_in != sum(parts) or min(parts) < 0:
        yield f"{receipt.rows_in} in is not {' + '.join(map(str, parts))}"
    classes = (receipt.rejected_error, receipt.rejected_conflict, receipt.rejected_by_rule)
    if receipt.rejected != sum(classes) or min(classes) < 0:
        yield f"{receipt.rejected} rejected is not {' + '.join(map(str, classes))}"


def _untellable(error: OpKoersError) -> Iterator[str]:
    sentence = error.sentence()
    if error.exit_code in (ExitCode.BUG, ExitCode.OK):
        yield f"the exit code is {error.exit_code.name}: {sentence}"
    if SECRET in sentence.lower():
        yield "the sentence holds a value of the file"
    # A mark that turns the direction of writing is allowed in a name, and no more than that.
    if not sentence.replace("\u202e", "").isprintable() or len(sentence) > LONGEST_SENTENCE:
        yield f"this is not one sentence of one line: {sentence[:200]!a}"
    if any(word in sentence for word in FOREIGN_WORDS):
        yield f"a person cannot use this: {sentence}"


def _unforeseen(case: Case, outcomes: Sequence[Outcome]) -> Iterator[str]:
    landed = [o.receipt.landed for o in outcomes if o.status == "landed" and o.receipt is not None]
    if case.lands == 0 and landed:
        yield "it landed, and holds no record"
    if case.lands and landed != [case.lands]:
        yield f"{case.lands} records must land, {landed} did: {outcomes[0].error}"


def _archived_otherwise(outcomes: Sequence[Outcome], archive: Path) -> Iterator[str]:
    """The archive holds a folder for each receipt and nothing else, with as many records."""
    kept = {o.receipt.sha256: o.receipt for o in outcomes if o.receipt is not None}
    folders = {folder.name for folder in archive.iterdir()}
    if folders != kept.keys():
        yield f"the archive holds {len(folders)} folders, {len(kept)} are told of"
        return
    for sha256, receipt in kept.items():
        yield from _records_otherwise(archive / sha256, receipt)


def _records_otherwise(folder: Path, receipt: Receipt) -> Iterator[str]:
    """Lines that landed or were refused are at most as many as the receipt says."""
    with duckdb.connect() as connection:
        (landed,) = _row(connection, f"""
            select count(distinct source_line) from '{folder}/responses.parquet'
            where not is_withdrawn""")  # fmt: skip
        errors, told = _row(connection, f"""
            select count(*) filter (reject_class = 'error'), count(*)
            from '{folder}/rejected.parquet'""")  # fmt: skip
    if landed > receipt.landed or (landed == 0) != (receipt.landed == 0):
        yield f"answers of {landed} lines are archived, {receipt.landed} records landed"
    if errors < receipt.rejected_error:
        yield f"{receipt.rejected_error} records have errors, {errors} are told of ({told} in all)"


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row
