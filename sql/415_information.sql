-- grain: one patient x kind of information of the last seven days
-- reads: signal, alert, run
-- why: what a therapist wants to know and need not answer: good news, a moment to discuss ending,
--   the alliance. Of several of one kind the newest. Ending is never raised while a critical item
--   of the patient is open; what was not measured stands in a list of its own, and what is already
--   an open alert of that kind there.
with

recent as (
    select signal.*
    from signal
    cross join run
    where
        signal.level = 'info'
        and signal.kind not in ('overdue_measurement', 'no_recent_measurement')
        and date_diff('day', signal.measured_at, run.as_of) < 7
),

newest as (
    select *
    from recent
    qualify row_number() over (
        partition by clinic_id, patient_id, kind
        order by measured_at desc, instrument, scale, signal_id
    ) = 1
),

open_alerts as (
    select
        clinic_id,
        patient_id,
        case when kind = 'critical_item' then 'functional_twice' else kind end as kind
    from alert
    where closed_at is null
)

select
    newest.signal_id,
    newest.clinic_id,
    newest.patient_id,
    newest.therapist_id,
    newest.episode_id,
    newest.kind,
    newest.instrument,
    newest.scale,
    newest.measured_at,
    newest.reason
from newest
anti join open_alerts
    on newest.clinic_id = open_alerts.clinic_id
    and newest.patient_id = open_alerts.patient_id
    and newest.kind = open_alerts.kind
