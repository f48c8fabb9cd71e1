-- grain: one reason why one patient was not measured, per episode, moment and instrument
-- reads: landed_non_response, run
-- why: a measurement that is not there has a reason (codes of the SBG), and "the clinician did
--   nothing" asks for another step than "the patient refused". The file landed last counts.
with

newest as (
    select *
    from landed_non_response
    qualify row_number() over (
        partition by clinic_id, patient_id, episode_id, noted_at, instrument
        order by landed_at desc, source_file desc, sha256 desc, source_line desc
    ) = 1
)

select
    newest.clinic_id,
    newest.patient_id,
    newest.episode_id,
    newest.noted_at,
    newest.instrument,
    newest.reason_code,
    newest.source_file,
    newest.source_line
from newest
cross join run
where
    not newest.is_withdrawn
    and newest.noted_at < run.as_of + interval 1 day
