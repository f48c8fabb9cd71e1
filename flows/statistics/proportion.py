"""Shares with their uncertainty."""

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054
"""Two-sided 95 % of the standard normal distribution."""


@dataclass(frozen=True)
class Share:
    """`count` of `n`, with an interval; all None-free only where n > 0."""

    count: int
    n: int
    value: float
    lower: float
    upper: float


def share(count: int, n: int, z: float = Z_95) -> Share | None:
    """A share with its Wilson score interval; None where n is 0.

    Wilson 1927, JASA 22:209-212: it stays within 0-1 and holds for small n,
    where the usual interval does not. Raises ValueError unless 0 <= count <= n.
    """
    if not 0 <= count <= n:
        raise ValueError("a count lies between 0 and n")
    if n == 0:
        return None
    p = count / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Share(count, n, p, max(0.0, centre - half), min(1.0, centre + half))
