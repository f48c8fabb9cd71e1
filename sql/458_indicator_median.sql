-- grain: unit (service, clinic, team) x period x indicator that is a median
-- kind: step
-- reads: quality_episode, shown_alert, form_count, indicator_definition, unit_team
-- why: medians cannot be added up over clinics or months, so they are taken for every unit and
--   period by itself, from counts of equal values. Sessions to reliable improvement are those by
--   which half of all would have improved (Kaplan & Meier 1958): whoever ended without it counts
--   for as long as treated, else only the quick ones would be told of. `unit_no` is of unit_team.
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
        forms::bigint as n
    from form_count
    where days_to_landing is not null
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

-- From here on units and indicators go by number, and periods by length: 1 is a week.
numbered as (
    select
        unit_team.team_no,
        indicator_definition.sort_order as indicator_no,
        observed.week,
        observed.month,
        observed.value,
        case when observed.is_reached then observed.n else 0 end as reached,
        observed.n,
        case indicator_definition.finest when 'week' then 1 when 'month' then 2 else 3 end
            as finest
    from observed
    inner join indicator_definition on observed.indicator = indicator_definition.indicator
    inner join unit_team
        on unit_team.unit_kind = 'clinic'
        and observed.unit_clinic_id = unit_team.of_clinic_id
        and observed.team_id is not distinct from unit_team.of_team_id
),

in_span as (
    select
        team_no,
        indicator_no,
        1 as length,
        week as period,
        value,
        reached,
        n
    from numbered
    where finest = 1
    union all
    select
        team_no,
        indicator_no,
        2 as length,
        month as period,
        value,
        reached,
        n
    from numbered
    where finest <= 2
    union all
    select
        team_no,
        indicator_no,
        3 as length,
        date_trunc('quarter', month)::date as period,
        value,
        reached,
        n
    from numbered
),

by_team as (
    select
        team_no,
        indicator_no,
        length,
        period,
        value,
        sum(reached)::double as reached,
        sum(n)::double as n
    from in_span
    group by all
),

placed as (
    select
        unit_team.unit_no,
        by_team.indicator_no,
        by_team.length,
        by_team.period,
        by_team.value,
        sum(by_team.reached) as reached,
        sum(by_team.n) as n
    from by_team
    inner join unit_team on by_team.team_no = unit_team.team_no
    group by all
),

ranked as (
    select
        *,
        sum(n) over by_then as n_by_then,
        sum(n) over whole as all_n,
        sum(reached) over whole as all_reached
    from placed
    window
        by_then as (partition by unit_no, indicator_no, length, period order by value),
        whole as (partition by unit_no, indicator_no, length, period)
),

-- Who has not got there by a value is at risk at it; of everybody who gets there half is half.
curves as (
    select
        *,
        sum(
            case
                when reached < all_n - n_by_then + n
                    then ln(1 - reached / (all_n - n_by_then + n))
                else -1000
            end
        ) over (
            partition by unit_no, indicator_no, length, period order by value
        ) as log_left
    from ranked
    where all_reached < all_n
),

medians as (
    select
        unit_no,
        indicator_no,
        length,
        period,
        min(value) filter (where 2 * n_by_then >= all_n) as value,
        any_value(all_reached) as numerator,
        any_value(all_n) as denominator
    from ranked
    where all_reached = all_n
    group by all
    union all
    select
        unit_no,
        indicator_no,
        length,
        period,
        min(value) filter (where log_left <= ln(0.5) + 1e-12) as value,
        any_value(all_reached) as numerator,
        any_value(all_n) as denominator
    from curves
    group by all
),

units as (
    select distinct
        unit_no,
        unit_kind,
        clinic_id,
        team_id
    from unit_team
)

select
    units.unit_no,
    units.unit_kind,
    units.clinic_id,
    units.team_id,
    case medians.length when 1 then 'week' when 2 then 'month' else 'quarter' end as period_kind,
    medians.period,
    indicator_definition.indicator,
    medians.value,
    medians.numerator,
    medians.denominator
from medians
inner join units on medians.unit_no = units.unit_no
inner join indicator_definition on medians.indicator_no = indicator_definition.sort_order
