-- grain: episode x instrument x scale that is followed, with a baseline
-- kind: step
-- reads: baseline, instrument, instrument_scale, yardstick, episode
-- why: the courses that an expected course is fitted to and compared with: those of what a
--   treatment is for, on the main scale (on all of them where there is none), as rules of change
--   look at it. Numbered by scale, so that the forms of one scale lie together. `unit` is the
--   step between two scores if its items are whole numbers.
with

followed_scales as (
    select
        instrument_scale.*,
        case instrument_scale.aggregation
            when 'mean' then instrument_scale.multiplier / instrument_scale.items
            when 'sum' then instrument_scale.multiplier
            else 1
        end as unit
    from instrument_scale
    semi join instrument
        on instrument_scale.instrument = instrument.instrument
        and instrument.measures <> 'alliance'
    qualify
        instrument_scale.is_main
        or not bool_or(instrument_scale.is_main) over (partition by instrument_scale.instrument)
)

select
    row_number() over (
        order by
            baseline.instrument,
            baseline.scale,
            baseline.clinic_id,
            baseline.patient_id,
            baseline.episode_id
    )::integer as course_no,
    dense_rank() over (order by baseline.clinic_id)::integer as clinic_no,
    baseline.clinic_id,
    baseline.patient_id,
    baseline.episode_id,
    baseline.instrument,
    baseline.scale,
    baseline.baseline_score,
    baseline.baseline_at,
    episode.planned_sessions,
    episode.is_closed,
    episode.ended_at,
    followed_scales.direction,
    followed_scales.minimum,
    followed_scales.maximum,
    coalesce(followed_scales.unit, 0)::double as unit,
    yardstick.threshold as points,
    yardstick.threshold_rule = '>=' as is_inclusive
from baseline
inner join followed_scales
    on baseline.instrument = followed_scales.instrument
    and baseline.scale = followed_scales.scale
inner join episode
    on baseline.clinic_id = episode.clinic_id
    and baseline.patient_id = episode.patient_id
    and baseline.episode_id = episode.episode_id
left join yardstick
    on baseline.clinic_id = yardstick.clinic_id
    and baseline.instrument = yardstick.instrument
    and baseline.scale = yardstick.scale
    and yardstick.method = 'JT'
