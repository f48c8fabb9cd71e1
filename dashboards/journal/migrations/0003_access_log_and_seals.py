"""The access log and the seals; as append-only as the events, and offered as a view."""

from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

VIEW = """
    create view access_log as
    select seq, at, actor, role, page, clinic_id, patient_id, result, reason, source
    from journal_accesslogentry
"""
TABLES = {"journal_accesslogentry": "seq", "journal_seal": "number"}

_SQLITE_REFUSALS = (
    """
    create trigger {table}_refuses_update before update on {table}
    begin
        select raise(abort, 'the journal is append-only');
    end
    """,
    """
    create trigger {table}_refuses_delete before delete on {table}
    begin
        select raise(abort, 'the journal is append-only');
    end
    """,
    # `insert or replace` deletes without firing a delete trigger.
    """
    create trigger {table}_refuses_replace before insert on {table}
    when exists (select 1 from {table} where {key} = new.{key})
    begin
        select raise(abort, 'the journal is append-only');
    end
    """,
)
# The function is that of 0002.
_POSTGRESQL_REFUSALS = (
    """
    create trigger {table}_refuses_changes
    before update or delete or truncate on {table}
    for each statement execute function journal_refuses_changes()
    """,
)
REFUSALS = {"sqlite": _SQLITE_REFUSALS, "postgresql": _POSTGRESQL_REFUSALS}
UNDO = {
    "sqlite": tuple(
        f"drop trigger {{table}}_refuses_{deed}" for deed in ("update", "delete", "replace")
    ),
    "postgresql": ("drop trigger {table}_refuses_changes on {table}",),
}


def refuse_changes(_apps: Any, schema: BaseDatabaseSchemaEditor) -> None:
    _for_each_table(schema, REFUSALS[schema.connection.vendor])


def allow_changes(_apps: Any, schema: BaseDatabaseSchemaEditor) -> None:
    _for_each_table(schema, UNDO[schema.connection.vendor])


def _for_each_table(schema: BaseDatabaseSchemaEditor, statements: tuple[str, ...]) -> None:
    for table, key in TABLES.items():
        for statement in statements:
            schema.execute(statement.format(table=table, key=key), params=None)


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_append_only_view")]

    operations = [
        migrations.CreateModel(
            name="AccessLogEntry",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=200)),
                ("role", models.CharField(max_length=40)),
                ("page", models.CharField(max_length=100)),
                ("clinic_id", models.CharField(max_length=200, null=True)),
                ("patient_id", models.CharField(max_length=200, null=True)),
                ("result", models.CharField(max_length=20)),
                ("reason", models.CharField(max_length=2000, null=True)),
                ("source", models.CharField(max_length=40)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["clinic_id", "patient_id"], name="access_log_by_patient")
                ],
            },
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("sealed_at", models.DateTimeField()),
                ("journal_seq", models.BigIntegerField()),
                ("access_seq", models.BigIntegerField()),
                ("head", models.CharField(max_length=64)),
            ],
        ),
        migrations.AddIndex(
            model_name="journalevent",
            index=models.Index(fields=["kind"], name="journal_by_kind"),
        ),
        migrations.RunSQL(VIEW, "drop view access_log"),
        migrations.RunPython(refuse_changes, allow_changes),
    ]
