"""Whose answers, where, and with whom: the columns with ids."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from flows.landing.guess import names
from flows.landing.guess.columns import Column, Sample
from flows.landing.source import FormatName, FromColumn

# Columns that a program writes about a response: none of them is an answer or a patient.
BOOKKEEPING: dict[FormatName, frozenset[str]] = {
    "limesurvey": frozenset({
        "id", "response id", "last page", "lastpage", "start language", "startlanguage", "seed",
        "date started", "startdate", "date last action", "datestamp", "ip address", "ipaddr",
        "referrer url", "refurl",
    }),
    "castor": frozenset({
        "survey_instance_id", "sent_on", "progress", "package_id", "package_name", "archived",
        "custom_name", "parent", "survey_name", "randomisation_group", "randomisation_datetime",
        "randomization_group", "randomization_datetime", "created_on",
    }),
    "qualtrics": frozenset({
        "startdate", "status", "ipaddress", "progress", "duration (in seconds)", "finished",
        "responseid", "recipientlastname", "recipientfirstname", "recipientemail",
        "locationlatitude", "locationlongitude", "distributionchannel", "userlanguage",
    }),
}  # fmt: skip
RECORD_IDS: dict[FormatName, tuple[str, ...]] = {
    "limesurvey": ("id", "Response ID"),
    "qualtrics": ("ResponseId",),
    "castor": ("survey_instance_id",),
    "fhir": ("resource_id",),
    "roqua": ("response_id",),
}
ONE_ANSWER_A_LINE = ("fhir", "roqua")
LEAST_FILLED = 0.5
MOST_RESPONDENTS = 12


@dataclass(frozen=True)
class Finding:
    """One key of a source, what was seen of it, and what is unsure about it."""

    part: FromColumn
    seen: str | None
    doubt: str | None = None


@dataclass(frozen=True)
class People:
    """The findings by key of a source, and how records belong to patients."""

    findings: dict[str, Finding]
    patient: Column

    @property
    def columns(self) -> frozenset[str]:
        found = (finding.part.column for finding in self.findings.values())
        return frozenset(column for column in found if column is not None)

    @cached_property
    def records_of_each(self) -> tuple[tuple[int, ...], ...]:
        """The places of the records of each patient."""
        places: dict[str, list[int]] = {}
        for place, text in enumerate(self.patient.texts):
            if text is not None:
                places.setdefault(text, []).append(place)
        return tuple(map(tuple, places.values()))

    @property
    def has_repeats(self) -> bool:
        """Whether any patient has more than one record."""
        return any(len(places) > 1 for places in self.records_of_each)


def find_people(sample: Sample, format_name: FormatName, stem: str) -> People | None:
    """Who and where; None where no column tells whose answers they are."""
    usable = [c for c in sample.columns if not is_bookkeeping(c.name, format_name)]
    found = _patient(sample, usable)
    if found is None:
        return None
    patient, finding = found
    others = [column for column in usable if column is not patient]
    findings = {"patient_id": finding, "clinic_id": _clinic(others, sample, stem)}
    for key, wanted, is_fit in OTHER_ROLES:
        column = named(others, wanted, is_fit)
        if column is not None:
            findings[key] = Finding(FromColumn(column=column.name), "by the name of the column")
    group = named(others, names.PERHAPS_GROUP, _are_some_in_groups)
    if group is not None and "group_id" not in findings:
        doubt = f"'{group.name}' is taken for the group in which a patient is treated"
        findings["group_id"] = Finding(FromColumn(column=group.name), None, doubt)
    record_id = _record_id(sample, format_name)
    if record_id is not None:
        findings["record_id"] = record_id
    return People(findings, patient)


def is_bookkeeping(name: str, format_name: FormatName) -> bool:
    """Whether the program that wrote the export fills this column itself."""
    told = name.lower()
    if format_name == "redcap":
        return told.startswith("redcap_") or told.endswith(("_complete", "_timestamp"))
    return told in BOOKKEEPING.get(format_name, frozenset())


def named(
    columns: Sequence[Column], wanted: Sequence[str], is_fit: Callable[[Column], bool]
) -> Column | None:
    """The column that bears the first of the wanted names, in any way of writing."""
    by_name: dict[str, Column] = {}
    for column in columns:
        by_name.setdefault(_bare(names.phrase(column.name)), column)
    found = (by_name.get(_bare(name)) for name in wanted)
    return next((column for column in found if column is not None and is_fit(column)), None)


def _bare(name: str) -> str:
    return name.replace("_", "")


def _is_filled(column: Column) -> bool:
    return column.filled >= LEAST_FILLED * len(column.texts) > 0


def _has_few_names(column: Column) -> bool:
    return 0 < len(column.distinct) <= MOST_RESPONDENTS


def _are_some_in_groups(column: Column) -> bool:
    """Some patients are treated in groups and others alone; an arm of a trial everybody has."""
    return 0 < column.filled < len(column.texts)


OTHER_ROLES: tuple[tuple[str, tuple[str, ...], Callable[[Column], bool]], ...] = (
    ("therapist_id", names.THERAPIST, _is_filled),
    ("episode_id", names.EPISODE, _is_filled),
    ("group_id", names.GROUP, lambda column: column.filled > 0),
    ("respondent", names.RESPONDENT, _has_few_names),
)


def _patient(sample: Sample, usable: Sequence[Column]) -> tuple[Column, Finding] | None:
    column = named(usable, names.PATIENT, _is_filled)
    if column is not None:
        return column, Finding(FromColumn(column=column.name), _people_seen(column), _real(column))
    column = next((c for c in usable if _ends_as_id(c.name) and _is_id(c)), None)
    if column is not None:
        doubt = f"the patients are taken from '{column.name}', because its name ends as an id does"
        return column, Finding(FromColumn(column=column.name), _people_seen(column), doubt)
    if sample.columns and sample.columns[0].name.lower() in names.HARDLY_A_NAME:
        return _numbered_patients(sample.columns[0])
    return None


def _numbered_patients(column: Column) -> tuple[Column, Finding] | None:
    """A first column that numbers the lines: one line for each person, perhaps."""
    if not column.is_unique:
        return None
    doubt = (
        "no column is named as a patient id: the first column, which numbers the lines, stands in;"
        " that is right only where each line is one person"
    )
    return column, Finding(FromColumn(column=column.name), _people_seen(column), doubt)


def _people_seen(column: Column) -> str:
    return f"{len(column.distinct):,} different in the records that were looked at"


def _real(column: Column) -> str | None:
    if not column.distinct or not all(map(_is_citizen_number, column.distinct)):
        return None
    return (
        f"what stands in '{column.name}' looks like citizen service numbers (BSN): write"
        ' patient_ids = "real", so that they are replaced by pseudonyms'
    )


def _is_citizen_number(text: str) -> bool:
    """The Dutch test of eleven, over nine digits."""
    if len(text) != 9 or not text.isdecimal():
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(w * int(digit) for w, digit in zip(weights, text, strict=True)) % 11 == 0


def _ends_as_id(name: str) -> bool:
    told = names.words(name)
    return bool(told) and (told[-1] in ("id", "nr", "nummer", "no") or told[-1].endswith("id"))


def _is_id(column: Column) -> bool:
    """Ids are filled in, are whole numbers or words, and there is more than a handful of them."""
    is_whole = not column.is_numeric or column.is_whole
    return _is_filled(column) and is_whole and len(column.distinct) > min(2, len(column.texts) - 1)


def _clinic(others: Sequence[Column], sample: Sample, stem: str) -> Finding:
    column = named(others, names.CLINIC, _is_filled)
    if column is None:
        stand_in = f"no column names a clinic: '{stem}' stands in, from the name of the file"
        return Finding(FromColumn(value=stem), None, stand_in)
    doubt = None
    if column.filled < sample.records:
        doubt = f"'{column.name}' is empty in some records, which will be refused for that"
    seen = f"{len(column.distinct):,} different in the records that were looked at"
    return Finding(FromColumn(column=column.name), seen, doubt)


def _record_id(sample: Sample, format_name: FormatName) -> Finding | None:
    for name in RECORD_IDS.get(format_name, ()):
        column = sample.column(name)
        is_fit = column is not None and (
            column.is_unique or (format_name in ONE_ANSWER_A_LINE and column.filled)
        )
        if is_fit:
            return Finding(FromColumn(column=name), "tells which response a later export corrects")
    return None
