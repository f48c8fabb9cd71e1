-- parameters: none of its own
-- reads: own_alert_outcome
-- why: own alerts by kind: how many were answered, and of those that four sessions followed how
--   many patients were back on course, beside those that nobody answered. What does not count as
--   an alert about a course of treatment is left to the lists.
select
    kind,
    sum(alerts)::integer as alerts,
    sum(answered)::integer as answered,
    coalesce(sum(with_outcome) filter (where action <> 'not_answered'), 0)::integer
        as answered_known,
    coalesce(sum(back_on_course) filter (where action <> 'not_answered'), 0)::integer
        as answered_back,
    coalesce(sum(with_outcome) filter (where action = 'not_answered'), 0)::integer
        as unanswered_known,
    coalesce(sum(back_on_course) filter (where action = 'not_answered'), 0)::integer
        as unanswered_back
from own_alert_outcome
group by kind
order by sum(alerts) desc, kind
