-- grain: unit (service, clinic, team) x period x indicator
-- kind: step
-- reads: indicator_count, indicator_median, indicator_definition, quality_unit, unit_team, run
-- why: the series that charts are drawn of. A unit's series begins with its first figure and goes
--   on to today; a period without a denominator has no value, which is a gap and never a zero, so
--   that a clinic that stopped shows as one. A period is complete once what it counts can no
--   longer change. Weeks are those of ISO 8601 and start on Monday; where a year has 53, it has 53.
with

-- Units and indicators go by number until the end, and periods by length: 1 is a week.
counted as (
    select
        unit_team.team_no,
        indicator_definition.sort_order as indicator_no,
        indicator_count.week,
        indicator_count.month,
        indicator_count.numerator,
        indicator_count.denominator,
        case indicator_definition.finest when 'week' then 1 when 'month' then 2 else 3 end
            as finest
    from indicator_count
    inner join indicator_definition on indicator_count.indicator = indicator_definition.indicator
    inner join unit_team
        on unit_team.unit_kind = 'clinic'
        and indicator_count.unit_clinic_id = unit_team.of_clinic_id
        and indicator_count.team_id is not distinct from unit_team.of_team_id
),

in_span as (
    select
        team_no,
        indicator_no,
        1 as length,
        week as period,
        numerator,
        denominator
    from counted
    where finest = 1
    union all
    select
        team_no,
        indicator_no,
        2 as length,
        month as period,
        numerator,
        denominator
    from counted
    where finest <= 2
    union all
    select
        team_no,
        indicator_no,
        3 as length,
        date_trunc('quarter', month)::date as period,
        numerator,
        denominator
    from counted
),

by_team as (
    select
        team_no,
        indicator_no,
        length,
        period,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from in_span
    group by all
),

summed as (
    select
        unit_team.unit_no,
        by_team.indicator_no,
        by_team.length,
        by_team.period,
        round(sum(by_team.numerator), 6) as numerator,
        sum(by_team.denominator) as denominator
    from by_team
    inner join unit_team on by_team.team_no = unit_team.team_no
    group by all
),

valued as (
    select
        unit_no,
        indicator_no,
        length,
        period,
        numerator,
        denominator,
        round(numerator / denominator, 9) as value
    from summed
    union all
    select
        indicator_median.unit_no,
        indicator_definition.sort_order as indicator_no,
        case indicator_median.period_kind when 'week' then 1 when 'month' then 2 else 3 end
            as length,
        indicator_median.period,
        indicator_median.numerator,
        indicator_median.denominator,
        indicator_median.value
    from indicator_median
    inner join indicator_definition on indicator_median.indicator = indicator_definition.indicator
),

units as (
    select distinct
        unit_no,
        unit_kind,
        clinic_id,
        team_id
    from unit_team
),

large_enough as (
    select
        units.unit_no,
        quality_unit.quarter
    from quality_unit
    inner join units
        on quality_unit.unit_kind = units.unit_kind
        and quality_unit.clinic_id is not distinct from units.clinic_id
        and quality_unit.team_id is not distinct from units.team_id
    where quality_unit.is_shown
),

of_files as (
    select sort_order as indicator_no
    from indicator_definition
    where indicator = 'data_rejected'
),

-- What comes in files is nobody's result; everything else is only of units that are large enough.
shown as (
    select valued.*
    from valued
    left join large_enough
        on valued.unit_no = large_enough.unit_no
        and date_trunc('quarter', valued.period)::date = large_enough.quarter
    left join of_files on valued.indicator_no = of_files.indicator_no
    where of_files.indicator_no is not null or large_enough.quarter is not null
),

series as (
    select
        shown.unit_no,
        shown.indicator_no,
        shown.length,
        unnest(
            generate_series(
                min(shown.period)::timestamp,
                date_trunc(
                    case shown.length when 1 then 'week' when 2 then 'month' else 'quarter' end,
                    max(run.as_of)
                ),
                case shown.length
                    when 1 then interval 7 day
                    when 2 then interval 1 month
                    else interval 3 month
                end
            )
        )::date as period
    from shown
    cross join run
    group by shown.unit_no, shown.indicator_no, shown.length
)

select
    units.unit_kind,
    case units.unit_kind
        when 'service' then 'service'
        when 'clinic' then units.clinic_id
        else concat_ws('/', units.clinic_id, units.team_id)
    end as unit,
    units.clinic_id,
    units.team_id,
    case series.length when 1 then 'week' when 2 then 'month' else 'quarter' end as period_kind,
    series.period,
    indicator_definition.indicator,
    indicator_definition.is_primary,
    indicator_definition.better,
    indicator_definition.chart,
    shown.numerator,
    coalesce(shown.denominator, 0) as denominator,
    shown.value,
    date_diff(
        'day',
        case series.length
            when 1 then series.period + interval 7 day
            when 2 then series.period + interval 1 month
            else series.period + interval 3 month
        end,
        run.as_of::timestamp
    ) >= indicator_definition.lag_days - 1 as is_complete
from series
inner join units on series.unit_no = units.unit_no
inner join indicator_definition on series.indicator_no = indicator_definition.sort_order
cross join run
left join shown
    on series.unit_no = shown.unit_no
    and series.indicator_no = shown.indicator_no
    and series.length = shown.length
    and series.period = shown.period
