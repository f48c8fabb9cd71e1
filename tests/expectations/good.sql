-- A small published database in which every expectation passes, computed by hand.
-- As of Monday 2026-06-01. Patients:
--   a1  PHQ-9 10, 12, 18: reliably worse, and item 9 at 2
--   a2  PHQ-9 18, 6: recovered, closed
--   b1  ORS 20, 30: recovered, overdue; SRS 36, 33.1: low alliance
--   b2  PHQ-9 15, (too many missing), 15.75 prorated, 15, 15, 15: no improvement
-- and one file of clinic b held back.

create table run (
    run_id varchar, as_of date, known_at timestamp, code_version varchar, contract_version integer,
    journal_seq bigint, simulated boolean, service_name varchar, language varchar
);
insert into run values (
    'run-1', '2026-06-01', '2026-06-01 06:00', 'test', 1, 0, true, 'Test', 'nl'
);

create table setting (section varchar, name varchar, value varchar, source varchar);
insert into setting values
    ('episodes', 'gap_days', '120', ''),
    ('episodes', 'before_start_days', '30', ''),
    ('landing', 'held_back_share', '0.05', ''),
    ('signals', 'no_improvement_info_session', '4', ''),
    ('signals', 'no_improvement_amber_session', '6', ''),
    ('signals', 'deterioration_from_session', '2', ''),
    ('alerts', 'stale_after_days', '42', ''),
    ('alerts', 'frequent_percent', '25', ''),
    ('critical', 'unanswered_after_hours', '48', ''),
    ('critical', 'alerts_from', '', ''),
    ('overdue', 'after_days', '28', '');

create table instrument (
    instrument varchar, name varchar, short_name varchar, rater varchar, respondent varchar,
    measures varchar, version varchar, origin varchar
);
insert into instrument values
    ('phq-9', 'PHQ-9', 'PHQ-9', 'self', 'patient', 'symptoms', '1', 'shipped'),
    ('ors', 'ORS', 'ORS', 'self', 'patient', 'wellbeing', '1', 'shipped'),
    ('srs', 'SRS', 'SRS', 'self', 'patient', 'alliance', '1', 'shipped'),
    ('mean', 'A mean of two', 'M-2', 'self', 'patient', 'functioning', '1', 'home');

create table instrument_scale (
    instrument varchar, scale varchar, minimum double, maximum double, direction integer,
    aggregation varchar, multiplier double, items integer, allowed_missing integer, cutoff double,
    cutoff_rule varchar, reliable_change_points double, reliable_change_rule varchar,
    s_diff double, low_alliance_below double, reference_mean double, reference_sd double,
    reference_population varchar
);
insert into instrument_scale values
    ('phq-9', 'total', 0, 27, -1, 'sum', 1, 9, 2, 10, '>=', 6, '>=', 2.5, null, null, null, null),
    ('ors', 'total', 0, 40, 1, 'sum', 1, 4, 0, 25, '<', 5, '>', null, null, 30, 5, 'town'),
    ('srs', 'total', 0, 40, 1, 'sum', 1, 4, 0, null, null, null, null, null, 36, null, null, null),
    ('mean', 'total', 0, 40, 1, 'mean', 10, 2, 0, null, null, null, null, null, null, null, null, null);

create table instrument_missing_code (instrument varchar, value double);
insert into instrument_missing_code values ('mean', 9);
alter table instrument_scale add column is_main boolean default true;

create table instrument_item (
    instrument varchar, scale varchar, item varchar, minimum double, maximum double,
    is_reversed boolean
);
insert into instrument_item
select 'phq-9', 'total', cast(n as varchar), 0, 3, false from range(1, 10) as item (n)
union all
select name, 'total', cast(n as varchar), 0, 10, false
from range(1, 5) as item (n), (values ('ors'), ('srs')) as sliders (name)
union all
values ('mean', 'total', '1', 0, 4, false), ('mean', 'total', '2', 0, 4, true);

create table critical_item (instrument varchar, item varchar, domain varchar, threshold double);
insert into critical_item values ('phq-9', '9', 'self_harm', 1), ('phq-9', '8', 'violence', 3);

create table filled (
    clinic_id varchar, patient_id varchar, therapist_id varchar, session_no integer,
    measured_at timestamp, instrument varchar, source_line bigint, answers double []
);
insert into filled values
    ('a', 'a1', 'ta', 1, '2026-05-04 10:00', 'phq-9', 2, [2, 2, 2, 1, 1, 1, 1, 0, 0]),
    ('a', 'a1', 'ta', 2, '2026-05-11 10:00', 'phq-9', 3, [2, 2, 2, 2, 1, 1, 1, 1, 0]),
    ('a', 'a1', 'ta', 3, '2026-05-18 10:00', 'phq-9', 4, [3, 3, 2, 2, 2, 2, 1, 1, 2]),
    ('a', 'a2', 'ta', 1, '2025-12-01 10:00', 'phq-9', 5, [3, 3, 3, 3, 2, 2, 1, 1, 0]),
    ('a', 'a2', 'ta', 2, '2025-12-15 10:00', 'phq-9', 6, [1, 1, 1, 1, 1, 1, 0, 0, 0]),
    ('b', 'b1', 'tb', 1, '2026-03-18 10:00', 'ors', 2, [5, 5, 5, 5]),
    ('b', 'b1', 'tb', 1, '2026-03-18 10:00', 'srs', 3, [9, 9, 9, 9]),
    ('b', 'b1', 'tb', 2, '2026-04-01 10:00', 'ors', 4, [8, 8, 7, 7]),
    ('b', 'b1', 'tb', 2, '2026-04-01 10:00', 'srs', 5, [8, 8, 8.5, 8.6]),
    ('b', 'b1', 'tb', 2, '2026-04-01 10:00', 'mean', 5, [3, 2]),
    ('b', 'b2', 'tb', 1, '2026-04-20 10:00', 'phq-9', 6, [3, 2, 2, 2, 2, 2, 1, 1, 0]),
    ('b', 'b2', 'tb', 2, '2026-04-27 10:00', 'phq-9', 7, [3, 2, 2, 2, 2, null, null, null, null]),
    ('b', 'b2', 'tb', 3, '2026-05-04 10:00', 'phq-9', 8, [3, 2, 2, 2, 2, 2, 1, null, 0]),
    ('b', 'b2', 'tb', 4, '2026-05-11 10:00', 'phq-9', 9, [3, 2, 2, 2, 2, 2, 1, 1, 0]),
    ('b', 'b2', 'tb', 5, '2026-05-18 10:00', 'phq-9', 10, [3, 2, 2, 2, 2, 2, 1, 1, 0]),
    ('b', 'b2', 'tb', 6, '2026-05-25 10:00', 'phq-9', 11, [3, 2, 2, 2, 2, 2, 1, 1, 0]);

create table response as
with answered as (
    select *, unnest(range(1, len(answers) + 1)) as n, unnest(answers) as value
    from filled
)
select
    clinic_id,
    patient_id,
    therapist_id,
    cast(null as varchar) as exported_episode_id,
    cast(null as varchar) as group_id,
    session_no,
    measured_at,
    'patient' as respondent,
    instrument,
    cast(n as varchar) as item,
    value,
    false as has_artificial_date,
    repeat(clinic_id, 64) as sha256,
    clinic_id || '.csv' as source_file,
    source_line,
    timestamp '2026-06-01 05:00' as landed_at
from answered
where value is not null;
insert into response
select * replace ('total' as item, 10 as value) from response where patient_id = 'a1' limit 1;
drop table filled;

create table assessment (
    assessment_id varchar, clinic_id varchar, patient_id varchar, therapist_id varchar,
    episode_id varchar, group_id varchar, session_no integer, assessment_no integer,
    measured_at timestamp, respondent varchar, instrument varchar, has_artificial_date boolean,
    source_file varchar, source_line bigint
);
insert into assessment values
    ('a1-1', 'a', 'a1', 'ta', 'a1-e', null, 1, 1, '2026-05-04 10:00', 'patient', 'phq-9', false, 'a.csv', 2),
    ('a1-2', 'a', 'a1', 'ta', 'a1-e', null, 2, 2, '2026-05-11 10:00', 'patient', 'phq-9', false, 'a.csv', 3),
    ('a1-3', 'a', 'a1', 'ta', 'a1-e', null, 3, 3, '2026-05-18 10:00', 'patient', 'phq-9', false, 'a.csv', 4),
    ('a2-1', 'a', 'a2', 'ta', 'a2-e', null, 1, 1, '2025-12-01 10:00', 'patient', 'phq-9', false, 'a.csv', 5),
    ('a2-2', 'a', 'a2', 'ta', 'a2-e', null, 2, 2, '2025-12-15 10:00', 'patient', 'phq-9', false, 'a.csv', 6),
    ('b1-1', 'b', 'b1', 'tb', 'b1-e', null, 1, 1, '2026-03-18 10:00', 'patient', 'ors', false, 'b.csv', 2),
    ('b1-2', 'b', 'b1', 'tb', 'b1-e', null, 2, 2, '2026-04-01 10:00', 'patient', 'ors', false, 'b.csv', 4),
    ('b1-3', 'b', 'b1', 'tb', 'b1-e', null, 1, 1, '2026-03-18 10:00', 'patient', 'srs', false, 'b.csv', 3),
    ('b1-4', 'b', 'b1', 'tb', 'b1-e', null, 2, 2, '2026-04-01 10:00', 'patient', 'srs', false, 'b.csv', 5),
    ('b1-5', 'b', 'b1', 'tb', 'b1-e', null, 2, 1, '2026-04-01 10:00', 'patient', 'mean', false, 'b.csv', 5),
    ('b2-1', 'b', 'b2', 'tb', 'b2-e', null, 1, 1, '2026-04-20 10:00', 'patient', 'phq-9', false, 'b.csv', 6),
    ('b2-2', 'b', 'b2', 'tb', 'b2-e', null, 2, 2, '2026-04-27 10:00', 'patient', 'phq-9', false, 'b.csv', 7),
    ('b2-3', 'b', 'b2', 'tb', 'b2-e', null, 3, 3, '2026-05-04 10:00', 'patient', 'phq-9', false, 'b.csv', 8),
    ('b2-4', 'b', 'b2', 'tb', 'b2-e', null, 4, 4, '2026-05-11 10:00', 'patient', 'phq-9', false, 'b.csv', 9),
    ('b2-5', 'b', 'b2', 'tb', 'b2-e', null, 5, 5, '2026-05-18 10:00', 'patient', 'phq-9', false, 'b.csv', 10),
    ('b2-6', 'b', 'b2', 'tb', 'b2-e', null, 6, 6, '2026-05-25 10:00', 'patient', 'phq-9', false, 'b.csv', 11);

alter table assessment add column is_follow_up boolean default false;

create table episode (
    clinic_id varchar, patient_id varchar, episode_id varchar, therapist_id varchar,
    group_id varchar, started_at timestamp, last_measured_at timestamp, assessments integer,
    is_closed boolean, origin varchar
);
insert into episode values
    ('a', 'a1', 'a1-e', 'ta', null, '2026-01-01', '2026-05-18 10:00', 3, false, 'export'),
    ('a', 'a2', 'a2-e', 'ta', null, '2025-12-01 10:00', '2025-12-15 10:00', 2, true, 'gap'),
    ('b', 'b1', 'b1-e', 'tb', null, '2026-03-18 10:00', '2026-04-01 10:00', 5, false, 'export'),
    ('b', 'b2', 'b2-e', 'tb', null, '2026-04-20 10:00', '2026-05-25 10:00', 6, false, 'gap');

alter table episode add column follow_ups integer default 0;
alter table episode add column planned_sessions integer;
alter table episode add column ended_at timestamp;
update episode set ended_at = '2026-01-31' where patient_id = 'a2';

create table baseline (
    clinic_id varchar, patient_id varchar, episode_id varchar, instrument varchar, scale varchar,
    baseline_score double, baseline_at timestamp, rule varchar, respondent varchar
);
insert into baseline values
    ('a', 'a1', 'a1-e', 'phq-9', 'total', 10, '2026-05-04 10:00', 'before_first_session', 'patient'),
    ('a', 'a2', 'a2-e', 'phq-9', 'total', 18, '2025-12-01 10:00', 'before_first_session', 'patient'),
    ('b', 'b1', 'b1-e', 'ors', 'total', 20, '2026-03-18 10:00', 'before_first_session', 'patient'),
    ('b', 'b1', 'b1-e', 'srs', 'total', 36, '2026-03-18 10:00', 'before_first_session', 'patient'),
    ('b', 'b1', 'b1-e', 'mean', 'total', 25, '2026-04-01 10:00', 'first_valid_assessment', 'patient'),
    ('b', 'b2', 'b2-e', 'phq-9', 'total', 15, '2026-04-20 10:00', 'first_valid_assessment', 'patient');

create table score as
select
    assessment.assessment_id,
    clinic_id,
    patient_id,
    therapist_id,
    episode_id,
    group_id,
    session_no,
    assessment_no,
    measured_at,
    assessment.respondent,
    assessment.instrument,
    'total' as scale,
    cast(given.score as double) as score,
    if(given.score is null, null, 'recomputed') as score_source,
    given.items_answered,
    given.items_missing,
    given.items_missing > 0 and given.score is not null as prorated,
    if(given.score is null, 'too_many_missing', null) as no_score_reason,
    cast(given.reported_score as double) as reported_score,
    -- An ORS of 20 and of 30, where a town has 30 with a spread of 5: 50 + 10 x (20 - 30) / 5 = 30
    cast(if(assessment.instrument = 'ors', if(given.score = 20, 30, 50), null) as double) as t_score,
    if(assessment.instrument = 'ors', 'town', null) as t_population,
    baseline.baseline_score,
    is_follow_up,
    has_artificial_date,
    source_file,
    source_line
from assessment
inner join (
    values
        ('a1-1', 10, 9, 0, 10),
        ('a1-2', 12, 9, 0, null),
        ('a1-3', 18, 9, 0, null),
        ('a2-1', 18, 9, 0, null),
        ('a2-2', 6, 9, 0, null),
        ('b1-1', 20, 4, 0, null),
        ('b1-2', 30, 4, 0, null),
        ('b1-3', 36, 4, 0, null),
        ('b1-4', 33.1, 4, 0, null),
        ('b1-5', 25, 2, 0, null),
        ('b2-1', 15, 9, 0, null),
        ('b2-2', null, 5, 4, null),
        ('b2-3', 15.75, 8, 1, null),
        ('b2-4', 15, 9, 0, null),
        ('b2-5', 15, 9, 0, null),
        ('b2-6', 15, 9, 0, null)
) as given (assessment_id, score, items_answered, items_missing, reported_score)
    on assessment.assessment_id = given.assessment_id
inner join baseline using (clinic_id, patient_id, episode_id)
where baseline.instrument = assessment.instrument;

create table yardstick (
    clinic_id varchar, instrument varchar, scale varchar, method varchar, scope varchar,
    direction integer, measured_in varchar, threshold double, threshold_rule varchar,
    standard_error double, cutoff double, cutoff_rule varchar, cutoff_kind varchar,
    sd_before double, reliability double, missing varchar, definition varchar
);
insert into yardstick values
    ('a', 'phq-9', 'total', 'JT', 'published', -1, 'points', 6, '>=', 2.5, 10, '>=', 'published', null, null, null, 'jt'),
    ('a', 'phq-9', 'total', 'EN', 'published', -1, 'index', 1.959964, '>', 2, 10, '>=', 'published', 5, 0.84, null, 'en'),
    ('b', 'phq-9', 'total', 'JT', 'published', -1, 'points', 6, '>=', 2.5, 10, '>=', 'published', null, null, null, 'jt'),
    ('b', 'ors', 'total', 'JT', 'published', 1, 'points', 5, '>', null, 25, '<', 'published', null, null, null, 'jt'),
    ('b', 'srs', 'total', 'JT', 'published', 1, null, null, null, null, null, null, null, null, null, 'no value', 'jt'),
    -- 1.959964 x sqrt(2) x 8 x sqrt(1 - .75) = 11.0872: computed, since no instrument gives one
    ('b', 'mean', 'total', 'JT', 'published', 1, 'points', 1.959964 * 4 * sqrt(2), '>', 4 * sqrt(2), null, null, null, 8, 0.75, null, 'jt');

create table change (
    clinic_id varchar, patient_id varchar, episode_id varchar, instrument varchar, scale varchar,
    method varchar, baseline double, latest double, baseline_at timestamp, latest_at timestamp,
    rci double, reliable_change_points double, cutoff double, class varchar, harmed boolean,
    crossed_cutoff boolean, crossed_without_reliable_change boolean, is_case_at_start boolean,
    scope varchar, definition varchar, is_closed boolean
);
insert into change values
    ('a', 'a1', 'a1-e', 'phq-9', 'total', 'JT', 10, 18, '2026-05-04 10:00', '2026-05-18 10:00', 3.2, 6, 10, 'deteriorated', false, false, false, true, 'published', 'jt', false),
    ('a', 'a1', 'a1-e', 'phq-9', 'total', 'EN', 10, 18, '2026-05-04 10:00', '2026-05-18 10:00', 3, null, 10, 'deteriorated', false, false, false, true, 'published', 'en', false),
    ('a', 'a2', 'a2-e', 'phq-9', 'total', 'JT', 18, 6, '2025-12-01 10:00', '2025-12-15 10:00', -4.8, 6, 10, 'recovered', false, true, false, true, 'published', 'jt', true),
    ('b', 'b1', 'b1-e', 'ors', 'total', 'JT', 20, 30, '2026-03-18 10:00', '2026-04-01 10:00', null, 5, 25, 'recovered', false, true, false, true, 'published', 'jt', false),
    ('b', 'b1', 'b1-e', 'srs', 'total', 'JT', 36, 33.1, '2026-03-18 10:00', '2026-04-01 10:00', null, null, null, null, null, null, null, null, 'published', 'jt', false),
    ('b', 'b2', 'b2-e', 'phq-9', 'total', 'JT', 15, 15, '2026-04-20 10:00', '2026-05-25 10:00', 0, 6, 10, 'unchanged', false, false, false, true, 'published', 'jt', false);

create table talking_therapies (
    clinic_id varchar, patient_id varchar, episode_id varchar, depression_measure varchar,
    depression_baseline double, depression_latest double, anxiety_measure varchar,
    anxiety_baseline double, anxiety_latest double, attended integer, is_paired boolean,
    is_finished boolean, is_case_at_start boolean, recovery boolean,
    reliable_improvement boolean, reliable_deterioration boolean, reliable_recovery boolean,
    mixed boolean
);
insert into talking_therapies values
    ('a', 'a2', 'a2-e', 'phq-9', 18, 6, 'gad-7', 9, 5, 2, true, true, true, true, true, false, true, false),
    ('b', 'b9', 'b9-e', null, null, null, 'gad-7', 9, 5, null, false, true, null, null, null, null, null, null);

create table agreement (
    clinic_id varchar, patient_id varchar, episode_id varchar, improved_on varchar [],
    unchanged_on varchar [], deteriorated_on varchar [], disagrees boolean
);
insert into agreement values ('a', 'a1', 'a1-e', ['GAD-7'], [], ['PHQ-9'], true);

create table sudden_change (
    clinic_id varchar, patient_id varchar, episode_id varchar, instrument varchar, scale varchar,
    kind varchar, place_before integer, counted varchar, measured_at_before timestamp,
    measured_at timestamp, score_before double, score double, reliable_change_points double,
    mean_before double, mean_after double, pooled_sd double, critical_t double, n_before integer,
    n_after integer
);
-- 18, 17.5 and 6, 7: means 17.75 and 6.5, both variances small
insert into sudden_change values
    ('a', 'a2', 'a2-e', 'phq-9', 'total', 'sudden_gain', 1, 'session', '2025-12-01 10:00', '2025-12-15 10:00', 18, 6, 6, 17.75, 6.5, 0.6, 4.302653, 2, 2);

create table signal (
    signal_id varchar, clinic_id varchar, patient_id varchar, therapist_id varchar,
    episode_id varchar, group_id varchar, kind varchar, level varchar, instrument varchar,
    scale varchar, session_no integer, assessment_no integer, measured_at timestamp,
    score double, baseline_score double, reason varchar
);
insert into signal values
    ('s1', 'a', 'a1', 'ta', 'a1-e', null, 'reliable_deterioration', 'red', 'phq-9', 'total', 3, 3, '2026-05-18 10:00', 18, 10, '{"key":"reliable_deterioration"}'),
    ('s2', 'b', 'b1', 'tb', 'b1-e', null, 'low_alliance', 'info', 'srs', 'total', 2, 2, '2026-04-01 10:00', 33.1, 36, '{"key":"low_alliance"}'),
    ('s3', 'b', 'b2', 'tb', 'b2-e', null, 'no_reliable_improvement', 'info', 'phq-9', 'total', 4, 4, '2026-05-11 10:00', 15, 15, '{"key":"no_reliable_improvement"}'),
    ('s4', 'b', 'b2', 'tb', 'b2-e', null, 'no_reliable_improvement', 'info', 'phq-9', 'total', 5, 5, '2026-05-18 10:00', 15, 15, '{"key":"no_reliable_improvement"}'),
    ('s5', 'b', 'b2', 'tb', 'b2-e', null, 'no_reliable_improvement', 'amber', 'phq-9', 'total', 6, 6, '2026-05-25 10:00', 15, 15, '{"key":"no_reliable_improvement"}');

-- Older than a week; the station leaves such out, the suite does not ask.
create table information as
select
    signal_id, clinic_id, patient_id, therapist_id, episode_id, kind, instrument, scale,
    measured_at, reason
from signal
where signal_id = 's2';

create table alert_rate (
    clinic_id varchar, kind varchar, episodes bigint, alarmed bigint, alarmed_pct double,
    is_frequent boolean
);
insert into alert_rate values
    ('a', 'reliable_deterioration', 8, 2, 25, false),
    ('a', 'off_course', 8, 0, 0, false);

create table critical as
select
    * replace ('c1' as signal_id, 'critical_item' as kind, null as scale, null as score,
        null as baseline_score, '{"key":"critical_item"}' as reason),
    'self_harm' as domain,
    '9' as item,
    cast(2 as double) as value,
    'landed' as record_status,
    timestamp '2026-05-30 05:00' as landed_at
from signal
where signal_id = 's1';
alter table critical alter scale type varchar;
alter table critical alter score type double;
alter table critical alter baseline_score type double;

create table alert (
    alert_id varchar, clinic_id varchar, patient_id varchar, episode_id varchar,
    therapist_id varchar, kind varchar, level varchar, instrument varchar, opened_at timestamp,
    last_signal_at timestamp, seen_at timestamp, answered_at timestamp, action varchar,
    closed_at timestamp, closed_reason varchar, outcome_after_4_sessions varchar,
    withdrawn boolean, reason varchar
);
insert into alert values
    ('l1', 'a', 'a1', 'a1-e', 'ta', 'reliable_deterioration', 'red', 'phq-9', '2026-05-18 10:00', '2026-05-18 10:00', null, null, null, null, null, null, false, '{"key":"reliable_deterioration"}'),
    ('l2', 'a', 'a1', 'a1-e', 'ta', 'critical_item', 'red', 'phq-9', '2026-05-18 10:00', '2026-05-18 10:00', '2026-05-19 09:00', null, null, null, null, null, false, '{"key":"critical_item"}'),
    ('l3', 'b', 'b2', 'b2-e', 'tb', 'no_reliable_improvement', 'amber', 'phq-9', '2026-05-25 10:00', '2026-05-25 10:00', '2026-05-26 09:00', '2026-05-26 09:05', 'plan_changed', '2026-05-26 09:05', 'answered', null, false, '{"key":"no_reliable_improvement"}'),
    ('l4', 'b', null, null, null, 'held_back_file', 'amber', null, '2026-06-01 05:00', '2026-06-01 05:00', null, null, null, null, null, null, false, '{"key":"held_back_file"}');

create table alert_list (
    alert_id varchar, clinic_id varchar, patient_id varchar, therapist_id varchar,
    episode_id varchar, kind varchar, level varchar, section varchar, instrument varchar,
    scale varchar, opened_at timestamp, last_signal_at timestamp, days_open integer,
    reason varchar, next_step varchar, sort_order integer
);
insert into alert_list values
    ('l2', 'a', 'a1', 'ta', 'a1-e', 'critical_item', 'red', 'critical', 'phq-9', null, '2026-05-18 10:00', '2026-05-18 10:00', 14, '{"key":"critical_item"}', 'assess_risk_today', 1),
    ('l1', 'a', 'a1', 'ta', 'a1-e', 'reliable_deterioration', 'red', 'open', 'phq-9', 'total', '2026-05-18 10:00', '2026-05-18 10:00', 14, '{"key":"reliable_deterioration"}', 'discuss_deterioration', 2),
    ('l4', 'b', null, null, null, 'held_back_file', 'amber', 'new', null, null, '2026-06-01 05:00', '2026-06-01 05:00', 0, '{"key":"held_back_file"}', 'look_at_held_back_file', 1),
    ('l3', 'b', 'b2', 'tb', 'b2-e', 'no_reliable_improvement', 'amber', 'new', 'phq-9', 'total', '2026-05-25 10:00', '2026-05-25 10:00', 7, '{"key":"no_reliable_improvement"}', 'review_no_progress', 2);

-- What a critical alert rests on was landed two days and an hour before this run: it is late.
alter table alert add column domain varchar;
alter table alert add column landed_at timestamp;
alter table alert add column last_landed_at timestamp;
alter table alert add column escalated_at timestamp;
alter table alert add column escalated_to varchar;
alter table alert_list add column domain varchar;
alter table alert_list add column landed_at timestamp;
alter table alert_list add column last_landed_at timestamp;
alter table alert_list add column escalated_at timestamp;
alter table alert_list add column escalated_to varchar;
update alert
set domain = 'self_harm', landed_at = '2026-05-30 05:00', last_landed_at = '2026-05-30 05:00',
    escalated_at = '2026-06-01 05:00', escalated_to = 'dora'
where alert_id = 'l2';
update alert_list as listed
set domain = alert.domain, landed_at = alert.landed_at, last_landed_at = alert.last_landed_at,
    escalated_at = alert.escalated_at, escalated_to = alert.escalated_to
from alert
where listed.alert_id = alert.alert_id;

create table overdue (
    clinic_id varchar, patient_id varchar, therapist_id varchar, episode_id varchar,
    last_measured_at timestamp, days_since integer, has_open_alert boolean
);
insert into overdue values ('b', 'b1', 'tb', 'b1-e', '2026-04-01 10:00', 61, false);

create table last_week_alert (
    clinic_id varchar, kind varchar, alerts bigint, answered bigint, acted_on bigint,
    back_on_course bigint, closed_by_answer bigint, closed_otherwise bigint, still_open bigint
);
insert into last_week_alert values
    ('a', 'critical_item', 1, 0, 0, 0, 0, 0, 1),
    ('a', 'reliable_deterioration', 1, 0, 0, 0, 0, 0, 1),
    ('b', 'no_reliable_improvement', 1, 1, 1, 0, 1, 0, 0);

-- Wilson of 1 in 1: 1 / (1 + 1.959964^2) = 0.2065 to 1; of 0 in 1: 0 to 0.7935.
create table outcome as
select
    'a' as clinic_id,
    'phq-9' as instrument,
    'total' as scale,
    classes.class,
    ways.counted,
    if(classes.class = 'recovered', 1, 0)::bigint as numerator,
    1::bigint as denominator,
    if(classes.class = 'recovered', 1, 0)::double as value,
    if(ways.is_estimate, if(classes.class = 'recovered', 0.2065, 0), null)::double as lower,
    if(ways.is_estimate, if(classes.class = 'recovered', 1, 0.7935), null)::double as upper
from (values ('recovered'), ('improved'), ('unchanged'), ('deteriorated')) as classes (class)
cross join (
    values ('paired', true), ('last_available', true), ('lowest', false), ('highest', false)
) as ways (counted, is_estimate)
order by all;

create table alliance_figure (
    clinic_id varchar, forms bigint, patients bigint, low bigint, dropped bigint, restored bigint,
    missing_after_low bigint, open_alerts bigint
);
insert into alliance_figure values ('a', 0, 0, 0, 0, 0, 0, 0), ('b', 0, 0, 0, 0, 0, 0, 0);

create table group_figure (
    clinic_id varchar, group_id varchar, name varchar, members bigint, measured_this_week bigint,
    attended bigint, appointments bigint, alliance_instrument varchar, alliance_mean double
);
insert into group_figure values ('a', 'g1', 'Monday', 6, 5, 20, 24, 'SRS', 35.5);

create table clinic_figure (
    clinic_id varchar, figure varchar, numerator bigint, denominator bigint
);
insert into clinic_figure values
    ('a', 'patients_in_treatment', 1, null),
    ('a', 'assessments_this_week', 0, null),
    ('a', 'patients_measured_this_week', 0, 1),
    ('a', 'alerts_new', 0, null),
    ('a', 'alerts_open', 2, null),
    ('a', 'critical_open', 1, null),
    ('a', 'overdue', 0, 1),
    ('a', 'low_alliance_this_week', 0, null),
    ('a', 'no_improvement_info_this_week', 0, null),
    ('a', 'change_recovered', 1, 1),
    ('a', 'change_improved', 0, 1),
    ('a', 'change_unchanged', 0, 1),
    ('a', 'change_deteriorated', 0, 1),
    ('a', 'alerts_per_100_assessments', 2, 5),
    ('b', 'patients_in_treatment', 2, null),
    ('b', 'assessments_this_week', 1, null),
    ('b', 'patients_measured_this_week', 1, 2),
    ('b', 'alerts_new', 2, null),
    ('b', 'alerts_open', 1, null),
    ('b', 'critical_open', 0, null),
    ('b', 'overdue', 1, 2),
    ('b', 'low_alliance_this_week', 0, null),
    ('b', 'no_improvement_info_this_week', 0, null),
    ('b', 'change_recovered', 0, 0),
    ('b', 'change_improved', 0, 0),
    ('b', 'change_unchanged', 0, 0),
    ('b', 'change_deteriorated', 0, 0),
    ('b', 'alerts_per_100_assessments', 1, 11);

create table summary_figure (
    unit varchar, clinic_id varchar, figure varchar, numerator bigint, denominator bigint,
    value double, lower double, upper double, is_shown boolean, is_small boolean
);
insert into summary_figure values
    ('service', null, 'patients_in_treatment', 3, null, null, null, null, true, true),
    ('clinic', 'a', 'patients_in_treatment', 1, null, null, null, null, false, true),
    ('clinic', 'a', 'reliably_better', 1, 1, 1, 0.2065, 1, false, true),
    ('clinic', 'b', 'patients_in_treatment', 20, null, null, null, null, false, false);

create table data_quality (
    clinic_id varchar, source_file varchar, landed_at timestamp, rows_in bigint, landed bigint,
    duplicate bigint, rejected bigint, cells_rejected bigint, rejected_error bigint,
    rejected_conflict bigint, rejected_by_rule bigint, held_back boolean, note varchar
);
insert into data_quality values
    ('a', 'a.csv', '2026-06-01 05:00', 6, 5, 1, 0, 0, 0, 0, 0, false, null),
    ('b', 'b.csv', '2026-06-01 05:00', 12, 10, 0, 2, 3, 0, 1, 1, false, null),
    ('b', 'late.csv', '2026-06-01 05:00', 4, 0, 0, 4, 0, 3, 0, 1, true, 'critical_items_not_watched');

create table receipt (
    sha256 varchar, source varchar, name varchar, rows_in bigint, landed bigint, duplicate bigint,
    rejected bigint, erased bigint, cells_rejected bigint, rejected_error bigint,
    rejected_conflict bigint, rejected_by_rule bigint, superseded_since bigint,
    landed_at timestamp, held_back boolean
);
insert into receipt values
    (repeat('a', 64), 'wide', 'a.csv', 6, 4, 1, 0, 1, 0, 0, 0, 0, 0, '2026-06-01 05:00', false),
    (repeat('b', 64), 'long', 'b.csv', 12, 10, 0, 2, 0, 3, 0, 1, 1, 0, '2026-06-01 05:00', false),
    (repeat('c', 64), 'long', 'late.csv', 4, 0, 0, 4, 0, 0, 3, 0, 1, 0, '2026-06-01 05:00', true);

create table quality_limit (days_before_episode double, days_after_episode double);
insert into quality_limit values (30, 90);

create table exported_episode (
    clinic_id varchar, patient_id varchar, episode_id varchar, started_on date, ended_on date,
    therapist_id varchar, group_id varchar, end_reason varchar, track varchar, format varchar,
    indicated_treatment varchar, given_treatment varchar, planned_sessions integer,
    waiting_days integer, goals_agreed boolean, source_file varchar, source_line bigint
);
insert into exported_episode values
    ('a', 'a1', 'a1-e', '2026-01-01', null, 'ta', null, null, null, 'individual', 'cbt', 'cbt', 12, 30, true, 'e.csv', 2),
    ('a', 'a2', 'a2-e', '2025-12-01', '2025-12-15', 'ta', null, 'planned', null, 'individual', null, null, null, 0, null, 'e.csv', 3);

create table patient (
    clinic_id varchar, patient_id varchar, birth_year integer, sex varchar, source_file varchar,
    source_line bigint
);
insert into patient values ('a', 'a1', 1980, 'female', 'p.csv', 2), ('a', 'a2', 1990, 'male', 'p.csv', 3);

create table appointment (
    clinic_id varchar, patient_id varchar, episode_id varchar, therapist_id varchar,
    group_id varchar, starts_at timestamp, attended boolean, minutes integer, source_file varchar,
    source_line bigint
);
insert into appointment values
    ('a', 'a1', 'a1-e', 'ta', null, '2026-05-04 10:00', true, 45, 'm.csv', 2),
    ('a', 'a1', 'a1-e', 'ta', null, '2026-05-11 10:00', true, 45, 'm.csv', 3),
    ('a', 'a1', null, 'ta', null, '2026-05-18 10:00', false, null, 'm.csv', 4);

create table placed_appointment as
select
    clinic_id,
    patient_id,
    'a1-e' as episode_id,
    therapist_id,
    group_id,
    starts_at,
    attended,
    least(source_line - 1, 2)::integer as sessions_so_far
from appointment;

create table planned_appointment (
    clinic_id varchar, patient_id varchar, therapist_id varchar, starts_at timestamp
);
insert into planned_appointment values ('a', 'a1', 'ta', '2026-06-08 10:00');

create table therapy_group (
    clinic_id varchar, group_id varchar, therapist_id varchar, name varchar, started_on date,
    ended_on date, source_file varchar, source_line bigint
);
insert into therapy_group values ('a', 'g1', 'ta', 'Monday', '2026-01-05', '2026-04-06', 'g.csv', 2);

create table therapist (
    clinic_id varchar, therapist_id varchar, team_id varchar, supervisor_id varchar,
    is_trainee boolean, source_file varchar, source_line bigint
);
insert into therapist values
    ('a', 'ta', 'one', null, false, 't.csv', 2),
    ('a', 'ts', 'one', 'ta', true, 't.csv', 3);

create table non_response (
    clinic_id varchar, patient_id varchar, episode_id varchar, noted_at timestamp,
    instrument varchar, reason_code varchar, source_file varchar, source_line bigint
);
insert into non_response values ('a', 'a1', 'a1-e', '2026-05-25', 'phq-9', '03', 'n.csv', 2);

create table intake (
    clinic_id varchar, patient_id varchar, episode_id varchar, covariate varchar, value varchar,
    number double, source_file varchar, source_line bigint
);
insert into intake values
    ('a', 'a1', 'a1-e', 'education', 'mbo', null, 'i.csv', 2),
    ('a', 'a1', 'a1-e', 'gaf', '61,5', 61.5, 'i.csv', 2);

create table file_profile (
    sha256 varchar, source varchar, source_file varchar, clinics varchar [], exports varchar,
    landed_at timestamp, records bigint, duplicate bigint, rejected_error bigint,
    cells_rejected bigint, earlier_files integer, earlier_mean double, earlier_sd double,
    records_before bigint, compared_with varchar [], is_judged boolean
);
insert into file_profile values
    (repeat('a', 64), 'wide', 'a.csv', ['a'], 'partial', '2026-06-01 05:00', 6, 1, 0, 0, 0, null, null, null, [], true),
    (repeat('b', 64), 'long', 'b.csv', ['b'], 'partial', '2026-06-01 05:00', 11, 0, 0, 3, 1, 12, null, 12, [repeat('d', 64)], true),
    (repeat('d', 64), 'long', 'd.csv', ['b'], 'partial', '2026-05-01 05:00', 12, 0, 0, 0, 0, null, null, null, [], false);

create table file_scale (
    sha256 varchar, source_file varchar, is_judged boolean, instrument varchar, scale varchar,
    assessments bigint, with_items bigint, complete bigint, items_never_answered integer,
    totals_compared bigint, totals_that_differ bigint, could_be_straight bigint, straight bigint,
    scored bigint, at_an_end bigint, mean_score double, sd_score double, lowest_answer double,
    highest_answer double, earlier_scored bigint, earlier_mean double, earlier_sd double
);
insert into file_scale values
    (repeat('a', 64), 'a.csv', true, 'phq-9', 'total', 5, 5, 5, 0, 1, 0, 5, 0, 5, 0, 12.8, 4.9, 0, 3, null, null, null),
    (repeat('b', 64), 'b.csv', true, 'phq-9', 'total', 6, 6, 4, 0, 0, 0, 6, 0, 4, 0, 15, 0, 0, 3, 5, 14, 2);

create table file_check (
    sha256 varchar, source varchar, source_file varchar, landed_at timestamp, clinics varchar [],
    expectation varchar, instrument varchar, scale varchar, outcome varchar, checked bigint,
    failed bigint, value double, lower double, upper double
);
insert into file_check
select
    repeat('b', 64), 'long', 'b.csv', '2026-06-01 05:00', ['b'], judged.expectation,
    judged.instrument, if(judged.instrument is null, null, 'total'), 'pass', 11, 0, null, null, 0.01
from (
    values
    ('volume_like_the_files_before', null),
    ('nothing_lost_since_the_file_before', null),
    ('few_records_are_refused', null),
    ('few_answers_are_refused', null),
    ('few_records_repeat', null),
    ('one_therapist_a_day', null),
    ('sessions_in_order_of_time', null),
    ('inside_its_episode', null),
    ('measured_before_landing', null),
    ('every_item_is_answered', 'phq-9'),
    ('forms_are_complete', 'phq-9'),
    ('reported_totals_agree', 'phq-9'),
    ('mean_like_the_files_before', 'phq-9'),
    ('few_forms_are_straight', 'phq-9'),
    ('few_scores_at_an_end', 'phq-9'),
    ('answers_use_their_range', 'phq-9'),
    ('coding_of_answers_is_known', 'phq-9')
) as judged (expectation, instrument);
insert into file_check
select * replace (repeat('a', 64) as sha256, 'a.csv' as source_file, 'not applicable' as outcome)
from file_check;

-- An expected course of the PHQ-9: clinic a has its own, clinic b that of all; none of the ORS.
create table growth_model (
    clinic_id varchar, instrument varchar, scale varchar, model varchar, population varchar,
    fitted_until date, refused varchar, episodes integer, clinic_episodes integer,
    episodes_needed integer, clinic_episodes_needed integer, last_covered integer, centre double,
    intercept double, baseline_effect double, time_effect double, baseline_time_effect double,
    intercept_variance double, intercept_time_covariance double, time_variance double,
    residual_sd double
);
insert into growth_model values
    ('a', 'phq-9', 'total', 'm1', 'clinic', '2026-03-31', null, 400, 380, 100, 50, 12, 15, 14.5, 0.9, -2, -0.1, 4, -1, 2, 2.5),
    ('b', 'phq-9', 'total', 'm1', 'service', '2026-03-31', null, 400, 20, 100, 50, 12, 15, 14.3, 0.9, -1.9, -0.1, 4, -1, 2, 2.5),
    ('b', 'ors', 'total', null, null, null, 'too_few_episodes', 30, null, 100, 50, null, null, null, null, null, null, null, null, null, null);

create table mixed_model (
    model varchar, instrument varchar, scale varchar, term varchar, estimate double, se double,
    n_obs integer, n_groups integer, reml double, singular boolean
);
insert into mixed_model values
    ('m1', 'phq-9', 'total', '(Intercept)', 14.3, 0.2, 3000, 400, 15000, false),
    ('m1', 'phq-9', 'total', 'episode: var(time)', 2, null, 3000, 400, 15000, false),
    ('m1', 'phq-9', 'total', 'residual: sd', 2.5, null, 3000, 400, 15000, false);

create table risk_model (
    instrument varchar, scale varchar, predictions integer, events integer, events_needed integer,
    refused varchar, trained_until date, tested_predictions integer, tested_events integer,
    auc double, auc_of_change double, gain_lower double, gain_upper double, is_proposed boolean
);
insert into risk_model values
    ('phq-9', 'total', 1500, 30, 20, null, '2025-06-30', 1000, 25, 0.92, 0.89, 0.01, 0.05, true),
    ('mean', 'total', 300, 4, 20, 'few_events', null, null, null, null, null, null, null, false);

create table course (
    assessment_id varchar, clinic_id varchar, patient_id varchar, therapist_id varchar,
    episode_id varchar, group_id varchar, instrument varchar, scale varchar, session_no integer,
    measured_at timestamp, score double, is_baseline boolean, expected double, lower double,
    lower68 double, upper68 double, upper double, standard_score double, off_course varchar,
    is_beyond_fit boolean, p_deterioration double, p_deterioration_calibrated double,
    p_improvement double, model varchar, fitted_until date
);
-- a1 leaves the inner band and then the outer one; a2 is better than expected, b2 as expected.
insert into course
select
    assessment_id, clinic_id, patient_id, therapist_id, episode_id, group_id, instrument, scale,
    session_no, measured_at, score, is_baseline, expected, lower, lower68, upper68, upper,
    (score - expected) / 4, off_course, false, if(is_baseline, null, p),
    if(is_baseline, null, p), if(is_baseline, null, 0.2), 'm1', '2026-03-31'
from score
inner join (
    values
        ('a1-1', true, 10, 10, 10, 10, 10, null, null),
        ('a1-2', false, 9, 5, 6.5, 11.5, 12.5, 'amber', 0.2),
        ('a1-3', false, 8.5, 4, 6, 11, 12, 'red', 0.6),
        ('a2-1', true, 18, 18, 18, 18, 18, null, null),
        ('a2-2', false, 16, 11, 12, 20, 21, null, 0.01),
        ('b2-1', true, 15, 15, 15, 15, 15, null, null),
        ('b2-3', false, 14, 9.5, 11, 17, 18.5, null, 0.1),
        ('b2-4', false, 13.5, 9, 10.5, 16.5, 18, null, 0.1),
        ('b2-5', false, 13, 8.5, 10, 16, 17.5, null, 0.1),
        ('b2-6', false, 13, 8.5, 10, 16, 17.5, null, 0.1)
) as placed (
    assessment_id, is_baseline, expected, lower, lower68, upper68, upper, off_course, p
) using (assessment_id)
where instrument = 'phq-9';

create table signal_accuracy (
    instrument varchar, scale varchar, rule varchar, sessions varchar, population varchar,
    cohort varchar, n integer, events integer, sensitivity double, specificity double, ppv double,
    number_needed_to_examine double, auc double, auc_lower double, auc_upper double,
    calibration_slope double, slope_lower double, slope_upper double,
    median_lead_sessions double, is_withheld boolean, simulated boolean
);
insert into signal_accuracy values
    ('phq-9', 'total', 'high_predicted_risk', 'all', 'all', 'all', 200, 25, 0.6, 0.92, 0.5, 2, 0.92, 0.88, 0.95, 1.02, 0.85, 1.2, 6, false, true),
    ('phq-9', 'total', 'high_predicted_risk', 'all', 'all', '2026-Q1', 40, null, null, null, null, null, null, null, null, null, null, null, null, true, true);

create table rule_rate (
    instrument varchar, scale varchar, rule varchar, assessments integer, fired integer,
    per_100_assessments double, episodes integer, episodes_ever integer, share_of_episodes double
);
insert into rule_rate values
    ('phq-9', 'total', 'off_course_red', 1600, 160, 10, 200, 50, 0.25);

-- About therapists: t1 with an estimate, t2 with counts only (a trainee), t3 with too few.
create table therapist_run (
    run_id varchar, as_of date, known_at timestamp, contract_version integer, simulated boolean
);
insert into therapist_run values ('run1', '2026-06-30', '2026-06-30 12:00', 1, true);

create table therapist_effect (
    clinic_id varchar, therapist_id varchar, instrument varchar, scale varchar, period varchar,
    is_primary boolean, is_trainee boolean, supervisor_id varchar, n_episodes integer,
    n_shared integer, weighed_episodes double, estimate double, lower double, upper double,
    estimate_sd double, lower_sd double, upper_sd double, distinguishable boolean, shown varchar,
    reason varchar, simulated boolean
);
insert into therapist_effect values
    ('a', 't1', 'phq-9', 'total', 'all', true, false, null, 41, 2, 40.1, 1.5, 0.2, 2.8, 0.3, 0.04, 0.56, true, 'estimate', 'shown', true),
    ('a', 't2', 'phq-9', 'total', 'all', true, true, 't1', 12, 0, 12, null, null, null, null, null, null, null, 'counts', 'counts_only', true),
    ('b', 't3', 'phq-9', 'total', 'all', true, false, null, 4, 0, 4, null, null, null, null, null, null, null, 'nothing', 'few_episodes', true),
    ('b', 't3', 'ors', 'total', 'all', false, false, null, 4, 0, 4, null, null, null, null, null, null, null, 'nothing', 'few_episodes', true);

create table therapist_share (
    instrument varchar, scale varchar, period varchar, severity varchar, severity_points double,
    share double, lower double, upper double, between_sd double, between_sd_sd double,
    n_episodes integer, n_shared integer, n_therapists integer, n_therapists_enough integer,
    halves_correlation double, halves_lower double, halves_upper double, refused varchar,
    simulated boolean
);
insert into therapist_share values
    ('phq-9', 'total', 'all', '-1 SD', -5, 0.03, 0.01, 0.06, 1.2, 0.24, 900, 2, 30, 20, 0.4, 0.1, 0.7, null, true),
    ('phq-9', 'total', 'all', '+1 SD', 5, 0.07, 0.03, 0.11, 1.2, 0.24, 900, 2, 30, 20, 0.4, 0.1, 0.7, null, true),
    ('ors', 'total', 'all', 'mean', null, null, null, null, null, null, 40, 0, 8, 1, null, null, null, 'few_therapists', true);

create table therapist_effect_sensitivity (
    instrument varchar, scale varchar, period varchar, model varchar, n_episodes integer,
    between_sd double, share_at_mean double, correlation_with_primary double
);
insert into therapist_effect_sensitivity values
    ('phq-9', 'total', 'all', 'primary', 900, 1.2, 0.05, 1),
    ('phq-9', 'total', 'all', 'baseline_only', 900, 1.3, 0.06, 0.95);

create table case_mix (
    instrument varchar, scale varchar, period varchar, covariate varchar, used boolean,
    episodes integer, missing integer, why varchar
);
insert into case_mix values
    ('phq-9', 'total', 'all', 'baseline', true, 900, 0, 'used'),
    ('phq-9', 'total', 'all', 'age', false, 900, 900, 'not_in_any_export');

create table therapist_view (
    clinic_id varchar, therapist_id varchar, instrument varchar, scale varchar, period varchar,
    view varchar, part varchar, n integer, events integer, value double, lower double,
    upper double, expected double, half_by_session integer, is_secondary boolean
);
insert into therapist_view values
    ('a', 't1', 'phq-9', 'total', 'all', 'deterioration', 'all', 41, 3, 0.07, 0.02, 0.19, 0.06, null, true),
    ('a', 't1', 'phq-9', 'total', 'all', 'half', 'first', 20, null, 0.2, -0.1, 0.5, 0, null, true),
    ('a', 't2', 'phq-9', 'total', 'all', 'class', 'improved', 12, 5, null, null, null, null, null, true);

create table closed_course (
    clinic_id varchar, therapist_id varchar, patient_id varchar, episode_id varchar,
    instrument varchar, scale varchar, started_on date, ended_on date, n_sessions integer,
    baseline double, last double, expected_last double, distance double, class varchar,
    end_kind varchar, dropped_out boolean, share double
);
insert into closed_course values
    ('a', 't1', 'a1', 'a1-1', 'phq-9', 'total', '2026-01-05', '2026-03-02', 9, 18, 6, 11, 0.9, 'recovered', 'planned', false, 0.75),
    ('a', 't2', 'a1', 'a1-1', 'phq-9', 'total', '2026-01-05', '2026-03-02', 9, 18, 6, 11, 0.9, 'recovered', 'planned', false, 0.25),
    ('b', 't3', 'b1', 'b1-1', 'ors', 'total', '2026-01-05', '2026-02-02', 4, 18, 20, null, null, 'unchanged', 'unknown', null, 1);

create table own_alert_outcome (
    clinic_id varchar, therapist_id varchar, kind varchar, action varchar, alerts integer,
    answered integer, with_outcome integer, back_on_course integer
);
insert into own_alert_outcome values
    ('a', 't1', 'off_course', 'not_answered', 5, 0, 4, 2),
    ('a', 't1', 'off_course', 'discussed', 3, 3, 2, 2);

-- Quality figures: service with clinic a (six therapists); in April to June 8 of 20 improved.
create table indicator_definition (
    indicator varchar, sort_order integer, title varchar, numerator varchar, denominator varchar,
    source varchar, better varchar, kind varchar, chart varchar, finest varchar, lag_days integer,
    is_primary boolean, is_outcome boolean, is_historical boolean
);
insert into indicator_definition values
    ('reliable_improvement', 1, 'Reliable improvement', 'better', 'pairs', 'JT', 'higher', 'share', 'pp', 'quarter', 0, true, true, false),
    ('response_rate', 2, 'Response', 'pairs', 'ended', 'SBG', 'higher', 'share', 'pp', 'month', 0, true, false, false);

create table quality_unit (
    unit_kind varchar, unit varchar, clinic_id varchar, team_id varchar, quarter date,
    therapists bigint, episodes bigint, largest_share double, is_shown boolean,
    hidden_because varchar
);
insert into quality_unit values
    ('service', 'service', null, null, '2026-01-01', 8, 60, 0.3, true, null),
    ('service', 'service', null, null, '2026-04-01', 8, 60, 0.3, true, null),
    ('clinic', 'b', 'b', null, '2026-01-01', 2, 9, 0.6, false, 'too_few_therapists');

create table indicator (
    unit_kind varchar, unit varchar, clinic_id varchar, team_id varchar, period_kind varchar,
    period date, indicator varchar, is_primary boolean, better varchar, chart varchar,
    numerator double, denominator double, value double, centre double, lower double,
    upper double, rules varchar, is_trial boolean, segment integer, is_complete boolean
);
insert into indicator values
    ('service', 'service', null, null, 'quarter', '2025-10-01', 'reliable_improvement', true, 'higher', 'pp', null, 0, null, 0.5, null, null, null, null, 1, true),
    ('service', 'service', null, null, 'quarter', '2026-01-01', 'reliable_improvement', true, 'higher', 'pp', 2, 20, 0.1, 0.5, 0.2, 0.8, 'R1', true, 1, true),
    ('service', 'service', null, null, 'quarter', '2026-04-01', 'reliable_improvement', true, 'higher', 'pp', 8, 20, 0.4, null, null, null, null, null, 1, false);

create table indicator_absence (
    unit_kind varchar, unit varchar, clinic_id varchar, team_id varchar, indicator varchar,
    reason varchar
);
insert into indicator_absence values
    ('service', 'service', null, null, 'drop_out', 'no_end_reason_known');

create table funnel (
    unit_kind varchar, unit varchar, clinic_id varchar, team_id varchar, period_kind varchar,
    period date, indicator varchar, better varchar, numerator double, denominator double,
    value double, target double, z double, adjusted_z double, phi double, tau2 double,
    lower95 double, upper95 double, lower998 double, upper998 double, is_outside95 boolean,
    is_outside998 boolean
);
insert into funnel values
    ('clinic', 'a', 'a', null, 'year', '2025-04-01', 'response_rate', 'higher', 8, 10, 0.8, 0.8, 0, 0, 0, 0, 0.6, 0.9, 0.5, 1, false, false),
    ('clinic', 'c', 'c', null, 'year', '2025-04-01', 'response_rate', 'higher', 8, 10, 0.8, 0.8, 0, 0, 0, 0, 0.6, 0.9, 0.5, 1, false, false),
    ('clinic', 'd', 'd', null, 'year', '2025-04-01', 'response_rate', 'higher', 8, 10, 0.8, 0.8, 0, 0, 0, 0, 0.6, 0.9, 0.5, 1, false, false);

create table missing_outcome (
    unit_kind varchar, unit varchar, clinic_id varchar, team_id varchar, quarter date,
    indicator varchar, better varchar, episodes bigint, paired bigint, missing bigint,
    imputed bigint, not_imputed bigint, paired_value double, last_value double,
    lowest_value double, highest_value double, imputed_value double, imputed_lower double,
    imputed_upper double
);
insert into missing_outcome values
    ('service', 'service', null, null, '2026-01-01', 'reliable_improvement', 'higher', 25, 20, 5, 5, 0, 0.1, 0.08, 0.08, 0.28, 0.12, 0.02, 0.3),
    ('service', 'service', null, null, '2026-01-01', 'recovery', 'higher', 25, 15, 5, 4, 1, 0.2, 0.15, 0.15, 0.4, 0.21, 0.05, 0.4);

create table loop_audit (
    unit_kind varchar, unit varchar, clinic_id varchar, kind varchar, rule varchar, alerts bigint,
    seen bigint, answered bigint, acted_on bigint, hours_to_seen double, hours_to_answer double,
    answered_known bigint, answered_back bigint, comparable_known bigint, expected_back double,
    caution varchar
);
insert into loop_audit values
    ('service', 'service', null, 'off_course', 'off_course', 10, 8, 6, 5, 20, 48, 4, 2, 3, 1.5, 'not_a_proof_of_effect');

create table file_history (
    sha256 varchar, source varchar, clinic_id varchar, source_file varchar, landed_at timestamp,
    is_held_back boolean, records bigint, rejected bigint, rejected_share double,
    volume_drift double, mean_shift double, checks bigint, failed_checks bigint, failed varchar
);
insert into file_history values
    (repeat('a', 64), 'a', 'a', 'a.csv', '2026-06-01 05:00', false, 100, 1, 0.01, 0.5, null, 20, 1, 'one_therapist_a_day');

create table source_delivery (
    source varchar, clinic_id varchar, deliveries bigint, first_on date, last_on date,
    usual_days double, days_since bigint, has_stopped boolean
);
insert into source_delivery values ('a', 'a', 5, '2026-05-04', '2026-06-01', 7, 0, false);

create table check_history (
    run_id varchar, as_of date, known_at timestamp, is_published boolean, "table" varchar,
    expectation varchar, category varchar, severity varchar, outcome varchar, checked bigint,
    failed bigint, failing_since date
);
insert into check_history values
    ('run-0', '2026-05-25', '2026-05-25 06:00', true, 'score', 'one_row_per_grain', 'conformance', 'critical', 'pass', 9, 0, null),
    ('run-0', '2026-05-25', '2026-05-25 06:00', true, 'overdue', 'days_counted_to_as_of', 'conformance', 'warning', 'fail', 9, 1, '2026-05-18');

create table file_check_history (
    run_id varchar, as_of date, known_at timestamp, is_published boolean, source varchar,
    clinic_id varchar, source_file varchar, expectation varchar, instrument varchar, scale varchar,
    checked bigint, failed bigint, failing_since date
);
insert into file_check_history values
    ('run-1', '2026-06-01', '2026-06-01 06:00', true, 'a', 'a', 'a.csv', 'one_therapist_a_day', null, null, 9, 1, '2026-05-25');

create table shown_indicator (
    unit_kind varchar, unit varchar, clinic_id varchar, team_id varchar, period_kind varchar,
    period date, indicator varchar, is_primary boolean, better varchar, chart varchar,
    numerator double, denominator double, value double, centre double, lower double, upper double,
    rules varchar, is_trial boolean, segment integer, is_complete boolean, is_withheld boolean
);
insert into shown_indicator values
    ('service', 'service', null, null, 'month', '2026-04-01', 'response_rate', true, 'higher', 'pp', 16, 24, 0.6666666667, 0.7, 0.5, 0.9, 'R1', true, 1, true, false),
    ('service', 'service', null, null, 'month', '2026-05-01', 'response_rate', true, 'higher', 'pp', null, null, null, null, null, null, null, null, 1, false, false);

create table shown_funnel (
    unit_kind varchar, unit varchar, clinic_id varchar, team_id varchar, period_kind varchar,
    period date, indicator varchar, better varchar, numerator double, denominator double,
    value double, target double, z double, adjusted_z double, phi double, tau2 double,
    lower95 double, upper95 double, lower998 double, upper998 double, is_outside95 boolean,
    is_outside998 boolean
);
insert into shown_funnel values
    ('clinic', 'a', 'a', null, 'year', '2025-04-01', 'response_rate', 'higher', 16, 24, 0.67, 0.67, 0, 0, 0, 0, 0.6, 0.9, 0.5, 1, false, false);

create table shown_indicator_alert (
    unit_kind varchar, unit varchar, clinic_id varchar, team_id varchar, indicator varchar,
    period_kind varchar, period date, numerator double, denominator double, value double,
    centre double, lower double, upper double, rules varchar, is_trial boolean, is_better boolean
);
insert into shown_indicator_alert values
    ('service', 'service', null, null, 'response_rate', 'month', '2026-04-01', 16, 24, 0.6666666667, 0.7, 0.5, 0.9, 'R1', true, false);

create table shown_missing_outcome (
    unit_kind varchar, unit varchar, clinic_id varchar, team_id varchar, quarter date,
    indicator varchar, better varchar, is_withheld boolean, episodes bigint, paired bigint,
    missing bigint, not_imputed bigint, paired_value double, last_value double,
    lowest_value double, highest_value double, imputed_value double, imputed_lower double,
    imputed_upper double
);
insert into shown_missing_outcome values
    ('service', 'service', null, null, '2026-01-01', 'reliable_improvement', 'higher', false, 25, 20, 5, 0, 0.5, 0.4, 0.4, 0.6, 0.5, 0.3, 0.7),
    ('service', 'service', null, null, '2026-01-01', 'recovery', 'higher', true, null, null, null, null, null, null, null, null, null, null, null);

create table shown_loop_audit (
    unit_kind varchar, unit varchar, clinic_id varchar, kind varchar, rule varchar, alerts bigint,
    seen bigint, answered bigint, answered_in_time bigint, acted_on bigint, hours_to_seen double,
    hours_to_answer double, answered_known bigint, answered_back bigint, comparable_known bigint,
    expected_back double, caution varchar
);
insert into shown_loop_audit values
    ('service', 'service', null, 'off_course', 'off_course', 30, 20, 15, 10, 5, 20, 48, null, null, null, null, 'not_a_proof_of_effect');

create table shown_file (
    sha256 varchar, source varchar, clinic_id varchar, landed_at timestamp, is_held_back boolean,
    records bigint, rejected varchar, volume_drift double, mean_shift double, checks bigint,
    failed_checks bigint, failed varchar
);
insert into shown_file values
    (repeat('a', 64), 'a', 'a', '2026-06-01 05:00', false, 100, 'some', 0.5, null, 20, 1, 'one_therapist_a_day');
