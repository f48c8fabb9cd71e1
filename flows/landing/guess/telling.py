"""What `opkoers sources guess` says on the screen; only there may landed values be seen."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from flows.errors import ExitCode, OpKoersError
from flows.landing.archive import Receipt
from flows.landing.guess.guessing import Guess
from flows.landing.guess.trial import COLUMNS, Trial
from flows.landing.guess.write import sentence


def place_of(output: str, home: Path | None, *, force: bool) -> Path:
    """Where a source is written: `sources/x.toml` is taken within the home where one is named.

    Raises OpKoersError when it would be written over another, or into no folder.
    """
    file = Path(output)
    if home is not None and not file.absolute().parent.is_dir():
        file = home / output
    if not file.absolute().parent.is_dir():
        raise OpKoersError(
            "there is no such folder",
            where=file.parent,
            next_step="Give the name of a file in the sources folder of a home after -o",
            exit_code=ExitCode.SOURCE,
        )
    if file.exists() and not force:
        raise OpKoersError(
            "there is such a file already",
            where=file,
            next_step="Give another name after -o, or write over it with --force",
            exit_code=ExitCode.SOURCE,
        )
    return file


def told(guess: Guess, output: Path | None) -> Iterator[str]:
    """The lines of the command: source, first landed answers, counts, doubts, what to do."""
    if output is None:
        yield guess.source
    yield from _trial(guess.trial)
    if guess.doubts:
        yield "What it is unsure about:"
        yield from (f"  - {sentence(doubt)}" for doubt in guess.doubts)
    yield ""
    yield from _next_steps(guess, output)


def _trial(trial: Trial) -> Iterator[str]:
    if trial.first:
        yield "The first answers as they would land (on this screen only):"
        yield from (f"  {line}" for line in _table((COLUMNS, *trial.first)))
        yield ""
    if trial.receipt is not None:
        yield _counts(trial.receipt)
    if trial.error is not None:
        yield f"As it is, it would not land: {trial.error.sentence()}"
    yield ""


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()


def _counts(receipt: Receipt) -> str:
    return (
        f"{receipt.rows_in:,} records in: {receipt.landed:,} landed,"
        f" {receipt.duplicate:,} duplicate, {receipt.rejected:,} rejected"
        f" ({receipt.rejected_error:,} with errors, {receipt.rejected_conflict:,} in conflict,"
        f" {receipt.rejected_by_rule:,} by rule); {receipt.cells_rejected:,} answers of landed"
        " records refused."
    )


def _next_steps(guess: Guess, output: Path | None) -> Iterator[str]:
    for companion in guess.companions:
        yield f"Lay {companion} beside the source: it is named there."
    if output is None:
        yield "Write it down with -o sources/NAME.toml, mend what is marked CHECK, and land it:"
    else:
        yield f"The source is in {output}. Mend what is marked CHECK, and land the export:"
    yield "  put the file in inbox/ and run `opkoers run`"
