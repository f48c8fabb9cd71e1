"""indicator_alert: primary indicators on which a rule fired in the last complete period."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    WARNING,
    has_columns,
    never_null,
    no_row,
    nothing_missing,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "unit_kind": "VARCHAR",
    "unit": "VARCHAR",
    "clinic_id": "VARCHAR",
    "team_id": "VARCHAR",
    "indicator": "VARCHAR",
    "period_kind": "VARCHAR",
    "period": "DATE",
    "value": "DOUBLE",
    "centre": "DOUBLE",
    "rules": "VARCHAR",
    "is_better": "BOOLEAN",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "indicator_alert",
        has_columns("indicator_alert", COLUMNS, why="The officer would not be told of a signal."),
        never_null("unit", WARNING, why="Nobody could say which team or clinic it is about."),
        never_null("rules", WARNING, why="An alert must name the rule that fired."),
        one_row_per(
            "indicator_alert",
            ("unit_kind", "unit", "indicator"),
            WARNING,
            why="One signal would be told twice.",
        ),
        no_row(
            "as_the_indicator_says",
            """
            select 1
            from indicator_alert
            anti join indicator
                on indicator_alert.unit_kind = indicator.unit_kind
                and indicator_alert.unit = indicator.unit
                and indicator_alert.indicator = indicator.indicator
                and indicator_alert.period_kind = indicator.period_kind
                and indicator_alert.period = indicator.period
                and indicator_alert.rules = indicator.rules
                and indicator.is_primary
            where indicator_alert.unit is not null and indicator_alert.rules is not null
            """,
            "conformance",
            WARNING,
            why="The officer would look for a signal that the chart does not show.",
        ),
        nothing_missing(
            "every_signal_of_the_last_quarter_is_told",
            """
            select 1
            from indicator
            anti join indicator_alert using (unit_kind, unit, indicator)
            where indicator.is_primary and indicator.rules <> ''
                and indicator.period_kind = 'quarter'
                and indicator.indicator in ('reliable_improvement', 'deterioration', 'drop_out')
                and indicator.period = (
                    select max(latest.period)
                    from indicator as latest
                    where latest.is_complete and latest.period_kind = 'quarter'
                        and latest.indicator = indicator.indicator
                        and latest.unit = indicator.unit
                        and latest.unit_kind = indicator.unit_kind
                )
            """,
            WARNING,
            why="A signal that nobody hears of is found a year later.",
        ),
    )
