"""planned_appointment: what stands in the agenda after the day of the data."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    WARNING,
    has_columns,
    never_null,
    no_row,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "clinic_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "starts_at": "TIMESTAMP",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "planned_appointment",
        has_columns(
            "planned_appointment",
            COLUMNS,
            why="The list of patients could not be drawn.",
        ),
        never_null("clinic_id", CRITICAL, why="The appointment would be in no clinic's list."),
        never_null("patient_id", CRITICAL, why="Nobody would know who comes."),
        never_null("starts_at", CRITICAL, why="Nobody would know when the patient comes."),
        one_row_per(
            "planned_appointment",
            ("clinic_id", "patient_id", "starts_at"),
            WARNING,
            why="One visit would look like two.",
        ),
        no_row(
            "after_the_day_of_the_data",
            """
            select 1
            from planned_appointment
            where cast(starts_at as date) <= (select max(as_of) from run)
            """,
            "conformance",
            WARNING,
            why="A session that has been held would be announced as the next.",
        ),
        no_row(
            "within_two_years",
            # Further ahead is a wrong year, or a date without an end. Own choice. [D]
            """
            select 1
            from planned_appointment
            cross join run
            where cast(starts_at as date) > run.as_of + 730
            """,
            "plausibility",
            WARNING,
            why="A mistyped year would hide that nothing is planned.",
        ),
    )
