"""file_profile: how much each landed file holds, beside the files of its source before it."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    WARNING,
    WHOLE_NUMBER,
    at_least,
    has_columns,
    never_null,
    no_row,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "sha256": "VARCHAR",
    "source": "VARCHAR",
    "source_file": "VARCHAR",
    "clinics": "VARCHAR[]",
    "exports": "VARCHAR",
    "landed_at": "TIMESTAMP",
    "records": WHOLE_NUMBER,
    "duplicate": WHOLE_NUMBER,
    "rejected_error": WHOLE_NUMBER,
    "cells_rejected": WHOLE_NUMBER,
    "earlier_files": WHOLE_NUMBER,
    "earlier_mean": "DOUBLE",
    "earlier_sd": "DOUBLE",
    "records_before": WHOLE_NUMBER,
    "compared_with": "VARCHAR[]",
    "is_judged": "BOOLEAN",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "file_profile",
        has_columns(
            "file_profile", COLUMNS, why="Files could not be compared with those before them."
        ),
        never_null("sha256", WARNING, why="A file could not be compared with those before it."),
        never_null("source_file", WARNING, why="The sender could not be told which file it is."),
        never_null("is_judged", WARNING, why="Nobody could say whether the file was looked at."),
        one_row_per(
            "file_profile", ("sha256",), WARNING, why="The file would be printed and counted twice."
        ),
        at_least("records", 0, WARNING, why="A negative count is a broken query."),
        at_least("earlier_files", 0, WARNING, why="A negative count is a broken query."),
        no_row(
            "records_hold_what_became_of_them",
            "select 1 from file_profile where duplicate + rejected_error > records",
            "conformance",
            WARNING,
            why="Shares of the file that are told to the sender would be wrong.",
        ),
        no_row(
            "compared_only_with_files_before_it",
            """
            with compared as (
                select sha256, landed_at, unnest(compared_with) as earlier_sha256
                from file_profile
            )
            select 1
            from compared
            left join file_profile as earlier on compared.earlier_sha256 = earlier.sha256
            where earlier.sha256 is null or earlier.landed_at > compared.landed_at
            """,
            "conformance",
            WARNING,
            why="A file would be called odd beside what came after it.",
        ),
    )
