-- grain: therapist x kind of alert x what was done about it
-- lane: therapists
-- reads: alert
-- why: what came of one's own alerts, beside those that nobody answered. Scores that were far off
--   drift back to the mean by themselves, so patients are better after most alerts, whatever was
--   done; nor are answered and unanswered alerts about patients alike. Withdrawn ones do not
--   count. An alert has an outcome once four sessions came after it.
select
    clinic_id,
    therapist_id,
    kind,
    case
        when answered_at is null then 'not_answered'
        else coalesce(action, 'no_action_named')
    end as action,
    count(*)::integer as alerts,
    count(answered_at)::integer as answered,
    count(outcome_after_4_sessions)::integer as with_outcome,
    (count(*) filter (where outcome_after_4_sessions = 'back_on_course'))::integer
        as back_on_course
from alert
where therapist_id is not null and not coalesce(withdrawn, false)
group by
    clinic_id,
    therapist_id,
    kind,
    case
        when answered_at is null then 'not_answered'
        else coalesce(action, 'no_action_named')
    end
