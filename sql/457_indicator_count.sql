-- grain: clinic x team x week x month x indicator
-- kind: step
-- reads: quality_episode, shown_alert, form_count, file_count, alliance_break
-- why: every numerator and denominator at once, each from the one table in which its fact was
--   counted; periods and units add them up. A row without a denominator says nothing and is left
--   out, so that a month without data is a gap and never a zero. Episodes count where they ended
--   (those about their start where they started), alerts where they could first be seen.
with

starts as (
    select
        unit_clinic_id,
        team_id,
        date_trunc('month', started_on)::date as month,
        count(*) filter (where is_start_known) as starts_known,
        count(*) filter (where is_start_known and has_baseline_in_time) as in_time
    from quality_episode
    group by all
),

ends as (
    select
        unit_clinic_id,
        team_id,
        date_trunc('month', ended_on)::date as month,
        count(*) as ended,
        count(*) filter (where is_measured_twice) as measured_twice,
        count(*) filter (where sbg_status = 'completer') as completers,
        count(*) filter (where sbg_status = 'drop_out') as drop_outs,
        count(*) filter (where sbg_status = 'non_starter') as non_starters,
        count(*) filter (where sbg_status = 'non_responder') as non_responders,
        count(*) filter (where is_paired) as pairs,
        count(*) filter (where is_paired and class in ('recovered', 'improved')) as improved,
        count(*) filter (where is_paired and class = 'deteriorated') as deteriorated,
        count(*) filter (where is_paired and is_case) as cases,
        count(*) filter (where is_paired and is_recovered) as recovered,
        count(*) filter (where is_paired and class = 'recovered') as reliably_recovered,
        count(*) filter (where coalesce(end_reason, 'unknown') <> 'unknown') as reasons_known,
        count(*) filter (where end_reason = 'patient_unilateral') as stopped_themselves,
        sum(planned_sessions) filter (where planned_sessions > 0 and attended_sessions is not null)
            as planned,
        sum(attended_sessions) filter (where planned_sessions > 0) as given,
        sum(forms) filter (where attended_sessions > 0) as forms,
        sum(attended_sessions) as sessions,
        count(is_followed_up) as could_be_followed_up,
        count(*) filter (where is_followed_up) as followed_up,
        count(has_relapsed) as improved_and_followed_up,
        count(*) filter (where has_relapsed) as relapsed
    from quality_episode
    where is_closed
    group by all
),

reasons as (
    select
        unit_clinic_id,
        team_id,
        date_trunc('month', ended_on)::date as month,
        sbg_reason,
        count(*) as episodes
    from quality_episode
    where is_closed and sbg_status <> 'completer' and sbg_reason is not null
    group by all
),

all_reasons as (
    select
        unit_clinic_id,
        team_id,
        month,
        sum(episodes) as episodes
    from reasons
    group by all
),

codes (code) as (
    values ('01'), ('02'), ('03'), ('04'), ('05'), ('06'), ('07'), ('08'), ('09'), ('10')
),

alerts as (
    select
        unit_clinic_id,
        team_id,
        date_trunc('week', shown_at)::date as week,
        date_trunc('month', shown_at)::date as month,
        count(*) as alerts,
        count(*) filter (where is_answered_in_time) as answered_in_time,
        count(*) filter (where is_acted_on) as acted_on,
        count(is_back_on_course) as outcomes,
        count(*) filter (where is_back_on_course) as back_on_course
    from shown_alert
    group by all
),

forms as (
    select
        unit_clinic_id,
        team_id,
        week,
        month,
        sum(forms) as forms,
        sum(prorated) as prorated,
        sum(early_forms) as early_forms,
        sum(late_forms) as late_forms,
        sum(early_alliance) as early_alliance,
        sum(late_alliance) as late_alliance
    from form_count
    group by all
),

breaks as (
    select
        unit_clinic_id,
        team_id,
        date_trunc('month', began_on)::date as month,
        count(*) as breaks,
        count(*) filter (where is_repaired) as repaired
    from alliance_break
    group by all
),

counted as (
    select
        starts.unit_clinic_id,
        starts.team_id,
        null::date as week,
        starts.month,
        told.indicator,
        told.numerator::double as numerator,
        told.denominator::double as denominator
    from starts
    cross join lateral (
        values ('baseline_in_time', starts.in_time, starts.starts_known)
    ) as told (indicator, numerator, denominator)
    union all
    select
        ends.unit_clinic_id,
        ends.team_id,
        null::date as week,
        ends.month,
        told.indicator,
        told.numerator::double as numerator,
        told.denominator::double as denominator
    from ends
    cross join lateral (
        values
        ('response_rate', ends.measured_twice, ends.ended),
        ('sbg_completer', ends.completers, ends.ended),
        ('sbg_drop_out', ends.drop_outs, ends.ended),
        ('sbg_non_starter', ends.non_starters, ends.ended),
        ('sbg_non_responder', ends.non_responders, ends.ended),
        ('reliable_improvement', ends.improved, ends.pairs),
        ('deterioration', ends.deteriorated, ends.pairs),
        ('recovery', ends.recovered, ends.cases),
        ('reliable_recovery', ends.reliably_recovered, ends.cases),
        ('drop_out', ends.stopped_themselves, ends.reasons_known),
        ('measurements_per_session', ends.forms, ends.sessions),
        ('dose_against_plan', ends.given, ends.planned),
        ('follow_up', ends.followed_up, ends.could_be_followed_up),
        ('relapse', ends.relapsed, ends.improved_and_followed_up)
    ) as told (indicator, numerator, denominator)
    union all
    select
        all_reasons.unit_clinic_id,
        all_reasons.team_id,
        null::date as week,
        all_reasons.month,
        'sbg_reason_' || codes.code as indicator,
        coalesce(reasons.episodes, 0)::double as numerator,
        all_reasons.episodes::double as denominator
    from all_reasons
    cross join codes
    left join reasons
        on all_reasons.unit_clinic_id = reasons.unit_clinic_id
        and all_reasons.team_id is not distinct from reasons.team_id
        and all_reasons.month = reasons.month
        and codes.code = reasons.sbg_reason
    union all
    select
        alerts.unit_clinic_id,
        alerts.team_id,
        alerts.week,
        alerts.month,
        told.indicator,
        told.numerator::double as numerator,
        told.denominator::double as denominator
    from alerts
    cross join lateral (
        values
        ('alerts_answered', alerts.answered_in_time, alerts.alerts),
        ('alerts_acted_on', alerts.acted_on, alerts.alerts),
        ('back_on_course', alerts.back_on_course, alerts.outcomes)
    ) as told (indicator, numerator, denominator)
    union all
    select
        forms.unit_clinic_id,
        forms.team_id,
        forms.week,
        forms.month,
        told.indicator,
        told.numerator::double as numerator,
        told.denominator::double as denominator
    from forms
    cross join lateral (
        values
        ('prorated', forms.prorated::double, forms.forms),
        ('alliance_early', forms.early_alliance, forms.early_forms),
        ('alliance_late', forms.late_alliance, forms.late_forms)
    ) as told (indicator, numerator, denominator)
    union all
    select
        breaks.unit_clinic_id,
        breaks.team_id,
        null::date as week,
        breaks.month,
        'ruptures_repaired' as indicator,
        breaks.repaired::double as numerator,
        breaks.breaks::double as denominator
    from breaks
    union all
    select
        file_count.unit_clinic_id,
        null as team_id,
        file_count.week,
        file_count.month,
        told.indicator,
        told.numerator::double as numerator,
        told.denominator::double as denominator
    from file_count
    cross join lateral (
        values
        ('data_rejected', file_count.records_lost, file_count.records),
        ('straight_lining', file_count.straight_forms, file_count.forms_looked_at)
    ) as told (indicator, numerator, denominator)
)

select
    unit_clinic_id,
    team_id,
    week,
    month,
    indicator,
    coalesce(numerator, 0) as numerator,
    denominator
from counted
where denominator > 0
