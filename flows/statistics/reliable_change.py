"""Reliable change in points and its standard error (Jacobson & Truax 1991, JCCP 59:12-19)."""

from math import sqrt


def standard_error_of_difference(sd: float, reliability: float) -> float:
    """S_diff in points: sqrt(2) x SEM, with SEM = sd x sqrt(1 - reliability).

    `sd` is the standard deviation before treatment, in points. Raises
    ValueError for a negative sd or a reliability outside 0-1.
    """
    if sd < 0 or not 0 <= reliability <= 1:
        raise ValueError("an sd is at least 0 and a reliability lies between 0 and 1")
    return sqrt(2) * sd * sqrt(1 - reliability)


def standard_error_from_points(points: float, z: float) -> float:
    """S_diff in points behind a published reliable-change value: points / z.

    `points` must be the value before rounding. Raises ValueError when z is not positive.
    """
    if z <= 0:
        raise ValueError("z must be positive")
    return points / z


def reliable_change_points(sd: float, reliability: float, z: float) -> float:
    """The smallest difference in points that is more than measurement error: z x S_diff."""
    return z * standard_error_of_difference(sd, reliability)
