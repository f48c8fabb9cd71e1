-- grain: unit (service, clinic, team) x period x indicator that is a median
-- kind: step
-- reads: quality_episode, shown_alert, form_count
-- why: medians cannot be added up over clinics or months, so they are taken for every unit and
--   period by itself, from counts of equal values. Sessions to reliable improvement are those by
--   which half of all would have improved (Kaplan & Meier 1958): whoever ended without it counts
--   for as long as treated, else only the quick ones would be told of.
with

observed as (
    select
        'waiting_days' as indicator,
        unit_clinic_id,
        team_id,
        null::date as week,
        date_trunc('month', started_on)::date as month,
        waiting_days::double as value,
        true as is_reached,
        count(*) as n
    from quality_episode
    where waiting_days is not null
    group by all
    union all
    select
        'days_to_report' as indicator,
        unit_clinic_id,
        team_id,
        week,
        month,
        days_to_landing::double as value,
        true as is_reached,
        sum(forms)::bigint as n
    from form_count
    where days_to_landing is not null
    group by all
    union all
    select
        'hours_to_seen' as indicator,
        unit_clinic_id,
        team_id,
        date_trunc('week', shown_at)::date as week,
        date_trunc('month', shown_at)::date as month,
        round(epoch(seen_at - shown_at) / 3600, 2) as value,
        true as is_reached,
        count(*) as n
    from shown_alert
    where seen_at >= shown_at
    group by all
    union all
    select
        'hours_to_answer' as indicator,
        unit_clinic_id,
        team_id,
        date_trunc('week', shown_at)::date as week,
        date_trunc('month', shown_at)::date as month,
        round(epoch(answered_at - seen_at) / 3600, 2) as value,
        true as is_reached,
        count(*) as n
    from shown_alert
    where seen_at >= shown_at and answered_at >= seen_at
    group by all
    union all
    select
        'sessions_to_improvement' as indicator,
        unit_clinic_id,
        team_id,
        null::date as week,
        date_trunc('month', ended_on)::date as month,
        coalesce(better_session, last_session)::double as value,
        better_session is not null as is_reached,
        count(*) as n
    from quality_episode
    where is_closed and has_baseline and last_session is not null
    group by all
),

placed as (
    select
        unit.unit_kind,
        unit.clinic_id,
        unit.team_id,
        span.period_kind,
        span.period,
        observed.indicator,
        observed.value,
        sum(observed.n) filter (where observed.is_reached) as reached,
        sum(observed.n) as n
    from observed
    cross join lateral (
        values
        ('service', null, null),
        ('clinic', observed.unit_clinic_id, null),
        ('team', observed.unit_clinic_id, observed.team_id)
    ) as unit (unit_kind, clinic_id, team_id)
    cross join lateral (
        values
        ('week', observed.week),
        ('month', observed.month),
        ('quarter', date_trunc('quarter', observed.month)::date)
    ) as span (period_kind, period)
    where
        (unit.unit_kind <> 'team' or unit.team_id is not null)
        and span.period is not null
        and (observed.indicator <> 'sessions_to_improvement' or span.period_kind = 'quarter')
    group by all
),

at_risk as (
    select
        *,
        coalesce(reached, 0) as ended,
        sum(n) over at_least as risk,
        sum(n) over whole as all_n,
        sum(coalesce(reached, 0)) over whole as all_reached
    from placed
    window
        whole as (partition by unit_kind, clinic_id, team_id, period_kind, period, indicator),
        at_least as (
            partition by unit_kind, clinic_id, team_id, period_kind, period, indicator
            order by value desc
        )
),

-- Of everybody that reached it this is the usual median: half of them by then.
curves as (
    select
        *,
        sum(case when ended < risk then ln(1 - ended / risk) else -1000 end) over (
            partition by unit_kind, clinic_id, team_id, period_kind, period, indicator
            order by value
        ) as log_left
    from at_risk
)

select
    unit_kind,
    clinic_id,
    team_id,
    period_kind,
    period,
    indicator,
    min(value) filter (where log_left <= ln(0.5) + 1e-12) as value,
    any_value(all_reached)::double as numerator,
    any_value(all_n)::double as denominator
from curves
group by unit_kind, clinic_id, team_id, period_kind, period, indicator
