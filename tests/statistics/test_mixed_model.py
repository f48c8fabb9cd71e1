"""Mixed models against the textbook's own matrices, lme4's numbers, and at edges."""

from dataclasses import replace

import duckdb
import numpy as np
import pytest
from scipy.stats import chi2

from flows.statistics.mixed_model import (
    Factor,
    MixedModel,
    ModelData,
    RandomTerm,
    conditional_modes,
    crossed,
    fit,
    likelihood_ratio_of_slope,
    sums_from_products,
    sums_of,
)
from tests.statistics.lme4_designs import KINDS, TWISTS, Twist, design

NESTED = ("intercept", "two slopes", "uncorrelated", "nested slopes", "three levels")
CROSSED = ("crossed", "crossed slopes", "nested and crossed")


def drawn(kind: str, twist: str = "plain") -> ModelData:
    """The same random data for the same kind of model, in every test."""
    return design("", kind, smaller(TWISTS[twist]), np.random.default_rng([7, *kind.encode()])).data


def smaller(twist: Twist) -> Twist:
    """Few enough rows for matrices of rows by rows."""
    return replace(twist, groups=min(twist.groups, 40) if twist.groups > 24 else 16, rows=5.0)


def covariance_of_rows(model: MixedModel, data: ModelData) -> np.ndarray:
    """V = Z G Z' + R, row by row, as the textbook writes it."""
    weights = np.ones(len(data.y)) if data.weights is None else data.weights
    v = np.diag(model.sigma**2 / weights)
    for term, fitted in zip(data.terms, model.covariances, strict=True):
        same = term.codes[:, None] == term.codes[None, :]
        v += np.where(same, term.columns @ fitted.covariance @ term.columns.T, 0.0)
    return v


def textbook(model: MixedModel, data: ModelData) -> tuple[float, np.ndarray, np.ndarray]:
    """-2 log (restricted) likelihood, fixed effects and their covariance, from V alone."""
    v, x = covariance_of_rows(model, data), data.x
    inverse = np.linalg.inv(v)
    covariance = np.linalg.inv(x.T @ inverse @ x)
    effects = covariance @ x.T @ inverse @ data.y
    rest = data.y - x @ effects
    n, p = x.shape
    told = np.linalg.slogdet(v)[1] + rest @ inverse @ rest
    if model.method == "ML":
        return told + n * np.log(2 * np.pi), effects, covariance
    told += np.linalg.slogdet(x.T @ inverse @ x)[1]
    return told + (n - p) * np.log(2 * np.pi), effects, covariance


@pytest.mark.parametrize("twist", ["plain", "weights, ML", "correlation 1"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_fit_is_that_of_the_textbook(kind: str, twist: str) -> None:
    data = drawn(kind, twist)
    model = fit(data, method="ML" if "ML" in twist else "REML")
    criterion, effects, covariance = textbook(model, data)
    assert model.criterion == pytest.approx(criterion, abs=1e-7)
    assert model.fixed_effects == pytest.approx(effects, rel=1e-7, abs=1e-9)
    assert model.fixed_covariance == pytest.approx(covariance, rel=1e-6, abs=1e-10)


@pytest.mark.parametrize("kind", [*NESTED, *CROSSED])
def test_no_other_variances_are_better(kind: str) -> None:
    """By the textbook's criterion, a little more or less of any variance is worse."""
    data = drawn(kind, "little spread")
    model = fit(data)
    best = textbook(model, data)[0]
    for place, term in enumerate(model.covariances):
        for change in (0.97, 1.03):
            moved = replace(term, covariance=term.covariance * change + 1e-3 * (change > 1))
            others = (*model.covariances[:place], moved, *model.covariances[place + 1 :])
            assert textbook(replace(model, covariances=others), data)[0] > best - 1e-9


@pytest.mark.parametrize("kind", [*NESTED, *CROSSED])
def test_modes_are_those_of_the_textbook(kind: str) -> None:
    """G Z' V^-1 (y - X beta), and G - G Z' V^-1 Z G."""
    data = drawn(kind)
    model = fit(data)
    inverse = np.linalg.inv(covariance_of_rows(model, data))
    rest = data.y - data.x @ model.fixed_effects
    for term, fitted, modes in zip(
        data.terms, model.covariances, conditional_modes(model, data), strict=True
    ):
        for level in range(0, len(term.levels), 7):
            z = term.columns * (term.codes == level)[:, None]
            g = fitted.covariance
            assert modes.modes[level] == pytest.approx(g @ z.T @ inverse @ rest, abs=1e-8)
            expected = g - g @ z.T @ inverse @ z @ g
            assert modes.covariances[level] == pytest.approx(expected, abs=1e-8)


def test_a_sparse_factor_gives_the_same_as_a_dense_one(monkeypatch: pytest.MonkeyPatch) -> None:
    data = drawn("crossed")
    dense, dense_modes = fit(data), conditional_modes(fit(data), data)
    monkeypatch.setattr(crossed, "DENSE", 0)
    monkeypatch.setattr(crossed, "MOST_DENSE", 0)
    sparse, sparse_modes = fit(data), conditional_modes(dense, data)
    assert sparse.criterion == pytest.approx(dense.criterion, abs=1e-8)
    assert sparse.theta == pytest.approx(dense.theta, rel=1e-4, abs=1e-5)
    for one, other in zip(sparse_modes, dense_modes, strict=True):
        assert one.modes == pytest.approx(other.modes, abs=1e-8)
        assert one.covariances == pytest.approx(other.covariances, abs=1e-8)


def test_groups_without_rows_are_as_any_other() -> None:
    data = drawn("slope")
    (term,) = data.terms
    wider = replace(term, codes=term.codes + 2, levels=("new", "newer", *term.levels))
    model = fit(replace(data, terms=(wider,)))
    assert model.n_groups == {"g": len(term.levels)}
    (modes,) = conditional_modes(model, replace(data, terms=(wider,)))
    assert not modes.modes[:2].any()
    assert modes.covariances[0] == pytest.approx(model.covariances[0].covariance)


@pytest.mark.parametrize("kind", ["slope", "nested slopes", "crossed"])
def test_sums_of_two_clinics_are_the_sums_of_both(kind: str) -> None:
    data = drawn(kind, "many")
    first = data.terms[0].codes < 20
    whole = fit(data)
    both = fit(sums_of(rows(data, first)) + sums_of(rows(data, ~first)))
    assert both.criterion == pytest.approx(whole.criterion, abs=1e-8)
    assert both.fixed_effects == pytest.approx(whole.fixed_effects, rel=1e-8)
    assert both.theta == pytest.approx(whole.theta, rel=1e-7)


def rows(data: ModelData, kept: np.ndarray) -> ModelData:
    """Some rows, with the levels of all."""
    terms = tuple(replace(t, columns=t.columns[kept], codes=t.codes[kept]) for t in data.terms)
    return replace(data, y=data.y[kept], x=data.x[kept], terms=terms)


@pytest.mark.parametrize("kind", ["slope", "nested slopes", "crossed"])
def test_fewer_covariates_need_no_new_sums(kind: str) -> None:
    """Also where the covariate that is left out has a random effect."""
    data = drawn(kind)
    kept = [place for place, name in enumerate(data.names) if name != "x1"]
    names = tuple(data.names[place] for place in kept)
    anew = fit(replace(data, x=data.x[:, kept], names=names))
    found = fit(sums_of(data).with_fixed(names))
    assert found.names == anew.names == names
    assert found.fixed_effects == pytest.approx(anew.fixed_effects, rel=1e-7)
    assert found.criterion == pytest.approx(anew.criterion, abs=1e-8)


def test_sums_from_sql_are_as_good_as_rows() -> None:
    data = drawn("slope")
    n, x1, x2, y, g = len(data.y), data.x[:, 1], data.x[:, 2], data.y, data.terms[0].codes
    columns = ("(Intercept)", "x1", "x2", "y")
    with duckdb.connect() as connection:
        connection.execute("create table r (g int, x1 double, x2 double, y double)")
        connection.executemany(
            "insert into r values (?, ?, ?, ?)", np.column_stack([g, x1, x2, y]).tolist()
        )
        names = ("1.0", *columns[1:])
        sums = ", ".join(f"sum({a} * {b})" for a in names for b in names)
        found = connection.execute(f"select g, {sums} from r group by g order by g").fetchall()
    table = np.array(found, dtype=float)
    factor = Factor("g", table[:, 0].astype(np.int64), tuple(str(int(v)) for v in table[:, 0]))
    terms = (("g", ("(Intercept)", "x1")),)
    sums_sql = sums_from_products(columns, 3, terms, (factor,), table[:, 1:].reshape(-1, 4, 4), n)
    assert fit(sums_sql).criterion == pytest.approx(fit(data).criterion, abs=1e-8)
    (of_sql,), (of_rows,) = (conditional_modes(fit(data), d) for d in (sums_sql, data))
    assert of_sql.modes == pytest.approx(of_rows.modes, abs=1e-8)


def test_scales_of_covariates_do_not_matter() -> None:
    """Years and millions: the same model, with slopes in other units."""
    data = drawn("two slopes")
    moved = data.x * [1, 1e6, 1e-6] + [0, 2024e6, 0]
    columns = data.terms[0].columns * [1, 1e6, 1e-6] + [0, 2024e6, 0]
    other = replace(data, x=moved, terms=(replace(data.terms[0], columns=columns),))
    plain, scaled = fit(data), fit(other)
    assert scaled.criterion == pytest.approx(plain.criterion, abs=1e-5)
    slopes = plain.fixed_effects[1:] / [1e6, 1e-6]
    assert scaled.fixed_effects[1:] == pytest.approx(slopes, rel=1e-5)
    assert scaled.sigma == pytest.approx(plain.sigma, rel=1e-7)
    assert scaled.is_singular == plain.is_singular


def test_columns_that_others_make_up_are_dropped_from_the_right() -> None:
    data = drawn("slope")
    doubled = np.column_stack([data.x, 2 * data.x[:, 1] - 1, data.x[:, 2] + data.x[:, 1]])
    model = fit(replace(data, x=doubled, names=(*data.names, "twice", "sum")))
    assert model.dropped == ("twice", "sum")
    assert model.names == data.names
    assert model.criterion == pytest.approx(fit(data).criterion, abs=1e-8)


def test_rows_of_weight_0_are_left_out() -> None:
    data = drawn("slope", "weights")
    assert data.weights is not None
    kept = data.terms[0].codes > 3
    with_zeros = fit(replace(data, weights=np.where(kept, data.weights, 0.0)))
    without = fit(replace(rows(data, kept), weights=data.weights[kept]))
    assert with_zeros.n_obs == kept.sum()
    assert with_zeros.n_groups == without.n_groups
    assert with_zeros.criterion == pytest.approx(without.criterion, abs=1e-9)


def test_a_variance_of_0_is_a_fit() -> None:
    """Groups alike beyond chance: the model is then least squares, done here by lstsq."""
    rng = np.random.default_rng(5)
    codes = np.repeat(np.arange(12), 5)
    noise = rng.normal(size=60).reshape(12, 5)
    y = (noise - noise.mean(axis=1, keepdims=True)).ravel()
    term = RandomTerm("g", ("1",), np.ones((60, 1)), codes, tuple(map(str, range(12))))
    model = fit(ModelData(y, np.ones((60, 1)), ("1",), (term,)))
    assert model.is_singular
    assert model.covariances[0].covariance[0, 0] == 0
    assert model.sigma == pytest.approx(y.std(ddof=1))
    (modes,) = conditional_modes(model, ModelData(y, np.ones((60, 1)), ("1",), (term,)))
    assert not modes.modes.any()
    assert not modes.standard_deviations.any()


def test_a_term_on_which_data_say_nothing_has_variance_0() -> None:
    """Fixed effects for each group leave nothing for random ones."""
    data = drawn("intercept")
    each = (data.terms[0].codes[:, None] == np.arange(1, 16)).astype(float)
    names = ("(Intercept)", *(f"g{i}" for i in range(1, 16)))
    model = fit(replace(data, x=np.column_stack([np.ones(len(each)), each]), names=names))
    assert model.is_singular
    assert model.sigma == pytest.approx(
        np.sqrt(np.linalg.lstsq(each_and_one(each), data.y)[1][0] / (len(each) - 16))
    )


def each_and_one(each: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(each)), each])


def test_a_balanced_one_way_table_by_hand() -> None:
    """REML of a balanced table is the analysis of variance: MS between 112.5, MS within 4.5;
    tau^2 = (112.5 - 4.5) / 2 = 54, the mean 12 with variance MS between / 6."""
    y = np.array([0.0, 3.0, 11.0, 14.0, 21.0, 23.0])
    between, within = 2 * np.var([1.5, 12.5, 22.0], ddof=1), (4.5 + 4.5 + 2.0) / 3
    term = RandomTerm("g", ("1",), np.ones((6, 1)), np.array([0, 0, 1, 1, 2, 2]), ("a", "b", "c"))
    model = fit(ModelData(y, np.ones((6, 1)), ("1",), (term,)))
    assert model.sigma**2 == pytest.approx(within)
    assert model.covariances[0].covariance[0, 0] == pytest.approx((between - within) / 2)
    assert model.standard_errors[0] ** 2 == pytest.approx(between / 6)
    (modes,) = conditional_modes(model, ModelData(y, np.ones((6, 1)), ("1",), (term,)))
    assert modes.modes[0, 0] == pytest.approx((1 - within / between) * (1.5 - 12))


def test_the_slope_has_half_of_each_chi_square() -> None:
    data = drawn("slope", "many")
    (term,) = data.terms
    without = replace(
        data, terms=(replace(term, names=term.names[:1], columns=term.columns[:, :1]),)
    )
    larger, smaller = fit(data), fit(without)
    test = likelihood_ratio_of_slope(larger, smaller)
    assert test.statistic == pytest.approx(smaller.criterion - larger.criterion)
    expected = (chi2.sf(test.statistic, 1) + chi2.sf(test.statistic, 2)) / 2
    assert test.p == pytest.approx(expected)
    assert likelihood_ratio_of_slope(replace(larger, criterion=smaller.criterion), smaller).p == 1


def test_a_slope_of_its_own_has_one_degree_of_freedom() -> None:
    data = drawn("uncorrelated", "many")
    larger, smaller = fit(data), fit(replace(data, terms=data.terms[:1]))
    test = likelihood_ratio_of_slope(larger, smaller)
    assert test.p == pytest.approx(chi2.sf(test.statistic, 1) / 2)


def test_models_that_differ_in_more_are_not_compared() -> None:
    slope, nested = fit(drawn("two slopes")), fit(drawn("nested"))
    with pytest.raises(ValueError, match="do not differ by one random effect"):
        likelihood_ratio_of_slope(slope, nested)
