"""FHIR R4 answers and scores: QuestionnaireResponse and Observation, one row for each answer.

Ids are the last part of a reference (`Patient/12` -> `12`), a `questionnaire`
that of its address. An item is named by its LOINC code where the response, the
Questionnaire in it or the one beside the source tells it, else by its linkId.
A coded answer is what it counts where any of these says so, else its code.
`author` is a practitioner or nobody: a patient who filled in alone is no therapist.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flows.errors import ExitCode, OpKoersError
from flows.landing.fhir_questions import (
    LOINC,
    Questions,
    last_part,
    loinc,
    number_text,
    questions_of,
    read_questions,
    weight,
)
from flows.landing.fhir_resources import Node, Resource, part, parts, resources, text
from flows.landing.local_time import local_text
from flows.landing.reading import Row, Surroundings, Table, unreadable
from flows.landing.source import Source

HEADER = (
    "resource_type",
    "resource_id",
    "status",
    "category",
    "subject",
    "encounter",
    "author",
    "source",
    "respondent",
    "authored",
    "questionnaire",
    "questionnaire_code",
    "link_id",
    "item",
    "value",
)

LANDING = {
    "QuestionnaireResponse": ("completed", "amended"),
    "Observation": ("final", "amended", "corrected"),
}
WITHDRAWN = "entered-in-error"
RESPONDENTS = {
    "Patient": "patient",
    "RelatedPerson": "relative",
    "Practitioner": "professional",
    "PractitionerRole": "professional",
}
KINDS = {
    "Questionnaire": "a Questionnaire (the list of questions)",
    "ValueSet": "a ValueSet (a list of codes)",
    "CodeSystem": "a CodeSystem (a list of codes)",
    "StructureDefinition": "a StructureDefinition (a description of resources)",
    "Patient": "a list of patients",
    "Practitioner": "a list of practitioners",
    "Encounter": "a list of encounters",
    "EpisodeOfCare": "a list of episodes of care",
    "Appointment": "a list of appointments",
    "Condition": "a list of diagnoses",
    "OperationOutcome": "the message of a server (OperationOutcome)",
}
TEXTS = ("String", "Date", "DateTime", "Time", "Instant", "Uri", "Code", "Id")

Texts = tuple[str | None, ...]


class Answer(NamedTuple):
    """One answer: the linkId of its question, its item, and its value as text."""

    link_id: str | None
    item: str | None
    value: str | None


def open_table(file: Path, source: Source, surroundings: Surroundings) -> Table:
    """The answers of a file, in its order; a response without any answer is one row.

    Raises OpKoersError, then or while rows are read, when the file is no
    FHIR, holds no answers, or its companion cannot be read.
    """
    if source.table != "responses":
        raise OpKoersError(
            "format 'fhir' reads answers only",
            where=f"sources/{source.name}.toml",
            next_step="Leave 'table' out, or export that table as delimited text",
            exit_code=ExitCode.SOURCE,
        )
    known = read_questions(source, surroundings)
    zone = ZoneInfo(source.timezone or surroundings.timezone)
    return Table(HEADER, _rows(file, known, zone))


def what_else(file: Path) -> str | None:
    """What a file of FHIR resources is when it holds no answers ("a Questionnaire ..."), else None.

    Raises OpKoersError when it cannot be read as JSON.
    """
    kinds: Counter[str] = Counter()
    for resource in resources(file):
        kind = _kind(resource.content)
        if kind in LANDING:
            return None
        kinds[kind] += 1
    return _described(kinds)


def _rows(file: Path, known: Mapping[str, Questions], zone: ZoneInfo) -> Iterator[Row]:
    kinds: Counter[str] = Counter()
    for resource in resources(file):
        kind = _kind(resource.content)
        kinds[kind] += 1
        if kind in LANDING:
            yield from _resource_rows(resource, kind, known, zone)
    if not kinds.keys() & LANDING.keys():
        raise unreadable(
            file.name,
            f"this is {_described(kinds)}, it holds no answers",
            "Export QuestionnaireResponse or Observation resources; a Questionnaire can lie beside"
            " its source, which names it under 'questionnaire'",
        )


def _kind(content: Node) -> str:
    return text(content, "resourceType") or ""


def _described(kinds: Counter[str]) -> str:
    if not kinds:
        return "JSON without any FHIR resource"
    (kind, _), *others = kinds.most_common()
    if others:
        return "a set of FHIR resources of other kinds"
    return KINDS.get(kind, "a FHIR resource of another kind")


def _resource_rows(
    resource: Resource, kind: str, known: Mapping[str, Questions], zone: ZoneInfo
) -> Iterator[Row]:
    """The rows of one QuestionnaireResponse or Observation; one with no value when it has none."""
    content, status = resource.content, text(resource.content, "status")
    is_withdrawn = status == WITHDRAWN
    rule = None if is_withdrawn or status in LANDING[kind] else "not_completed"
    if kind == "Observation":
        heads = _observation_heads(content, zone)
        answers = list(_observed(content))
    else:
        questions = _questions(content, known)
        heads = _response_heads(content, questions, zone)
        answers = list(_answers(content, questions))
    for answer in answers or [Answer(None, None, None)]:
        yield Row(resource.place, (*heads, *answer), rule, is_withdrawn)


# ---------- QuestionnaireResponse


def _response_heads(content: Node, questions: Questions, zone: ZoneInfo) -> Texts:
    people = part(content, "source")
    return (
        "QuestionnaireResponse",
        text(content, "id"),
        text(content, "status"),
        "survey",
        _id(part(content, "subject"), content),
        _id(part(content, "encounter") or part(content, "context"), content),
        _practitioner([part(content, "author")], content),
        _id(people, content),
        RESPONDENTS.get(_type(people, content) or ""),
        _local(text(content, "authored"), zone),
        questions.name,
        questions.code,
    )


def _questions(content: Node, known: Mapping[str, Questions]) -> Questions:
    """What is known of the questions of a response; its own Questionnaire goes first.

    A response that names none is taken to answer the only one beside the source.
    """
    told = text(content, "questionnaire") or text(part(content, "questionnaire"), "reference")
    if told is None:
        is_only = len({each.name for each in known.values()}) == 1
        return next(iter(known.values())) if is_only else Questions()
    if told.startswith("#"):
        own = questions_of(_contained(content, told))
    else:
        own = Questions(name=last_part(told))
    return own.over(known.get(own.name or "", Questions()))


def _answers(content: Node, questions: Questions) -> Iterator[Answer]:
    """The answers in a response or item, and in the groups and answers below it."""
    for item in parts(content, "item"):
        link = text(item, "linkId")
        for answer in parts(item, "answer"):
            if _is_answered(answer):
                weights = questions.weights.get(link or "", {})
                yield Answer(link, _item_code(item, questions) or link, _value(answer, weights))
            yield from _answers(answer, questions)
        yield from _answers(item, questions)


def _item_code(item: Node, questions: Questions) -> str | None:
    """The LOINC code of a question: told with it, in its linkId (`/44250-9`), or by its list."""
    told = loinc(parts(item, "code"))
    link, definition = text(item, "linkId") or "", text(item, "definition") or ""
    if told is None and (found := re.search(r"/(\d{1,7}-\d)$", link)):
        told = found[1]
    if told is None and definition.startswith(f"{LOINC}/"):
        told = last_part(definition)
    return told or questions.items.get(link)


# ---------- Observation


def _observation_heads(content: Node, zone: ZoneInfo) -> Texts:
    performers = parts(content, "performer")
    code = part(content, "code")
    categories = [c for category in parts(content, "category") for c in parts(category, "coding")]
    moment = (
        text(content, "effectiveDateTime")
        or text(part(content, "effectivePeriod"), "end")
        or text(content, "effectiveInstant")
        or text(content, "issued")
    )
    return (
        "Observation",
        text(content, "id"),
        text(content, "status"),
        next((c for each in categories if (c := text(each, "code"))), None),
        _id(part(content, "subject"), content),
        _id(part(content, "encounter") or part(content, "context"), content),
        _practitioner(performers, content),
        _id(performers[0], content) if performers else None,
        RESPONDENTS.get(_type(performers[0], content) or "") if performers else None,
        _local(moment, zone),
        _code(code),
        loinc(parts(code, "coding")),
    )


def _observed(content: Node) -> Iterator[Answer]:
    """The value of an observation, and those of its components.

    One that has components or members is a list: its own value is the total.
    Otherwise its code says what it is, an item or the list as a whole.
    """
    components = parts(content, "component")
    is_list = bool(components or parts(content, "hasMember"))
    if _is_answered(content):
        yield Answer(None, "total" if is_list else _code(part(content, "code")), _value(content))
    for component in components:
        if _is_answered(component):
            yield Answer(None, _code(part(component, "code")), _value(component))


def _code(concept: Node) -> str | None:
    """The LOINC code of a concept, else its first code, else its text."""
    codings = parts(concept, "coding")
    codes = (code for coding in codings if (code := text(coding, "code")))
    return loinc(codings) or next(codes, None) or text(concept, "text")


# ---------- values


def _is_answered(node: Node) -> bool:
    return any(key.startswith("value") and value is not None for key, value in node.items())


def _value(node: Node, weights: Mapping[str, str] | None = None) -> str | None:
    """An answer as text; None where it is no more than a picture, a range or the like."""
    if (counted := weight(node)) is not None:
        return counted
    codings = [*parts(node, "valueCoding"), *parts(part(node, "valueCodeableConcept"), "coding")]
    if codings:
        return _coded(codings, weights or {})
    if "valueQuantity" in node:
        quantity = part(node, "valueQuantity")
        number = number_text(quantity.get("value"))
        return number and (text(quantity, "comparator") or "") + number
    for key in ("valueDecimal", "valueInteger"):
        if (number := number_text(node.get(key))) is not None:
            return number
    if isinstance(node.get("valueBoolean"), bool):
        return "true" if node["valueBoolean"] else "false"
    texts = (text(node, f"value{kind}") for kind in TEXTS)
    return next((told for told in texts if told), text(part(node, "valueCodeableConcept"), "text"))


def _coded(codings: list[Node], weights: Mapping[str, str]) -> str | None:
    """What the first coding counts that counts anything, else its code, else its words."""
    for coding in codings:
        counted = weight(coding) or weights.get(text(coding, "code") or "")
        if counted is not None:
            return counted
    return text(codings[0], "code") or text(codings[0], "display")


def _local(moment: str | None, zone: ZoneInfo) -> str | None:
    return moment and local_text(moment, zone)


# ---------- references


def _id(reference: Node, content: Node) -> str | None:
    """The id that a reference ends in, else the identifier that stands in its place.

    The id of a contained resource means nothing outside it: two of them may be two people.
    """
    told = text(reference, "reference")
    if told is not None and told.startswith("#"):
        return _identifier(_contained(content, told))
    if told is None or told.endswith("/") or "?" in told:
        return _identifier(reference)
    return last_part(told)


def _identifier(node: Node) -> str | None:
    return next((v for each in parts(node, "identifier") if (v := text(each, "value"))), None)


def _contained(content: Node, told: str) -> Node:
    named = (c for c in parts(content, "contained") if text(c, "id") == told.removeprefix("#"))
    return next(named, {})


def _type(reference: Node, content: Node) -> str | None:
    """The kind of resource that a reference points at, as far as it tells."""
    told = text(reference, "reference") or ""
    if told.startswith("#"):
        return _kind(_contained(content, told)) or None
    before = told.split("/_history/")[0].split("/")[:-1]
    return before[-1] if before and before[-1].isalpha() else text(reference, "type")


def _practitioner(people: list[Node], content: Node) -> str | None:
    """The first who is a practitioner, or whose kind is not told and who is not the patient."""
    patient = _id(part(content, "subject"), content)
    for person in people:
        kind, told = _type(person, content), _id(person, content)
        if told is not None and (
            RESPONDENTS.get(kind or "") == "professional" or (kind is None and told != patient)
        ):
            return told
    return None
