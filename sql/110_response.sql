-- grain: one answer (item value or reported score) in force
-- kind: view
-- reads: landed_response, instrument, run
-- why: a later export may repeat or correct an earlier one. Of one answer the file landed last
--   counts, also where it names another episode for it; what one file says of two episodes at
--   one moment stands. A view, because answers stay in the archive and are not published.
with

known as (
    select *
    from landed_response
    where measured_at < (select run.as_of + interval 1 day from run)
),

-- Choosing the newest costs a sort of every answer, so it is done only for files
-- that meet another one of the same clinic and instrument in time.
alone as (
    select *
    from known
    where not is_contested
),

contested as (
    select
        known.*,
        coalesce(known.respondent, instrument.respondent) as answered_by
    from known
    left join instrument on known.instrument = instrument.instrument
    where known.is_contested
),

-- Files are landed in the order of their names, which decides between two of one moment.
newest as (
    select * exclude (answered_by)
    from contested
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
    has_artificial_date,
    sha256,
    source_file,
    source_line,
    landed_at
from in_force
