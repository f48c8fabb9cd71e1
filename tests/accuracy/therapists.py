"""How right therapists' estimates are, on simulated services whose truth is known.

    python -m tests.accuracy.therapists [services]

Uneven caseloads, severity that differs between therapists, a covariate, one episode in ten
shared; a twentieth of the variance between therapists at mean severity and more for the severe,
or none. Judged are therapists with 30 closed episodes or more, as on their pages.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from flows.statistics.mixed_model import FloatArray
from flows.statistics.therapist_effect import Episodes, Shares, therapist_effects

SERVICES = 100
CASELOAD, ENOUGH = 60, 30
SIGMA, SEVERITY_SD = 5.0, 5.0
SLOPE, CORRELATION = 0.4, 0.6
CASES = ((45, 0.05), (200, 0.05), (45, 0.0), (200, 0.0))
ASKED = "asked: intervals that hold 93 to 97 %; without differences at most 7 % called different"


@dataclass(frozen=True)
class Service:
    """A simulated service; `effects` (one per therapist, points, higher better) are the truth."""

    episodes: Episodes
    shares: Shares
    effects: FloatArray


@dataclass(frozen=True)
class Held:
    """Of the therapists with enough episodes: shares (0-1) and correlations with the truth."""

    judged: int
    coverage: float
    different: float
    correlation: float
    of_raw_means: float


def main(services: int) -> None:
    """Print the table."""
    for line in lines(services):
        print(line, flush=True)


def lines(services: int = SERVICES) -> Iterator[str]:
    """One line per kind of service."""
    yield f"SIMULATED, {services} services of each kind; therapists with {ENOUGH} episodes or more"
    yield (
        f"{'therapists':>10}{'share':>8}{'judged':>9}{'intervals hold':>16}"
        f"{'different':>11}{'r, estimate':>13}{'r, raw mean':>13}"
    )
    for therapists, share in CASES:
        found = [held(therapists, share, seed) for seed in range(services)]
        judged = sum(each.judged for each in found)
        told = [np.mean([getattr(e, n) for e in found]) for n in ("coverage", "different")]
        row = f"{therapists:>10}{share:>8.0%}{judged:>9,}{told[0]:>16.3f}{told[1]:>11.3f}"
        if share:
            row += f"{np.mean([e.correlation for e in found]):>13.3f}"
            row += f"{np.mean([e.of_raw_means for e in found]):>13.3f}"
        yield row
    yield ASKED


def held(therapists: int, share: float, seed: int) -> Held:
    """What one service gives."""
    service = simulated(therapists, share, np.random.default_rng([therapists, seed]))
    found = therapist_effects(service.episodes, service.shares)
    weighed = service.shares.weighed()
    enough = weighed >= ENOUGH
    truth = service.effects
    inside = (found.lower <= truth) & (truth <= found.upper)
    raw = _raw_means(service) / np.maximum(weighed, 1)
    return Held(
        judged=int(enough.sum()),
        coverage=float(inside[enough].mean()),
        different=float(found.is_distinguishable[enough].mean()),
        correlation=_correlation(found.estimate[enough], truth[enough]),
        of_raw_means=_correlation(raw[enough], truth[enough]),
    )


def _raw_means(service: Service) -> FloatArray:
    """Sums of what patients gained, a shared episode by its share: no case mix, no shrinking."""
    shares = service.shares
    gain = service.episodes.y + service.episodes.severity
    sums = np.bincount(shares.therapist, shares.share * gain[shares.episode], shares.count)
    return sums.astype(np.float64)


def _correlation(one: FloatArray, other: FloatArray) -> float:
    if min(one.std(), other.std()) < 1e-9:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def simulated(
    therapists: int, share: float, rng: np.random.Generator, *, shared: float = 0.1
) -> Service:
    """A service whose therapists make up `share` of the variance at mean severity."""
    caseload = np.maximum(1, rng.negative_binomial(3, 3 / (3 + CASELOAD), therapists))
    own = np.repeat(np.arange(therapists), caseload)
    n = len(own)
    severity = rng.normal(0, SEVERITY_SD, n) + rng.normal(0, 1.5, therapists)[own]
    severity -= severity.mean()
    before = rng.random(n) < rng.beta(4, 6, therapists)[own]
    effects = np.sqrt(share / (1 - share)) * SIGMA * rng.normal(size=therapists)
    spread = np.sqrt(share / (1 - share)) * SIGMA * SLOPE / SEVERITY_SD
    slopes = CORRELATION * SLOPE / SEVERITY_SD * effects
    slopes = slopes + np.sqrt(1 - CORRELATION**2) * spread * rng.normal(size=therapists)
    shares = _shares(rng, own, therapists, shared)
    y = -6 - 0.5 * severity - 0.01 * severity**2 - 2 * before + rng.normal(0, SIGMA, n)
    added = effects[shares.therapist] + slopes[shares.therapist] * severity[shares.episode]
    y = y + np.bincount(shares.episode, shares.share * added, n)
    x = np.column_stack([np.ones(n), severity, severity**2, before])
    names = ("(Intercept)", "severity", "severity squared", "treated before")
    return Service(Episodes(y, x, names, severity), shares, effects)


def _shares(rng: np.random.Generator, own: np.ndarray, therapists: int, shared: float) -> Shares:
    """Some episodes with a colleague, who has between a tenth and two thirds of it."""
    n = len(own)
    given = np.where(rng.random(n) < shared, rng.uniform(0.1, 0.67, n), 0.0)
    colleague = (own + rng.integers(1, therapists, n)) % therapists
    both = np.flatnonzero(given > 0)
    return Shares(
        episode=np.concatenate([np.arange(n), both]),
        therapist=np.concatenate([own, colleague[both]]),
        share=np.concatenate([1 - given, given[both]]),
        count=therapists,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SERVICES)
