-- grain: unit (service, clinic, team) x period x indicator
-- kind: step
-- reads: indicator_count, indicator_median, indicator_definition, quality_unit, run
-- why: the series that charts are drawn of. A unit's series begins with its first figure and goes
--   on to today; a period without a denominator has no value, which is a gap and never a zero, so
--   that a clinic that stopped shows as one. A period is complete once what it counts can no
--   longer change. Weeks are those of ISO 8601 and start on Monday; where a year has 53, it has 53.
with

spans as (
    select
        indicator_count.unit_clinic_id as clinic_id,
        indicator_count.team_id,
        indicator_count.indicator,
        span.period_kind,
        span.period,
        indicator_count.numerator,
        indicator_count.denominator
    from indicator_count
    inner join indicator_definition on indicator_count.indicator = indicator_definition.indicator
    cross join lateral (
        values
        ('week', 1, indicator_count.week),
        ('month', 2, indicator_count.month),
        ('quarter', 3, date_trunc('quarter', indicator_count.month)::date)
    ) as span (period_kind, length, period)
    where
        span.period is not null
        and span.length
        >= case indicator_definition.finest when 'week' then 1 when 'month' then 2 else 3 end
),

by_team as (
    select
        clinic_id,
        team_id,
        indicator,
        period_kind,
        period,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from spans
    group by all
),

summed as (
    select
        case when clinic_id is null then 'service' else 'clinic' end as unit_kind,
        clinic_id,
        null as team_id,
        indicator,
        period_kind,
        period,
        round(sum(numerator), 6) as numerator,
        sum(denominator) as denominator
    from by_team
    group by
        grouping sets (
            (indicator, period_kind, period), (clinic_id, indicator, period_kind, period)
        )
    union all
    select
        'team' as unit_kind,
        clinic_id,
        team_id,
        indicator,
        period_kind,
        period,
        round(numerator, 6) as numerator,
        denominator
    from by_team
    where team_id is not null
),

valued as (
    select
        unit_kind,
        clinic_id,
        team_id,
        indicator,
        period_kind,
        period,
        numerator,
        denominator,
        round(numerator / denominator, 9) as value
    from summed
    union all
    select
        unit_kind,
        clinic_id,
        team_id,
        indicator,
        period_kind,
        period,
        numerator,
        denominator,
        value
    from indicator_median
),

-- What comes in files is nobody's result; everything else is only of units that are large enough.
shown as (
    select valued.*
    from valued
    left join quality_unit
        on valued.unit_kind = quality_unit.unit_kind
        and valued.clinic_id is not distinct from quality_unit.clinic_id
        and valued.team_id is not distinct from quality_unit.team_id
        and date_trunc('quarter', valued.period)::date = quality_unit.quarter
    where valued.indicator = 'data_rejected' or quality_unit.is_shown
),

series as (
    select
        shown.unit_kind,
        shown.clinic_id,
        shown.team_id,
        shown.indicator,
        shown.period_kind,
        unnest(
            generate_series(
                min(shown.period)::timestamp,
                date_trunc(shown.period_kind, max(run.as_of)),
                case shown.period_kind
                    when 'week' then interval 7 day
                    when 'month' then interval 1 month
                    else interval 3 month
                end
            )
        )::date as period
    from shown
    cross join run
    group by
        shown.unit_kind, shown.clinic_id, shown.team_id, shown.indicator, shown.period_kind
)

select
    series.unit_kind,
    case series.unit_kind
        when 'service' then 'service'
        when 'clinic' then series.clinic_id
        else concat_ws('/', series.clinic_id, series.team_id)
    end as unit,
    series.clinic_id,
    series.team_id,
    series.period_kind,
    series.period,
    series.indicator,
    indicator_definition.is_primary,
    indicator_definition.better,
    indicator_definition.chart,
    shown.numerator,
    coalesce(shown.denominator, 0) as denominator,
    shown.value,
    date_diff(
        'day',
        case series.period_kind
            when 'week' then series.period + interval 7 day
            when 'month' then series.period + interval 1 month
            else series.period + interval 3 month
        end,
        run.as_of::timestamp
    ) >= indicator_definition.lag_days - 1 as is_complete
from series
inner join indicator_definition on series.indicator = indicator_definition.indicator
cross join run
left join shown
    on series.unit_kind = shown.unit_kind
    and series.clinic_id is not distinct from shown.clinic_id
    and series.team_id is not distinct from shown.team_id
    and series.indicator = shown.indicator
    and series.period_kind = shown.period_kind
    and series.period = shown.period
