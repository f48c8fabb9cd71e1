"""episode: one course of treatment of one patient."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    WARNING,
    WHOLE_NUMBER,
    has_columns,
    in_set,
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
    "therapist_id": "VARCHAR",
    "group_id": "VARCHAR",
    "started_at": "TIMESTAMP",
    "last_measured_at": "TIMESTAMP",
    "assessments": WHOLE_NUMBER,
    "follow_ups": WHOLE_NUMBER,
    "is_closed": "BOOLEAN",
    "origin": "VARCHAR",
}
KEY = ("clinic_id", "patient_id", "episode_id")


def suite() -> ExpectationSuite:
    return suite_of(
        "episode",
        has_columns(
            "episode", COLUMNS, why="Stations and exports that read a missing column stop working."
        ),
        never_null("clinic_id", CRITICAL, why="The episode would be in no clinic's report."),
        never_null("patient_id", CRITICAL, why="The episode would belong to nobody."),
        never_null("episode_id", CRITICAL, why="Its forms could not be found."),
        never_null("started_at", CRITICAL, why="Nobody could say how long treatment lasts."),
        never_null("assessments", CRITICAL, why="Nobody could say whether change can be known."),
        never_null("is_closed", CRITICAL, why="It would be neither watched nor evaluated."),
        never_null("origin", WARNING, why="A guessed episode could pass for a recorded one."),
        in_set("origin", ("export", "gap"), WARNING, why="Its definition could not be printed."),
        one_row_per(
            "episode", KEY, CRITICAL, why="Everything in the episode would be counted twice."
        ),
        no_row(
            "starts_before_it_is_last_measured",
            # A recorded start can come some days after the first form.
            """
            select 1
            from episode
            where cast(started_at as date) > cast(last_measured_at as date) + if(
                origin = 'export',
                (
                    select max(cast(value as integer))
                    from setting
                    where section = 'episodes' and name = 'before_start_days'
                ),
                0
            )
            """,
            "conformance",
            WARNING,
            why="A start after the last form is a wrong date; durations cannot be trusted.",
        ),
        no_row(
            "counts_and_last_date_match_its_forms",
            """
            select 1
            from episode
            left join (
                select
                    clinic_id,
                    patient_id,
                    episode_id,
                    count(*) filter (where not is_follow_up) as forms,
                    count(*) filter (where is_follow_up) as follow_ups,
                    max(measured_at) filter (where not is_follow_up) as last_measured_at
                from assessment
                group by clinic_id, patient_id, episode_id
            ) as measured
                on episode.clinic_id = measured.clinic_id
                and episode.patient_id = measured.patient_id
                and episode.episode_id = measured.episode_id
            where episode.assessments <> coalesce(measured.forms, 0)
                or episode.follow_ups <> coalesce(measured.follow_ups, 0)
                or episode.last_measured_at is distinct from measured.last_measured_at
            """,
            "conformance",
            CRITICAL,
            why="Overdue measurements and stale alerts are decided by this count and this date.",
        ),
        no_row(
            "starts_and_ends_as_recorded",
            """
            select 1
            from episode
            inner join exported_episode
                on episode.clinic_id = exported_episode.clinic_id
                and episode.patient_id = exported_episode.patient_id
                and episode.episode_id = exported_episode.episode_id
            where cast(episode.started_at as date) <> exported_episode.started_on
                or (exported_episode.ended_on is not null and not episode.is_closed)
            """,
            "conformance",
            CRITICAL,
            why="The list would hold patients who have left, or leave out some who have not.",
        ),
        nothing_missing(
            "every_recorded_episode_is_here",
            """
            select 1
            from exported_episode
            anti join episode
                on exported_episode.clinic_id = episode.clinic_id
                and exported_episode.patient_id = episode.patient_id
                and exported_episode.episode_id = episode.episode_id
            where exported_episode.started_on <= (select max(as_of) from run)
            """,
            WARNING,
            why="Who was treated but never measured would be in no figure.",
        ),
        no_row(
            "gap_closes_the_episode",
            # On the very day the gap is reached either answer is right. A later episode of the
            # patient also ends this one.
            """
            with aged as (
                select
                    is_closed,
                    date_diff('day', cast(last_measured_at as date), run.as_of) as days_since
                from episode
                cross join run
                where origin = 'gap'
                    and not exists (
                        select 1
                        from episode as later
                        where later.clinic_id = episode.clinic_id
                            and later.patient_id = episode.patient_id
                            and later.started_at > episode.started_at
                    )
            )
            select 1
            from aged
            cross join (
                select cast(value as integer) as days
                from setting
                where section = 'episodes' and name = 'gap_days'
            ) as gap
            where (not is_closed and days_since > gap.days + 1)
                or (is_closed and days_since < gap.days)
            """,
            "conformance",
            WARNING,
            why="An ended treatment would stay on the list, or a running one would leave it.",
        ),
        no_row(
            "one_open_episode_made_from_gaps",
            """
            select 1
            from episode
            where origin = 'gap' and not is_closed
            group by clinic_id, patient_id
            having count(*) > 1
            """,
            "plausibility",
            WARNING,
            why="A course cut in two has two baselines, and deterioration can hide between them.",
        ),
    )
