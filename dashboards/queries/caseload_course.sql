-- grain: one score of one of $courses (patient_id, episode_id, instrument, scale) that $viewer sees
-- reads: score, instrument_scale, yardstick, visible_patient
-- why: the small lines in the list of patients, for those on one page of it. The cut-off is the
--      one in force in this clinic
with

visible_patient as (
    -- include: visible_patient.sql
),

wanted as (
    select
        asked.patient_id,
        asked.episode_id,
        asked.instrument,
        asked.scale
    from (
        select
            unnest(
                cast(
                    $courses as struct(
                        patient_id varchar, episode_id varchar, instrument varchar, scale varchar
                    )[]
                )
            ) as asked
    )
    inner join visible_patient on asked.patient_id = visible_patient.patient_id
)

select
    score.patient_id,
    score.episode_id,
    score.measured_at,
    score.score,
    score.baseline_score,
    instrument_scale.minimum,
    instrument_scale.maximum,
    instrument_scale.direction,
    yardstick.cutoff
from score
inner join wanted
    on score.patient_id = wanted.patient_id
    and score.episode_id = wanted.episode_id
    and score.instrument = wanted.instrument
    and score.scale = wanted.scale
inner join instrument_scale
    on score.instrument = instrument_scale.instrument
    and score.scale = instrument_scale.scale
left join yardstick
    on score.clinic_id = yardstick.clinic_id
    and score.instrument = yardstick.instrument
    and score.scale = yardstick.scale
    and yardstick.method = 'JT'
where score.clinic_id = $viewer.clinic_id and score.score is not null
order by score.patient_id, score.episode_id, score.measured_at, score.assessment_no
