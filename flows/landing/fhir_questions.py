"""What a FHIR Questionnaire tells of answers given elsewhere: LOINC codes, and what answers count.

Reads R4 and the older STU3, in which many real exports are still written.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from flows.landing.companions import companion, unusable_companion
from flows.landing.fhir_resources import Node, part, parts, resources, text
from flows.landing.reading import Surroundings
from flows.landing.source import Source

LOINC = "http://loinc.org"
# Extensions that say what an answer counts, by the last part of their address.
WEIGHTS = ("ordinalValue", "valueset-ordinalValue", "questionnaire-ordinalValue", "itemWeight")


@dataclass(frozen=True)
class Questions:
    """One Questionnaire: the LOINC code of the list and of its questions, by linkId.

    `weights` gives for a linkId what an answer code counts, as number text.
    """

    name: str | None = None
    code: str | None = None
    items: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def over(self, other: "Questions") -> "Questions":
        """What this one tells, and what only the other does."""
        return Questions(
            self.name or other.name,
            self.code or other.code,
            {**other.items, **self.items},
            {**other.weights, **self.weights},
        )


def read_questions(source: Source, surroundings: Surroundings) -> dict[str, Questions]:
    """The Questionnaires of the companion that a source names, by id and by address.

    Raises OpKoersError when there is no such file or no Questionnaire in it.
    """
    file = companion(source.questionnaire, source, surroundings)
    if file is None:
        return {}
    found: dict[str, Questions] = {}
    for resource in resources(file):
        if resource.content.get("resourceType") == "Questionnaire":
            questions = questions_of(resource.content)
            found |= dict.fromkeys(_names(resource.content), questions)
    if not found:
        raise unusable_companion(
            source,
            f"the file '{file.name}' that it names holds no FHIR Questionnaire",
            "Name one that does",
        )
    return found


def questions_of(questionnaire: Node) -> Questions:
    """What one Questionnaire tells."""
    sets = dict(_answer_sets(questionnaire))
    items: dict[str, str] = {}
    weights: dict[str, dict[str, str]] = {}
    for item in _all_items(questionnaire):
        link = text(item, "linkId") or ""
        if code := loinc(parts(item, "code")):
            items[link] = code
        if counted := dict(_weights(item, sets)):
            weights[link] = counted
    name = next(iter(_names(questionnaire)), None)
    return Questions(name, loinc(parts(questionnaire, "code")), items, weights)


def loinc(codings: Sequence[Node]) -> str | None:
    """The first LOINC code among codings."""
    return next((text(c, "code") for c in codings if text(c, "system") == LOINC), None)


def last_part(address: str) -> str | None:
    """`.../Questionnaire/phq-9|1.0` -> `phq-9`; the part after the last colon of a urn."""
    path = address.split("|")[0].split("/_history/")[0].rstrip("/")
    return path.split(":" if path.startswith("urn:") else "/")[-1] or None


def weight(node: Node) -> str | None:
    """What an answer counts, where an extension says so."""
    for extension in parts(node, "extension"):
        if last_part(text(extension, "url") or "") in WEIGHTS:
            for key in ("valueDecimal", "valueInteger"):
                if (number := number_text(extension.get(key))) is not None:
                    return number
    return None


def number_text(value: object) -> str | None:
    """A JSON number as plain text, `3` for 3.0; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    if isinstance(value, int) or abs(value.adjusted()) > 30:
        return str(value)
    plain = format(value or Decimal(0), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _names(questionnaire: Node) -> list[str]:
    """The last part of its address, and its id."""
    told = (last_part(text(questionnaire, "url") or ""), text(questionnaire, "id"))
    return [name for name in told if name]


def _all_items(node: Node) -> Iterator[Node]:
    for item in parts(node, "item"):
        yield item
        yield from _all_items(item)


def _weights(item: Node, sets: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """(answer code, what it counts) of one question: from its value set, then its own options."""
    told = text(item, "answerValueSet") or text(part(item, "options"), "reference") or ""
    yield from sets.get(told.split("|")[0], {}).items()
    for option in (*parts(item, "answerOption"), *parts(item, "option")):
        coding = part(option, "valueCoding")
        code, counts = text(coding, "code"), weight(option) or weight(coding)
        if code and counts is not None:
            yield code, counts


def _answer_sets(questionnaire: Node) -> Iterator[tuple[str, dict[str, str]]]:
    """The value sets inside a Questionnaire, by `#id` and by address."""
    for contained in parts(questionnaire, "contained"):
        if contained.get("resourceType") == "ValueSet":
            counted = {
                code: counts
                for concept in _concepts(contained)
                if (code := text(concept, "code")) and (counts := weight(concept)) is not None
            }
            yield f"#{text(contained, 'id')}", counted
            if url := text(contained, "url"):
                yield url, counted


def _concepts(value_set: Node) -> Iterator[Node]:
    for include in parts(part(value_set, "compose"), "include"):
        yield from parts(include, "concept")
    yield from _expanded(part(value_set, "expansion"))


def _expanded(node: Node) -> Iterator[Node]:
    for concept in parts(node, "contains"):
        yield concept
        yield from _expanded(concept)
