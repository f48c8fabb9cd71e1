"""closed_course: a therapist's own closed episodes beside what was expected of them."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    WARNING,
    WHOLE_NUMBER,
    has_columns,
    never_null,
    no_row,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "clinic_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "ended_on": "DATE",
    "n_sessions": WHOLE_NUMBER,
    "baseline": "DOUBLE",
    "last": "DOUBLE",
    "expected_last": "DOUBLE",
    "distance": "DOUBLE",
    "class": "VARCHAR",
    "dropped_out": "BOOLEAN",
    "share": "DOUBLE",
}
GRAIN = ("clinic_id", "therapist_id", "patient_id", "episode_id", "instrument", "scale")


def suite() -> ExpectationSuite:
    return suite_of(
        "closed_course",
        has_columns("closed_course", COLUMNS, why="A therapist's own page could not be drawn."),
        never_null("clinic_id", CRITICAL, why="Nobody could say whose result this is."),
        never_null("therapist_id", CRITICAL, why="Nobody could say whose result this is."),
        never_null("patient_id", CRITICAL, why="Nobody would know which course it is about."),
        never_null("episode_id", CRITICAL, why="Nobody would know which course it is about."),
        never_null("last", WARNING, why="Nobody could see how the episode ended."),
        one_row_per("closed_course", GRAIN, WARNING, why="One episode would be told twice."),
        no_row(
            "shares_of_an_episode_add_up_to_1",
            """
            select 1
            from closed_course
            group by clinic_id, patient_id, episode_id, instrument, scale
            having abs(sum(share) - 1) > 1e-6
            """,
            "conformance",
            WARNING,
            why="Part of an episode would be nobody's, or counted twice.",
        ),
        no_row(
            "expectation_and_distance_go_together",
            "select 1 from closed_course where (expected_last is null) <> (distance is null)",
            "conformance",
            WARNING,
            why="Nobody could see how the episode ended.",
        ),
        no_row(
            "none_is_implausibly_far_from_expectation",
            "select 1 from closed_course where abs(distance) > 8",
            "plausibility",
            WARNING,
            why="A mistake in a score would be read as a case to learn from.",
        ),
    )
