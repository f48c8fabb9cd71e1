-- grain: closed episode with a change on the depression measure or on an anxiety measure
-- reads: change, talking_therapies_measure, placed_appointment
-- why: the definitions of NHS Talking Therapies, which look at two measures at once. Case: at or
--   above caseness on either at the start. Recovery: a case at the start and on neither at the
--   end. Improvement: reliably better on one or both and worse on neither; deterioration the other
--   way round; one up and one down is mixed, no reliable change. A course counts as finished with
--   two attended appointments, or with two measurements where attendance is not known. Without
--   both measures nothing is said.
with

measured as (
    select
        change.clinic_id,
        change.patient_id,
        change.episode_id,
        measure.role,
        measure.preference,
        measure.instrument,
        change.baseline,
        change.latest,
        round(measure.direction * (change.latest - change.baseline), 6) as gain,
        measure.reliable_change_points as points,
        measure.reliable_change_rule as rule,
        case measure.caseness_rule
            when '>=' then change.baseline >= measure.caseness
            when '>' then change.baseline > measure.caseness
            when '<=' then change.baseline <= measure.caseness
            when '<' then change.baseline < measure.caseness
        end as is_case_at_start,
        case measure.caseness_rule
            when '>=' then change.latest >= measure.caseness
            when '>' then change.latest > measure.caseness
            when '<=' then change.latest <= measure.caseness
            when '<' then change.latest < measure.caseness
        end as is_case_at_end
    from change
    inner join talking_therapies_measure as measure using (instrument, scale)
    where change.method = 'JT' and change.is_closed
    qualify row_number() over (
        partition by change.clinic_id, change.patient_id, change.episode_id, measure.role
        order by measure.preference
    ) = 1
),

turned as (
    select
        *,
        case when rule = '>' then gain > points else gain >= points end as is_better,
        case when rule = '>' then -gain > points else -gain >= points end as is_worse
    from measured
),

-- Both measures of an episode in one row; a measure that is not there leaves nothing.
courses as (
    select
        clinic_id,
        patient_id,
        episode_id,
        any_value(instrument) filter (where role = 'depression') as depression_measure,
        any_value(baseline) filter (where role = 'depression') as depression_baseline,
        any_value(latest) filter (where role = 'depression') as depression_latest,
        any_value(instrument) filter (where role = 'anxiety') as anxiety_measure,
        any_value(baseline) filter (where role = 'anxiety') as anxiety_baseline,
        any_value(latest) filter (where role = 'anxiety') as anxiety_latest,
        count(distinct role) = 2
        and bool_and(is_case_at_start is not null and is_better is not null) as is_paired,
        bool_or(is_case_at_start) as is_case_at_start,
        bool_or(is_case_at_end) as is_case_at_end,
        bool_or(is_better) as is_better,
        bool_or(is_worse) as is_worse
    from turned
    group by clinic_id, patient_id, episode_id
),

attendance as (
    select
        clinic_id,
        patient_id,
        episode_id,
        count(*) filter (where attended) as attended
    from placed_appointment
    where attended is not null
    group by clinic_id, patient_id, episode_id
)

select
    courses.clinic_id,
    courses.patient_id,
    courses.episode_id,
    courses.depression_measure,
    courses.depression_baseline,
    courses.depression_latest,
    courses.anxiety_measure,
    courses.anxiety_baseline,
    courses.anxiety_latest,
    attendance.attended::integer as attended,
    courses.is_paired,
    coalesce(attendance.attended, 2) >= 2 as is_finished,
    case when courses.is_paired then courses.is_case_at_start end as is_case_at_start,
    case when courses.is_paired then courses.is_case_at_start and not courses.is_case_at_end end
        as recovery,
    case when courses.is_paired then courses.is_better and not courses.is_worse end
        as reliable_improvement,
    case when courses.is_paired then courses.is_worse and not courses.is_better end
        as reliable_deterioration,
    case
        when courses.is_paired
            then
                courses.is_case_at_start
                and not courses.is_case_at_end
                and courses.is_better
                and not courses.is_worse
    end as reliable_recovery,
    case when courses.is_paired then courses.is_better and courses.is_worse end as mixed
from courses
left join attendance using (clinic_id, patient_id, episode_id)
