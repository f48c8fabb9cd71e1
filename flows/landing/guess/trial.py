"""A guessed source tried out: the file is really landed with it, in a home that is thrown away."""

import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from flows.errors import ExitCode, OpKoersError
from flows.home import make_home
from flows.instruments import Instrument
from flows.landing.archive import Receipt
from flows.landing.land import Outcome, land_inbox
from flows.landing.source import load_source
from flows.landing.sql_text import literal
from flows.settings import Settings

FIRST = 5
COLUMNS = ("patient_id", "measured_at", "session_no", "instrument", "item", "value")

Cells = tuple[str, ...]


@dataclass(frozen=True)
class Trial:
    """What became of the file; `first` are its first landed answers, as texts under COLUMNS."""

    receipt: Receipt | None
    first: tuple[Cells, ...]
    error: OpKoersError | None


def try_out(
    source_text: str,
    file: Path,
    name: str,
    companions: Sequence[Path],
    settings: Settings,
    instruments: Mapping[str, Instrument],
) -> Trial:
    """Land `file` under `name` in the home of `settings`, which is made for it."""
    make_home(settings.home)
    source = settings.sources / "NAME.toml"
    source.write_text(source_text, encoding="utf-8")
    for companion in companions:
        shutil.copy(companion, settings.sources)
    try:
        load_source(source)
    except OpKoersError as error:
        return Trial(None, (), error)
    (settings.inbox / name).symlink_to(file.absolute())
    with _unlogged():
        outcomes = land_inbox(_at_once(settings), instruments)
    if not outcomes:
        return Trial(None, (), _passed_by(name))
    # A source that cannot be used is told before the file that it then does not match.
    outcome = outcomes[0]
    return Trial(outcome.receipt, _first(settings, outcome), outcome.error)


def _passed_by(name: str) -> OpKoersError:
    return OpKoersError(
        "files with such a name are passed by in inbox",
        where=name,
        next_step="Give the file a name that begins with a letter",
        exit_code=ExitCode.UNREADABLE_FILE,
    )


@contextmanager
def _unlogged() -> Iterator[None]:
    """What becomes of a trial is told on the screen, and belongs in no log."""
    log = logging.getLogger("opkoers.landing")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


def _at_once(settings: Settings) -> Settings:
    """Without waiting until the file is whole, and without a copy of it."""
    told = {"keep_originals": "no", "complete_when": "stable", "stable_seconds": 0.0}
    landing = settings.landing.model_copy(update={**told, "inbox_after_landing": "keep"})
    return settings.model_copy(update={"landing": landing})


def _first(settings: Settings, outcome: Outcome) -> tuple[Cells, ...]:
    if outcome.receipt is None:
        return ()
    landed = settings.archive / outcome.receipt.sha256 / "responses.parquet"
    with duckdb.connect() as connection:
        rows = connection.execute(f"""
            select patient_id, strftime(measured_at, '%Y-%m-%d %H:%M'), session_no, instrument,
                item, value
            from {literal(str(landed))}
            order by source_line, measured_at, instrument, try_cast(item as integer), item
            limit {FIRST}
        """).fetchall()
    return tuple(tuple(_told(cell) for cell in row) for row in rows)


def _told(cell: object) -> str:
    if cell is None:
        return ""
    return f"{cell:g}" if isinstance(cell, float) else str(cell)
