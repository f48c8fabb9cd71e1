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

in_team as (
    select
        clinic_id,
        team_id,
        therapist_id,
        quarter,
        sum(episodes) as episodes
    from in_quarter
    group by all
),

-- Under two names of one clinic a therapist may be in two teams, and is one person.
by_person as (
    select
        clinic_id,
        therapist_id,
        quarter,
        sum(episodes) as episodes
    from in_team
    group by all
),

in_unit as (
    select
        unit.unit_kind,
        unit.clinic_id,
        null as team_id,
        by_person.quarter,
        by_person.therapist_id is not null as is_known,
        by_person.episodes
    from by_person
    cross join lateral (
        values ('service', null), ('clinic', by_person.clinic_id)
    ) as unit (unit_kind, clinic_id)
    union all
    select
        'team' as unit_kind,
        clinic_id,
        team_id,
        quarter,
        therapist_id is not null as is_known,
        episodes
    from in_team
    where team_id is not null
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
    from in_unit
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
