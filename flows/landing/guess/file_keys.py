"""The keys of a source that say which file it reads, and how its text is laid out."""

import re
from collections.abc import Iterator
from pathlib import Path

from flows.landing.guess.columns import Sample
from flows.landing.guess.recognise import Recognised
from flows.landing.guess.write import Line

DATE_IN_NAME = re.compile(r"\d{4}[-_.]?\d{2}[-_.]?\d{2}([-_T]?\d{2}[-_.]?\d{2}([-_.]?\d{2})?)?")
COPY_IN_NAME = re.compile(r" ?\(\d+\)$")
PATTERN_SIGNS = re.compile(r"[\[\]*?]")


def title_of(name: str, recognised: Recognised, sample: Sample) -> str:
    many = f"{sample.records:,}{' or more' if sample.has_more else ''}"
    return f"{name}: {recognised.seen}; {many} records, {len(sample.columns)} columns."


def reading_keys(name: str, recognised: Recognised, sample: Sample) -> Iterator[Line]:
    pattern = match_of(name)
    told = "the * stands for what looks like a date" if "*" in pattern else None
    yield Line("match", pattern, told)
    yield Line("format", recognised.format)
    layout = recognised.layout
    if layout is not None:
        yield Line("delimiter", layout.delimiter)
        if layout.encoding not in ("utf-8", "utf-8-sig"):
            doubt = None
            if layout.encoding in ("cp1252", "latin-1"):
                doubt = "it is not utf-8: look whether letters such as é come out right"
            yield Line("encoding", layout.encoding, None, doubt)
        if layout.header_row > 1 and not layout.is_announced:
            yield Line("header_row", layout.header_row, "titles stand above the names of columns")
    if sample.decimal == ",":
        doubt = None
        if sample.is_decimal_mixed:
            doubt = "some numbers have a comma, others a point: both are read as decimals"
        yield Line("decimal", ",", None, doubt)


def match_of(name: str) -> str:
    """The pattern of a file name: what looks like a date may be another one next week."""
    plain = PATTERN_SIGNS.sub("?", name)
    stem, dot, ending = plain.rpartition(".")
    stem = COPY_IN_NAME.sub("*", DATE_IN_NAME.sub("*", stem)) if dot else ending
    return f"{stem}{dot}{ending}" if dot else stem


def clinic_of(name: str) -> str:
    """A word for the clinic from a file name, without dates."""
    stem = DATE_IN_NAME.sub("", Path(name).stem).lower()
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-") or "clinic"
