"""The log-likelihood of a logistic random intercept with its exact gradient.

For one group with linear predictor x beta + tau u and u ~ N(0, 1), f(u) is the log of
likelihood times exp(-u^2 / 2). With its mode u0 and s = (-f''(u0))^(-1/2) the group adds

    log s - log(pi) / 2 + log sum_k w_k exp(z_k^2 + f(u0 + sqrt(2) s z_k))

(Pinheiro & Bates 1995), z and w being the nodes and weights of Gauss-Hermite. The
gradient is that of this sum itself, so it counts that the nodes move with the
parameters: du0 = f_u* / -f_uu and ds = s^3 / 2 (f_uu* + f_uuu du0), where * is a parameter.
"""

from dataclasses import dataclass
from math import log, pi, sqrt

import numpy as np

from flows.statistics.logistic_mixed_model.counts import Counts
from flows.statistics.mixed_model import FloatArray, IntArray

MOST_STEPS = 200
SMALLEST_STEP = 1e-11


@dataclass(frozen=True)
class Rule:
    """Nodes z of Gauss-Hermite and the logs of w exp(z^2)."""

    nodes: FloatArray
    log_weights: FloatArray


def rule(nodes: int) -> Rule:
    """The rule for so many nodes."""
    z, w = np.polynomial.hermite.hermgauss(nodes)
    return Rule(z, np.log(w) + z**2)


@dataclass(frozen=True)
class Modes:
    """Of each group: u0, s, and the slopes of f in sums over its cells (all of length G)."""

    u: FloatArray
    s: FloatArray


@dataclass(frozen=True)
class Likelihood:
    """Log-likelihood, its gradient by (beta, tau), and the modes it stands on."""

    value: float
    gradient: FloatArray
    modes: Modes


def likelihood(counts: Counts, parameters: FloatArray, use: Rule, start: FloatArray) -> Likelihood:
    """At `parameters` (beta, tau); modes are sought from `start` (G).

    Without the binomial coefficients of the counts. Even in tau.
    """
    beta, tau = parameters[:-1], float(parameters[-1])
    fixed = counts.x @ beta
    value, of_tau = 0.0, 0.0
    slopes = np.empty(len(fixed))
    modes = Modes(np.empty(len(start)), np.empty(len(start)))
    for groups, cells in counts.blocks(len(use.nodes)):
        block = _Block(
            fixed[cells],
            counts.yes[cells],
            counts.trials[cells],
            counts.starts[groups] - cells.start,
            counts.group[cells] - groups.start,
            tau,
        )
        part = _summed(block, use, start[groups])
        value += part.value
        of_tau += part.of_tau
        slopes[cells] = part.slopes
        modes.u[groups], modes.s[groups] = part.u, part.s
    return Likelihood(value, np.append(counts.x.T @ slopes, of_tau), modes)


@dataclass(frozen=True)
class _Block:
    """Cells of some groups: linear predictor without the group's part, counts, and tau."""

    fixed: FloatArray
    yes: FloatArray
    trials: FloatArray
    starts: IntArray
    group: IntArray
    tau: float

    def by_group(self, cells: FloatArray) -> FloatArray:
        """Sums over the cells of each group."""
        return np.asarray(np.add.reduceat(cells, self.starts, axis=0))


@dataclass(frozen=True)
class _Part:
    """What some groups add; `slopes` (cells) times x is the gradient by beta."""

    value: float
    of_tau: float
    slopes: FloatArray
    u: FloatArray
    s: FloatArray


def _probabilities(predictor: FloatArray) -> tuple[FloatArray, FloatArray]:
    """P(yes) and log(1 + exp(predictor)), without overflow."""
    small = np.exp(-np.abs(predictor))
    share = np.where(predictor >= 0, 1.0, small) / (1.0 + small)
    return share, np.maximum(predictor, 0.0) + np.log1p(small)


def _mode(block: _Block, start: FloatArray) -> FloatArray:
    """u0 of each group by damped Newton steps.

    f'' changes by at most |tau| f'' per unit of u, so steps shortened by
    log(1 + d) / d with d = |tau step| never go astray and are whole near the mode.
    """
    u, tau = start.copy(), block.tau
    for _ in range(MOST_STEPS):
        share, _ = _probabilities(block.fixed + tau * u[block.group])
        slope = tau * block.by_group(block.yes - block.trials * share) - u
        bend = tau**2 * block.by_group(block.trials * share * (1 - share)) + 1
        step = slope / bend
        far = np.abs(tau * step)
        u += step * np.where(far > 1e-8, np.log1p(far) / np.maximum(far, 1e-8), 1.0)
        if np.abs(step).max() < SMALLEST_STEP * (1 + np.abs(u).max()):
            break
    return u


def _summed(block: _Block, use: Rule, start: FloatArray) -> _Part:
    u, tau = _mode(block, start), block.tau
    share, _ = _probabilities(block.fixed + tau * u[block.group])
    spread = block.trials * share * (1 - share)
    skew = spread * (1 - 2 * share)
    spreads, skews = block.by_group(spread), block.by_group(skew)
    s = (tau**2 * spreads + 1) ** -0.5

    points = u[:, np.newaxis] + sqrt(2) * s[:, np.newaxis] * use.nodes
    share_at, weight, logs = _at_nodes(block, points, use)
    left = block.by_group(block.yes[:, np.newaxis] - block.trials[:, np.newaxis] * share_at)
    slope_at = tau * left - points
    of_u = (weight * slope_at).sum(axis=1)
    of_s = 1 / s + (weight * slope_at * use.nodes).sum(axis=1) * sqrt(2)

    by_u = of_u + of_s * s**3 / 2 * -(tau**3) * skews
    by_bend = of_s * s**3 / 2
    mean_share = (share_at * weight[block.group]).sum(axis=1)
    slopes = block.yes - block.trials * mean_share
    slopes -= (by_u * tau * s**2)[block.group] * spread + (by_bend * tau**2)[block.group] * skew

    left_at_mode = block.by_group(block.yes - block.trials * share)
    moved = s**2 * (left_at_mode - tau * u * spreads)
    bent = -2 * tau * spreads - tau**2 * u * skews
    of_tau = (weight * points * left).sum(axis=1) + by_u * moved + by_bend * bent
    value = float((logs + np.log(s)).sum()) - len(u) * log(pi) / 2
    return _Part(value, float(of_tau.sum()), slopes, u, s)


def _at_nodes(
    block: _Block, points: FloatArray, use: Rule
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """P(yes) of each cell and the weight of each group at each node; the log of the sum."""
    share, softplus = _probabilities(block.fixed[:, np.newaxis] + block.tau * points[block.group])
    linear = block.by_group(block.yes)[:, np.newaxis] * block.tau * points
    fixed = block.by_group(block.yes * block.fixed)[:, np.newaxis]
    height = linear + fixed - block.by_group(block.trials[:, np.newaxis] * softplus)
    height += use.log_weights - points**2 / 2
    top = height.max(axis=1, keepdims=True)
    weight = np.exp(height - top)
    total = weight.sum(axis=1, keepdims=True)
    return share, weight / total, (top + np.log(total))[:, 0]
