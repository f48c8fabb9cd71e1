"""agreement: where the questionnaires of one episode say the same, and where they disagree."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    WARNING,
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
    "improved_on": "VARCHAR[]",
    "unchanged_on": "VARCHAR[]",
    "deteriorated_on": "VARCHAR[]",
    "disagrees": "BOOLEAN",
}
EPISODE = ("clinic_id", "patient_id", "episode_id")


def suite() -> ExpectationSuite:
    return suite_of(
        "agreement",
        has_columns("agreement", COLUMNS, why="The alert list could not be drawn."),
        never_null("clinic_id", CRITICAL, why="Nobody could say whose course this is."),
        never_null("disagrees", WARNING, why="A contradiction would be passed over in silence."),
        one_row_per(
            "agreement", EPISODE, CRITICAL, why="An alert would stand twice on the same list."
        ),
        no_row(
            "disagrees_as_its_lists_say",
            """
            select 1
            from agreement
            where disagrees <> (len(improved_on) > 0 and len(deteriorated_on) > 0)
            """,
            "conformance",
            WARNING,
            why="A therapist would be told of a contradiction that is not there, or not of one.",
        ),
        no_row(
            "there_is_something_to_compare",
            """
            select 1
            from agreement
            where len(improved_on) + len(unchanged_on) + len(deteriorated_on) < 2
            """,
            "conformance",
            WARNING,
            why="One questionnaire alone can neither agree nor disagree.",
        ),
        nothing_missing(
            "every_contradiction_is_told",
            """
            with said as (
                select
                    change.clinic_id,
                    change.patient_id,
                    change.episode_id,
                    bool_or(change.class in ('recovered', 'improved')) as is_better,
                    bool_or(change.class = 'deteriorated') as is_worse
                from change
                inner join instrument
                    on change.instrument = instrument.instrument
                    and instrument.measures <> 'alliance'
                where change.method = 'JT' and change.scale = 'total'
                group by change.clinic_id, change.patient_id, change.episode_id
            )
            select 1
            from said
            anti join agreement
                on said.clinic_id = agreement.clinic_id
                and said.patient_id = agreement.patient_id
                and said.episode_id = agreement.episode_id
                and agreement.disagrees
            where said.is_better and said.is_worse
            """,
            WARNING,
            why="A therapist would see half of what the patient answered.",
        ),
    )
