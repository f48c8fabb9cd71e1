"""intake: what was known of a patient at the start, one covariate a row."""

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
    "patient_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "covariate": "VARCHAR",
    "value": "VARCHAR",
    "number": "DOUBLE",
    "source_file": "VARCHAR",
    "source_line": "BIGINT",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "intake",
        has_columns(
            "intake", COLUMNS, why="Stations and exports that read a missing column stop working."
        ),
        never_null("clinic_id", CRITICAL, why="The patient would be in no clinic's report."),
        never_null("patient_id", CRITICAL, why="What is known of somebody would be nobody's."),
        never_null("covariate", CRITICAL, why="Nobody could say what the value means."),
        never_null("value", CRITICAL, why="An empty cell would be counted as an answer."),
        one_row_per(
            "intake",
            ("clinic_id", "patient_id", "episode_id", "covariate"),
            CRITICAL,
            why="A comparison between clinics would count the patient twice.",
        ),
        no_row(
            "a_number_is_its_value",
            # With a decimal comma the value itself is no number.
            """
            select 1
            from intake
            where number <> try_cast(replace(value, ',', '.') as double)
            """,
            "conformance",
            WARNING,
            why="A comparison between clinics would rest on another number than the sender's.",
        ),
        no_row(
            "covariate_is_known_of_most",
            # One row per clinic and covariate known of under half of its patients, from 20
            # patients on. Own choice. [D]
            """
            with patients as (
                select clinic_id, count(distinct patient_id) as patients
                from intake
                group by clinic_id
                having count(distinct patient_id) >= 20
            )
            select 1
            from intake
            inner join patients on intake.clinic_id = patients.clinic_id
            group by intake.clinic_id, intake.covariate
            having count(distinct intake.patient_id) < any_value(patients.patients) / 2
            """,
            "completeness",
            INFO,
            why="A comparison that corrects for it would leave most patients out.",
        ),
        no_row(
            "covariate_tells_patients_apart",
            # One row per clinic and covariate of one value in 30 patients or more. Own choice. [D]
            """
            select 1
            from intake
            group by clinic_id, covariate
            having count(*) >= 30 and min(value) = max(value)
            """,
            "plausibility",
            INFO,
            why="A value that is always the same was filled in by a system, not by a person.",
        ),
    )
