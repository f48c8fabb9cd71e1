"""alert: something a person must answer, from opened to closed.

How a critical alert lives is written here once more, from DESIGN: it covers one domain, rests on
answers that were landed, goes to a deputy in time, and nothing but an answer ends it.
"""

from great_expectations import ExpectationSuite

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
from expectations.signal import ALARMING

COLUMNS = {
    "alert_id": "VARCHAR",
    "clinic_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "kind": "VARCHAR",
    "domain": "VARCHAR",
    "level": "VARCHAR",
    "instrument": "VARCHAR",
    "opened_at": "TIMESTAMP",
    "last_signal_at": "TIMESTAMP",
    "seen_at": "TIMESTAMP",
    "answered_at": "TIMESTAMP",
    "action": "VARCHAR",
    "closed_at": "TIMESTAMP",
    "closed_reason": "VARCHAR",
    "outcome_after_4_sessions": "VARCHAR",
    "withdrawn": "BOOLEAN",
    "landed_at": "TIMESTAMP",
    "last_landed_at": "TIMESTAMP",
    "escalated_at": "TIMESTAMP",
    "escalated_to": "VARCHAR",
    "reason": TEXT_OR_JSON,
}
KINDS = (*ALARMING, "critical_item", "held_back_file")
DOMAINS = ("self_harm", "violence", "substance")
CLOSED_REASONS = ("on_track", "answered", "episode_ended", "no_recent_measurement", "withdrawn")


def suite() -> ExpectationSuite:
    return suite_of(
        "alert",
        has_columns(
            "alert", COLUMNS, why="Stations and exports that read a missing column stop working."
        ),
        never_null("alert_id", CRITICAL, why="An answer could not be kept with its alert."),
        never_null("clinic_id", CRITICAL, why="The alert would be in no clinic's report."),
        never_null("kind", CRITICAL, why="Nobody could say what is asked."),
        never_null("level", CRITICAL, why="Nobody could say how urgent it is."),
        never_null("opened_at", CRITICAL, why="Nobody could say how long it has waited."),
        never_null("last_signal_at", CRITICAL, why="An answer could not be re-attached to it."),
        never_null("withdrawn", WARNING, why="A taken-back alert would be counted as a real one."),
        never_null("reason", CRITICAL, why="An alert without its reason is not believed."),
        in_set("kind", KINDS, CRITICAL, why="The report has no words and no next step for it."),
        in_set("domain", DOMAINS, CRITICAL, why="Nobody could say which first step is asked."),
        in_set("level", ("red", "amber"), WARNING, why="Information must not ask for an answer."),
        in_set("closed_reason", CLOSED_REASONS, WARNING, why="Nobody could say why it closed."),
        one_row_per(
            "alert", ("alert_id",), CRITICAL, why="One answer would be given to two alerts."
        ),
        no_row(
            "names_its_patient",
            # A critical answer without a patient names its file and line, and must be seen.
            """
            select 1
            from alert
            where patient_id is null and kind not in ('held_back_file', 'critical_item')
            """,
            "completeness",
            CRITICAL,
            why="Nobody would know whom the alert is about.",
        ),
        no_row(
            "opened_before_closed",
            "select 1 from alert where opened_at > closed_at",
            "conformance",
            CRITICAL,
            why="An alert that closes before it opens is never on anybody's list.",
        ),
        no_row(
            "opened_before_last_signal",
            "select 1 from alert where opened_at > last_signal_at and kind <> 'held_back_file'",
            "conformance",
            CRITICAL,
            why="An answer would be attached to signals from before its alert.",
        ),
        no_row(
            "opened_before_seen_and_answered",
            "select 1 from alert where opened_at > least(seen_at, answered_at)",
            "plausibility",
            WARNING,
            why="An answer from before the question was meant for another alert.",
        ),
        no_row(
            "opened_not_after_as_of",
            # A file can be held back after the date that a report is made for.
            """
            select 1
            from alert
            where kind <> 'held_back_file'
                and cast(opened_at as date) > (select max(as_of) from run)
            """,
            "conformance",
            CRITICAL,
            why="The report would hold what was not yet known on its own date.",
        ),
        no_row(
            "closed_with_a_reason",
            "select 1 from alert where (closed_at is null) <> (closed_reason is null)",
            "completeness",
            WARNING,
            why="Nobody could tell an answered alert from one that was forgotten.",
        ),
        no_row(
            "answered_with_an_action",
            "select 1 from alert where (answered_at is null) <> (action is null)",
            "completeness",
            WARNING,
            why="The share of alerts with a recorded action would be wrong.",
        ),
        no_row(
            "closed_as_answered_was_answered",
            "select 1 from alert where closed_reason = 'answered' and answered_at is null",
            "conformance",
            CRITICAL,
            why="An alert would leave the list without anybody having answered it.",
        ),
        no_row(
            "one_open_per_episode_and_kind",
            """
            select 1
            from alert
            where closed_at is null and not withdrawn and patient_id is not null
            group by clinic_id, patient_id, episode_id, kind, domain
            having count(*) > 1
            """,
            "conformance",
            CRITICAL,
            why="Two open alerts for one thing: one gets the answer, the other stays on the list.",
        ),
        no_row(
            "rests_on_a_signal",
            """
            with fired as (
                select clinic_id, patient_id, kind, null as domain, measured_at from signal
                union all
                select clinic_id, patient_id, kind, domain, measured_at from critical
            )
            select 1
            from alert
            anti join fired
                on alert.clinic_id = fired.clinic_id
                and alert.patient_id = fired.patient_id
                and alert.kind = fired.kind
                and coalesce(fired.domain, '') in ('', coalesce(alert.domain, fired.domain))
                and alert.last_signal_at = fired.measured_at
            where alert.kind in (
                'reliable_deterioration', 'off_course', 'high_predicted_risk',
                'no_reliable_improvement', 'treatment_review', 'alliance_rupture',
                'drop_out_risk', 'critical_item'
            )
            and not alert.withdrawn
            and alert.clinic_id is not null
            and alert.patient_id is not null
            and alert.last_signal_at is not null
            """,
            "conformance",
            CRITICAL,
            why="A person would be asked to answer something that no rule has found.",
        ),
        nothing_missing(
            "recent_red_and_amber_signals_have_an_alert",
            """
            select 1
            from signal
            anti join alert
                on signal.clinic_id = alert.clinic_id
                and signal.patient_id = alert.patient_id
                and signal.episode_id = alert.episode_id
                and signal.kind = alert.kind
                and alert.opened_at <= signal.measured_at
            where signal.level in ('red', 'amber')
                and date_diff(
                    'day', cast(signal.measured_at as date), (select max(as_of) from run)
                ) < (
                    select max(cast(value as integer))
                    from setting
                    where section = 'alerts' and name = 'stale_after_days'
                )
            """,
            CRITICAL,
            why="A patient is off course and nobody is asked to look.",
        ),
        nothing_missing(
            "critical_answers_have_an_alert",
            """
            select 1
            from critical
            anti join alert
                on critical.clinic_id = alert.clinic_id
                and critical.patient_id is not distinct from alert.patient_id
                and alert.kind = 'critical_item'
                and coalesce(alert.domain, critical.domain) = critical.domain
                and alert.opened_at <= critical.measured_at
                and alert.last_signal_at >= critical.measured_at
            cross join run
            where cast(critical.measured_at as date) <= run.as_of
                and cast(critical.measured_at as date) >= coalesce(
                    (
                        select max(try_cast(value as date))
                        from setting
                        where section = 'critical' and name = 'alerts_from'
                    ),
                    date '0001-01-01'
                )
            """,
            CRITICAL,
            why="Thoughts of suicide were written down and nobody is asked to act.",
        ),
        no_row(
            "critical_alerts_name_their_domain",
            "select 1 from alert where (kind = 'critical_item') <> (domain is not null)",
            "conformance",
            CRITICAL,
            why="Self-harm, violence and substance use ask for different first steps.",
        ),
        no_row(
            "only_an_answer_ends_a_critical_alert",
            """
            select 1
            from alert
            where kind = 'critical_item' and (withdrawn or closed_reason <> 'answered')
            """,
            "conformance",
            CRITICAL,
            why="A patient at risk would leave the list without anybody having looked.",
        ),
        no_row(
            "unanswered_critical_alerts_go_to_the_deputy",
            """
            with due as (
                select
                    alert.*,
                    alert.landed_at + to_hours(rule.hours) as due_at
                from alert
                cross join (
                    select max(cast(value as integer)) as hours
                    from setting
                    where section = 'critical' and name = 'unanswered_after_hours'
                ) as rule
                where alert.kind = 'critical_item'
            )
            select 1
            from due
            cross join run
            where (escalated_at is null and closed_at is null and due_at <= run.known_at)
                or escalated_at <> due_at
                or escalated_at > run.known_at
            """,
            "conformance",
            CRITICAL,
            why="Nobody answered, and nobody else would be told.",
        ),
        no_row(
            "reason_is_about_this_kind",
            """
            select 1
            from alert
            where not json_valid(reason)
                or json_extract_string(if(json_valid(reason), reason, null), '$.key')
                is distinct from kind
            """,
            "conformance",
            CRITICAL,
            why="The alert would be explained with another rule's words and numbers.",
        ),
    )
