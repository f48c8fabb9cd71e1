"""A home with sources and an inbox, and what landing leaves of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from flows.home import make_home
from flows.instruments import load_instruments
from flows.landing.archive import Receipt
from flows.landing.land import Outcome, land_inbox
from flows.settings import load_settings

TODAY = "2026-11-16"

Row = tuple[Any, ...]


@dataclass(frozen=True)
class LandingHome:
    """The clinic's folder; `name` is that of the only export and source unless another is given."""

    home: Path

    def source(self, toml: str, name: str = "clinic") -> None:
        """How to read `<name>*.csv`."""
        text = f'match = "{name}*.csv"\nformat = "csv"\n{toml}'
        (self.home / "sources" / f"{name}.toml").write_text(text, encoding="utf-8")

    def export(self, content: str | bytes, name: str = "clinic.csv") -> Path:
        """Put a file in the inbox; a text starts on the line after the opening quotes."""
        file = self.home / "inbox" / name
        text = content.lstrip("\n").encode() if isinstance(content, str) else content
        file.write_bytes(text)
        return file

    def land(self, accept: Sequence[str] = ()) -> list[Outcome]:
        """What became of each file of the inbox."""
        settings = load_settings(self.home)
        instruments = load_instruments(self.home / "instruments")
        return list(land_inbox(settings, instruments, accept=accept))

    def receipt(self) -> Receipt:
        """Land the only file; its receipt."""
        (outcome,) = self.land()
        assert outcome.receipt is not None, outcome.error
        return outcome.receipt

    def counts(self) -> dict[str, int]:
        """Land the only file; the counts of its receipt that are not zero."""
        receipt = self.receipt().model_dump()
        return {k: v for k, v in receipt.items() if type(v) is int and v != 0}

    def mistake(self) -> str:
        """Land the only file, which cannot be; exit code and sentence."""
        (outcome,) = self.land()
        assert outcome.error is not None
        return f"{outcome.error.exit_code.name}: {outcome.error}"

    def table(self, name: str, columns: str, order: str) -> list[Row]:
        """Rows of an archived table over all landed and held-back files."""
        files = str(self.home / "archive" / "*" / f"{name}.parquet")
        with duckdb.connect() as connection:
            query = f"select {columns} from read_parquet('{files}') order by {order}"
            return connection.execute(query).fetchall()

    def landed(self, columns: str) -> list[Row]:
        """Landed answers, in the order of lines and items."""
        return self.table("responses", columns, "source_line, instrument, item")

    def set_aside(self, columns: str) -> list[Row]:
        """Readable answers that did not land."""
        return self.table("set_aside", columns, "source_line, instrument, item")

    def rejected(self) -> list[Row]:
        """(line, rule, class, value) of everything the sender can act on."""
        return self.table("rejected", "source_line, rule, reject_class, value", "source_line, rule")

    def archive(self) -> dict[str, bytes]:
        """Every file of the archive, byte by byte."""
        files = sorted(f for f in (self.home / "archive").rglob("*") if f.is_file())
        return {str(f.relative_to(self.home)): f.read_bytes() for f in files}


def new_home(folder: Path) -> LandingHome:
    """An empty home of which today is a fixed day."""
    make_home(folder)
    (folder / "instruments").mkdir()
    settings = folder / "opkoers.toml"
    settings.write_text(f"layout_version = 1\n[service]\nsimulated = true\nnow = {TODAY}\n")
    return LandingHome(folder)
