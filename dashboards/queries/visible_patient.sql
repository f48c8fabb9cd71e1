-- grain: one patient of $viewer's clinic whose course $viewer may see
-- reads: episode, alert_list, placed_appointment, therapy_group
-- why: the one place that says whose patient somebody is. A patient is that of the therapist of
--      the running episodes (of the last one where none runs), and of whom an open alert is
--      addressed to. A co-therapist sees the patient in a running episode, by appointments or as
--      leader of the group. `relation` is the nearest one. Others include this
with

acting as (
    select
        who.therapist_id,
        who.relation
    from (
        select
            unnest(
                cast($viewer.therapists as struct(therapist_id varchar, relation varchar)[])
            ) as who
    )
    where $viewer.scope in ('own_patients', 'shared_patients')
),

handed as (
    select
        share.therapist_id,
        share.patient_id
    from (
        select
            unnest(
                cast($viewer.shared as struct(therapist_id varchar, patient_id varchar)[])
            ) as share
    )
    where $viewer.scope in ('own_patients', 'shared_patients')
),

treating as (
    select
        placed_appointment.patient_id,
        placed_appointment.episode_id,
        acting.relation
    from placed_appointment
    inner join acting on placed_appointment.therapist_id = acting.therapist_id
    where
        placed_appointment.clinic_id = $viewer.clinic_id
        and placed_appointment.attended is not false
),

group_led as (
    select
        therapy_group.group_id,
        acting.relation
    from therapy_group
    inner join acting on therapy_group.therapist_id = acting.therapist_id
    where therapy_group.clinic_id = $viewer.clinic_id and therapy_group.ended_on is null
),

-- Whoever may be visible, so that what follows looks at few patients and not at all of them.
candidate as (
    select episode.patient_id
    from episode
    where
        episode.clinic_id = $viewer.clinic_id
        and (
            episode.therapist_id in (select therapist_id from acting)
            or episode.group_id in (select group_id from group_led)
        )
    union
    select patient_id from treating
    union
    select patient_id from handed
    union
    select $viewer.opened
),

current as (
    select
        episode.patient_id,
        episode.episode_id,
        episode.therapist_id,
        episode.group_id,
        episode.is_closed
    from episode
    inner join candidate on episode.patient_id = candidate.patient_id
    where episode.clinic_id = $viewer.clinic_id
    qualify
        not episode.is_closed
        or row_number() over (
            partition by episode.patient_id
            order by episode.is_closed, episode.started_at desc, episode.episode_id desc
        ) = 1
),

owned as (
    select
        patient_id,
        therapist_id
    from current
    where therapist_id is not null
    union
    select
        patient_id,
        therapist_id
    from alert_list
    where
        clinic_id = $viewer.clinic_id
        and patient_id is not null
        and therapist_id is not null
),

co_treated as (
    select
        current.patient_id,
        treating.relation
    from current
    inner join treating
        on current.patient_id = treating.patient_id
        and current.episode_id = treating.episode_id
    where not current.is_closed
    union all
    select
        current.patient_id,
        group_led.relation
    from current
    inner join group_led on current.group_id = group_led.group_id
    where not current.is_closed
),

related as (
    select
        owned.patient_id,
        acting.relation
    from owned
    inner join acting on owned.therapist_id = acting.therapist_id
    union all
    select
        patient_id,
        case relation when 'own' then 'co_therapist' else relation end as relation
    from co_treated
    union all
    select
        owned.patient_id,
        'shared' as relation
    from owned
    inner join handed
        on owned.therapist_id = handed.therapist_id
        and owned.patient_id = handed.patient_id
    union all
    select
        patient_id,
        'break_glass' as relation
    from current
    where patient_id = $viewer.opened
)

select
    patient_id,
    arg_min(
        relation,
        case relation
            when 'own' then 1
            when 'co_therapist' then 2
            when 'deputy' then 3
            when 'shared' then 4
            else 5
        end
    ) as relation
from related
group by patient_id
