"""talking_therapies: what the definitions of NHS Talking Therapies say of each closed episode."""

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
    "episode_id": "VARCHAR",
    "depression_measure": "VARCHAR",
    "depression_baseline": "DOUBLE",
    "depression_latest": "DOUBLE",
    "anxiety_measure": "VARCHAR",
    "anxiety_baseline": "DOUBLE",
    "anxiety_latest": "DOUBLE",
    "attended": "INTEGER",
    "is_paired": "BOOLEAN",
    "is_finished": "BOOLEAN",
    "is_case_at_start": "BOOLEAN",
    "recovery": "BOOLEAN",
    "reliable_improvement": "BOOLEAN",
    "reliable_deterioration": "BOOLEAN",
    "reliable_recovery": "BOOLEAN",
    "mixed": "BOOLEAN",
}
EPISODE = ("clinic_id", "patient_id", "episode_id")


def suite() -> ExpectationSuite:
    return suite_of(
        "talking_therapies",
        has_columns("talking_therapies", COLUMNS, why="The figures could not be drawn up."),
        never_null("clinic_id", CRITICAL, why="The course would be in no clinic's figures."),
        never_null("is_paired", WARNING, why="The denominator of every rate would be wrong."),
        never_null("is_finished", WARNING, why="The denominator of every rate would be wrong."),
        one_row_per(
            "talking_therapies",
            EPISODE,
            CRITICAL,
            why="A course that counts twice makes wrong percentages.",
        ),
        no_row(
            "nothing_is_said_without_both_measures",
            """
            select 1
            from talking_therapies
            where (recovery is null) <> (not is_paired)
                or (reliable_improvement is null) <> (not is_paired)
                or (reliable_deterioration is null) <> (not is_paired)
                or (
                    is_paired and (depression_measure is null or anxiety_measure is null)
                )
            """,
            "completeness",
            WARNING,
            why="Rates would count courses of which half is unknown.",
        ),
        no_row(
            "who_recovers_was_a_case",
            "select 1 from talking_therapies where recovery and not is_case_at_start",
            "conformance",
            WARNING,
            why="Recovery would be claimed for who was never ill by this definition.",
        ),
        no_row(
            "one_verdict_at_most",
            """
            select 1
            from talking_therapies
            where cast(reliable_improvement as integer)
                + cast(reliable_deterioration as integer)
                + cast(mixed as integer) > 1
            """,
            "conformance",
            WARNING,
            why="A patient would be counted as better and as worse.",
        ),
        no_row(
            "reliable_recovery_is_both",
            """
            select 1
            from talking_therapies
            where reliable_recovery <> (recovery and reliable_improvement)
            """,
            "conformance",
            WARNING,
            why="The rate that services are compared by would be wrong.",
        ),
        no_row(
            "scores_are_those_of_the_change",
            """
            select 1
            from talking_therapies
            anti join change
                on talking_therapies.clinic_id = change.clinic_id
                and talking_therapies.patient_id = change.patient_id
                and talking_therapies.episode_id = change.episode_id
                and talking_therapies.depression_measure = change.instrument
                and talking_therapies.depression_baseline = change.baseline
                and talking_therapies.depression_latest = change.latest
                and change.method = 'JT'
                and change.is_closed
            where talking_therapies.depression_measure is not null
                and talking_therapies.clinic_id is not null
            """,
            "conformance",
            WARNING,
            why="The figures would be about scores that nobody gave.",
        ),
    )
