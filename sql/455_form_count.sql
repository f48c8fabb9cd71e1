-- grain: clinic x team x week x month x days from measuring to landing
-- kind: step
-- reads: score, instrument, instrument_scale, landed_file, therapist, clinic_unit, setting_value
-- why: figures of measuring, by day of measuring. Days count to the first file of that name that
--   can hold the answers, from the first file of the clinic on: what was measured before it could
--   not be reported sooner. Alliance stands as a share of its range, so that questionnaires can be
--   taken together; it has rows of its own without days, for its sums are of few forms only.
with

scale as (
    select
        instrument_scale.*,
        instrument.measures = 'alliance' as is_alliance
    from instrument_scale
    inner join instrument on instrument_scale.instrument = instrument.instrument
    qualify
        instrument_scale.is_main
        or not bool_or(instrument_scale.is_main) over (partition by instrument_scale.instrument)
),

forms as (
    select
        score.clinic_id,
        therapist.team_id,
        score.measured_at::date as day,
        score.source_file,
        count(*) as forms,
        sum(score.prorated::integer) as prorated
    from score
    semi join scale
        on score.instrument = scale.instrument
        and score.scale = scale.scale
    left join therapist
        on score.clinic_id = therapist.clinic_id
        and score.therapist_id = therapist.therapist_id
        and therapist.team_id is not null
    where score.score is not null and not score.is_follow_up
    group by all
),

alliance as (
    select
        score.clinic_id,
        therapist.team_id,
        score.measured_at::date as day,
        coalesce(score.session_no, score.assessment_no) <= setting_value.early_sessions as is_early,
        count(*) as forms,
        sum(
            case
                when scale.direction > 0 then score.score - scale.minimum
                else scale.maximum - score.score
            end / (scale.maximum - scale.minimum)
        ) as share
    from score
    inner join scale
        on score.instrument = scale.instrument
        and score.scale = scale.scale
        and scale.is_alliance
    left join therapist
        on score.clinic_id = therapist.clinic_id
        and score.therapist_id = therapist.therapist_id
        and therapist.team_id is not null
    cross join setting_value
    where score.score is not null and not score.is_follow_up
    group by all
),

days as (
    select
        clinic_id,
        team_id,
        day,
        source_file,
        forms,
        prorated,
        0 as early_forms,
        0 as late_forms,
        null::double as early_alliance,
        null::double as late_alliance
    from forms
    union all
    select
        clinic_id,
        team_id,
        day,
        null as source_file,
        0 as forms,
        0 as prorated,
        sum(forms) filter (where is_early) as early_forms,
        sum(forms) filter (where not is_early) as late_forms,
        sum(share) filter (where is_early) as early_alliance,
        sum(share) filter (where not is_early) as late_alliance
    from alliance
    group by all
),

landings as (
    select
        name,
        landed_at::date as landed_on
    from landed_file
    where not is_held_back
),

began as (
    select
        clinic_id,
        min(landed_on) as began_on
    from (
        select
            unnest(clinics) as clinic_id,
            landed_at::date as landed_on
        from landed_file
        where not is_held_back
    ) as file
    group by clinic_id
),

placed as (
    select
        days.*,
        clinic_unit.unit_clinic_id,
        case
            when days.day >= began.began_on
                then date_diff('day', days.day, landings.landed_on)
        end as days_to_landing
    from days
    inner join clinic_unit on days.clinic_id = clinic_unit.clinic_id
    left join began on days.clinic_id = began.clinic_id
    asof left join landings
        on days.source_file = landings.name
        and days.day <= landings.landed_on
)

select
    unit_clinic_id,
    team_id,
    date_trunc('week', day)::date as week,
    date_trunc('month', day)::date as month,
    days_to_landing,
    sum(forms) as forms,
    sum(prorated) as prorated,
    sum(early_forms) as early_forms,
    sum(late_forms) as late_forms,
    round(sum(early_alliance), 6) as early_alliance,
    round(sum(late_alliance), 6) as late_alliance
from placed
group by all
