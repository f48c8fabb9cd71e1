"""Many small positive definite systems at once, with the systems on the last axis.

Written out over numpy's elementwise operations: for systems of one to five
unknowns that is several times faster than a call of LAPACK for each, and uses
one core.
"""

import numpy as np

from flows.statistics.mixed_model.data import FloatArray


def solved(matrices: FloatArray, right: FloatArray) -> tuple[float, FloatArray]:
    """Sum of the log determinants, and matrices^-1 right (q x m x groups).

    `matrices` is q x q x groups, `right` q x m x groups; Gaussian elimination
    without exchanges, which is stable for positive definite matrices.
    """
    q = len(matrices)
    left, solution = matrices.copy(), right.copy()
    log_det = 0.0
    for i in range(q):
        log_det += float(np.log(left[i, i]).sum())
        for j in range(i + 1, q):
            factor = left[j, i] / left[i, i]
            left[j, i + 1 :] -= factor * left[i, i + 1 :]
            solution[j] -= factor * solution[i]
    for i in reversed(range(q)):
        for j in range(i + 1, q):
            solution[i] -= left[i, j] * solution[j]
        solution[i] /= left[i, i]
    return log_det, solution


def times(left: FloatArray, right: FloatArray) -> FloatArray:
    """left @ right for each group: (a x b x groups), (b x c x groups) -> a x c x groups.

    Either may have one group only, which then serves all.
    """
    if left.shape[1] == 0:
        return np.zeros((len(left), right.shape[1], left.shape[2]))
    product = left[:, 0, None] * right[None, 0]
    for i in range(1, left.shape[1]):
        product += left[:, i, None] * right[None, i]
    return product


def turned(matrix: FloatArray, stack: FloatArray) -> FloatArray:
    """matrix @ stack for each group, with one matrix (a x b) for all."""
    return times(matrix[:, :, None], stack)


def summed_over_groups(left: FloatArray, right: FloatArray) -> FloatArray:
    """Sum over the groups of left' @ right: (a x b x groups), (a x c x groups) -> b x c.

    One product of two matrices, so that no product of a single group is ever kept.
    """
    return np.asarray(
        sum(mine @ other.T for mine, other in zip(left, right, strict=True)), dtype=np.float64
    )
