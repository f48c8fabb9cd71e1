"""RoQua's nightly export, an SQLite file: one row for each answer and each score.

The moment is `observation_time`, never when it was typed in. The therapist is
who requested the measurement (`requester_id`); who typed it in stands in
`entered_by`. An answer is its `data`, or where that is empty the key of the
option that was chosen. A score is named by its key, with the part of it behind
a point where that is not the value (`tot.interpretation`). What is hidden from
professionals leaves this module without its answers. Scheduled, aborted and other
responses that were not completed are rows as well, so that they are counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flows.errors import ExitCode, OpKoersError
from flows.landing.local_time import local_text
from flows.landing.reading import Row, Surroundings, Table, unreadable
from flows.landing.source import Source
from flows.landing.sqlite_file import Database, Values, open_database

HEADER = (
    "response_id",
    "patient",
    "dossier_id",
    "respondent",
    "therapist",
    "entered_by",
    "team",
    "observation_time",
    "questionnaire",
    "questionnaire_variant",
    "measurement_id",
    "status",
    "kind",
    "item",
    "value",
)
NON_RESPONSE_HEADER = (
    "non_response_id",
    "timestamp",
    "reason_group",
    "reason_option",
    "reason_code",
    "reason_other",
    "response_id",
    "patient",
    "dossier_id",
    "respondent",
    "therapist",
    "team",
    "observation_time",
    "questionnaire",
)

# Columns without which an export cannot be read, or not as it asks to be.
NEEDED = {
    "dossiers": ("id", "external_identifier", "tester"),
    "respondents": ("id", "type"),
    "responses": (
        "id",
        "dossier_id",
        "respondent_id",
        "observation_time",
        "questionnaire_key",
        "status",
        "non_response_id",
        "hide_values_from_professionals",
    ),
    "response_values": ("response_id", "field_key", "data"),
    "response_scores": ("response_id", "score_key", "data"),
}
NEEDED_OF_NON_RESPONSES = {
    "dossiers": NEEDED["dossiers"],
    "respondents": NEEDED["respondents"],
    "responses": ("id", "dossier_id", "respondent_id", "questionnaire_key", "non_response_id"),
    "non_responses": ("timestamp", "reason_code"),
}
# What version 2 of the export calls a column -> what version 1 calls it.
FIRST_VERSION = {"entered_at": "completed_at", "field_key": "question_key"}
FALSE = ("", "0", "f", "false", "n", "no")

PEOPLE = """
    left join dossiers on dossiers.id = responses.dossier_id
    left join respondents on respondents.id = responses.respondent_id
"""


class Response(NamedTuple):
    """One response: its id, the heads of its rows, and the rule that keeps it from landing."""

    id: Any
    heads: tuple[str | None, ...]
    rule: str | None


class Answer(NamedTuple):
    """One answer or score of a response; `kind` tells which."""

    response_id: Any
    kind: str
    item: str | None
    value: str | None


def open_table(file: Path, source: Source, surroundings: Surroundings) -> Table:
    """Answers and scores in the order of responses, or the reasons for not responding.

    A row's line is its number. Raises OpKoersError while rows are read, when
    the file is no such export.
    """
    zone = ZoneInfo(source.timezone or surroundings.timezone)
    if source.table == "responses":
        return Table(HEADER, _response_rows(file, zone))
    if source.table == "non_response":
        return Table(NON_RESPONSE_HEADER, _non_response_rows(file, zone))
    raise OpKoersError(
        "format 'roqua' gives responses and non_response, no other table",
        where=f"sources/{source.name}.toml",
        next_step="Leave 'table' out, or write table = \"non_response\"",
        exit_code=ExitCode.SOURCE,
    )


# ---------- answers and scores


def _response_rows(file: Path, zone: ZoneInfo) -> Iterator[Row]:
    with open_database(file) as database:
        columns = _proven(database, NEEDED)
        answers = merge(
            _values(database, columns["response_values"]),
            _scores(database, columns["response_scores"]),
            key=lambda answer: _order(answer.response_id),
        )
        pairs = _paired(_responses(database, columns["responses"], zone), answers)
        for line, (response, answer) in enumerate(pairs, start=1):
            yield _row(line, response, answer)


def _paired(
    responses: Iterator[Response], answers: Iterator[Answer]
) -> Iterator[tuple[Response | None, Answer | None]]:
    """Each answer with its response, both in the order of responses; either may lack the other."""
    answer = next(answers, None)
    for response in responses:
        place = _order(response.id)
        while answer is not None and _order(answer.response_id) < place:
            yield None, answer
            answer = next(answers, None)
        if answer is None or _order(answer.response_id) != place:
            yield response, None
        while answer is not None and _order(answer.response_id) == place:
            yield response, answer
            answer = next(answers, None)
    while answer is not None:
        yield None, answer
        answer = next(answers, None)


def _order(key: Any) -> tuple[int, Any]:
    """The order in which SQLite sorts: nothing, numbers, texts, bytes."""
    if key is None:
        return 0, 0
    if isinstance(key, int | float):
        return 1, key
    return (2, key) if isinstance(key, str) else (3, key)


def _row(line: int, response: Response | None, answer: Answer | None) -> Row:
    """An answer without response has nobody who gave it, so it is refused as such."""
    kind, item, value = answer[1:] if answer else (None, None, None)
    if response is None:
        nobody = (None,) * (len(HEADER) - 4)
        return Row(line, (_text(answer and answer.response_id), *nobody, kind, item, value))
    is_hidden = response.rule == "hidden_from_professionals"
    return Row(line, (*response.heads, kind, item, None if is_hidden else value), response.rule)


def _responses(
    database: Database, columns: Mapping[str, str], zone: ZoneInfo
) -> Iterator[Response]:
    told = _selected(
        "responses",
        columns,
        ("requester_id", "entered_by_id", "team_id", "observation_time", "questionnaire_key",
         "questionnaire_variant", "measurement_id", "status"),
    )  # fmt: skip
    for key, patient, dossier, kind, *rest, tester, hidden, reason in database.select(f"""
        select responses.id, dossiers.external_identifier, responses.dossier_id, respondents.type,
            {told},
            dossiers.tester, responses.hide_values_from_professionals, responses.non_response_id
        from responses {PEOPLE}
        order by responses.id collate binary
    """):
        texts = [_text(value) for value in (key, patient, dossier, kind, *rest)]
        texts[7] = texts[7] and local_text(texts[7], zone)
        yield Response(key, tuple(texts), _rule(tester, hidden, reason, texts[-1]))


def _rule(tester: object, hidden: object, reason: object, status: str | None) -> str | None:
    """The rule that keeps a response from landing; those that nobody may read go first."""
    if _is_true(tester):
        return "tester"
    if _is_true(hidden):
        return "hidden_from_professionals"
    if _text(reason) is not None:
        return "non_response"
    return None if status == "completed" else "not_completed"


def _is_true(flag: object) -> bool:
    """Whether a flag is set; what cannot be understood is, so that nothing is shown by mistake."""
    return flag is not None and str(flag).strip().lower() not in FALSE


def _values(database: Database, columns: Mapping[str, str]) -> Iterator[Answer]:
    field = f"response_values.{columns['field_key']}"
    rows = database.select(f"""
        select {
        _selected(
            "response_values", columns, ("response_id", "field_key", "data", "question_option_key")
        )
    }
        from response_values
        order by response_values.response_id collate binary, {field} collate binary
    """)
    for response, key, data, option in rows:
        yield Answer(response, "answer", _text(key), _text(data) or _text(option))


def _scores(database: Database, columns: Mapping[str, str]) -> Iterator[Answer]:
    rows = database.select(f"""
        select {
        _selected("response_scores", columns, ("response_id", "score_key", "score_subkey", "data"))
    }
        from response_scores
        order by response_scores.response_id collate binary,
            response_scores.score_key collate binary, 3
    """)
    for response, key, part, data in rows:
        yield Answer(response, "score", _score_name(_text(key), _text(part)), _text(data))


def _score_name(key: str | None, part: str | None) -> str | None:
    return key if key is None or part in (None, "value") else f"{key}.{part}"


# ---------- reasons for not responding


def _non_response_rows(file: Path, zone: ZoneInfo) -> Iterator[Row]:
    with open_database(file) as database:
        columns = _proven(database, NEEDED_OF_NON_RESPONSES)
        for line, (tester, *told) in enumerate(_reasons(database, columns), start=1):
            texts = [_text(value) for value in told]
            for place in (1, NON_RESPONSE_HEADER.index("observation_time")):
                texts[place] = texts[place] and local_text(texts[place] or "", zone)
            yield Row(line, texts, "tester" if _is_true(tester) else None)


def _reasons(database: Database, columns: Mapping[str, Mapping[str, str]]) -> Iterator[Values]:
    key = "id" if "id" in columns["non_responses"] else "rowid"
    reason = _selected(
        "non_responses",
        columns["non_responses"],
        ("timestamp", "reason_group", "reason_option", "reason_code", "reason_other"),
    )
    about = _selected(
        "responses",
        columns["responses"],
        ("requester_id", "team_id", "observation_time", "questionnaire_key"),
    )
    return database.select(f"""
        select dossiers.tester, non_responses.{key}, {reason},
            responses.id, dossiers.external_identifier, responses.dossier_id, respondents.type,
            {about}
        from non_responses
        left join responses on responses.non_response_id = non_responses.{key}
        {PEOPLE}
        order by non_responses.{key} collate binary, responses.id collate binary
    """)


# ---------- tables and columns


def _proven(database: Database, needed: Mapping[str, Sequence[str]]) -> dict[str, dict[str, str]]:
    """For each table, what version 2 calls its columns -> what they are called here.

    Raises OpKoersError for the first table or column that is not there.
    """
    found = {}
    for table, names in needed.items():
        there = database.columns(table)
        if not there:
            raise _no_export(database, f"there is no plain table '{table}'")
        first = {new: old for new, old in FIRST_VERSION.items() if old in there}
        found[table] = {name: name for name in there} | first
        for name in names:
            if name not in found[table]:
                raise _no_export(database, f"the table '{table}' has no column '{name}'")
    return found


def _no_export(database: Database, what: str) -> OpKoersError:
    return unreadable(
        database.name,
        f"{what}, so this is not an export of RoQua as it is known here",
        "Export it again as SQLite, with all its tables",
    )


def _selected(table: str, columns: Mapping[str, str], names: Sequence[str]) -> str:
    """The columns of a SELECT; one that the export does not have is empty."""
    return ", ".join(f"{table}.{columns[n]}" if n in columns else "null" for n in names)


def _text(value: Any) -> str | None:
    """A value of the database as text: `3` for 3.0, nothing for an empty one."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return None if value is None or value == "" else str(value)
