"""patient: who the patients are, as far as a clinic's own system tells."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    INFO,
    WARNING,
    WHOLE_NUMBER,
    has_columns,
    in_set,
    never_null,
    no_row,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "clinic_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "birth_year": WHOLE_NUMBER,
    "sex": "VARCHAR",
    "source_file": "VARCHAR",
    "source_line": "BIGINT",
}
SEXES = ("female", "male", "other", "unknown")


def suite() -> ExpectationSuite:
    return suite_of(
        "patient",
        has_columns(
            "patient", COLUMNS, why="Stations and exports that read a missing column stop working."
        ),
        never_null("clinic_id", CRITICAL, why="The patient would be in no clinic's report."),
        never_null("patient_id", CRITICAL, why="What is known of somebody would be nobody's."),
        never_null("birth_year", INFO, why="Clinics cannot be compared fairly without ages."),
        in_set("sex", SEXES, WARNING, why="A group that no figure knows would be left out."),
        one_row_per(
            "patient",
            ("clinic_id", "patient_id"),
            CRITICAL,
            why="The patient would be printed and counted twice.",
        ),
        no_row(
            "born_before_the_day_of_the_data",
            """
            select 1
            from patient
            where birth_year < 1900 or birth_year > (select max(year(as_of)) from run)
            """,
            "plausibility",
            WARNING,
            why="A birth year that cannot be shows a column that was read wrongly.",
        ),
    )
