"""change: how far each series has come since its baseline, and what that is called."""

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
    "patient_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "method": "VARCHAR",
    "baseline": "DOUBLE",
    "latest": "DOUBLE",
    "baseline_at": "TIMESTAMP",
    "latest_at": "TIMESTAMP",
    "rci": "DOUBLE",
    "reliable_change_points": "DOUBLE",
    "cutoff": "DOUBLE",
    "class": "VARCHAR",
    "harmed": "BOOLEAN",
    "crossed_cutoff": "BOOLEAN",
    "crossed_without_reliable_change": "BOOLEAN",
    "is_case_at_start": "BOOLEAN",
    "scope": "VARCHAR",
    "definition": "VARCHAR",
    "is_closed": "BOOLEAN",
}
SERIES = ("clinic_id", "patient_id", "episode_id", "instrument", "scale", "method")
METHODS = ("JT", "CM", "EN", "GLN", "HLL", "NK", "HA", "ANCHOR", "PCT")
SCOPES = ("published", "local")
CLASSES = ("recovered", "improved", "unchanged", "deteriorated")

# Jacobson & Truax (RULES B1), written apart from the station: distance in the good direction,
# and on which side of the cut-off either end lies. A distance that only rounding brings to the
# threshold may be read either way: 0.1 + 0.2 is not 0.3.
JUDGED = """
    select
        change.*,
        sign(scale.direction * (change.latest - change.baseline)) as towards,
        least(abs(change.latest - change.baseline), distance.rounded) as distance_at_least,
        greatest(abs(change.latest - change.baseline), distance.rounded) as distance_at_most,
        scale.threshold_rule = '>=' as is_inclusive,
        scale.cutoff_rule = '>=' and change.baseline >= change.cutoff
            or scale.cutoff_rule = '>' and change.baseline > change.cutoff
            or scale.cutoff_rule = '<' and change.baseline < change.cutoff
            or scale.cutoff_rule = '<=' and change.baseline <= change.cutoff as starts_clinical,
        scale.cutoff_rule = '>=' and change.latest >= change.cutoff
            or scale.cutoff_rule = '>' and change.latest > change.cutoff
            or scale.cutoff_rule = '<' and change.latest < change.cutoff
            or scale.cutoff_rule = '<=' and change.latest <= change.cutoff as ends_clinical
    from change
    inner join yardstick as scale
        on change.clinic_id = scale.clinic_id
        and change.instrument = scale.instrument
        and change.scale = scale.scale
        and change.method = scale.method
    cross join lateral (
        select round(abs(change.latest - change.baseline), 6) as rounded
    ) as distance
    where change.method = 'JT'
"""


def suite() -> ExpectationSuite:
    return suite_of(
        "change",
        has_columns(
            "change", COLUMNS, why="Stations and exports that read a missing column stop working."
        ),
        never_null("clinic_id", CRITICAL, why="The change would be in no clinic's report."),
        never_null("patient_id", CRITICAL, why="The change would belong to nobody."),
        never_null("episode_id", CRITICAL, why="The change would belong to no course."),
        never_null("instrument", CRITICAL, why="Nobody could say what changed."),
        never_null("scale", CRITICAL, why="Nobody could say what changed."),
        never_null("method", CRITICAL, why="Figures of different methods would be mixed."),
        never_null("baseline", CRITICAL, why="There is no change without a start."),
        never_null("latest", CRITICAL, why="There is no change without an end."),
        never_null("definition", WARNING, why="The report could not say how it was computed."),
        never_null("is_closed", WARNING, why="Running treatments would be judged as ended ones."),
        in_set("method", METHODS, WARNING, why="The report could not say how it was computed."),
        in_set("scope", SCOPES, WARNING, why="The report could not say whose values these are."),
        in_set("class", CLASSES, CRITICAL, why="The report would leave these patients out."),
        one_row_per(
            "change", SERIES, CRITICAL, why="A course that counts twice makes wrong percentages."
        ),
        no_row(
            "baseline_is_the_series_baseline",
            """
            select 1
            from change
            anti join baseline
                on change.clinic_id = baseline.clinic_id
                and change.patient_id = baseline.patient_id
                and change.episode_id = baseline.episode_id
                and change.instrument = baseline.instrument
                and change.scale = baseline.scale
                and change.baseline = baseline.baseline_score
                and change.baseline_at = baseline.baseline_at
            where change.clinic_id is not null
                and change.patient_id is not null
                and change.episode_id is not null
                and change.instrument is not null
                and change.scale is not null
                and change.baseline is not null
            """,
            "conformance",
            CRITICAL,
            why="Change would be counted from another start than the alerts use.",
        ),
        no_row(
            "latest_is_the_last_score",
            """
            with last_scored as (
                select
                    clinic_id,
                    patient_id,
                    episode_id,
                    instrument,
                    scale,
                    max(measured_at) as measured_at
                from score
                where score is not null and baseline_score is not null and not is_follow_up
                group by clinic_id, patient_id, episode_id, instrument, scale
            )
            select 1
            from change
            inner join last_scored
                on change.clinic_id = last_scored.clinic_id
                and change.patient_id = last_scored.patient_id
                and change.episode_id = last_scored.episode_id
                and change.instrument = last_scored.instrument
                and change.scale = last_scored.scale
            anti join score
                on last_scored.clinic_id = score.clinic_id
                and last_scored.patient_id = score.patient_id
                and last_scored.episode_id = score.episode_id
                and last_scored.instrument = score.instrument
                and last_scored.scale = score.scale
                and last_scored.measured_at = score.measured_at
                and change.latest_at = score.measured_at
                and change.latest = score.score
            where change.latest is not null
            """,
            "conformance",
            CRITICAL,
            why="The patient may be better or worse by now than the report says.",
        ),
        no_row(
            "thresholds_are_those_of_the_yardstick",
            """
            select 1
            from change
            inner join yardstick
                on change.clinic_id = yardstick.clinic_id
                and change.instrument = yardstick.instrument
                and change.scale = yardstick.scale
                and change.method = yardstick.method
            where change.cutoff is distinct from yardstick.cutoff
                or change.scope <> yardstick.scope
                or (
                    change.method in ('JT', 'CM')
                    and change.reliable_change_points is distinct from yardstick.threshold
                )
            """,
            "conformance",
            CRITICAL,
            why="The thresholds printed with their source would not be the ones applied.",
        ),
        no_row(
            "rci_is_the_change_in_units_of_its_error",
            """
            select 1
            from change
            inner join yardstick
                on change.clinic_id = yardstick.clinic_id
                and change.instrument = yardstick.instrument
                and change.scale = yardstick.scale
                and change.method = yardstick.method
            where change.method in ('JT', 'CM')
                and (
                    (change.rci is null) <> (yardstick.standard_error is null)
                    or abs(
                        abs(change.rci) * yardstick.standard_error
                        - abs(change.latest - change.baseline)
                    ) > 1e-6
                )
            """,
            "conformance",
            CRITICAL,
            why="A reliable change index that does not fit its scores misleads who reads it.",
        ),
        no_row(
            "class_wherever_reliable_change_is_known",
            """
            select 1
            from change
            where method = 'JT' and (class is null) <> (reliable_change_points is null)
            """,
            "completeness",
            CRITICAL,
            why="Unclassified courses drop out of the percentages; unfounded classes enter them.",
        ),
        no_row(
            "class_agrees_with_the_index",
            # Of the methods that judge by an index alone.
            """
            select 1
            from change
            inner join yardstick
                on change.clinic_id = yardstick.clinic_id
                and change.instrument = yardstick.instrument
                and change.scale = yardstick.scale
                and change.method = yardstick.method
            where yardstick.measured_in = 'index'
                and case
                    when yardstick.direction * change.rci > yardstick.threshold
                        then change.class not in ('recovered', 'improved')
                    when yardstick.direction * change.rci < -yardstick.threshold
                        then change.class <> 'deteriorated'
                    else change.class <> 'unchanged'
                end
            """,
            "conformance",
            WARNING,
            why="Who compares methods would compare something else.",
        ),
        no_row(
            "class_agrees_with_points_and_direction",
            f"""
            with judged as ({JUDGED})
            select 1
            from judged
            where (
                class in ('recovered', 'improved', 'deteriorated')
                and not (
                    distance_at_most > reliable_change_points
                    or is_inclusive and distance_at_most >= reliable_change_points
                )
            )
            or (
                class = 'unchanged'
                and (
                    distance_at_least > reliable_change_points
                    or is_inclusive and distance_at_least >= reliable_change_points
                )
            )
            or (class in ('recovered', 'improved') and towards < 0)
            or (class = 'deteriorated' and towards > 0)
            """,
            "conformance",
            CRITICAL,
            why="A patient who got worse could be shown as unchanged or even as improved.",
        ),
        no_row(
            "recovered_starts_clinical_and_ends_functional",
            f"""
            with judged as ({JUDGED})
            select 1
            from judged
            where class in ('recovered', 'improved')
                and (class = 'recovered')
                <> (coalesce(starts_clinical, false) and not coalesce(ends_clinical, true))
            """,
            "conformance",
            CRITICAL,
            why="Recovery would be claimed for, or withheld from, the wrong patients.",
        ),
        no_row(
            "harmed_starts_functional_and_ends_clinical",
            f"""
            with judged as ({JUDGED})
            select 1
            from judged
            where coalesce(harmed, false) <> (
                coalesce(class = 'deteriorated', false)
                and not coalesce(starts_clinical, true)
                and coalesce(ends_clinical, false)
            )
            """,
            "conformance",
            WARNING,
            why="Patients who became ill in treatment would be miscounted.",
        ),
        no_row(
            "case_at_start_agrees_with_cutoff",
            f"""
            with judged as ({JUDGED})
            select 1
            from judged
            where starts_clinical is not null and is_case_at_start is distinct from starts_clinical
            """,
            "conformance",
            WARNING,
            why="The number who could recover at all would be wrong.",
        ),
        no_row(
            "crossed_cutoff_agrees_with_both_ends",
            # Whether a crossing for the worse is flagged too is left to the station's definition.
            f"""
            with judged as ({JUDGED})
            select 1
            from judged
            where (crossed_cutoff and starts_clinical = ends_clinical)
                or (not crossed_cutoff and starts_clinical and not ends_clinical)
            """,
            "conformance",
            WARNING,
            why="Crossing the cut-off is read as a sign of recovery.",
        ),
        no_row(
            "crossed_without_reliable_change_is_both",
            f"""
            with judged as ({JUDGED})
            select 1
            from judged
            where crossed_without_reliable_change <> coalesce(
                class = 'unchanged' and starts_clinical and not ends_clinical, false
            )
            """,
            "conformance",
            WARNING,
            why="A recovery that may be chance would be read as one that is not, or passed over.",
        ),
        no_row(
            "closed_as_its_episode",
            """
            select 1
            from change
            inner join episode
                on change.clinic_id = episode.clinic_id
                and change.patient_id = episode.patient_id
                and change.episode_id = episode.episode_id
            where change.is_closed <> episode.is_closed
            """,
            "conformance",
            CRITICAL,
            why="Percentages of ended treatments would count running ones.",
        ),
        no_row(
            "deterioration_stays_the_exception",
            # One row per clinic and instrument, from 50 ended courses on. Published base rates
            # are 5 to 14 % (RULES B2.8); over a third means a reversed scale. Own choice. [D]
            """
            select 1
            from change
            where method = 'JT' and is_closed and class is not null
            group by clinic_id, instrument, scale, method
            having count(*) >= 50 and avg(cast(class = 'deteriorated' as integer)) > 1 / 3
            """,
            "plausibility",
            WARNING,
            why="So much deterioration is more often a reversed scale than bad treatment.",
        ),
    )
