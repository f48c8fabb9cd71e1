"""FHIR and RoQua exports that are JSON or SQLite, and yet not what they should be."""

import json
import sqlite3
from random import Random
from typing import Any

from tests.fuzzing.exports import SECRET, Export, roqua_database

DEEP = 10_000
VALUES: tuple[Any, ...] = (
    None, True, False, "", SECRET, "\ud800", "\u0000", "x" * 100_000, 0, -1, 3, 1e308, 10**400, [],
    {},
    [[]], [None], {"reference": None}, {"reference": "#"}, {"reference": "Patient/"},
    {"a": {"b": []}},
    "2026-13-45", "0000", "9999-12-31T23:59:59Z", "2026-01-05T10:00:00+99:99", "Patient/../..",
    "NaN",
)  # fmt: skip
LITERALS = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-0",
    "01",
    "0x1",
    "1.",
    "1e",
    "nul",
    "tru",
    "'a'",
)


# ---------- JSON


def _documents(export: Export) -> list[Any]:
    text = export.content.decode()
    return (
        [json.loads(line) for line in text.split("\n")]
        if _has_lines(export)
        else [json.loads(text)]
    )


def _has_lines(export: Export) -> bool:
    return export.format == "ndjson"


def _written(export: Export, documents: list[Any]) -> bytes:
    told = [json.dumps(each) for each in documents]
    return "\n".join(told).encode()


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value."""
    found = [path] if path else []
    children = node.items() if isinstance(node, dict) else enumerate(node)
    for key, child in children if isinstance(node, dict | list) else ():
        found += _places(child, (*path, key))
    return found


def _set(node: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value


def wild_values(chance: Random, export: Export) -> bytes:
    """Values of another type, a few or dozens."""
    documents = _documents(export)
    for _ in range(chance.choice((1, 1, 5, 40))):
        paths = _places(documents)
        _set(documents, chance.choice(paths), chance.choice(VALUES))
    return _written(export, documents)


def wild_literals(chance: Random, export: Export) -> bytes:
    """What some programs write for numbers, and JSON does not know."""
    parts = export.content.split(b'"valueInteger": ')
    place = chance.randrange(1, len(parts))
    parts[place] = chance.choice(LITERALS).encode() + parts[place][1:]
    return b'"valueInteger": '.join(parts)


def wild_escapes(chance: Random, export: Export) -> bytes:
    told = chance.choice(
        (b"\\ud800", b"\\u0000", b"\\udfff\\ud800", b"\\x41", b"\\u12", b"\\", b"\n")
    )
    return export.content.replace(SECRET.encode(), told, chance.choice((1, 9)))


def nested_deep(chance: Random, export: Export) -> bytes:
    """Ten thousand levels: of lists, of objects, of items in items, of answers in items."""
    opening, closing = chance.choice((
        ("[", "]"),
        ('{"a":', "}"),
        ('{"resourceType":"Bundle","entry":[{"resource":', "}]}"),
        ('{"resourceType":"QuestionnaireResponse","status":"completed","item":[', "]}"),
        ('{"linkId":"1","item":[', "]}"),
        ('{"linkId":"1","answer":[{"valueInteger":1,"item":[', "]}]}"),
        ('{"contained":[', "]}"),
    ))  # fmt: skip
    depth = chance.choice((100, 1_000, DEEP, DEEP, 100_000))
    middle = "1" if opening.endswith(":") else ""
    text = opening * depth + middle + closing * depth
    if chance.random() < 0.5:
        text = f'{{"resourceType":"QuestionnaireResponse","status":"completed","item":[{text}]}}'
    return text.encode()


def many_names(chance: Random, export: Export) -> bytes:
    """A hundred thousand keys, or one key twice."""
    if chance.random() < 0.5:
        return export.content.replace(b'"status"', b'"status": "draft", "status"')
    more = ", ".join(f'"k{i}": {i}' for i in range(100_000))
    return export.content.replace(b'"status"', more.encode() + b', "status"', 1)


def another_document(chance: Random, export: Export) -> bytes:
    """JSON that is no FHIR, or FHIR that holds no answers."""
    return chance.choice((
        b"[]", b"{}", b"null", b"1", b'""', b"[[[]]]", b'{"resourceType": null}',
        b'{"a": 1}{"a": 2}',
        b'{"resourceType": "Questionnaire", "item": []}', b'{"resourceType": "Bundle"}',
        b"[1, 2, 3]",
        b'{"resourceType": "Bundle", "entry": {}}',
        b'{"resourceType": "Bundle", "entry": [1, null]}',
        b'{"resourceType": ["QuestionnaireResponse"]}', b'{"resourceType": "Patient"}',
        b'{"resourceType": "QuestionnaireResponse", "status": "completed"}',
        b'{"resourceType": "QuestionnaireResponse"}', b'"\xff"', b"// c\n{}", b"{'a': 1}",
    ))  # fmt: skip


def lines_of_all_sorts(chance: Random, export: Export) -> bytes:
    lines = export.content.split(b"\n")
    for _ in range(chance.choice((1, 5))):
        place = chance.randrange(len(lines))
        lines.insert(place, chance.choice((b"", b"{", b"}", b"null", b"[]", b"x", b"{}", b"\xff")))
    return b"\n".join(lines)


# ---------- SQLite

ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select"
STATEMENTS = (
    "drop table responses",
    "drop table response_values",
    "drop table dossiers",
    "delete from responses",
    "delete from response_values",
    "alter table responses drop column status",
    "alter table responses drop column observation_time",
    "alter table responses rename column observation_time to {secret}",
    "alter table response_values add column more text generated always as (data || data)",
    "update responses set observation_time = x'ff00fe'",
    "update responses set observation_time = 45000.5",
    "update responses set observation_time = null",
    "update responses set id = id * 9223372036854775807",
    "update responses set status = x'80'",
    "update responses set status = '{secret}'",
    "update response_values set data = cast(x'eda080' as text)",
    "update response_values set data = x'00ff'",
    "update response_values set data = 1e999",
    "update response_values set data = 'a' || char(0) || 'b'",
    "update response_values set data = hex(zeroblob(60000))",
    "update response_values set data = zeroblob(3000000) where response_id = 1",
    "update response_values set field_key = '{secret}'",
    "update response_values set field_key = null",
    "update response_values set response_id = 999",
    "insert into response_values select * from response_values",
    "insert into response_values select response_id, field_key, data || '9', null"
    " from response_values",
    "update dossiers set tester = 'x'",
    "update dossiers set external_identifier = null",
    "update dossiers set external_identifier = x'ff'",
    "update dossiers set metadata = '[[['",
    "create index i on responses (status collate nocase)",
    "create trigger t after update on responses begin delete from dossiers; end",
    "create virtual table v using fts5(a)",
    "pragma user_version = 99",
)
VIEWS = (
    f"{ENDLESS} i as id, i as dossier_id, 'completed' as status, '2026-01-05' as observation_time,"
    " 'phq-9' as questionnaire_key from n",
    f"{ENDLESS} i as response_id, 'v_1' as field_key, '1' as data from n",
    "select randomblob(1000000000) as id",
    "select * from responses_2",
)


def wild_database(chance: Random, export: Export) -> bytes:
    """Tables and columns that are gone, or hold what they should not."""
    database = roqua_database()
    for statement in chance.sample(STATEMENTS, chance.choice((1, 1, 3))):
        try:
            database.execute(statement.format(secret=SECRET))
        except sqlite3.Error:  # one statement undid what the next was about
            continue
    database.commit()
    return database.serialize()


def view_for_a_table(chance: Random, export: Export) -> bytes:
    """A table that is a view: one that never ends, one that calls functions."""
    database = roqua_database()
    table = chance.choice(("responses", "response_values", "dossiers"))
    database.execute(f"drop table {table}")
    database.execute(f"create view {table} as {chance.choice(VIEWS)}")
    database.commit()
    return database.serialize()


def wild_pages(chance: Random, export: Export) -> bytes:
    """Pages that point at each other, sizes that are not so."""
    content = bytearray(export.content)
    size = 4096
    for _ in range(chance.choice((1, 4))):
        page = chance.randrange(len(content) // size)
        content[page * size + chance.randrange(16)] = chance.randrange(256)
    if chance.random() < 0.3:
        content[18:20] = b"\x02\x02"  # says that a write-ahead log lies beside it
    return bytes(content)


def wild_schema(chance: Random, export: Export) -> bytes:
    """SQL of the schema that is no SQL, or names another page."""
    told = chance.choice((b"create tabel ", b"create table(", b"CREATE VIEW  ", b"xxxxxxxxxxxxx"))
    place = export.content.find(b"CREATE TABLE ", chance.randrange(3000))
    return export.content[:place] + told[:13] + export.content[place + 13 :]
