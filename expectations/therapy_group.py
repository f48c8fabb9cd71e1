"""therapy_group: the groups in which patients are treated together."""

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
    "group_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "name": "VARCHAR",
    "started_on": "DATE",
    "ended_on": "DATE",
    "source_file": "VARCHAR",
    "source_line": "BIGINT",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "therapy_group",
        has_columns(
            "therapy_group",
            COLUMNS,
            why="Stations and exports that read a missing column stop working.",
        ),
        never_null("clinic_id", CRITICAL, why="The group would count for no clinic."),
        never_null("group_id", CRITICAL, why="Nobody could say who was treated in it."),
        one_row_per(
            "therapy_group",
            ("clinic_id", "group_id"),
            CRITICAL,
            why="Patients of the group would be counted twice.",
        ),
        no_row(
            "ends_not_before_it_starts",
            "select 1 from therapy_group where ended_on < started_on",
            "conformance",
            WARNING,
            why="Nobody could say when patients were treated in it.",
        ),
        no_row(
            "does_not_last_for_ever",
            # Ten years. Own choice. [D]
            """
            select 1
            from therapy_group
            where date_diff('year', started_on, coalesce(ended_on, started_on)) > 10
            """,
            "plausibility",
            WARNING,
            why="A date that cannot be shows a column that was read wrongly.",
        ),
    )
