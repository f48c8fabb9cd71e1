"""Square roots of covariance matrices, which may be singular."""

import numpy as np

from flows.statistics.mixed_model.data import FloatArray


def lower_root(covariance: FloatArray) -> FloatArray:
    """Lambda with Lambda Lambda' = covariance and no diagonal below 0: Cholesky, also of a
    singular matrix."""
    left, root = covariance.copy(), np.zeros_like(covariance)
    bounds = 1e-14 * np.diag(covariance)
    for i in range(len(left)):
        if left[i, i] > bounds[i]:
            root[i:, i] = left[i:, i] / np.sqrt(left[i, i])
            left[i:, i:] -= np.outer(root[i:, i], root[i:, i])
    return root
