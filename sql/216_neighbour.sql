-- grain: one moment of one patient that names no episode, beside others that do
-- kind: step
-- reads: scale_sum, exported_episode, episode_day, stretch
-- why: of two systems of one clinic often only one knows episodes. What the other one measured
--   belongs to the episode of the last moment that names one, else of the next, in the same
--   stretch of measuring.
with

mixed as (
    select
        clinic_id,
        patient_id
    from scale_sum
    group by clinic_id, patient_id
    having
        bool_or(exported_episode_id is null)
        and bool_or(exported_episode_id is not null)
),

-- Moments that name an episode of which no dates are known.
named as (
    select
        scale_sum.clinic_id,
        scale_sum.patient_id,
        scale_sum.measured_at,
        max(scale_sum.exported_episode_id) as episode_id
    from scale_sum
    semi join mixed
        on scale_sum.clinic_id = mixed.clinic_id
        and scale_sum.patient_id = mixed.patient_id
    anti join exported_episode
        on scale_sum.clinic_id = exported_episode.clinic_id
        and scale_sum.patient_id = exported_episode.patient_id
        and scale_sum.exported_episode_id = exported_episode.episode_id
        and exported_episode.started_on is not null
    where scale_sum.exported_episode_id is not null
    group by scale_sum.clinic_id, scale_sum.patient_id, scale_sum.measured_at
),

unnamed as (
    select distinct
        scale_sum.clinic_id,
        scale_sum.patient_id,
        scale_sum.measured_at
    from scale_sum
    semi join mixed
        on scale_sum.clinic_id = mixed.clinic_id
        and scale_sum.patient_id = mixed.patient_id
    anti join episode_day
        on scale_sum.clinic_id = episode_day.clinic_id
        and scale_sum.patient_id = episode_day.patient_id
        and scale_sum.measured_at::date = episode_day.day
    where scale_sum.exported_episode_id is null
)

select
    unnamed.clinic_id,
    unnamed.patient_id,
    unnamed.measured_at,
    coalesce(
        arg_max(named.episode_id, named.measured_at) filter (
            where named.measured_at <= unnamed.measured_at
        ),
        arg_min(named.episode_id, named.measured_at)
    ) as episode_id
from unnamed
inner join stretch
    on unnamed.clinic_id = stretch.clinic_id
    and unnamed.patient_id = stretch.patient_id
    and unnamed.measured_at between stretch.started_at and stretch.last_measured_at
inner join named
    on unnamed.clinic_id = named.clinic_id
    and unnamed.patient_id = named.patient_id
    and named.measured_at between stretch.started_at and stretch.last_measured_at
group by unnamed.clinic_id, unnamed.patient_id, unnamed.measured_at
