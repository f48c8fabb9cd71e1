-- grain: landed file
-- reads: landed_file
-- why: the account of every source record, as landing wrote it, and how many were erased when
--   a patient was forgotten: rows_in = landed + duplicate + rejected + erased. A file is
--   superseded since a later one of at least its clinics and instruments spans its whole time.
--   A held-back file has no receipt until it is accepted; data_quality shows it.
with

files as (
    select
        *,
        row_number() over (order by landed_at, name, sha256) as landed_no
    from landed_file
    where not is_held_back
),

later as (
    select
        one.sha256,
        min(other.landed_at) as superseded_since
    from files as one
    inner join files as other
        on other.landed_no > one.landed_no
        and list_has_all(other.clinics, one.clinics)
        and list_has_all(other.instruments, one.instruments)
        and other.measured_from <= one.measured_from
        and other.measured_to >= one.measured_to
    group by one.sha256
)

select
    files.sha256,
    files.source,
    files.name,
    files.rows_in,
    files.landed,
    files.duplicate,
    files.rejected,
    files.erased,
    files.cells_rejected,
    files.rejected_error,
    files.rejected_conflict,
    files.rejected_by_rule,
    later.superseded_since,
    files.landed_at,
    false as held_back
from files
left join later using (sha256)
