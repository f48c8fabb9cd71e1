"""mixed_model: the fits behind the expected courses, term by term."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    WARNING,
    at_least,
    has_columns,
    never_null,
    no_row,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "model": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "term": "VARCHAR",
    "estimate": "DOUBLE",
    "se": "DOUBLE",
    "n_obs": "INTEGER",
    "n_groups": "INTEGER",
    "reml": "DOUBLE",
    "singular": "BOOLEAN",
}
GRAIN = ("model", "instrument", "scale", "term")


def suite() -> ExpectationSuite:
    return suite_of(
        "mixed_model",
        has_columns("mixed_model", COLUMNS, why="Nobody could check the fit elsewhere."),
        never_null("model", WARNING, why="Nobody could say which fit this belongs to."),
        never_null("term", WARNING, why="Nobody could say what was estimated."),
        never_null("estimate", WARNING, why="Nobody could check the fit elsewhere."),
        at_least("se", 0, WARNING, why="An error below nothing is a mistake in the fit."),
        one_row_per("mixed_model", GRAIN, WARNING, why="One term would have two estimates."),
        no_row(
            "variances_are_not_below_0",
            "select 1 from mixed_model where term like '%var(%' and estimate < 0",
            "conformance",
            WARNING,
            why="Bands and probabilities would be nonsense.",
        ),
        no_row(
            "more_observations_than_groups",
            "select 1 from mixed_model where n_obs <= n_groups",
            "conformance",
            WARNING,
            why="The differences between patients could not be told from chance.",
        ),
        no_row(
            "agrees_with_the_course_in_force",
            """
            select 1
            from mixed_model
            inner join growth_model
                on mixed_model.model = growth_model.model
                and mixed_model.instrument = growth_model.instrument
                and mixed_model.scale = growth_model.scale
            where mixed_model.term = 'residual: sd'
                and abs(mixed_model.estimate - growth_model.residual_sd) > 1e-9
            """,
            "conformance",
            WARNING,
            why="The fit that is shown would not be the one that scores are held against.",
        ),
    )
