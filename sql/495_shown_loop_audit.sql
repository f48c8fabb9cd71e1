-- grain: unit (service, clinic) x kind of alert x rule
-- reads: loop_audit
-- why: what became of the alerts, without small counts. Of a row with fewer than 5 alerts nothing
--   is said; a count is left out where it is 1 to 4, or differs by so few from one that it is part
--   of.
--   Clinics are shown all or none of a count, since one that is left out alone could be worked out
--   from the others. Times are told of 5 and more.
with

judged as (
    select
        *,
        alerts >= 5 as is_enough,
        len(
            list_filter([seen, alerts - seen], lambda count: count between 1 and 4)
        ) = 0 as has_seen,
        len(
            list_filter(
                [answered, alerts - answered, seen - answered],
                lambda count: count between 1 and 4
            )
        ) = 0 as has_answered,
        len(
            list_filter(
                [answered_in_time, answered - answered_in_time, alerts - answered_in_time],
                lambda count: count between 1 and 4
            )
        ) = 0 as has_in_time,
        len(
            list_filter(
                [acted_on, answered - acted_on, alerts - acted_on],
                lambda count: count between 1 and 4
            )
        ) = 0 as has_acted_on,
        len(
            list_filter(
                [
                    answered_known,
                    answered_back,
                    answered_known - answered_back,
                    comparable_known,
                    answered - answered_known
                ],
                lambda count: count between 1 and 4
            )
        ) = 0 as has_outcome
    from loop_audit
),

together as (
    select
        *,
        bool_and(is_enough) over siblings as shows,
        bool_and(is_enough and has_seen) over siblings as shows_seen,
        bool_and(is_enough and has_seen and has_answered) over siblings as shows_answered,
        bool_and(is_enough and has_answered and has_in_time) over siblings as shows_in_time,
        bool_and(is_enough and has_answered and has_acted_on) over siblings as shows_acted_on,
        bool_and(is_enough and has_answered and has_outcome) over siblings as shows_outcome
    from judged
    window siblings as (partition by unit_kind, kind, rule)
)

select
    unit_kind,
    unit,
    clinic_id,
    kind,
    rule,
    case when shows then alerts end as alerts,
    case when shows_seen then seen end as seen,
    case when shows_answered then answered end as answered,
    case when shows_in_time then answered_in_time end as answered_in_time,
    case when shows_acted_on then acted_on end as acted_on,
    case when shows_seen and seen >= 5 then hours_to_seen end as hours_to_seen,
    case when shows_answered and answered >= 5 then hours_to_answer_lower end
        as hours_to_answer_lower,
    case when shows_answered and answered >= 5 then hours_to_answer end as hours_to_answer,
    case when shows_answered and answered >= 5 then hours_to_answer_upper end
        as hours_to_answer_upper,
    case when shows_outcome then answered_known end as answered_known,
    case when shows_outcome then answered_back end as answered_back,
    case when shows_outcome then comparable_known end as comparable_known,
    case when shows_outcome then expected_back end as expected_back,
    caution
from together
