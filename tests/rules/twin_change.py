"""Change once more, slow and in plain Python, written from the text of RULES B1 and B2.9.

Nothing of sql/, of flows/stations or of flows/statistics is used here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from statistics import mean, variance

Z = 1.959964


@dataclass(frozen=True)
class Scale:
    """What is known of a scale; `worse` is True where a higher score is worse."""

    worse: bool
    mean: float
    sd: float
    reliability: float
    functional_mean: float
    functional_sd: float
    cutoff: str
    mean_after: float
    sd_after: float
    correlation: float


@dataclass(frozen=True)
class Reading:
    """`index` is None where the method has none."""

    index: float | None
    verdict: str
    harmed: bool
    crossed: bool
    was_case: bool


def limit_of(scale: Scale) -> float:
    """Cut-off a, b or c in points; b with the functional group's SD."""
    towards = -1 if scale.worse else 1
    if scale.cutoff == "a":
        return scale.mean + towards * 2 * scale.sd
    if scale.cutoff == "b":
        return scale.functional_mean - towards * 2 * scale.functional_sd
    both = scale.sd + scale.functional_sd
    return scale.sd / both * scale.functional_mean + scale.functional_sd / both * scale.mean


def is_case(score: float, scale: Scale) -> bool:
    """A computed cut-off must be exceeded."""
    return score > limit_of(scale) if scale.worse else score < limit_of(scale)


def index_of(method: str, before: float, after: float, scale: Scale) -> float:
    """The reliable change index of RULES B1."""
    r, sd = scale.reliability, scale.sd
    sem = sd * sqrt(1 - r)
    true_before = r * (before - scale.mean) + scale.mean
    if method == "JT":
        return (after - before) / sqrt(2 * sem**2)
    if method == "CM":
        return (after - before) / sqrt(sem**2 + scale.sd_after**2 * (1 - r))
    if method == "EN":
        return (after - true_before) / sem
    if method == "GLN":
        return ((after - scale.mean) - r * (before - scale.mean)) / (sd * sqrt(1 - r**2))
    if method == "HLL":
        return ((after - scale.mean_after) - r * (before - scale.mean)) / (sd * sqrt(1 - r**2))
    if method == "NK":
        return (after - true_before) / sqrt(r**2 * sd**2 * (1 - r) + sd**2 * (1 - r))
    assert method == "HA"
    shared = 2 * sd * scale.sd_after * scale.correlation
    r_1, r_2 = r, 1 - sem**2 / scale.sd_after**2
    spread = sd**2 + scale.sd_after**2 - shared
    r_dd = (sd**2 * r_1 + scale.sd_after**2 * r_2 - shared) / spread
    moved = (after - before) * r_dd + (scale.mean_after - scale.mean) * (1 - r_dd)
    return moved / (sqrt(r_dd) * sqrt(2 * sem**2))


def is_true_case(after: float, scale: Scale) -> bool:
    """Hageman & Arrindell: not beyond the cut-off by more than the error of a score."""
    sem = scale.sd * sqrt(1 - scale.reliability)
    r_after = 1 - sem**2 / scale.sd_after**2
    shown = scale.mean_after + (after - scale.mean_after) * r_after - limit_of(_true(scale))
    z = (-shown if scale.worse else shown) / (sqrt(r_after) * sem)
    return not z > 1.65


def _true(scale: Scale) -> Scale:
    """With the spread of true scores in both groups."""
    told = {name: getattr(scale, name) for name in scale.__dataclass_fields__}
    root = sqrt(scale.reliability)
    return Scale(**{**told, "sd": root * scale.sd, "functional_sd": root * scale.functional_sd})


def reading(method: str, before: float, after: float, scale: Scale) -> Reading:
    """What the method says of a change from `before` to `after`."""
    index = None if method == "PCT" else index_of(method, before, after, scale)
    gain = (before - after) if scale.worse else (after - before)
    better, worse = _moved(method, index, gain, before, scale)
    of = _true(scale) if method == "HA" else scale
    was = is_case(before, of)
    is_now = is_true_case(after, scale) if method == "HA" else is_case(after, of)
    verdict = "deteriorated" if worse else "improved" if better else "unchanged"
    if better and was and not is_now and method != "PCT":
        verdict = "recovered"
    return Reading(index, verdict, worse and not was and is_now, was != is_now, was)


def _moved(
    method: str, index: float | None, gain: float, before: float, scale: Scale
) -> tuple[bool, bool]:
    if method == "PCT":
        points, half = Decimal(str(round(gain, 6))), Decimal(str(before)) / 2
        return points >= half, -points >= half
    assert index is not None
    limit = 1.65 if method == "HA" else Z
    progress = -index if scale.worse else index
    return progress > limit, progress < -limit


# ---------- sudden gains and losses

STUDENT = {2: 4.302653, 3: 3.182446, 4: 2.776445}


def sudden(
    sessions: Mapping[int, float], points: float, counts_itself: bool, worse: bool
) -> list[tuple[int, str]]:
    """(session before, kind) of each sudden change in the scores by session."""
    found = []
    for n in sorted(sessions):
        if n + 1 not in sessions:
            continue
        before = [sessions[k] for k in (n - 2, n - 1, n) if k in sessions]
        after = [sessions[k] for k in (n + 1, n + 2, n + 3) if k in sessions]
        moved = sessions[n + 1] - sessions[n]
        if _is_large(moved, sessions[n], points, counts_itself) and _stands_out(before, after):
            gain = moved < 0 if worse else moved > 0
            found.append((n, "sudden_gain" if gain else "sudden_loss"))
    return found


def _is_large(moved: float, score: float, points: float, counts_itself: bool) -> bool:
    size = round(abs(moved), 6)
    enough = size >= points if counts_itself else size > points
    return enough and round(4 * size, 6) >= round(score, 6)


def _stands_out(before: Sequence[float], after: Sequence[float]) -> bool:
    """In the direction of the step itself: the two sums have the sign of the step."""
    if len(before) < 2 or len(after) < 2:
        return False
    df = len(before) + len(after) - 2
    pooled = sqrt(((len(before) - 1) * variance(before) + (len(after) - 1) * variance(after)) / df)
    step = after[0] - before[-1]
    apart = mean(after) - mean(before)
    return (apart if step > 0 else -apart) > STUDENT[df] * pooled


# ---------- two measures (NHS Talking Therapies)


def talking_therapies(
    depression: tuple[float, float], anxiety: tuple[float, float]
) -> dict[str, bool]:
    """PHQ-9 (case from 10, reliable by 6) and GAD-7 (8, 4), each (first, last)."""
    was = depression[0] >= 10 or anxiety[0] >= 8
    below = depression[1] < 10 and anxiety[1] < 8
    better = depression[0] - depression[1] >= 6 or anxiety[0] - anxiety[1] >= 4
    worse = depression[1] - depression[0] >= 6 or anxiety[1] - anxiety[0] >= 4
    return {
        "is_case_at_start": was,
        "recovery": was and below,
        "reliable_improvement": better and not worse,
        "reliable_deterioration": worse and not better,
        "reliable_recovery": was and below and better and not worse,
        "mixed": better and worse,
    }


def agreement(verdicts: Mapping[str, str]) -> tuple[list[str], list[str], bool]:
    """Questionnaire -> verdict; which improved, which deteriorated, whether they disagree."""
    up = sorted(name for name, verdict in verdicts.items() if verdict in ("recovered", "improved"))
    down = sorted(name for name, verdict in verdicts.items() if verdict == "deteriorated")
    return up, down, bool(up and down)
