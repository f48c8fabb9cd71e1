"""For each expectation about more than one column: what breaks it, and it alone.

Applied to good.sql, one at a time. Expectations about one column (`x_never_null`, `x_in_set`,
`x_at_least_0`) and `one_row_per_grain` are broken by copies of a row, in test_suites.py.
"""

BROKEN: dict[str, dict[str, str]] = {
    "file_profile": {
        "columns_as_published": "alter table file_profile drop earlier_sd",
        "records_hold_what_became_of_them": """
            update file_profile set duplicate = 7 where source_file = 'a.csv'
            """,
        "compared_only_with_files_before_it": """
            update file_profile set landed_at = '2026-06-08 05:00' where source_file = 'd.csv'
            """,
    },
    "file_scale": {
        "columns_as_published": "alter table file_scale drop sd_score",
        "counts_within_assessments": """
            update file_scale set straight = 6 where source_file = 'a.csv'
            """,
        "mean_between_scale_bounds": """
            update file_scale set mean_score = 28 where source_file = 'a.csv'
            """,
        "belongs_to_a_landed_file": """
            update file_scale set sha256 = repeat('e', 64) where source_file = 'a.csv'
            """,
    },
    "file_check": {
        "columns_as_published": "alter table file_check drop lower",
        "expectation_is_a_sentence_key": """
            update file_check set expectation = 'line 4: J. Jansen'
            where expectation = 'one_therapist_a_day' and source_file = 'a.csv'
            """,
        "a_failure_tells_how_much": """
            insert into file_check
            select * replace ('another' as expectation, 'fail' as outcome, null as failed)
            from file_check where expectation = 'one_therapist_a_day' and source_file = 'b.csv'
            """,
        **{
            name: f"update file_check set outcome = 'fail' where expectation = '{name}'"
            for name in (
                "volume_like_the_files_before",
                "nothing_lost_since_the_file_before",
                "few_records_are_refused",
                "few_answers_are_refused",
                "few_records_repeat",
                "one_therapist_a_day",
                "sessions_in_order_of_time",
                "inside_its_episode",
                "measured_before_landing",
                "every_item_is_answered",
                "forms_are_complete",
                "reported_totals_agree",
                "mean_like_the_files_before",
                "few_forms_are_straight",
                "few_scores_at_an_end",
                "answers_use_their_range",
                "coding_of_answers_is_known",
            )
        },
    },
    "response": {
        "columns_as_published": "alter table response drop group_id",
        "value_is_there_or_means_unknown": """
            update response set value = null
            where patient_id = 'a2' and session_no = 1 and item = '1'
            """,
        "value_between_item_bounds": """
            update response set value = 4 where patient_id = 'a2' and session_no = 1 and item = '1'
            """,
        "reported_score_between_scale_bounds": """
            update response set value = 28 where item = 'total'
            """,
        "item_known_to_instrument": """
            insert into response select * replace ('10' as item) from response limit 1
            """,
        "measured_not_after_as_of": """
            update response set measured_at = '2026-06-02', has_artificial_date = true
            where patient_id = 'a2' and session_no = 1 and item = '1'
            """,
        "landed_not_after_known_at": """
            update response set landed_at = '2026-06-01 07:00' where item = 'total'
            """,
        "landed_not_before_measured": """
            update response set landed_at = '2026-05-03' where item = 'total'
            """,
        "measured_since_1980": """
            update response set measured_at = '1900-01-01'
            where patient_id = 'a2' and session_no = 1 and item = '1'
            """,
        "straight_lining_is_rare": """
            insert into response
            select response.* replace (patient.n as patient_id, 1 as value)
            from response, range(20) as patient (n)
            where response.patient_id = 'a2' and response.session_no = 1
            """,
    },
    "patient": {
        "columns_as_published": "alter table patient drop source_line",
        "born_before_the_day_of_the_data": """
            update patient set birth_year = 2027 where patient_id = 'a1'
            """,
    },
    "exported_episode": {
        "columns_as_published": "alter table exported_episode drop track",
        "ends_not_before_it_starts": """
            update exported_episode set started_on = '2025-12-16' where episode_id = 'a2-e'
            """,
        "ended_not_after_as_of": """
            update exported_episode set ended_on = '2026-06-02' where episode_id = 'a2-e'
            """,
        "an_end_has_its_reason": """
            insert into exported_episode
            select * replace ('new' as episode_id, null as end_reason)
            from exported_episode where episode_id = 'a2-e'
            """,
        # fifty episodes of which twenty started on one day
        "starts_are_spread_over_days": """
            insert into exported_episode
            select exported_episode.* replace (
                'new-' || n as episode_id,
                date '2026-01-01' + greatest(0, n - 19)::integer as started_on
            )
            from exported_episode, range(48) as episode (n)
            where exported_episode.episode_id = 'a1-e'
            """,
    },
    "appointment": {
        "columns_as_published": "alter table appointment alter minutes type double",
        "starts_not_after_as_of": """
            update appointment set starts_at = '2026-06-02' where starts_at > '2026-05-17'
            """,
        # twenty-five more of three weeks ago, of which ten are unknown
        "attendance_is_known_in_time": """
            insert into appointment
            select appointment.* replace (
                'new-' || n as patient_id, if(n < 10, null, true) as attended
            )
            from appointment, range(25) as visit (n)
            where appointment.starts_at = '2026-05-11 10:00'
            """,
        "most_appointments_are_attended": """
            insert into appointment
            select appointment.* replace ('new-' || n as patient_id)
            from appointment, range(20) as visit (n)
            where not appointment.attended
            """,
    },
    "therapy_group": {
        "columns_as_published": "alter table therapy_group drop name",
        "ends_not_before_it_starts": "update therapy_group set ended_on = '2026-01-04'",
        "does_not_last_for_ever": "update therapy_group set started_on = '0206-01-05'",
    },
    "therapist": {
        "columns_as_published": "alter table therapist drop source_line",
        "nobody_supervises_themselves": """
            update therapist set supervisor_id = 'ts' where therapist_id = 'ts'
            """,
        "who_is_in_training_has_a_supervisor": """
            update therapist set supervisor_id = null where therapist_id = 'ts'
            """,
        "not_everybody_is_in_training": """
            insert into therapist
            select therapist.* replace ('new-' || n as therapist_id, 'b' as clinic_id)
            from therapist, range(5) as person (n)
            where therapist.therapist_id = 'ts'
            """,
    },
    "non_response": {
        "columns_as_published": "alter table non_response drop source_line",
        "noted_not_after_as_of": "update non_response set noted_at = '2026-06-02'",
        "not_always_one_reason": """
            insert into non_response
            select non_response.* replace ('new-' || n as patient_id)
            from non_response, range(30) as reason (n)
            """,
    },
    "intake": {
        "columns_as_published": "alter table intake alter number type float",
        "a_number_is_its_value": "update intake set number = 615 where covariate = 'gaf'",
        # gaf is known of one in twenty
        "covariate_is_known_of_most": """
            insert into intake
            select intake.* replace ('new-' || n as patient_id)
            from intake, range(20) as patient (n)
            where intake.covariate = 'education'
            """,
        "covariate_tells_patients_apart": """
            insert into intake
            select intake.* replace (
                'new-' || n as patient_id,
                if(intake.covariate = 'gaf', n, null) as number,
                if(intake.covariate = 'gaf', n::varchar, intake.value) as value
            )
            from intake, range(30) as patient (n)
            """,
    },
    "placed_appointment": {
        "columns_as_published": "alter table placed_appointment drop group_id",
        "sessions_are_those_attended_so_far": """
            update placed_appointment set sessions_so_far = 3 where not attended
            """,
        "every_named_appointment_is_here": """
            update appointment set episode_id = 'elsewhere' where not attended
            """,
    },
    "planned_appointment": {
        "columns_as_published": "alter table planned_appointment drop therapist_id",
        "after_the_day_of_the_data": """
            update planned_appointment set starts_at = '2026-06-01 10:00'
            """,
        "within_two_years": "update planned_appointment set starts_at = '2062-06-08 10:00'",
    },
    "assessment": {
        "follow_up_comes_after_the_recorded_end": """
            update assessment set is_follow_up = true where assessment_id = 'a1-3'
            """,
        "measured_from_six_years_on": """
            update patient set birth_year = 2021 where patient_id = 'a1'
            """,
        "columns_as_published": "alter table assessment drop group_id",
        "one_form_per_moment": """
            insert into assessment
            select * replace ('new' as assessment_id, 4 as assessment_no)
            from assessment where assessment_id = 'a1-3'
            """,
        "numbered_in_order_of_time": """
            update assessment set assessment_no = 5 where assessment_id = 'a1-3'
            """,
        "sessions_in_order_of_time": """
            update assessment set session_no = 1 where assessment_id = 'b2-6'
            """,
        "belongs_to_an_episode": """
            update assessment set episode_id = 'elsewhere' where assessment_id = 'b1-5'
            """,
        "every_answered_form_is_here": "delete from assessment where assessment_id = 'a1-3'",
        "measured_not_after_as_of": """
            insert into assessment
            select * replace (
                'new' as assessment_id, 4 as assessment_no, timestamp '2026-06-02' as measured_at
            )
            from assessment where assessment_id = 'a1-3'
            """,
        "one_form_a_day": """
            insert into assessment
            select * replace (
                'new' as assessment_id,
                4 as assessment_no,
                timestamp '2026-05-18 15:00' as measured_at
            )
            from assessment where assessment_id = 'a1-3'
            """,
        "one_therapist_a_day": """
            insert into assessment
            select * replace (
                'new' as assessment_id,
                'ors' as instrument,
                1 as assessment_no,
                'tx' as therapist_id
            )
            from assessment where assessment_id = 'a1-3'
            """,
        "inside_its_episode": """
            update exported_episode set started_on = '2026-06-18' where episode_id = 'a1-e'
            """,
        # twenty forms a week until two weeks ago, then none
        "weekly_volume_is_steady": """
            insert into assessment
            select assessment.* replace (
                'new-' || form.n as assessment_id,
                null as session_no,
                'another-' || form.n as instrument,
                1 as assessment_no,
                timestamp '2026-05-18'
                - interval (form.n // 20 * 7) day - interval (form.n % 20) minute as measured_at
            )
            from assessment, range(260) as form (n)
            where assessment.assessment_id = 'a1-3'
            """,
    },
    "episode": {
        "columns_as_published": "alter table episode drop group_id",
        "starts_before_it_is_last_measured": """
            update episode set started_at = '2026-05-26' where episode_id = 'b2-e'
            """,
        "counts_and_last_date_match_its_forms": """
            update episode set assessments = 4 where episode_id = 'a1-e'
            """,
        "starts_and_ends_as_recorded": """
            update exported_episode set started_on = '2026-01-02' where episode_id = 'a1-e'
            """,
        "every_recorded_episode_is_here": """
            insert into exported_episode by name
            select 'a' as clinic_id, 'a9' as patient_id, 'a9-e' as episode_id,
                '2026-06-01' as started_on
            """,
        "gap_closes_the_episode": "update episode set is_closed = true where episode_id = 'b2-e'",
        "one_open_episode_made_from_gaps": """
            insert into episode
            select * replace ('new' as episode_id, 0 as assessments, null as last_measured_at)
            from episode where episode_id = 'b2-e'
            """,
    },
    "baseline": {
        "baseline_is_from_treatment": """
            update score set is_follow_up = true where assessment_id = 'a1-1'
            """,
        "a_course_that_is_measured_has_sessions": "update placed_appointment set attended = false",
        "columns_as_published": "alter table baseline alter baseline_score type float",
        "baseline_was_measured": """
            update baseline set baseline_score = 11 where patient_id = 'a1'
            """,
        "first_valid_one_is_the_first": """
            update baseline set baseline_at = '2026-05-11 10:00' where patient_id = 'b2'
            """,
        "series_without_sessions_has_a_baseline": """
            update assessment set session_no = null where patient_id = 'b1';
            delete from baseline where instrument = 'mean'
            """,
        # forty patients starting at 10 or 11 last year, forty at 20 or 21 last month
        "mean_baseline_is_steady": """
            insert into baseline
            select baseline.* replace (
                'new-' || patient.n as patient_id,
                if(patient.n < 40, 10, 20) + patient.n % 2 as baseline_score,
                if(patient.n < 40, timestamp '2025-09-01', timestamp '2026-05-01') as baseline_at
            )
            from baseline, range(80) as patient (n)
            where baseline.patient_id = 'a1';
            insert into score by name
            select
                patient_id,
                clinic_id,
                episode_id,
                instrument,
                scale,
                1 as session_no,
                baseline_at as measured_at,
                baseline_score as score
            from baseline where patient_id like 'new-%'
            """,
    },
    "score": {
        "columns_as_published": "alter table score drop group_id",
        "score_between_scale_bounds": """
            update score set score = 28, items_answered = null, items_missing = null,
                score_source = 'reported', reported_score = 28
            where assessment_id = 'a2-2'
            """,
        "scale_is_known": """
            insert into score select * replace ('other' as scale, null as baseline_score)
            from score where assessment_id = 'a1-1'
            """,
        "score_or_a_reason_why_not": """
            update score set no_score_reason = 'too_many_missing' where assessment_id = 'a1-2'
            """,
        "score_says_where_it_came_from": """
            update score set score_source = 'reported' where assessment_id = 'a1-2'
            """,
        "items_add_up_to_the_scale": """
            update score set items_missing = 1, prorated = true where assessment_id = 'a1-2'
            """,
        "enough_items_for_a_score": """
            update score set items_answered = 6, items_missing = 3, prorated = true
            where assessment_id = 'a1-2'
            """,
        "prorated_says_whether_items_are_missing": """
            update score set prorated = true where assessment_id = 'a1-2'
            """,
        "score_follows_from_its_answers": """
            update score set score = 13 where assessment_id = 'a1-2'
            """,
        "reported_score_agrees": """
            update score set reported_score = 11 where assessment_id = 'a1-1'
            """,
        "baseline_is_the_series_baseline": """
            update score set baseline_score = 11 where assessment_id = 'a1-2'
            """,
        "t_score_follows_from_its_population": """
            update score set t_score = 40 where assessment_id = 'b1-1'
            """,
        "comes_from_an_assessment": """
            insert into score select * replace ('new' as assessment_id)
            from score where assessment_id = 'a1-1'
            """,
        "every_assessment_is_scored": "delete from score where assessment_id = 'a1-2'",
        "most_forms_can_be_scored": """
            insert into score select score.* replace ('new-' || form.n as assessment_id)
            from score, range(20) as form (n) where assessment_id = 'b2-2';
            insert into assessment select assessment.* replace ('new-' || form.n as assessment_id)
            from assessment, range(20) as form (n) where assessment_id = 'b2-2'
            """,
        "few_scores_are_prorated": """
            insert into score select score.* replace ('new-' || form.n as assessment_id)
            from score, range(20) as form (n) where assessment_id = 'b2-3';
            insert into assessment select assessment.* replace ('new-' || form.n as assessment_id)
            from assessment, range(20) as form (n) where assessment_id = 'b2-3'
            """,
        "alliance_is_not_always_perfect": """
            insert into score select score.* replace (
                'new-' || form.n as assessment_id,
                40 as score,
                'reported' as score_source,
                40 as reported_score,
                null as items_answered,
                null as items_missing
            )
            from score, range(20) as form (n) where assessment_id = 'b1-4';
            insert into assessment select assessment.* replace ('new-' || form.n as assessment_id)
            from assessment, range(20) as form (n) where assessment_id = 'b1-4'
            """,
        "wellbeing_is_seldom_at_an_extreme": """
            insert into score select score.* replace (
                'new-' || form.n as assessment_id,
                if(form.n < 2, 0, 20) as score,
                'reported' as score_source,
                if(form.n < 2, 0, 20) as reported_score,
                if(form.n < 2, -10, 30) as t_score,
                null as items_answered,
                null as items_missing
            )
            from score, range(20) as form (n) where assessment_id = 'b1-2';
            insert into assessment select assessment.* replace ('new-' || form.n as assessment_id)
            from assessment, range(20) as form (n) where assessment_id = 'b1-2'
            """,
    },
    "yardstick": {
        "columns_as_published": "alter table yardstick alter threshold type float",
        "published_and_own_values_are_never_mixed": """
            update yardstick set scope = 'local' where instrument = 'mean'
            """,
        "published_values_are_the_instruments": """
            update yardstick set cutoff = 24 where instrument = 'ors'
            """,
        "direction_is_the_instruments": """
            update yardstick set direction = -1 where instrument = 'ors'
            """,
        "computed_points_follow_from_their_constants": """
            update yardstick set threshold = 11 where instrument = 'mean'
            """,
        "either_a_threshold_or_what_is_missing": """
            update yardstick set missing = null where instrument = 'srs'
            """,
        "every_series_has_a_yardstick": "delete from yardstick where instrument = 'ors'",
    },
    "talking_therapies": {
        "columns_as_published": "alter table talking_therapies alter anxiety_latest type float",
        "nothing_is_said_without_both_measures": """
            update talking_therapies set recovery = false where patient_id = 'b9'
            """,
        "who_recovers_was_a_case": """
            update talking_therapies set is_case_at_start = false where patient_id = 'a2'
            """,
        "one_verdict_at_most": """
            update talking_therapies set mixed = true where patient_id = 'a2'
            """,
        "reliable_recovery_is_both": """
            update talking_therapies set reliable_recovery = false where patient_id = 'a2'
            """,
        "scores_are_those_of_the_change": """
            update talking_therapies set depression_latest = 7 where patient_id = 'a2'
            """,
    },
    "agreement": {
        "columns_as_published": "alter table agreement alter unchanged_on type varchar",
        "disagrees_as_its_lists_say": "update agreement set disagrees = false",
        "there_is_something_to_compare": """
            insert into agreement values ('a', 'a2', 'a2-e', ['PHQ-9'], [], [], false)
            """,
        "every_contradiction_is_told": """
            insert into change
            select * replace ('phq-9' as instrument, 'deteriorated' as class)
            from change
            where patient_id = 'b1' and instrument = 'ors'
            """,
    },
    "growth_model": {
        "columns_as_published": "alter table growth_model drop centre",
        "either_a_course_or_why_there_is_none": """
            update growth_model set refused = 'no_fit' where clinic_id = 'a'
            """,
        "rests_on_enough_episodes": """
            update growth_model set population = 'clinic' where clinic_id = 'b' and model = 'm1'
            """,
        "variances_are_possible": """
            update growth_model set intercept_time_covariance = -3 where clinic_id = 'a'
            """,
        "fitted_to_the_past_alone": """
            update growth_model set fitted_until = '2026-04-01' where clinic_id = 'a'
            """,
        "every_followed_scale_was_considered": """
            delete from growth_model where clinic_id = 'a'
            """,
    },
    "mixed_model": {
        "columns_as_published": "alter table mixed_model drop reml",
        "variances_are_not_below_0": """
            update mixed_model set estimate = -1 where term like '%var(%'
            """,
        "more_observations_than_groups": "update mixed_model set n_groups = 3000",
        "agrees_with_the_course_in_force": "update growth_model set residual_sd = 2.4",
    },
    "risk_model": {
        "columns_as_published": "alter table risk_model drop gain_upper",
        "recalibrated_on_enough_events": "update risk_model set events = 19",
        "proposed_only_where_it_beats_the_raw_change": "update risk_model set gain_lower = -0.01",
        "an_auc_is_a_share": "update risk_model set auc = 1.1",
    },
    "course": {
        "columns_as_published": "alter table course alter expected type float",
        "bands_lie_within_each_other_and_the_scale": """
            update course set upper68 = 22 where assessment_id = 'a2-2'
            """,
        "off_course_is_beyond_the_band_on_the_worse_side": """
            update course set off_course = 'red' where assessment_id = 'a1-2'
            """,
        "probabilities_are_shares": """
            update course set p_improvement = 1.2 where assessment_id = 'a1-2'
            """,
        "fitted_to_the_past_alone": "update course set fitted_until = '2026-06-01'",
        "every_score_has_its_place": "delete from course where assessment_id = 'b2-5'",
    },
    "signal_accuracy": {
        "columns_as_published": "alter table signal_accuracy drop median_lead_sessions",
        "small_numbers_are_withheld": "update signal_accuracy set events = 4",
        "shares_are_shares": "update signal_accuracy set ppv = 1.5 where cohort = 'all'",
        "simulated_as_the_home_is": "update signal_accuracy set simulated = false",
    },
    "rule_rate": {
        "columns_as_published": "alter table rule_rate alter fired type bigint",
        "rates_follow_from_their_counts": "update rule_rate set fired = 170",
    },
    "sudden_change": {
        "columns_as_published": "alter table sudden_change alter score type float",
        "a_gain_is_for_the_better": "update sudden_change set kind = 'sudden_loss'",
        "large_enough_and_more_than_chance": "update sudden_change set pooled_sd = 3",
        "both_ends_were_measured": "update sudden_change set score = 5",
    },
    "change": {
        "columns_as_published": "alter table change alter reliable_change_points type float",
        "baseline_is_the_series_baseline": """
            update change set baseline = 21 where instrument = 'ors'
            """,
        "latest_is_the_last_score": "update change set latest = 31 where instrument = 'ors'",
        "thresholds_are_those_of_the_yardstick": """
            update change set cutoff = 24 where instrument = 'ors'
            """,
        "class_agrees_with_the_index": """
            update change set class = 'unchanged' where method = 'EN'
            """,
        "crossed_without_reliable_change_is_both": """
            update change set crossed_without_reliable_change = true where patient_id = 'b2'
            """,
        "rci_is_the_change_in_units_of_its_error": """
            update change set rci = 1 where patient_id = 'a1' and method = 'JT'
            """,
        "class_wherever_reliable_change_is_known": """
            update change set class = null where patient_id = 'b2'
            """,
        "class_agrees_with_points_and_direction": """
            update change set class = 'unchanged' where patient_id = 'a1' and method = 'JT'
            """,
        "recovered_starts_clinical_and_ends_functional": """
            update change set class = 'improved' where patient_id = 'a2'
            """,
        "harmed_starts_functional_and_ends_clinical": """
            update change set harmed = true where patient_id = 'a1' and method = 'JT'
            """,
        "case_at_start_agrees_with_cutoff": """
            update change set is_case_at_start = false
            where patient_id = 'a1' and method = 'JT'
            """,
        "crossed_cutoff_agrees_with_both_ends": """
            update change set crossed_cutoff = false where patient_id = 'a2'
            """,
        "closed_as_its_episode": "update change set is_closed = true where patient_id = 'a1'",
        "deterioration_stays_the_exception": """
            insert into baseline select baseline.* replace (patient.n as patient_id)
            from baseline, range(50) as patient (n) where baseline.patient_id = 'a1';
            insert into change select change.* replace (patient.n as patient_id, true as is_closed)
            from change, range(50) as patient (n) where change.patient_id = 'a1'
            """,
    },
    "signal": {
        "fires_during_treatment_only": """
            update score set is_follow_up = true where assessment_id = 'a1-3'
            """,
        "columns_as_published": "alter table signal drop group_id",
        "level_belongs_to_kind": "update signal set level = 'amber' where signal_id = 's2'",
        "fires_once_per_assessment": """
            insert into signal select * replace ('new' as signal_id)
            from signal where signal_id = 's3'
            """,
        "rests_on_a_score": "update signal set score = 33 where signal_id = 's2'",
        "reliable_deterioration_reaches_the_points": """
            insert into signal select * replace (
                'new' as signal_id,
                'reliable_deterioration' as kind,
                'red' as level,
                '{"key":"reliable_deterioration"}' as reason
            )
            from signal where signal_id = 's3'
            """,
        "change_is_judged_on_the_main_scale": """
            update instrument_scale set is_main = false where instrument = 'phq-9';
            insert into instrument_scale (instrument, scale, is_main)
            values ('phq-9', 'part', true)
            """,
        "every_reliable_deterioration_is_signalled": "delete from signal where signal_id = 's1'",
        "no_reliable_improvement_is_true": """
            insert into signal by name
            select
                'new' as signal_id,
                clinic_id,
                patient_id,
                episode_id,
                instrument,
                scale,
                measured_at,
                score,
                baseline_score,
                4 as session_no,
                'no_reliable_improvement' as kind,
                'info' as level,
                '{"key":"no_reliable_improvement"}' as reason
            from score where assessment_id = 'b1-2'
            """,
        "no_reliable_improvement_turns_amber_in_time": """
            update signal set level = 'amber' where signal_id = 's3'
            """,
        "low_alliance_is_below_the_line": """
            insert into signal select * replace (
                'new' as signal_id, 36 as score, timestamp '2026-03-18 10:00' as measured_at
            )
            from signal where signal_id = 's2'
            """,
        "names_what_was_measured": "update signal set instrument = null where signal_id = 's2'",
        "off_course_is_beyond_its_bound": """
            insert into signal by name
            select
                'new' as signal_id, clinic_id, patient_id, episode_id, instrument, scale,
                measured_at, score, baseline_score, 'off_course' as kind, 'red' as level,
                '{"key":"off_course"}' as reason
            from score where assessment_id = 'b1-2'
            """,
        "predicted_risk_has_an_owner": """
            insert into signal by name
            select
                'new' as signal_id, clinic_id, patient_id, episode_id, instrument, scale,
                measured_at, score, baseline_score, 'high_predicted_risk' as kind,
                'amber' as level, '{"key":"high_predicted_risk"}' as reason
            from score where assessment_id = 'b1-2'
            """,
        "review_is_due": """
            insert into signal by name
            select
                'new' as signal_id, clinic_id, patient_id, episode_id, instrument, scale,
                measured_at, score, baseline_score, 2 as session_no, 'treatment_review' as kind,
                'amber' as level, '{"key":"treatment_review"}' as reason
            from score where assessment_id = 'b1-2'
            """,
        "drop_out_is_told_of_a_course_that_went_on": """
            insert into signal by name
            select
                'new' as signal_id, clinic_id, patient_id, episode_id, 'drop_out_risk' as kind,
                'amber' as level, timestamp '2026-02-15' as measured_at,
                '{"key":"drop_out_risk"}' as reason
            from episode where patient_id = 'a2'
            """,
        "ending_is_not_raised_beside_a_risk": """
            insert into signal select * replace (
                'new' as signal_id,
                'functional_twice' as kind,
                'info' as level,
                '{"key":"functional_twice"}' as reason
            )
            from signal where signal_id = 's1'
            """,
        "reason_is_about_this_kind": """
            update signal set reason = '{"key":"low_alliance"}' where signal_id = 's1'
            """,
    },
    "information": {
        "columns_as_published": "alter table information drop scale",
        "is_a_signal": "update information set signal_id = 's3'",
        "ending_is_not_raised_while_a_risk_is_open": """
            insert into signal select * replace (
                'new' as signal_id, 'functional_twice' as kind, 'info' as level,
                timestamp '2026-05-10' as measured_at, '{"key":"functional_twice"}' as reason
            )
            from signal where signal_id = 's1';
            insert into information
            select
                signal_id, clinic_id, patient_id, therapist_id, episode_id, kind, instrument,
                scale, measured_at, reason
            from signal where signal_id = 'new'
            """,
    },
    "alert_rate": {
        "columns_as_published": "alter table alert_rate alter alarmed type integer",
        "a_part_of_the_running_episodes": "update alert_rate set alarmed = 9 where alarmed = 2",
        "frequent_as_the_setting_says": "update alert_rate set alarmed_pct = 30 where alarmed = 2",
        "no_kind_alarms_in_many_episodes": """
            update alert_rate set alarmed = 3, alarmed_pct = 37.5, is_frequent = true
            where alarmed = 2
            """,
    },
    "critical": {
        "columns_as_published": "alter table critical drop group_id",
        "one_row_per_answer": """
            insert into critical select * replace ('new' as signal_id) from critical
            """,
        "item_is_a_critical_one": "update critical set item = '7'",
        "value_reaches_the_threshold": "update critical set value = 0",
        "domain_is_the_items": "update critical set domain = 'violence'",
        "measured_not_after_as_of": "update critical set measured_at = '2062-05-18'",
        "reason_is_about_a_critical_item": "update critical set reason = 'not json'",
    },
    "alert": {
        "columns_as_published": "alter table alert drop outcome_after_4_sessions",
        "names_its_patient": """
            insert into alert select * replace ('new' as alert_id, null as patient_id)
            from alert where alert_id = 'l3'
            """,
        "opened_before_closed": "update alert set closed_at = '2026-05-24' where alert_id = 'l3'",
        "opened_before_last_signal": """
            insert into alert select * replace (
                'new' as alert_id, timestamp '2026-05-25 11:00' as opened_at
            )
            from alert where alert_id = 'l3'
            """,
        "opened_before_seen_and_answered": """
            update alert set seen_at = '2026-05-17' where alert_id = 'l2'
            """,
        "opened_not_after_as_of": """
            insert into alert select * replace (
                'new' as alert_id,
                timestamp '2026-06-02' as opened_at,
                timestamp '2026-06-02' as last_signal_at,
                true as withdrawn
            )
            from alert where alert_id = 'l1'
            """,
        "closed_with_a_reason": """
            update alert set closed_reason = 'on_track' where alert_id = 'l1'
            """,
        "answered_with_an_action": "update alert set action = null where alert_id = 'l3'",
        "closed_as_answered_was_answered": """
            update alert set answered_at = null, action = null where alert_id = 'l3'
            """,
        "one_open_per_episode_and_kind": """
            insert into alert select * replace ('new' as alert_id)
            from alert where alert_id = 'l1'
            """,
        "rests_on_a_signal": """
            update alert set last_signal_at = '2026-05-20' where alert_id = 'l1'
            """,
        "recent_red_and_amber_signals_have_an_alert": "delete from alert where alert_id = 'l1'",
        "critical_answers_have_an_alert": """
            insert into critical
            select * replace ('new' as signal_id, 'violence' as domain, '8' as item, 3 as value)
            from critical
            """,
        "critical_alerts_name_their_domain": """
            insert into alert select * replace ('new' as alert_id, 'self_harm' as domain)
            from alert where alert_id = 'l1'
            """,
        "only_an_answer_ends_a_critical_alert": """
            update alert set closed_at = '2026-06-01', closed_reason = 'on_track'
            where alert_id = 'l2'
            """,
        "unanswered_critical_alerts_go_to_the_deputy": """
            update alert set escalated_at = null, escalated_to = null where alert_id = 'l2'
            """,
        "reason_is_about_this_kind": """
            update alert set reason = '{"key":"critical_item"}' where alert_id = 'l1'
            """,
    },
    "alert_list": {
        "columns_as_published": "alter table alert_list drop scale",
        "names_its_patient": "update alert_list set patient_id = null where alert_id = 'l1'",
        "next_step_fits_kind": """
            update alert_list set next_step = 'review_no_progress' where alert_id = 'l2'
            """,
        "critical_answers_stand_apart": """
            update alert_list set section = 'critical' where alert_id = 'l1'
            """,
        "critical_answers_come_first": """
            update alert_list set sort_order = 3 where alert_id = 'l2'
            """,
        "what_went_to_the_deputy_comes_first": """
            insert into alert select * replace ('new' as alert_id) from alert where alert_id = 'l2';
            insert into alert_list
            select * replace ('new' as alert_id, 0 as sort_order, null as escalated_at)
            from alert_list where alert_id = 'l2'
            """,
        "one_place_per_alert": "update alert_list set sort_order = 2 where alert_id = 'l4'",
        "days_open_counted_to_as_of": "update alert_list set days_open = 3 where alert_id = 'l1'",
        "is_an_alert": """
            insert into alert_list select * replace ('new' as alert_id, 9 as sort_order)
            from alert_list where alert_id = 'l1'
            """,
        "every_open_alert_is_listed": "delete from alert_list where alert_id = 'l1'",
        "nothing_that_closed_long_ago": """
            update alert set closed_at = '2026-05-24' where alert_id = 'l3'
            """,
    },
    "overdue": {
        "columns_as_published": "alter table overdue drop therapist_id",
        "longer_ago_than_the_setting": "update setting set value = '62' where section = 'overdue'",
        "days_counted_to_as_of": "update overdue set days_since = 60",
        "episode_is_running": "update episode set is_closed = true where episode_id = 'b1-e'",
        "open_alert_is_flagged": "update overdue set has_open_alert = true",
        "every_overdue_episode_is_listed": """
            update setting set value = '10' where section = 'overdue'
            """,
    },
    "last_week_alert": {
        "columns_as_published": "alter table last_week_alert alter alerts type integer",
        "every_alert_became_something": """
            update last_week_alert set still_open = 0 where kind = 'critical_item'
            """,
        "acted_on_was_answered": """
            update last_week_alert set acted_on = 1 where kind = 'critical_item'
            """,
    },
    "outcome": {
        "columns_as_published": "alter table outcome alter numerator type integer",
        "numerator_within_denominator": """
            update outcome set numerator = 2 where counted = 'highest' and class = 'improved'
            """,
        "classes_add_up": """
            update outcome set numerator = 1 where counted = 'paired' and class = 'improved'
            """,
        "value_within_its_interval": """
            update outcome set upper = 0.9 where counted = 'paired' and class = 'recovered'
            """,
        "lowest_below_highest": """
            update outcome set numerator = 1 where counted = 'lowest' and class = 'improved'
            """,
    },
    "alliance_figure": {
        "columns_as_published": "alter table alliance_figure drop restored",
        "patients_within_forms": "update alliance_figure set patients = 1 where clinic_id = 'a'",
        "open_alerts_count_their_list": "update alliance_figure set open_alerts = 1",
    },
    "group_figure": {
        "columns_as_published": "alter table group_figure drop name",
        "attended_within_appointments": "update group_figure set attended = 25",
        "mean_of_five_or_more": "update group_figure set measured_this_week = 4",
    },
    "summary_figure": {
        "columns_as_published": "alter table summary_figure alter value type float",
        "numerator_within_denominator": """
            update summary_figure set denominator = 0 where figure = 'reliably_better'
            """,
        "few_people_are_marked": """
            update summary_figure set is_small = false where unit = 'service'
            """,
        "small_clinics_stay_hidden": """
            update summary_figure set is_shown = true where clinic_id = 'b'
            """,
    },
    "clinic_figure": {
        "columns_as_published": "alter table clinic_figure alter numerator type integer",
        "numerator_within_denominator": """
            update clinic_figure set denominator = 0
            where clinic_id = 'b' and figure = 'patients_measured_this_week'
            """,
        "change_classes_add_up": """
            update clinic_figure set numerator = 0
            where clinic_id = 'a' and figure = 'change_recovered'
            """,
        "overdue_counts_its_list": """
            update clinic_figure set numerator = 2 where clinic_id = 'b' and figure = 'overdue'
            """,
        "critical_open_counts_its_alerts": """
            update clinic_figure set numerator = 0 where figure = 'critical_open'
            """,
        "patients_measured_within_assessments": """
            update clinic_figure set numerator = 1
            where clinic_id = 'a' and figure = 'patients_measured_this_week'
            """,
        "same_figures_for_every_clinic": """
            delete from clinic_figure where clinic_id = 'b' and figure = 'alerts_new'
            """,
    },
    "data_quality": {
        "columns_as_published": "alter table data_quality alter cells_rejected type double",
        "every_record_accounted_for": """
            update data_quality set rows_in = 7 where source_file = 'a.csv'
            """,
        "every_rejection_has_a_class": """
            update data_quality set rejected_conflict = 2 where source_file = 'b.csv'
            """,
        "too_many_errors_hold_a_file_back": """
            update data_quality set rejected_error = 1, rejected_conflict = 0
            where source_file = 'b.csv'
            """,
        "note_is_a_sentence_key": """
            update data_quality set note = 'line 4: J. Jansen' where source_file = 'b.csv'
            """,
    },
    "receipt": {
        "columns_as_published": "alter table receipt alter cells_rejected type double",
        "sha256_is_one": "update receipt set sha256 = repeat('c', 63) where name = 'late.csv'",
        "every_record_accounted_for": "update receipt set rows_in = 7 where name = 'a.csv'",
        "every_rejection_has_a_class": """
            update receipt set rejected_conflict = 2 where name = 'b.csv'
            """,
        "held_back_file_is_not_used": "update receipt set held_back = true where name = 'a.csv'",
        "every_landed_file_has_a_receipt": "delete from receipt where name = 'a.csv'",
        "landed_not_after_known_at": """
            update receipt set landed_at = '2026-06-02' where name = 'b.csv'
            """,
    },
    "therapist_run": {
        "columns_as_published": "alter table therapist_run drop known_at",
    },
    "therapist_effect": {
        "columns_as_published": "alter table therapist_effect alter n_shared type bigint",
        "figures_stand_only_where_they_may_be_shown": """
            update therapist_effect set estimate = 0.4 where therapist_id = 't3'
            """,
        "intervals_hold_their_estimate": """
            update therapist_effect set estimate = 3 where therapist_id = 't1'
            """,
        "distinguishable_where_the_interval_leaves_out_0": """
            update therapist_effect set distinguishable = false where therapist_id = 't1'
            """,
        "shared_episodes_are_own_ones": """
            update therapist_effect set n_shared = 42 where therapist_id = 't1'
            """,
        "one_primary_instrument": "update therapist_effect set is_primary = true",
    },
    "therapist_share": {
        "columns_as_published": "alter table therapist_share drop between_sd_sd",
        "shares_lie_in_their_intervals": """
            update therapist_share set share = 0.2 where severity = '+1 SD'
            """,
        "no_model_has_no_figures": """
            update therapist_share set between_sd = 1 where instrument = 'ors'
            """,
    },
    "therapist_effect_sensitivity": {
        "columns_as_published": "alter table therapist_effect_sensitivity drop n_episodes",
        "figures_are_possible": "update therapist_effect_sensitivity set share_at_mean = 1.2",
    },
    "case_mix": {
        "columns_as_published": "alter table case_mix alter missing type double",
        "used_and_why_agree": "update case_mix set used = true where covariate = 'age'",
        "missing_are_among_the_episodes": "update case_mix set missing = 901 where used",
        "what_happened_in_treatment_is_never_adjusted_for": """
            update case_mix set covariate = 'sessions_attended' where used
            """,
    },
    "therapist_view": {
        "columns_as_published": "alter table therapist_view drop half_by_session",
        "all_are_marked_as_secondary": """
            update therapist_view set is_secondary = false where therapist_id = 't2'
            """,
        "only_of_whom_the_minimums_allow": """
            update therapist_view set view = 'drop_out' where therapist_id = 't2'
            """,
        "values_lie_in_their_intervals": """
            update therapist_view set value = 0.6 where view = 'half'
            """,
    },
    "closed_course": {
        "columns_as_published": "alter table closed_course drop n_sessions",
        "shares_of_an_episode_add_up_to_1": """
            update closed_course set share = 0.5 where therapist_id = 't2'
            """,
        "expectation_and_distance_go_together": """
            update closed_course set distance = 0.1 where therapist_id = 't3'
            """,
        "none_is_implausibly_far_from_expectation": """
            update closed_course set distance = -9 where therapist_id = 't2'
            """,
    },
    "own_alert_outcome": {
        "columns_as_published": "alter table own_alert_outcome alter answered type bigint",
        "parts_are_within_the_whole": """
            update own_alert_outcome set back_on_course = 3 where action = 'discussed'
            """,
    },
    "indicator_definition": {
        "columns_as_published": "alter table indicator_definition drop is_historical",
        "outcomes_by_quarter_at_most": """
            update indicator_definition set finest = 'month' where is_outcome
            """,
    },
    "quality_unit": {
        "columns_as_published": "alter table quality_unit drop team_id",
        "five_therapists_and_none_above_half": """
            update quality_unit set therapists = 4 where unit = 'service'
            """,
        "what_is_hidden_says_why": """
            update quality_unit set is_shown = false
            where unit = 'service' and quarter = '2026-01-01'
            """,
        "no_clinic_goes_on_under_another_name": """
            insert into episode
            select episode.* replace (
                name as clinic_id, 'q' || n as patient_id, name || n as episode_id,
                't' || n as therapist_id, started as started_at,
                started + interval 20 day as last_measured_at
            )
            from episode
            cross join (
                values ('old', timestamp '2025-01-01'), ('new', timestamp '2025-02-01')
            ) as clinic (name, started)
            cross join range(3) as people (n)
            where patient_id = 'a2'
            """,
    },
    "indicator": {
        "columns_as_published": "alter table indicator drop clinic_id",
        "nothing_counted_is_no_zero": """
            update indicator set denominator = 0 where period = '2026-01-01'
            """,
        "share_is_its_counts": "update indicator set value = 0.5 where period = '2026-01-01'",
        "only_units_that_are_large_enough": """
            update indicator set unit_kind = 'clinic', unit = 'b'
            """,
        "limits_of_complete_periods_only": "update indicator set is_complete = false",
        "limits_around_the_centre": """
            update indicator set lower = 0.6 where period = '2026-01-01'
            """,
        "outcomes_by_quarter_at_most": """
            insert into indicator
            select * replace ('month' as period_kind) from indicator where period = '2026-01-01'
            """,
        "no_period_is_left_out": "delete from indicator where period = '2026-01-01'",
    },
    "indicator_absence": {
        "columns_as_published": "alter table indicator_absence drop clinic_id",
        "nothing_is_absent_and_there": """
            update indicator_absence set indicator = 'reliable_improvement'
            """,
    },
    "funnel": {
        "columns_as_published": "alter table funnel drop phi",
        "value_is_its_counts": "update funnel set value = 0.7 where unit = 'a'",
        "wide_limits_hold_the_narrow": "update funnel set lower998 = 0.65 where unit = 'a'",
        "never_fewer_than_three_units": "delete from funnel where unit = 'a'",
    },
    "missing_outcome": {
        "columns_as_published": "alter table missing_outcome drop clinic_id",
        "bounds_hold_the_others": """
            update missing_outcome set imputed_value = 0.3 where not_imputed = 0
            """,
        "missing_is_imputed_or_not": "update missing_outcome set imputed = 3",
    },
    "shown_indicator": {
        "columns_as_published": "alter table shown_indicator drop rules",
        "no_small_count": "update shown_indicator set numerator = 2 where is_complete",
        "no_small_rest": "update shown_indicator set numerator = 22 where is_complete",
        "no_value_without_its_counts": """
            update shown_indicator set numerator = null where is_complete
            """,
        "only_what_cannot_change": """
            update shown_indicator set denominator = 9 where not is_complete
            """,
    },
    "shown_funnel": {
        "columns_as_published": "alter table shown_funnel drop phi",
        "no_small_count": "update shown_funnel set numerator = 22",
    },
    "shown_indicator_alert": {
        "columns_as_published": "alter table shown_indicator_alert drop clinic_id",
        "of_what_is_shown": "update shown_indicator_alert set value = 0.5",
        "every_signal_of_the_last_quarter_is_told": """
            insert into shown_indicator
            select * replace ('deterioration' as indicator, 'quarter' as period_kind)
            from shown_indicator
            where is_complete
            """,
    },
    "shown_missing_outcome": {
        "columns_as_published": "alter table shown_missing_outcome drop clinic_id",
        "no_small_count": "update shown_missing_outcome set missing = 3 where not is_withheld",
        "nothing_of_what_is_withheld": """
            update shown_missing_outcome set paired_value = 0.5 where is_withheld
            """,
    },
    "shown_loop_audit": {
        "columns_as_published": "alter table shown_loop_audit drop clinic_id",
        "no_small_count": "update shown_loop_audit set seen = 28",
    },
    "shown_file": {
        "columns_as_published": "alter table shown_file drop failed",
        "no_small_count": "update shown_file set records = 3",
    },
    "loop_audit": {
        "columns_as_published": "alter table loop_audit drop clinic_id",
        "parts_of_the_alerts": "update loop_audit set acted_on = 7",
    },
    "file_history": {
        "columns_as_published": "alter table file_history drop mean_shift",
        "rejected_within_records": "update file_history set rejected = 101",
        "volume_does_not_drift": "update file_history set volume_drift = -7",
    },
    "source_delivery": {
        "columns_as_published": "alter table source_delivery drop days_since",
        "last_not_before_first": "update source_delivery set first_on = '2026-06-02'",
        "no_source_has_stopped": "update source_delivery set has_stopped = true",
    },
    "check_history": {
        "columns_as_published": "alter table check_history drop checked",
        "only_runs_that_knew_less": "update check_history set known_at = '2026-06-01 06:00'",
        "since_when_it_fails_and_only_then": """
            update check_history set failing_since = null where outcome = 'fail'
            """,
    },
    "file_check_history": {
        "columns_as_published": "alter table file_check_history drop checked",
        "since_no_later_than_the_run": "update file_check_history set failing_since = '2026-06-08'",
    },
}
