"""quality_unit: which units are large enough for figures that are nobody's own."""

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
    "quarter": "DATE",
    "therapists": "BIGINT",
    "episodes": "BIGINT",
    "largest_share": "DOUBLE",
    "is_shown": "BOOLEAN",
    "hidden_because": "VARCHAR",
}
REASONS = ("therapists_unknown", "too_few_therapists", "one_therapist_too_large")

# Most: more than half of those of the first 90 days, and at least three. Our own choice.
RENAMED = """
    with
    clinic as (
        select
            clinic_id,
            min(started_at) as began_at,
            max(coalesce(last_measured_at, started_at)) as last_at
        from episode
        group by clinic_id
    ),
    successor as (
        select
            before.clinic_id as old_id,
            after.clinic_id as new_id,
            after.began_at
        from clinic as before
        inner join clinic as after
            on before.clinic_id <> after.clinic_id
            and before.began_at < after.began_at
            and date_diff('month', before.last_at, after.began_at) between 0 and 1
        cross join run
        where
            before.last_at < run.as_of - interval 60 day
            and not exists (
                select 1 from setting
                where name = 'renamed_clinics.' || before.clinic_id and value = after.clinic_id
            )
    ),
    person as (
        select 'therapist' as role, clinic_id, therapist_id as person_id,
            min(started_at) as first_at
        from episode where therapist_id is not null group by all
        union all
        select 'patient' as role, clinic_id, patient_id as person_id,
            min(started_at) as first_at
        from episode group by all
    ),
    shared as (
        select
            successor.old_id,
            successor.new_id,
            person.role,
            count(*) as people,
            count(earlier.person_id) as known
        from successor
        inner join person
            on successor.new_id = person.clinic_id
            and person.first_at < successor.began_at + interval 90 day
        left join person as earlier
            on successor.old_id = earlier.clinic_id
            and person.role = earlier.role
            and person.person_id = earlier.person_id
        group by all
    )
    select old_id, new_id
    from shared
    where known >= 3 and 2 * known > people
    group by all
"""


def suite() -> ExpectationSuite:
    return suite_of(
        "quality_unit",
        has_columns("quality_unit", COLUMNS, why="The quality page could not be drawn."),
        never_null("unit", CRITICAL, why="Nobody could say which team or clinic it is about."),
        never_null("quarter", CRITICAL, why="Nobody could say when it held."),
        never_null("is_shown", CRITICAL, why="A small unit could be shown all the same."),
        in_set("hidden_because", REASONS, CRITICAL, why="The page has no words for it."),
        one_row_per(
            "quality_unit",
            ("unit_kind", "unit", "quarter"),
            CRITICAL,
            why="A unit would be shown and hidden at once.",
        ),
        no_row(
            "five_therapists_and_none_above_half",
            """
            select 1
            from quality_unit
            where is_shown and (therapists < 5 or largest_share > 0.5)
            """,
            "conformance",
            CRITICAL,
            why="The results of one therapist would be published under the name of a team.",
        ),
        no_row(
            "what_is_hidden_says_why",
            "select 1 from quality_unit where not is_shown and hidden_because is null",
            "conformance",
            CRITICAL,
            why="A unit that is missing without a reason is looked for in vain.",
        ),
        no_row(
            "no_clinic_goes_on_under_another_name",
            RENAMED,
            "plausibility",
            WARNING,
            why=(
                "One clinic stops where another starts with mostly the same therapists or"
                " patients: if it was renamed, name both under renamed_clinics in [indicators]."
            ),
        ),
    )
