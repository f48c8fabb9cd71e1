-- grain: kind of alert, by clinic where every clinic is large enough, else of the whole service
-- reads: alert, episode, run
-- why: whether alerts of the last 13 weeks were answered. No therapist can be told from it: a
--      unit needs five therapists, none with more than half of its episodes, and one clinic is
--      never the difference of others and a total. Counts of 1 to 4, and what would give one
--      away by subtraction, are null
with

caseloads as (
    select
        clinic_id,
        therapist_id,
        count(*) as episodes
    from episode
    where therapist_id is not null
    group by clinic_id, therapist_id
),

clinics as (
    select
        clinic_id,
        count(*) >= 5 and max(episodes) <= sum(episodes) / 2 as is_large
    from caseloads
    group by clinic_id
),

permitted as (
    select
        coalesce((select bool_and(is_large) from clinics), false)
        and not exists(
            select 1
            from alert
            where alert.clinic_id not in (select clinics.clinic_id from clinics)
        ) as by_clinic,
        coalesce(
            (select count(*) >= 5 and max(episodes) <= sum(episodes) / 2 from caseloads), false
        ) as as_a_whole
),

counted as (
    select
        case when permitted.by_clinic then alert.clinic_id end as clinic_id,
        alert.kind,
        count(*) as opened,
        count(alert.answered_at) as answered,
        count(*) filter (where alert.closed_at is null) as still_open,
        median(date_diff('hour', alert.opened_at, alert.answered_at)) / 24 as days_to_answer
    from alert
    cross join permitted
    cross join run
    where
        permitted.as_a_whole
        and $viewer.scope = 'aggregates'
        and alert.opened_at >= run.as_of - interval 91 days
        and alert.patient_id is not null
        and not alert.withdrawn
    group by 1, 2
)

select
    clinic_id,
    kind,
    case when opened >= 5 then opened end as opened,
    case
        when opened >= 5 and not answered between 1 and 4 and not opened - answered between 1 and 4
            then answered
    end as answered,
    case
        when
            opened >= 5
            and not still_open between 1 and 4
            and not opened - still_open between 1 and 4
            then still_open
    end as still_open,
    case
        when answered >= 5 and not opened - answered between 1 and 4 then days_to_answer
    end as days_to_answer
from counted
order by clinic_id, kind
