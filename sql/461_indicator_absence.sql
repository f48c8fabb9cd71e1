-- grain: unit (service, clinic, team) x indicator that it has no figures of
-- reads: indicator, indicator_definition, quality_unit
-- why: what no export tells is absent, with what is missing, and never a zero: nobody dropped out,
--   and nobody wrote down how treatment ended, are not the same.
with

units as (
    select distinct
        unit_kind,
        unit,
        clinic_id,
        team_id
    from quality_unit
    where is_shown
),

known as (
    select distinct
        unit_kind,
        unit,
        indicator
    from indicator
)

select
    units.unit_kind,
    units.unit,
    units.clinic_id,
    units.team_id,
    indicator_definition.indicator,
    case
        when indicator_definition.indicator = 'drop_out' then 'no_end_reason_known'
        when starts_with(indicator_definition.indicator, 'sbg_reason')
            then 'no_reason_for_missing_measurements_known'
        when indicator_definition.indicator = 'measurements_per_session'
            then 'no_appointments_known'
        when indicator_definition.indicator = 'dose_against_plan'
            then 'no_plan_or_appointments_known'
        when indicator_definition.indicator = 'waiting_days' then 'no_waiting_time_known'
        when indicator_definition.indicator in ('follow_up', 'relapse') then 'no_recorded_end_known'
        when
            indicator_definition.indicator in ('alliance_early', 'alliance_late')
            then 'alliance_not_measured'
        when indicator_definition.indicator = 'ruptures_repaired' then 'no_rupture_found'
        when indicator_definition.indicator = 'straight_lining' then 'no_answers_to_items_known'
        when indicator_definition.indicator = 'baseline_in_time' then 'no_start_known'
        when indicator_definition.indicator in ('hours_to_seen', 'hours_to_answer')
            then 'no_alert_was_answered'
        when
            indicator_definition.indicator in
            ('alerts_answered', 'alerts_acted_on', 'back_on_course')
            then 'no_alert_was_shown'
        when indicator_definition.indicator = 'data_rejected' and units.unit_kind = 'team'
            then 'files_are_not_of_one_team'
        else 'nothing_to_count'
    end as reason
from units
cross join indicator_definition
anti join known
    on units.unit_kind = known.unit_kind
    and units.unit = known.unit
    and indicator_definition.indicator = known.indicator
