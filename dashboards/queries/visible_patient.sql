-- grain: one patient of $viewer's clinic whose course $viewer may see
-- reads: ready.treats, ready.episode
-- why: the one place that says whose patient somebody is to a viewer: that of a therapist whom the
--      viewer is or stands in for (`treats` says who treats whom), or shared by who has the
--      patient as an own one, or opened for a reason. `relation` is the nearest one. Others
--      include this
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

related as (
    select
        treats.patient_id,
        case acting.relation when 'own' then treats.relation else acting.relation end as relation
    from ready.treats
    inner join acting on treats.therapist_id = acting.therapist_id
    where treats.clinic_id = $viewer.clinic_id
    union all
    select
        treats.patient_id,
        'shared' as relation
    from ready.treats
    inner join handed
        on treats.therapist_id = handed.therapist_id
        and treats.patient_id = handed.patient_id
    where treats.clinic_id = $viewer.clinic_id and treats.relation = 'own'
    union all
    select
        patient_id,
        'break_glass' as relation
    from ready.episode
    where clinic_id = $viewer.clinic_id and patient_id = $viewer.opened
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
