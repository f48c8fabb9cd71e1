-- grain: clinic x figure
-- reads: episode, assessment, score, signal, change, alert_list, overdue, instrument, run
-- why: every count that a report prints stands here first, so that it can be exported and checked. "This week" is the seven days up to and including the day of the data.
with

clinics as (
    select distinct clinic_id
    from episode
),

recent as (
    select assessment.*
    from assessment
    cross join run
    where date_diff('day', assessment.measured_at::date, run.as_of) < 7
),

recent_signals as (
    select signal.*
    from signal
    cross join run
    where date_diff('day', signal.measured_at::date, run.as_of) < 7
),

running as (
    select * from episode
    where not is_closed
),

outcomes as (
    select change.*
    from change
    inner join instrument on change.instrument = instrument.instrument
    cross join run
    where
        change.is_closed
        and change.class is not null
        and instrument.measures = 'symptoms'
        and date_diff('day', change.latest_at::date, run.as_of) < 365
),

paired as (
    select
        clinic_id,
        count(*) as pairs
    from outcomes
    group by clinic_id
),

counts as (
    select clinic_id, 'patients_in_treatment' as figure, count(distinct patient_id) as numerator, null::bigint as denominator
    from running group by clinic_id
    union all
    select clinic_id, 'assessments_this_week', count(*), null
    from recent group by clinic_id
    union all
    select recent.clinic_id, 'patients_measured_this_week', count(distinct recent.patient_id), null
    from recent group by recent.clinic_id
    union all
    select clinic_id, 'alerts_new', count(*), null
    from alert_list where section = 'new' group by clinic_id
    union all
    select clinic_id, 'alerts_open', count(*), null
    from alert_list where section = 'open' group by clinic_id
    union all
    select clinic_id, 'critical_open', count(*), null
    from alert_list where section = 'critical' group by clinic_id
    union all
    select clinic_id, 'overdue', count(*), null
    from overdue group by clinic_id
    union all
    select clinic_id, 'low_alliance_this_week', count(distinct patient_id), null
    from recent_signals where kind = 'low_alliance' group by clinic_id
    union all
    select clinic_id, 'no_improvement_info_this_week', count(distinct patient_id), null
    from recent_signals
    where kind = 'no_reliable_improvement' and level = 'info' group by clinic_id
    union all
    select outcomes.clinic_id, 'change_' || outcomes.class, count(*), any_value(paired.pairs)
    from outcomes inner join paired on outcomes.clinic_id = paired.clinic_id
    group by outcomes.clinic_id, outcomes.class
),

-- Share of scored assessments on which a rule of level red or amber fired.
fired as (
    select
        score.clinic_id,
        count(distinct case when signal.signal_id is not null then score.assessment_id end)
            as assessments_with_signal,
        count(distinct score.assessment_id) as assessments
    from score
    left join signal
        on score.clinic_id = signal.clinic_id
        and score.patient_id = signal.patient_id
        and score.instrument = signal.instrument
        and score.measured_at = signal.measured_at
        and signal.level in ('red', 'amber')
    where score.score is not null
    group by score.clinic_id
),

figures as (
    select unnest([
        'patients_in_treatment', 'assessments_this_week', 'patients_measured_this_week',
        'alerts_new', 'alerts_open', 'critical_open', 'overdue', 'low_alliance_this_week',
        'no_improvement_info_this_week', 'change_recovered', 'change_improved',
        'change_unchanged', 'change_deteriorated'
    ]) as figure
),

complete as (
    select
        clinics.clinic_id,
        figures.figure,
        coalesce(counts.numerator, 0) as numerator,
        case
            when figures.figure like 'change_%' then coalesce(counts.denominator, paired.pairs, 0)
        end as denominator
    from clinics
    cross join figures
    left join counts
        on clinics.clinic_id = counts.clinic_id
        and figures.figure = counts.figure
    left join paired on clinics.clinic_id = paired.clinic_id
)

select
    clinic_id,
    figure,
    numerator::bigint as numerator,
    denominator::bigint as denominator
from complete
union all
select
    clinic_id,
    'alerts_per_100_assessments' as figure,
    assessments_with_signal::bigint as numerator,
    assessments::bigint as denominator
from fired
