"""The view that the flow reads, and the triggers that make the table append-only."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

VIEW = """
    create view journal_event as
    select seq, at, actor, kind, clinic_id, patient_id, alert_kind, measured_at, payload
    from journal_journalevent
"""

_SQLITE_REFUSAL = """
    create trigger journal_refuses_{deed} before {deed} on journal_journalevent
    begin
        select raise(abort, 'the journal is append-only');
    end
"""
# `insert or replace` deletes without firing a delete trigger.
_SQLITE_REPLACE_REFUSAL = """
    create trigger journal_refuses_replace before insert on journal_journalevent
    when exists (select 1 from journal_journalevent where seq = new.seq)
    begin
        select raise(abort, 'the journal is append-only');
    end
"""
_POSTGRESQL_REFUSAL = """
    create function journal_refuses_changes() returns trigger language plpgsql as $$
    begin
        raise exception 'the journal is append-only';
    end
    $$;
    create trigger journal_refuses_changes
    before update or delete or truncate on journal_journalevent
    for each statement execute function journal_refuses_changes();
"""
_POSTGRESQL_UNDO = """
    drop trigger journal_refuses_changes on journal_journalevent;
    drop function journal_refuses_changes();
"""

REFUSAL = {
    "sqlite": [
        *(_SQLITE_REFUSAL.format(deed=deed) for deed in ("update", "delete")),
        _SQLITE_REPLACE_REFUSAL,
    ],
    "postgresql": [_POSTGRESQL_REFUSAL],
}
UNDO = {
    "sqlite": [f"drop trigger journal_refuses_{deed}" for deed in ("update", "delete", "replace")],
    "postgresql": [_POSTGRESQL_UNDO],
}


def refuse_changes(_apps: Any, schema: BaseDatabaseSchemaEditor) -> None:
    for statement in REFUSAL[schema.connection.vendor]:
        schema.execute(statement, params=None)


def allow_changes(_apps: Any, schema: BaseDatabaseSchemaEditor) -> None:
    for statement in UNDO[schema.connection.vendor]:
        schema.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [
        migrations.RunSQL(VIEW, "drop view journal_event"),
        migrations.RunPython(refuse_changes, allow_changes),
    ]
