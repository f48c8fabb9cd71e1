"""Names and values of an export written safely into SQL.

An export's own columns are known only when it is opened, so the statement that
selects them is put together at that moment. It is the only place where SQL is
not a file of its own, and every foreign name passes through here.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path


def identifier(name: str) -> str:
    """A column name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text as a quoted literal."""
    return "'" + value.replace("'", "''") + "'"


def file_literal(file: Path) -> str:
    """A path as a quoted literal that read_csv takes as one file, whatever its name holds.

    Browsers name a second download `export[1].csv`, which would be a pattern.
    """
    return literal("".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(file)))


def texts(values: Sequence[str]) -> str:
    """A DuckDB list of texts."""
    return f"[{in_list(values)}]"


def in_list(values: Sequence[str]) -> str:
    """What stands between the brackets of `in (...)`."""
    return ", ".join(literal(value) for value in values)


def struct(pairs: Mapping[str, str]) -> str:
    """A DuckDB struct of texts, as `columns =` of read_csv takes it."""
    return (
        "{" + ", ".join(f"{literal(key)}: {literal(value)}" for key, value in pairs.items()) + "}"
    )
