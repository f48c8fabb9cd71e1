-- grain: clinic x therapy group with running treatments
-- reads: episode, therapy_group, assessment, placed_appointment, score, instrument, run
-- why: a group is led as a group: who is in it, who was measured, who comes. The mean of the group
--   is told from five members on; below that it would be one person's answer.
with

members as (
    select
        clinic_id,
        group_id,
        count(distinct patient_id) as members
    from episode
    where group_id is not null and not is_closed
    group by clinic_id, group_id
),

measured as (
    select
        assessment.clinic_id,
        assessment.group_id,
        count(distinct assessment.patient_id) as measured_this_week
    from assessment
    cross join run
    where
        assessment.group_id is not null
        and date_diff('day', assessment.measured_at, run.as_of) < 7
    group by assessment.clinic_id, assessment.group_id
),

attendance as (
    select
        placed_appointment.clinic_id,
        placed_appointment.group_id,
        count(*) filter (where placed_appointment.attended) as attended,
        count(placed_appointment.attended) as appointments
    from placed_appointment
    cross join run
    where
        placed_appointment.group_id is not null
        and date_diff('day', placed_appointment.starts_at, run.as_of) between 0 and 27
    group by placed_appointment.clinic_id, placed_appointment.group_id
),

working_together as (
    select
        score.clinic_id,
        score.group_id,
        instrument.short_name,
        count(distinct score.patient_id) as patients,
        avg(score.score) as mean_score
    from score
    inner join instrument on score.instrument = instrument.instrument
    cross join run
    where
        score.group_id is not null
        and score.scale = 'total'
        and score.score is not null
        and instrument.measures = 'alliance'
        and date_diff('day', score.measured_at, run.as_of) < 7
    group by score.clinic_id, score.group_id, instrument.short_name
    qualify row_number() over (
        partition by score.clinic_id, score.group_id
        order by count(distinct score.patient_id) desc, instrument.short_name
    ) = 1
)

select
    members.clinic_id,
    members.group_id,
    therapy_group.name,
    members.members,
    coalesce(measured.measured_this_week, 0)::bigint as measured_this_week,
    coalesce(attendance.attended, 0)::bigint as attended,
    coalesce(attendance.appointments, 0)::bigint as appointments,
    case when working_together.patients >= 5 then working_together.short_name end
        as alliance_instrument,
    case when working_together.patients >= 5 then round(working_together.mean_score, 6) end
        as alliance_mean
from members
left join therapy_group
    on members.clinic_id = therapy_group.clinic_id
    and members.group_id = therapy_group.group_id
left join measured
    on members.clinic_id = measured.clinic_id
    and members.group_id = measured.group_id
left join attendance
    on members.clinic_id = attendance.clinic_id
    and members.group_id = attendance.group_id
left join working_together
    on members.clinic_id = working_together.clinic_id
    and members.group_id = working_together.group_id
