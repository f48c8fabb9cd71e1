"""report.json: it keeps to its published schema and says what the tables say."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import ValidationError  # type: ignore[import-untyped]

from flows.publishing.report import write_reports
from flows.publishing.report_json import SCHEMA, json_bytes
from tests.publishing.snapshots import Tables, busy_clinic, run, write_snapshot

Told = dict[str, Any]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return told_of(tmp_path_factory.mktemp("busy"), busy_clinic("noord"))


def told_of(home: Path, tables: Tables) -> Told:
    snapshot = write_snapshot(home / "run.duckdb", tables)
    write_reports(snapshot, home / "reports", ("nl", "en"), has_therapists=False)
    (file,) = (home / "reports").glob("*/*/report.json")
    told: Told = json.loads(file.read_text(encoding="utf-8"))
    return told


def test_it_keeps_to_the_schema(busy: Told, validator: Draft202012Validator) -> None:
    assert list(validator.iter_errors(busy)) == []


def test_a_clinic_without_anything_keeps_to_it_too(
    tmp_path: Path, validator: Draft202012Validator
) -> None:
    empty = {"run": [run()], "episode": [{"clinic_id": "leeg", "is_closed": True}]}
    told = told_of(tmp_path, empty)
    assert list(validator.iter_errors(told)) == []
    assert (told["alerts"], told["counts"]["critical"]) == ([], 0)


@pytest.mark.parametrize(
    "change",
    [{"counts": {}}, {"revision": 0}, {"therapists": {"t1": 3}}, {"week": "47"}],
)
def test_the_schema_refuses_what_is_not_a_report(
    busy: Told, validator: Draft202012Validator, change: Mapping[str, object]
) -> None:
    with pytest.raises(ValidationError):
        validator.validate({**busy, **change})


def test_counts_are_those_of_the_lists(busy: Told) -> None:
    """By hand from busy_clinic: two critical items and a held-back file, three new (one amber),
    two older (one amber), three overdue."""
    assert busy["counts"] == {
        "critical": 3,
        "new": 3,
        "open": 2,
        "red": 3,
        "amber": 2,
        "overdue": 3,
        "revision": 1,
    }


def test_every_reason_is_there_in_both_languages(busy: Told) -> None:
    assert all(sorted(alert["reason"]) == ["en", "nl"] for alert in busy["alerts"])


def test_the_schema_lies_beside_the_reports(tmp_path: Path) -> None:
    told_of(tmp_path, busy_clinic("noord"))
    assert (tmp_path / "reports" / SCHEMA.name).read_bytes() == SCHEMA.read_bytes()


def test_what_has_no_place_in_json_is_no_half_file() -> None:
    with pytest.raises(TypeError, match=r"has no place in report\.json"):
        json_bytes([Path()])
    with pytest.raises(ValueError, match="JSON compliant"):
        json_bytes([float("nan")])
