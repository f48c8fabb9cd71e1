"""alert_list: what the weekly report prints, in the order in which it prints it."""

from great_expectations import ExpectationSuite

from expectations.alert import KINDS
from expectations.guard import (
    CRITICAL,
    TEXT_OR_JSON,
    WARNING,
    has_columns,
    in_set,
    never_null,
    no_row,
    nothing_missing,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "alert_id": "VARCHAR",
    "clinic_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "kind": "VARCHAR",
    "domain": "VARCHAR",
    "level": "VARCHAR",
    "section": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "opened_at": "TIMESTAMP",
    "last_signal_at": "TIMESTAMP",
    "days_open": "INTEGER",
    "landed_at": "TIMESTAMP",
    "last_landed_at": "TIMESTAMP",
    "escalated_at": "TIMESTAMP",
    "escalated_to": "VARCHAR",
    "reason": TEXT_OR_JSON,
    "next_step": "VARCHAR",
    "sort_order": "INTEGER",
}
SECTIONS = ("critical", "new", "open")
NEXT_STEPS = (
    "assess_risk_today",
    "assess_safety_today",
    "look_at_use",
    "discuss_deterioration",
    "discuss_course",
    "review_no_progress",
    "review_treatment",
    "discuss_alliance",
    "seek_contact",
    "look_at_held_back_file",
)


def suite() -> ExpectationSuite:
    return suite_of(
        "alert_list",
        has_columns("alert_list", COLUMNS, why="The report could not be drawn."),
        never_null("alert_id", CRITICAL, why="The page could not open the alert to answer it."),
        never_null("clinic_id", CRITICAL, why="The alert would be in no clinic's report."),
        never_null("kind", CRITICAL, why="Nobody could say what is asked."),
        never_null("level", CRITICAL, why="Nobody could say how urgent it is."),
        never_null("section", CRITICAL, why="The report would leave the alert out."),
        never_null("opened_at", CRITICAL, why="Nobody could say how long it has waited."),
        never_null("days_open", WARNING, why="Nobody could say how long it has waited."),
        never_null("reason", CRITICAL, why="An alert without its reason is not believed."),
        never_null("next_step", CRITICAL, why="The reader would not be told what to do."),
        never_null("sort_order", CRITICAL, why="The most urgent might not come first."),
        in_set("kind", KINDS, CRITICAL, why="The report has no words for it."),
        in_set("level", ("red", "amber"), WARNING, why="Information must not ask for an answer."),
        in_set("section", SECTIONS, CRITICAL, why="The report would leave the alert out."),
        in_set("next_step", NEXT_STEPS, CRITICAL, why="The report has no words for it."),
        one_row_per(
            "alert_list",
            ("alert_id",),
            CRITICAL,
            why="The alert would be printed and counted twice.",
        ),
        no_row(
            "names_its_patient",
            # A critical answer without a patient names its file and line, and must be seen.
            """
            select 1
            from alert_list
            where patient_id is null and kind not in ('held_back_file', 'critical_item')
            """,
            "completeness",
            CRITICAL,
            why="Nobody would know whom the alert is about.",
        ),
        no_row(
            "next_step_fits_kind",
            """
            select 1
            from alert_list as listed
            inner join (
                values
                    ('critical_item', 'self_harm', 'assess_risk_today'),
                    ('critical_item', 'violence', 'assess_safety_today'),
                    ('critical_item', 'substance', 'look_at_use'),
                    ('reliable_deterioration', null, 'discuss_deterioration'),
                    ('off_course', null, 'discuss_course'),
                    ('high_predicted_risk', null, 'discuss_course'),
                    ('no_reliable_improvement', null, 'review_no_progress'),
                    ('treatment_review', null, 'review_treatment'),
                    ('alliance_rupture', null, 'discuss_alliance'),
                    ('drop_out_risk', null, 'seek_contact'),
                    ('held_back_file', null, 'look_at_held_back_file')
            ) as fitting (kind, domain, next_step)
                on listed.kind = fitting.kind
                and listed.domain is not distinct from fitting.domain
            inner join (
                values
                    ('assess_risk_today'),
                    ('assess_safety_today'),
                    ('look_at_use'),
                    ('discuss_deterioration'),
                    ('discuss_course'),
                    ('review_no_progress'),
                    ('review_treatment'),
                    ('discuss_alliance'),
                    ('seek_contact'),
                    ('look_at_held_back_file')
            ) as known (next_step) on listed.next_step = known.next_step
            where listed.next_step <> fitting.next_step
            """,
            "conformance",
            CRITICAL,
            why="A reader told to discuss progress may leave a suicide risk until next week.",
        ),
        no_row(
            "critical_answers_stand_apart",
            """
            select 1
            from alert_list
            where (kind = 'critical_item' and section in ('new', 'open'))
                or (kind <> 'critical_item' and section = 'critical')
            """,
            "conformance",
            CRITICAL,
            why="Critical answers would be lost among the other alerts.",
        ),
        no_row(
            "critical_answers_come_first",
            """
            select 1
            from alert_list
            group by clinic_id
            having max(sort_order) filter (where section = 'critical')
                > min(sort_order) filter (where section in ('new', 'open'))
            """,
            "conformance",
            CRITICAL,
            why="A reader who stops halfway must have seen the critical answers.",
        ),
        no_row(
            "what_went_to_the_deputy_comes_first",
            """
            select 1
            from alert_list
            where section = 'critical'
            group by clinic_id
            having max(sort_order) filter (where escalated_at is not null)
                > min(sort_order) filter (where escalated_at is null)
            """,
            "conformance",
            CRITICAL,
            why="What waited longest for a person would wait on among the rest.",
        ),
        no_row(
            "one_place_per_alert",
            """
            select 1
            from alert_list
            where sort_order is not null
            group by clinic_id, sort_order
            having count(*) > 1
            """,
            "conformance",
            WARNING,
            why="The report, the mail and alerts.csv would differ in their order.",
        ),
        no_row(
            "days_open_counted_to_as_of",
            """
            select 1
            from alert_list as listed
            cross join run
            where listed.days_open
                <> greatest(0, date_diff('day', cast(listed.opened_at as date), run.as_of))
            """,
            "conformance",
            WARNING,
            why="An alert would seem to wait for longer or shorter than it does.",
        ),
        no_row(
            "is_an_alert",
            """
            select 1
            from alert_list as listed
            anti join alert
                on listed.alert_id = alert.alert_id
                and listed.clinic_id = alert.clinic_id
                and listed.patient_id is not distinct from alert.patient_id
                and listed.kind = alert.kind
            where listed.alert_id is not null
                and listed.clinic_id is not null
                and listed.kind in (
                    'reliable_deterioration',
                    'off_course',
                    'high_predicted_risk',
                    'no_reliable_improvement',
                    'treatment_review',
                    'alliance_rupture',
                    'drop_out_risk',
                    'critical_item',
                    'held_back_file'
                )
                and (
                    listed.patient_id is not null
                    or listed.kind in ('held_back_file', 'critical_item')
                )
            """,
            "conformance",
            CRITICAL,
            why="Answers could not be stored with it, or would go to another patient's alert.",
        ),
        nothing_missing(
            "every_open_alert_is_listed",
            """
            select 1
            from alert
            anti join alert_list as listed on alert.alert_id = listed.alert_id
            where alert.closed_at is null and not alert.withdrawn
            """,
            CRITICAL,
            why="An alert that is not printed is not answered.",
        ),
        no_row(
            "nothing_that_closed_long_ago",
            """
            select 1
            from alert_list as listed
            inner join alert on listed.alert_id = alert.alert_id
            cross join run
            where date_diff('day', cast(alert.closed_at as date), run.as_of) > 7
            """,
            "conformance",
            WARNING,
            why="A long list of what is done hides what is not.",
        ),
    )
