"""What `opkoers receipts` tells of the files that came in: a list, one file in full, or JSON.

Names, counts and what to do; never a value, which stands only in a rejected.csv.
"""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from shlex import quote
from typing import Any

import duckdb

from flows.errors import ExitCode, OpKoersError
from flows.landing import archive
from flows.landing.archive import ReadAs, Receipt
from flows.landing.rejected import REJECTED_CSV
from flows.landing.sql_text import file_literal
from flows.settings import Settings

COLUMNS = ("in", "landed", "duplicate", "error", "conflict", "by rule", "cells")
CLINICS_NAMED = 3
REASONS_NAMED = 3
NAME_WIDTH = 32
CODING_KNOWN = {
    "declared": "the source declares it",
    "seen": "the answers show it",
    "assumed": "assumed: neither the source nor any answer tells",
}


@dataclass(frozen=True)
class Reason:
    """How often one rule refused something in one column of a file, and what to do about it."""

    rule: str
    reject_class: str
    column: str | None
    times: int
    first_line: int
    fix: str


@dataclass(frozen=True)
class ArchivedFile:
    """One landed or held-back file and its folder in the archive."""

    receipt: Receipt
    is_held_back: bool
    folder: Path

    @property
    def rejected_csv(self) -> Path | None:
        """Every rejected line of it, where there are any and the file was written."""
        file = self.folder / REJECTED_CSV
        return file if file.exists() else None

    @cached_property
    def reasons(self) -> tuple[Reason, ...]:
        """Why something of it was refused: errors first, the most frequent first."""
        file = self.folder / "rejected.parquet"
        if not file.exists():
            return ()
        with duckdb.connect() as connection:
            rows = connection.execute(f"""
                select rule, reject_class, column_name, count(*), min(source_line), any_value(fix)
                from read_parquet({file_literal(file)})
                group by rule, reject_class, column_name
                order by reject_class = 'error' desc, reject_class = 'conflict' desc,
                    count(*) desc, rule, column_name
            """).fetchall()
        return tuple(Reason(*row) for row in rows)


def archived_files(folder: Path) -> tuple[ArchivedFile, ...]:
    """Every file of an archive in the order of landing, the held-back ones last."""
    if not folder.is_dir():
        return ()
    landed = [ArchivedFile(r, False, folder / r.sha256) for r in archive.receipts(folder)]
    held = [ArchivedFile(r, True, folder / r.sha256) for r in archive.held_back(folder)]
    return (*landed, *held)


def told(settings: Settings, *, name: str | None = None, as_json: bool = False) -> Iterator[str]:
    """The lines to print: of all files, or of those called `name`.

    Raises OpKoersError when there is none of that name.
    """
    files = archived_files(settings.archive)
    chosen = files if name is None else _called(name, files)
    if as_json:
        yield json.dumps([_as_json(file) for file in chosen], indent=2, ensure_ascii=False)
    elif name is not None:
        for file in chosen:
            yield from _in_full(file, settings)
    else:
        yield from _listed(chosen, settings)


def _called(name: str, files: Sequence[ArchivedFile]) -> tuple[ArchivedFile, ...]:
    found = tuple(file for file in files if file.receipt.name == name)
    if found:
        return found
    near = difflib.get_close_matches(name, [file.receipt.name for file in files], n=1)
    hint = f" (did you mean '{near[0]}'?)" if near else ""
    raise OpKoersError(
        f"no file of this name has come in{hint}",
        where=name,
        next_step="`opkoers receipts` lists them all",
        exit_code=ExitCode.USAGE,
    )


# ---------- all files


def _listed(files: Sequence[ArchivedFile], settings: Settings) -> Iterator[str]:
    yield f"{'file':{NAME_WIDTH}} {'landed at (UTC)':16}{_cells(COLUMNS)}  clinics"
    for file in files:
        yield _row(file)
    if not files:
        yield "No file has landed yet: put an export in inbox/ and run `opkoers run`."
    held = [file for file in files if file.is_held_back]
    if held:
        yield ""
        yield "Held back: in no score and no figure; their critical items are read all the same."
        for file in held:
            yield from _why_held_back(file, settings)


def _row(file: ArchivedFile) -> str:
    receipt = file.receipt
    when = "held back" if file.is_held_back else _moment(receipt.landed_at)
    counts = [f"{count:,}" for count in _counts(receipt).values()]
    return f"{receipt.name:{NAME_WIDTH}} {when:16}{_cells(counts)}  {_clinics(receipt)}"


def _cells(texts: Sequence[str]) -> str:
    return "".join(f"{text:>11}" for text in texts)


def _counts(receipt: Receipt) -> Mapping[str, int]:
    counts = (
        receipt.rows_in,
        receipt.landed,
        receipt.duplicate,
        receipt.rejected_error,
        receipt.rejected_conflict,
        receipt.rejected_by_rule,
        receipt.cells_rejected,
    )
    return dict(zip(COLUMNS, counts, strict=True))


def _clinics(receipt: Receipt) -> str:
    more = len(receipt.clinics) - CLINICS_NAMED
    named = ", ".join(receipt.clinics[:CLINICS_NAMED])
    return f"{named} and {more} more" if more > 0 else named or "-"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _why_held_back(file: ArchivedFile, settings: Settings) -> Iterator[str]:
    yield _share_of_errors(file.receipt, settings)
    errors = [reason for reason in file.reasons if reason.reject_class == "error"]
    yield from (_reason(reason) for reason in errors[:REASONS_NAMED])
    if len(errors) > REASONS_NAMED:
        more = len(errors) - REASONS_NAMED
        yield f"  and {more} more: opkoers receipts --file {quote(file.receipt.name)}"
    yield from _where_the_lines_are(file)
    yield _next_step(file.receipt)


def _share_of_errors(receipt: Receipt, settings: Settings) -> str:
    share = receipt.rejected_error / max(receipt.rows_in, 1)
    return (
        f"{receipt.name}: {receipt.rejected_error:,} of {receipt.rows_in:,} records"
        f" ({share:.0%}) have errors, more than {settings.landing.held_back_share:.0%}."
    )


def _next_step(receipt: Receipt) -> str:
    return (
        f"  Mend the export or sources/{receipt.source}.toml and run again,"
        f" or land it as it is: opkoers run --accept {quote(receipt.name)}"
    )


def _reason(reason: Reason) -> str:
    column = f" in column {reason.column}" if reason.column else ""
    return (
        f"  {reason.times:,} x {reason.rule}{column}, first on line {reason.first_line}:"
        f" {reason.fix}"
    )


def _where_the_lines_are(file: ArchivedFile) -> Iterator[str]:
    if file.rejected_csv is not None:
        yield f"  Every line, with its value: {file.rejected_csv}"


# ---------- one file


def _in_full(file: ArchivedFile, settings: Settings) -> Iterator[str]:
    receipt = file.receipt
    state = "held back" if file.is_held_back else f"landed {_moment(receipt.landed_at)} UTC"
    yield f"{receipt.name}: {state}"
    for key, value in dict(receipt).items():
        if key not in ("name", "landed_at"):
            yield f"  {key:28}{_plain(value)}"
    if file.reasons:
        yield "Rejected:"
        yield from (_reason(reason) for reason in file.reasons)
        yield from _where_the_lines_are(file)
    if file.is_held_back:
        yield _share_of_errors(receipt, settings)
        yield _next_step(receipt)


def _plain(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case None | ():
            return "-"
        case tuple():
            return ", ".join(map(_plain, value))
        case ReadAs():
            return f"{value.instrument} read as {value.coding} ({CODING_KNOWN[value.how]})"
        case datetime():
            return _moment(value)
        case _:
            return str(value)


def _as_json(file: ArchivedFile) -> dict[str, Any]:
    """The receipt, and what stands beside it in the archive."""
    return {
        **file.receipt.model_dump(mode="json"),
        "status": "held_back" if file.is_held_back else "landed",
        "reasons": [asdict(reason) for reason in file.reasons],
        "rejected_csv": None if file.rejected_csv is None else str(file.rejected_csv),
    }
