-- grain: clinic
-- reads: episode, assessment, instrument, information, alert_list, run
-- why: how working together went this week, for the clinic as a whole: forms, and patients with a
--   low score, a drop, a drop that was restored, or no form after a low one.
with

clinics as (
    select distinct clinic_id from episode
),

forms as (
    select
        assessment.clinic_id,
        count(*) as forms,
        count(distinct assessment.patient_id) as patients
    from assessment
    inner join instrument on assessment.instrument = instrument.instrument
    cross join run
    where
        instrument.measures = 'alliance'
        and date_diff('day', assessment.measured_at, run.as_of) < 7
    group by assessment.clinic_id
),

told as (
    select
        clinic_id,
        count(*) filter (where kind = 'low_alliance') as low,
        count(*) filter (where kind = 'alliance_rupture') as dropped,
        count(*) filter (where kind = 'alliance_repair') as restored,
        count(*) filter (where kind = 'missing_alliance') as missing_after_low
    from information
    group by clinic_id
),

alerts as (
    select
        clinic_id,
        count(*) as open_alerts
    from alert_list
    where kind = 'alliance_rupture'
    group by clinic_id
)

select
    clinics.clinic_id,
    coalesce(forms.forms, 0)::bigint as forms,
    coalesce(forms.patients, 0)::bigint as patients,
    coalesce(told.low, 0)::bigint as low,
    coalesce(told.dropped, 0)::bigint as dropped,
    coalesce(told.restored, 0)::bigint as restored,
    coalesce(told.missing_after_low, 0)::bigint as missing_after_low,
    coalesce(alerts.open_alerts, 0)::bigint as open_alerts
from clinics
left join forms on clinics.clinic_id = forms.clinic_id
left join told on clinics.clinic_id = told.clinic_id
left join alerts on clinics.clinic_id = alerts.clinic_id
