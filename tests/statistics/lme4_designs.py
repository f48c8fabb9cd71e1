"""Random data for models of every kind, with the formula that lme4 has for each."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flows.statistics.mixed_model import ModelData, RandomTerm

Column = NDArray[np.float64]

KINDS = {
    "intercept": "(1 | g)",
    "slope": "(1 + x1 | g)",
    "two slopes": "(1 + x1 + x2 | g)",
    "slope alone": "(0 + x1 | g)",
    "uncorrelated": "(1 | g) + (0 + x1 | g)",
    "nested": "(1 | g) + (1 | h)",
    "nested slopes": "(1 + x1 | g) + (1 + x1 | h)",
    "three levels": "(1 | g) + (1 | h) + (1 | k)",
    "crossed": "(1 | g) + (1 | c)",
    "crossed slopes": "(1 + x1 | g) + (1 + x2 | c)",
    "nested and crossed": "(1 + x1 | g) + (1 | h) + (1 | c)",
}
"""Groups of g lie in groups of h, these in groups of k; c is crossed with all."""

TERMS = {
    "intercept": (("g", "1"),),
    "slope": (("g", "1 x1"),),
    "two slopes": (("g", "1 x1 x2"),),
    "slope alone": (("g", "x1"),),
    "uncorrelated": (("g", "1"), ("g", "x1")),
    "nested": (("g", "1"), ("h", "1")),
    "nested slopes": (("g", "1 x1"), ("h", "1 x1")),
    "three levels": (("g", "1"), ("h", "1"), ("k", "1")),
    "crossed": (("g", "1"), ("c", "1")),
    "crossed slopes": (("g", "1 x1"), ("c", "1 x2")),
    "nested and crossed": (("g", "1 x1"), ("h", "1"), ("c", "1")),
}


@dataclass(frozen=True)
class Twist:
    """What is special: `spread` of effects in units of sigma, `scale` and `place` of covariates."""

    spread: float = 0.5
    correlation: float = 0.3
    scale: float = 1.0
    place: float = 0.0
    n_covariates: int = 2
    groups: int = 24
    rows: float = 8.0
    weighted: bool = False
    method: str = "REML"


TWISTS = {
    "plain": Twist(),
    "ML": Twist(method="ML"),
    "no spread": Twist(spread=0.0),
    "little spread": Twist(spread=0.08),
    "large spread": Twist(spread=20.0),
    "correlation 1": Twist(correlation=1.0, rows=4.0),
    "correlation -1": Twist(correlation=-1.0, rows=4.0),
    "weights": Twist(weighted=True),
    "weights, ML": Twist(weighted=True, method="ML"),
    "years": Twist(place=2024.0, scale=3.0),
    "millions": Twist(scale=1e6),
    "millionths": Twist(scale=1e-6),
    "five covariates": Twist(n_covariates=5),
    "groups of one": Twist(rows=1.3, groups=40),
    "small": Twist(groups=5, rows=3.5),
    "many": Twist(groups=200, rows=20.0),
}


@dataclass(frozen=True)
class Design:
    """`columns` of a table, the model as lme4's formula and as data."""

    name: str
    formula: str
    method: str
    columns: dict[str, Column]
    data: ModelData


def designs(seed: int) -> Iterator[Design]:
    """One of every kind with every twist."""
    for i, kind in enumerate(KINDS):
        for j, (name, twist) in enumerate(TWISTS.items()):
            if kind == "three levels" and twist.groups <= 12:
                continue  # one group of k
            rng = np.random.default_rng([seed, i, j])
            yield design(f"{kind}, {name}, {seed}", kind, twist, rng)


def design(name: str, kind: str, twist: Twist, rng: np.random.Generator) -> Design:
    """Unbalanced random data: sizes of groups are Poisson, at least 1, more for more effects."""
    most = max(len(effects.split()) for _, effects in TERMS[kind])
    sizes = 1 + rng.poisson(twist.rows * most - 1, twist.groups)
    g = np.repeat(np.arange(twist.groups), sizes)
    n = len(g)
    codes = {"g": g, "h": g // 4, "k": g // 12, "c": rng.integers(0, max(3, twist.groups // 3), n)}
    x = {
        f"x{i + 1}": twist.place + twist.scale * rng.normal(size=n)
        for i in range(twist.n_covariates)
    }
    unit = {name: (column - twist.place) / twist.scale for name, column in x.items()}
    y = 10 + sum(0.3 * column for column in unit.values()) + rng.normal(size=n)
    for group, effects in TERMS[kind]:
        y = y + _effects(rng, codes[group], effects.split(), unit, twist)
    weights = rng.uniform(0.2, 3.0, n) if twist.weighted else None
    names = ("(Intercept)", *x)
    data = ModelData(
        y=np.asarray(y),
        x=np.column_stack([np.ones(n), *x.values()]),
        names=names,
        terms=tuple(
            _term(group, effects.split(), codes[group], x) for group, effects in TERMS[kind]
        ),
        weights=weights,
    )
    groups = {name: np.asarray(code, dtype=float) for name, code in codes.items()}
    columns = {"y": data.y, **x, **groups, "w": np.ones(n) if weights is None else weights}
    formula = f"y ~ {' + '.join(x)} + {KINDS[kind]}"
    return Design(name, formula, twist.method, columns, data)


def _effects(
    rng: np.random.Generator,
    codes: NDArray[np.int64],
    effects: list[str],
    unit: dict[str, Column],
    twist: Twist,
) -> Column:
    """Sums of random effects with one spread and one correlation."""
    shared = rng.normal(size=codes.max() + 1)
    total = np.zeros(len(codes))
    for place, effect in enumerate(effects):
        r = twist.correlation if place else 1.0
        own = r * shared + np.sqrt(1 - r**2) * rng.normal(size=len(shared))
        total += twist.spread * own[codes] * (1.0 if effect == "1" else unit[effect])
    return total


def _term(
    group: str, effects: list[str], codes: NDArray[np.int64], x: dict[str, Column]
) -> RandomTerm:
    columns = [np.ones(len(codes)) if effect == "1" else x[effect] for effect in effects]
    names = tuple("(Intercept)" if effect == "1" else effect for effect in effects)
    levels = tuple(map(str, range(codes.max() + 1)))
    return RandomTerm(group, names, np.column_stack(columns), codes, levels)
