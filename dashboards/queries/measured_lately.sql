-- grain: one row: patients in treatment in $viewer's clinic, and how many of them were measured
-- reads: episode, overdue, run
-- why: the response of the week. Counted are patients with a running treatment: all of them, those
--      measured in the seven days up to the day of the data, and those who are not overdue
with

running as (
    select
        patient_id,
        max(last_measured_at) as last_measured_at
    from episode
    where
        $viewer.scope = 'clinic'
        and clinic_id = $viewer.clinic_id
        and not is_closed
    group by patient_id
),

late as (
    select distinct patient_id
    from overdue
    where clinic_id = $viewer.clinic_id
)

select
    count(*) as in_treatment,
    count(*) filter (where date_diff('day', running.last_measured_at, run.as_of) < 7)
        as measured_this_week,
    count(*) filter (where late.patient_id is null) as not_overdue
from running
left join late on running.patient_id = late.patient_id
cross join run
having count(*) > 0
