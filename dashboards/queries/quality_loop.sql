-- grain: one kind of alert and rule of a unit
-- reads: shown_loop_audit
select
    unit_kind,
    unit,
    kind,
    rule,
    alerts,
    seen,
    answered,
    answered_in_time,
    acted_on,
    hours_to_seen,
    hours_to_answer,
    hours_to_answer_lower,
    hours_to_answer_upper,
    answered_known,
    answered_back,
    comparable_known,
    expected_back,
    caution
from shown_loop_audit
where $viewer.scope = 'aggregates'
order by case unit_kind when 'service' then 1 else 2 end, unit, kind, rule
