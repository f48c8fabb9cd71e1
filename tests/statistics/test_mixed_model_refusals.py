"""What no model can be fitted to is refused in a sentence; what can, gives finite numbers."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from flows.statistics.mixed_model import (
    ModelData,
    ModelDataError,
    RandomTerm,
    conditional_modes,
    fit,
    sums_of,
)

N = 60
RNG = np.random.default_rng(11)
X, NOISE, LEVELS = RNG.normal(size=N), RNG.normal(size=N), RNG.normal(size=10)
CODES = np.repeat(np.arange(10), 6)


def plain() -> ModelData:
    """Ten groups of six with an intercept and a covariate."""
    term = RandomTerm("g", ("1",), np.ones((N, 1)), CODES, tuple(map(str, range(10))))
    x = np.column_stack([np.ones(N), X])
    return ModelData(NOISE + LEVELS[CODES], x, ("1", "x"), (term,), outcome="post")


def grouped(codes: np.ndarray, y: np.ndarray | None = None) -> ModelData:
    """The same with other groups."""
    data = plain()
    term = replace(data.terms[0], codes=codes, levels=tuple(map(str, range(codes.max() + 1))))
    return replace(data, terms=(term,), y=data.y if y is None else y)


def spoilt(value: float) -> np.ndarray:
    """The outcome with one value replaced."""
    return np.where(np.arange(N) == 3, value, plain().y)


def first(rows: int) -> ModelData:
    """Some rows, and more covariates than a few rows can bear."""
    data, x = plain(), RNG.normal(size=(N, 5))
    term = replace(data.terms[0], columns=np.ones((rows, 1)), codes=np.arange(rows) // 2)
    names = tuple(f"x{i}" for i in range(5))
    return replace(data, y=data.y[:rows], x=x[:rows], names=names, terms=(term,))


def with_effects(columns: np.ndarray) -> ModelData:
    """The same with these random effects."""
    data = plain()
    names = tuple(f"z{i}" for i in range(columns.shape[1]))
    return replace(data, terms=(replace(data.terms[0], columns=columns, names=names),))


REFUSED: dict[str, tuple[Callable[[], ModelData], str]] = {
    "one group": (lambda: grouped(CODES * 0), "g has one group only"),
    "groups of one": (lambda: grouped(np.arange(N)), "too few for 60 groups of g"),
    "too many effects": (lambda: with_effects(RNG.normal(size=(N, 6))), "6 random effects each"),
    "one outcome": (lambda: replace(plain(), y=np.full(N, 5.0)), "explain post without any rest"),
    "zeros": (lambda: replace(plain(), y=np.zeros(N)), "explain post without any rest"),
    "a line": (lambda: replace(plain(), y=2 * X + 1), "explain post without any rest"),
    "alike in groups": (lambda: replace(plain(), y=LEVELS[CODES]), "groups explain the outcome"),
    "missing outcome": (lambda: replace(plain(), y=spoilt(np.nan)), "Row 4 .* in post"),
    "an outcome past all bounds": (lambda: replace(plain(), y=spoilt(1e160)), "Row 4 .* in post"),
    "infinite outcome": (lambda: replace(plain(), y=spoilt(np.inf)), "Row 4 .* in post"),
    "missing covariate": (
        lambda: replace(plain(), x=np.column_stack([np.ones(N), spoilt(np.nan)])),
        "Row 4 .* in x",
    ),
    "missing effect": (lambda: with_effects(spoilt(np.nan)[:, None]), "Row 4 .* in z0"),
    "missing weight": (lambda: replace(plain(), weights=spoilt(np.nan)), "Row 4 .* the weights"),
    "negative weight": (lambda: replace(plain(), weights=-np.ones(N)), "Row 1 has a negative"),
    "no weight": (lambda: replace(plain(), weights=np.zeros(N)), "All weights are 0"),
    "no rows": (lambda: first(0), "no observations"),
    "n = p": (lambda: first(5), "5 observations are too few for 5 fixed effects"),
    "no groups": (lambda: replace(plain(), terms=()), "no random effects"),
    "unknown group": (
        lambda: replace(plain(), terms=(replace(plain().terms[0], levels=("a", "b")),)),
        "not among its levels",
    ),
    "two groupings of a name": (
        lambda: replace(plain(), terms=(plain().terms[0], *grouped(CODES // 2).terms)),
        "group differently",
    ),
    "other lengths": (lambda: replace(plain(), y=plain().y[:-1]), "differ in length"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_a_sentence(case: str) -> None:
    make, sentence = REFUSED[case]
    with pytest.raises(ModelDataError, match=sentence) as refused:
        fit(make())
    assert refused.value.what
    assert refused.value.next_step


ALLOWED: dict[str, Callable[[], ModelData]] = {
    "a constant covariate": lambda: replace(plain(), x=np.column_stack([np.ones(N), np.ones(N)])),
    "a constant within groups": lambda: replace(
        plain(), x=np.column_stack([np.ones(N), LEVELS[CODES]])
    ),
    "an effect of zeros": lambda: with_effects(np.column_stack([np.ones(N), np.zeros(N)])),
    "an effect twice": lambda: with_effects(np.column_stack([X, 2 * X])),
    "nearly groups of one": lambda: grouped(np.minimum(np.arange(N), 50)),
    "no fixed effects": lambda: replace(plain(), x=np.zeros((N, 0)), names=()),
    "outcomes of 1e9": lambda: replace(plain(), y=1e9 * plain().y + 1e12),
    "outcomes of 1e-12": lambda: replace(plain(), y=plain().y * 1e-12),
    "nearly alike in groups": lambda: replace(plain(), y=1e4 * LEVELS[CODES] + NOISE),
    "whole numbers": lambda: replace(plain(), y=np.tile([0.0, 1.0, 2.0], N // 3)),
    "wild weights": lambda: replace(plain(), weights=10 ** RNG.uniform(-6, 6, N)),
    "one row more than fixed effects": lambda: first(6),
    "100,000 groups": lambda: replace(
        plain(),
        y=np.tile(NOISE, 4_000),
        x=np.tile(plain().x, (4_000, 1)),
        terms=(
            RandomTerm(
                "g", ("1",), np.ones((240_000, 1)), np.arange(240_000) % 100_000,
                tuple(map(str, range(100_000))),
            ),
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ALLOWED)
def test_fitted_with_finite_numbers(case: str) -> None:
    data = ALLOWED[case]()
    model = fit(data)
    (modes,) = conditional_modes(model, data)
    for numbers in (
        model.criterion, model.sigma, model.theta, model.fixed_effects, model.fixed_covariance,
        modes.modes, modes.standard_deviations,
    ):  # fmt: skip
        assert np.isfinite(numbers).all()


def test_sums_of_other_models_are_not_added() -> None:
    with pytest.raises(ModelDataError, match="different models"):
        sums_of(plain()) + sums_of(with_effects(X[:, None]))


def test_modes_need_the_model_of_the_data() -> None:
    model = fit(plain())
    with pytest.raises(ModelDataError, match="other random effects"):
        conditional_modes(model, with_effects(X[:, None]))
    with pytest.raises(ModelDataError, match="lack x"):
        conditional_modes(model, replace(plain(), names=("1", "other")))
