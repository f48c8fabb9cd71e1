"""outcome: how finished treatments ended, counted in four ways."""

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
    "clinic_id": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "class": "VARCHAR",
    "counted": "VARCHAR",
    "numerator": "BIGINT",
    "denominator": "BIGINT",
    "value": "DOUBLE",
    "lower": "DOUBLE",
    "upper": "DOUBLE",
}
KEY = ("clinic_id", "instrument", "scale", "class", "counted")
CLASSES = ("recovered", "improved", "unchanged", "deteriorated")
COUNTED = ("paired", "last_available", "lowest", "highest")


def suite() -> ExpectationSuite:
    return suite_of(
        "outcome",
        has_columns("outcome", COLUMNS, why="The report could not be drawn."),
        never_null("clinic_id", CRITICAL, why="The figure would be in no clinic's report."),
        in_set("class", CLASSES, CRITICAL, why="The report has no words for it."),
        in_set("counted", COUNTED, CRITICAL, why="The report has no words for it."),
        one_row_per("outcome", KEY, CRITICAL, why="Two answers to one question."),
        no_row(
            "numerator_within_denominator",
            "select 1 from outcome where numerator < 0 or numerator > denominator",
            "conformance",
            CRITICAL,
            why="A share above 100 % shows that part and whole were not counted alike.",
        ),
        no_row(
            "classes_add_up",
            """
            select 1
            from outcome
            where counted in ('paired', 'last_available') and numerator >= 0
            group by clinic_id, instrument, scale, counted
            having count(distinct class) = 4
                and count(*) = 4
                and bool_and(numerator <= denominator)
                and sum(numerator) <> max(denominator)
            """,
            "conformance",
            WARNING,
            why="Patients would be missing from the outcome figures, or in them twice.",
        ),
        no_row(
            "value_within_its_interval",
            """
            select 1
            from outcome
            where value < lower - 1e-9 or value > upper + 1e-9
                or (counted in ('lowest', 'highest') and lower is not null)
            """,
            "conformance",
            WARNING,
            why="The interval that is printed would be that of another figure.",
        ),
        no_row(
            "lowest_below_highest",
            """
            select 1
            from outcome as low
            inner join outcome as high
                on low.clinic_id = high.clinic_id
                and low.instrument = high.instrument
                and low.scale = high.scale
                and low.class = high.class
            where low.counted = 'lowest'
                and high.counted = 'highest'
                and low.denominator = high.denominator
                and low.numerator <= low.denominator
                and high.numerator <= high.denominator
                and low.numerator > high.numerator
            """,
            "conformance",
            WARNING,
            why="What is not known about a treatment would count against itself.",
        ),
    )
