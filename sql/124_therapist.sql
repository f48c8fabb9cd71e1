-- grain: one therapist of one clinic
-- reads: landed_therapist
-- why: to which team somebody belongs, and who is in training and with whom, so that a small
--   unit is recognised as one. The file landed last counts.
with

newest as (
    select *
    from landed_therapist
    qualify row_number() over (
        partition by clinic_id, therapist_id
        order by landed_at desc, source_file desc, sha256 desc, source_line desc
    ) = 1
)

select
    clinic_id,
    therapist_id,
    team_id,
    supervisor_id,
    is_trainee,
    source_file,
    source_line
from newest
where not is_withdrawn
