-- grain: unit (the service, or a clinic) x figure
-- reads: clinic_figure, last_week_alert, outcome, episode
-- why: what a quality officer reads of a week on one page: no patient, no therapist. A clinic is
--   shown with five therapists or more of whom none has over half of its treatments; a count of
--   one to four, or all but one to four, is not. lower and upper: Wilson 1927, 95 %.
with

clinics as (
    select distinct clinic_id from clinic_figure
),

caseload as (
    select
        clinic_id,
        therapist_id,
        count(*) as episodes
    from episode
    where therapist_id is not null
    group by clinic_id, therapist_id
),

large_enough as (
    select
        clinic_id,
        count(*) >= 5 and 2 * max(episodes) <= sum(episodes) as is_shown
    from caseload
    group by clinic_id
),

wide as (
    select
        clinic_id,
        sum(numerator) filter (where figure = 'patients_in_treatment') as in_treatment,
        sum(numerator) filter (where figure = 'patients_measured_this_week') as measured,
        sum(numerator) filter (where figure = 'overdue') as overdue,
        sum(numerator) filter (where figure in ('change_recovered', 'change_improved')) as better,
        sum(numerator) filter (where figure = 'change_deteriorated') as worse,
        max(denominator) filter (where figure = 'change_deteriorated') as pairs
    from clinic_figure
    group by clinic_id
),

looked_at as (
    select
        clinic_id,
        sum(alerts) as alerts,
        sum(answered) as answered
    from last_week_alert
    group by clinic_id
),

completed as (
    select
        clinic_id,
        sum(denominator) filter (where counted = 'paired') as pairs,
        sum(denominator) filter (where counted = 'highest') as episodes
    from outcome
    where class = 'recovered'
    group by clinic_id
),

of_clinic as (
    select
        clinics.clinic_id,
        figure.figure,
        figure.numerator,
        figure.denominator
    from clinics
    left join wide on clinics.clinic_id = wide.clinic_id
    left join looked_at on clinics.clinic_id = looked_at.clinic_id
    left join completed on clinics.clinic_id = completed.clinic_id
    cross join lateral (
        values
        ('patients_in_treatment', wide.in_treatment, null),
        ('measured_this_week', wide.measured, null),
        ('overdue', wide.overdue, null),
        ('answered_within_a_week', looked_at.answered, looked_at.alerts),
        ('measured_twice', completed.pairs, completed.episodes),
        ('reliably_better', wide.better, wide.pairs),
        ('reliably_worse', wide.worse, wide.pairs)
    ) as figure (figure, numerator, denominator)
),

units as (
    select
        'clinic' as unit,
        clinic_id,
        figure,
        coalesce(numerator, 0)::bigint as numerator,
        denominator::bigint as denominator
    from of_clinic
    union all
    select
        'service' as unit,
        null as clinic_id,
        figure,
        coalesce(sum(numerator), 0)::bigint as numerator,
        sum(denominator)::bigint as denominator
    from of_clinic
    group by figure
),

shares as (
    select
        *,
        numerator / nullif(denominator, 0) as value,
        1.959963984540054 as z
    from units
),

-- Wilson's score interval: it stays between 0 and 1 and holds for few episodes.
intervals as (
    select
        *,
        (value + z * z / (2 * denominator)) / (1 + z * z / denominator) as centre,
        z / (1 + z * z / denominator)
        * sqrt(value * (1 - value) / denominator + z * z / (4 * denominator * denominator)) as half
    from shares
)

select
    intervals.unit,
    intervals.clinic_id,
    intervals.figure,
    intervals.numerator,
    intervals.denominator,
    intervals.value,
    case when intervals.value is not null then greatest(0, intervals.centre - intervals.half) end
        as lower,
    case when intervals.value is not null then least(1, intervals.centre + intervals.half) end
        as upper,
    intervals.unit = 'service' or coalesce(large_enough.is_shown, false) as is_shown,
    intervals.numerator between 1 and 4
    or coalesce(intervals.denominator - intervals.numerator between 1 and 4, false) as is_small
from intervals
left join large_enough on intervals.clinic_id = large_enough.clinic_id
