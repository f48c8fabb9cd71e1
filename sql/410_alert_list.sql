-- grain: one alert that is open on the day of the data
-- reads: alert, run
-- why: what a report and a page put in front of a person, in the order of need: critical items,
--   then what is new this week, then what still waits; red before amber, the newest first.
with

open_alerts as (
    select
        alert.*,
        greatest(0, date_diff('day', alert.opened_at, run.as_of))::integer as days_open,
        case alert.level when 'red' then 1 when 'amber' then 2 else 3 end as urgency
    from alert
    cross join run
    where alert.closed_at is null
),

sectioned as (
    select
        *,
        case
            when kind = 'critical_item' then 'critical'
            when days_open < 7 then 'new'
            else 'open'
        end as section
    from open_alerts
)

select
    alert_id,
    clinic_id,
    patient_id,
    therapist_id,
    episode_id,
    kind,
    level,
    section,
    instrument,
    scale,
    opened_at,
    last_signal_at,
    seen_at,
    days_open,
    reason,
    case kind
        when 'critical_item' then 'assess_risk_today'
        when 'held_back_file' then 'look_at_held_back_file'
        when 'reliable_deterioration' then 'discuss_deterioration'
        else 'review_no_progress'
    end as next_step,
    row_number() over (
        partition by clinic_id
        order by
            case section when 'critical' then 1 when 'new' then 2 else 3 end,
            urgency,
            last_signal_at desc,
            alert_id
    )::integer as sort_order
from sectioned
