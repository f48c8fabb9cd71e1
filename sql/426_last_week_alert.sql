-- grain: clinic x kind of alert that was open a week before the day of the data
-- reads: alert, run
-- why: an alert that nobody comes back to is no feedback. Of what stood in the report of a week
--   ago: what was answered since, with more than a reason to do nothing (acted on), what is back
--   on course, what closed for another reason, what is still open.
with

a_week_ago as (
    select
        alert.*,
        coalesce(date_diff('day', alert.answered_at, run.as_of) < 7, false) as is_answered
    from alert
    cross join run
    where
        date_diff('day', alert.opened_at, run.as_of) >= 7
        and (alert.closed_at is null or date_diff('day', alert.closed_at, run.as_of) < 7)
)

select
    clinic_id,
    kind,
    count(*) as alerts,
    count(*) filter (where is_answered) as answered,
    count(*) filter (where is_answered and action <> 'no_action') as acted_on,
    count(*) filter (where closed_reason = 'on_track') as back_on_course,
    count(*) filter (where closed_reason = 'answered') as closed_by_answer,
    count(*) filter (
        where closed_at is not null and closed_reason not in ('on_track', 'answered')
    ) as closed_otherwise,
    count(*) filter (where closed_at is null) as still_open
from a_week_ago
group by clinic_id, kind
