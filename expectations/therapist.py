"""therapist: to which team somebody belongs, and who is in training with whom."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    INFO,
    WARNING,
    has_columns,
    never_null,
    no_row,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "clinic_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "team_id": "VARCHAR",
    "supervisor_id": "VARCHAR",
    "is_trainee": "BOOLEAN",
    "source_file": "VARCHAR",
    "source_line": "BIGINT",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "therapist",
        has_columns(
            "therapist",
            COLUMNS,
            why="Stations and exports that read a missing column stop working.",
        ),
        never_null("clinic_id", CRITICAL, why="The therapist would count for no clinic."),
        never_null("therapist_id", CRITICAL, why="Nobody could say who treats whom."),
        never_null("team_id", INFO, why="Too small a team could not be recognised as one."),
        one_row_per(
            "therapist",
            ("clinic_id", "therapist_id"),
            CRITICAL,
            why="One therapist would count as two, and a small unit as a larger one.",
        ),
        no_row(
            "nobody_supervises_themselves",
            "select 1 from therapist where supervisor_id = therapist_id",
            "conformance",
            WARNING,
            why="A trainee's alerts would reach nobody but the trainee.",
        ),
        no_row(
            "who_is_in_training_has_a_supervisor",
            "select 1 from therapist where is_trainee and supervisor_id is null",
            "completeness",
            INFO,
            why="A trainee's alerts would reach nobody but the trainee.",
        ),
        no_row(
            "not_everybody_is_in_training",
            # One row per clinic of five therapists or more. Own choice. [D]
            """
            select 1
            from therapist
            where is_trainee is not null
            group by clinic_id
            having count(*) >= 5 and bool_and(is_trainee)
            """,
            "plausibility",
            WARNING,
            why="A column read the wrong way round makes trainees of everybody.",
        ),
    )
