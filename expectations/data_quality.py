"""data_quality: what became of each clinic's part of each file, as the report prints it."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
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
    "clinic_id": "VARCHAR",
    "source_file": "VARCHAR",
    "landed_at": "TIMESTAMP",
    "rows_in": WHOLE_NUMBER,
    "landed": WHOLE_NUMBER,
    "duplicate": WHOLE_NUMBER,
    "rejected": WHOLE_NUMBER,
    "cells_rejected": WHOLE_NUMBER,
    "rejected_error": WHOLE_NUMBER,
    "rejected_conflict": WHOLE_NUMBER,
    "rejected_by_rule": WHOLE_NUMBER,
    "held_back": "BOOLEAN",
    "note": "VARCHAR",
}
GRAIN = ("clinic_id", "source_file", "landed_at")


def suite() -> ExpectationSuite:
    return suite_of(
        "data_quality",
        has_columns("data_quality", COLUMNS, why="The report could not be drawn."),
        never_null("clinic_id", CRITICAL, why="The file would be in no clinic's report."),
        never_null("source_file", WARNING, why="The sender could not be told which file it is."),
        never_null("rows_in", CRITICAL, why="Nobody could say whether all records are there."),
        never_null("landed", CRITICAL, why="Nobody could say whether all records are there."),
        never_null("duplicate", CRITICAL, why="Nobody could say whether all records are there."),
        never_null("rejected", CRITICAL, why="Nobody could say whether all records are there."),
        never_null("held_back", CRITICAL, why="Nobody could say whether the file was used."),
        one_row_per(
            "data_quality", GRAIN, WARNING, why="The file would be printed and counted twice."
        ),
        at_least("landed", 0, CRITICAL, why="A negative count is a broken query."),
        at_least("duplicate", 0, CRITICAL, why="A negative count is a broken query."),
        at_least("rejected", 0, CRITICAL, why="A negative count is a broken query."),
        at_least("cells_rejected", 0, CRITICAL, why="A negative count is a broken query."),
        no_row(
            "every_record_accounted_for",
            "select 1 from data_quality where rows_in <> landed + duplicate + rejected",
            "completeness",
            CRITICAL,
            why="A record that is in no count was lost, and perhaps with it a patient.",
        ),
        no_row(
            "every_rejection_has_a_class",
            """
            select 1
            from data_quality
            where rejected <> rejected_error + rejected_conflict + rejected_by_rule
            """,
            "completeness",
            CRITICAL,
            why="The sender would not be told what to mend.",
        ),
        no_row(
            "too_many_errors_hold_a_file_back",
            """
            select 1
            from data_quality as file
            inner join setting
                on setting.section = 'landing' and setting.name = 'held_back_share'
            where not file.held_back
                and file.rejected_error > cast(setting.value as double) * file.rows_in
            """,
            "plausibility",
            WARNING,
            why="Figures rest on a file of which more is wrong than the clinic has agreed to.",
        ),
        no_row(
            "note_is_a_sentence_key",
            "select 1 from data_quality where not regexp_matches(note, '^[a-z][a-z0-9_]*$')",
            "conformance",
            CRITICAL,
            why="Text copied from a file can name a patient, and this table is printed and mailed.",
        ),
    )
