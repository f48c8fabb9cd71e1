-- grain: unit (service, clinic, team) x primary indicator on which a rule fired last
-- reads: shown_indicator
-- why: what the quality officer is to look at, from the figures that the officer may read: a
--   special cause in the last complete month (for outcomes the last complete quarter) of the six
--   primary indicators. A figure that was left out, or a period without one, fires nothing, and
--   says nothing of the one before it.
with

watched as (
    select
        *,
        max(case period_kind when 'month' then 1 else 0 end) over (
            partition by unit_kind, unit, indicator
        ) as has_months
    from shown_indicator
    where is_primary and period_kind in ('month', 'quarter') and is_complete
),

latest as (
    select *
    from watched
    where period_kind = case has_months when 1 then 'month' else 'quarter' end
    qualify row_number() over (partition by unit_kind, unit, indicator order by period desc) = 1
)

select
    unit_kind,
    unit,
    clinic_id,
    team_id,
    indicator,
    period_kind,
    period,
    numerator,
    denominator,
    value,
    centre,
    lower,
    upper,
    rules,
    is_trial,
    case
        when value = centre then null
        when better = 'higher' then value > centre
        when better = 'lower' then value < centre
    end as is_better
from latest
where rules <> ''
