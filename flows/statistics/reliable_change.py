"""Reliable change and cut-offs (Jacobson & Truax 1991, JCCP 59:12-19), and what other methods need.

Formulas of the other methods as in the R package clinicalsignificance 2.1.0. `direction` is
+1 where a higher score is better and -1 where a lower one is.
"""

from math import sqrt

Z_95 = 1.959964
"""Two-sided 95 %, as every published reliable-change value of 1.96 means it."""

Z_HAGEMAN_ARRINDELL = 1.65
"""One-sided 95 %, as Hageman & Arrindell round it."""


def standard_error_of_measurement(sd: float, reliability: float) -> float:
    """SEM in points: sd x sqrt(1 - reliability).

    Raises ValueError for a negative sd or a reliability outside 0-1.
    """
    if sd < 0 or not 0 <= reliability <= 1:
        raise ValueError("an sd is at least 0 and a reliability lies between 0 and 1")
    return sd * sqrt(1 - reliability)


def standard_error_of_difference(sd: float, reliability: float) -> float:
    """S_diff in points: sqrt(2) x SEM; `sd` is the standard deviation before treatment.

    Raises ValueError as standard_error_of_measurement does.
    """
    return sqrt(2) * standard_error_of_measurement(sd, reliability)


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


def cutoff_a(clinical_mean: float, clinical_sd: float, direction: int) -> float:
    """Two standard deviations from the clinical mean, towards the functional group."""
    return clinical_mean + direction * 2 * clinical_sd


def cutoff_b(functional_mean: float, sd: float, direction: int) -> float:
    """Two standard deviations from the functional mean, towards the clinical group.

    `sd` is that of the functional group, as in Jacobson & Truax; the R package
    clinicalsignificance takes that of the clinical group.
    """
    return functional_mean - direction * 2 * sd


def cutoff_c(
    clinical_mean: float, clinical_sd: float, functional_mean: float, functional_sd: float
) -> float:
    """Where a score is as far from either mean, each in its own standard deviations.

    Raises ValueError when neither group has any spread.
    """
    if clinical_sd + functional_sd <= 0:
        raise ValueError("one of the two standard deviations must be above 0")
    weighted = clinical_sd * functional_mean + functional_sd * clinical_mean
    return weighted / (clinical_sd + functional_sd)


def reliability_of_sd(sd: float, sem: float) -> float:
    """The reliability that a standard error of measurement means where the spread is `sd`.

    Raises ValueError for an sd that is not above 0.
    """
    if sd <= 0:
        raise ValueError("the sd must be above 0")
    return (sd**2 - sem**2) / sd**2


def reliability_of_differences(
    sd_before: float, sd_after: float, correlation: float, sem: float
) -> float:
    """Of the difference between two scores, in Hageman & Arrindell.

    Raises ValueError when all patients changed by the same number of points.
    """
    shared = 2 * sd_before * sd_after * correlation
    spread = sd_before**2 + sd_after**2 - shared
    if spread <= 0:
        raise ValueError("the differences have no spread")
    true_before = sd_before**2 * reliability_of_sd(sd_before, sem)
    true_after = sd_after**2 * reliability_of_sd(sd_after, sem)
    return (true_before + true_after - shared) / spread
