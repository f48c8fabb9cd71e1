-- grain: landed or held-back file x clinic
-- reads: landed_file, file_profile, file_scale, file_check, quality_limit
-- why: from which source and clinic a doubt about the data came, and since when. Volume drifts by
--   standard deviations of the files before it; the mean by the largest shift of a scale among
--   them, which is known of recent files alone (212). Checks that a file failed are counted here,
--   and those of earlier runs stand in check_history.
with

by_clinic as (
    select
        *,
        unnest(clinics) as clinic_id
    from landed_file
),

shift as (
    select
        file_scale.sha256,
        arg_max(
            file_scale.instrument,
            abs(file_scale.mean_score - file_scale.earlier_mean) / file_scale.earlier_sd
        ) as mean_shift_instrument,
        round(
            max(abs(file_scale.mean_score - file_scale.earlier_mean) / file_scale.earlier_sd), 6
        ) as mean_shift
    from file_scale
    cross join quality_limit
    where
        file_scale.earlier_sd > 0
        and file_scale.scored >= quality_limit.assessments_needed
        and file_scale.earlier_scored >= quality_limit.assessments_needed
    group by file_scale.sha256
),

checked as (
    select
        sha256,
        count(*) filter (where outcome in ('pass', 'fail')) as checks,
        count(*) filter (where outcome = 'fail') as failed_checks,
        string_agg(distinct expectation, ' ' order by expectation) filter (where outcome = 'fail')
            as failed
    from file_check
    group by sha256
)

select
    by_clinic.sha256,
    by_clinic.source,
    by_clinic.clinic_id,
    by_clinic.name as source_file,
    by_clinic.landed_at,
    by_clinic.is_held_back,
    by_clinic.rows_in as records,
    case when by_clinic.is_held_back then by_clinic.rows_in else by_clinic.rejected_error end
        as rejected,
    case when by_clinic.is_held_back then by_clinic.rows_in else by_clinic.rejected_error end
    / nullif(by_clinic.rows_in, 0) as rejected_share,
    round(
        (file_profile.records - file_profile.earlier_mean) / nullif(file_profile.earlier_sd, 0), 6
    ) as volume_drift,
    shift.mean_shift,
    shift.mean_shift_instrument,
    coalesce(checked.checks, 0) as checks,
    coalesce(checked.failed_checks, 0) as failed_checks,
    coalesce(checked.failed, '') as failed
from by_clinic
left join file_profile on by_clinic.sha256 = file_profile.sha256
left join shift on by_clinic.sha256 = shift.sha256
left join checked on by_clinic.sha256 = checked.sha256
