-- grain: clinic x kind of signal that asks for an answer
-- reads: signal, episode, run, setting_value
-- why: a rule that is red or amber in many running episodes is no longer read, and people must
--   know that it is. Counted are the episodes in which it was, within the days after which a
--   measurement is old; every clinic with running episodes has a row for each kind.
with

running as (
    select
        clinic_id,
        count(*) as episodes
    from episode
    where not is_closed
    group by clinic_id
),

kinds (kind) as (
    values
    ('reliable_deterioration'),
    ('off_course'),
    ('high_predicted_risk'),
    ('no_reliable_improvement'),
    ('treatment_review'),
    ('alliance_rupture'),
    ('drop_out_risk')
),

alarmed as (
    select
        signal.clinic_id,
        signal.kind,
        count(distinct concat_ws('|', signal.patient_id, signal.episode_id)) as episodes
    from signal
    inner join episode
        on signal.clinic_id = episode.clinic_id
        and signal.patient_id = episode.patient_id
        and signal.episode_id = episode.episode_id
        and not episode.is_closed
    cross join run
    cross join setting_value
    where
        signal.level in ('red', 'amber')
        and date_diff('day', signal.measured_at, run.as_of) <= setting_value.stale_after_days
    group by signal.clinic_id, signal.kind
)

select
    running.clinic_id,
    kinds.kind,
    running.episodes,
    coalesce(alarmed.episodes, 0) as alarmed,
    100 * coalesce(alarmed.episodes, 0) / running.episodes as alarmed_pct,
    100 * coalesce(alarmed.episodes, 0) > setting_value.frequent_percent * running.episodes
        as is_frequent
from running
cross join kinds
cross join setting_value
left join alarmed
    on running.clinic_id = alarmed.clinic_id
    and kinds.kind = alarmed.kind
