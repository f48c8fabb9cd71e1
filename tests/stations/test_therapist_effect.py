"""What is computed about therapists: minimums, direction, case mix, shared episodes, alerts."""

from pathlib import Path

import numpy as np
import pytest

from tests.stations.treated import Service

EFFECTS = [-2.5, -1, -0.5, -0.5, 0, 0, 0, 0.5, 0.5, 1, 2.5]


@pytest.fixture(autouse=True)
def _few_replicates(monkeypatch: pytest.MonkeyPatch) -> None:
    """How wide intervals must be is held by tests of statistics."""
    monkeypatch.setattr("flows.statistics.therapist_effect.MOST_REPLICATES", 10)


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


def test_nothing_counts_and_estimate_by_the_number_of_closed_episodes(service: Service) -> None:
    """30, 29, 10 and 9 episodes beside ten others with 30; a running one does not count."""
    service.caseloads([0.0] * 10, 30)
    for therapist, count in (("x30", 30), ("x29", 29), ("x10", 10), ("x09", 9)):
        for number in range(count):
            service.episode(therapist, 15, 5 + number % 7)
    service.episode("x29", closed=False)
    service.episode("x09", closed=False)
    found = {
        name: (n, shown, reason, estimate is None)
        for name, n, shown, reason, estimate in service.judged().rows("""
            select therapist_id, n_episodes, shown, reason, estimate from therapist_effect
        """)
    }
    assert found["x30"] == (30, "estimate", "shown", False)
    assert found["x29"] == (29, "counts", "counts_only", True)
    assert found["x10"] == (10, "counts", "counts_only", True)
    assert found["x09"] == (9, "nothing", "few_episodes", True)


def test_no_model_with_fewer_than_ten_therapists_who_have_thirty(service: Service) -> None:
    service.caseloads([0.0] * 9, 30)
    judged = service.judged()
    assert judged.rows("select distinct shown, reason, estimate from therapist_effect") == [
        ("counts", "few_therapists", None)
    ]
    assert judged.rows("select distinct refused, share from therapist_share") == [
        ("few_therapists", None)
    ]
    assert set(judged.rows("select distinct view from therapist_view")) == {("class",), ("year",)}


def test_higher_is_better_for_symptoms_and_for_wellbeing(service: Service) -> None:
    """The same therapist is best in both: 6 points fewer symptoms, 6 more of wellbeing."""
    rng = np.random.default_rng(1)
    for number in range(10):
        for _ in range(30):
            good = 6 if number == 4 else 0
            service.episode(f"t{number}", 16 + number % 3, 12 - good + rng.normal(0, 2))
            service.episode(
                f"t{number}", 16 - number % 3, 22 + good + rng.normal(0, 2), instrument="ors"
            )
    judged = service.judged()
    best = judged.rows("""
        select instrument, therapist_id, distinguishable, lower > 0
        from therapist_effect
        qualify row_number() over (partition by instrument order by estimate desc) = 1
        order by instrument
    """)
    assert best == [("ors", "t4", True, True), ("phq-9", "t4", True, True)]
    worse = "select count(*) from closed_course where therapist_id = 't4' and distance < 0"
    assert judged.rows(worse)[0][0] < 6


def test_estimates_follow_the_truth_and_stand_between_it_and_the_mean(service: Service) -> None:
    service.caseloads(EFFECTS, 40)
    judged = service.judged()
    found = judged.rows("""
        select estimate, lower, upper, estimate_sd
        from therapist_effect
        order by therapist_id
    """)
    estimates = np.array([row[0] for row in found])
    assert np.corrcoef(estimates, EFFECTS)[0, 1] > 0.85
    courses = np.array(
        judged.rows("select substr(therapist_id, 2)::integer, baseline, last from closed_course")
    )
    line = np.polynomial.Polynomial.fit(courses[:, 1], courses[:, 2], 2)
    rest = line(courses[:, 1]) - courses[:, 2]
    own = np.array([rest[courses[:, 0] == number].mean() for number in range(len(EFFECTS))])
    assert (np.abs(estimates) < np.abs(own) + 0.25).all(), "nearer to the mean than the own mean"
    held = sum(low <= true <= high for (_, low, high, _), true in zip(found, EFFECTS, strict=True))
    assert held >= 10
    ratio = {round(row[0] / row[3], 6) for row in found if abs(row[3]) > 1e-6}
    assert len(ratio) == 1, "one SD, that of the scores at the start"
    (sd,) = judged.rows("select any_value(baseline_sd) from therapist_share")[0]
    assert ratio.pop() == pytest.approx(sd, rel=1e-5)


def test_questionnaires_that_a_clinician_fills_in_never_enter(service: Service) -> None:
    service.caseloads([0.0] * 10, 30)
    for number in range(300):
        service.episode(f"t{number % 10:02d}", instrument="ham-d")
        service.episode(f"t{number % 10:02d}", instrument="srs")
    assert service.judged().rows("select distinct instrument from therapist_effect") == [("phq-9",)]


def test_an_episode_is_shared_by_the_sessions_that_were_held(service: Service) -> None:
    """Six sessions with the first, three with the second, one with somebody in their place."""
    patient = service.episode({"one": 6, "two": 3, "three": 1})
    service.episode("one")
    judged = service.judged()
    shares = judged.rows(f"""
        select therapist_id, share from closed_course where patient_id = '{patient}' order by 1
    """)
    assert shares == [("one", 0.6), ("three", 0.1), ("two", 0.3)]
    counts = judged.rows("""
        select therapist_id, n_episodes, n_shared, weighed_episodes
        from therapist_effect
        order by 1
    """)
    assert counts == [("one", 2, 1, 1.6), ("three", 1, 1, 0.1), ("two", 1, 1, 0.3)]
    assert judged.rows("select distinct n_shared from therapist_share") == [(1,)]


def test_attended_appointments_go_before_measurements(service: Service) -> None:
    patient = service.episode({"one": 9, "two": 1})
    for day, name in ((5, "one"), (12, "two"), (19, "two"), (26, "two")):
        service.execute(f"""
            insert into placed_appointment
            values ('a', '{patient}', 'e', '{name}', '2026-01-{day:02d} 10:00', true, 4)
        """)
    shares = service.judged().rows("select therapist_id, share from closed_course order by 1")
    assert shares == [("one", 0.25), ("two", 0.75)]


def test_which_covariates_were_used_and_why_not(service: Service) -> None:
    """Sex of all, diagnosis of most, work of few, setting alike in all; nobody has an age."""
    service.caseloads([0.0] * 10, 30)
    service.execute("""
        insert into patient
        select clinic_id, patient_id, null, if(hash(patient_id) % 3 = 0, 'male', 'female')
        from episode;
        insert into intake
        select clinic_id, patient_id, null, 'diagnosis_group',
            if(patient_id < 'p00150', 'anxiety', 'depression'), null
        from episode where patient_id > 'p00030';
        insert into intake
        select clinic_id, patient_id, null, 'employment', 'yes', null
        from episode where patient_id > 'p00200';
        insert into intake
        select clinic_id, patient_id, null, 'setting', 'day clinic', null from episode
    """)
    found = service.judged().rows("""
        select covariate, used, missing, why from case_mix order by covariate
    """)
    told = {name: (used, missing, why) for name, used, missing, why in found}
    assert told["baseline"] == (True, 0, "used")
    assert told["sex"] == (True, 0, "used")
    assert told["diagnosis_group"] == (True, 30, "used")
    assert told["employment"] == (False, 200, "missing_too_often")
    assert told["setting"] == (False, 0, "all_alike")
    assert told["age"] == (False, 300, "not_in_any_export")
    assert not {name for name in told if "session" in name or "drop" in name}


def test_case_mix_takes_away_what_patients_brought(service: Service) -> None:
    """All of one therapist's patients were treated before, which costs everybody 5 points."""
    rng = np.random.default_rng(4)
    for number in range(12):
        for _ in range(40):
            before = number == 0 or rng.random() < 0.3
            latest = 8 + 5 * before + rng.normal(0, 3)
            patient = service.episode(f"t{number:02d}", 15, latest)
            service.waiting["intake"].append(
                ("a", patient, "e", "earlier_treatment", str(before), None)
            )
    judged = service.judged()
    (adjusted,) = judged.rows("select distinguishable from therapist_effect order by therapist_id")[
        0
    ]
    assert adjusted is False
    models = judged.rows("select model, share_at_mean from therapist_effect_sensitivity")
    assert dict(models)["baseline_only"] > dict(models)["primary"] + 0.02


def test_sessions_and_drop_out_stand_in_the_sensitivity_line_alone(service: Service) -> None:
    service.caseloads(EFFECTS, 30)
    judged = service.judged()
    assert {row[0] for row in judged.rows("select model from therapist_effect_sensitivity")} == {
        "primary",
        "baseline_only",
        "with_sessions_and_drop_out",
    }
    columns = judged.rows("describe therapist_effect_sensitivity")
    assert "therapist_id" not in {name for name, *_ in columns}


def test_halves_and_years_are_the_therapists_own(service: Service) -> None:
    service.caseloads(EFFECTS, 30)
    for _ in range(6):
        service.episode("t00", year=2025)
    judged = service.judged()
    halves = judged.rows("""
        select part, n from therapist_view where view = 'half' and therapist_id = 't00' order by 1
    """)
    assert halves == [("first", 18), ("second", 18)]
    years = judged.rows("""
        select part, n from therapist_view where view = 'year' and therapist_id = 't00' order by 1
    """)
    assert years == [("2025", 6), ("2026", 30)]


def test_a_further_scale_has_a_model_of_its_own(service: Service) -> None:
    """One scale says the same as the total, of another one therapist's patients gain 6 points
    more, and of the third there are too few forms."""
    service.caseloads([*EFFECTS, -3], 30)
    service.execute("""
        insert into instrument_scale values
            ('phq-9', 'same', 2, false, -1), ('phq-9', 'strength', 3, false, 1),
            ('phq-9', 'rare', 4, false, -1);
        insert into change
        select * replace ('same' as scale) from change;
        insert into change
        select change.* replace (
            'strength' as scale, 20 - change.baseline as baseline,
            20 - change.baseline + hash(patient_id) % 5 + if(therapist_id = 't03', 6, 0) as latest
        )
        from change
        inner join episode using (patient_id)
        where change.scale = 'total';
        insert into change
        select * replace ('rare' as scale) from change
        where change.scale = 'total' and patient_id < 'p00100'
    """)
    judged = service.judged()
    same = np.array(
        judged.rows("""
            select therapist_view.value, estimate
            from therapist_view
            inner join therapist_effect using (therapist_id)
            where view = 'subscale' and part = 'same' and n = 30
        """)
    )
    assert same.shape == (12, 2)
    assert np.ptp(same[:, 0] / same[:, 1]) < 1e-6, "one SD, that of outcomes"
    stronger = judged.rows("""
        select therapist_id from therapist_view
        where view = 'subscale' and part = 'strength' and lower > 0
    """)
    assert stronger == [("t03",)]
    assert not judged.rows("select 1 from therapist_view where part = 'rare'")


def test_planned_ends_compete_with_drop_out(service: Service) -> None:
    """Of 30 closed episodes 6 dropped out, all followed to their end: one in five."""
    service.caseloads([0.0] * 10, 30)
    for number in range(30):
        service.episode("x", 15, 9, end="patient_unilateral" if number < 6 else "planned")
    service.execute("update episode set end_reason = 'planned' where end_reason is null")
    (row,) = service.judged().rows("""
        select n, events, value, expected from therapist_view
        where view = 'drop_out' and therapist_id = 'x'
    """)
    assert row == (30, 6, pytest.approx(0.2), pytest.approx(6 / 330))


def test_deterioration_stands_beside_what_the_case_mix_makes_likely(service: Service) -> None:
    service.caseloads([0.0] * 10, 30)
    for number in range(40):
        service.episode("x", 10, 18 if number < 4 else 6)
    (row,) = service.judged().rows("""
        select n, events, value, lower, upper from therapist_view
        where view = 'deterioration' and therapist_id = 'x'
    """)
    # Wilson's interval of 4 out of 40 by R: prop.test(4, 40, correct = FALSE)
    assert row == (40, 4, 0.1, pytest.approx(0.03957, abs=1e-4), pytest.approx(0.23052, abs=1e-4))


def test_own_alerts_by_what_was_done(service: Service) -> None:
    service.episode("one")
    service.execute("""
        insert into alert values
            ('a', 'one', 'off_course', '2026-02-01', 'discussed', 'back_on_course', false),
            ('a', 'one', 'off_course', '2026-02-01', 'discussed', null, false),
            ('a', 'one', 'off_course', null, null, 'off_course', false),
            ('a', 'one', 'off_course', null, null, 'back_on_course', true),
            ('a', 'two', 'off_course', null, null, 'back_on_course', false)
    """)
    found = service.judged().rows("""
        select * exclude (clinic_id) from own_alert_outcome order by therapist_id, action
    """)
    assert found == [
        ("one", "off_course", "discussed", 2, 2, 1, 1),
        ("one", "off_course", "not_answered", 1, 0, 1, 0),
        ("two", "off_course", "not_answered", 1, 0, 1, 1),
    ]


def test_ten_clinics_are_a_level_and_two_a_covariate(tmp_path: Path) -> None:
    """The clinic's own difference is nobody's merit: 8 points between two clinics, none within."""
    for clinics, told in ((2, "covariate"), (10, "level")):
        folder = tmp_path / told
        folder.mkdir()
        service, rng = Service(folder), np.random.default_rng(clinics)
        for number in range(20):
            place = number % clinics
            for _ in range(30):
                latest = 8 + 8 * (place % 2) + rng.normal(0, 3)
                service.episode(f"t{number:02d}", 15, latest, clinic=f"c{place}")
        judged = service.judged()
        assert judged.rows("select distinct clinics from therapist_share") == [(told,)]
        (most,) = judged.rows("select max(abs(estimate)) from therapist_effect")[0]
        assert most < 1.2


def test_the_file_says_of_which_run_it_is(service: Service) -> None:
    service.episode("one")
    assert service.judged().rows("select run_id, simulated from therapist_run") == [("run-1", True)]
