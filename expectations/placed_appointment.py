"""placed_appointment: appointments in their episodes, and how many sessions there had been."""

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
    "clinic_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "group_id": "VARCHAR",
    "starts_at": "TIMESTAMP",
    "attended": "BOOLEAN",
    "sessions_so_far": WHOLE_NUMBER,
}


def suite() -> ExpectationSuite:
    return suite_of(
        "placed_appointment",
        has_columns(
            "placed_appointment",
            COLUMNS,
            why="Stations and exports that read a missing column stop working.",
        ),
        never_null("clinic_id", CRITICAL, why="The appointment would count for no clinic."),
        never_null("patient_id", CRITICAL, why="The appointment would count for nobody."),
        never_null("episode_id", CRITICAL, why="The session would be counted in no course."),
        never_null("starts_at", CRITICAL, why="Nobody could say which session it was."),
        at_least("sessions_so_far", 0, CRITICAL, why="A negative count is a broken query."),
        one_row_per(
            "placed_appointment",
            ("clinic_id", "patient_id", "starts_at"),
            CRITICAL,
            why="A session that counts twice moves every rule that waits for one.",
        ),
        no_row(
            "sessions_are_those_attended_so_far",
            """
            with counted as (
                select
                    sessions_so_far,
                    count(*) filter (where attended) over (
                        partition by clinic_id, patient_id, episode_id
                        order by cast(starts_at as date)
                    ) as attended_so_far
                from placed_appointment
                where sessions_so_far >= 0 and episode_id is not null
            )
            select 1
            from counted
            where sessions_so_far <> attended_so_far
            """,
            "conformance",
            CRITICAL,
            why="Rules that wait for a session would misfire.",
        ),
        nothing_missing(
            "every_named_appointment_is_here",
            """
            select 1
            from appointment
            anti join placed_appointment
                on appointment.clinic_id = placed_appointment.clinic_id
                and appointment.patient_id = placed_appointment.patient_id
                and appointment.episode_id = placed_appointment.episode_id
                and appointment.starts_at = placed_appointment.starts_at
            where appointment.episode_id is not null
            """,
            WARNING,
            why="A session that gets lost makes rules wait for one too many.",
        ),
    )
