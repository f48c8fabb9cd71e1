-- grain: episode
-- kind: step
-- reads: episode, exported_episode, followed_end, baseline, change, yardstick, therapist,
--   placed_appointment, non_response, clinic_unit, setting_value
-- why: everything that figures of quality say of an episode, in one row, so that each fact is
--   counted once. Its outcome is that of one questionnaire, the first in order of preference. An
--   end is known to have been measured where the last form lies within the margin of a recorded
--   end; without a recorded end treatment ends with its last form.
with

sessions as (
    select
        clinic_id,
        patient_id,
        episode_id,
        count(*) filter (where attended) as attended
    from placed_appointment
    where attended is not null
    group by clinic_id, patient_id, episode_id
),

-- The reason noted last; 09b is a kind of 09.
reason as (
    select
        clinic_id,
        patient_id,
        episode_id,
        arg_max(left(reason_code, 2), (noted_at, reason_code)) as reason_code
    from non_response
    where episode_id is not null
    group by clinic_id, patient_id, episode_id
),

treated as (
    select
        episode.rowid as episode_no,
        episode.clinic_id,
        episode.patient_id,
        episode.episode_id,
        episode.therapist_id,
        episode.started_at,
        episode.ended_at,
        episode.is_closed,
        episode.end_reason,
        episode.waiting_days,
        episode.planned_sessions,
        episode.follow_ups,
        exported_episode.started_on,
        exported_episode.ended_on
    from episode
    left join exported_episode
        on episode.clinic_id = exported_episode.clinic_id
        and episode.patient_id = exported_episode.patient_id
        and episode.episode_id = exported_episode.episode_id
),

-- From here on an episode goes by its number: names of a million episodes are slow to compare.
measured as (
    select
        treated.episode_no,
        treated.started_on,
        treated.ended_on,
        followed_end.instrument,
        followed_end.scale,
        followed_end.place,
        followed_end.forms,
        followed_end.last_at,
        followed_end.last_session,
        followed_end.knows_sessions,
        followed_end.better_session,
        followed_end.follow_up_score,
        baseline.baseline_at,
        baseline.rule as baseline_rule,
        coalesce(baseline.is_clinical, false) as is_case,
        change.class,
        change.latest,
        change.crossed_cutoff,
        yardstick.direction,
        yardstick.threshold,
        yardstick.threshold_rule,
        -- Of the questionnaires that change can be judged on the first, with a baseline if any.
        case when yardstick.threshold is not null then followed_end.place end
        + case when baseline.baseline_at is null then 1000000 else 0 end as choice
    from followed_end
    inner join treated
        on followed_end.clinic_id = treated.clinic_id
        and followed_end.patient_id = treated.patient_id
        and followed_end.episode_id = treated.episode_id
    left join baseline
        on followed_end.clinic_id = baseline.clinic_id
        and followed_end.patient_id = baseline.patient_id
        and followed_end.episode_id = baseline.episode_id
        and followed_end.instrument = baseline.instrument
        and followed_end.scale = baseline.scale
    left join change
        on followed_end.clinic_id = change.clinic_id
        and followed_end.patient_id = change.patient_id
        and followed_end.episode_id = change.episode_id
        and followed_end.instrument = change.instrument
        and followed_end.scale = change.scale
        and change.method = 'JT'
    left join yardstick
        on followed_end.clinic_id = yardstick.clinic_id
        and followed_end.instrument = yardstick.instrument
        and followed_end.scale = yardstick.scale
        and yardstick.method = 'JT'
),

dated as (
    select
        measured.*,
        measured.baseline_at is not null and (
            measured.started_on is null
            or abs(date_diff('day', measured.started_on, measured.baseline_at))
            <= setting_value.sbg_margin_days
        ) as has_pre,
        measured.last_at is not null
        and measured.last_at > coalesce(measured.baseline_at, '-infinity'::timestamp)
        and (
            measured.ended_on is null
            or abs(date_diff('day', measured.last_at, measured.ended_on))
            <= setting_value.sbg_margin_days
        ) as has_post,
        measured.baseline_rule in ('before_first_session', 'after_first_session')
        or abs(date_diff('day', measured.started_on, measured.baseline_at))
        <= setting_value.baseline_after_days as is_in_time
    from measured
    cross join setting_value
),

of_episode as (
    select
        episode_no,
        bool_or(has_pre and has_post) as has_pair,
        bool_or(has_pre) as has_pre,
        bool_or(has_post) as has_post,
        bool_or(class is not null or latest is not null) as is_measured_twice,
        coalesce(bool_or(is_in_time), false) as is_in_time,
        bool_or(knows_sessions) as knows_sessions,
        sum(forms)::bigint as forms,
        min(choice) as choice
    from dated
    group by episode_no
)

select
    treated.clinic_id,
    treated.patient_id,
    treated.episode_id,
    clinic_unit.unit_clinic_id,
    therapist.team_id,
    treated.started_at::date as started_on,
    case when treated.is_closed then treated.ended_at::date end as ended_on,
    treated.is_closed,
    treated.started_on is not null
    or coalesce(of_episode.knows_sessions, false)
    or coalesce(sessions.attended > 0, false) as is_start_known,
    coalesce(of_episode.is_in_time, false) as has_baseline_in_time,
    case
        when not treated.is_closed then null
        when of_episode.has_pair then 'completer'
        when of_episode.has_pre then 'drop_out'
        when of_episode.has_post then 'non_starter'
        else 'non_responder'
    end as sbg_status,
    reason.reason_code as sbg_reason,
    coalesce(of_episode.is_measured_twice, false) as is_measured_twice,
    treated.end_reason,
    treated.waiting_days,
    treated.planned_sessions,
    sessions.attended as attended_sessions,
    coalesce(of_episode.forms, 0) as forms,
    case when treated.ended_on is not null then treated.follow_ups > 0 end as is_followed_up,
    outcome.instrument,
    outcome.scale,
    outcome.direction,
    outcome.baseline_at is not null as has_baseline,
    outcome.is_case,
    outcome.class,
    outcome.latest,
    outcome.class is not null and outcome.has_post as is_paired,
    outcome.is_case and outcome.crossed_cutoff as is_recovered,
    outcome.better_session,
    outcome.last_session,
    case
        when outcome.class in ('recovered', 'improved') and outcome.follow_up_score is not null
            then
                case
                    when outcome.threshold_rule = '>'
                        then
                            round(outcome.direction * (outcome.latest - outcome.follow_up_score), 6)
                            > outcome.threshold
                    else
                        round(outcome.direction * (outcome.latest - outcome.follow_up_score), 6)
                        >= outcome.threshold
                end
    end as has_relapsed
from treated
inner join clinic_unit on treated.clinic_id = clinic_unit.clinic_id
left join therapist
    on treated.clinic_id = therapist.clinic_id
    and treated.therapist_id = therapist.therapist_id
left join sessions
    on treated.clinic_id = sessions.clinic_id
    and treated.patient_id = sessions.patient_id
    and treated.episode_id = sessions.episode_id
left join reason
    on treated.clinic_id = reason.clinic_id
    and treated.patient_id = reason.patient_id
    and treated.episode_id = reason.episode_id
left join of_episode on treated.episode_no = of_episode.episode_no
left join dated as outcome
    on of_episode.episode_no = outcome.episode_no
    and of_episode.choice = outcome.choice
