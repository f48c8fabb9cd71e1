"""response: one item value as landed; everything that is scored rests on it."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    INFO,
    WARNING,
    has_columns,
    never_null,
    no_row,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "clinic_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "exported_episode_id": "VARCHAR",
    "group_id": "VARCHAR",
    "session_no": "INTEGER",
    "measured_at": "TIMESTAMP",
    "respondent": "VARCHAR",
    "instrument": "VARCHAR",
    "item": "VARCHAR",
    "value": "DOUBLE",
    "has_artificial_date": "BOOLEAN",
    "sha256": "VARCHAR",
    "source_file": "VARCHAR",
    "source_line": "BIGINT",
    "landed_at": "TIMESTAMP",
}
GRAIN = (
    "clinic_id",
    "patient_id",
    "exported_episode_id",
    "respondent",
    "measured_at",
    "instrument",
    "item",
)


def suite() -> ExpectationSuite:
    return suite_of(
        "response",
        has_columns(
            "response", COLUMNS, why="Stations and exports that read a missing column stop working."
        ),
        never_null("clinic_id", CRITICAL, why="The answer would be in no clinic's report."),
        never_null("patient_id", CRITICAL, why="The answer would belong to nobody."),
        never_null("measured_at", CRITICAL, why="The answer would have no place in any episode."),
        never_null("instrument", CRITICAL, why="The answer could never be scored."),
        never_null("item", CRITICAL, why="Nobody could say which question was answered."),
        never_null("has_artificial_date", WARNING, why="Made-up dates could pass for real ones."),
        never_null("sha256", CRITICAL, why="The answer could not be traced to a file."),
        never_null("source_file", WARNING, why="The sender could not be told which file it is."),
        never_null("source_line", WARNING, why="The sender could not be told which line it is."),
        never_null("landed_at", CRITICAL, why="A past week could not be shown as it was."),
        one_row_per(
            "response", GRAIN, CRITICAL, why="An answer that counts twice makes a wrong score."
        ),
        no_row(
            "value_is_there_or_means_unknown",
            # HoNOS 9 lands as an answer without a value.
            """
            select 1
            from response
            where value is null
                and instrument not in (select instrument from instrument_missing_code)
            """,
            "conformance",
            CRITICAL,
            why="An empty cell would be counted as an answer.",
        ),
        no_row(
            "value_between_item_bounds",
            """
            select 1
            from response
            inner join (
                select instrument, item, min(minimum) as minimum, max(maximum) as maximum
                from instrument_item
                group by instrument, item
            ) as bounds
                on response.instrument = bounds.instrument and response.item = bounds.item
            where response.value not between bounds.minimum and bounds.maximum
            """,
            "conformance",
            CRITICAL,
            why="An answer the form does not allow makes a score that means nothing.",
        ),
        no_row(
            "reported_score_between_scale_bounds",
            """
            select 1
            from response
            inner join instrument_scale
                on response.instrument = instrument_scale.instrument
                and response.item = instrument_scale.scale
            where response.value not between instrument_scale.minimum and instrument_scale.maximum
            """,
            "conformance",
            CRITICAL,
            why="A total outside its scale was made with another version or a wrong column.",
        ),
        no_row(
            "item_known_to_instrument",
            """
            with asked as (
                select instrument, item, count(*) as answers
                from response
                group by instrument, item
            )
            select 1
            from asked
            where asked.instrument in (select instrument from instrument_scale)
                and (asked.instrument, asked.item)
                not in (select (instrument, item) from instrument_item)
                and (asked.instrument, asked.item)
                not in (select (instrument, scale) from instrument_scale)
            """,
            "completeness",
            INFO,
            why="Answers to a question that the instrument does not know are kept but not scored.",
        ),
        no_row(
            "measured_not_after_as_of",
            """
            select 1
            from response
            where cast(measured_at as date) > (select max(as_of) from run)
            """,
            "conformance",
            CRITICAL,
            why="The report would hold what was not yet known on its own date.",
        ),
        no_row(
            "landed_not_after_known_at",
            """
            select 1
            from response
            where landed_at > (select max(known_at) from run)
            """,
            "conformance",
            WARNING,
            why="A past week is then not shown as it was known at the time.",
        ),
        no_row(
            "landed_not_before_measured",
            """
            select 1
            from response
            where not has_artificial_date
                and cast(measured_at as date) > cast(landed_at as date)
            """,
            "plausibility",
            WARNING,
            why="An answer from after its own file shows that dates were read wrongly.",
        ),
        no_row(
            "measured_since_1980",
            # ROM did not exist before; a date in 1900 or 0026 is a misread one. Own choice. [D]
            "select 1 from response where measured_at < timestamp '1980-01-01'",
            "plausibility",
            WARNING,
            why="A misread date puts the answer in an episode of its own, out of sight.",
        ),
        no_row(
            "straight_lining_is_rare",
            # One row per clinic and instrument of five items or more, judged from 20 forms on,
            # where over a tenth has the same answer, not 0, all the way down. Own choice. [D]
            # Above 500,000 answers those of one patient in so many, always the same ones.
            """
            with form as (
                select
                    any_value(clinic_id) as clinic_id,
                    any_value(instrument) as instrument,
                    min(value) = max(value) and min(value) > 0 as is_straight
                from response
                where instrument in (
                    select instrument from instrument_item group by instrument having count(*) >= 5
                )
                and hash(patient_id) % (
                    select cast(greatest(1, count(*) // 500000) as ubigint) from response
                ) = 0
                group by hash(clinic_id, patient_id, measured_at, instrument)
                having count(*) >= 5
            )
            select 1
            from form
            group by clinic_id, instrument
            having count(*) >= 20 and avg(cast(is_straight as integer)) > 0.1
            """,
            "plausibility",
            INFO,
            why="Forms filled in without reading make scores that follow nobody's complaints.",
        ),
    )
