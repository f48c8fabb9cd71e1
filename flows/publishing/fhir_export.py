"""Scores and alerts as FHIR R4, for the clinic's own record system, with its own patient numbers.

Observation.ndjson has a resource for each score, Flag.ndjson one for each alert of a patient
(https://hl7.org/fhir/R4). A real number comes from the identity store; where a clinic sent
pseudonyms itself, those are what its system knows. The files are for the account that runs
Op koers alone.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from dashboards.drawing.sentences import kind_name, level_name
from flows.errors import ExitCode, OpKoersError
from flows.instruments import Instrument
from flows.landing.pseudonyms import known_pairs
from flows.publishing.report_data import opened
from flows.settings import Settings

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
SURVEY = "http://terminology.hl7.org/CodeSystem/observation-category"
FLAG_CATEGORY = "http://terminology.hl7.org/CodeSystem/flag-category"
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
OWN = "urn:opkoers"
AT_A_TIME = 10_000

SCORES = """
select s.assessment_id, s.clinic_id, s.patient_id, s.instrument, i.short_name, s.scale, s.score,
    s.measured_at, s.has_artificial_date
from score as s
join instrument as i on i.instrument = s.instrument
where s.score is not null and s.clinic_id is not null and s.patient_id is not null
order by s.clinic_id, s.patient_id, s.measured_at, s.instrument, s.scale, s.assessment_id
"""

ALERTS = """
select alert_id, clinic_id, patient_id, kind, level, opened_at, closed_at, withdrawn
from alert
where patient_id is not null and clinic_id is not null
order by clinic_id, patient_id, opened_at, alert_id
"""


@dataclass(frozen=True)
class Exported:
    """How many resources were written, and of how many patients the system's own number."""

    observations: int
    flags: int
    patients: int
    with_own_number: int


@dataclass(frozen=True)
class _Maker:
    """What turns rows into resources."""

    pairs: Mapping[tuple[str, str], str]
    instruments: Mapping[str, Instrument]
    zone: ZoneInfo
    system: str
    language: str
    is_simulated: bool


def export_fhir(
    settings: Settings, instruments: Mapping[str, Instrument], target: Path
) -> Exported:
    """Write both files into `target`, which is made where it does not exist.

    Raises OpKoersError when nothing was published yet, or the folder cannot be made.
    """
    pairs = known_pairs(settings.identity)
    with opened(settings.snapshot) as connection:
        ((is_simulated,),) = connection.execute("select simulated from run").fetchall()
        maker = _Maker(
            pairs,
            instruments,
            ZoneInfo(settings.service.timezone),
            settings.fhir.patient_system,
            settings.service.language,
            is_simulated,
        )
        _make_folder(target)
        observations = (_observation(row, maker) for row in _rows(connection, SCORES))
        flags = (_flag(row, maker) for row in _rows(connection, ALERTS))
        counts = [
            _write(target / "Observation.ndjson", observations),
            _write(target / "Flag.ndjson", flags),
        ]
        patients = _patients(connection)
    known = sum(patient in pairs for patient in patients)
    return Exported(counts[0], counts[1], len(patients), known)


def _make_folder(target: Path) -> None:
    if not target.parent.is_dir():
        raise OpKoersError(
            "there is no such folder",
            where=target.parent,
            next_step="Make it, or give another folder",
            exit_code=ExitCode.USAGE,
        )
    target.mkdir(mode=0o700, exist_ok=True)


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[Mapping[str, Any]]:
    found = connection.cursor().execute(query)
    names = [column[0] for column in found.description or ()]
    while rows := found.fetchmany(AT_A_TIME):
        yield from (dict(zip(names, row, strict=True)) for row in rows)


def _patients(connection: duckdb.DuckDBPyConnection) -> Sequence[tuple[str, str]]:
    return connection.execute("select distinct clinic_id, patient_id from episode").fetchall()


def _write(file: Path, resources: Iterable[Mapping[str, Any]]) -> int:
    """A resource a line, whole or not at all, readable by this account alone; how many."""
    beside, count = file.with_name(f".{file.name}.new"), 0
    try:
        beside.unlink(missing_ok=True)
        private = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(private, "w", encoding="utf-8") as stream:
            for resource in resources:
                line = json.dumps(resource, ensure_ascii=False, separators=(",", ":"))
                stream.write(f"{line}\n")
                count += 1
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    return count


# ---------- resources


def _observation(row: Mapping[str, Any], maker: _Maker) -> Mapping[str, Any]:
    resource: dict[str, Any] = {
        "resourceType": "Observation",
        "id": _id("score", row["assessment_id"], row["scale"]),
        **_tag(maker),
        "status": "final",
        "category": [{"coding": [{"system": SURVEY, "code": "survey"}]}],
        "code": _code(row, maker),
        "subject": _subject(row, maker),
        "effectiveDateTime": _measured(row["measured_at"], maker),
        "valueQuantity": {
            "value": row["score"],
            "unit": "score",
            "system": UCUM,
            "code": "{score}",
        },
    }
    if row["has_artificial_date"]:
        resource["note"] = [{"text": "The date was made from a session number and is not real."}]
    return resource


def _code(row: Mapping[str, Any], maker: _Maker) -> Mapping[str, Any]:
    """LOINC for a total where the instrument has a code; always our own name of the scale."""
    instrument, scale = row["instrument"], row["scale"]
    codings = [{"system": f"{OWN}:scale", "code": f"{instrument}.{scale}"}]
    described = maker.instruments.get(instrument)
    loinc = None if described is None else described.loinc
    if loinc is not None and loinc.total is not None and scale == "total":
        codings.insert(0, {"system": LOINC, "code": loinc.total})
    name = row["short_name"] if scale == "total" else f"{row['short_name']} {scale}"
    return {"coding": codings, "text": name}


def _flag(row: Mapping[str, Any], maker: _Maker) -> Mapping[str, Any]:
    """Active while the alert is open; entered in error where a correction took it away."""
    ended = {"end": _known(row["closed_at"])} if row["closed_at"] else {}
    status = "inactive" if ended else "active"
    category = "safety" if row["kind"] == "critical_item" else "clinical"
    kind = kind_name(row["kind"], maker.language)
    return {
        "resourceType": "Flag",
        "id": _id("alert", row["alert_id"]),
        **_tag(maker),
        "identifier": [{"system": f"{OWN}:alert", "value": row["alert_id"]}],
        "status": "entered-in-error" if row["withdrawn"] else status,
        "category": [{"coding": [{"system": FLAG_CATEGORY, "code": category}]}],
        "code": {
            "coding": [{"system": f"{OWN}:kind", "code": f"{row['kind']}.{row['level']}"}],
            "text": f"{kind} ({level_name(row['level'], maker.language)})",
        },
        "subject": _subject(row, maker),
        "period": {"start": _measured(row["opened_at"], maker), **ended},
    }


def _tag(maker: _Maker) -> Mapping[str, Any]:
    """HL7's own mark of test data, where the service is a simulated one."""
    if not maker.is_simulated:
        return {}
    return {"meta": {"tag": [{"system": ACT_REASON, "code": "HTEST"}]}}


def _subject(row: Mapping[str, Any], maker: _Maker) -> Mapping[str, Any]:
    """The patient by number: this clinic's own, or the pseudonym that it sent itself."""
    number = maker.pairs.get((row["clinic_id"], row["patient_id"]), row["patient_id"])
    identifier = {"value": number, "assigner": {"display": row["clinic_id"]}}
    if maker.system:
        identifier["system"] = maker.system
    return {"type": "Patient", "identifier": identifier}


def _id(*parts: str) -> str:
    """At most 64 letters, digits and hyphens, the same for the same score or alert."""
    digest = hashlib.sha256("\x1f".join(parts[1:]).encode()).hexdigest()
    return f"{parts[0]}-{digest[:40]}"


def _measured(at: datetime, maker: _Maker) -> str:
    """A day where no time of day is known, else a moment in the service's time zone."""
    if at.time() == time():
        return at.date().isoformat()
    return at.replace(tzinfo=maker.zone, microsecond=0).isoformat()


def _known(at: datetime) -> str:
    """The end of an alert, which may be a measurement or an answer: to the day."""
    return at.replace(tzinfo=UTC).date().isoformat()
