"""Files beside an export that explain it: a dictionary, a list of events, a Questionnaire."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from flows.errors import OpKoersError
from flows.landing.fhir_questions import read_questions
from flows.landing.guess.columns import Sample
from flows.landing.guess.layout import find_layout
from flows.landing.guess.recognise import Recognised
from flows.landing.guess.sampling import Reader, provisional
from flows.landing.redcap_project import api_names

MOST_FILES = 300
LARGEST = 1 << 23
LEAST_OVERLAP = 0.5


def find_companions(
    folder: Path, recognised: Recognised, sample: Sample, reader: Reader
) -> Mapping[str, Path]:
    """Key of a source -> the file in the folder of the export that it would name."""
    if recognised.format == "redcap":
        return dict(_redcap(folder, sample))
    if recognised.format == "fhir":
        return dict(_fhir(folder, sample, reader))
    return {}


def _near(folder: Path, *endings: str) -> Iterator[Path]:
    """Small files of these kinds in a folder."""
    near = sorted(folder.iterdir())[:MOST_FILES]
    for each in near:
        is_fit = each.suffix.lower() in endings and each.is_file()
        if is_fit and not each.name.startswith(".") and each.stat().st_size <= LARGEST:
            yield each


# ---------- REDCap


def _redcap(folder: Path, sample: Sample) -> Iterator[tuple[str, Path]]:
    best = LEAST_OVERLAP
    dictionary = None
    for each in _near(folder, ".csv"):
        layout = find_layout(each, each.name)
        names = set(api_names(layout.header)) if layout is not None else set()
        if layout is None or not names:
            continue
        if {"unique_event_name", "arm_num"} <= names and "redcap_event_name" in sample.header:
            yield "events", each
        if {"field_name", "form_name", "field_type"} <= names:
            overlap = _overlap({row[0].strip() for row in layout.read() if row}, sample)
            if overlap > best:
                best, dictionary = overlap, each
    if dictionary is not None:
        yield "dictionary", dictionary


def _overlap(fields: set[str], sample: Sample) -> float:
    """The share of the fields of a dictionary that the export has; a checkbox has several."""
    columns = {name.split("___")[0] for name in sample.header}
    return len(fields & columns) / max(1, len(fields))


# ---------- FHIR


def _fhir(folder: Path, sample: Sample, reader: Reader) -> Iterator[tuple[str, Path]]:
    told = sample.column("questionnaire")
    for each in _near(folder, ".json"):
        if told is not None and told.distinct & _questionnaires(each, reader):
            yield "questionnaire", each
            return


def _questionnaires(file: Path, reader: Reader) -> set[str]:
    """The names by which responses may call the Questionnaires of a file."""
    source = provisional(Recognised("fhir"), {"questionnaire": file.name})
    try:
        return set(read_questions(source, reader.surroundings))
    except OpKoersError:
        return set()
