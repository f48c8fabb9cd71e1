-- grain: clinic x questionnaire on symptoms (scale) x class of change x way of counting
-- reads: change, baseline, score, yardstick, episode, instrument, run
-- why: a rate over those who filled in both forms flatters. Beside it stand the rate with the first
--   form where no later one is known (last available), and how low and how high the rate could be
--   if nobody, or everybody, whose end is not known had that class. Counted are episodes that ended
--   in the last 365 days. lower and upper: Wilson 1927, 95 %.
with

ended as (
    select
        episode.clinic_id,
        episode.patient_id,
        episode.episode_id
    from episode
    cross join run
    where
        episode.is_closed
        and date_diff('day', coalesce(episode.ended_at, episode.last_measured_at), run.as_of) < 365
),

judged_scale as (
    select
        yardstick.clinic_id,
        yardstick.instrument,
        yardstick.scale
    from yardstick
    inner join instrument on yardstick.instrument = instrument.instrument
    where
        yardstick.method = 'JT'
        and yardstick.threshold is not null
        and instrument.measures = 'symptoms'
),

measured as (
    select distinct
        score.clinic_id,
        score.patient_id,
        score.episode_id,
        score.instrument,
        score.scale
    from score
    inner join ended using (clinic_id, patient_id, episode_id)
    inner join judged_scale using (clinic_id, instrument, scale)
    where score.score is not null and not score.is_follow_up
),

known as (
    select
        measured.*,
        change.class,
        baseline.episode_id is not null as has_baseline
    from measured
    left join change
        on measured.clinic_id = change.clinic_id
        and measured.patient_id = change.patient_id
        and measured.episode_id = change.episode_id
        and measured.instrument = change.instrument
        and measured.scale = change.scale
        and change.method = 'JT'
    left join baseline
        on measured.clinic_id = baseline.clinic_id
        and measured.patient_id = baseline.patient_id
        and measured.episode_id = baseline.episode_id
        and measured.instrument = baseline.instrument
        and measured.scale = baseline.scale
),

classes (class) as (
    values ('recovered'), ('improved'), ('unchanged'), ('deteriorated')
),

counts as (
    select
        known.clinic_id,
        known.instrument,
        known.scale,
        classes.class,
        count(*) as episodes,
        count(known.class) as pairs,
        count(*) filter (where known.class is not null or known.has_baseline) as available,
        count(*) filter (where known.class = classes.class) as paired,
        count(*) filter (
            where known.class = classes.class
            or (known.class is null and known.has_baseline and classes.class = 'unchanged')
        ) as last_available
    from known
    cross join classes
    group by known.clinic_id, known.instrument, known.scale, classes.class
),

counted as (
    select
        counts.clinic_id,
        counts.instrument,
        counts.scale,
        counts.class,
        way.counted,
        way.numerator,
        way.denominator,
        way.is_estimate
    from counts
    cross join lateral (
        values
        ('paired', counts.paired, counts.pairs, true),
        ('last_available', counts.last_available, counts.available, true),
        ('lowest', counts.paired, counts.episodes, false),
        ('highest', counts.paired + counts.episodes - counts.pairs, counts.episodes, false)
    ) as way (counted, numerator, denominator, is_estimate)
),

shares as (
    select
        *,
        numerator / nullif(denominator, 0) as value,
        1.959963984540054 as z
    from counted
),

-- Wilson's score interval: it stays between 0 and 1 and holds for few episodes.
intervals as (
    select
        *,
        (value + z * z / (2 * denominator)) / (1 + z * z / denominator) as centre,
        z / (1 + z * z / denominator)
        * sqrt(value * (1 - value) / denominator + z * z / (4 * denominator * denominator)) as half
    from shares
)

select
    clinic_id,
    instrument,
    scale,
    class,
    counted,
    numerator,
    denominator,
    value,
    case when is_estimate and value is not null then greatest(0, centre - half) end as lower,
    case when is_estimate and value is not null then least(1, centre + half) end as upper
from intervals
