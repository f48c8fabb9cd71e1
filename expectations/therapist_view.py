"""therapist_view: secondary views of a therapist's own closed episodes."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    WARNING,
    has_columns,
    in_set,
    never_null,
    no_row,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "clinic_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "period": "VARCHAR",
    "view": "VARCHAR",
    "part": "VARCHAR",
    "n": "INTEGER",
    "events": "INTEGER",
    "value": "DOUBLE",
    "lower": "DOUBLE",
    "upper": "DOUBLE",
    "expected": "DOUBLE",
    "half_by_session": "INTEGER",
    "is_secondary": "BOOLEAN",
}
GRAIN = ("clinic_id", "therapist_id", "instrument", "scale", "period", "view", "part")
VIEWS = (
    "class",
    "year",
    "half",
    "problem_area",
    "subscale",
    "deterioration",
    "drop_out",
    "reliable_improvement",
)


def suite() -> ExpectationSuite:
    return suite_of(
        "therapist_view",
        has_columns("therapist_view", COLUMNS, why="A therapist's own page could not be drawn."),
        never_null("clinic_id", CRITICAL, why="Nobody could say whose result this is."),
        never_null("therapist_id", CRITICAL, why="Nobody could say whose result this is."),
        in_set("view", VIEWS, WARNING, why="The page has no words for it."),
        one_row_per("therapist_view", GRAIN, WARNING, why="One figure would be told twice."),
        no_row(
            "all_are_marked_as_secondary",
            "select 1 from therapist_view where is_secondary is distinct from true",
            "conformance",
            WARNING,
            why="Chance would be told as a result.",
        ),
        no_row(
            "only_of_whom_the_minimums_allow",
            """
            select 1
            from therapist_view
            left join therapist_effect using (clinic_id, therapist_id, instrument, scale, period)
            where
                therapist_effect.shown is null
                or therapist_effect.shown = 'nothing'
                or therapist_effect.shown = 'counts'
                and therapist_view.view not in ('class', 'year')
            """,
            "conformance",
            CRITICAL,
            why="A result of too few episodes could be shown.",
        ),
        no_row(
            "values_lie_in_their_intervals",
            """
            select 1
            from therapist_view
            where value < lower - 1e-9 or value > upper + 1e-9 or events > n
            """,
            "conformance",
            WARNING,
            why="The zone that is drawn would be nonsense.",
        ),
    )
