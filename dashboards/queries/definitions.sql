-- grain: one constant of an instrument, or one that was computed in $viewer's clinic; no patients
-- reads: instrument_constant, instrument, instrument_scale, yardstick, setting
-- why: every number that decides is printed with its source. Where a clinic's own values are in
--      force, the published ones that they replace are not shown beside them
with

own as (
    select coalesce(bool_or(setting.value = 'local'), false) as is_local
    from setting
    where setting.section = 'change' and setting.name = 'values'
),

computed as (
    select
        instrument.short_name,
        yardstick.scale,
        limits.constant,
        limits.value,
        limits.rule,
        limits.lower,
        limits.upper,
        yardstick.intakes,
        limits.is_computed
    from yardstick
    inner join instrument
        on yardstick.instrument = instrument.instrument
        and instrument.measures <> 'alliance'
    inner join instrument_scale
        on yardstick.instrument = instrument_scale.instrument
        and yardstick.scale = instrument_scale.scale
    cross join lateral (
        values
        (
            'reliable_change', yardstick.threshold, yardstick.threshold_rule,
            yardstick.threshold_lower, yardstick.threshold_upper,
            yardstick.threshold is not null and instrument_scale.reliable_change_points is null
        ),
        (
            'cutoff', yardstick.cutoff, yardstick.cutoff_rule, yardstick.cutoff_lower,
            yardstick.cutoff_upper, yardstick.cutoff_kind <> 'published'
        )
    ) as limits (constant, value, rule, lower, upper, is_computed)
    where yardstick.clinic_id = $viewer.clinic_id and yardstick.method = 'JT'
)

select
    instrument.short_name,
    instrument_constant.scale,
    instrument_constant.constant,
    instrument_constant.value,
    instrument_constant.source,
    instrument_constant.population,
    instrument_constant.evidence,
    null::double as limit_value,
    null::double as limit_lower,
    null::double as limit_upper,
    null::integer as intakes,
    'published' as scope
from instrument_constant
inner join instrument on instrument_constant.instrument = instrument.instrument
cross join own
where not (own.is_local and instrument_constant.constant in ('cutoff', 'reliable_change'))
union all
select
    computed.short_name,
    computed.scale,
    computed.constant,
    computed.rule,
    null,
    null,
    null,
    computed.value,
    computed.lower,
    computed.upper,
    computed.intakes,
    case when own.is_local then 'local' else 'computed' end
from computed
cross join own
where own.is_local or computed.is_computed
order by 1, 2, 3
