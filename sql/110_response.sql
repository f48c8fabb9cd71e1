-- grain: one answer (item value or reported score) in force
-- kind: view
-- reads: landed_response, instrument, run
-- why: a later export may repeat, correct or withdraw an earlier one. Of one answer the file
--   landed last counts, also where it names another episode for it; what one file says of two
--   episodes at one moment stands. A view, because answers stay in the archive and are not
--   published.
with

-- Choosing the newest costs a sort of every answer, so it is done only for files that meet
-- another one of the same clinic and instrument in time, and by record only where a source has
-- record ids. All steps read landed_response themselves: a step that two others read would be
-- written down first, with all columns of all answers.
alone as (
    select *
    from landed_response
    where
        not is_contested
        and measured_at < (select run.as_of + interval 1 day from run)
),

-- What a source says of one of its own records, its latest export says whole: a moment or an
-- item that it no longer names is gone. This comes before as_of, or a record that was moved to
-- a later day would come back on the day it left.
latest_of_record as (
    select *
    from landed_response
    where is_contested and record_id is not null
    qualify rank() over (
        partition by source, clinic_id, record_id
        order by landed_at desc, source_file desc, sha256 desc
    ) = 1
),

withdrawn as (
    select
        landed_response.clinic_id,
        landed_response.patient_id,
        landed_response.measured_at,
        landed_response.instrument,
        coalesce(landed_response.respondent, instrument.respondent) as answered_by,
        max(landed_response.landed_at) as withdrawn_at
    from landed_response
    left join instrument on landed_response.instrument = instrument.instrument
    where landed_response.is_withdrawn and landed_response.measured_at is not null
    group by all
),

contested as (
    select * from landed_response
    where is_contested and record_id is null
    union all
    select * from latest_of_record
),

-- A withdrawal takes back what was said of that questionnaire before it, or beside it.
standing as (
    select
        contested.*,
        coalesce(contested.respondent, instrument.respondent) as answered_by
    from contested
    left join instrument on contested.instrument = instrument.instrument
    left join withdrawn
        on contested.clinic_id = withdrawn.clinic_id
        and contested.patient_id = withdrawn.patient_id
        and contested.measured_at = withdrawn.measured_at
        and contested.instrument = withdrawn.instrument
        and coalesce(contested.respondent, instrument.respondent)
        is not distinct from withdrawn.answered_by
    where
        not contested.is_withdrawn
        and contested.measured_at < (select run.as_of + interval 1 day from run)
        and (withdrawn.withdrawn_at is null or contested.landed_at > withdrawn.withdrawn_at)
),

-- Files are landed in the order of their names, which decides between two of one moment.
newest as (
    select * exclude (answered_by)
    from standing
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
