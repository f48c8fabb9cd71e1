"""The only door to what is computed about therapists: own rows, and nothing of a colleague.

The file lies beside the published snapshot; no other page, report or export opens it. A query
never sees its tables whole: each name stands for the viewer's own rows, put there by the door
itself, and a query that names a table otherwise is refused. A trainee's zone opens only with the
trainee's own yes and that of the supervisor (RULES B4): until then no figure leaves the file.
"""

import re
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied

from dashboards.access import Role, Viewer
from dashboards.warehouse import (
    CONTRACT_VERSION,
    QUERIES,
    SHUT_IN,
    NothingPublishedError,
    OtherContractError,
    UnreadableSnapshotError,
)

# duckdb is imported where it is used, after the server forked (see serving.py).
if TYPE_CHECKING:
    import duckdb

OWN_QUERIES = QUERIES / "therapist"
OWN = "clinic_id = $clinic and therapist_id = $therapist"
FIGURES = ("estimate", "lower", "upper", "estimate_sd", "lower_sd", "upper_sd", "distinguishable")
NEEDS_CONSENT = "needs_consent"
MAY_LOOK = frozenset({Role.THERAPIST, Role.SUPERVISOR})

_WITHOUT_CONSENT = f"""
    select * replace (
        {", ".join(f"case when is_trainee and not $consented then null else {name} end as {name}"
                   for name in FIGURES)},
        case when is_trainee and not $consented then '{NEEDS_CONSENT}' else shown end as shown
    )
    from main.therapist_effect
    where {OWN}
"""  # fmt: skip
_VIEWS = f"""
    select *
    from main.therapist_view
    where {OWN} and (
        $consented or not exists (
            select 1 from main.therapist_effect where {OWN} and is_trainee
        )
    )
"""
_SEEN = {
    "therapist_effect": _WITHOUT_CONSENT,
    "therapist_view": _VIEWS,
    "closed_course": f"select * from main.closed_course where {OWN}",
    "own_alert_outcome": f"select * from main.own_alert_outcome where {OWN}",
    "therapist_share": "select * from main.therapist_share",
    "therapist_effect_sensitivity": "select * from main.therapist_effect_sensitivity",
    "case_mix": "select * from main.case_mix",
    "therapist_run": "select * from main.therapist_run",
}
"""What each name stands for in a query: of therapists the viewer alone, else the whole service."""

_OTHERWISE_NAMED = re.compile(r"\bmain\s*\.|\"main\"|duckdb_|\bquery\s*\(|\bquery_table\s*\(")


class OtherQueryError(Exception):
    """A query that names tables otherwise than this door allows: a mistake of its author."""


@dataclass(frozen=True)
class _Opened:
    """The opened file; `file` is the versioned name, which never changes its contents."""

    file: Path
    connection: "duckdb.DuckDBPyConnection"


_lock = threading.Lock()
_opened: _Opened | None = None


def own_rows(
    viewer: Viewer, query: str, /, *, consented: bool, **more: Any
) -> list[dict[str, Any]]:
    """Rows of `queries/therapist/<query>.sql` for the viewer as therapist, column name to value.

    `consented` says whether a trainee and the supervisor both said yes to the zone. Raises
    PermissionDenied for whoever is no therapist, NothingPublishedError where no run has made the
    file, OtherContractError and UnreadableSnapshotError as the snapshot's own door does.
    """
    if viewer.role not in MAY_LOOK or not viewer.therapist_id:
        raise PermissionDenied
    own = {"clinic": viewer.clinic_id, "therapist": viewer.therapist_id, "consented": consented}
    return _rows(_file_in_force().connection, _statement(query), own | more)


@cache
def _statement(query: str) -> str:
    """The text of a query behind the names that it may use."""
    return confined((OWN_QUERIES / f"{query}.sql").read_text("utf-8"))


def confined(text: str) -> str:
    """A SELECT that sees the viewer's own rows alone. Raises OtherQueryError for any other."""
    said = re.sub(r"--[^\n]*", "", text).strip().removesuffix(";")
    if _OTHERWISE_NAMED.search(said.lower()) or ";" in said:
        raise OtherQueryError("name the tables of this file by their names alone")
    named = ", ".join(f"{name} as ({select})" for name, select in _SEEN.items())
    begins = re.match(r"(with|select)\b", said.lower())
    if begins is None:
        raise OtherQueryError("a query is one SELECT")
    if begins[1] == "with":
        return f"with {named}, {said[len('with') :]}"
    return f"with {named} {said}"


def _file_in_force() -> _Opened:
    global _opened
    try:
        file = Path(settings.OPKOERS.therapist_file).resolve(strict=True)
    except OSError:
        raise NothingPublishedError from None
    with _lock:
        if _opened is None or _opened.file != file:
            _opened = None
            _opened = _open(file)
        return _opened


def _open(file: Path) -> _Opened:
    import duckdb

    try:
        connection = duckdb.connect(str(file), read_only=True, config=SHUT_IN)
    except duckdb.Error:
        raise UnreadableSnapshotError from None
    made_for = _rows(connection, "select contract_version from therapist_run", {})
    if not made_for or made_for[0]["contract_version"] != CONTRACT_VERSION:
        raise OtherContractError
    return _Opened(file, connection)


def _rows(
    connection: "duckdb.DuckDBPyConnection", sql: str, parameters: dict[str, Any]
) -> list[dict[str, Any]]:
    """Each call has its own cursor, because threads may not share one."""
    import duckdb

    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            columns = [column[0] for column in cursor.description or []]
            return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    except duckdb.Error:
        raise UnreadableSnapshotError from None
