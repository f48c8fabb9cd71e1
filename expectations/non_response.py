"""non_response: why a patient was not measured, in the codes of the SBG."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    INFO,
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
    "patient_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "noted_at": "TIMESTAMP",
    "instrument": "VARCHAR",
    "reason_code": "VARCHAR",
    "source_file": "VARCHAR",
    "source_line": "BIGINT",
}
# RULES A4 [VC]: approached (01 to 05) or not approached (06 to 10).
CODES = (
    *("01", "02", "02a", "02b", "03", "04", "05"),
    *("06", "06a", "06b", "07", "08", "09", "09a", "09b", "10"),
)


def suite() -> ExpectationSuite:
    return suite_of(
        "non_response",
        has_columns(
            "non_response",
            COLUMNS,
            why="Stations and exports that read a missing column stop working.",
        ),
        never_null("clinic_id", CRITICAL, why="The reason would count for no clinic."),
        never_null("patient_id", CRITICAL, why="The reason would count for nobody."),
        never_null("noted_at", CRITICAL, why="Nobody could say which measurement was missed."),
        never_null("reason_code", CRITICAL, why="Nobody could say why somebody was not measured."),
        in_set("reason_code", CODES, WARNING, why="Nobody could say whose turn it is to act."),
        one_row_per(
            "non_response",
            ("clinic_id", "patient_id", "episode_id", "noted_at", "instrument"),
            WARNING,
            why="One missed measurement would count as two.",
        ),
        no_row(
            "noted_not_after_as_of",
            """
            select 1
            from non_response
            where cast(noted_at as date) > (select max(as_of) from run)
            """,
            "conformance",
            CRITICAL,
            why="The report would hold what was not yet known on its own date.",
        ),
        no_row(
            "not_always_one_reason",
            # One row per clinic where all of 30 reasons or more are the same. Own choice. [D]
            """
            select 1
            from non_response
            group by clinic_id
            having count(*) >= 30 and min(reason_code) = max(reason_code)
            """,
            "plausibility",
            INFO,
            why="A reason that is always the same was filled in by a system, not by a person.",
        ),
    )
