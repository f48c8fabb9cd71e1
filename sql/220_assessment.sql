-- grain: one filled-in questionnaire
-- reads: scale_sum, instrument, setting_value
-- why: gives each assessment its episode: the exported one; without one that of the patient's
--   last exported moment (else the next) with no gap in measuring between; else a new one after
--   each gap. A change of therapist never starts one. Numbered per respondent.
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

unplaced as (
    select *
    from questionnaires
    where exported_episode_id is null
),

-- All moments of the patients concerned, those with an exported episode too.
moments as (
    select
        questionnaires.clinic_id,
        questionnaires.patient_id,
        questionnaires.measured_at,
        max(questionnaires.exported_episode_id) as exported_episode_id
    from questionnaires
    semi join unplaced
        on questionnaires.clinic_id = unplaced.clinic_id
        and questionnaires.patient_id = unplaced.patient_id
    group by
        questionnaires.clinic_id, questionnaires.patient_id, questionnaires.measured_at
),

gaps as (
    select
        *,
        coalesce(
            date_diff(
                'day',
                lag(measured_at) over (
                    partition by clinic_id, patient_id
                    order by measured_at
                ),
                measured_at
            ) > (select setting_value.gap_days from setting_value),
            true
        ) as follows_gap
    from moments
),

stretches as (
    select
        *,
        max(case when follows_gap then measured_at end) over (
            partition by clinic_id, patient_id
            order by measured_at
        ) as stretch_started_at
    from gaps
),

neighbours as (
    select
        clinic_id,
        patient_id,
        measured_at,
        stretch_started_at,
        coalesce(
            last_value(exported_episode_id ignore nulls) over up_to_here,
            first_value(exported_episode_id ignore nulls) over from_here
        ) as neighbour_episode_id
    from stretches
    window
        up_to_here as (
            partition by clinic_id, patient_id, stretch_started_at
            order by measured_at
            rows between unbounded preceding and current row
        ),
        from_here as (
            partition by clinic_id, patient_id, stretch_started_at
            order by measured_at
            rows between current row and unbounded following
        )
),

-- Where the same questionnaire of that moment stands in the neighbour's episode already,
-- this one cannot stand there too.
taken as (
    select unplaced.*
    from unplaced
    semi join questionnaires
        on questionnaires.exported_episode_id is not null
        and unplaced.clinic_id = questionnaires.clinic_id
        and unplaced.patient_id = questionnaires.patient_id
        and unplaced.measured_at = questionnaires.measured_at
        and unplaced.instrument = questionnaires.instrument
        and unplaced.respondent is not distinct from questionnaires.respondent
),

derived as (
    select
        unplaced.*,
        case
            when neighbours.neighbour_episode_id is null or taken.measured_at is not null
                then unplaced.patient_id || '-'
                    || strftime(neighbours.stretch_started_at, '%Y%m%d')
            else neighbours.neighbour_episode_id
        end as episode_id
    from unplaced
    inner join neighbours
        on unplaced.clinic_id = neighbours.clinic_id
        and unplaced.patient_id = neighbours.patient_id
        and unplaced.measured_at = neighbours.measured_at
    left join taken
        on unplaced.clinic_id = taken.clinic_id
        and unplaced.patient_id = taken.patient_id
        and unplaced.measured_at = taken.measured_at
        and unplaced.instrument = taken.instrument
        and unplaced.respondent is not distinct from taken.respondent
),

placed as (
    select
        *,
        exported_episode_id as episode_id
    from questionnaires
    where exported_episode_id is not null
    union all
    select * from derived
)

select
    md5(concat_ws(
        '|', placed.clinic_id, placed.patient_id, placed.episode_id, placed.instrument,
        coalesce(placed.respondent, ''), placed.measured_at
    )) as assessment_id,
    placed.clinic_id,
    placed.patient_id,
    placed.therapist_id,
    placed.episode_id,
    placed.group_id,
    placed.session_no,
    row_number() over (
        partition by
            placed.clinic_id,
            placed.patient_id,
            placed.episode_id,
            placed.instrument,
            coalesce(placed.respondent, instrument.respondent)
        order by placed.measured_at, placed.respondent nulls first
    )::integer as assessment_no,
    placed.measured_at,
    placed.respondent,
    placed.instrument,
    placed.has_artificial_date,
    placed.source_file,
    placed.source_line,
    placed.exported_episode_id
from placed
left join instrument on placed.instrument = instrument.instrument
