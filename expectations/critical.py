"""critical: answers that ask for attention today, such as thoughts of suicide.

This suite also runs inside the critical lane's own file, so it reads no table but
`critical_item`, `run` and `instrument`. What stops the lane is kept to the least: one
doubtful row must not keep all the others from being seen.
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
    one_row_per,
    suite_of,
)
from expectations.signal import COLUMNS as SIGNAL_COLUMNS

COLUMNS = SIGNAL_COLUMNS | {
    "domain": "VARCHAR",
    "item": "VARCHAR",
    "value": "DOUBLE",
    "record_status": "VARCHAR",
    "landed_at": "TIMESTAMP",
    "reason": TEXT_OR_JSON,
}
STATUSES = ("landed", "held_back", "set_aside")


def suite() -> ExpectationSuite:
    return suite_of(
        "critical",
        has_columns("critical", COLUMNS, why="The list of critical answers could not be drawn."),
        never_null("signal_id", WARNING, why="The alert could not name the answer it rests on."),
        never_null("clinic_id", CRITICAL, why="No clinic would be told."),
        never_null(
            "patient_id", WARNING, why="Nobody would know whom to call but by the line in the file."
        ),
        never_null("kind", WARNING, why="It would not be shown among the critical answers."),
        never_null("level", WARNING, why="It would not be shown among the critical answers."),
        never_null("instrument", CRITICAL, why="Nobody could say what was asked."),
        never_null("item", CRITICAL, why="Nobody could say what was asked."),
        never_null("value", CRITICAL, why="Nobody could say what was answered."),
        never_null("domain", CRITICAL, why="Self-harm and violence ask for different steps."),
        never_null("measured_at", WARNING, why="Nobody could say how old the answer is."),
        never_null("reason", WARNING, why="The list could not say why it is there."),
        never_null(
            "landed_at", WARNING, why="Nobody could say since when somebody could have known."
        ),
        never_null("record_status", WARNING, why="A disputed record could pass for a sure one."),
        in_set("kind", ("critical_item",), WARNING, why="It would be sorted among other alerts."),
        in_set("level", ("red",), WARNING, why="It would not stand at the top of the list."),
        in_set("record_status", STATUSES, WARNING, why="Its certainty could not be printed."),
        one_row_per("critical", ("signal_id",), WARNING, why="Two answers would be taken for one."),
        no_row(
            "one_row_per_answer",
            """
            select 1
            from critical
            where patient_id is not null and item is not null and measured_at is not null
            group by clinic_id, patient_id, domain, instrument, item, measured_at
            having count(*) > 1
            """,
            "conformance",
            WARNING,
            why="Of disputed values only the higher should stand, or the lower may be believed.",
        ),
        no_row(
            "item_is_a_critical_one",
            """
            select 1
            from critical
            anti join critical_item
                on critical.instrument = critical_item.instrument
                and critical.item = critical_item.item
            where critical.instrument is not null and critical.item is not null
            """,
            "conformance",
            CRITICAL,
            why="Where a wrong question is watched, the right one is probably not.",
        ),
        no_row(
            "value_reaches_the_threshold",
            """
            select 1
            from critical
            inner join critical_item
                on critical.instrument = critical_item.instrument
                and critical.item = critical_item.item
                and critical.domain = critical_item.domain
            where critical.value < critical_item.threshold
            """,
            "conformance",
            CRITICAL,
            why="False calls about suicide cost trust, and point to a misread item.",
        ),
        no_row(
            "domain_is_the_items",
            """
            select 1
            from critical
            semi join critical_item
                on critical.instrument = critical_item.instrument
                and critical.item = critical_item.item
            anti join critical_item as of_domain
                on critical.instrument = of_domain.instrument
                and critical.item = of_domain.item
                and critical.domain = of_domain.domain
            where critical.domain is not null
            """,
            "conformance",
            CRITICAL,
            why="Self-harm and violence ask for different steps.",
        ),
        no_row(
            "measured_not_after_as_of",
            # A mistyped year must not keep the answer, or the others, from being seen.
            """
            select 1
            from critical
            where cast(measured_at as date) > (select max(as_of) from run)
            """,
            "plausibility",
            WARNING,
            why="A date in the future is mistyped: the answer is older or newer than it seems.",
        ),
        no_row(
            "reason_is_about_a_critical_item",
            """
            select 1
            from critical
            where not json_valid(reason)
                or json_extract_string(if(json_valid(reason), reason, null), '$.key')
                is distinct from 'critical_item'
            """,
            "conformance",
            WARNING,
            why="The list would explain the answer in the words of another rule.",
        ),
    )
