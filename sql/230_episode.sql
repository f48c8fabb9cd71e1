-- grain: one episode (course of treatment) of one patient
-- reads: assessment, run, setting_value
-- why: what is still running decides what is open, overdue or finished. Until exports of
--   episodes are landed, an episode has ended once another began after its last measurement,
--   or nothing was measured for longer than the gap.
with

spans as (
    select
        clinic_id,
        patient_id,
        episode_id,
        arg_max(therapist_id, { 'at': measured_at, 'id': therapist_id }) as therapist_id,
        arg_max(group_id, { 'at': measured_at, 'id': group_id }) as group_id,
        min(measured_at) as started_at,
        max(measured_at) as last_measured_at,
        count(*)::integer as assessments,
        case when bool_or(exported_episode_id is not null) then 'export' else 'gap' end
            as origin
    from assessment
    group by clinic_id, patient_id, episode_id
),

followed as (
    select
        spans.*,
        later.started_at as next_started_at
    from spans
    asof left join spans as later
        on spans.clinic_id = later.clinic_id
        and spans.patient_id = later.patient_id
        and spans.last_measured_at < later.started_at
),

ended as (
    select
        followed.*,
        least(
            followed.next_started_at,
            case
                when
                    date_diff('day', followed.last_measured_at, run.as_of)
                    > setting_value.gap_days
                    then followed.last_measured_at + to_days(setting_value.gap_days)
            end
        ) as ended_at
    from followed
    cross join run
    cross join setting_value
)

select
    clinic_id,
    patient_id,
    episode_id,
    therapist_id,
    group_id,
    started_at,
    last_measured_at,
    assessments,
    ended_at is not null as is_closed,
    ended_at,
    origin
from ended
