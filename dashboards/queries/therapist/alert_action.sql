-- parameters: none of its own
-- reads: own_alert_outcome
-- why: what was done about own alerts, whatever their kind, and what came of it.
select
    action,
    sum(alerts)::integer as alerts,
    sum(with_outcome)::integer as known,
    sum(back_on_course)::integer as back
from own_alert_outcome
where action <> 'not_answered'
group by action
order by sum(alerts) desc, action
