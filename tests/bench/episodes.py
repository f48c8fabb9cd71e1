"""Simulated episodes of therapists whose results differ in level and in slope."""

import numpy as np

from flows.statistics.mixed_model import ModelData, RandomTerm

PER_GROUP = 50
FORMULA = "post ~ bc + (1 + bc | therapist_id)"


def episodes(n: int) -> ModelData:
    """Scores after treatment by those before, less 15; some 50 episodes per therapist."""
    rng = np.random.default_rng(n)
    therapists = rng.integers(0, n // PER_GROUP, n)
    bc = rng.normal(0, 5, n).round()
    own = rng.normal(size=(2, n // PER_GROUP)) * [[1.1], [0.08]]
    post = 11.4 + 0.52 * bc + own[0][therapists] + own[1][therapists] * bc + rng.normal(0, 5, n)
    x = np.column_stack([np.ones(n), bc])
    names = ("(Intercept)", "bc")
    levels = tuple(map(str, range(n // PER_GROUP)))
    term = RandomTerm("therapist_id", names, x, therapists, levels)
    return ModelData(post, x, names, (term,), outcome="post")
