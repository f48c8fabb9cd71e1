-- grain: unit (service, clinic, team) x quarter
-- reads: episode, therapist, clinic_unit, setting_value, run
-- why: a figure of a unit must not be that of one person. A unit counts in a quarter only where, in
--   the year up to its end, at least so many therapists had episodes and none more than half of
--   them. Episodes of which no therapist is known could all be one person's. Readers leave out what
--   is not shown; they must also suppress small cells themselves, and cells that tell of these.
with

placed as (
    select
        clinic_unit.unit_clinic_id as clinic_id,
        therapist.team_id,
        episode.therapist_id,
        date_trunc('quarter', episode.started_at)::date as first_quarter,
        date_trunc('quarter', coalesce(episode.ended_at, run.as_of::timestamp))::date
            as last_quarter
    from episode
    inner join clinic_unit on episode.clinic_id = clinic_unit.clinic_id
    left join therapist
        on episode.clinic_id = therapist.clinic_id
        and episode.therapist_id = therapist.therapist_id
    cross join run
    where episode.started_at < run.as_of + interval 1 day
),

counted as (
    select
        clinic_id,
        team_id,
        therapist_id,
        first_quarter,
        last_quarter,
        count(*) as episodes
    from placed
    group by all
),

-- The quarters in whose year they count: their own and the three after it.
in_quarter as (
    select
        counted.* exclude (first_quarter, last_quarter),
        unnest(
            generate_series(
                counted.first_quarter::timestamp,
                least(
                    counted.last_quarter + interval 9 month, date_trunc('quarter', run.as_of)
                ),
                interval 3 month
            )
        )::date as quarter
    from counted
    cross join run
),

in_unit as (
    select
        unit.unit_kind,
        unit.clinic_id,
        unit.team_id,
        in_quarter.quarter,
        concat_ws('|', in_quarter.clinic_id, in_quarter.therapist_id) as person,
        in_quarter.therapist_id is not null as is_known,
        in_quarter.episodes
    from in_quarter
    cross join lateral (
        values
        ('service', null, null),
        ('clinic', in_quarter.clinic_id, null),
        ('team', in_quarter.clinic_id, in_quarter.team_id)
    ) as unit (unit_kind, clinic_id, team_id)
    where unit.unit_kind <> 'team' or unit.team_id is not null
),

by_person as (
    select
        unit_kind,
        clinic_id,
        team_id,
        quarter,
        person,
        is_known,
        sum(episodes) as episodes
    from in_unit
    group by all
),

units as (
    select
        unit_kind,
        clinic_id,
        team_id,
        quarter,
        count(*) filter (where is_known) as therapists,
        sum(episodes) as episodes,
        max(episodes) / sum(episodes) as largest_share
    from by_person
    group by unit_kind, clinic_id, team_id, quarter
)

select
    units.unit_kind,
    case units.unit_kind
        when 'service' then 'service'
        when 'clinic' then units.clinic_id
        else concat_ws('/', units.clinic_id, units.team_id)
    end as unit,
    units.clinic_id,
    units.team_id,
    units.quarter,
    units.therapists,
    units.episodes::bigint as episodes,
    units.largest_share,
    units.therapists >= setting_value.minimum_therapists
    and 100 * units.largest_share <= setting_value.largest_percent as is_shown,
    case
        when units.therapists = 0 then 'therapists_unknown'
        when units.therapists < setting_value.minimum_therapists then 'too_few_therapists'
        when 100 * units.largest_share > setting_value.largest_percent
            then 'one_therapist_too_large'
    end as hidden_because
from units
cross join setting_value
