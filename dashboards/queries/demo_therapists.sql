-- grain: one therapist of one clinic, at most $most per clinic, those with the most alerts first
-- why: whom the demo offers to look around as; asked of simulated data only, so without $viewer
select clinic_id, therapist_id
from alert_list
where therapist_id is not null
group by clinic_id, therapist_id
qualify row_number() over (
    partition by clinic_id order by count(*) desc, therapist_id
) <= $most
order by clinic_id, count(*) desc, therapist_id
