-- grain: rupture of the alliance of which the end is known
-- kind: step
-- reads: alliance_drop, score, episode, therapist, clinic_unit, setting_value
-- why: whether ruptures are repaired is what noticing them is for. A rupture starts with a drop
--   that does not follow within the forms of one before it. It is repaired when the alliance is
--   back within those forms, and not when they passed, or treatment ended, without that.
with

marked as (
    select
        *,
        lag(assessment_no) over (
            partition by clinic_id, patient_id, episode_id, instrument, scale
            order by measured_at, assessment_id
        ) as before_no,
        lag(state) over (
            partition by clinic_id, patient_id, episode_id, instrument, scale
            order by measured_at, assessment_id
        ) as state_before
    from alliance_drop
),

starts as (
    select
        marked.*,
        coalesce(
            marked.state = 'drop'
            and (
                marked.state_before is null
                or marked.state_before = 'repair'
                or marked.assessment_no - marked.before_no > setting_value.repair_within_forms
            ),
            false
        ) as is_start
    from marked
    cross join setting_value
),

numbered as (
    select
        *,
        count(*) filter (where is_start) over (
            partition by clinic_id, patient_id, episode_id, instrument, scale
            order by measured_at, assessment_id
        ) as break_no
    from starts
),

breaks as (
    select
        clinic_id,
        patient_id,
        episode_id,
        instrument,
        scale,
        break_no,
        arg_min(therapist_id, assessment_no) as therapist_id,
        min(measured_at) as began_at,
        max(assessment_no) filter (where state <> 'repair') as low_no,
        bool_or(state = 'repair') as is_repaired
    from numbered
    where break_no > 0
    group by clinic_id, patient_id, episode_id, instrument, scale, break_no
),

lasts as (
    select
        score.clinic_id,
        score.patient_id,
        score.episode_id,
        score.instrument,
        score.scale,
        max(score.assessment_no) as last_no
    from score
    semi join alliance_drop
        on score.clinic_id = alliance_drop.clinic_id
        and score.patient_id = alliance_drop.patient_id
        and score.episode_id = alliance_drop.episode_id
        and score.instrument = alliance_drop.instrument
        and score.scale = alliance_drop.scale
    where score.score is not null and not score.is_follow_up
    group by
        score.clinic_id, score.patient_id, score.episode_id, score.instrument, score.scale
)

select
    breaks.clinic_id,
    breaks.patient_id,
    breaks.episode_id,
    breaks.instrument,
    breaks.scale,
    breaks.began_at,
    clinic_unit.unit_clinic_id,
    therapist.team_id,
    breaks.began_at::date as began_on,
    breaks.is_repaired
from breaks
inner join lasts
    on breaks.clinic_id = lasts.clinic_id
    and breaks.patient_id = lasts.patient_id
    and breaks.episode_id = lasts.episode_id
    and breaks.instrument = lasts.instrument
    and breaks.scale = lasts.scale
inner join episode
    on breaks.clinic_id = episode.clinic_id
    and breaks.patient_id = episode.patient_id
    and breaks.episode_id = episode.episode_id
inner join clinic_unit on breaks.clinic_id = clinic_unit.clinic_id
left join therapist
    on breaks.clinic_id = therapist.clinic_id
    and breaks.therapist_id = therapist.therapist_id
cross join setting_value
where
    breaks.is_repaired
    or episode.is_closed
    or lasts.last_no >= breaks.low_no + setting_value.repair_within_forms
