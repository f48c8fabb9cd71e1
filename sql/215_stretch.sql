-- grain: one stretch of measuring of one patient without a gap
-- kind: step
-- reads: scale_sum, exported_episode, episode_day, setting_value
-- why: where nobody says what an episode is, it is what was measured without a gap of more than
--   so many days. What dated episodes take is left out here.
with

loose as (
    select
        scale_sum.clinic_id,
        scale_sum.patient_id,
        scale_sum.measured_at,
        false as is_named
    from scale_sum
    anti join episode_day
        on scale_sum.clinic_id = episode_day.clinic_id
        and scale_sum.patient_id = episode_day.patient_id
        and scale_sum.measured_at::date = episode_day.day
    where scale_sum.exported_episode_id is null
    union all
    select
        scale_sum.clinic_id,
        scale_sum.patient_id,
        scale_sum.measured_at,
        true as is_named
    from scale_sum
    anti join exported_episode
        on scale_sum.clinic_id = exported_episode.clinic_id
        and scale_sum.patient_id = exported_episode.patient_id
        and scale_sum.exported_episode_id = exported_episode.episode_id
        and exported_episode.started_on is not null
    where scale_sum.exported_episode_id is not null
),

-- Where every moment names its episode nothing is left to look for, and most patients are
-- measured for less than a gap.
spans as (
    select
        loose.clinic_id,
        loose.patient_id,
        min(loose.measured_at) as started_at,
        max(loose.measured_at) as last_measured_at,
        date_diff('day', min(loose.measured_at), max(loose.measured_at))
        > any_value(setting_value.gap_days) as may_have_gaps
    from loose
    cross join setting_value
    group by loose.clinic_id, loose.patient_id
    having not bool_and(loose.is_named)
),

moments as (
    select distinct
        loose.clinic_id,
        loose.patient_id,
        loose.measured_at,
        spans.last_measured_at
    from loose
    inner join spans
        on loose.clinic_id = spans.clinic_id
        and loose.patient_id = spans.patient_id
        and spans.may_have_gaps
),

previous as (
    select
        *,
        lag(measured_at) over (
            partition by clinic_id, patient_id
            order by measured_at
        ) as measured_before_at
    from moments
),

starts as (
    select
        previous.clinic_id,
        previous.patient_id,
        previous.measured_at as started_at,
        previous.measured_before_at,
        previous.last_measured_at
    from previous
    cross join setting_value
    where coalesce(
        date_diff('day', previous.measured_before_at, previous.measured_at)
        > setting_value.gap_days,
        true
    )
    union all
    select
        clinic_id,
        patient_id,
        started_at,
        null as measured_before_at,
        last_measured_at
    from spans
    where not may_have_gaps
)

select
    clinic_id,
    patient_id,
    started_at,
    lead(measured_before_at, 1, last_measured_at) over (
        partition by clinic_id, patient_id
        order by started_at
    ) as last_measured_at
from starts
