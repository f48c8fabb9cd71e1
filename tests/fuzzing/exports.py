"""A sound export in every format, small, and the source that reads it.

All hold the same 30 assessments: ten patients, three days each. SECRET stands
in every id and note, so that a sentence or log line that repeats a value is seen.
"""

import csv
import io
import json
import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

SECRET = "zqx7"
ITEMS = range(1, 10)
ASSESSMENTS = 30
# When a file of SPSS, Stata or SAS was made: as each of them writes it.
MOMENTS = re.compile(
    rb"\d\d [A-Z][a-z]{2} \d{4}:\d\d:\d\d|\d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d"
    rb"|\d\d[A-Z]{3}\d\d:\d\d:\d\d:\d\d"
)
FIXED_MOMENT = (2026, 1, 5, 12, 0, 0)

Table = list[list[str]]
Write = Callable[[Table], bytes]

HEADER = ("patient", "therap", "day", "session", *(f"q{i}" for i in ITEMS), f"{SECRET}note")
WIDE = """
clinic_id = { value = "noord" }
patient_id = { column = "patient" }
therapist_id = { column = "therap" }
session_no = { column = "session" }
measured_at = { column = "day" }
[[measure]]
instrument = "phq-9"
items = "q{item}"
"""


@dataclass(frozen=True)
class Export:
    """One format: how its files end, its source, a sound file, and how to write another table.

    `write` is None where the format holds no table. `records` is what lands of the sound file.
    """

    format: str
    suffix: str
    source: str
    content: bytes
    records: int = ASSESSMENTS
    write: Write | None = None
    is_text: bool = False
    is_packed: bool = False


def sound_table() -> Table:
    """The header and 30 records as text; answers run through 0 to 3."""
    rows = [[*HEADER]]
    for patient in range(10):
        for session in range(3):
            day = date(2026, 1, 5) + timedelta(days=patient + 7 * session)
            answers = [str((3 * patient + session + item) % 4) for item in ITEMS]
            ids = [f"{SECRET}p{patient}", f"{SECRET}t", day.isoformat(), str(session + 1)]
            rows.append([*ids, *answers, f"{SECRET} said"])
    return rows


@cache
def exports() -> dict[str, Export]:
    """Every format by its name."""
    made = (
        _text("csv", ".csv", _comma_separated),
        _long(),
        _text("redcap", ".csv", _redcap),
        _text("castor", ".csv", _castor),
        _text("qualtrics", ".csv", _qualtrics),
        _text("limesurvey", ".csv", _limesurvey),
        _book("xlsx", _workbook),
        _book("ods", _open_document),
        *(_statistics(suffix) for suffix in ("sav", "dta", "xpt")),
        _fhir("fhir", ".json", _bundle()),
        _fhir("ndjson", ".ndjson", _lines()),
        _roqua(),
    )
    return {export.format: export for export in made}


def source_text(export: Export) -> str:
    """The source file of a format; its files are named after what it is called here."""
    name = {"csvlong": "csv", "ndjson": "fhir"}.get(export.format, export.format)
    return f'match = "{export.format}_*"\nformat = "{name}"\n{export.source}'


# ---------- delimited text


def _text(name: str, suffix: str, write: Write) -> Export:
    source = WIDE if name != "castor" else WIDE.replace('"patient"', '"record_id"')
    if name == "redcap":
        source = WIDE.replace('"patient"', '"record_id"')
    return Export(name, suffix, source, write(sound_table()), write=write, is_text=True)


def _long() -> Export:
    header, *rows = sound_table()
    table = [["patient", "day", "item", "answer", header[-1]]]
    for row in rows:
        table += [[row[0], row[2], str(item), row[3 + item], row[-1]] for item in ITEMS]
    source = """
clinic_id = { value = "noord" }
patient_id = { column = "patient" }
measured_at = { column = "day" }
[long]
instrument = { value = "phq-9" }
item = { column = "item" }
value = { column = "answer" }
"""
    content, records = _comma_separated(table), ASSESSMENTS * len(ITEMS)
    return Export("csvlong", ".csv", source, content, records, _comma_separated, is_text=True)


def separated(table: Sequence[Sequence[str]], delimiter: str = ",") -> bytes:
    """Delimited text; halves of letters are written as the bytes that they would be."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(table)
    return out.getvalue().encode("utf-8", "surrogatepass")


def _comma_separated(table: Table) -> bytes:
    return separated(table)


def _with_columns(table: Table, before: dict[str, str]) -> Table:
    """The table with columns before it; the same value in each record."""
    header, *rows = table
    return [[*before, *header], *([*before.values(), *row] for row in rows)]


def _redcap(table: Table) -> bytes:
    header, *rows = table
    event = {"redcap_event_name": "intake_arm_1"}
    renamed = [["record_id", *header[1:]], *rows]
    wide = _with_columns(renamed, event)
    return separated([[row[1], row[0], *row[2:]] if len(row) > 1 else row for row in wide])


def _castor(table: Table) -> bytes:
    header, *rows = table
    renamed = [["record_id", *header[1:]], *rows]
    wide = _with_columns(renamed, {"institute": "Noord", "archived": "False"})
    return separated(wide, ";")


def _qualtrics(table: Table) -> bytes:
    heads = {
        "StartDate": "2026-01-05 10:00:00",
        "Status": "IP Address",
        "Progress": "100",
        "Finished": "True",
        "RecordedDate": "2026-01-05 10:10:00",
        "ResponseId": "R_1",
    }
    header, *rows = _with_columns(table, heads)
    imports = [json.dumps({"ImportId": name}) for name in header]
    return separated([header, header, imports, *rows])


def _limesurvey(table: Table) -> bytes:
    heads = {"id": "1", "submitdate": "2026-01-05 10:00:00", "lastpage": "2", "startlanguage": "nl"}
    return separated(_with_columns(table, heads))


# ---------- spreadsheets and statistics packages


def typed(text: str) -> str | int | float:
    """A number where the text is a plain one."""
    try:
        return int(text) if text.isdigit() and len(text) < 15 else float(text)
    except ValueError:
        return text


def _book(name: str, write: Write) -> Export:
    return Export(name, f".{name}", WIDE, write(sound_table()), write=write, is_packed=True)


def _workbook(table: Table) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    assert book.active is not None
    for place_row, row in enumerate(table, start=1):
        for place, text in enumerate(row, start=1):
            cell = book.active.cell(place_row, place, typed(text))
            cell.data_type = "f" if text.startswith("=") else cell.data_type
    out = io.BytesIO()
    book.save(out)
    return dated(out.getvalue())


def _open_document(table: Table) -> bytes:
    """odfpy writes the file, but for the rows: it takes seconds for ten thousand columns."""
    rows = "".join(
        f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in table
    )
    empty = f'<table:table table:name="{SECRET}"'.encode()
    full = empty + b">" + rows.encode("utf-8", "surrogatepass") + b"</table:table>"
    return dated(_without_rows(), {empty + b"/>": full})


@cache
def _without_rows() -> bytes:
    """Made once: what odfpy writes of a file depends on what it wrote before."""
    book = import_module("odf.opendocument").OpenDocumentSpreadsheet()
    book.spreadsheet.addElement(import_module("odf.table").Table(name=SECRET))
    out = io.BytesIO()
    book.write(out)
    return out.getvalue()


def _cell(text: str) -> str:
    formula = f" table:formula={quoteattr(f'of:{text}')}" if text.startswith("=") else ""
    told = f"<text:p>{escape(text)}</text:p>"
    return f'<table:table-cell office:value-type="string"{formula}>{told}</table:table-cell>'


def dated(packed: bytes, replaced: Mapping[bytes, bytes] | None = None) -> bytes:
    """The same zip with one date everywhere, so that a seed always gives the same bytes.

    `replaced` says what else is to be put in place of what.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, FIXED_MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            content = old.read(name)
            if name in ("docProps/core.xml", "meta.xml"):
                content = re.sub(rb"\d{4}-\d\d-\d\dT[\d:.]+", b"2026-01-05T12:00:00", content)
            for old_part, new_part in (replaced or {}).items():
                content = content.replace(old_part, new_part)
            new.writestr(entry, content)
    return out.getvalue()


def _statistics(suffix: str) -> Export:
    def write(table: Table) -> bytes:
        import pandas

        pyreadstat = import_module("pyreadstat")
        header, *rows = table
        texts = list(zip(*rows, strict=True)) if rows else [()] * len(header)
        columns = {name: _one_type(column) for name, column in zip(header, texts, strict=True)}
        writers = {"sav": pyreadstat.write_sav, "dta": pyreadstat.write_dta}
        writer = writers.get(suffix, pyreadstat.write_xport)
        with tempfile.NamedTemporaryFile(suffix=f".{suffix}") as file:
            writer(pandas.DataFrame(columns), file.name)
            return MOMENTS.sub(lambda found: b"0" * len(found[0]), Path(file.name).read_bytes())

    return Export(suffix, f".{suffix}", WIDE, write(sound_table()), write=write)


def _one_type(column: Sequence[str]) -> list[Any]:
    """Numbers where all of a column are, else texts."""
    values = [typed(text) for text in column]
    return list(column) if any(isinstance(v, str) for v in values) else [float(v) for v in values]


# ---------- FHIR and RoQua

FHIR = """
clinic_id = { value = "noord" }
patient_id = { column = "subject" }
record_id = { column = "resource_id" }
measured_at = { column = "authored" }
[long]
instrument = { column = "questionnaire" }
item = { column = "item" }
value = { column = "value" }
"""


def _responses() -> list[dict[str, Any]]:
    _, *rows = sound_table()
    return [
        {
            "resourceType": "QuestionnaireResponse",
            "id": f"r{number}",
            "status": "completed",
            "questionnaire": "http://example.org/Questionnaire/phq-9",
            "subject": {"reference": f"Patient/{row[0]}"},
            "authored": f"{row[2]}T10:00:00Z",
            "item": [
                {"linkId": str(item), "answer": [{"valueInteger": int(row[3 + item])}]}
                for item in ITEMS
            ],
        }
        for number, row in enumerate(rows)
    ]


def _bundle() -> bytes:
    entries = [{"resource": response} for response in _responses()]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return json.dumps(bundle, indent=1).encode()


def _lines() -> bytes:
    return "\n".join(map(json.dumps, _responses())).encode()


def _fhir(name: str, suffix: str, content: bytes) -> Export:
    return Export(name, suffix, FHIR, content, ASSESSMENTS * len(ITEMS), is_text=True)


ROQUA = """
clinic_id = { value = "noord" }
patient_id = { column = "patient" }
measured_at = { column = "observation_time" }
[long]
instrument = { column = "questionnaire" }
item = { column = "item" }
value = { column = "value" }
item_pattern = "v_{item}"
"""
ROQUA_TABLES = """
create table dossiers (id integer primary key, external_identifier text,
    internally_managed integer, tester integer, metadata text);
create table respondents (id integer primary key, dossier_id integer, type text,
    email_present integer, label text);
create table protocol_subscriptions (dossier_id integer, protocol_id integer, start_at text,
    stop_at text, status text);
create table responses (id integer primary key, dossier_id integer, respondent_id integer,
    entered_by_id integer, entered_at text, observation_time text, questionnaire_key text,
    questionnaire_variant text, requester_id integer, status text, non_response_id integer,
    open_from text, open_till text, started_at text, hide_pii_from_researchers integer,
    hide_values_from_professionals integer, notes text, measurement_id integer, team_id integer);
create table response_values (response_id integer, field_key text, data text,
    question_option_key text);
create table response_scores (response_id integer, score_key text, score_subkey text, data text);
create table non_responses (timestamp text, reason_group text, reason_option text,
    reason_code text, reason_other text);
"""


def roqua_database() -> sqlite3.Connection:
    """The tables of an export in memory, filled."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(ROQUA_TABLES)
    _, *rows = sound_table()
    patients = list(dict.fromkeys(row[0] for row in rows))
    dossiers = [(n, patient, 1, 0, "{}") for n, patient in enumerate(patients)]
    connection.executemany("insert into dossiers values (?, ?, ?, ?, ?)", dossiers)
    respondents = [(n, n, "patient", 0, SECRET) for n in range(len(patients))]
    connection.executemany("insert into respondents values (?, ?, ?, ?, ?)", respondents)
    for number, row in enumerate(rows):
        dossier, moment = patients.index(row[0]), f"{row[2]} 10:00:00"
        connection.execute(
            "insert into responses values (?, ?, ?, 1, ?, ?, 'phq-9', '', 1, 'completed', null,"
            " ?, ?, ?, 0, 0, ?, 1, 1)",
            (number, dossier, dossier, moment, moment, moment, moment, moment, SECRET),
        )
        values = [(number, f"v_{item}", row[3 + item], None) for item in ITEMS]
        connection.executemany("insert into response_values values (?, ?, ?, ?)", values)
    connection.commit()
    return connection


def _roqua() -> Export:
    content = roqua_database().serialize()
    return Export("roqua", ".sqlite", ROQUA, content, ASSESSMENTS * len(ITEMS))
