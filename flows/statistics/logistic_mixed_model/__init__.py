"""Logistic regression with a random intercept, equal to lme4's `glmer` with nAGQ = nodes.

logit P(yes) = x beta + b of the group, b ~ N(0, sd^2). The likelihood integrates b out
by adaptive Gauss-Hermite quadrature (Pinheiro & Bates 1995, Journal of Computational
and Graphical Statistics 4:12-35): nodes around the mode of each group, scaled by its
curvature. One node is the Laplace approximation, glmer's default, which is off by most
where groups are small; the default here is 25.
"""

from flows.statistics.logistic_mixed_model.fit import (
    MOST_NODES,
    NODES,
    LogisticModel,
    NoFiniteEstimateError,
    OutcomeError,
    fit_logistic,
)

__all__ = [
    "MOST_NODES",
    "NODES",
    "LogisticModel",
    "NoFiniteEstimateError",
    "OutcomeError",
    "fit_logistic",
]
