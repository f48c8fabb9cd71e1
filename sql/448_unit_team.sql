-- grain: unit (service, clinic, team) x team, or none, of which the facts count for it
-- kind: step
-- reads: clinic_unit, therapist
-- why: a fact is counted once: of a team, or of a clinic alone where no team is known. Here stands
--   for which units it is then added up. Units and teams have numbers, since the names of a million
--   cells are slow to compare.
with

teams as (
    select
        unit_clinic_id,
        null as team_id
    from clinic_unit
    union
    select
        clinic_unit.unit_clinic_id,
        therapist.team_id
    from therapist
    inner join clinic_unit on therapist.clinic_id = clinic_unit.clinic_id
),

numbered as (
    select
        unit_clinic_id,
        team_id,
        row_number() over (order by unit_clinic_id, team_id)::integer as team_no
    from teams
)

select
    dense_rank() over (order by unit.unit_kind, unit.clinic_id, unit.team_id)::integer as unit_no,
    unit.unit_kind,
    unit.clinic_id,
    unit.team_id,
    numbered.team_no,
    numbered.unit_clinic_id as of_clinic_id,
    numbered.team_id as of_team_id
from numbered
cross join lateral (
    values
    ('service', null, null),
    ('clinic', numbered.unit_clinic_id, null),
    ('team', numbered.unit_clinic_id, numbered.team_id)
) as unit (unit_kind, clinic_id, team_id)
where unit.unit_kind <> 'team' or unit.team_id is not null
