"""The logistic random intercept against glmer, against integrals done otherwise, and at edges."""

import csv
from dataclasses import replace
from math import exp, log, log1p, pi, sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from flows.statistics.logistic_mixed_model import (
    LogisticModel,
    NoFiniteEstimateError,
    OutcomeError,
    fit_logistic,
)
from flows.statistics.logistic_mixed_model.counts import counted
from flows.statistics.logistic_mixed_model.quadrature import likelihood, rule
from flows.statistics.mixed_model import FloatArray, ModelDataError
from tests.statistics.in_r import lme4_says
from tests.statistics.yes_no import Outcomes, model_data, outcomes

ALL = ("few", "many", "binary")
# glmer of lme4 1.1-31 (bobyqa, rhoend 1e-10, tolPwrss 1e-13): rows, groups, spread, covariates,
# nodes -> fixed effects, standard errors, sd of the random intercept, log-likelihood.
RECORDED = {
    (400, 25, 1.0, (), 1): ([0.26212982297], [0.24053076], 1.054394183, -253.26480862659),
    (400, 25, 1.0, (), 25): ([0.262520952287], [0.24268438], 1.066363767, -253.00541860924),
    (400, 25, 1.0, ALL, 25): (
        [-0.072593860620, 0.156185784800, -0.301204683374, 0.502062418154],
        [0.309418840, 0.143401120, 0.058961689, 0.240768116],
        1.17420141,
        -237.23230637835,
    ),
    (90, 30, 1.5, (), 1): ([0.297130634444], [0.31397011], 1.06131254, -60.065910939651),
    (90, 30, 1.5, (), 25): ([0.30807732259], [0.33598409], 1.218630667, -59.632599542468),
    (90, 30, 1.5, ALL, 25): (
        [-0.1123387747266, 0.2687700982459, -0.0675804363019, 0.4607390207955],
        [0.54470919, 0.31084135, 0.15958345, 0.73178366],
        1.280266904,
        -58.406278719955,
    ),
    (600, 12, 0.0, ALL, 25): (
        [-0.244297661680, 0.228357885228, -0.293289400641, 0.475242898184],
        [0.158318842, 0.104846821, 0.042253399, 0.176063130],
        0.1974502548,
        -380.97437229057,
    ),
}


@pytest.mark.parametrize("case", RECORDED, ids=str)
def test_the_model_is_that_of_glmer(case: tuple[int, int, float, tuple[str, ...], int]) -> None:
    n, groups, spread, covariates, nodes = case
    effects, errors, sd, log_likelihood = RECORDED[case]
    model = fit_logistic(outcomes(n, groups, spread).data(*covariates), nodes)
    assert model.fixed_effects == pytest.approx(effects, rel=1e-5)
    assert model.standard_errors == pytest.approx(errors, rel=1e-5)
    assert model.sd == pytest.approx(sd, rel=1e-5)
    assert model.log_likelihood == pytest.approx(log_likelihood, abs=1e-6)


SHAPES = [
    (n, groups, spread, nodes)
    for n, groups, spread in ((60, 5, 0.0), (150, 60, 2.0), (500, 7, 0.3), (900, 80, 0.6))
    for nodes in (1, 2, 9, 25)
]
ASK = """
tight <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-13,
                      optCtrl = list(rhoend = 1e-9, maxfun = 1e6))
shapes <- read.csv("shapes.csv")
for (i in seq_len(nrow(shapes))) {
  d <- read.csv(shapes$file[i])
  m <- suppressMessages(suppressWarnings(
    glmer(yes ~ few + many + (1 | group), d, binomial, nAGQ = shapes$nodes[i], control = tight)))
  r <- as.data.frame(ranef(m, condVar = TRUE))
  said(fixef(m), sqrt(diag(as.matrix(vcov(m)))), getME(m, "theta"), as.numeric(logLik(m)),
       r$condval, r$condsd)
}
"""


def test_models_of_many_shapes_are_those_of_glmer(tmp_path: Path) -> None:
    """Our log-likelihood may be higher than that of glmer by its slack, never lower."""
    with (tmp_path / "shapes.csv").open("w", encoding="utf-8") as out:
        out.write("file,nodes\n")
        for place, (n, groups, spread, nodes) in enumerate(SHAPES):
            _write(outcomes(n, groups, spread), tmp_path / f"{place}.csv")
            out.write(f"{place}.csv,{nodes}\n")
    said = list(lme4_says(ASK, tmp_path))
    for (n, groups, spread, nodes), line in zip(SHAPES, said, strict=True):
        effects, errors, (sd,), (height,), modes, sds = (_numbers(text) for text in line)
        model = fit_logistic(outcomes(n, groups, spread).data("few", "many"), nodes)
        assert model.log_likelihood == pytest.approx(height, abs=1e-6)
        assert model.log_likelihood > height - 1e-8
        apart = np.abs(model.fixed_effects - effects) / model.standard_errors
        assert apart.max() < 1e-4
        assert model.standard_errors == pytest.approx(errors, rel=1e-3)
        assert model.sd == pytest.approx(sd, abs=1e-4)
        assert model.modes == pytest.approx(modes, abs=1e-4)
        assert model.mode_sds == pytest.approx(sds, abs=1e-4)


def _numbers(text: str) -> FloatArray:
    return np.array([float(number) for number in text.split()])


def _write(rows: Outcomes, file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["group", "few", "many", "yes"])
        writer.writerows(zip(rows.group, rows.few, rows.many, rows.yes, strict=True))


# ---------- the likelihood itself


@pytest.mark.parametrize("tau", [0.0, 0.4, 1.7, 5.0])
def test_the_likelihood_is_the_integral(tau: float) -> None:
    """Each group's integral by adaptive quadrature of scipy, which knows no mode."""
    rows = outcomes(40, 6, 1.0)
    x = np.column_stack([np.ones(40), rows.few])
    beta = np.array([0.3, -0.6])
    expected = 0.0
    for group in range(6):
        own = rows.group == group
        fixed, yes = x[own] @ beta, rows.yes[own]

        def chance(u: float, fixed: FloatArray = fixed, yes: FloatArray = yes) -> float:
            logits = np.where(yes == 1, 1, -1) * (fixed + tau * u)
            return exp(-sum(log1p(exp(-logit)) for logit in logits) - u * u / 2) / sqrt(2 * pi)

        expected += log(quad(chance, -12, 12, epsabs=1e-14)[0])
    counts = counted(x, rows.yes, np.ones(40), rows.group)
    found = likelihood(counts, np.append(beta, tau), rule(60), np.zeros(6))
    assert found.value == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("nodes", [1, 2, 5, 25])
@pytest.mark.parametrize("tau", [0.0, 0.3, -1.5, 6.0])
def test_the_gradient_is_that_of_the_likelihood(nodes: int, tau: float) -> None:
    """Differences of the likelihood, of which the gradient knows nothing."""
    rows = outcomes(120, 15, 1.0)
    x = np.column_stack([np.ones(120), rows.few, rows.many])
    counts = counted(x, rows.yes, np.ones(120), rows.group)
    here = np.array([0.2, -0.5, 0.3, tau])
    use, start = rule(nodes), np.zeros(15)
    expected = [
        (
            likelihood(counts, here + step, use, start).value
            - likelihood(counts, here - step, use, start).value
        )
        / 2e-5
        for step in 1e-5 * np.eye(4)
    ]
    assert likelihood(counts, here, use, start).gradient == pytest.approx(expected, abs=1e-6)


# ---------- the same data told in other ways


def test_counts_are_the_rows_they_stand_for() -> None:
    """As shares with numbers of trials the fit is the same, and only the coefficients are added."""
    rows = outcomes(400, 25, 1.0)
    each = fit_logistic(rows.data("few", "binary"))
    keys = np.column_stack([rows.group, rows.few, rows.binary])
    cells, place, trials = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    yes = np.bincount(place.ravel(), rows.yes)
    told = Outcomes(cells[:, 0].astype(int), cells[:, 1], cells[:, 1], cells[:, 2], yes / trials)
    together = fit_logistic(replace(told.data("few", "binary"), weights=trials.astype(float)))
    choices = (gammaln(trials + 1) - gammaln(yes + 1) - gammaln(trials - yes + 1)).sum()
    assert together.fixed_effects == pytest.approx(each.fixed_effects, rel=1e-9)
    assert together.standard_errors == pytest.approx(each.standard_errors, rel=1e-7)
    assert together.sd == pytest.approx(each.sd, rel=1e-9)
    assert together.log_likelihood - each.log_likelihood == pytest.approx(choices, abs=1e-8)
    assert each.cells == len(cells)


def test_the_order_of_rows_and_groups_does_not_matter() -> None:
    rows = outcomes(300, 20, 1.0)
    order = np.argsort((np.arange(300) * 7) % 300)
    turned = Outcomes(
        19 - rows.group[order], rows.few[order], rows.many[order], rows.binary[order],
        rows.yes[order],
    )  # fmt: skip
    first, second = fit_logistic(rows.data(*ALL)), fit_logistic(turned.data(*ALL))
    assert second.fixed_effects == pytest.approx(first.fixed_effects, rel=1e-8)
    assert second.modes[::-1] == pytest.approx(first.modes, abs=1e-8)


def test_a_covariate_far_from_0_is_the_same_model() -> None:
    """A year of 2024: its effect, and the log-likelihood, are those of the year counted from 0."""
    rows = outcomes(300, 20, 1.0)
    near = fit_logistic(rows.data("few"))
    far = fit_logistic(replace(rows, few=rows.few + 2024).data("few"))
    assert far.fixed_effects[1] == pytest.approx(near.fixed_effects[1], rel=1e-7)
    assert far.log_likelihood == pytest.approx(near.log_likelihood, abs=1e-9)


# ---------- edges


def test_groups_that_do_not_differ_are_a_singular_fit() -> None:
    """Four groups with 3 of 10 yes each: no spread, and the logit of 0.3 with its usual error."""
    yes = np.tile([1.0] * 3 + [0.0] * 7, 4)
    rows = Outcomes(np.repeat(np.arange(4), 10), yes, yes, yes, yes)
    model = fit_logistic(rows.data())
    assert (model.sd, model.is_singular) == (0, True)
    assert model.fixed_effects[0] == pytest.approx(log(0.3 / 0.7), abs=1e-9)
    assert model.standard_errors[0] == pytest.approx(1 / sqrt(40 * 0.3 * 0.7), rel=1e-7)
    assert model.modes.tolist() == [0] * 4


def test_columns_that_others_make_up_are_dropped() -> None:
    rows = outcomes(300, 20, 1.0)
    whole = fit_logistic(rows.data("few", "many"))
    x = np.column_stack([np.ones(300), rows.few, 2 * rows.few + 1, rows.many, np.ones(300)])
    names = ("(Intercept)", "few", "twice", "many", "one")
    model = fit_logistic(model_data(x, names, rows))
    assert model.dropped == ("twice", "one")
    assert model.names == ("(Intercept)", "few", "many")
    assert model.fixed_effects == pytest.approx(whole.fixed_effects, rel=1e-7)


def test_a_model_without_fixed_effects() -> None:
    """Its one parameter found by a plain search."""
    rows = outcomes(400, 25, 1.0)
    model = fit_logistic(model_data(np.empty((400, 0)), (), rows))
    counts = counted(np.empty((400, 0)), rows.yes, np.ones(400), rows.group)
    found = minimize_scalar(
        lambda tau: -likelihood(counts, np.array([tau]), rule(25), np.zeros(25)).value,
        bounds=(0.1, 5),
        options={"xatol": 1e-9},
    )
    assert model.sd == pytest.approx(found.x, abs=1e-6)
    assert len(model.fixed_effects) == 0


def _separated(rows: Outcomes) -> LogisticModel:
    yes = np.where(rows.binary == 1, 1.0, rows.yes)
    return fit_logistic(replace(rows, yes=yes).data("few", "binary"))


def test_separation_names_the_covariate() -> None:
    """All of one kind say yes: the effect would be infinite."""
    with pytest.raises(NoFiniteEstimateError, match="rows binary tells yes from no"):
        _separated(outcomes(300, 20, 1.0))


def test_groups_that_say_all_alike_have_no_finite_spread() -> None:
    rows = outcomes(300, 20, 1.0)
    with pytest.raises(NoFiniteEstimateError, match="hardly varies"):
        fit_logistic(replace(rows, yes=(rows.group % 2).astype(float)).data("few"))


def test_what_cannot_be_fitted_is_refused() -> None:
    rows = outcomes(60, 10, 1.0)
    data = rows.data("few")
    slope = replace(data.terms[0], columns=rows.many[:, np.newaxis], names=("many",))
    for wrong, what in (
        (replace(data, y=np.ones(60)), "the same in all rows"),
        (replace(data, terms=(data.terms[0], data.terms[0])), "one random intercept"),
        (replace(data, terms=(slope,)), "one random intercept"),
        (replace(rows, group=np.zeros(60, dtype=int)).data(), "groups cannot differ"),
        (replace(rows, group=np.arange(60)).data(), "every group of group has one row"),
        (replace(data, weights=np.full(60, 1.5)), "numbers of trials"),
    ):
        with pytest.raises(ModelDataError, match=what):
            fit_logistic(wrong)
    with pytest.raises(ModelDataError, match="1 to 100 nodes"):
        fit_logistic(data, 101)


def test_an_outcome_of_other_numbers_is_told_with_its_row() -> None:
    data = outcomes(60, 10, 1.0).data()
    y = data.y.copy()
    y[17:20] = 2
    with pytest.raises(OutcomeError, match="neither 0 nor 1 in 3 rows") as told:
        fit_logistic(replace(data, y=y))
    assert told.value.row == 17
