-- grain: one answer (item value or reported score) in force
-- kind: view
-- reads: landed_response, landed_file, instrument, run
-- why: a later export may repeat or correct an earlier one. Of one answer the file landed last
--   counts, also where it names another episode for it; what one file says of two episodes at
--   one moment stands. A view, because answers stay in the archive and are not published.
with

files as (
    select
        sha256,
        clinics,
        instruments,
        measured_from,
        measured_to,
        has_artificial_dates,
        landed_at
    from landed_file
    where not is_held_back
),

-- Files that can hold the same answer. Choosing the newest costs a sort of every
-- answer, so it is done only where two files of one clinic meet in time.
overlapping as (
    select distinct one.sha256
    from files as one
    inner join files as other
        on one.sha256 <> other.sha256
        and list_has_any(one.clinics, other.clinics)
        and list_has_any(one.instruments, other.instruments)
        and one.measured_from <= other.measured_to
        and other.measured_from <= one.measured_to
),

known as (
    select
        landed_response.*,
        files.landed_at,
        files.has_artificial_dates,
        coalesce(landed_response.respondent, instrument.respondent) as answered_by
    from landed_response
    inner join files using (sha256)
    left join instrument on landed_response.instrument = instrument.instrument
    where landed_response.measured_at < (select run.as_of + interval 1 day from run)
),

alone as (
    select *
    from known
    where sha256 not in (select overlapping.sha256 from overlapping)
),

-- Files are landed in the order of their names, which decides between two of one moment.
newest as (
    select *
    from known
    where sha256 in (select overlapping.sha256 from overlapping)
    qualify rank() over (
        partition by clinic_id, patient_id, measured_at, answered_by, instrument, item
        order by landed_at desc, source_file desc, sha256 desc
    ) = 1
),

in_force as (
    select * from alone
    union all
    select * from newest
)

select
    clinic_id,
    patient_id,
    therapist_id,
    episode_id as exported_episode_id,
    group_id,
    session_no,
    measured_at,
    respondent,
    instrument,
    item,
    value,
    has_artificial_dates as has_artificial_date,
    sha256,
    source_file,
    source_line,
    landed_at
from in_force
