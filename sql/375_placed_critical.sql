-- grain: one critical answer as it became known, in the episode that it belongs to
-- kind: view
-- reads: critical_answer, assessment, episode
-- why: an alert rests on what a person could know. An answer that later exports repeat or lower
--   tells nothing new; one that they raise does, and stands beside the lower one that may have
--   been answered. Critical items of unknown patients have no course and are left out.
with

answers as (
    select *
    from critical_answer
    where patient_id is not null
),

first_landed as (
    select
        * exclude (landed_at, place),
        min(landed_at) over (
            partition by clinic_id, patient_id, domain, instrument, item, measured_at, value
        ) as landed_at
    from answers
    qualify
        row_number() over (
            partition by clinic_id, patient_id, domain, instrument, item, measured_at, value
            order by place
        ) = 1
),

risen as (
    select *
    from first_landed
    qualify
        coalesce(
            max(value) over (
                partition by clinic_id, patient_id, domain, instrument, item, measured_at
                order by landed_at, value desc
                rows between unbounded preceding and 1 preceding
            ) < value,
            true
        )
),

questionnaires as (
    select
        assessment.clinic_id,
        assessment.patient_id,
        assessment.instrument,
        assessment.measured_at,
        min(assessment.episode_id) as episode_id,
        max(assessment.therapist_id) as therapist_id
    from assessment
    semi join risen
        on assessment.clinic_id = risen.clinic_id
        and assessment.patient_id = risen.patient_id
    group by
        assessment.clinic_id,
        assessment.patient_id,
        assessment.instrument,
        assessment.measured_at
),

beginnings as (
    select
        clinic_id,
        patient_id,
        started_at,
        min(episode_id) as episode_id,
        max(therapist_id) as therapist_id,
        max(coalesce(ended_at, 'infinity'::timestamp)) as ended_at
    from episode
    group by clinic_id, patient_id, started_at
)

-- An answer that no assessment holds (held back, set aside) belongs to the episode then running.
select
    risen.clinic_id,
    risen.patient_id,
    coalesce(
        questionnaires.episode_id,
        risen.episode_id,
        case
            when beginnings.ended_at::date >= risen.measured_at::date
                then beginnings.episode_id
        end
    ) as episode_id,
    risen.domain,
    risen.measured_at,
    risen.landed_at,
    coalesce(
        questionnaires.therapist_id, risen.therapist_id, beginnings.therapist_id
    ) as therapist_id,
    risen.instrument,
    risen.item,
    risen.value,
    risen.reason
from risen
left join questionnaires
    on risen.clinic_id = questionnaires.clinic_id
    and risen.patient_id = questionnaires.patient_id
    and risen.instrument = questionnaires.instrument
    and risen.measured_at = questionnaires.measured_at
asof left join beginnings
    on risen.clinic_id = beginnings.clinic_id
    and risen.patient_id = beginnings.patient_id
    and risen.measured_at >= beginnings.started_at
