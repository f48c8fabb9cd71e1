-- grain: unit (service, clinic) x kind of alert x rule
-- reads: shown_alert, quality_unit, run
-- why: whether anybody uses the alerts, and how fast. Beside the outcome of answered alerts stands
--   that of comparable ones without an answer: the same kind and level, questionnaire, band of
--   sessions (1-4, 5-9, 10 and on) and third of severity at the start, weighted as the answered
--   ones are. It is no proof that answering helps: who answers chooses, and high scores fall back
--   towards the mean without anybody. `caution` names that sentence and every reader prints it.
with

banded as (
    select
        *,
        case
            when session < 5 then '1-4'
            when session < 10 then '5-9'
            when session >= 10 then '10+'
        end as session_band,
        case when seen_at >= shown_at then epoch(seen_at - shown_at) / 3600 end
            as waited_to_seen,
        case when answered_at >= shown_at then epoch(answered_at - shown_at) / 3600 end
            as waited_to_answer,
        ntile(3) over (
            partition by instrument, scale
            order by baseline_score, alert_id
        ) as severity_third
    from shown_alert
),

in_unit as (
    select
        unit.unit_kind,
        unit.clinic_id,
        banded.*
    from banded
    cross join lateral (
        values ('service', null), ('clinic', banded.unit_clinic_id)
    ) as unit (unit_kind, clinic_id)
),

counted as (
    select
        unit_kind,
        clinic_id,
        kind,
        rule,
        count(*) as alerts,
        count(seen_at) as seen,
        count(answered_at) as answered,
        count(*) filter (where is_answered_in_time) as answered_in_time,
        count(*) filter (where is_acted_on) as acted_on,
        round(quantile_cont(waited_to_seen, 0.25), 2) as hours_to_seen_lower,
        round(quantile_cont(waited_to_seen, 0.5), 2) as hours_to_seen,
        round(quantile_cont(waited_to_seen, 0.75), 2) as hours_to_seen_upper,
        round(quantile_cont(waited_to_answer, 0.25), 2) as hours_to_answer_lower,
        round(quantile_cont(waited_to_answer, 0.5), 2) as hours_to_answer,
        round(quantile_cont(waited_to_answer, 0.75), 2) as hours_to_answer_upper
    from in_unit
    group by unit_kind, clinic_id, kind, rule
),

strata as (
    select
        unit_kind,
        clinic_id,
        kind,
        rule,
        count(*) filter (where answered_at is not null) as answered,
        count(*) filter (where answered_at is not null and is_back_on_course) as answered_back,
        count(*) filter (where answered_at is null) as unanswered,
        count(*) filter (where answered_at is null and is_back_on_course) as unanswered_back
    from in_unit
    where is_back_on_course is not null and session_band is not null
    group by
        unit_kind,
        clinic_id,
        kind,
        rule,
        level,
        instrument,
        scale,
        session_band,
        severity_third
),

-- Only strata in which there are both: the others have nothing to compare with.
compared as (
    select
        unit_kind,
        clinic_id,
        kind,
        rule,
        sum(answered) as answered_known,
        sum(answered_back) as answered_back,
        sum(unanswered) as comparable_known,
        round(sum(answered * unanswered_back / unanswered), 6) as expected_back
    from strata
    where answered > 0 and unanswered > 0
    group by unit_kind, clinic_id, kind, rule
),

shown as (
    select
        quality_unit.unit_kind,
        quality_unit.unit,
        quality_unit.clinic_id
    from quality_unit
    cross join run
    where
        quality_unit.is_shown
        and quality_unit.unit_kind <> 'team'
        and quality_unit.quarter = date_trunc('quarter', run.as_of)::date
)

select
    shown.unit_kind,
    shown.unit,
    shown.clinic_id,
    counted.kind,
    counted.rule,
    counted.alerts,
    counted.seen,
    counted.answered,
    counted.answered_in_time,
    counted.acted_on,
    counted.hours_to_seen_lower,
    counted.hours_to_seen,
    counted.hours_to_seen_upper,
    counted.hours_to_answer_lower,
    counted.hours_to_answer,
    counted.hours_to_answer_upper,
    coalesce(compared.answered_known, 0)::bigint as answered_known,
    coalesce(compared.answered_back, 0)::bigint as answered_back,
    coalesce(compared.comparable_known, 0)::bigint as comparable_known,
    compared.expected_back,
    'not_a_proof_of_effect' as caution
from counted
inner join shown
    on counted.unit_kind = shown.unit_kind
    and counted.clinic_id is not distinct from shown.clinic_id
left join compared
    on counted.unit_kind = compared.unit_kind
    and counted.clinic_id is not distinct from compared.clinic_id
    and counted.kind = compared.kind
    and counted.rule = compared.rule
