"""Some records of any export, read as landing reads them."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flows.landing.guess.columns import Sample, take_sample
from flows.landing.guess.recognise import Recognised
from flows.landing.isolation import read_isolated
from flows.landing.reading import LARGEST_CELL, Surroundings, empty
from flows.landing.source import FromColumn, Measure, Moment, Source

MARKS = 3  # key, rule and withdrawal stand before the cells of a written table


@dataclass(frozen=True)
class Reader:
    """How a file is read for a look: what landing needs beside file and source."""

    surroundings: Surroundings
    scratch: Path
    memory_mb: int


def sample_of(
    file: Path, name: str, recognised: Recognised, reader: Reader, keys: Mapping[str, str | int]
) -> Sample:
    """The first records of a file, read with these keys of a source.

    Raises OpKoersError as landing it would.
    """
    if recognised.format == "csv" and recognised.layout is not None:
        return _proven(take_sample(recognised.layout.header, recognised.layout.read()), name)
    source = provisional(recognised, keys)
    folder = reader.scratch / "look"
    folder.mkdir(exist_ok=True)
    read_isolated(file, source, reader.surroundings, folder, name=name, memory_mb=reader.memory_mb)
    header = json.loads((folder / "table.json").read_text(encoding="utf-8"))["header"]
    return _proven(take_sample(header, _written(folder / "table.csv")), name)


def provisional(recognised: Recognised, keys: Mapping[str, str | int]) -> Source:
    """A source that says no more than how a file is to be read."""
    layout = recognised.layout
    told: dict[str, object] = {}
    if layout is not None:
        told = {"delimiter": layout.delimiter, "encoding": layout.encoding}
        if layout.header_row > 1 and not layout.is_announced:
            told["header_row"] = layout.header_row
    return Source.model_validate(
        {
            "name": "guess",
            "match": "*",
            "format": recognised.format,
            "clinic_id": FromColumn(value="-"),
            "patient_id": FromColumn(value="-"),
            "measured_at": Moment(value=date(2020, 1, 6)),
            "measure": (Measure(instrument="-", scale="-", column="-"),),
            **told,
            **keys,
        }
    )


def _written(file: Path) -> Iterator[list[str]]:
    csv.field_size_limit(LARGEST_CELL + 1)
    with file.open(encoding="utf-8", newline="") as stream:
        for fields in csv.reader(stream):
            yield fields[MARKS:]


def _proven(sample: Sample, name: str) -> Sample:
    if sample.records == 0:
        raise empty(name, "there is a header line but no record")
    return sample
