-- grain: one therapy group of one clinic
-- reads: landed_group, run
-- why: in a group patients start and end together, which later figures must know. The file landed
--   last counts; an end after the day of the data has not happened yet.
with

newest as (
    select *
    from landed_group
    qualify row_number() over (
        partition by clinic_id, group_id
        order by landed_at desc, source_file desc, sha256 desc, source_line desc
    ) = 1
)

select
    newest.clinic_id,
    newest.group_id,
    newest.therapist_id,
    newest.name,
    newest.started_on,
    case when newest.ended_on <= run.as_of then newest.ended_on end as ended_on,
    newest.source_file,
    newest.source_line
from newest
cross join run
where not newest.is_withdrawn
