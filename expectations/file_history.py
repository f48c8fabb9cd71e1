"""file_history: what each file brought, by source and clinic, and how far it drifts."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    WARNING,
    has_columns,
    never_null,
    no_row,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "sha256": "VARCHAR",
    "source": "VARCHAR",
    "clinic_id": "VARCHAR",
    "source_file": "VARCHAR",
    "landed_at": "TIMESTAMP",
    "is_held_back": "BOOLEAN",
    "records": "BIGINT",
    "rejected": "BIGINT",
    "rejected_share": "DOUBLE",
    "volume_drift": "DOUBLE",
    "mean_shift": "DOUBLE",
    "checks": "BIGINT",
    "failed_checks": "BIGINT",
    "failed": "VARCHAR",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "file_history",
        has_columns("file_history", COLUMNS, why="Nobody could say where a doubt came from."),
        never_null("source", WARNING, why="Nobody could say whom to ask."),
        one_row_per(
            "file_history", ("sha256", "clinic_id"), WARNING, why="A file would count twice."
        ),
        no_row(
            "rejected_within_records",
            "select 1 from file_history where rejected > records or failed_checks > checks",
            "conformance",
            WARNING,
            why="More would be refused than was sent.",
        ),
        no_row(
            "volume_does_not_drift",
            "select 1 from file_history where abs(volume_drift) > 6",
            "plausibility",
            WARNING,
            why="A file of another size than all before it is half of an export, or two.",
        ),
    )
