"""alert_rate: how many running episodes of a clinic each kind is red or amber in."""

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
from expectations.signal import ALARMING

COLUMNS = {
    "clinic_id": "VARCHAR",
    "kind": "VARCHAR",
    "episodes": "BIGINT",
    "alarmed": "BIGINT",
    "alarmed_pct": "DOUBLE",
    "is_frequent": "BOOLEAN",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "alert_rate",
        has_columns("alert_rate", COLUMNS, why="The report could not say how often a rule fires."),
        never_null("clinic_id", CRITICAL, why="The rate would be in no clinic's report."),
        never_null("is_frequent", WARNING, why="A rule that fires everywhere would pass unseen."),
        in_set("kind", ALARMING, CRITICAL, why="The report has no words for it."),
        one_row_per(
            "alert_rate", ("clinic_id", "kind"), CRITICAL, why="A rule would be told of twice."
        ),
        no_row(
            "a_part_of_the_running_episodes",
            "select 1 from alert_rate where alarmed < 0 or alarmed > episodes",
            "conformance",
            WARNING,
            why="Episodes that have ended, or none at all, would be counted as alarms.",
        ),
        no_row(
            "frequent_as_the_setting_says",
            """
            select 1
            from alert_rate
            inner join setting
                on setting.section = 'alerts' and setting.name = 'frequent_percent'
            where is_frequent <> (alarmed_pct > cast(setting.value as integer))
            """,
            "conformance",
            WARNING,
            why="A rule that nobody reads any more would look like a good one.",
        ),
        no_row(
            "no_kind_alarms_in_many_episodes",
            "select 1 from alert_rate where is_frequent",
            "plausibility",
            WARNING,
            why="What is red or amber in more than a quarter of all courses is soon not read.",
        ),
    )
