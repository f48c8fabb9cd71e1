"""SQL expressions of one field of an export: its text, its translation, its number.

They are made of column places and quoted literals only (`sql_text.py`).
"""

from collections.abc import Mapping

from flows.landing.reading import RULE_COLUMN, WITHDRAWN_COLUMN, Export
from flows.landing.source import FromColumn, Skip, Source, Withdrawal
from flows.landing.sql_text import in_list, literal


def text_of(field: FromColumn | None, export: Export) -> str:
    """A trimmed text, null where it is one of the source's markers for missing."""
    if field is None:
        return "null::VARCHAR"
    if field.column is None:
        return f"{literal(str(field.value))}::VARCHAR"
    return translated(present(field.column, export), field.values)


def translated(text: str, values: Mapping[str, str | int | float]) -> str:
    """The expression of a text with its translations; upper and lower case do not matter."""
    if not values:
        return text
    cases = " ".join(
        f"when {literal(told.strip().lower())} then {literal(str(meant))}"
        for told, meant in values.items()
    )
    return f"case lower({text}) {cases} else {text} end"


def present(name: str, export: Export) -> str:
    """Reading made markers null; they are looked for again only where blanks surrounded them.

    Trimming every field would cost more than reading the file does.
    """
    column = export.column(name)
    trimmed = f"case when trim({column}) not in ({in_list(export.missing)}) then trim({column}) end"
    return f"case when {column} like ' %' or {column} like '% ' then {trimmed} else {column} end"


def skip_rule(source: Source, export: Export) -> str:
    """The format's own rule first, then those of the source, then items that are not asked for."""
    cases = [f"when {_holds(skip, export)} then {literal(skip.rule)}" for skip in source.skip]
    if export.is_marked:
        cases.insert(0, f"when {RULE_COLUMN} is not null then {RULE_COLUMN}")
    if source.long is not None and source.long.ignore_items:
        cases.append(f"when item_text in ({in_list(source.long.ignore_items)}) then 'ignored_item'")
    return f"case {' '.join(cases)} end" if cases else "null::VARCHAR"


def withdrawn(source: Source, export: Export) -> str:
    """Whether a record takes back what was said before, by its format or by the source."""
    tests = [_holds(part, export) for part in source.withdraw]
    if export.is_marked:
        tests.append(f"{WITHDRAWN_COLUMN} is not null")
    return f"({' or '.join(tests)})" if tests else "false"


def _holds(part: Skip | Withdrawal, export: Export) -> str:
    """Whether a condition holds; a marker for missing equals any other such marker."""
    told = part.equals if part.equals is not None else part.differs_from
    wanted = "null" if told is None or told in export.missing else literal(told)
    comparison = "is distinct from" if part.equals is None else "is not distinct from"
    return f"{present(part.column, export)} {comparison} {wanted}"


def answer(name: str, export: Export, source: Source) -> str:
    """A text like any other, but here a number such as 99 can stand for missing as well."""
    text = present(name, export)
    if not source.missing_numbers:
        return text
    return f"case when {text} not in ({in_list(source.missing_numbers)}) then {text} end"


def decimal(column: str, source: Source) -> str:
    """The number in a text, null where it is none."""
    point = f"replace({column}, ',', '.')" if source.decimal == "," else column
    return f"try_cast({point} as double)"


def iso_moment(text: str) -> str:
    """The timestamp in a text of ISO 8601, null in any other."""
    return rf"""case when regexp_full_match({text}, '\d{{4}}-\d{{2}}-\d{{2}}([T ].*)?')
        then try_cast({text} as timestamp) end"""
