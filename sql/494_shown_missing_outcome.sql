-- grain: unit (service, clinic, team) x quarter x indicator of outcome
-- reads: missing_outcome, shown_indicator
-- why: a rate of outcome beside what it could be with those whom nobody measured, without small
--   counts. A row is left out where the rate is, or where 1 to 4 are missing, were imputed or not,
--   or are between two of its counts. Clinics (and the teams of a clinic) are shown all or none in
--   a quarter: one that is left out alone could be worked out from the others. Quarters that can
--   still change are not there.
with

counted as (
    select
        missing_outcome.*,
        shown_indicator.numerator is not null as is_rate_shown,
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
),

judged as (
    select
        *,
        bool_and(is_rate_shown and len(small) = 0) over (
            partition by
                unit_kind, quarter, indicator,
                case unit_kind when 'team' then clinic_id end
        ) as are_all_fine
    from counted
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
