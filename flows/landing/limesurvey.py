"""LimeSurvey: the VV export (two header rows, tabs) and the csv export of responses.

With the survey's structure (.lss) beside the source, answers become numbers
(see limesurvey_survey.py). A response without a date of submission is not
completed. An anonymous survey that keeps no dates writes 1980-01-01, which is
no date here.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from flows.errors import ExitCode, OpKoersError
from flows.landing.coded import check_labels_or_codes, first_rows
from flows.landing.limesurvey_survey import Survey, plain, read_survey
from flows.landing.reading import Row, Surroundings, Table
from flows.landing.source import Source
from flows.landing.text_file import (
    Numbered,
    above_header,
    column_names,
    find_encoding,
    header_and_rows,
    likely_delimiter,
    names_in,
    physical_lines,
    whole,
)

SUBMITTED = "submitdate"
DATES = (SUBMITTED, "startdate", "datestamp")
# The columns of every survey, and their headings in an export of full texts.
OWN_COLUMNS = {
    "Response ID": "id",
    "Date submitted": SUBMITTED,
    "Last page": "lastpage",
    "Start language": "startlanguage",
    "Seed": "seed",
    "Date started": "startdate",
    "Date last action": "datestamp",
    "IP address": "ipaddr",
    "Referrer URL": "refurl",
    "Token": "token",
    "Access code": "token",
}
NOT_SHOWN = ("{question_not_shown}", "N/A")
NO_DATE = "1980-01-01"
ESCAPED = re.compile(r"\{(newline|cr|tab|quote|lbrace)\}")
SIGNS = {"newline": "\n", "cr": "\r", "tab": "\t", "quote": '"', "lbrace": "{"}
CODE_AND_TEXT = re.compile(rf"{SUBMITTED}(\W{{1,3}})\w")
# How the database writes a number: ten decimals.
DECIMAL = re.compile(r"(-?)(\d*)\.(\d{10})", re.ASCII)


def open_table(file: Path, source: Source, surroundings: Surroundings) -> Table:
    """The responses of a survey.

    Raises OpKoersError: no delimited text, no record, no column that tells
    whether a response was submitted, a survey structure that cannot be read.
    """
    survey = read_survey(source, surroundings)
    header, rows = header_and_rows(file, source, _delimiter(file, source))
    above = next(rows, None)
    is_vv = above is not None and _are_codes(above[1]) and not _are_codes(header)
    if above is not None and is_vv:
        names = column_names(above[1])
    else:
        names = column_codes(header, survey)
        rows = chain([] if above is None else [above], rows)
    if SUBMITTED not in names:
        raise _unsubmitted(file.name)
    first = first_rows(rows, surroundings.chunk_rows)
    plan = _plan(names, survey, [] if is_vv else first, file.name, is_vv=is_vv)
    return Table(names, plan.rows(chain(first, rows)))


def column_codes(header: Sequence[str], survey: Survey) -> tuple[str, ...]:
    """The codes of the columns: of headings of codes, of codes and texts, or of texts alone."""
    if SUBMITTED in header:
        return tuple(header)
    between = next((found[1] for name in header if (found := CODE_AND_TEXT.match(name))), None)
    if between is not None:
        return tuple(name.split(between, 1)[0] for name in header)
    known = {**survey.headings, **OWN_COLUMNS}
    return tuple(known.get(plain(name), name) for name in header)


def _delimiter(file: Path, source: Source) -> str | None:
    """The one that splits codes or own headings; a question may hold more commas than tabs."""
    lines = physical_lines(file, find_encoding(file, source.encoding), file.name)
    above = list(islice(lines, 1))
    rows = islice(chain(above, lines), above_header("".join(above), source.header_row), None)
    own = (*OWN_COLUMNS.values(), *OWN_COLUMNS)
    for row in islice((row for row in rows if row.strip()), 2):
        sign = likely_delimiter(row, own)
        if set(own) & set(names_in(row, sign)):
            return sign
    return None


def _are_codes(fields: Sequence[str]) -> bool:
    return {"id", SUBMITTED} <= {field.strip() for field in fields}


def _unsubmitted(name: str) -> OpKoersError:
    return OpKoersError(
        f"there is no column '{SUBMITTED}', so it cannot be told which responses were completed",
        where=name,
        next_step="Export the responses again with the date of submission,"
        " and with question codes as headings",
        exit_code=ExitCode.UNKNOWN_COLUMN,
    )


@dataclass(frozen=True)
class _Plan:
    """How each response is read; `readers` are those of the closed questions, by place."""

    names: tuple[str, ...]
    readers: Mapping[int, Callable[[str], str]]
    is_vv: bool

    def rows(self, records: Iterator[Numbered]) -> Iterator[Row]:
        submitted = self.names.index(SUBMITTED)
        dates = [place for place, name in enumerate(self.names) if name in DATES]
        for line, fields in records:
            record = whole(fields, len(self.names))
            if record is None:
                yield Row(line, None)
                continue
            texts = [self._text(text) for text in record]
            rule = None if texts[submitted] else "not_completed"
            for place, read in self.readers.items():
                texts[place] = read(texts[place])
            for place in dates:
                texts[place] = "" if texts[place].startswith(NO_DATE) else texts[place]
            yield Row(line, [text or None for text in texts], rule)

    def _text(self, cell: str) -> str:
        """What was answered; nothing where the question was not shown."""
        text = cell.strip()
        if text in NOT_SHOWN:
            return ""
        if number := DECIMAL.fullmatch(text):
            return _number(*number.groups())
        if self.is_vv and "{" in text:
            return ESCAPED.sub(lambda found: SIGNS[found[1]], text)
        return text


def _number(sign: str, ones: str, decimals: str) -> str:
    """`68` for 68.0000000000, `2.5` for 2.5000000000."""
    part = decimals.rstrip("0")
    return f"{sign}{ones or '0'}" + (f".{part}" if part else "")


def _plan(
    names: tuple[str, ...], survey: Survey, first: Sequence[Numbered], name: str, *, is_vv: bool
) -> _Plan:
    codings = {
        place: survey.codings[column]
        for place, column in enumerate(names)
        if column in survey.codings
    }
    labelled = False if is_vv else check_labels_or_codes(codings, first, name)
    readers = {place: coding.reader(labelled=labelled) for place, coding in codings.items()}
    return _Plan(names, readers, is_vv)
