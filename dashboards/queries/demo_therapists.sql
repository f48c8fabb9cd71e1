-- grain: one therapist of one clinic, at most $most per clinic with the most alerts, and two more
-- why: whom the demo offers to look around as; asked of simulated data only, so without $viewer.
--      Beside those with the most alerts stand the one with the fewest closed episodes and the
--      first in training, because the own progress page of each looks different
with

alerts as (
    select
        clinic_id,
        therapist_id,
        count(*) as alerts
    from alert_list
    where therapist_id is not null
    group by clinic_id, therapist_id
),

busiest as (
    select
        clinic_id,
        therapist_id
    from alerts
    qualify row_number() over (partition by clinic_id order by alerts desc, therapist_id) <= $most
),

closed as (
    select
        clinic_id,
        therapist_id,
        count(*) as episodes
    from episode
    where is_closed and therapist_id is not null
    group by clinic_id, therapist_id
),

fewest as (
    select
        clinic_id,
        therapist_id
    from closed
    qualify row_number() over (partition by clinic_id order by episodes, therapist_id) = 1
),

in_training as (
    select
        clinic_id,
        min(therapist_id) as therapist_id
    from therapist
    where is_trainee
    group by clinic_id
),

offered as (
    select * from busiest
    union distinct
    select * from fewest
    union distinct
    select * from in_training
)

select
    offered.clinic_id,
    offered.therapist_id
from offered
left join alerts
    on offered.clinic_id = alerts.clinic_id
    and offered.therapist_id = alerts.therapist_id
order by offered.clinic_id, coalesce(alerts.alerts, 0) desc, offered.therapist_id
