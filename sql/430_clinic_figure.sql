-- grain: clinic x figure
-- reads: episode, assessment, score, signal, change, alert_list, overdue, instrument, run
-- why: every count that a report prints stands here first, so that it can be exported and
--   checked. "This week" is the seven days up to and including the day of the data. Every clinic
--   has every figure; a figure without a denominator is a count.
with

clinics as (
    select clinic_id from episode
    union
    select clinic_id from alert_list
),

running as (
    select
        clinic_id,
        'patients_in_treatment' as figure,
        count(distinct patient_id) as numerator
    from episode
    where not is_closed
    group by clinic_id
),

this_week as (
    select
        assessment.clinic_id,
        assessment.patient_id
    from assessment
    cross join run
    where date_diff('day', assessment.measured_at, run.as_of) < 7
),

assessments as (
    select
        clinic_id,
        'assessments_this_week' as figure,
        count(*) as numerator
    from this_week
    group by clinic_id
),

patients as (
    select
        clinic_id,
        'patients_measured_this_week' as figure,
        count(distinct patient_id) as numerator
    from this_week
    group by clinic_id
),

listed as (
    select
        clinic_id,
        case section
            when 'critical' then 'critical_open'
            when 'new' then 'alerts_new'
            else 'alerts_open'
        end as figure,
        count(*) as numerator
    from alert_list
    group by clinic_id, section
),

waiting as (
    select
        clinic_id,
        'overdue' as figure,
        count(*) as numerator
    from overdue
    group by clinic_id
),

-- Information that opens no alert: patients, not signals.
informed as (
    select
        signal.clinic_id,
        case signal.kind
            when 'low_alliance' then 'low_alliance_this_week'
            else 'no_improvement_info_this_week'
        end as figure,
        count(distinct signal.patient_id) as numerator
    from signal
    cross join run
    where
        signal.level = 'info'
        and signal.kind in ('low_alliance', 'no_reliable_improvement')
        and date_diff('day', signal.measured_at, run.as_of) < 7
    group by signal.clinic_id, signal.kind
),

-- Finished courses of the last 365 days with a baseline and a later score.
outcomes as (
    select
        change.clinic_id,
        change.class
    from change
    inner join instrument on change.instrument = instrument.instrument
    cross join run
    where
        change.method = 'JT'
        and change.is_closed
        and change.class is not null
        and instrument.measures = 'symptoms'
        and date_diff('day', change.latest_at, run.as_of) < 365
),

changed as (
    select
        clinic_id,
        'change_' || class as figure,
        count(*) as numerator
    from outcomes
    group by clinic_id, class
),

paired as (
    select
        clinic_id,
        count(*) as pairs
    from outcomes
    group by clinic_id
),

scored as (
    select
        clinic_id,
        count(distinct assessment_id) as assessments
    from score
    where score is not null and not is_follow_up
    group by clinic_id
),

-- Scored assessments on which a rule of level red or amber fired.
alarming as (
    select
        clinic_id,
        'alerts_per_100_assessments' as figure,
        count(distinct(patient_id, episode_id, instrument, measured_at)) as numerator
    from signal
    where level in ('red', 'amber')
    group by clinic_id
),

counts as (
    select clinic_id, figure, numerator from running
    union all
    select clinic_id, figure, numerator from assessments
    union all
    select clinic_id, figure, numerator from patients
    union all
    select clinic_id, figure, numerator from listed
    union all
    select clinic_id, figure, numerator from waiting
    union all
    select clinic_id, figure, numerator from informed
    union all
    select clinic_id, figure, numerator from changed
    union all
    select clinic_id, figure, numerator from alarming
),

figures as (
    select unnest([
        'patients_in_treatment', 'assessments_this_week', 'patients_measured_this_week',
        'alerts_new', 'alerts_open', 'critical_open', 'overdue', 'low_alliance_this_week',
        'no_improvement_info_this_week', 'change_recovered', 'change_improved',
        'change_unchanged', 'change_deteriorated', 'alerts_per_100_assessments'
    ]) as figure
)

select
    clinics.clinic_id,
    figures.figure,
    coalesce(counts.numerator, 0)::bigint as numerator,
    case
        when figures.figure like 'change_%' then coalesce(paired.pairs, 0)
        when figures.figure = 'alerts_per_100_assessments'
            then coalesce(scored.assessments, 0)
    end::bigint as denominator
from clinics
cross join figures
left join counts
    on clinics.clinic_id = counts.clinic_id
    and figures.figure = counts.figure
left join paired on clinics.clinic_id = paired.clinic_id
left join scored on clinics.clinic_id = scored.clinic_id
