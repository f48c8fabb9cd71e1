"""rejected.csv: what the sender of a file can act on, in the home's language.

It stands beside rejected.parquet in the archive and says the same, for
somebody who has a spreadsheet and no other tool. The values in it are the
sender's own and may tell of a patient: nothing of it goes into a log.
"""

import shutil
from pathlib import Path

import duckdb

from dashboards.drawing.translation import N_, said, translation
from flows.landing.sql_text import file_literal, identifier, literal

REJECTED_CSV = "rejected.csv"
MEMORY_LIMIT = "256MB"

HEADINGS = {
    "source_file": N_("file"),
    "source_line": N_("line"),
    "column_name": N_("column"),
    "rule": N_("rule"),
    "class_name": N_("class"),
    "fix": N_("what to do"),
    "value": N_("value"),
}
CLASSES = {
    "error": N_("error"),
    "conflict": N_("conflict"),
    "by_rule": N_("left out"),
}
"""In the order in which they stand in the file: what there is to mend comes first."""

# Excel takes the first sign of a file for its encoding, and in Dutch splits at semicolons.
BYTE_ORDER_MARK = "\ufeff"
DELIMITERS = {"nl": ";", "en": ","}

# A spreadsheet runs a cell that begins like a formula; an apostrophe keeps it text.
# The wide forms of the signs are taken for the narrow ones in East Asian settings.
FORMULA = r"^[\s]*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]|^[\t\r\n]"
PLAIN_NUMBER = r"[-+]?[0-9]+([.,][0-9]+)*([eE][-+]?[0-9]+)?"
CONTROL_SIGNS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"


def write_rejected_csv(folder: Path, language: str) -> None:
    """Write `folder`/rejected.csv from its rejected.parquet; none where nothing was rejected.

    A row for each rejected record or answer: file, line, column, rule, class,
    what to do, value. Errors come first, then conflicts, each in the order of
    the file. The same rejects give the same bytes.
    """
    spill = folder / ".rejected.spill"
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(spill),
        "autoinstall_known_extensions": "false",
        "python_enable_replacements": "false",
    }
    with duckdb.connect(config=config) as connection:
        rejected = f"read_parquet({file_literal(folder / 'rejected.parquet')})"
        if _say_fixes(connection, rejected, language):
            _say_classes(connection, language)
            _write(connection, rejected, folder / REJECTED_CSV, language)
    shutil.rmtree(spill, ignore_errors=True)


def _say_fixes(connection: duckdb.DuckDBPyConnection, rejected: str, language: str) -> bool:
    """Table `said_fix`: each fix in `language`; whether there is any."""
    fixes = connection.execute(f"select distinct fix from {rejected} order by fix").fetchall()
    connection.execute("create table said_fix (fix VARCHAR, said VARCHAR)")
    if fixes:
        connection.executemany(
            "insert into said_fix values (?, ?)", [(fix, said(fix, language)) for (fix,) in fixes]
        )
    return bool(fixes)


def _say_classes(connection: duckdb.DuckDBPyConnection, language: str) -> None:
    _ = translation(language).gettext
    connection.execute("create table said_class (id VARCHAR, said VARCHAR, place INTEGER)")
    connection.executemany(
        "insert into said_class values (?, ?, ?)",
        [(name, _(said), place) for place, (name, said) in enumerate(CLASSES.items())],
    )


def _write(
    connection: duckdb.DuckDBPyConnection, rejected: str, target: Path, language: str
) -> None:
    """DuckDB writes it itself: a row at a time would take minutes for a million of them."""
    _ = translation(language).gettext
    names = [_(heading) for heading in HEADINGS.values()]
    names[0] = BYTE_ORDER_MARK + names[0]
    cells = ", ".join(
        f"{_cell(column)} as {identifier(name)}"
        for column, name in zip(HEADINGS, names, strict=True)
    )
    connection.execute(f"""
        copy (
            with row as (
                select rejected.* replace (said_fix.said as fix),
                    said_class.said as class_name, said_class.place
                from {rejected} as rejected
                inner join said_fix on rejected.fix = said_fix.fix
                inner join said_class on rejected.reject_class = said_class.id
            )
            select {cells} from row
            order by row.place, row.source_line, row.column_name, row.rule, row.value
        ) to {literal(str(target))}
            (format csv, header, delimiter {literal(DELIMITERS[language])}, quote '"', escape '"')
    """)


def _cell(column: str) -> str:
    """A cell that a spreadsheet shows as it is and never runs."""
    if column == "source_line":
        return f"row.{column}"
    text = f"regexp_replace(row.{column}, {literal(CONTROL_SIGNS)}, '', 'g')"
    is_formula = f"regexp_matches({text}, {literal(FORMULA)})"
    is_number = f"regexp_full_match({text}, {literal(PLAIN_NUMBER)})"
    return f"case when {is_formula} and not {is_number} then '''' || {text} else {text} end"
