"""file_scale: what the answers of each file look like as a whole, by instrument and scale."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    INFO,
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
    "source_file": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "assessments": WHOLE_NUMBER,
    "with_items": WHOLE_NUMBER,
    "complete": WHOLE_NUMBER,
    "items_never_answered": WHOLE_NUMBER,
    "totals_compared": WHOLE_NUMBER,
    "totals_that_differ": WHOLE_NUMBER,
    "could_be_straight": WHOLE_NUMBER,
    "straight": WHOLE_NUMBER,
    "scored": WHOLE_NUMBER,
    "at_an_end": WHOLE_NUMBER,
    "mean_score": "DOUBLE",
    "sd_score": "DOUBLE",
    "lowest_answer": "DOUBLE",
    "highest_answer": "DOUBLE",
    "earlier_scored": WHOLE_NUMBER,
    "earlier_mean": "DOUBLE",
    "earlier_sd": "DOUBLE",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "file_scale",
        has_columns(
            "file_scale", COLUMNS, why="Files could not be compared with those before them."
        ),
        never_null("sha256", WARNING, why="A file could not be compared with those before it."),
        never_null("instrument", WARNING, why="Nobody could say what was measured."),
        never_null("scale", WARNING, why="Nobody could say what was measured."),
        one_row_per(
            "file_scale",
            ("sha256", "instrument", "scale"),
            WARNING,
            why="The file would be printed and counted twice.",
        ),
        at_least("items_never_answered", 0, WARNING, why="A negative count is a broken query."),
        no_row(
            "counts_within_assessments",
            """
            select 1
            from file_scale
            where with_items > assessments
                or complete > with_items
                or scored > assessments
                or totals_compared > complete
                or totals_that_differ > totals_compared
                or could_be_straight > with_items
                or straight > could_be_straight
                or at_an_end > scored
            """,
            "conformance",
            WARNING,
            why="Shares of the file that are told to the sender would be wrong.",
        ),
        no_row(
            "mean_between_scale_bounds",
            """
            select 1
            from file_scale
            inner join instrument_scale
                on file_scale.instrument = instrument_scale.instrument
                and file_scale.scale = instrument_scale.scale
            where file_scale.mean_score
                not between instrument_scale.minimum and instrument_scale.maximum
            """,
            "conformance",
            WARNING,
            why="A mean outside its scale was made with another version or a wrong column.",
        ),
        no_row(
            "belongs_to_a_landed_file",
            """
            select 1
            from file_scale
            anti join file_profile on file_scale.sha256 = file_profile.sha256
            where file_scale.sha256 is not null
            """,
            "conformance",
            INFO,
            why="The sender could not be told which file it is.",
        ),
    )
