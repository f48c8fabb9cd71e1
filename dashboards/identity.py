"""A patient's number in the EHR -> pseudonym: read-only, for a therapist's own search.

The only door of the pages to identity.sqlite3. It answers one number at a time, so that no page
can list who is who, and hands out pseudonyms, never numbers. Whether the patient is the
viewer's own is for the query on the snapshot to say: call it from nowhere else.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from django.conf import settings

_FIND = "select pseudonym from identity where clinic_id = ? and patient_id = ?"
_WAIT_SECONDS = 5.0


class IdentityUnreadableError(Exception):
    """The identity store is damaged. Carries no values."""


def pseudonyms_of(clinic_ids: Iterable[str], ehr_number: str) -> frozenset[tuple[str, str]]:
    """(clinic_id, pseudonym) of the patient with exactly this number, in each of these clinics.

    Empty when nobody has it, or when no source of this home has real numbers.
    Raises IdentityUnreadableError.
    """
    store = Path(settings.OPKOERS.identity)
    if not store.exists():
        return frozenset()
    wanted = ehr_number.strip()
    try:
        address = f"file:{quote(str(store))}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=_WAIT_SECONDS)) as connection:
            return frozenset(
                (clinic_id, pseudonym)
                for clinic_id in clinic_ids
                for (pseudonym,) in connection.execute(_FIND, (clinic_id, wanted))
            )
    except sqlite3.Error:
        raise IdentityUnreadableError from None
