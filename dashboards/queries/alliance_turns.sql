-- grain: one form of the episode $episode_id at which the alliance fell, or was restored
-- reads: signal
-- why: drawn on the course of the alliance. Of drops only those that gave an alert (amber): the
--      smaller ones are information for the report, and would draw attention to what is usual
select
    signal.instrument,
    signal.measured_at,
    signal.score,
    case signal.kind when 'alliance_rupture' then 'rupture' else 'repair' end as kind
from signal
where
    $relation is not null
    and signal.clinic_id = $viewer.clinic_id
    and signal.patient_id = $patient_id
    and signal.episode_id = $episode_id
    and (
        (signal.kind = 'alliance_rupture' and signal.level = 'amber')
        or signal.kind = 'alliance_repair'
    )
order by signal.instrument, signal.measured_at
