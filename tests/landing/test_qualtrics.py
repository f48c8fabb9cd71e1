"""Qualtrics: three header rows, and responses that do not count."""

import csv
import io
from pathlib import Path

import pytest

from tests.landing.homes import LandingHome
from tests.landing.text_tables import Exports

NAMES = [
    "StartDate",
    "Status",
    "DistributionChannel",
    "Finished",
    "RecordedDate",
    "record_id",
    "Q1",
]
QUESTIONS = [
    "Start Date", "Response Type", "Distribution Channel", "Finished", "Recorded Date", "record_id",
    'Little interest,\nor "pleasure"?',
]  # fmt: skip
IDS = [
    '{"ImportId":"startDate","timeZone":"Europe/Amsterdam"}',
    '{"ImportId":"status"}',
    '{"ImportId":"distributionChannel"}',
    '{"ImportId":"finished"}',
    '{"ImportId":"recordedDate","timeZone":"Europe/Amsterdam"}',
    '{"ImportId":"record_id"}',
    '{"ImportId":"QID1"}',
]
RESPONSE = [
    "2026-01-05 10:00:00",
    "IP Address",
    "anonymous",
    "True",
    "2026-01-05 10:12:19",
    "P1",
    "3",
]


def written(*rows: list[str], delimiter: str = ",") -> str:
    """Rows as Python's own writer of delimited text puts them down."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def response(**cells: str) -> list[str]:
    """A response that counts, but for some of its cells."""
    return [cells.get(name, cell) for name, cell in zip(NAMES, RESPONSE, strict=True)]


@pytest.fixture
def qualtrics(tmp_path: Path) -> Exports:
    return Exports(tmp_path, "qualtrics")


def test_the_first_row_names_the_columns_and_the_other_two_are_no_records(
    qualtrics: Exports,
) -> None:
    file = qualtrics.file(written(NAMES, QUESTIONS, IDS, RESPONSE, response(record_id="P2")))

    header, rows = qualtrics.read(file)

    assert header == tuple(NAMES)
    assert [(row.line, row.rule, row.texts) for row in rows] == [
        (5, None, RESPONSE),
        (6, None, response(record_id="P2")),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_and_tsv_are_read_in_the_encoding_of_their_mark(
    qualtrics: Exports, encoding: str, delimiter: str
) -> None:
    text = written(NAMES, QUESTIONS, IDS, response(record_id="Zoë €"), delimiter=delimiter)

    file = qualtrics.file(text.encode(encoding))

    assert qualtrics.column("record_id", file) == ["Zoë €"]


def test_the_row_of_questions_may_be_absent(qualtrics: Exports) -> None:
    file = qualtrics.file(written(NAMES, IDS, RESPONSE))

    assert qualtrics.lines(file) == [3]


@pytest.mark.parametrize("rows", [[RESPONSE], [QUESTIONS, RESPONSE, RESPONSE], []])
def test_a_file_without_import_ids_is_refused(qualtrics: Exports, rows: list[list[str]]) -> None:
    file = qualtrics.file(written(NAMES, *rows))

    assert qualtrics.mistake(file) == (
        "UNREADABLE_FILE: export.csv: there is no row of import ids below the names of the"
        " columns, as Qualtrics writes it. Export the responses again with all header rows,"
        ' or write format = "csv" in its source.'
    )


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"Status": "0"}, None),
        ({"Status": "Imported"}, None),
        ({"Status": "4"}, None),
        ({"Status": "16"}, None),
        ({"Status": "32"}, None),
        ({"Status": "Survey Preview"}, "tester"),
        ({"Status": "Survey Test"}, "tester"),
        ({"Status": "1"}, "tester"),
        ({"Status": "2"}, "tester"),
        ({"Status": "17"}, "tester"),
        ({"Status": "Spam"}, "spam"),
        ({"Status": "8"}, "spam"),
        ({"Status": "40"}, "spam"),
        ({"DistributionChannel": "preview"}, "tester"),
        ({"DistributionChannel": "test"}, "tester"),
        ({"DistributionChannel": "email"}, None),
        ({"Finished": "False"}, "not_completed"),
        ({"Finished": "0"}, "not_completed"),
        ({"Finished": "1"}, None),
        ({"Finished": "False", "Status": "Survey Preview"}, "tester"),
    ],
)
def test_previews_spam_and_unfinished_responses_do_not_count(
    qualtrics: Exports, cells: dict[str, str], rule: str | None
) -> None:
    file = qualtrics.file(written(NAMES, QUESTIONS, IDS, response(**cells)))

    assert qualtrics.rules(file) == [rule]


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        ("America/Denver", "2026-01-05 18:12:19"),
        ("UTC", "2026-01-05 11:12:19"),
        ("Z", "2026-01-05 11:12:19"),
        ("Europe/Amsterdam", "2026-01-05 10:12:19"),
        ("Middle-earth/Shire", "2026-01-05 10:12:19"),
    ],
)
def test_moments_are_told_on_the_clock_of_the_service(
    qualtrics: Exports, zone: str, moment: str
) -> None:
    ids = [told.replace("Europe/Amsterdam", zone) for told in IDS]
    file = qualtrics.file(written(NAMES, QUESTIONS, ids, RESPONSE))

    assert qualtrics.column("RecordedDate", file) == [moment]


def test_the_clock_of_the_source_goes_before_that_of_the_service(qualtrics: Exports) -> None:
    ids = [told.replace("Europe/Amsterdam", "UTC") for told in IDS]
    file = qualtrics.file(written(NAMES, QUESTIONS, ids, RESPONSE))

    assert qualtrics.column("RecordedDate", file, timezone="America/Denver") == [
        "2026-01-05 03:12:19"
    ]


def test_a_moment_that_cannot_be_is_left_to_be_told_as_unreadable(qualtrics: Exports) -> None:
    ids = [told.replace("Europe/Amsterdam", "UTC") for told in IDS]
    texts = ["2026-02-31 10:00:00", "0001-01-01 00:00:00", "1/5/2026 10:12"]
    rows = [response(RecordedDate=text) for text in texts]
    file = qualtrics.file(written(NAMES, QUESTIONS, ids, *rows))

    assert qualtrics.column("RecordedDate", file, timezone="America/Denver") == texts


def test_a_question_that_was_seen_but_not_answered_is_empty(qualtrics: Exports) -> None:
    file = qualtrics.file(written(NAMES, QUESTIONS, IDS, response(Q1="-99", record_id="-99")))

    assert qualtrics.column("Q1", file) == [None]
    assert qualtrics.column("record_id", file) == ["-99"]


def test_a_response_of_another_width_is_there_without_texts(qualtrics: Exports) -> None:
    file = qualtrics.file(written(NAMES, QUESTIONS, IDS, RESPONSE[:-1], [*RESPONSE, ""]))

    assert [row.texts is None for row in qualtrics.read(file)[1]] == [True, False]


def test_responses_land_with_the_rules_that_keep_others_out(home: LandingHome) -> None:
    (home.home / "sources" / "clinic.toml").write_text("""
match = "clinic*.csv"
format = "qualtrics"
clinic_id = { value = "north" }
patient_id = { column = "record_id" }
measured_at = { column = "RecordedDate" }
[[measure]]
instrument = "phq-9"
items = { 1 = "Q1" }
partial = true
""")
    rows = [
        RESPONSE,
        response(Status="Survey Preview"),
        response(Finished="False"),
        response(Status="Spam"),
    ]
    home.export(written(NAMES, QUESTIONS, IDS, *rows))

    assert home.counts() == {"rows_in": 4, "landed": 1, "rejected": 3, "rejected_by_rule": 3}
    assert home.landed("source_line, patient_id, measured_at::VARCHAR, item, value") == [
        (5, "P1", "2026-01-05 10:12:19", "1", 3.0)
    ]
    assert home.rejected() == [
        (6, "tester", "by_rule", None),
        (7, "not_completed", "by_rule", None),
        (8, "spam", "by_rule", None),
    ]
