"""Names and values of an export written safely into SQL.

An export's own columns are known only when it is opened, so the statement that
selects them is put together at that moment. It is the only place where SQL is
not a file of its own, and every foreign name passes through here.
"""

from collections.abc import Mapping


def identifier(name: str) -> str:
    """A column name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text as a quoted literal."""
    return "'" + value.replace("'", "''") + "'"


def struct(pairs: Mapping[str, str]) -> str:
    """A DuckDB struct of texts, as `columns =` of read_csv takes it."""
    return "{" + ", ".join(f"{literal(key)}: {literal(value)}" for key, value in pairs.items()) + "}"
