"""The expected course and the patient's own prediction.

Against conditioning a multivariate normal distribution as a whole, against lme4's
own fit of the same model (recorded), and against hands.
"""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from flows.statistics.course import (
    GrowthModel,
    bands,
    ends,
    expectation,
    least_change,
    off_course,
    prognosis,
    standard_risk,
)
from flows.statistics.growth import Limits, TooFewEpisodesError, fit_growth
from flows.statistics.mixed_model import ModelData, ModelDataError, RandomTerm, fit
from tests.statistics.course_examples import drawn_service, model_of, progress_of

LIMITS = Limits(service=20, clinic=20, at_place=10, inner=0.84, outer=0.90)
SCORES = [(2.0, 14.0), (3.0, 18.0), (5.0, 12.0), (5.0, 13.0), (9.0, 8.0)]


def _conditioned(
    model: GrowthModel, baseline: float, forms: list[tuple[float, float]], end: float
) -> tuple[float, float]:
    """Mean and SD of the score at `end` given all forms, by the covariance matrix of all scores."""
    place = np.array([session for session, _ in forms] + [end])
    t = np.log(np.minimum(place, model.covered))
    z = np.column_stack([np.ones_like(t), t])
    b0, b1, b2, b3 = model.fixed[0]
    x = baseline - model.centre
    mean = b0 + b1 * x + (b2 + b3 * x) * t
    whole = z @ model.covariance @ z.T + model.sigma**2 * np.eye(len(t))
    known, cross = whole[:-1, :-1], whole[-1, :-1]
    seen = np.array([score for _, score in forms]) - mean[:-1]
    weights = np.linalg.solve(known, cross)
    return float(mean[-1] + weights @ seen), float(np.sqrt(whole[-1, -1] - weights @ cross))


@pytest.mark.parametrize(
    "covariance",
    [
        [[5.0, -1.0], [-1.0, 3.0]],
        [[4.0, 2.0], [2.0, 1.0]],  # slope and intercept depend on each other: singular
        [[4.0, 0.0], [0.0, 0.0]],  # no slopes
        [[0.0, 0.0], [0.0, 0.0]],  # all patients alike
    ],
)
def test_the_end_given_the_scores_so_far(covariance: list[list[float]]) -> None:
    model = model_of(covariance, 2.5)
    progress = progress_of([SCORES, SCORES[:2]], baseline=[19, 11])
    found = prognosis(progress, model)
    for form in range(len(progress.course)):
        course = int(progress.course[form])
        so_far = (SCORES, SCORES[:2])[course][: int(progress.number[form])]
        baseline = float(progress.courses.baseline[course])
        mean, sd = _conditioned(model, baseline, so_far, float(found.end_place[form]))
        assert found.end_mean[form] == pytest.approx(mean, abs=1e-9)
        assert found.end_sd[form] == pytest.approx(sd, abs=1e-9)


def test_one_score_moves_an_intercept_by_its_reliability() -> None:
    """Variance 4 between patients and 4 within: of 6 points above expectation half is kept."""
    model = model_of([[4.0, 0.0], [0.0, 0.0]], 2.0, fixed=(15.0, 1.0, 0.0, 0.0))
    found = prognosis(progress_of([[(2.0, 21.0)]], baseline=[15]), model)
    assert found.own == pytest.approx([18.0])
    assert found.end_sd == pytest.approx([np.sqrt(2 + 4)])


def test_the_band_is_that_of_the_baseline_alone() -> None:
    """At session 1, t = 0: expected 15 + .8 x 4 = 18.2, variance 5 + 4."""
    model = model_of([[5.0, -1.0], [-1.0, 3.0]], 2.0)
    progress = progress_of([[(1.0, 21.2)]], baseline=[19])
    found = expectation(progress, model)
    assert found.expected == pytest.approx([18.2])
    assert found.spread == pytest.approx([3.0])
    assert found.deviation == pytest.approx([1.0])
    assert bands(progress, model, found)[3] == pytest.approx([18.2 + 3 * 1.2816])


@pytest.mark.parametrize(
    ("direction", "score", "level"),
    [(-1, 21.3, 1), (-1, 22.1, 2), (-1, 14, 0), (1, 15.1, 1), (1, 14.3, 2), (1, 22.1, 0)],
)
def test_off_course_on_the_worse_side_only(direction: int, score: float, level: int) -> None:
    """Expected 18.2 with an SD of 3: 21.18 and 22.04 above, 15.22 and 14.36 below."""
    model = model_of([[5.0, -1.0], [-1.0, 3.0]], 2.0)
    progress = progress_of([[(1.0, score)]], baseline=[19], direction=direction)
    band = bands(progress, model, expectation(progress, model))
    assert off_course(progress, band).tolist() == [level]


def test_a_score_on_the_border_is_on_course() -> None:
    model = model_of([[5.0, -1.0], [-1.0, 3.0]], 2.0)
    progress = progress_of([[(1.0, 18.2 + 3 * 0.9945)]], baseline=[19])
    assert off_course(progress, bands(progress, model, expectation(progress, model))) == [0]


def test_flat_beyond_the_last_covered_session() -> None:
    model = model_of([[5.0, -1.0], [-1.0, 3.0]], 2.0, covered=5)
    forms = [(5.0, 10.0), (9.0, 10.0), (40.0, 10.0)]
    found = expectation(progress_of([forms], baseline=[15]), model)
    assert found.expected[0] == found.expected[1] == found.expected[2]


def test_the_end_is_the_planned_session_while_that_lies_ahead() -> None:
    """Planned 8. At session 9, those who came as far ended at 12 on average, or go on for one."""
    model = model_of([[5.0, -1.0], [-1.0, 3.0]], 2.0, covered=9)
    progress = progress_of([[(2.0, 1.0), (7.0, 1.0), (9.0, 1.0), (20.0, 1.0)]], baseline=[15])
    assert ends(progress, model).tolist() == [5, 10, 12, 21]
    planned = progress_of(
        [[(2.0, 1.0), (7.0, 1.0), (9.0, 1.0), (20.0, 1.0)]], baseline=[15], planned=8
    )
    assert ends(planned, model).tolist() == [8, 8, 12, 21]


@pytest.mark.parametrize(
    ("points", "is_inclusive", "unit", "line"),
    [
        (6, True, 1, 5.5),  # 6 counts, 5 does not
        (6, False, 1, 6.5),
        (5.2, False, 1, 5.5),
        (5.2, True, 1, 5.5),
        (18, True, 4, 18),  # WHO-5 goes by 4: 20 counts, 16 does not
        (8.46, False, 0, 8.46),
    ],
)
def test_the_line_lies_between_steps(
    points: float, is_inclusive: bool, unit: float, line: float
) -> None:
    courses = progress_of(
        [[(2.0, 1.0)]], baseline=[15], points=points, is_inclusive=is_inclusive
    ).courses
    assert least_change(courses, unit) == pytest.approx([line])


def test_the_risk_of_whole_scores_is_that_of_their_halves() -> None:
    """End normal with mean 18, SD 3, from 15: 6 worse is 20.5 and up, 6 better 9.5 and below."""
    model = model_of([[0.0, 0.0], [0.0, 0.0]], 3.0, fixed=(18.0, 0.0, 0.0, 0.0), unit=1)
    progress = progress_of([[(2.0, 15.0)]], baseline=[15])
    end = prognosis(progress, model)
    worse = norm.cdf(standard_risk(progress, end, model))
    better = norm.cdf(standard_risk(progress, end, model, better=True))
    assert worse == pytest.approx([norm.sf(20.5, 18, 3)])
    assert better == pytest.approx([norm.cdf(9.5, 18, 3)])


def test_without_reliable_change_there_is_no_risk() -> None:
    model = model_of([[5.0, -1.0], [-1.0, 3.0]], 2.0, unit=1)
    progress = progress_of([[(2.0, 15.0)]], baseline=[15], points=np.nan)
    assert np.isnan(standard_risk(progress, prognosis(progress, model), model)).all()
    assert not progress.courses.worsened.any()


@pytest.mark.parametrize(
    ("last", "is_inclusive", "is_worse"),
    [(20.1, True, True), (20.1, False, False), (20.2, False, True)],
)
def test_worse_by_the_very_points(last: float, is_inclusive: bool, is_worse: bool) -> None:
    """20.1 - 15.1 is 5, whatever a computer makes of it."""
    progress = progress_of([[(2.0, last)]], baseline=[15.1], points=5, is_inclusive=is_inclusive)
    assert progress.courses.worsened.tolist() == [is_worse]


# ---------- fitting


def test_sums_say_what_rows_say() -> None:
    """The same model from rows, with the baseline as it is: another centre, the same course."""
    training = drawn_service(200)
    found = fit_growth(training, LIMITS, 1)
    t = np.log(np.minimum(training.place, found.model.covered))
    x = training.courses.baseline[training.course]
    episode = RandomTerm(
        "episode", ("1", "t"), np.column_stack([np.ones_like(t), t]), training.course,
        tuple(map(str, range(200))),
    )  # fmt: skip
    rows = np.column_stack([np.ones_like(t), x, t, x * t])
    plain = fit(ModelData(training.score, rows, ("1", "x", "t", "xt"), (episode,)))
    b0, b1, b2, b3 = found.model.fixed[0]
    centre = found.model.centre
    assert plain.fixed_effects == pytest.approx([b0 - b1 * centre, b1, b2 - b3 * centre, b3])
    assert plain.covariances[0].covariance == pytest.approx(found.model.covariance, rel=1e-4)
    assert plain.sigma == pytest.approx(found.model.sigma, rel=1e-6)


def test_the_fit_is_near_that_of_lme4(reference: Path) -> None:
    """Recorded: phq9 ~ lt * bc + (1 + lt | patient_id) + (1 | therapist_id), sessions from 2 on.

    Ours has no therapists, who move patients by an SD of 0.4 points.
    """
    recorded = json.loads((reference / "oracles/expected/mixed_models/fits.json").read_text())
    theirs = recorded["fits"]["growth"]
    with (reference / "oracles/inputs/patients.csv").open(newline="") as lines:
        start = {row["patient_id"]: float(row["baseline"]) for row in csv.DictReader(lines)}
    courses: dict[str, list[tuple[float, float]]] = {}
    with (reference / "oracles/inputs/sessions.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            if int(row["session"]) >= 2:
                courses.setdefault(row["patient_id"], []).append(
                    (float(row["session"]), float(row["phq9"]))
                )
    training = progress_of(list(courses.values()), baseline=[start[name] for name in courses])
    found = fit_growth(training, Limits(20, 20, 1, 0.84, 0.90), 1)
    b0, b1, b2, b3 = found.model.fixed[0]
    shift = 15 - found.model.centre
    ours = {"(Intercept)": b0 + b1 * shift, "lt": b2 + b3 * shift, "bc": b1, "lt:bc": b3}
    assert ours == pytest.approx(theirs["fixef"], abs=0.05)
    assert found.model.sigma == pytest.approx(theirs["sigma"], rel=1e-3)


def test_what_was_drawn_is_found_again() -> None:
    """Within four standard errors of a model with intercept 15, slope -2, SDs 2.24, 1.73, 2.3."""
    found = fit_growth(drawn_service(800), LIMITS, 1)
    b0, b1, b2, _ = found.model.fixed[0]
    errors = found.mixed.standard_errors
    assert abs(b0 + b1 * (15 - found.model.centre) - 15) < 4 * errors[0]
    assert abs(b2 + 2) < 4 * errors[2]
    assert found.model.sigma == pytest.approx(2.3, rel=0.05)
    assert found.model.covariance == pytest.approx(np.array([[5, -1], [-1, 3]]), abs=1.5)


def test_bands_hold_as_many_later_patients_as_they_say() -> None:
    """Of another draw from the same service; within three standard errors."""
    model = fit_growth(drawn_service(800), LIMITS, 1).model
    others = drawn_service(800, seed=7)
    band = bands(others, model, expectation(others, model))
    above = (others.score > band[3]).mean()
    assert above == pytest.approx(0.10, abs=0.02)
    inside = ((others.score >= band[1]) & (others.score <= band[2])).mean()
    assert inside == pytest.approx(0.68, abs=0.04)


def test_bands_follow_scores_that_are_not_normal() -> None:
    """Errors with a long tail upwards: the upper band lies further off than the lower one."""
    service = drawn_service(600)
    skewed = service.score + np.random.default_rng(3).exponential(9, len(service.score))
    found = fit_growth(replace(service, score=skewed), LIMITS, 0).model
    assert found.quantiles[5, 3] > -found.quantiles[5, 0] + 0.2


def test_a_small_clinic_has_the_course_of_all_and_others_are_drawn_to_it() -> None:
    """Slopes of six clinics differ by an SD of 1; the last has 3 episodes."""
    service = drawn_service(600, clinics=6, clinic_sd=1.0)
    few = np.flatnonzero(service.courses.clinic == 5)[3:]
    kept = np.ones(600, dtype=bool)
    kept[few] = False
    found = fit_growth(service.of(kept), LIMITS, 1)
    assert [found.population(clinic) for clinic in range(6)] == ["clinic"] * 5 + ["service"]
    slopes = found.model.fixed[:, 2]
    pooled = found.mixed.fixed_effects[2]
    assert slopes[5] == pooled
    assert np.abs(slopes[:5] - pooled).max() > 0.3


def test_one_clinic_alone_is_the_service() -> None:
    found = fit_growth(drawn_service(100), LIMITS, 1)
    assert found.population(0) == "service"
    assert found.mixed.n_groups == {"episode": 100}


def test_too_few_episodes_are_refused() -> None:
    with pytest.raises(TooFewEpisodesError, match="19 closed episodes"):
        fit_growth(drawn_service(19), LIMITS, 1)


def test_scores_that_are_all_equal_are_refused() -> None:
    courses = [[(2.0, 10.0), (3.0, 10.0), (4.0, 10.0)]] * 30
    with pytest.raises(ModelDataError):
        fit_growth(progress_of(courses, baseline=[10] * 30), LIMITS, 1)


def test_equal_baselines_leave_out_what_they_cannot_tell() -> None:
    service = drawn_service(100)
    courses = replace(service.courses, baseline=np.full(100, 15.0))
    found = fit_growth(replace(service, courses=courses), LIMITS, 1)
    assert found.model.fixed[0, [1, 3]].tolist() == [0, 0]
    assert found.mixed.names == ("(Intercept)", "time")


def test_no_differences_between_patients_is_a_legal_fit() -> None:
    """Everybody on one line but for the day's ups and downs: variances at 0."""
    rng = np.random.default_rng(1)
    courses = [
        [
            (float(k), float(round(20 - 3 * float(np.log(k)) + rng.normal(0, 2))))
            for k in range(2, 9)
        ]
        for _ in range(60)
    ]
    found = fit_growth(progress_of(courses, baseline=[20 + i % 3 for i in range(60)]), LIMITS, 1)
    progress = progress_of([courses[0]], baseline=[20])
    assert np.isfinite(prognosis(progress, found.model).end_sd).all()


def test_sessions_that_few_reach_are_not_covered() -> None:
    found = fit_growth(drawn_service(100), Limits(20, 20, 60, 0.84, 0.90), 1)
    reached = np.bincount(drawn_service(100).session.astype(int))
    assert found.model.covered == np.flatnonzero(reached >= 60).max()


def test_an_absurd_session_number_takes_no_memory() -> None:
    service = drawn_service(100)
    place = service.place.copy()
    place[5] = 2e9
    assert fit_growth(replace(service, place=place), LIMITS, 1).model.covered <= 13


def test_where_treatments_end_that_come_so_far() -> None:
    """Ends at 3, 3, 5 and 9: after session 3 only the last two go on, to 7 on average."""
    lengths = [3, 3, 5, 9] * 10
    rng = np.random.default_rng(2)
    courses = [
        [(float(k), float(round(rng.normal(12, 4)))) for k in range(2, last + 1)]
        for last in lengths
    ]
    found = fit_growth(progress_of(courses, baseline=[15 + i % 4 for i in range(40)]), LIMITS, 1)
    assert found.model.expected_last[:4] == pytest.approx([5, 5, 7, 7])
