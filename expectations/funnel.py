"""funnel: clinics and teams beside each other, never therapists."""

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

COLUMNS = {
    "unit_kind": "VARCHAR",
    "unit": "VARCHAR",
    "clinic_id": "VARCHAR",
    "team_id": "VARCHAR",
    "period_kind": "VARCHAR",
    "period": "DATE",
    "indicator": "VARCHAR",
    "numerator": "DOUBLE",
    "denominator": "DOUBLE",
    "value": "DOUBLE",
    "target": "DOUBLE",
    "z": "DOUBLE",
    "phi": "DOUBLE",
    "tau2": "DOUBLE",
    "lower95": "DOUBLE",
    "upper95": "DOUBLE",
    "lower998": "DOUBLE",
    "upper998": "DOUBLE",
}
KEY = ("unit_kind", "unit", "period_kind", "period", "indicator")


def suite() -> ExpectationSuite:
    return suite_of(
        "funnel",
        has_columns("funnel", COLUMNS, why="No funnel could be drawn."),
        never_null("unit", CRITICAL, why="Nobody could say which team or clinic it is about."),
        in_set("unit_kind", ("clinic", "team"), CRITICAL, why="Therapists are never compared."),
        in_set("period_kind", ("quarter", "year"), WARNING, why="No period is so long."),
        one_row_per("funnel", KEY, CRITICAL, why="A unit would stand in the funnel twice."),
        no_row(
            "value_is_its_counts",
            """
            select 1
            from funnel
            where denominator <= 0 or abs(value - numerator / denominator) > 1e-9
            """,
            "conformance",
            CRITICAL,
            why="A unit would stand where it does not belong.",
        ),
        no_row(
            "wide_limits_hold_the_narrow",
            "select 1 from funnel where lower998 > lower95 or upper998 < upper95",
            "conformance",
            WARNING,
            why="A unit could be far out and not out at all.",
        ),
        no_row(
            "never_fewer_than_three_units",
            """
            select 1
            from funnel
            where unit is not null
            group by unit_kind, period_kind, period, indicator
            having count(distinct unit) < 3 and count(*) < 3
            """,
            "conformance",
            WARNING,
            why="Of two units each could read what the other did.",
        ),
    )
