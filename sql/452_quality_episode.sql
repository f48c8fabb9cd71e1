-- grain: episode
-- kind: step
-- reads: episode, exported_episode, followed_end, baseline, change, yardstick, therapist,
--   placed_appointment, non_response, clinic_unit, setting_value
-- why: everything that figures of quality say of an episode, in one row, so that each fact is
--   counted once. Its outcome is that of one questionnaire, the first in order of preference. An
--   end is known to have been measured where the last form lies within the margin of a recorded
--   end; without a recorded end treatment ends with its last form.
with

started as (
    select
        clinic_id,
        patient_id,
        episode_id,
        started_on,
        ended_on
    from exported_episode
),

attended as (
    select
        clinic_id,
        patient_id,
        episode_id,
        count(*) filter (where attended) as sessions
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

measured as (
    select
        followed_end.*,
        baseline.baseline_score,
        baseline.baseline_at,
        baseline.rule as baseline_rule,
        coalesce(baseline.is_clinical, false) as is_case,
        change.class,
        change.latest,
        change.is_case_at_start,
        change.crossed_cutoff,
        change.latest_at,
        started.started_on,
        started.ended_on
    from followed_end
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
    left join started
        on followed_end.clinic_id = started.clinic_id
        and followed_end.patient_id = started.patient_id
        and followed_end.episode_id = started.episode_id
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
        clinic_id,
        patient_id,
        episode_id,
        bool_or(has_pre and has_post) as has_pair,
        bool_or(has_pre) as has_pre,
        bool_or(has_post) as has_post,
        bool_or(class is not null or latest is not null) as is_measured_twice,
        coalesce(bool_or(is_in_time), false) as is_in_time,
        bool_or(knows_sessions) as knows_sessions,
        sum(forms)::bigint as forms
    from dated
    group by clinic_id, patient_id, episode_id
),

-- Of the questionnaires that change can be judged on.
outcome as (
    select
        dated.*,
        yardstick.direction,
        yardstick.threshold,
        yardstick.threshold_rule
    from dated
    inner join yardstick
        on dated.clinic_id = yardstick.clinic_id
        and dated.instrument = yardstick.instrument
        and dated.scale = yardstick.scale
        and yardstick.method = 'JT'
        and yardstick.threshold is not null
    qualify row_number() over (
        partition by dated.clinic_id, dated.patient_id, dated.episode_id
        order by
            (dated.baseline_at is null)::integer, dated.preference, dated.instrument, dated.scale
    ) = 1
)

select
    episode.clinic_id,
    episode.patient_id,
    episode.episode_id,
    clinic_unit.unit_clinic_id,
    therapist.team_id,
    episode.started_at::date as started_on,
    case when episode.is_closed then episode.ended_at::date end as ended_on,
    episode.is_closed,
    started.started_on is not null
    or coalesce(of_episode.knows_sessions, false)
    or coalesce(attended.sessions > 0, false) as is_start_known,
    coalesce(of_episode.is_in_time, false) as has_baseline_in_time,
    case
        when not episode.is_closed then null
        when of_episode.has_pair then 'completer'
        when of_episode.has_pre then 'drop_out'
        when of_episode.has_post then 'non_starter'
        else 'non_responder'
    end as sbg_status,
    reason.reason_code as sbg_reason,
    coalesce(of_episode.is_measured_twice, false) as is_measured_twice,
    episode.end_reason,
    episode.waiting_days,
    episode.planned_sessions,
    attended.sessions as attended_sessions,
    coalesce(of_episode.forms, 0) as forms,
    case when started.ended_on is not null then episode.follow_ups > 0 end as is_followed_up,
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
from episode
inner join clinic_unit on episode.clinic_id = clinic_unit.clinic_id
left join therapist
    on episode.clinic_id = therapist.clinic_id
    and episode.therapist_id = therapist.therapist_id
left join started
    on episode.clinic_id = started.clinic_id
    and episode.patient_id = started.patient_id
    and episode.episode_id = started.episode_id
left join attended
    on episode.clinic_id = attended.clinic_id
    and episode.patient_id = attended.patient_id
    and episode.episode_id = attended.episode_id
left join reason
    on episode.clinic_id = reason.clinic_id
    and episode.patient_id = reason.patient_id
    and episode.episode_id = reason.episode_id
left join of_episode
    on episode.clinic_id = of_episode.clinic_id
    and episode.patient_id = of_episode.patient_id
    and episode.episode_id = of_episode.episode_id
left join outcome
    on episode.clinic_id = outcome.clinic_id
    and episode.patient_id = outcome.patient_id
    and episode.episode_id = outcome.episode_id
