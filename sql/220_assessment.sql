-- grain: one filled-in questionnaire
-- reads: scale_sum, instrument, exported_episode, episode_day, stretch, neighbour,
--   placed_appointment
-- why: gives each assessment its episode: the one that it names; else the exported one of its
--   day; else that of a neighbour in time; else its own stretch of measuring. A change of
--   therapist never starts one. Numbered per respondent. Who treated, and at which session,
--   comes from the appointment of the day where the measurement does not say it.
with

questionnaires as (
    select
        clinic_id,
        patient_id,
        exported_episode_id,
        respondent,
        measured_at,
        instrument,
        max(therapist_id) as therapist_id,
        max(group_id) as group_id,
        min(session_no) as session_no,
        bool_or(has_artificial_date) as has_artificial_date,
        arg_min(source_file, source_line) as source_file,
        min(source_line) as source_line
    from scale_sum
    group by
        clinic_id, patient_id, exported_episode_id, respondent, measured_at, instrument
),

-- Where the same questionnaire of one moment names an episode already, another one that names
-- none cannot stand there too.
taken as (
    select distinct
        scale_sum.clinic_id,
        scale_sum.patient_id,
        scale_sum.exported_episode_id as episode_id,
        scale_sum.respondent,
        scale_sum.measured_at,
        scale_sum.instrument
    from scale_sum
    semi join (
        select clinic_id, patient_id from episode_day
        union
        select clinic_id, patient_id from neighbour
    ) as mixed
        on scale_sum.clinic_id = mixed.clinic_id
        and scale_sum.patient_id = mixed.patient_id
    where scale_sum.exported_episode_id is not null
),

placed as (
    select
        questionnaires.*,
        coalesce(
            questionnaires.exported_episode_id,
            case
                when taken.episode_id is null
                    then coalesce(episode_day.episode_id, neighbour.episode_id)
            end,
            questionnaires.patient_id || '-'
            || strftime(coalesce(stretch.started_at, questionnaires.measured_at), '%Y%m%d')
        ) as episode_id
    from questionnaires
    left join episode_day
        on questionnaires.clinic_id = episode_day.clinic_id
        and questionnaires.patient_id = episode_day.patient_id
        and questionnaires.measured_at::date = episode_day.day
    left join neighbour
        on questionnaires.clinic_id = neighbour.clinic_id
        and questionnaires.patient_id = neighbour.patient_id
        and questionnaires.measured_at = neighbour.measured_at
    left join stretch
        on questionnaires.clinic_id = stretch.clinic_id
        and questionnaires.patient_id = stretch.patient_id
        and questionnaires.measured_at >= stretch.started_at
        and questionnaires.measured_at <= stretch.last_measured_at
    left join taken
        on questionnaires.clinic_id = taken.clinic_id
        and questionnaires.patient_id = taken.patient_id
        and questionnaires.measured_at = taken.measured_at
        and questionnaires.instrument = taken.instrument
        and questionnaires.respondent is not distinct from taken.respondent
        and coalesce(episode_day.episode_id, neighbour.episode_id) = taken.episode_id
),

-- How many sessions there had been, from one day of appointments to the next. Where no export
-- says whether somebody came, nothing is counted.
held as (
    select
        clinic_id,
        patient_id,
        episode_id,
        starts_at::date as from_day,
        max(sessions_so_far) as sessions
    from placed_appointment
    where attended is not null
    group by clinic_id, patient_id, episode_id, starts_at::date
    union all
    select distinct
        clinic_id,
        patient_id,
        episode_id,
        '-infinity'::date as from_day,
        0 as sessions
    from placed_appointment
    where attended is not null
),

counted as (
    select
        *,
        lead(from_day, 1, 'infinity'::date) over (
            partition by clinic_id, patient_id, episode_id
            order by from_day
        ) as to_day
    from held
),

-- Who was there that day: rather at a session than at an appointment to which nobody came.
present as (
    select
        clinic_id,
        patient_id,
        episode_id,
        starts_at::date as day,
        arg_max(
            therapist_id, { 'came': coalesce(attended, false), 'at': starts_at }
        ) as therapist_id,
        arg_max(group_id, { 'came': coalesce(attended, false), 'at': starts_at }) as group_id
    from placed_appointment
    group by clinic_id, patient_id, episode_id, starts_at::date
),

known as (
    select
        placed.* exclude (therapist_id, group_id, session_no),
        coalesce(placed.therapist_id, present.therapist_id, exported_episode.therapist_id)
            as therapist_id,
        coalesce(placed.group_id, present.group_id, exported_episode.group_id) as group_id,
        coalesce(placed.measured_at::date > exported_episode.ended_on, false) as is_follow_up,
        placed.session_no as exported_session_no,
        counted.sessions
    from placed
    left join exported_episode
        on placed.clinic_id = exported_episode.clinic_id
        and placed.patient_id = exported_episode.patient_id
        and placed.episode_id = exported_episode.episode_id
    left join present
        on placed.clinic_id = present.clinic_id
        and placed.patient_id = present.patient_id
        and placed.episode_id = present.episode_id
        and placed.measured_at::date = present.day
    left join counted
        on placed.clinic_id = counted.clinic_id
        and placed.patient_id = counted.patient_id
        and placed.episode_id = counted.episode_id
        and placed.measured_at::date >= counted.from_day
        and placed.measured_at::date < counted.to_day
)

select
    md5(concat_ws(
        '|', known.clinic_id, known.patient_id, known.episode_id, known.instrument,
        coalesce(known.respondent, ''), known.measured_at
    )) as assessment_id,
    known.clinic_id,
    known.patient_id,
    known.therapist_id,
    known.episode_id,
    known.group_id,
    coalesce(
        known.exported_session_no,
        case when not known.is_follow_up then known.sessions end
    )::integer as session_no,
    row_number() over (
        partition by
            known.clinic_id,
            known.patient_id,
            known.episode_id,
            known.instrument,
            coalesce(known.respondent, instrument.respondent)
        order by known.measured_at, known.respondent nulls first
    )::integer as assessment_no,
    known.measured_at,
    known.respondent,
    known.instrument,
    known.is_follow_up,
    known.has_artificial_date,
    known.source_file,
    known.source_line,
    known.exported_episode_id
from known
left join instrument on known.instrument = instrument.instrument
