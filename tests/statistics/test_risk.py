"""The recalibrated risk: it knows the past alone, and says so where it knows too little."""

from dataclasses import replace

import numpy as np
import pytest

from flows.statistics.course import FloatArray, Progress, prognosis, standard_risk
from flows.statistics.discrimination import auc
from flows.statistics.growth import Limits
from flows.statistics.logistic import calibration_slope
from flows.statistics.risk import (
    FEW,
    MANY,
    PRODUCTS,
    Needs,
    calibrated,
    features,
    fit_risk,
    judged,
    newest,
    risk,
    split,
)
from tests.statistics.course_examples import drawn_service, model_of, progress_of

LIMITS = Limits(service=20, clinic=20, at_place=10, inner=0.84, outer=0.90)
NEEDS = Needs(events=20, many_events=50, lead=3)


def wandering_service(patients: int, seed: int) -> Progress:
    """Courses that drift at random from session to session, which no growth model expects."""
    rng = np.random.default_rng(seed)
    courses, start = [], rng.normal(13, 3, patients).round()
    for i in range(patients):
        sessions = np.arange(2, rng.integers(8, 16))
        drift = np.cumsum(rng.normal(-0.1, 1.6, len(sessions)))
        scores = np.clip(np.round(start[i] + drift + rng.normal(0, 1.5, len(sessions))), 0, 27)
        courses.append(list(zip(sessions.astype(float), scores, strict=True)))
    return progress_of(courses, baseline=start.tolist())


def test_features_by_hand() -> None:
    """From 10: 13, 12, 16, so 3, 2 and 6 points worse."""
    model = model_of([[5.0, -1.0], [-1.0, 3.0]], 2.0)
    progress = progress_of([[(2.0, 13.0), (3.0, 12.0), (5.0, 16.0)]], baseline=[10])
    progress = replace(progress, alliance=np.array([0.9, np.nan, 0.7]))
    end = prognosis(progress, model)
    worse = standard_risk(progress, end, model)
    named = ("change", "trend", "time", "alliance", "alliance_change", "baseline", "posterior")
    change, trend, time, alliance, less, baseline, posterior = features(
        progress, model, end, worse, named
    ).T
    assert change.tolist() == [3, 2, 6]
    assert trend == pytest.approx([3, 1, 2])  # per form: 3 / 1, 2 / 2, 6 / 3
    assert time == pytest.approx(np.log([2, 3, 5]))
    assert alliance.tolist() == [0.9, 0.5, 0.7]
    assert less.tolist() == [0, 0, 0]
    assert baseline.tolist() == [10, 10, 10]
    assert posterior == pytest.approx(worse)


def test_the_trend_goes_back_three_forms() -> None:
    model = model_of([[5.0, -1.0], [-1.0, 3.0]], 2.0)
    forms = [(2.0, 11.0), (3.0, 12.0), (4.0, 12.0), (5.0, 17.0)]
    progress = progress_of([forms], baseline=[10])
    end = prognosis(progress, model)
    trend = features(progress, model, end, standard_risk(progress, end, model), ("trend",))
    assert trend[3] == pytest.approx([(17 - 11) / 3])


def test_where_more_is_better_worse_is_less() -> None:
    progress = progress_of([[(2.0, 15.0)]], baseline=[20], direction=1)
    assert progress.worsening.tolist() == [5]


def test_no_form_knows_what_came_after_it() -> None:
    """Cutting every course after its third form leaves what was said at these as it was."""
    service = wandering_service(200, 1)
    model = fit_risk(service, LIMITS, NEEDS, 1)
    known = service.number <= 3
    cut = replace(
        service,
        **{
            name: getattr(service, name)[known]
            for name in ("course", "session", "place", "score", "alliance")
        },
    )
    whole = risk(service, model.growth.model, model.calibration)
    part = risk(cut, model.growth.model, model.calibration)
    for name in ("worse", "worse_calibrated", "better"):
        assert getattr(part, name) == pytest.approx(getattr(whole, name)[known], abs=1e-12)


def test_it_is_calibrated_on_those_who_ended_after_the_growth_model() -> None:
    """Worse ends among the earliest three in ten change the growth model, and count as no event."""
    service = wandering_service(300, 2)
    early, late = split(service, 0.3)
    ended = service.courses.ended
    assert ended[early.course].max() < ended[late.course].min()
    counted = np.unique(late.course[judged(late, 3)])
    events = int(service.courses.worsened[counted].sum())
    assert calibrated(service, LIMITS, NEEDS, 1).events == events


def test_those_who_ended_on_one_day_are_not_parted() -> None:
    service = wandering_service(100, 3)
    courses = replace(service.courses, ended=np.repeat([0.0, 1.0], 50))
    early, late = split(replace(service, courses=courses), 0.3)
    assert len(early.course) == 0
    assert len(np.unique(late.course)) == 100


def test_newest_are_those_who_ended_last() -> None:
    found = newest(wandering_service(50, 4), 10)
    assert np.unique(found.course).tolist() == list(range(40, 50))


@pytest.mark.parametrize(
    ("needs", "names"),
    [
        (Needs(5, 10, 3), MANY),
        (Needs(5, 1000, 3), (*FEW, *PRODUCTS)),
    ],
)
def test_how_much_is_learnt_depends_on_how_often_it_happened(
    needs: Needs, names: tuple[str, ...]
) -> None:
    assert calibrated(wandering_service(300, 5), LIMITS, needs, 1).names == names


def test_too_few_events_leave_the_plain_posterior() -> None:
    service = wandering_service(100, 6)
    found = fit_risk(service, LIMITS, Needs(1000, 2000, 3), 1)
    assert found.calibration.refused == "few_events"
    said = risk(service, found.growth.model, found.calibration)
    assert np.array_equal(said.worse_calibrated, said.worse)


def test_too_few_early_episodes_leave_the_plain_posterior() -> None:
    """30 % of 300 are 90, and the growth model wants 100."""
    limits = replace(LIMITS, service=100)
    found = fit_risk(wandering_service(300, 7), limits, Needs(5, 10, 3), 1)
    assert found.calibration.refused == "few_early_episodes"


def test_recalibration_mends_a_posterior_that_is_too_sure() -> None:
    """Drift makes the growth model's risk too extreme: a slope far below 1. Tested on others."""
    model = fit_risk(wandering_service(1500, 100), LIMITS, NEEDS, 1)
    others = wandering_service(1500, 200)
    said = risk(others, model.growth.model, model.calibration)
    counted = judged(others, 3)
    worse = others.courses.worsened[others.course][counted]

    def slope(p: FloatArray) -> float:
        inside = np.clip(p[counted], 1e-9, 1 - 1e-9)
        return float(calibration_slope(np.log(inside / (1 - inside)), worse)[1])

    assert slope(said.worse) < 0.8
    assert 0.85 < slope(said.worse_calibrated) < 1.15
    by_risk = auc(said.worse_calibrated[counted], worse)
    by_change = auc(others.worsening[counted], worse)
    assert by_risk is not None
    assert by_change is not None
    assert by_risk > by_change - 0.005


def test_on_courses_as_the_model_has_them_it_beats_the_raw_change() -> None:
    model = fit_risk(drawn_service(1500), LIMITS, NEEDS, 1)
    others = drawn_service(1500, seed=11)
    counted = judged(others, 3) & ~others.courses.is_reliable(others.worsening, others.course)
    worse = others.courses.worsened[others.course][counted]
    said = risk(others, model.growth.model, model.calibration)
    by_risk = auc(said.worse_calibrated[counted], worse)
    by_change = auc(others.worsening[counted], worse)
    assert by_risk is not None
    assert by_change is not None
    assert by_risk > by_change + 0.01
