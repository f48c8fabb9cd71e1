"""What the structure of a LimeSurvey survey (.lss) says of its responses.

An answer stands for its assessment value where the survey gives any; else for
the number in its code where those count from 0. Codes such as A1 to A4
without assessment values do not tell whether the first of them counts 0 or 1:
they stay as they are, and the source says in `values` what they stand for.
"""

import html
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flows.errors import OpKoersError
from flows.landing.coded import Coding
from flows.landing.companions import companion, unusable_companion
from flows.landing.reading import Surroundings
from flows.landing.source import Source

CHUNK = 1 << 16
# List (radio, dropdown, with comment), array by row and by column, array of two scales.
KINDS_WITH_ANSWERS = "L!OFH1"
TWO_SCALES = "1"
TAG = re.compile(r"<[^<>]*>")
NUMBERED_CODE = re.compile(r"\D*?(\d+)", re.ASCII)

Record = Mapping[str, str]


@dataclass(frozen=True)
class Survey:
    """Answers by column, under every name that an export can give it, and columns by heading."""

    codings: Mapping[str, Coding] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)


class _ForbiddenError(Exception):
    """A document type in the file: entities could make it grow without end."""


class _Builder(ET.TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise _ForbiddenError


def read_survey(source: Source, surroundings: Surroundings) -> Survey:
    """What the survey of a source tells, nothing where it names none.

    Raises OpKoersError when it is not there or is no survey structure.
    """
    file = companion(source.survey, source, surroundings)
    if file is None:
        return Survey()
    document = _document(file, source)
    questions = _questions(document)
    answers = _answers(document)
    codings: dict[str, Coding] = {}
    for question in questions:
        for scale, names in _scales(question):
            if coding := _coding(answers.get((question.asked, scale), []), _told(source)):
                codings |= dict.fromkeys(names, coding)
    return Survey(codings, _headings(questions))


def plain(text: str) -> str:
    """A text of the survey without markup and with single blanks."""
    return " ".join(html.unescape(TAG.sub(" ", text)).split())


# ---------- the file


def _document(file: Path, source: Source) -> ET.Element:
    parser = ET.XMLParser(target=_Builder())  # noqa: S314 (a document type is refused)
    try:
        with file.open("rb") as stream:
            while part := stream.read(CHUNK):
                parser.feed(part)
        document: ET.Element = parser.close()
    except (ET.ParseError, _ForbiddenError, ValueError, LookupError):
        raise _no_survey(file, source) from None
    if document.find("questions") is None:
        raise _no_survey(file, source)
    return document


def _no_survey(file: Path, source: Source) -> OpKoersError:
    return unusable_companion(
        source,
        f"the file '{file.name}' that it names is not the structure of a LimeSurvey survey",
        "Export the survey structure (.lss) again and lay it beside this source",
    )


def _records(document: ET.Element, part: str) -> Iterator[Record]:
    """The rows of one table of the survey's database."""
    for row in document.iterfind(f"{part}/rows/row"):
        yield {cell.tag: (cell.text or "").strip() for cell in row}


# ---------- questions


@dataclass(frozen=True)
class _Question:
    """A question, or one row of an array; `asked` is the question that has its answers."""

    asked: str
    key: str
    kind: str
    code: str
    part: str
    heading: Sequence[str]


def _questions(document: ET.Element) -> list[_Question]:
    texts = _texts(document, "question_l10ns", "qid", "question")
    tops = {row["qid"]: row for row in _records(document, "questions") if row.get("qid")}
    rows = {row["qid"]: row for row in _records(document, "subquestions") if row.get("qid")}
    for part in ("questions", "subquestions"):
        for row in _records(document, part):
            texts.setdefault(row.get("qid", ""), []).append(plain(row.get("question", "")))
    found = [_question(top, None, texts) for top in tops.values()]
    return found + [
        _question(tops[row["parent_qid"]], row, texts)
        for row in rows.values()
        if row.get("parent_qid") in tops
    ]


def _question(top: Record, row: Record | None, texts: Mapping[str, Sequence[str]]) -> _Question:
    part = row.get("title", "") if row else ""
    headings = texts.get(top["qid"], [])
    if row:
        below = texts.get(row["qid"], [])
        headings = [f"{a} [{b}]" for a, b in zip(headings, below, strict=False)]
    return _Question(
        asked=top["qid"],
        key=f"{top.get('sid', '')}X{top.get('gid', '')}X{top['qid']}{part}",
        kind=top.get("type", ""),
        code=top.get("title", ""),
        part=part,
        heading=headings,
    )


def _scales(question: _Question) -> Iterator[tuple[str, Sequence[str]]]:
    """Each scale on which a question is answered, and the columns that hold its answers."""
    if question.kind not in KINDS_WITH_ANSWERS:
        return
    code, part, key = question.code, question.part, question.key
    if question.kind == TWO_SCALES:
        yield "0", (f"{code}_{part}_0", f"{code}[{part}][1]", f"{key}#0")
        yield "1", (f"{code}_{part}_1", f"{code}[{part}][2]", f"{key}#1")
    elif part:
        yield "0", (f"{code}_{part}", f"{code}[{part}]", key)
    else:
        yield "0", (code, key)


def _headings(questions: Sequence[_Question]) -> dict[str, str]:
    """Heading -> column, for the headings that no two questions share."""
    names = {
        (heading, f"{question.code}[{question.part}]" if question.part else question.code)
        for question in questions
        for heading in question.heading
    }
    times = Counter(heading for heading, _ in names)
    return {heading: name for heading, name in names if heading and times[heading] == 1}


# ---------- answers


@dataclass(frozen=True)
class _Answer:
    code: str
    assessment: int
    labels: Sequence[str]


def _answers(document: ET.Element) -> dict[tuple[str, str], list[_Answer]]:
    """The answers of each scale of each question, with their labels in every language."""
    texts = _texts(document, "answer_l10ns", "aid", "answer")
    found: dict[tuple[str, str], dict[str, _Answer]] = {}
    for row in _records(document, "answers"):
        code = row.get("code", "")
        own = found.setdefault((row.get("qid", ""), row.get("scale_id") or "0"), {})
        known = own[code].labels if code in own else ()
        labels = (*known, plain(row.get("answer", "")), *texts.get(row.get("aid", ""), ()))
        own[code] = _Answer(code, _whole(row.get("assessment_value", "")), labels)
    return {key: list(own.values()) for key, own in found.items()}


def _texts(document: ET.Element, part: str, key: str, name: str) -> dict[str, list[str]]:
    """The texts of newer surveys, which stand apart, in every language."""
    texts: dict[str, list[str]] = {}
    for row in _records(document, part):
        texts.setdefault(row.get(key, ""), []).append(plain(row.get(name, "")))
    return texts


def _whole(text: str) -> int:
    return int(text) if re.fullmatch(r"-?\d{1,9}", text, re.ASCII) else 0


def _coding(answers: Sequence[_Answer], told: set[str]) -> Coding | None:
    """What the answers of a scale stand for; `told` are the codes that the source translates."""
    if not answers:
        return None
    codes = [answer.code for answer in answers]
    values = {code: code for code in codes} if told & set(codes) else _values(answers)
    pairs = {(label, answer.code) for answer in answers for label in answer.labels if label}
    times = Counter(label for label, _ in pairs)
    return Coding(values, {label: code for label, code in pairs if times[label] == 1})


def _values(answers: Sequence[_Answer]) -> dict[str, str]:
    if any(answer.assessment for answer in answers):
        return {answer.code: str(answer.assessment) for answer in answers}
    numbered = [NUMBERED_CODE.fullmatch(answer.code) for answer in answers]
    numbers = [int(found[1]) for found in numbered if found]
    if len(set(numbers)) == len(answers) and min(numbers) == 0:
        return dict(zip((a.code for a in answers), map(str, numbers), strict=True))
    return {answer.code: answer.code for answer in answers}


def _told(source: Source) -> set[str]:
    """Answers that the source translates itself."""
    told = {label for measure in source.measure for label in measure.values}
    return told | set(source.long.values if source.long else ())
