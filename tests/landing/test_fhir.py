"""FHIR: from resources, however wrapped, to answers; and what broken or foreign JSON comes to."""

import json
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flows.errors import OpKoersError
from flows.landing.fhir import HEADER, open_table, what_else
from flows.landing.local_time import local_text
from flows.landing.reading import Row, Surroundings
from flows.landing.source import Source
from tests.landing.homes import LandingHome

Node = dict[str, Any]

LOINC = "http://loinc.org"
ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
WEIGHT = "http://hl7.org/fhir/StructureDefinition/itemWeight"


def answered(link: str, *values: Node, **more: Any) -> Node:
    return {"linkId": link, "answer": list(values), **more}


def response(*items: Node, **more: Any) -> Node:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "r1",
        "status": "completed",
        "subject": {"reference": "Patient/12"},
        "authored": "2026-01-05T10:12:00+01:00",
        "questionnaire": "https://example.org/fhir/Questionnaire/mood|1.0",
        "item": list(items),
    } | more


def observation(**more: Any) -> Node:
    return {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "subject": {"reference": "Patient/12"},
        "effectiveDateTime": "2026-01-05T09:12:00Z",
        "code": {"coding": [{"system": LOINC, "code": "44261-6"}]},
    } | more


def bundle(*resources: Node, **more: Any) -> Node:
    entries = [{"fullUrl": f"urn:uuid:{n}", "resource": r} for n, r in enumerate(resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries, **more}


PATIENT = {"resourceType": "Patient", "id": "12", "name": [{"family": "Secret"}]}
ONE = answered("q1", {"valueInteger": 3})


class Reader:
    """Writes a file and reads it as FHIR."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "export.json"
        self.folder = folder

    def rows(self, content: object, **source: Any) -> list[Row]:
        """The rows of a resource, of text or of bytes; a companion is told as `questionnaire`."""
        text = content if isinstance(content, bytes | str) else json.dumps(content)
        self.file.write_bytes(text if isinstance(text, bytes) else text.encode())
        if isinstance(told := source.get("questionnaire"), dict):
            (self.folder / "questions.json").write_text(json.dumps(told))
            source["questionnaire"] = "questions.json"
        return read(self.file, **source)

    def picked(self, content: object, *names: str, **source: Any) -> list[tuple[str | None, ...]]:
        """Some columns of each row."""
        places = [HEADER.index(name) for name in names]
        return [tuple((row.texts or ())[p] for p in places) for row in self.rows(content, **source)]

    def values(self, *items: Node, **source: Any) -> list[tuple[str | None, ...]]:
        """Item and value of each answer of a response."""
        return self.picked(response(*items), "item", "value", **source)

    def mistake(self, content: object, **source: Any) -> str:
        with pytest.raises(OpKoersError) as raised:
            self.rows(content, **source)
        told = str(raised.value)
        assert re.fullmatch(r"[^:]+: [^.]+\. [^.]+\.", told.replace(".json", "")), told
        return told


def read(file: Path, **source: Any) -> list[Row]:
    told: Node = {
        "name": "clinic",
        "match": "*.json",
        "format": "fhir",
        "clinic_id": {"value": "north"},
        "patient_id": {"column": "subject"},
        "measured_at": {"column": "authored"},
        "long": {
            "instrument": {"column": "questionnaire"},
            "item": {"column": "item"},
            "value": {"column": "value"},
        },
    } | source
    surroundings = Surroundings(file.parent, "Europe/Amsterdam", 100, 1 << 30)
    table = open_table(file, Source.model_validate(told), surroundings)
    rows = list(table.rows)
    assert all(row.texts is not None and len(row.texts) == len(HEADER) for row in rows)
    return rows


@pytest.fixture
def fhir(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


# ---------- resources and how they are wrapped


def test_a_response_has_a_row_for_each_answer(fhir: Reader) -> None:
    told = response(
        ONE,
        answered("q2", {"valueDecimal": 2.50}),
        encounter={"reference": "Encounter/e4"},
        author={"reference": "Practitioner/t7"},
        source={"reference": "RelatedPerson/m3"},
    )

    first, second = fhir.rows(told)

    assert dict(zip(HEADER, first.texts or (), strict=True)) == {
        "resource_type": "QuestionnaireResponse",
        "resource_id": "r1",
        "status": "completed",
        "category": "survey",
        "subject": "12",
        "encounter": "e4",
        "author": "t7",
        "source": "m3",
        "respondent": "relative",
        "authored": "2026-01-05 10:12:00",
        "questionnaire": "mood",
        "questionnaire_code": None,
        "link_id": "q1",
        "item": "q1",
        "value": "3",
    }
    assert (second.texts or ())[-2:] == ("q2", "2.5")
    assert {(r.line, r.rule, r.is_withdrawn) for r in (first, second)} == {(1, None, False)}


def lines_of(told: list[Node]) -> str:
    return "".join(json.dumps(resource) + "\n" for resource in told)


WRAPPED: dict[str, tuple[Callable[[list[Node]], object], list[int]]] = {
    "a Bundle": (lambda told: bundle(*told), [1, 3, 3]),
    "a Bundle in a Bundle": (lambda told: bundle(bundle(*told)), [1, 3, 3]),
    "a Bundle over many lines": (lambda told: json.dumps(bundle(*told), indent=2), [1, 3, 3]),
    "an array": (lambda told: told, [1, 3, 3]),
    "an array of Bundles": (lambda told: [bundle(*told[:2]), bundle(*told[2:])], [1, 3, 3]),
    "a resource a line": (lines_of, [1, 3, 3]),
    "a resource a line, with blank lines": (
        lambda told: "\n\n" + lines_of(told).replace("\n", "\r\n\n"),
        [3, 7, 7],
    ),
    "a resource a line, without the last end": (lambda told: lines_of(told)[:-1], [1, 3, 3]),
    "one after another, over many lines": (
        lambda told: "\n".join(json.dumps(resource, indent=1) for resource in told),
        [1, 3, 3],
    ),
    "a Bundle a line": (
        lambda told: lines_of([bundle(*told[:2]), bundle(*told[2:])]),
        [1, 3, 3],
    ),
    "with a byte order mark": (lambda told: "\ufeff" + json.dumps(bundle(*told)), [1, 3, 3]),
}


@pytest.mark.parametrize("how", WRAPPED)
def test_it_does_not_matter_how_resources_are_wrapped(fhir: Reader, how: str) -> None:
    wrap, lines = WRAPPED[how]
    second = response(ONE, answered("q2", {"valueInteger": 0}), id="r2")

    rows = fhir.rows(wrap([response(ONE), PATIENT, second]))

    found = [(r.line, *(r.texts or ())[1:2], *(r.texts or ())[-2:]) for r in rows]
    assert found == [
        (lines[0], "r1", "q1", "3"),
        (lines[1], "r2", "q1", "3"),
        (lines[2], "r2", "q2", "0"),
    ]


def test_what_kind_a_resource_is_may_stand_behind_its_content(fhir: Reader) -> None:
    last = {**bundle(response(ONE))}
    last["resourceType"] = last.pop("resourceType")

    assert next(iter(last)) == "type"
    assert fhir.picked(last, "item", "value") == [("q1", "3")]


def test_memory_does_not_grow_with_a_bundle(fhir: Reader) -> None:
    padding = {"text": {"div": "x" * 20_000}}
    fhir.file.write_text(json.dumps(bundle(*[response(ONE, **padding)] * 400)))
    source = {"clinic_id": {"value": "n"}}

    tracemalloc.start()
    assert len(read(fhir.file, **source)) == 400
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert fhir.file.stat().st_size > 8_000_000
    assert peak < 1_500_000


# ---------- items and values


def test_groups_answers_and_what_hangs_under_them_are_walked(fhir: Reader) -> None:
    assert fhir.values(
        {"linkId": "intro", "text": "read this first"},
        {"linkId": "g", "item": [answered("a", {"valueInteger": 1}), {"linkId": "b"}]},
        answered("c", {"valueBoolean": True, "item": [answered("d", {"valueInteger": 2})]}),
        answered("e", {}, {"valueInteger": None}),
        answered("f", {"valueInteger": 3}, {"valueInteger": 4}),
    ) == [("a", "1"), ("c", "true"), ("d", "2"), ("f", "3"), ("f", "4")]


VALUES = [
    ({"valueInteger": 0}, "0"),
    ({"valueDecimal": 3.0}, "3"),
    ({"valueDecimal": -0.0}, "0"),
    ({"valueDecimal": 1e-3}, "0.001"),
    ({"valueBoolean": False}, "false"),
    ({"valueQuantity": {"value": 27.0, "unit": "pts."}}, "27"),
    ({"valueQuantity": {"value": 5, "comparator": "<"}}, "<5"),
    ({"valueQuantity": {"unit": "pts."}}, None),
    ({"valueString": " often "}, "often"),
    ({"valueDate": "2026-01-05"}, "2026-01-05"),
    ({"valueCoding": {"code": "LA6571-9", "display": "Nearly every day"}}, "LA6571-9"),
    ({"valueCoding": {"display": "Nearly every day"}}, "Nearly every day"),
    ({"valueCoding": {"code": "x", "extension": [{"url": ORDINAL, "valueDecimal": 2}]}}, "2"),
    ({"valueCoding": {"code": "x"}, "extension": [{"url": WEIGHT, "valueDecimal": 1.5}]}, "1.5"),
    ({"valueAttachment": {"data": "AAAA"}}, None),
    ({"valueInteger": "3"}, None),
    ({"valueString": {"no": "text"}}, None),
]


@pytest.mark.parametrize(("answer", "value"), VALUES)
def test_a_value_is_plain_text(fhir: Reader, answer: Node, value: str | None) -> None:
    assert fhir.values(answered("q", answer)) == [("q", value)]


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ({"linkId": "q", "code": [{"system": LOINC, "code": "44250-9"}]}, "44250-9"),
        ({"linkId": "q", "code": [{"system": "urn:own", "code": "44250-9"}]}, "q"),
        ({"linkId": "/44249-1/44250-9"}, "44250-9"),
        ({"linkId": "q", "definition": f"{LOINC}/44250-9"}, "44250-9"),
        ({"linkId": "q", "definition": "https://example.org/Questionnaire/x#q"}, "q"),
        ({}, None),
    ],
)
def test_an_item_has_its_loinc_code_or_its_link(fhir: Reader, item: Node, name: str | None) -> None:
    assert fhir.values({**item, "answer": [{"valueInteger": 1}]}) == [(name, "1")]


def option(code: str, counts: float, where: str = "option") -> Node:
    told = [{"url": ORDINAL, "valueDecimal": counts}]
    coding: Node = {"code": code}
    if where == "coding":
        return {"valueCoding": {**coding, "extension": told}}
    return {"valueCoding": coding, "extension": told}


QUESTIONS: Node = {
    "resourceType": "Questionnaire",
    "id": "other-id",
    "url": "https://example.org/Questionnaire/mood",
    "version": "1.0",
    "code": [{"system": LOINC, "code": "44249-1"}],
    "contained": [
        {
            "resourceType": "ValueSet",
            "id": "often",
            "expansion": {
                "contains": [
                    {"code": "n", "extension": [{"url": ORDINAL, "valueDecimal": 0}]},
                    {"code": "s", "extension": [{"url": ORDINAL, "valueInteger": 1}]},
                ]
            },
        },
        {
            "resourceType": "ValueSet",
            "id": "rare",
            "url": "https://example.org/ValueSet/rare",
            "compose": {
                "include": [
                    {"concept": [{"code": "n", "extension": [{"url": WEIGHT, "valueDecimal": 9}]}]}
                ]
            },
        },
    ],
    "item": [
        {
            "linkId": "g",
            "item": [
                {
                    "linkId": "q1",
                    "code": [{"system": LOINC, "code": "44250-9"}],
                    "answerOption": [option("n", 0), option("s", 1, "coding")],
                },
                {"linkId": "q2", "answerValueSet": "#often"},
                {"linkId": "q3", "options": {"reference": "#often"}, "option": [option("n", 5)]},
                {"linkId": "q4", "answerValueSet": "https://example.org/ValueSet/rare|2"},
                {"linkId": "q5", "answerValueSet": "https://example.org/ValueSet/unknown"},
            ],
        }
    ],
}
CODED = [answered(f"q{n}", {"valueCoding": {"code": code}}) for n, code in
         ((1, "s"), (2, "s"), (3, "n"), (4, "n"), (5, "n"), (6, "n"))]  # fmt: skip
TRANSLATED = [("44250-9", "1"), ("q2", "1"), ("q3", "5"), ("q4", "9"), ("q5", "n"), ("q6", "n")]


def test_a_questionnaire_beside_the_source_names_items_and_counts_answers(fhir: Reader) -> None:
    assert fhir.values(*CODED, questionnaire=QUESTIONS) == TRANSLATED
    assert fhir.picked(
        response(CODED[0]), "questionnaire", "questionnaire_code", "link_id",
        questionnaire=QUESTIONS,
    ) == [("mood", "44249-1", "q1")]  # fmt: skip


def test_several_questionnaires_may_lie_in_one_companion(fhir: Reader) -> None:
    sleep = {"resourceType": "Questionnaire", "id": "sleep", "item": []}

    assert fhir.values(*CODED, questionnaire=bundle(sleep, QUESTIONS, PATIENT)) == TRANSLATED


def test_a_questionnaire_of_another_name_tells_nothing(fhir: Reader) -> None:
    others = {**QUESTIONS, "id": "sleep", "url": "https://example.org/Questionnaire/sleep"}

    assert fhir.values(*CODED[:2], questionnaire=others) == [("q1", "s"), ("q2", "s")]


def test_a_response_that_names_no_questionnaire_answers_the_only_one(fhir: Reader) -> None:
    nameless = response(CODED[0], questionnaire=None)
    names = ("questionnaire", "item", "value")

    assert fhir.picked(nameless, *names) == [(None, "q1", "s")]
    assert fhir.picked(nameless, *names, questionnaire=QUESTIONS) == [("mood", "44250-9", "1")]
    two = bundle(QUESTIONS, {"resourceType": "Questionnaire", "id": "sleep"})
    assert fhir.picked(nameless, *names, questionnaire=two) == [(None, "q1", "s")]


@pytest.mark.parametrize("told", ["#own", {"reference": "#own"}])
def test_a_questionnaire_inside_the_response_goes_first(fhir: Reader, told: object) -> None:
    own = {
        "resourceType": "Questionnaire",
        "id": "own",
        "url": "https://example.org/Questionnaire/mood|1.0",
        "item": [{"linkId": "q1", "option": [option("s", 7, "coding")]}],
    }
    content = response(*CODED[:2], questionnaire=told, contained=[own])
    names = ("questionnaire", "questionnaire_code", "item", "value")

    assert fhir.picked(content, *names) == [("mood", None, "q1", "7"), ("mood", None, "q2", "s")]
    assert fhir.picked(content, *names, questionnaire=QUESTIONS) == [
        ("mood", "44249-1", "44250-9", "7"),
        ("mood", "44249-1", "q2", "1"),
    ]


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("https://example.org/Questionnaire/phq|2.1", "phq"),
        ("Questionnaire/phq", "phq"),
        ("phq", "phq"),
        ({"reference": "https://example.org/Questionnaire/phq"}, "phq"),
        ("urn:uuid:0a1b", "0a1b"),
        ("#gone", None),
        (17, None),
    ],
)
def test_a_questionnaire_is_named_by_the_last_part_of_its_address(
    fhir: Reader, told: object, name: str | None
) -> None:
    assert fhir.picked(response(ONE, questionnaire=told), "questionnaire") == [(name,)]


# ---------- who and when


@pytest.mark.parametrize(
    ("subject", "patient"),
    [
        ({"reference": "Patient/12"}, "12"),
        ({"reference": "https://example.org/fhir/Patient/12"}, "12"),
        ({"reference": "Patient/12/_history/3"}, "12"),
        ({"reference": "urn:uuid:0a1b-2c"}, "0a1b-2c"),
        ({"identifier": {"value": "P-7"}}, "P-7"),
        ({"reference": "#p", "display": "Jan"}, "BSN-1"),
        ({"reference": "#nobody"}, None),
        ({"reference": "Patient?identifier=x|12"}, None),
        ({"reference": "Patient/"}, None),
        ({"display": "Jan"}, None),
        ("Patient/12", None),
        (None, None),
    ],
)
def test_a_patient_is_the_end_of_a_reference(
    fhir: Reader, subject: object, patient: str | None
) -> None:
    inside = {"resourceType": "Patient", "id": "p", "identifier": [{"value": "BSN-1"}]}

    content = response(ONE, subject=subject, contained=[inside])

    assert fhir.picked(content, "subject") == [(patient,)]


@pytest.mark.parametrize(
    ("author", "therapist"),
    [
        ({"reference": "Practitioner/t7"}, "t7"),
        ({"reference": "PractitionerRole/t8"}, "t8"),
        ({"reference": "urn:uuid:9", "type": "Practitioner"}, "9"),
        ({"reference": "urn:uuid:9"}, "9"),
        ({"reference": "Patient/12"}, None),
        ({"reference": "urn:uuid:9", "type": "RelatedPerson"}, None),
        ({"reference": "Device/app"}, None),
        ({"reference": "12"}, None),
        ({}, None),
    ],
)
def test_only_a_practitioner_is_an_author(fhir: Reader, author: Node, therapist: str) -> None:
    """A patient who filled in alone must not land as therapist."""
    assert fhir.picked(response(ONE, author=author), "author") == [(therapist,)]


@pytest.mark.parametrize(
    ("written", "local"),
    [
        ("2026-01-05T09:12:00Z", "2026-01-05 10:12:00"),
        ("2026-07-05T09:12:00.736153Z", "2026-07-05 11:12:00"),
        ("2026-01-05T23:30:00-05:00", "2026-01-06 05:30:00"),
        ("2026-01-05T10:12:00", "2026-01-05 10:12:00"),
        ("2026-01-05 09:12:00 UTC", "2026-01-05 10:12:00"),
        ("2026-01-05T09:12Z", "2026-01-05 10:12:00"),
        ("2026-01-05T09:12:00+0530", "2026-01-05 04:42:00"),
        ("2026-01-05", "2026-01-05"),
        ("2026-01", "2026-01"),
        ("2026", "2026"),
        ("2026-02-30T09:12:00Z", "2026-02-30T09:12:00Z"),
        ("2026-01-05T23:59:60Z", "2026-01-05T23:59:60Z"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
        ("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59-14:00"),
        ("yesterday", "yesterday"),
    ],
)
def test_a_moment_is_told_by_the_local_clock(written: str, local: str) -> None:
    assert local_text(written, ZoneInfo("Europe/Amsterdam")) == local


def test_the_source_may_name_another_time_zone(fhir: Reader) -> None:
    told = fhir.picked(response(ONE), "authored", timezone="America/Curacao")

    assert told == [("2026-01-05 05:12:00",)]


@pytest.mark.parametrize(
    ("status", "rule", "is_withdrawn"),
    [
        ("completed", None, False),
        ("amended", None, False),
        ("in-progress", "not_completed", False),
        ("stopped", "not_completed", False),
        ("entered-in-error", None, True),
        (None, "not_completed", False),
    ],
)
def test_what_the_status_of_a_response_means(
    fhir: Reader, status: str | None, rule: str | None, is_withdrawn: bool
) -> None:
    for content in (response(ONE, status=status), response(status=status)):
        (row,) = fhir.rows(content)
        assert (row.rule, row.is_withdrawn) == (rule, is_withdrawn)


def test_a_response_without_any_answer_is_one_row(fhir: Reader) -> None:
    told = bundle(response(), response({"linkId": "q1"}), {"resourceType": "Observation"})

    rows = fhir.rows(told)

    assert [(row.line, (row.texts or ())[-3:]) for row in rows] == [
        (1, (None, None, None)),
        (2, (None, None, None)),
        (3, (None, None, None)),
    ]


# ---------- Observation


@pytest.mark.parametrize(
    ("status", "rule", "is_withdrawn"),
    [
        ("final", None, False),
        ("amended", None, False),
        ("corrected", None, False),
        ("preliminary", "not_completed", False),
        ("registered", "not_completed", False),
        ("cancelled", "not_completed", False),
        ("unknown", "not_completed", False),
        ("entered-in-error", None, True),
    ],
)
def test_what_the_status_of_an_observation_means(
    fhir: Reader, status: str, rule: str | None, is_withdrawn: bool
) -> None:
    (row,) = fhir.rows(observation(status=status, valueInteger=3))

    assert (row.rule, row.is_withdrawn) == (rule, is_withdrawn)


def coded(code: str, **more: Any) -> Node:
    return {"code": {"coding": [{"system": LOINC, "code": code}]}, **more}


def test_an_observation_is_what_its_code_says(fhir: Reader) -> None:
    told = observation(
        valueQuantity={"value": 14, "unit": "{score}"},
        performer=[{"reference": "Organization/x"}, {"reference": "Practitioner/t7"}],
        category=[{"coding": [{"code": "survey"}]}],
    )

    names = ("questionnaire", "questionnaire_code", "item", "value", "authored", "author",
             "category", "link_id")  # fmt: skip
    assert fhir.picked(told, *names) == [
        ("44261-6", "44261-6", "44261-6", "14", "2026-01-05 10:12:00", "t7", "survey", None)
    ]


def test_an_observation_of_a_list_holds_its_total_and_its_items(fhir: Reader) -> None:
    parts = [
        coded("44250-9", valueInteger=2),
        coded("44255-8", valueCodeableConcept={"coding": [{"code": "LA6570-1"}]}),
        coded("44259-0", dataAbsentReason={"text": "not asked"}),
    ]
    panel = observation(**coded("44249-1", valueInteger=4), component=parts)

    assert fhir.picked(panel, "questionnaire", "item", "value") == [
        ("44249-1", "total", "4"),
        ("44249-1", "44250-9", "2"),
        ("44249-1", "44255-8", "LA6570-1"),
    ]
    members = observation(**coded("44249-1", valueInteger=4), hasMember=[{"reference": "x"}])
    assert fhir.picked(members, "item", "value") == [("total", "4")]


def test_a_code_that_is_not_of_loinc_is_kept(fhir: Reader) -> None:
    both = {"coding": [{"system": "urn:own", "code": "ORS"}, {"system": LOINC, "code": "1-8"}]}
    for code, name in (
        (both, ("1-8", "1-8")),
        ({"coding": [{"system": "urn:own", "code": "ORS"}]}, ("ORS", None)),
        ({"text": "ORS total"}, ("ORS total", None)),
    ):
        told = observation(code=code, valueInteger=20)
        assert fhir.picked(told, "questionnaire", "questionnaire_code") == [name]


@pytest.mark.parametrize(
    ("moment", "authored"),
    [
        ({"effectivePeriod": {"start": "2026-01-04", "end": "2026-01-05"}}, "2026-01-05"),
        ({"effectivePeriod": {"start": "2026-01-04"}, "issued": "2026-01-06T00:00:00Z"},
         "2026-01-06 01:00:00"),
        ({"effectiveInstant": "2026-01-05T09:00:00Z"}, "2026-01-05 10:00:00"),
        ({"issued": "2026-01-06T00:00:00Z"}, "2026-01-06 01:00:00"),
        ({}, None),
    ],
)  # fmt: skip
def test_when_an_observation_was_made(fhir: Reader, moment: Node, authored: str | None) -> None:
    told = observation(valueInteger=1, effectiveDateTime=None, **moment)

    assert fhir.picked(told, "authored") == [(authored,)]


# ---------- files without answers


NO_ANSWERS = {
    "a Questionnaire (the list of questions)": QUESTIONS,
    "a list of patients": bundle(PATIENT, PATIENT),
    "a set of FHIR resources of other kinds": bundle(PATIENT, QUESTIONS),
    "a FHIR resource of another kind": {"resourceType": "Secret"},
    "JSON without any FHIR resource": [{"answers": [1, 2]}, 3, "x"],
}


@pytest.mark.parametrize("what", NO_ANSWERS)
def test_a_file_without_answers_is_told_what_it_is(fhir: Reader, what: str) -> None:
    told = fhir.mistake(NO_ANSWERS[what])

    assert f"this is {what}, it holds no answers" in told
    assert "Secret" not in told
    assert what_else(fhir.file) == what


def test_an_empty_bundle_holds_no_answers(fhir: Reader) -> None:
    for content in (bundle(), "{}", "[]", "true"):
        assert "JSON without any FHIR resource, it holds no answers" in fhir.mistake(content)


def test_a_file_with_answers_is_nothing_else(fhir: Reader) -> None:
    fhir.rows(bundle(PATIENT, QUESTIONS, response()))

    assert what_else(fhir.file) is None


def test_other_tables_are_not_read(fhir: Reader) -> None:
    told = fhir.mistake(response(ONE), table="patients", measured_at=None, long=None)

    assert "format 'fhir' reads answers only" in told


def test_a_companion_that_cannot_be_used(fhir: Reader) -> None:
    assert "is not there" in fhir.mistake(response(ONE), questionnaire="gone.json")
    told = fhir.mistake(response(ONE), questionnaire=bundle(PATIENT))
    assert "holds no FHIR Questionnaire" in told


def test_a_history_is_refused_since_old_versions_come_after_new_ones(fhir: Reader) -> None:
    for told in (bundle(response(ONE), type="history"), bundle(bundle(ONE, type="history"))):
        assert "this Bundle is a history" in fhir.mistake(told)


# ---------- broken and hostile JSON


def broken(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


DEEP = 10_000
BROKEN: dict[str, str | bytes] = {
    "cut off": json.dumps(bundle(response(ONE), PATIENT))[:-60],
    "cut off in a later line": lines_of([response(ONE), PATIENT])[:-20],
    "cut off between lines": lines_of([response(ONE)]) + "{",
    "no JSON": "Secret;12;3\n",
    "more behind it": json.dumps(response(ONE)) + " Secret",
    "zero bytes": json.dumps(response(ONE)).encode() + b"\0\0",
    "not utf-8": json.dumps(response(ONE)).replace("completed", "Secret\xe9").encode("latin-1"),
    "utf-16": json.dumps(response(ONE)).encode("utf-16"),
    "not a number": json.dumps(response(answered("q", {"valueDecimal": float("nan")}))),
    "a number of 5,000 digits": '{"resourceType": "Observation", "id": ' + "1" * 5000 + "}",
    "an endless exponent": '{"resourceType": "Observation", "id": 1e99999999999999999999}',
}


@pytest.mark.parametrize("how", BROKEN)
def test_broken_json_is_refused_without_a_word_of_what_stands_there(fhir: Reader, how: str) -> None:
    told = fhir.mistake(broken(BROKEN[how]))

    assert "the JSON is broken or cut off after" in told
    assert "Secret" not in told


def test_an_empty_file(fhir: Reader) -> None:
    for content in ("", "\n \n", "\ufeff"):
        assert "the file is empty" in fhir.mistake(content)


@pytest.mark.parametrize(
    "content",
    [
        "[" * DEEP,
        '{"item":' * DEEP,
        "[" * DEEP + "]" * DEEP,
        json.dumps(response())[:-3] + '[{"item":' * DEEP + "1" + "}]" * DEEP + "}",
    ],
)
def test_json_nested_very_deep_is_refused(fhir: Reader, content: str) -> None:
    assert "the JSON is nested more than 200 deep" in fhir.mistake(content)


def test_a_resource_has_limits(fhir: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.landing.fhir_resources.LARGEST_RESOURCE", 300_000)
    monkeypatch.setattr("flows.landing.fhir_resources.MOST_PARTS", 5_000)

    enormous = response(ONE, text={"div": "x" * 1_000_000})
    assert "a resource is larger than 300,000 bytes" in fhir.mistake(bundle(enormous))
    many = response(*[ONE] * 10_000)
    assert "a resource has more than 5,000 parts" in fhir.mistake(bundle(many))
    assert len(fhir.rows(bundle(*[response(ONE, ONE)] * 1000))) == 2000


@pytest.mark.parametrize("junk", [None, 3, "x", [], [[]], {}, [None, 1, "x", {}]])
def test_anything_may_stand_anywhere(fhir: Reader, junk: object) -> None:
    keys = ("id", "status", "subject", "encounter", "author", "source", "authored",
            "questionnaire", "contained", "item", "code", "performer", "component",
            "hasMember", "effectivePeriod", "category", "valueCodeableConcept",
            "valueQuantity", "extension", "valueCoding")  # fmt: skip
    for key in keys:
        fhir.rows(bundle(response(ONE, **{key: junk}), observation(**{key: junk})))
        fhir.rows(response(answered("q", {key: junk, "valueInteger": 1}), {key: junk}))
        fhir.rows(response(*CODED), questionnaire={**QUESTIONS, key: junk})
        changed = {**QUESTIONS["item"][0]["item"][0], key: junk}
        fhir.rows(response(*CODED), questionnaire={**QUESTIONS, "item": [changed]})


# ---------- what the field itself publishes


def copied(reference: Path, folder: Path, name: str) -> Path:
    target = folder / name
    target.write_bytes((reference / "data" / "fhir" / name).read_bytes())
    return target


def test_the_published_responses(reference: Path, tmp_path: Path) -> None:
    def answers(name: str, **source: Any) -> list[tuple[str | None, str | None]]:
        rows = read(copied(reference, tmp_path, name), **source)
        assert {row.line for row in rows} == {1}
        assert {row.rule for row in rows} == {None}
        texts = [row.texts or () for row in rows]
        return [(text[HEADER.index("item")], text[HEADER.index("value")]) for text in texts]

    mii = answers("mii_QuestionnaireResponse-mii-exa-pro-phq-9-response.json")
    items = [(f"PHQ.{n}", "LA6571-9") for n in range(1, 10)]
    assert mii == [*items, ("PHQ.10", "LA6574-3"), ("PHQ.Score", "27")]

    total = answers("mii_Observation-mii-exa-pro-phq-9-observation.json")
    assert total == [("44249-1", "27")]

    adaptive = answers("argonaut_adaptive-questionnaireresponse-example-phq9.json")
    assert adaptive == [
        ("score", "0"), ("std_dev", "0"), ("44250-9", "0"), ("44253-3", "0"), ("44254-1", "0"),
    ]  # fmt: skip

    name = "argonaut_questionnaireresponse-example-phq9.json"
    assert answers(name) == [
        *((f"g1.q{n}", "LA6568-5") for n in range(1, 10)),
        ("g2.q1", "LA6572-7"),
    ]
    questions = copied(reference, tmp_path, "argonaut_questionnaire-example-phq9.json").name
    codes = ["44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5",
             "44253-3", "44260-8"]  # fmt: skip
    assert answers(name, questionnaire=questions) == [
        *((code, "0") for code in codes),
        ("69722-7", "LA6572-7"),
    ]


def test_the_published_questionnaires_hold_no_answers(reference: Path) -> None:
    for name in ("argonaut_questionnaire-example-phq9", "mii_Questionnaire-mii-qst-pro-phq-9"):
        file = reference / "data" / "fhir" / f"{name}.json"
        assert what_else(file) == "a Questionnaire (the list of questions)"


# ---------- landed


MINIMAL = """
match = "*.json"
format = "fhir"
questionnaire = "questions.json"
clinic_id = { value = "north" }
patient_id = { column = "subject" }
therapist_id = { column = "author" }
record_id = { column = "resource_id" }
measured_at = { column = "authored" }
[long]
instrument = { column = "questionnaire" }
item = { column = "item" }
value = { column = "value" }
[long.instruments]
mood = "phq-9"
"""


def test_a_minimal_source_lands_responses_and_totals(home: LandingHome) -> None:
    (home.home / "sources" / "fhir.toml").write_text(MINIMAL)
    (home.home / "sources" / "questions.json").write_text(json.dumps(QUESTIONS))
    answers = [
        CODED[0],
        answered("/44249-1/44260-8", {"valueCoding": {"code": "LA6569-3"}}),
        answered("/44249-1/69722-7", {"valueCoding": {"code": "LA6572-7"}}),
    ]
    therapist = {"reference": "Practitioner/t7"}
    told = [
        response(*answers, author=therapist),
        PATIENT,
        response(*answers, id="r2", status="in-progress", authored="2026-01-06"),
        observation(effectiveDateTime="2026-01-07T23:30:00Z", valueQuantity={"value": 14}),
        response(id="r3"),
    ]
    home.export(json.dumps(bundle(*told)), "week.json")

    counts = home.counts()

    assert {
        name: counts[name] for name in ("rows_in", "landed", "rejected", "rejected_by_rule")
    } == {"rows_in": 8, "landed": 3, "rejected": 5, "rejected_by_rule": 5}
    columns = "source_line, patient_id, therapist_id, measured_at::varchar, instrument, item, value"
    assert home.landed(columns) == [
        (1, "12", "t7", "2026-01-05 10:12:00", "phq-9", "1", 1.0),
        (1, "12", "t7", "2026-01-05 10:12:00", "phq-9", "9", 1.0),
        (4, "12", None, "2026-01-08 00:30:00", "phq-9", "total", 14.0),
    ]
    assert [(line, rule) for line, rule, *_ in home.rejected()] == [
        (1, "ignored_item"),
        *[(3, "not_completed")] * 3,
        (5, "no_measure"),
    ]
