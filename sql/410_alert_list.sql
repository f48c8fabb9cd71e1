-- grain: one alert that is open on the day of the data
-- reads: alert, agreement, run
-- why: what a report and a page put in front of a person, in the order of need: critical items,
--   those first that went to the deputy, then by domain; then what is new this week, then what
--   still waits; red before amber, the newest first. An alert about change tells where other
--   questionnaires of the episode say the opposite.
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
    sectioned.alert_id,
    sectioned.clinic_id,
    sectioned.patient_id,
    sectioned.therapist_id,
    sectioned.episode_id,
    sectioned.kind,
    sectioned.domain,
    sectioned.level,
    sectioned.section,
    sectioned.instrument,
    sectioned.scale,
    sectioned.opened_at,
    sectioned.last_signal_at,
    sectioned.seen_at,
    sectioned.days_open,
    sectioned.landed_at,
    sectioned.last_landed_at,
    sectioned.escalated_at,
    sectioned.escalated_to,
    sectioned.reason,
    case
        when
            sectioned.kind not in (
                'critical_item', 'held_back_file', 'alliance_rupture', 'drop_out_risk'
            )
            and agreement.disagrees
            then json_object(
                'improved_on', agreement.improved_on,
                'deteriorated_on', agreement.deteriorated_on
            )
    end::varchar as disagreement,
    case
        when sectioned.domain = 'violence' then 'assess_safety_today'
        when sectioned.domain = 'substance' then 'look_at_use'
        when sectioned.kind = 'critical_item' then 'assess_risk_today'
        when sectioned.kind = 'held_back_file' then 'look_at_held_back_file'
        when sectioned.kind = 'reliable_deterioration' then 'discuss_deterioration'
        when sectioned.kind in ('off_course', 'high_predicted_risk') then 'discuss_course'
        when sectioned.kind = 'alliance_rupture' then 'discuss_alliance'
        when sectioned.kind = 'treatment_review' then 'review_treatment'
        when sectioned.kind = 'drop_out_risk' then 'seek_contact'
        else 'review_no_progress'
    end as next_step,
    row_number() over (
        partition by sectioned.clinic_id
        order by
            case sectioned.section when 'critical' then 1 when 'new' then 2 else 3 end,
            sectioned.escalated_at is null,
            case sectioned.domain when 'self_harm' then 1 when 'violence' then 2 else 3 end,
            sectioned.urgency,
            sectioned.last_signal_at desc,
            sectioned.alert_id
    )::integer as sort_order
from sectioned
left join agreement
    on sectioned.clinic_id = agreement.clinic_id
    and sectioned.patient_id = agreement.patient_id
    and sectioned.episode_id = agreement.episode_id
