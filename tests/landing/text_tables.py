"""Tables of exports that are text, read without landing them."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows.errors import OpKoersError
from flows.landing.formats import FORMATS
from flows.landing.reading import Row, Surroundings
from flows.landing.source import FormatName, Source

MINIMAL: dict[str, Any] = {
    "name": "clinic",
    "match": "*",
    "clinic_id": {"value": "north"},
    "patient_id": {"column": "record_id"},
    "measured_at": {"value": date(2026, 1, 5)},
    "measure": [{"instrument": "bdi", "scale": "total", "column": "BDI"}],
}


@dataclass(frozen=True)
class Exports:
    """A folder with exports of one format and the files beside their source."""

    folder: Path
    format: FormatName

    def file(self, content: str | bytes, name: str = "export.csv") -> Path:
        """Put a file in the folder; a text starts on the line after the opening quotes."""
        file = self.folder / name
        text = content.lstrip("\n").encode() if isinstance(content, str) else content
        file.write_bytes(text)
        return file

    def read(self, file: Path, **keys: Any) -> tuple[tuple[str, ...], list[Row]]:
        """Header and records of an export; `keys` are those of its source."""
        source = Source.model_validate({**MINIMAL, "format": self.format, **keys})
        around = Surroundings(self.folder, "Europe/Amsterdam", 10_000, 1 << 30)
        table = FORMATS[self.format].open_table(file, source, around)
        return table.header, list(table.rows)

    def column(self, name: str, file: Path, **keys: Any) -> list[str | None]:
        """The texts of one column."""
        header, rows = self.read(file, **keys)
        return [row.texts[header.index(name)] for row in rows if row.texts is not None]

    def records(self, file: Path, **keys: Any) -> list[dict[str, str | None]]:
        """Each record by the names of its columns."""
        header, rows = self.read(file, **keys)
        return [dict(zip(header, row.texts, strict=True)) for row in rows if row.texts is not None]

    def rules(self, file: Path, **keys: Any) -> list[str | None]:
        """The rule of each record that keeps it from landing."""
        return [row.rule for row in self.read(file, **keys)[1]]

    def lines(self, file: Path, **keys: Any) -> list[int]:
        """The physical line of each record."""
        return [row.line for row in self.read(file, **keys)[1]]

    def mistake(self, file: Path, **keys: Any) -> str:
        """Exit code and sentence of a file that cannot be read."""
        with pytest.raises(OpKoersError) as raised:
            self.read(file, **keys)
        return f"{raised.value.exit_code.name}: {raised.value}"
