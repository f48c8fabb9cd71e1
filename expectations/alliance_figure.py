"""alliance_figure: how working together went this week, for a clinic as a whole."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    WARNING,
    at_least,
    has_columns,
    never_null,
    no_row,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "clinic_id": "VARCHAR",
    "forms": "BIGINT",
    "patients": "BIGINT",
    "low": "BIGINT",
    "dropped": "BIGINT",
    "restored": "BIGINT",
    "missing_after_low": "BIGINT",
    "open_alerts": "BIGINT",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "alliance_figure",
        has_columns("alliance_figure", COLUMNS, why="The report could not be drawn."),
        never_null("clinic_id", CRITICAL, why="The figure would be in no clinic's report."),
        one_row_per(
            "alliance_figure", ("clinic_id",), CRITICAL, why="Two answers to one question."
        ),
        at_least("low", 0, WARNING, why="A negative count is a broken query."),
        no_row(
            "patients_within_forms",
            "select 1 from alliance_figure where patients > forms",
            "plausibility",
            WARNING,
            why="More patients than forms means that the two count different weeks.",
        ),
        no_row(
            "open_alerts_count_their_list",
            """
            select 1
            from alliance_figure as figure
            where figure.open_alerts <> (
                select count(*)
                from alert_list
                where alert_list.clinic_id = figure.clinic_id
                    and alert_list.kind = 'alliance_rupture'
            )
            """,
            "conformance",
            WARNING,
            why="A figure that the list below it contradicts is believed no more.",
        ),
    )
