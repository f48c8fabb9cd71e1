"""receipt: the account of each file that came in."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    WARNING,
    WHOLE_NUMBER,
    at_least,
    has_columns,
    never_null,
    no_row,
    nothing_missing,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "sha256": "VARCHAR",
    "source": "VARCHAR",
    "name": "VARCHAR",
    "rows_in": WHOLE_NUMBER,
    "landed": WHOLE_NUMBER,
    "duplicate": WHOLE_NUMBER,
    "rejected": WHOLE_NUMBER,
    "erased": WHOLE_NUMBER,
    "cells_rejected": WHOLE_NUMBER,
    "rejected_error": WHOLE_NUMBER,
    "rejected_conflict": WHOLE_NUMBER,
    "rejected_by_rule": WHOLE_NUMBER,
    # A count or a moment, as the station defines it.
    "superseded_since": "INTEGER|BIGINT|TIMESTAMP",
    "landed_at": "TIMESTAMP",
    "held_back": "BOOLEAN",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "receipt",
        has_columns(
            "receipt", COLUMNS, why="Stations and exports that read a missing column stop working."
        ),
        never_null("sha256", CRITICAL, why="The same file could land twice."),
        never_null("source", WARNING, why="Nobody could say how the file was read."),
        never_null("name", WARNING, why="The sender could not be told which file it is."),
        never_null("rows_in", CRITICAL, why="Nobody could say whether all records are there."),
        never_null("landed", CRITICAL, why="Nobody could say whether all records are there."),
        never_null("duplicate", CRITICAL, why="Nobody could say whether all records are there."),
        never_null("rejected", CRITICAL, why="Nobody could say whether all records are there."),
        never_null("erased", CRITICAL, why="Nobody could say whether all records are there."),
        never_null("landed_at", CRITICAL, why="A past week could not be shown as it was."),
        never_null("held_back", CRITICAL, why="Nobody could say whether the file was used."),
        one_row_per("receipt", ("sha256",), CRITICAL, why="The same file would be counted twice."),
        at_least("landed", 0, CRITICAL, why="A negative count is a broken query."),
        at_least("duplicate", 0, CRITICAL, why="A negative count is a broken query."),
        at_least("rejected", 0, CRITICAL, why="A negative count is a broken query."),
        at_least("erased", 0, CRITICAL, why="A negative count is a broken query."),
        at_least("cells_rejected", 0, CRITICAL, why="A negative count is a broken query."),
        no_row(
            "sha256_is_one",
            "select 1 from receipt where not regexp_matches(sha256, '^[0-9a-f]{64}$')",
            "conformance",
            CRITICAL,
            why="What is in the archive could not be proved to be what was sent.",
        ),
        no_row(
            "every_record_accounted_for",
            "select 1 from receipt where rows_in <> landed + duplicate + rejected + erased",
            "completeness",
            CRITICAL,
            why="A record that is in no count was lost, and perhaps with it a patient.",
        ),
        no_row(
            "every_rejection_has_a_class",
            """
            select 1
            from receipt
            where rejected <> rejected_error + rejected_conflict + rejected_by_rule
            """,
            "completeness",
            CRITICAL,
            why="The sender would not be told what to mend.",
        ),
        no_row(
            "held_back_file_is_not_used",
            """
            select 1
            from receipt
            where receipt.held_back and receipt.sha256 in (select sha256 from response)
            """,
            "conformance",
            CRITICAL,
            why="Scores would rest on a file that somebody still has to judge.",
        ),
        nothing_missing(
            "every_landed_file_has_a_receipt",
            """
            with used as (select distinct sha256 from response)
            select 1
            from used
            anti join receipt as receipt on used.sha256 = receipt.sha256
            """,
            CRITICAL,
            why="Answers would be used of which nobody can say where they came from.",
        ),
        no_row(
            "landed_not_after_known_at",
            """
            select 1
            from receipt
            where not held_back and landed_at > (select max(known_at) from run)
            """,
            "conformance",
            WARNING,
            why="A past week is then not shown as it was known at the time.",
        ),
    )
