"""shown_indicator_alert: what the quality officer is to look at, of what may be read."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    WARNING,
    has_columns,
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
    "numerator": "DOUBLE",
    "denominator": "DOUBLE",
    "value": "DOUBLE",
    "centre": "DOUBLE",
    "lower": "DOUBLE",
    "upper": "DOUBLE",
    "rules": "VARCHAR",
    "is_trial": "BOOLEAN",
    "is_better": "BOOLEAN",
}
KEY = ("unit_kind", "unit", "indicator")


def suite() -> ExpectationSuite:
    return suite_of(
        "shown_indicator_alert",
        has_columns(
            "shown_indicator_alert", COLUMNS, why="The page would not say what to look at."
        ),
        one_row_per("shown_indicator_alert", KEY, CRITICAL, why="Two answers to one question."),
        no_row(
            "of_what_is_shown",
            """
            select 1
            from shown_indicator_alert
            anti join shown_indicator using (unit_kind, unit, indicator, period_kind, period, value)
            where unit is not null and indicator is not null
            """,
            "conformance",
            CRITICAL,
            why="A figure that was left out would be told after all.",
        ),
        nothing_missing(
            "every_signal_of_the_last_quarter_is_told",
            """
            select 1
            from shown_indicator
            anti join shown_indicator_alert using (unit_kind, unit, indicator)
            where shown_indicator.is_primary and shown_indicator.rules <> ''
                and shown_indicator.period_kind = 'quarter'
                and shown_indicator.indicator in (
                    'reliable_improvement', 'deterioration', 'drop_out'
                )
                and shown_indicator.period = (
                    select max(latest.period)
                    from shown_indicator as latest
                    where latest.is_complete and latest.period_kind = 'quarter'
                        and latest.indicator = shown_indicator.indicator
                        and latest.unit = shown_indicator.unit
                        and latest.unit_kind = shown_indicator.unit_kind
                )
            """,
            WARNING,
            why="A signal that nobody hears of is found a year later.",
        ),
    )
