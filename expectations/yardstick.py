"""yardstick: by what change is judged, in each clinic, on each scale, by each method."""

from great_expectations import ExpectationSuite

from expectations.change import METHODS, SCOPES
from expectations.guard import (
    CRITICAL,
    WARNING,
    has_columns,
    in_set,
    never_null,
    no_row,
    nothing_missing,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "clinic_id": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "method": "VARCHAR",
    "scope": "VARCHAR",
    "direction": "INTEGER",
    "measured_in": "VARCHAR",
    "threshold": "DOUBLE",
    "threshold_rule": "VARCHAR",
    "standard_error": "DOUBLE",
    "cutoff": "DOUBLE",
    "cutoff_rule": "VARCHAR",
    "cutoff_kind": "VARCHAR",
    "missing": "VARCHAR",
    "definition": "VARCHAR",
}
GRAIN = ("clinic_id", "instrument", "scale", "method")
RULES = (">=", ">", "<=", "<")


def suite() -> ExpectationSuite:
    return suite_of(
        "yardstick",
        has_columns("yardstick", COLUMNS, why="Change could not be judged."),
        never_null("clinic_id", CRITICAL, why="Nobody could say whose measure this is."),
        never_null("instrument", CRITICAL, why="Nobody could say of what this is the measure."),
        never_null("scale", CRITICAL, why="Nobody could say of what this is the measure."),
        never_null("method", CRITICAL, why="Figures of different methods would be mixed."),
        never_null("definition", WARNING, why="The report could not say how it was computed."),
        in_set("method", METHODS, WARNING, why="The report could not say how it was computed."),
        in_set("scope", SCOPES, CRITICAL, why="Nobody could say whose values these are."),
        in_set(
            "measured_in",
            ("points", "percent", "index"),
            CRITICAL,
            why="Nobody could say of what this is the measure.",
        ),
        in_set(
            "threshold_rule",
            (">=", ">"),
            CRITICAL,
            why="Whether the very threshold counts would be left to chance.",
        ),
        in_set(
            "cutoff_rule",
            RULES,
            CRITICAL,
            why="Whether the very threshold counts would be left to chance.",
        ),
        one_row_per(
            "yardstick", GRAIN, CRITICAL, why="One change would be judged twice, and differently."
        ),
        no_row(
            "published_and_own_values_are_never_mixed",
            "select 1 from yardstick where scope <> (select min(scope) from yardstick)",
            "conformance",
            CRITICAL,
            why="A report would compare what cannot be compared.",
        ),
        no_row(
            "published_values_are_the_instruments",
            """
            select 1
            from yardstick
            inner join instrument_scale as scale
                on yardstick.instrument = scale.instrument and yardstick.scale = scale.scale
            where yardstick.method = 'JT'
                and yardstick.scope = 'published'
                and (
                    (
                        scale.reliable_change_points is not null
                        and (
                            yardstick.threshold is distinct from scale.reliable_change_points
                            or yardstick.threshold_rule
                            is distinct from scale.reliable_change_rule
                        )
                    )
                    or (
                        scale.cutoff is not null
                        and (
                            yardstick.cutoff is distinct from scale.cutoff
                            or yardstick.cutoff_rule is distinct from scale.cutoff_rule
                        )
                    )
                )
            """,
            "conformance",
            CRITICAL,
            why="The thresholds printed with their source would not be the ones applied.",
        ),
        no_row(
            "direction_is_the_instruments",
            """
            select 1
            from yardstick
            inner join instrument_scale as scale
                on yardstick.instrument = scale.instrument and yardstick.scale = scale.scale
            where yardstick.direction is distinct from scale.direction
            """,
            "conformance",
            CRITICAL,
            why="A patient who got worse could be shown as unchanged or even as improved.",
        ),
        no_row(
            "computed_points_follow_from_their_constants",
            # 1.959964 x sqrt(2) x SD x sqrt(1 - reliability), to be exceeded (RULES B1).
            """
            select 1
            from yardstick
            inner join instrument_scale as scale
                on yardstick.instrument = scale.instrument and yardstick.scale = scale.scale
            where yardstick.method = 'JT'
                and yardstick.threshold is not null
                and (yardstick.scope = 'local' or scale.reliable_change_points is null)
                and not coalesce(
                    yardstick.threshold_rule = '>'
                    and abs(
                        yardstick.threshold
                        - 1.959964 * sqrt(2) * yardstick.sd_before
                        * sqrt(1 - yardstick.reliability)
                    ) < 1e-6,
                    false
                )
            """,
            "conformance",
            CRITICAL,
            why="Reliable change would be claimed or denied on a wrong number.",
        ),
        no_row(
            "either_a_threshold_or_what_is_missing",
            "select 1 from yardstick where (threshold is null) <> (missing is not null)",
            "completeness",
            WARNING,
            why="Nobody would be told why nothing is said about these courses.",
        ),
        nothing_missing(
            "every_series_has_a_yardstick",
            """
            select 1
            from (select distinct clinic_id, instrument, scale from baseline) as series
            anti join yardstick
                on series.clinic_id = yardstick.clinic_id
                and series.instrument = yardstick.instrument
                and series.scale = yardstick.scale
                and yardstick.method = 'JT'
            where series.clinic_id is not null
                and series.instrument is not null
                and series.scale is not null
            """,
            CRITICAL,
            why="No rule would watch these courses, and nobody would notice.",
        ),
    )
