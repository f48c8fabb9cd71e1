-- grain: episode x instrument x scale x method
-- reads: pair, yardstick
-- why: reliable and clinically significant change by each method that has the constants it needs.
--   Pages and reports use Jacobson & Truax (JT), which is there for every pair. Differences are
--   turned so that positive is better and rounded to 6 decimals, since 20.1 - 15.1 must be 5; rci
--   keeps the direction of the scores. Harmed is a deterioration from functional to clinical.
--   Rows lie by patient, as pages read them.
with

judged_by as (
    select
        pair.clinic_id,
        pair.patient_id,
        pair.episode_id,
        pair.instrument,
        pair.scale,
        pair.baseline,
        pair.latest,
        pair.baseline_at,
        pair.latest_at,
        pair.is_closed,
        yardstick.* exclude (clinic_id, instrument, scale),
        round(yardstick.direction * (pair.latest - pair.baseline), 6) as gain,
        -- What the score before treatment most likely was without error (Kelley's estimate).
        yardstick.mean_before + yardstick.reliability * (pair.baseline - yardstick.mean_before)
            as true_baseline
    from pair
    inner join yardstick using (clinic_id, instrument, scale)
    where yardstick.method = 'JT' or yardstick.missing is null
),

measured as (
    select
        *,
        case method
            when 'JT' then (latest - baseline) / standard_error
            when 'CM' then (latest - baseline) / standard_error
            when 'EN' then (latest - true_baseline) / standard_error
            when 'GLN' then (latest - true_baseline) / standard_error
            when 'NK' then (latest - true_baseline) / standard_error
            when 'HLL'
                then (latest - mean_after - reliability * (baseline - mean_before)) / standard_error
            when 'HA' then (
                (latest - baseline) * reliability_of_difference
                + (mean_after - mean_before) * (1 - reliability_of_difference)
            ) / standard_error
        end as rci,
        case cutoff_rule
            when '>=' then baseline >= cutoff
            when '>' then baseline > cutoff
            when '<=' then baseline <= cutoff
            when '<' then baseline < cutoff
        end as is_case_at_start,
        case
            -- Hageman & Arrindell ask that a score be beyond the cut-off by more than its error.
            when method = 'HA' then direction * (
                mean_after + (latest - mean_after) * reliability_after - cutoff
            ) / (sqrt(reliability_after) * sem) <= threshold
            when cutoff_rule = '>=' then latest >= cutoff
            when cutoff_rule = '>' then latest > cutoff
            when cutoff_rule = '<=' then latest <= cutoff
            when cutoff_rule = '<' then latest < cutoff
        end as is_case_now
    from judged_by
),

progressed as (
    select
        *,
        case measured_in
            when 'points' then gain
            when 'percent' then round(100 * gain / nullif(baseline, 0), 6)
            when 'index' then direction * rci
        end as progress
    from measured
),

judged as (
    select
        *,
        case
            when threshold_rule = '>=' then abs(progress) >= threshold
            else abs(progress) > threshold
        end as is_reliable
    from progressed
)

select
    clinic_id,
    patient_id,
    episode_id,
    instrument,
    scale,
    method,
    baseline,
    latest,
    baseline_at,
    latest_at,
    rci,
    case when method in ('JT', 'CM') then threshold end as reliable_change_points,
    cutoff,
    case
        when is_reliable is null then null
        when is_reliable and progress < 0 then 'deteriorated'
        when
            is_reliable
            and is_case_at_start
            and not is_case_now
            and method not in ('ANCHOR', 'PCT')
            then 'recovered'
        when is_reliable then 'improved'
        else 'unchanged'
    end as class,
    coalesce(
        is_reliable and progress < 0 and not is_case_at_start and is_case_now, false
    ) as harmed,
    coalesce(is_case_at_start <> is_case_now, false) as crossed_cutoff,
    coalesce(
        not is_reliable and is_case_at_start and not is_case_now, false
    ) as crossed_without_reliable_change,
    is_case_at_start,
    scope,
    definition,
    is_closed
from judged
order by clinic_id, patient_id
