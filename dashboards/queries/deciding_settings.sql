-- grain: one setting that decides when an alert opens, stays open or closes; no patients in it
-- reads: setting
select section, name, value, source
from setting
where
    section in ('signals', 'alerts', 'episodes', 'overdue')
    or (section = 'critical' and name in ('unanswered_after_hours', 'alerts_from'))
    or (section = 'change' and name in ('values', 'minimum_intakes', 'cutoff'))
order by section, name
