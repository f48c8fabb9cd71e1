"""exported_episode: a course of treatment as the clinic's own system knows it."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    INFO,
    WARNING,
    WHOLE_NUMBER,
    at_least,
    has_columns,
    in_set,
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
    "started_on": "DATE",
    "ended_on": "DATE",
    "end_reason": "VARCHAR",
    "track": "VARCHAR",
    "format": "VARCHAR",
    "indicated_treatment": "VARCHAR",
    "given_treatment": "VARCHAR",
    "planned_sessions": WHOLE_NUMBER,
    "waiting_days": WHOLE_NUMBER,
    "goals_agreed": "BOOLEAN",
    "source_file": "VARCHAR",
    "source_line": "BIGINT",
}
FORMATS = ("individual", "couple", "group", "online")
END_REASONS = ("planned", "patient_unilateral", "referral", "death", "admin", "unknown")


def suite() -> ExpectationSuite:
    return suite_of(
        "exported_episode",
        has_columns(
            "exported_episode",
            COLUMNS,
            why="Stations and exports that read a missing column stop working.",
        ),
        never_null("clinic_id", CRITICAL, why="The episode would be in no clinic's report."),
        never_null("patient_id", CRITICAL, why="The episode would belong to nobody."),
        never_null("episode_id", CRITICAL, why="Its forms could not be found."),
        never_null("started_on", INFO, why="No form without its name can be placed in it."),
        in_set("format", FORMATS, WARNING, why="A group that no figure knows would be left out."),
        in_set("end_reason", END_REASONS, WARNING, why="Nobody could say who stopped too early."),
        at_least("planned_sessions", 0, WARNING, why="A negative count is a broken query."),
        at_least("waiting_days", 0, WARNING, why="A negative count is a broken query."),
        one_row_per(
            "exported_episode",
            ("clinic_id", "patient_id", "episode_id"),
            CRITICAL,
            why="Everything in the episode would be counted twice.",
        ),
        no_row(
            "ends_not_before_it_starts",
            "select 1 from exported_episode where ended_on < started_on",
            "conformance",
            WARNING,
            why="Every form in it would count as a follow-up, and no rule would watch it.",
        ),
        no_row(
            "ended_not_after_as_of",
            """
            select 1
            from exported_episode
            where ended_on > (select max(as_of) from run)
            """,
            "conformance",
            CRITICAL,
            why="The report would hold what was not yet known on its own date.",
        ),
        no_row(
            "an_end_has_its_reason",
            """
            select 1
            from exported_episode
            where ended_on is not null and end_reason is null
            """,
            "completeness",
            INFO,
            why="Who stopped too early would look like who was done.",
        ),
        no_row(
            "starts_are_spread_over_days",
            # One row per clinic where more than a third of 50 episodes or more start on one day:
            # the day of a migration. Own choice. [D]
            """
            with counted as (
                select clinic_id, started_on, count(*) as episodes
                from exported_episode
                where started_on is not null
                group by clinic_id, started_on
            )
            select 1
            from counted
            group by clinic_id
            having sum(episodes) >= 50 and max(episodes) > sum(episodes) / 3
            """,
            "plausibility",
            WARNING,
            why="A default date puts forms of years in one treatment, or outside all of them.",
        ),
    )
