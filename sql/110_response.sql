-- grain: one answer (item value or reported score) in force
-- kind: view
-- reads: landed_response, instrument, run
-- why: a later export may repeat or correct an earlier one. Of one answer the file landed last
--   counts, also where it names another episode for it; what one file says of two episodes at
--   one moment stands. A view, because answers stay in the archive and are not published.
with

-- Choosing the newest costs a sort of every answer, so it is done only for files
-- that meet another one of the same clinic and instrument in time. Both steps read
-- landed_response themselves: a step that two others read would be written down first,
-- with all columns of all answers.
alone as (
    select *
    from landed_response
    where
        not is_contested
        and measured_at < (select run.as_of + interval 1 day from run)
),

contested as (
    select
        landed_response.*,
        coalesce(landed_response.respondent, instrument.respondent) as answered_by
    from landed_response
    left join instrument on landed_response.instrument = instrument.instrument
    where
        landed_response.is_contested
        and landed_response.measured_at < (select run.as_of + interval 1 day from run)
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
