"""Every knob of the simulation, and its calendar."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SYNTHETIC_NOW = date(2026, 11, 16)
WEEKS = 156
FIRST_MONDAY = SYNTHETIC_NOW - timedelta(weeks=WEEKS)
LAST_DAY = 7 * WEEKS
MOST_SESSIONS = 30
PATIENTS_PER_CHUNK = 2_000


@dataclass(frozen=True)
class Clinic:
    """A clinic: share of the service's patients, number of therapists, its therapy group."""

    name: str
    prefix: str
    share: float
    therapists: int
    group: str | None
    group_weekday: int = 0


CLINICS = (
    Clinic("noord", "n", 0.36, 16, "gn1", group_weekday=1),
    Clinic("midden", "m", 0.36, 17, "gm1", group_weekday=3),
    Clinic("zuid", "z", 0.28, 12, None),
)


@dataclass(frozen=True)
class Kind:
    """A kind of course.

    `change` is the mean change at the planned end: below 0 as a share of the
    baseline, above 0 as a share of the room left up to the worst score.
    """

    name: str
    share: float
    change: float
    fewest_sessions: int
    drop_out: float


KINDS = (
    Kind("recovering", 0.36, -0.66, 5, 0.13),
    Kind("slow", 0.19, -0.38, 6, 0.15),
    Kind("flat", 0.19, 0.0, 5, 0.22),
    Kind("late", 0.08, -0.60, 11, 0.12),
    Kind("deteriorating", 0.08, 0.50, 6, 0.25),
    Kind("sudden_gain", 0.10, -0.62, 9, 0.08),
)
LATE, SUDDEN_GAIN = 3, 5


@dataclass(frozen=True)
class Simulation:
    """Settings of the simulation, all of them invented to look plausible.

    None is a norm, a cut-off or a finding; nothing outside `flows/demo/` may
    read them. Levels are true PHQ-9 scores in points (the total a patient
    would have on average at that moment), alliance is SRS points per item,
    `*_sd` are standard deviations, chances are per episode unless said
    otherwise.
    """

    # severity at the start: lowest + span * Beta(a, b)
    baseline_lowest: float = 5.0
    baseline_span: float = 20.0
    baseline_a: float = 2.6
    baseline_b: float = 2.8
    # how far patients of one kind differ
    strength_sd: float = 0.25
    drift_sd: float = 1.5
    fluctuation_sd: float = 1.1
    fluctuation_memory: float = 0.4
    late_start_session: int = 6
    # therapists: share of the variance of the end level (see `_team`), slope relative to it
    therapist_share: float = 0.05
    therapist_slope: float = 0.40
    therapist_correlation: float = 0.6
    therapist_sessions: float = 3.0
    smallest_caseload: float = 0.2
    largest_caseload: float = 1.9
    # sessions and calendar
    extra_sessions_shape: float = 2.5
    extra_sessions_scale: float = 2.5
    weekly_sessions: int = 8
    early_weeks: tuple[float, ...] = (0.82, 0.14, 0.04)
    later_weeks: tuple[float, ...] = (0.22, 0.56, 0.14, 0.08)
    other_weekday: float = 0.12
    returns: float = 0.038
    return_weeks: tuple[int, int] = (19, 60)
    group_share: float = 0.06
    group_members: int = 75
    # alliance
    alliance_mean: float = 9.45
    alliance_sd: float = 0.75
    alliance_noise: float = 0.45
    alliance_growth: float = 0.03
    rupture: float = 0.16
    rupture_repaired: float = 0.62
    rupture_depth: tuple[float, float] = (1.8, 3.6)
    rupture_harm: tuple[float, float] = (1.5, 4.0)
    rupture_drop_out: float = 0.4
    # measurement
    missed: float = 0.08
    no_gad: float = 0.04
    no_ors: float = 0.03
    no_srs: float = 0.06
    skipped_item: float = 0.002

    @property
    def severity_mean(self) -> float:
        """Mean true baseline, in PHQ-9 points."""
        return self.baseline_lowest + self.baseline_span * self.baseline_a / self._ab

    @property
    def severity_sd(self) -> float:
        """Standard deviation of the true baseline, in PHQ-9 points."""
        spread = self.baseline_a * self.baseline_b / (self._ab**2 * (self._ab + 1))
        return float(self.baseline_span * np.sqrt(spread))

    @property
    def _ab(self) -> float:
        return self.baseline_a + self.baseline_b


@dataclass(frozen=True)
class Streams:
    """Independent random streams of one seed, named by what they are for."""

    seed: int
    # A new purpose goes last: its place is part of the key.
    purposes: tuple[str, ...] = field(
        default=("calibration", "therapists", "chunk", "planted", "companions", "habits")
    )

    def stream(self, purpose: str, number: int = 0) -> np.random.Generator:
        """A fresh PCG64 generator, the same for the same seed, purpose and number."""
        key = (self.seed, self.purposes.index(purpose), number)
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))
