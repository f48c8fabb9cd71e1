-- grain: landed file
-- reads: landed_file, run, quality_limit
-- why: how much an export holds, beside the exports of the same source and clinics before it.
--   Recent files are judged, unless a later one covers them; the others are there to compare with.
with

-- What the source leaves out is not in its volume.
numbered as (
    select
        *,
        rows_in - rejected_by_rule as records,
        row_number() over (order by landed_at, name, sha256) as landed_no
    from landed_file
    where not is_held_back
),

-- An export of one clinic says nothing about the volume of another's.
paired as (
    select
        later.sha256,
        earlier.sha256 as earlier_sha256,
        earlier.records,
        row_number() over (partition by later.sha256 order by earlier.landed_no desc) as files_ago
    from numbered as later
    inner join numbered as earlier
        on later.source = earlier.source
        and later.landed_no > earlier.landed_no
        and (later.clinics = earlier.clinics or list_has_any(later.clinics, earlier.clinics))
),

compared as (
    select
        paired.sha256,
        cast(count(*) as integer) as earlier_files,
        round(avg(paired.records), 6) as earlier_mean,
        round(stddev_samp(paired.records), 6) as earlier_sd,
        max(paired.records) filter (where paired.files_ago = 1) as records_before,
        list(paired.earlier_sha256 order by paired.files_ago) as compared_with
    from paired
    cross join quality_limit
    where paired.files_ago <= quality_limit.earlier_files
    group by paired.sha256
),

covered as (
    select distinct one.sha256
    from numbered as one
    inner join numbered as other
        on one.source = other.source
        and one.landed_no < other.landed_no
        and list_has_all(other.clinics, one.clinics)
        and list_has_all(other.instruments, one.instruments)
        and (
            other.exports = 'complete'
            or (other.measured_from <= one.measured_from and other.measured_to >= one.measured_to)
        )
)

select
    numbered.sha256,
    numbered.source,
    numbered.name as source_file,
    numbered.clinics,
    numbered.exports,
    numbered.landed_at,
    numbered.has_artificial_dates,
    numbered.records,
    numbered.duplicate,
    numbered.rejected_error,
    numbered.cells_rejected,
    coalesce(compared.earlier_files, 0) as earlier_files,
    compared.earlier_mean,
    compared.earlier_sd,
    compared.records_before,
    coalesce(compared.compared_with, []) as compared_with,
    covered.sha256 is null
    and date_diff('day', numbered.landed_at, run.known_at) <= quality_limit.recent_days
        as is_judged
from numbered
cross join run
cross join quality_limit
left join compared on numbered.sha256 = compared.sha256
left join covered on numbered.sha256 = covered.sha256
