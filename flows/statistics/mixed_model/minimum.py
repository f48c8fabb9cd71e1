"""The lowest point of a smooth function of a few numbers, to the last digits.

Newton's method within a trust region, with a Hessian that is learnt from the
steps (symmetric rank-one updates; Nocedal & Wright 2006, Numerical Optimization,
section 6.2) and computed anew where it misleads and before the search ends.
Where the function bends downwards (eigenvalues below 0) the step follows the
bend, so that a saddle is left and not taken for a minimum.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from flows.statistics.mixed_model.data import FloatArray

Gradient = Callable[[FloatArray], tuple[float, FloatArray]]

STEPS = 300

ENOUGH = 1e-14
"""The search ends when Newton's step would lower the function by less."""

ROUNDING = 1e-13
"""Values that differ by less than this share are equal."""

WIDTH = 1e-5
"""Of the differences that the Hessian is computed from."""


@dataclass(frozen=True)
class Point:
    """A place, and the function's value and gradient there."""

    place: FloatArray
    value: float
    slope: FloatArray

    def better_than(self, other: "Point") -> bool:
        """Lower; or as low as numbers tell, and flatter."""
        rounding = ROUNDING * abs(other.value)
        if abs(self.value - other.value) <= rounding:
            return bool(np.abs(self.slope).sum() < np.abs(other.slope).sum())
        return self.value < other.value


@dataclass(frozen=True)
class Bend:
    """A Hessian's eigenvalues and eigenvectors (columns), and the gradient along these."""

    values: FloatArray
    vectors: FloatArray
    slopes: FloatArray

    @property
    def sizes(self) -> FloatArray:
        """Of the eigenvalues, none so small that rounding would decide."""
        sizes = np.abs(self.values)
        return np.asarray(np.maximum(sizes, 1e-9 * max(float(sizes.max()), 1e-9)))

    @property
    def gain(self) -> float:
        """By which a full step would lower the function."""
        return float((self.slopes**2 / self.sizes).sum() / 2)

    def step(self, radius: float) -> FloatArray:
        """The step towards the lowest point, held within `radius`."""
        low, high = 0.0, 0.0
        while np.linalg.norm(self.slopes / (self.sizes + high)) > radius:
            low, high = high, max(4 * high, 1e-3 * self.sizes.min())
        for _ in range(30 if high else 0):
            middle = (low + high) / 2
            too_long = np.linalg.norm(self.slopes / (self.sizes + middle)) > radius
            low, high = (middle, high) if too_long else (low, middle)
        return -self.vectors @ (self.slopes / (self.sizes + high))

    def hoped(self, step: FloatArray) -> float:
        """By which this step would lower the function, were it quadratic."""
        along = self.vectors.T @ step
        return -float(self.slopes @ along + (self.values * along) @ along / 2)


def minimum(gradient: Gradient, start: FloatArray) -> FloatArray:
    """Where the function is lowest near `start`."""
    point = Point(start, *gradient(start))
    radius = max(0.5, float(np.linalg.norm(start)) / 2)
    hessian, is_fresh = _differences(gradient, point), True
    for _ in range(STEPS):
        bend = _bend(hessian, point)
        if bend.gain < ENOUGH or radius < ENOUGH:
            if is_fresh:
                break
            hessian, is_fresh = _differences(gradient, point), True
            radius = max(radius, 1e-3)
            continue
        step = bend.step(radius)
        new = Point(point.place + step, *gradient(point.place + step))
        if new.better_than(point):
            radius = _radius(radius, point.value - new.value, bend, step)
            hessian, is_fresh = _learnt(hessian, step, new.slope - point.slope), False
            point = new
        else:
            radius = float(np.linalg.norm(step)) / 4
            if is_fresh and bend.gain <= ROUNDING * abs(point.value):
                break
            if not is_fresh:
                hessian, is_fresh = _differences(gradient, point), True
    return point.place


def _differences(gradient: Gradient, point: Point) -> FloatArray:
    """The Hessian, from differences of the gradient."""
    columns = []
    for i in range(len(point.place)):
        moved = point.place.copy()
        moved[i] += WIDTH * max(1.0, abs(moved[i]))
        columns.append((gradient(moved)[1] - point.slope) / (moved[i] - point.place[i]))
    hessian = np.array(columns)
    return np.asarray((hessian + hessian.T) / 2)


def _learnt(hessian: FloatArray, step: FloatArray, change: FloatArray) -> FloatArray:
    """The Hessian that explains by how much the gradient changed over the step."""
    missing = change - hessian @ step
    along = float(missing @ step)
    if abs(along) <= 1e-8 * float(np.linalg.norm(missing) * np.linalg.norm(step)):
        return hessian
    return hessian + np.outer(missing, missing) / along


def _bend(hessian: FloatArray, point: Point) -> Bend:
    values, vectors = np.linalg.eigh(hessian)
    return Bend(values, vectors, vectors.T @ point.slope)


def _radius(radius: float, gained: float, bend: Bend, step: FloatArray) -> float:
    """Wider where the step did what was hoped for, narrower where it fell short."""
    hoped, length = bend.hoped(step), float(np.linalg.norm(step))
    if gained > 0.75 * hoped and length > 0.9 * radius:
        return 3 * radius
    return length / 2 if gained < 0.25 * hoped else radius
