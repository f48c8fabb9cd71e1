"""Files that come along with exports and hold no answers: what they are and where they belong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.errors import ExitCode, OpKoersError
from flows.landing import castor, redcap
from flows.landing.guess.layout import Layout
from flows.landing.guess.names import words

REDCAP_PARTS = {
    "a REDCap data dictionary": "Lay it beside the source of that project and name it there:"
    ' dictionary = "{name}"',
    "REDCap's list of events": "Lay it beside the source of that project and name it there:"
    ' events = "{name}"',
}
AT_START = (
    "Keep it out of inbox; what is known at the start of treatment belongs in a source with"
    ' table = "intake"'
)
SURVEY = 'Lay it beside the source of that survey and name it there: survey = "{name}"'
QUESTIONNAIRE = 'Lay it beside the source of its responses and name it: questionnaire = "{name}"'
NOT_LANDED = "Keep it out of inbox: Op koers has no use for it"
READ_WITH_IT = "Keep it out of inbox and read in it what the columns of the export mean"


@dataclass(frozen=True)
class Kind:
    """A kind of file that is no export: how its columns show it, what it is, what to do."""

    is_shown_by: Callable[[Sequence[str]], bool]
    what: str
    next_step: str


def not_an_export(name: str, what: str, next_step: str) -> OpKoersError:
    """One sentence on what a file is instead of an export of answers."""
    return OpKoersError(
        what,
        where=name,
        next_step=next_step.replace("{name}", name),
        exit_code=ExitCode.UNREADABLE_FILE,
    )


def refuse_by_columns(layout: Layout, name: str) -> None:
    """Raises OpKoersError where the header is that of a file without answers."""
    part = redcap.what_else(layout.header)
    if part is not None:
        raise not_an_export(name, f"this is {part}, not data", REDCAP_PARTS.get(part, NOT_LANDED))
    report = castor.what_else(layout.header)
    if report is not None:
        raise not_an_export(name, f"this is {report}, not answers to a questionnaire", AT_START)
    header = [column.lower() for column in layout.header]
    for kind in KINDS:
        if kind.is_shown_by(header):
            raise not_an_export(name, kind.what, kind.next_step)


def refuse_by_text(head: str, name: str) -> None:
    """Raises OpKoersError where the first characters are those of a file without answers."""
    for sign, what, next_step in TEXTS:
        if sign in head:
            raise not_an_export(name, what, next_step)


def refuse_by_name(file: Path, name: str) -> None:
    """Raises OpKoersError where nothing but the file's name tells what it is."""
    told = words(file.stem)
    for hints, what, next_step in NAMES:
        if any(word.startswith(hints) for word in told):
            raise not_an_export(name, what, next_step)


def _has(*names: str) -> Callable[[Sequence[str]], bool]:
    return lambda header: set(names) <= set(header)


def _begin(beginnings: tuple[str, ...], least: int) -> Callable[[Sequence[str]], bool]:
    """At least so many of the columns begin in one of these ways."""
    return lambda header: sum(name.startswith(beginnings) for name in header) >= least


def _is_codebook(header: Sequence[str]) -> bool:
    names = {"variable", "variabele", "variable name", "field", "column", "kolom", "question code"}
    meanings = {
        "label", "labels", "description", "omschrijving", "value labels", "values", "categories",
        "answer_codes", "answers", "codes", "question",
    }  # fmt: skip
    return bool(names & set(header)) and len(meanings & set(header)) > 0 and len(header) <= 12


KINDS = (
    Kind(
        _has("item_id", "item_model", "ncat"),
        "this is an item map of a questionnaire (which items belong to which scale), not answers",
        "Keep it out of inbox: what a scale consists of belongs in an instrument file",
    ),
    Kind(
        _has("item_id", "item_model"),
        "this is a file of item parameters (item response theory), not answers",
        "Keep it out of inbox: what belongs to a questionnaire belongs in an instrument file",
    ),
    Kind(
        lambda header: (
            {"gor_name", "gor_code"} <= set(header)
            or {"organization code", "patient group"} <= set(header)
        ),
        "this is a list of organisations, not answers",
        "Keep it out of inbox: a source names its clinic by clinic_id",
    ),
    Kind(
        _begin(("ae_", "sae_", "adverse"), 3),
        "this is a list of adverse events, not answers to a questionnaire",
        NOT_LANDED,
    ),
    Kind(
        _begin(("med_name", "med_dose", "med_start", "medication_name", "atc"), 2),
        "this is a list of medication, not answers to a questionnaire",
        AT_START,
    ),
    Kind(
        _is_codebook,
        "this is a codebook: it says what columns mean and holds no answers",
        READ_WITH_IT,
    ),
)

TEXTS = (
    ("<LimeSurveyDocType>", "this is the structure of a survey in LimeSurvey, not its responses",
     SURVEY),
    ("gtr_track_name\t", "this is the definition of a GemsTracker track, not answers", NOT_LANDED),
    (
        "<worksheet",
        "this is a codebook as a sheet of XML: it says what questions mean and holds no answers",
        READ_WITH_IT,
    ),
    ("<?xml", "this is XML, which none of the formats here is", "Export the answers as csv"),
    ("<!DOCTYPE", "this is a web page, not an export", "Export the answers as csv"),
    ("%PDF-", "this is a PDF, not an export", "Export the answers as csv or xlsx"),
)  # fmt: skip

NAMES = (
    (("codebook", "codeboek", "dictionary", "dictionay", "metadata"),
     "by its name this is a codebook, and it holds no answers", READ_WITH_IT),
    (("organi",), "by its name this is a list of organisations, and it has no line with names"
     " of columns", "Keep it out of inbox: a source names its clinic by clinic_id"),
    (("adverse",), "by its name this is a list of adverse events", NOT_LANDED),
)  # fmt: skip
