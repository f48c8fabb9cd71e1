"""overdue: running episodes in which nobody has measured for too long."""

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
    "therapist_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "last_measured_at": "TIMESTAMP",
    "days_since": "INTEGER",
    "has_open_alert": "BOOLEAN",
}
KEY = ("clinic_id", "patient_id", "episode_id")


def suite() -> ExpectationSuite:
    return suite_of(
        "overdue",
        has_columns("overdue", COLUMNS, why="The report could not be drawn."),
        never_null("clinic_id", CRITICAL, why="The patient would be in no clinic's report."),
        never_null("patient_id", CRITICAL, why="Nobody would know who is to be measured."),
        never_null("episode_id", CRITICAL, why="Nobody would know which course it is about."),
        never_null("last_measured_at", CRITICAL, why="Nobody could say since when."),
        never_null("days_since", CRITICAL, why="Nobody could say for how long."),
        never_null("has_open_alert", WARNING, why="The most worrying would not stand out."),
        one_row_per(
            "overdue", KEY, CRITICAL, why="The patient would be printed and counted twice."
        ),
        no_row(
            "longer_ago_than_the_setting",
            """
            select 1
            from overdue
            inner join setting on setting.section = 'overdue' and setting.name = 'after_days'
            where overdue.days_since < cast(setting.value as integer)
            """,
            "conformance",
            WARNING,
            why="Therapists who are asked too early stop reading the list.",
        ),
        no_row(
            "days_counted_to_as_of",
            """
            select 1
            from overdue
            cross join run
            inner join episode
                on overdue.clinic_id = episode.clinic_id
                and overdue.patient_id = episode.patient_id
                and overdue.episode_id = episode.episode_id
            where overdue.last_measured_at <> episode.last_measured_at
                or date_diff('day', cast(overdue.last_measured_at as date), run.as_of)
                not in (overdue.days_since)
            """,
            "conformance",
            WARNING,
            why="The list would not agree with the patient's own page.",
        ),
        no_row(
            "episode_is_running",
            """
            select 1
            from overdue
            anti join episode
                on overdue.clinic_id = episode.clinic_id
                and overdue.patient_id = episode.patient_id
                and overdue.episode_id = episode.episode_id
                and not episode.is_closed
            where overdue.clinic_id is not null
                and overdue.patient_id is not null
                and overdue.episode_id is not null
            """,
            "conformance",
            WARNING,
            why="A patient who has finished treatment would be asked for a form.",
        ),
        no_row(
            "open_alert_is_flagged",
            # An open alert of an earlier episode, or without one, may be counted or not.
            """
            with open_alert as (
                select clinic_id, patient_id, episode_id
                from alert
                where closed_at is null and not withdrawn
            )
            select 1
            from overdue
            where (not has_open_alert and (clinic_id, patient_id, episode_id) in (
                select (clinic_id, patient_id, episode_id) from open_alert
            ))
            or (has_open_alert and (clinic_id, patient_id) not in (
                select (clinic_id, patient_id) from open_alert
            ))
            """,
            "conformance",
            WARNING,
            why="Not measured and off course is the combination that must stand out.",
        ),
        nothing_missing(
            "every_overdue_episode_is_listed",
            """
            select 1
            from episode
            cross join run
            anti join overdue
                on episode.clinic_id = overdue.clinic_id
                and episode.patient_id = overdue.patient_id
                and episode.episode_id = overdue.episode_id
            where not episode.is_closed
                and date_diff('day', cast(episode.last_measured_at as date), run.as_of) > (
                    select max(cast(value as integer))
                    from setting
                    where section = 'overdue' and name = 'after_days'
                )
            """,
            WARNING,
            why="A patient who is no longer measured drops out of sight, and nobody decided so.",
        ),
    )
