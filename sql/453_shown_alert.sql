-- grain: alert that somebody could have seen
-- kind: step
-- reads: alert, score, landed_file, therapist, clinic_unit, setting_value, run
-- why: time to see and to answer counts from the day on which an alert could be seen: when it
--   opened, or when the file with its measurement was landed, where that was later. What was over
--   before the first file of its clinic came was never shown to anybody. A file that was exported
--   again under the same name counts from the first that can hold the measurement.
with

landings as (
    select
        name,
        landed_at
    from landed_file
    where not is_held_back
),

began as (
    select
        clinic_id,
        min(landed_at) as began_at
    from (
        select
            unnest(clinics) as clinic_id,
            landed_at
        from landed_file
        where not is_held_back
    ) as file
    group by clinic_id
),

opening as (
    select
        score.clinic_id,
        score.patient_id,
        score.episode_id,
        score.instrument,
        score.scale,
        score.measured_at,
        min(score.source_file) as source_file,
        max(coalesce(score.session_no, score.assessment_no)) as session,
        max(score.baseline_score) as baseline_score
    from score
    semi join alert
        on score.patient_id = alert.patient_id
        and score.measured_at = alert.opened_at
    group by
        score.clinic_id,
        score.patient_id,
        score.episode_id,
        score.instrument,
        score.scale,
        score.measured_at
),

landed as (
    select
        opening.*,
        landings.landed_at
    from opening
    asof left join landings
        on opening.source_file = landings.name
        and opening.measured_at <= landings.landed_at
),

dated as (
    select
        alert.*,
        landed.session,
        landed.baseline_score,
        greatest(
            alert.opened_at,
            coalesce(alert.landed_at, landed.landed_at, alert.opened_at),
            began.began_at
        ) as shown_at
    from alert
    left join began on alert.clinic_id = began.clinic_id
    left join landed
        on alert.clinic_id = landed.clinic_id
        and alert.patient_id = landed.patient_id
        and alert.episode_id = landed.episode_id
        and alert.instrument = landed.instrument
        and alert.scale = landed.scale
        and alert.opened_at = landed.measured_at
    where not alert.withdrawn
)

select
    dated.alert_id,
    dated.clinic_id,
    dated.patient_id,
    dated.episode_id,
    clinic_unit.unit_clinic_id,
    therapist.team_id,
    dated.kind,
    dated.level,
    coalesce(json_extract_string(dated.reason, '$.key'), dated.kind) as rule,
    dated.instrument,
    dated.scale,
    dated.session,
    dated.baseline_score,
    dated.opened_at,
    dated.shown_at,
    dated.seen_at,
    dated.answered_at,
    dated.answered_at is not null
    and date_diff('day', dated.shown_at, dated.answered_at) <= setting_value.answered_within_days
        as is_answered_in_time,
    dated.answered_at is not null and dated.action <> 'no_action' as is_acted_on,
    case
        when dated.outcome_after_4_sessions is not null
            then dated.outcome_after_4_sessions = 'back_on_course'
    end as is_back_on_course
from dated
inner join clinic_unit on dated.clinic_id = clinic_unit.clinic_id
left join therapist
    on dated.clinic_id = therapist.clinic_id
    and dated.therapist_id = therapist.therapist_id
cross join setting_value
cross join run
where
    dated.shown_at < run.known_at + interval 1 day
    and (dated.closed_at is null or dated.closed_at >= dated.shown_at)
