"""information: what was told in the last week and asks for no answer."""

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
from expectations.signal import KINDS

COLUMNS = {
    "signal_id": "VARCHAR",
    "clinic_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "kind": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "measured_at": "TIMESTAMP",
    "reason": TEXT_OR_JSON,
}


def suite() -> ExpectationSuite:
    return suite_of(
        "information",
        has_columns("information", COLUMNS, why="The report could not be drawn."),
        never_null("clinic_id", CRITICAL, why="It would be in no clinic's report."),
        never_null("patient_id", CRITICAL, why="Nobody would know whom it is about."),
        never_null("reason", CRITICAL, why="Nobody could say what was seen."),
        in_set("kind", KINDS, CRITICAL, why="The report has no words for it."),
        one_row_per(
            "information",
            ("clinic_id", "patient_id", "kind"),
            WARNING,
            why="The same would be told twice.",
        ),
        no_row(
            "is_a_signal",
            """
            select 1
            from information
            anti join signal
                on information.signal_id = signal.signal_id
                and information.clinic_id = signal.clinic_id
                and information.kind = signal.kind
                and signal.level = 'info'
            where information.clinic_id is not null
            """,
            "conformance",
            WARNING,
            why="Something would be told of a patient that no rule has found.",
        ),
        no_row(
            "ending_is_not_raised_while_a_risk_is_open",
            """
            select 1
            from information
            inner join alert
                on information.clinic_id = alert.clinic_id
                and information.patient_id = alert.patient_id
                and alert.kind = 'critical_item'
                and alert.closed_at is null
            where information.kind = 'functional_twice'
            """,
            "conformance",
            CRITICAL,
            why="Ending would be proposed to a patient whose risk nobody has looked at yet.",
        ),
    )
