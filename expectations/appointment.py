"""appointment: what stood in the agenda up to the day of the data, and who came."""

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
    "patient_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "group_id": "VARCHAR",
    "starts_at": "TIMESTAMP",
    "attended": "BOOLEAN",
    "minutes": WHOLE_NUMBER,
    "source_file": "VARCHAR",
    "source_line": "BIGINT",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "appointment",
        has_columns(
            "appointment",
            COLUMNS,
            why="Stations and exports that read a missing column stop working.",
        ),
        never_null("clinic_id", CRITICAL, why="The appointment would count for no clinic."),
        never_null("patient_id", CRITICAL, why="The appointment would count for nobody."),
        never_null("starts_at", CRITICAL, why="Nobody could say which session it was."),
        at_least("minutes", 0, WARNING, why="A negative count is a broken query."),
        one_row_per(
            "appointment",
            ("clinic_id", "patient_id", "starts_at"),
            CRITICAL,
            why="A session that counts twice moves every rule that waits for one.",
        ),
        no_row(
            "starts_not_after_as_of",
            """
            select 1
            from appointment
            where cast(starts_at as date) > (select max(as_of) from run)
            """,
            "conformance",
            CRITICAL,
            why="The report would hold what was not yet known on its own date.",
        ),
        no_row(
            "attendance_is_known_in_time",
            # One row per clinic where of a third of 20 appointments or more, older than two
            # weeks, nobody says whether somebody came. Own choice. [D]
            """
            select 1
            from appointment
            cross join run
            where date_diff('day', cast(starts_at as date), run.as_of) > 14
            group by clinic_id
            having count(*) >= 20 and avg(cast(attended is null as integer)) > 1 / 3
            """,
            "completeness",
            WARNING,
            why="Sessions that nobody confirms are not counted, so that rules wait too long.",
        ),
        no_row(
            "most_appointments_are_attended",
            # One row per clinic in which over half of 20 or more were missed. Own choice. [D]
            """
            select 1
            from appointment
            where attended is not null
            group by clinic_id
            having count(*) >= 20 and avg(cast(attended as integer)) < 0.5
            """,
            "plausibility",
            WARNING,
            why="Attendance read the wrong way round takes baselines away, and with them alerts.",
        ),
    )
