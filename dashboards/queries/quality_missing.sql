-- grain: one quarter of one outcome of one unit
-- reads: shown_missing_outcome
select
    quarter,
    episodes,
    paired,
    missing,
    not_imputed,
    paired_value,
    last_value,
    lowest_value,
    highest_value,
    imputed_value,
    imputed_lower,
    imputed_upper,
    is_withheld
from shown_missing_outcome
where $viewer.scope = 'aggregates' and indicator = $indicator and unit_kind || ':' || unit = $unit
order by quarter desc
limit 8
