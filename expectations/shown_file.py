"""shown_file: what came in, without small counts."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    has_columns,
    in_set,
    no_row,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "sha256": "VARCHAR",
    "source": "VARCHAR",
    "clinic_id": "VARCHAR",
    "landed_at": "TIMESTAMP",
    "is_held_back": "BOOLEAN",
    "records": "BIGINT",
    "rejected": "VARCHAR",
    "volume_drift": "DOUBLE",
    "mean_shift": "DOUBLE",
    "checks": "BIGINT",
    "failed_checks": "BIGINT",
    "failed": "VARCHAR",
}
KEY = ("sha256", "clinic_id")


def suite() -> ExpectationSuite:
    return suite_of(
        "shown_file",
        has_columns("shown_file", COLUMNS, why="Nobody could see what came in."),
        in_set(
            "rejected",
            ("held_back", "none", "some", "under_1", "under_5", "over_5"),
            CRITICAL,
            why="A count of rejected records would give away those of a week.",
        ),
        one_row_per("shown_file", KEY, CRITICAL, why="Two answers to one question."),
        no_row(
            "no_small_count",
            "select 1 from shown_file where records between 1 and 4",
            "conformance",
            CRITICAL,
            why="A file of two patients would tell of them.",
        ),
    )
