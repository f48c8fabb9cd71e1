-- grain: unit (service, clinic, team) x quarter x indicator of outcome
-- reads: missing_outcome, shown_indicator
-- why: a rate of outcome beside what it could be with those whom nobody measured, without small
--   counts. A row is left out where the rate is, or the count of all who ended (the denominator of
--   response), or where 1 to 4 are missing, were imputed or not, or are between two of its counts.
--   Clinics (and the teams of a clinic) are shown all or none in a quarter: one that is left out
--   alone could be worked out from the others. So can those of a unit that is too small to be
--   there, and of no team: then clinics (teams) are not shown beside what they are part of. What
--   492 left out because of earlier runs is left out here too. Quarters that can still change are
--   not there.
with

ended as (
    select
        unit_kind,
        unit,
        period as quarter
    from shown_indicator
    where indicator = 'response_rate' and period_kind = 'quarter' and denominator is not null
),

counted as (
    select
        missing_outcome.*,
        shown_indicator.numerator is not null and ended.unit is not null as is_rate_shown,
        case missing_outcome.unit_kind when 'team' then missing_outcome.clinic_id end as whole,
        list_filter(
            [
                missing_outcome.paired,
                missing_outcome.missing,
                missing_outcome.imputed,
                missing_outcome.not_imputed,
                missing_outcome.episodes,
                missing_outcome.episodes - missing_outcome.paired,
                missing_outcome.bounds_denominator - missing_outcome.last_denominator,
                missing_outcome.last_denominator - missing_outcome.paired_denominator,
                abs(missing_outcome.last_numerator - missing_outcome.paired_numerator),
                missing_outcome.last_numerator,
                missing_outcome.last_denominator - missing_outcome.last_numerator
            ],
            lambda count: count between 1 and 4
        ) as small
    from missing_outcome
    inner join shown_indicator
        on missing_outcome.unit_kind = shown_indicator.unit_kind
        and missing_outcome.unit = shown_indicator.unit
        and missing_outcome.indicator = shown_indicator.indicator
        and missing_outcome.quarter = shown_indicator.period
        and shown_indicator.period_kind = 'quarter'
        and shown_indicator.is_complete
    left join ended
        on missing_outcome.unit_kind = ended.unit_kind
        and missing_outcome.unit = ended.unit
        and missing_outcome.quarter = ended.quarter
),

-- What clinics and teams add up to, beside what they are part of.
added_up as (
    select
        unit_kind,
        whole,
        quarter,
        indicator,
        sum(episodes) as episodes,
        sum(paired) as paired
    from counted
    where unit_kind <> 'service'
    group by unit_kind, whole, quarter, indicator
),

held_against as (
    select
        counted.*,
        counted.unit_kind = 'service'
        or larger.unit is null
        or added_up.episodes = larger.episodes and added_up.paired = larger.paired as is_all_there
    from counted
    left join added_up
        on counted.unit_kind = added_up.unit_kind
        and counted.whole is not distinct from added_up.whole
        and counted.quarter = added_up.quarter
        and counted.indicator = added_up.indicator
    left join counted as larger
        on larger.unit_kind = case counted.unit_kind when 'team' then 'clinic' else 'service' end
        and counted.whole is not distinct from larger.clinic_id
        and counted.quarter = larger.quarter
        and counted.indicator = larger.indicator
),

judged as (
    select
        *,
        bool_and(is_rate_shown and is_all_there and len(small) = 0) over (
            partition by unit_kind, whole, quarter, indicator
        ) as are_all_fine
    from held_against
)

select
    unit_kind,
    unit,
    clinic_id,
    team_id,
    quarter,
    indicator,
    better,
    not are_all_fine as is_withheld,
    case when are_all_fine then episodes end as episodes,
    case when are_all_fine then paired end as paired,
    case when are_all_fine then missing end as missing,
    case when are_all_fine then not_imputed end as not_imputed,
    case when are_all_fine then paired_value end as paired_value,
    case when are_all_fine then last_value end as last_value,
    case when are_all_fine then lowest_value end as lowest_value,
    case when are_all_fine then highest_value end as highest_value,
    case when are_all_fine then imputed_value end as imputed_value,
    case when are_all_fine then imputed_lower end as imputed_lower,
    case when are_all_fine then imputed_upper end as imputed_upper
from judged
