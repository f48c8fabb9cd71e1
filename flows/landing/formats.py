"""The formats that can be landed, and the module that reads each."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from flows.landing.reading import Surroundings, Table
from flows.landing.source import FormatName, Source

OpenTable = Callable[[Path, Source, Surroundings], Table]


@dataclass(frozen=True)
class Format:
    """One format: its name in a source file, what people call it, and how its files end.

    `module` has `open_table`; without one (delimited text) DuckDB reads the file itself.
    """

    name: FormatName
    title: str
    suffixes: tuple[str, ...]
    module: str | None = None

    def open_table(self, file: Path, source: Source, surroundings: Surroundings) -> Table:
        """The records of a file. Raises OpKoersError when it is not of this format."""
        assert self.module is not None
        read: OpenTable = import_module(f"flows.landing.{self.module}").open_table
        return read(file, source, surroundings)


FORMATS: dict[FormatName, Format] = {
    each.name: each
    for each in (
        Format("csv", "delimited text", (".csv", ".tsv", ".txt")),
        Format("xlsx", "Excel", (".xlsx", ".xlsm", ".xls", ".xlsb"), "spreadsheet"),
        Format("ods", "OpenDocument", (".ods",), "spreadsheet"),
        Format("sav", "SPSS", (".sav", ".zsav"), "statistics_package"),
        Format("dta", "Stata", (".dta",), "statistics_package"),
        Format("xpt", "SAS transport", (".xpt",), "statistics_package"),
        Format("redcap", "REDCap", (".csv",), "redcap"),
        Format("limesurvey", "LimeSurvey", (".csv", ".txt"), "limesurvey"),
        Format("castor", "Castor EDC", (".csv",), "castor"),
        Format("qualtrics", "Qualtrics", (".csv",), "qualtrics"),
        Format("fhir", "FHIR R4", (".json", ".ndjson"), "fhir"),
        Format("roqua", "RoQua", (".sqlite", ".sqlite3", ".db"), "roqua"),
    )
}
