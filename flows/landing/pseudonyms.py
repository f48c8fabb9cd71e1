"""Real patient ids -> keyed pseudonyms, and the store that can lead back.

The key lies in secrets/, the pairs in identity.sqlite3; warehouse, reports,
logs and mail only ever see the pseudonym. A pseudonym depends on clinic and
patient, so that one number at two clinics is two people.
"""

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import duckdb

from flows.landing.keys import key_text, unusable_key

KEY_FILE = "pseudonym.key"
DIGITS = 20


def pseudonymise(
    connection: duckdb.DuckDBPyConnection,
    secrets_folder: Path,
    identity: Path,
    is_forgotten: Callable[[str, str], bool] = lambda clinic_id, pseudonym: False,
) -> None:
    """Replace patient_id in `record` by its pseudonym and remember the pairs.

    The pair of a patient who was forgotten is not remembered again. Raises
    OpKoersError when the key that made earlier pseudonyms is gone.
    """
    key = _key(secrets_folder, is_in_use=_holds_pairs(identity))
    pairs = connection.execute("""
        select distinct clinic_id, patient_id from record
        where clinic_id is not null and patient_id is not null
    """).fetchall()
    rows = [(clinic, patient, pseudonym(key, clinic, patient)) for clinic, patient in pairs]
    _remember(identity, [row for row in rows if not is_forgotten(row[0], row[2])])
    connection.execute(
        "create or replace temp table pseudonym as"
        " select unnest($1) as clinic, unnest($2) as patient, unnest($3) as pseudonym",
        [[row[column] for row in rows] for column in range(3)],
    )
    connection.execute("""
        update record set patient_id = (
            select pseudonym.pseudonym from pseudonym
            where pseudonym.clinic = record.clinic_id and pseudonym.patient = record.patient_id
        )
    """)


def pseudonym(key: bytes, clinic_id: str, patient_id: str) -> str:
    """HMAC-SHA256 of clinic and patient, its first 80 bits in hexadecimal digits."""
    message = f"{len(clinic_id)}:{clinic_id}{patient_id}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:DIGITS]


def _key(folder: Path, *, is_in_use: bool) -> bytes:
    file = folder / KEY_FILE
    text = key_text(file, lambda: secrets.token_hex(32), is_in_use=is_in_use)
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise unusable_key(file, "the key is damaged") from None


def _holds_pairs(identity: Path) -> bool:
    if not identity.exists():
        return False
    with closing(sqlite3.connect(identity)) as store:
        store.execute(_TABLE)
        return store.execute("select 1 from identity limit 1").fetchone() is not None


def _remember(identity: Path, rows: Iterable[tuple[str, str, str]]) -> None:
    with closing(sqlite3.connect(identity)) as store, store:
        store.execute(_TABLE)
        store.executemany("insert or ignore into identity values (?, ?, ?)", rows)


def numbers_of(identity: Path, clinic_id: str, pseudonym: str) -> tuple[str, ...]:
    """The clinic's own numbers that stand behind a pseudonym; none where nobody knows."""
    query = "select patient_id from identity where clinic_id = ? and pseudonym = ?"
    return tuple(number for (number,) in _found(identity, query, clinic_id, pseudonym))


def known_pairs(identity: Path) -> dict[tuple[str, str], str]:
    """Every clinic's own number by (clinic, pseudonym), for the export back to its system."""
    query = "select clinic_id, pseudonym, patient_id from identity"
    return {(clinic, pseudonym): number for clinic, pseudonym, number in _found(identity, query)}


def called(identity: Path, number: str) -> tuple[tuple[str, str], ...]:
    """(clinic, pseudonym) of everybody with this number of a clinic's own; often one, or none."""
    query = "select clinic_id, pseudonym from identity where patient_id = ? order by clinic_id"
    return tuple((clinic, pseudonym) for clinic, pseudonym in _found(identity, query, number))


def _found(identity: Path, query: str, *values: str) -> list[tuple[str, ...]]:
    if not identity.exists():
        return []
    with closing(sqlite3.connect(identity)) as store:
        store.execute(_TABLE)
        return store.execute(query, values).fetchall()


def destroy_pair(identity: Path, clinic_id: str, pseudonym: str) -> int:
    """Take a pair out of the store, also from what its file no longer uses; how many went."""
    if not identity.exists():
        return 0
    with closing(sqlite3.connect(identity)) as store:
        store.execute("pragma secure_delete = on")
        with store:
            store.execute(_TABLE)
            gone = store.execute(
                "delete from identity where clinic_id = ? and pseudonym = ?",
                (clinic_id, pseudonym),
            ).rowcount
        store.execute("vacuum")
        return gone


_TABLE = """create table if not exists identity (
    clinic_id text not null, patient_id text not null, pseudonym text not null,
    primary key (clinic_id, pseudonym))"""
