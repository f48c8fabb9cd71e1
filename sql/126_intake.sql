-- grain: one covariate known at intake, per patient (and episode, where the export names it)
-- reads: landed_intake
-- why: clinics differ in whom they treat, and a fair comparison needs to know how. Which
--   covariates there are, each clinic's source decides. The file landed last counts.
with

newest as (
    select *
    from landed_intake
    qualify row_number() over (
        partition by clinic_id, patient_id, episode_id, covariate
        order by landed_at desc, source_file desc, sha256 desc, source_line desc
    ) = 1
)

select
    clinic_id,
    patient_id,
    episode_id,
    covariate,
    value,
    number,
    source_file,
    source_line
from newest
where not is_withdrawn
