"""indicator: what is counted of a service, clinic or team, by period, with control limits."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    INFO,
    WARNING,
    at_least,
    has_columns,
    in_set,
    never_null,
    no_row,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "unit_kind": "VARCHAR",
    "unit": "VARCHAR",
    "clinic_id": "VARCHAR",
    "team_id": "VARCHAR",
    "period_kind": "VARCHAR",
    "period": "DATE",
    "indicator": "VARCHAR",
    "is_primary": "BOOLEAN",
    "better": "VARCHAR",
    "chart": "VARCHAR",
    "numerator": "DOUBLE",
    "denominator": "DOUBLE",
    "value": "DOUBLE",
    "centre": "DOUBLE",
    "lower": "DOUBLE",
    "upper": "DOUBLE",
    "rules": "VARCHAR",
    "is_trial": "BOOLEAN",
    "segment": "INTEGER",
    "is_complete": "BOOLEAN",
}
KEY = ("unit_kind", "unit", "period_kind", "period", "indicator")


def suite() -> ExpectationSuite:
    return suite_of(
        "indicator",
        has_columns("indicator", COLUMNS, why="The quality page could not be drawn."),
        never_null("unit", CRITICAL, why="Nobody could say which team or clinic it is about."),
        never_null("period", CRITICAL, why="Nobody could say when it was."),
        never_null("indicator", CRITICAL, why="Nobody could say what was counted."),
        never_null("is_complete", CRITICAL, why="A month that still grows would look like a fall."),
        in_set("unit_kind", ("service", "clinic", "team"), CRITICAL, why="Never of a therapist."),
        in_set("period_kind", ("week", "month", "quarter"), CRITICAL, why="No period is so long."),
        at_least("denominator", 0, CRITICAL, why="A negative count is a broken query."),
        one_row_per("indicator", KEY, CRITICAL, why="Two answers to one question."),
        no_row(
            "nothing_counted_is_no_zero",
            "select 1 from indicator where denominator = 0 and value is not null",
            "conformance",
            CRITICAL,
            why="A month without data would be drawn as a month in which nobody got better.",
        ),
        no_row(
            "share_is_its_counts",
            """
            select 1
            from indicator
            where chart in ('pp', 'none') and denominator > 0
                and (numerator > denominator or abs(value - numerator / denominator) > 1e-6)
            """,
            "conformance",
            CRITICAL,
            why="A share that its own numbers contradict is believed no more.",
        ),
        no_row(
            "only_units_that_are_large_enough",
            """
            select 1
            from indicator
            anti join quality_unit
                on indicator.unit_kind = quality_unit.unit_kind
                and indicator.unit = quality_unit.unit
                and date_trunc('quarter', indicator.period)::date = quality_unit.quarter
                and quality_unit.is_shown
            where indicator.value is not null and indicator.indicator <> 'data_rejected'
                and indicator.unit is not null and indicator.period is not null
                and indicator.indicator is not null
                and indicator.unit_kind in ('service', 'clinic', 'team')
            """,
            "conformance",
            CRITICAL,
            why="The results of one therapist would be published under the name of a team.",
        ),
        no_row(
            "limits_of_complete_periods_only",
            """
            select 1
            from indicator
            where not is_complete and (lower is not null or coalesce(rules, '') <> '')
            """,
            "conformance",
            WARNING,
            why="A month that is not over yet would be told as a signal.",
        ),
        no_row(
            "limits_around_the_centre",
            "select 1 from indicator where lower > centre + 1e-9 or upper < centre - 1e-9",
            "conformance",
            WARNING,
            why="Limits that do not hold their own mean call everything a signal.",
        ),
        no_row(
            "outcomes_by_quarter_at_most",
            """
            select 1
            from indicator
            inner join indicator_definition
                on indicator.indicator = indicator_definition.indicator
            where indicator_definition.is_outcome and indicator.period_kind in ('week', 'month')
            """,
            "conformance",
            WARNING,
            why="Outcomes of a week or a month are chance, and would be read as news.",
        ),
        no_row(
            "no_period_is_left_out",
            """
            select 1
            from (
                select period, period_kind, lag(period) over (
                    partition by unit_kind, unit, indicator, period_kind order by period
                ) as before
                from indicator
                where unit is not null and indicator is not null
            ) as step
            where before is not null and date_diff('day', before, period)
                > case period_kind when 'week' then 7 when 'month' then 31 else 92 end
            """,
            "completeness",
            INFO,
            why="A gap that is not there looks like two months beside each other.",
        ),
    )
