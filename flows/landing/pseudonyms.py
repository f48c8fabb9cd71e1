"""Real patient ids -> keyed pseudonyms, and the store that can lead back.

The key lies in secrets/, the pairs in identity.sqlite3; warehouse, reports,
logs and mail only ever see the pseudonym. A pseudonym depends on clinic and
patient, so that one number at two clinics is two people.
"""

import hashlib
import hmac
import os
import secrets
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow

KEY_FILE = "pseudonym.key"
DIGITS = 20


def pseudonymise(connection: duckdb.DuckDBPyConnection, secrets_folder: Path, identity: Path) -> None:
    """Replace patient_id in `record` by its pseudonym and remember the pairs."""
    key = _key(secrets_folder)
    pairs = connection.execute("""
        select distinct clinic_id, patient_id from record
        where clinic_id is not null and patient_id is not null
    """).fetchall()
    rows = [(clinic, patient, pseudonym(key, clinic, patient)) for clinic, patient in pairs]
    _remember(identity, rows)
    names = ("clinic", "patient", "pseudonym")
    pairs_table = pyarrow.table({name: [row[i] for row in rows] for i, name in enumerate(names)})
    connection.register("pseudonym", pairs_table)
    connection.execute("""
        update record set patient_id = (
            select pseudonym.pseudonym from pseudonym
            where pseudonym.clinic = record.clinic_id and pseudonym.patient = record.patient_id
        )
    """)
    connection.unregister("pseudonym")


def pseudonym(key: bytes, clinic_id: str, patient_id: str) -> str:
    """HMAC-SHA256 of clinic and patient, its first 80 bits in hexadecimal digits."""
    message = f"{len(clinic_id)}:{clinic_id}{patient_id}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:DIGITS]


def _key(folder: Path) -> bytes:
    file = folder / KEY_FILE
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(".new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(secrets.token_hex(32))
        beside.replace(file)
    return bytes.fromhex(file.read_text().strip())


def _remember(identity: Path, rows: Iterable[tuple[str, str, str]]) -> None:
    with sqlite3.connect(identity) as store:
        store.execute("""create table if not exists identity (
            clinic_id text not null, patient_id text not null, pseudonym text not null,
            primary key (clinic_id, pseudonym))""")
        store.executemany(
            "insert or ignore into identity values (?, ?, ?)",
            rows,
        )
    store.close()
