-- grain: one source of a clinic, and whether it still delivers
-- reads: source_delivery
select
    source,
    clinic_id,
    deliveries,
    last_on,
    usual_days,
    days_since,
    has_stopped
from source_delivery
where $viewer.scope = 'aggregates'
order by has_stopped desc, source, clinic_id
