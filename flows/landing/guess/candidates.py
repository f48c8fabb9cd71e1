"""Columns that can hold answers: no other meaning, and numbers or a few words in them."""

from collections.abc import Iterator

from flows.landing.guess import names
from flows.landing.guess.answers import are_words
from flows.landing.guess.columns import Column, Sample
from flows.landing.guess.dates import find_style
from flows.landing.guess.recognise import Recognised
from flows.landing.guess.roles import People, is_bookkeeping


def find_candidates(sample: Sample, people: People, recognised: Recognised) -> Iterator[Column]:
    forms = _forms(sample, recognised)
    for column in sample.columns:
        if sample.header.count(column.name) > 1:
            continue
        is_told = column.name in people.columns or find_style(column) is not None
        is_told = is_told or is_bookkeeping(column.name, recognised.format)
        if not is_told and _can_hold_answers(column, forms.get(column.name, "")):
            yield column


def _forms(sample: Sample, recognised: Recognised) -> dict[str, str]:
    """Column -> form, where REDCap closes the columns of a form with `<form>_complete`."""
    forms: dict[str, str] = {}
    if recognised.format != "redcap":
        return forms
    open_columns: list[str] = []
    for column in sample.columns:
        if column.name.endswith("_complete"):
            forms |= dict.fromkeys(open_columns, column.name.removesuffix("_complete"))
            open_columns = []
        else:
            open_columns.append(column.name)
    return forms


def _can_hold_answers(column: Column, form: str) -> bool:
    """Whether a column can hold answers at all: numbers or a few words, and no background.

    `form` is the name of the form that it stands on, where that is known.
    """
    is_checkbox = "___" in column.name or "#" in column.name
    if is_checkbox or not column.name or names.is_background(column.name):
        return False
    if names.is_body(column.name) or names.is_body(form):
        return False
    if column.filled == 0:
        return names.is_familiar(column.name) or names.is_list(form)
    return column.is_numeric or are_words(column)
