-- grain: one filled-in questionnaire
-- reads: scale_sum, setting_value
-- why: gives each assessment its episode: the exported one, else a new one after a gap in measuring; a change of therapist never starts one.
with

questionnaires as (
    select
        clinic_id,
        patient_id,
        exported_episode_id,
        respondent,
        measured_at,
        instrument,
        any_value(therapist_id) as therapist_id,
        any_value(group_id) as group_id,
        min(session_no) as session_no,
        bool_or(has_artificial_date) as has_artificial_date,
        min(source_file) as source_file,
        min(source_line) as source_line
    from scale_sum
    group by
        clinic_id, patient_id, exported_episode_id, respondent, measured_at, instrument
),

moments as (
    select distinct
        clinic_id,
        patient_id,
        exported_episode_id,
        measured_at
    from questionnaires
),

breaks as (
    select
        *,
        coalesce(
            date_diff(
                'day',
                lag(measured_at) over (
                    partition by clinic_id, patient_id, exported_episode_id
                    order by measured_at
                ),
                measured_at
            ) > (select setting_value.gap_days from setting_value),
            true
        ) as starts_episode
    from moments
    where exported_episode_id is null
),

derived as (
    select
        clinic_id,
        patient_id,
        measured_at,
        max(case when starts_episode then measured_at end) over (
            partition by clinic_id, patient_id
            order by measured_at
        ) as episode_started_at
    from breaks
),

placed as (
    select
        questionnaires.*,
        coalesce(
            questionnaires.exported_episode_id,
            questionnaires.patient_id || '-' || strftime(derived.episode_started_at, '%Y%m%d')
        ) as episode_id
    from questionnaires
    left join derived
        on questionnaires.exported_episode_id is null
        and questionnaires.clinic_id = derived.clinic_id
        and questionnaires.patient_id = derived.patient_id
        and questionnaires.measured_at = derived.measured_at
)

select
    md5(concat_ws(
        '|', clinic_id, patient_id, episode_id, instrument,
        coalesce(respondent, ''), measured_at
    )) as assessment_id,
    clinic_id,
    patient_id,
    therapist_id,
    episode_id,
    group_id,
    session_no,
    row_number() over (
        partition by clinic_id, patient_id, episode_id, instrument, respondent
        order by measured_at, session_no
    )::integer as assessment_no,
    measured_at,
    respondent,
    instrument,
    has_artificial_date,
    source_file,
    source_line,
    exported_episode_id
from placed
