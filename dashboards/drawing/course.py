"""A patient's course on one scale, large enough to talk about: scores, limits, alerts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import pairwise

from dashboards.drawing.formats import day, number
from dashboards.drawing.sparkline import GREY, INK, PALE, ZONE
from dashboards.drawing.time_axis import TimeAxis
from dashboards.drawing.translation import translation

WIDE, NARROW = 780.0, 288.0
HEIGHT = 240.0
LEFT, RIGHT_GAP, TOP, BOTTOM = 30.0, 14.0, 30.0, 212.0
TEXT = 12.0
MARK_HEIGHT, MARK_STEP = 11.0, 15.0
LABEL_APART = 13.0
DOTS_APART = 7.0  # closer than this on average and the dots run into one another
TIPS_APART = 14.0  # where dots do run together, the width of what can be pointed at
LIMITS_APART = 12.0  # what was expected changes slowly: closer than this says nothing more


@dataclass(frozen=True)
class Point:
    """One score; `lower` to `upper` is what 8 in 10 had then, `lower68` to `upper68` what 2 in 3
    had; None where nothing is known."""

    measured_at: datetime
    score: float
    lower: float | None = None
    upper: float | None = None
    is_sudden: bool = False
    lower68: float | None = None
    upper68: float | None = None


@dataclass(frozen=True)
class Mark:
    """An alert that opened at a measurement: its level (red, amber, info) and in words."""

    opened_at: datetime
    level: str
    in_words: str


@dataclass(frozen=True)
class Scale:
    """The whole scale, its direction (-1: lower is better), cut-off and start where known."""

    minimum: float
    maximum: float
    direction: int
    cutoff: float | None
    baseline: float | None


@dataclass(frozen=True)
class Frame:
    """Where a moment and a score lie: one scale between `top` and `bottom`, on an axis of time."""

    axis: TimeAxis
    top: float
    bottom: float
    scale: Scale

    @property
    def left(self) -> float:
        return self.axis.left

    @property
    def right(self) -> float:
        return self.axis.right

    def x(self, moment: datetime) -> float:
        return self.axis.x(moment)

    def y(self, score: float) -> float:
        """What lies outside the scale stands at its end."""
        scale = self.scale
        share = (min(max(score, scale.minimum), scale.maximum) - scale.minimum) / (
            scale.maximum - scale.minimum
        )
        return self.bottom - share * (self.bottom - self.top)


def course_picture(
    points: Sequence[Point],
    marks: Sequence[Mark],
    scale: Scale,
    *,
    width: float,
    title: str,
    language: str,
) -> str:
    """An SVG `width` wide for points of one scale, oldest first.

    Vertical is the whole scale and horizontal is time. The functional range is a pale zone that
    ends in the line of the cut-off; between the dashed lines lies what was to be expected; the
    start is dotted, the line thick up to a sudden gain or loss, and above it stands a shape for
    each alert: octagon red, triangle amber, circle information. No meaning rests on hue. Parts
    have classes, so that a page can give them its own colours.
    Raises ValueError without points or without a range.
    """
    check_drawable(points, scale)
    axis = TimeAxis(points[0].measured_at, points[-1].measured_at, LEFT, width - RIGHT_GAP)
    frame = Frame(axis, TOP, BOTTOM, scale)
    drawn = (
        ground_drawn(frame, points, language, _days(frame, language))
        + _marks(frame, marks)
        + scores_drawn(frame, points, language, with_tips=width > NARROW)
    )
    return svg_of(width, HEIGHT, drawn, title, in_words(points, marks, scale, language))


def check_drawable(points: Sequence[Point], scale: Scale) -> None:
    """Raises ValueError without points or without a range."""
    if not points or scale.maximum <= scale.minimum:
        raise ValueError("a course needs at least one point and a minimum below its maximum")


def in_words(points: Sequence[Point], marks: Sequence[Mark], scale: Scale, language: str) -> str:
    """What the picture shows, for those who do not see it."""
    told = [course_in_words(points, scale, language), *(f"{mark.in_words}." for mark in marks)]
    return " ".join(told)


def course_in_words(points: Sequence[Point], scale: Scale, language: str) -> str:
    """From where to where the scores went, and the cut-off where there is one."""
    _ = translation(language).gettext
    first, last = points[0], points[-1]
    told = _("From {first} on {start} to {last} on {end}.").format(
        first=number(first.score, language),
        start=day(first.measured_at, language),
        last=number(last.score, language),
        end=day(last.measured_at, language),
    )
    if scale.cutoff is None:
        return told
    cutoff = _("The cut-off is {cutoff}.").format(cutoff=number(scale.cutoff, language))
    return f"{told} {cutoff}"


def ground_drawn(frame: Frame, points: Sequence[Point], language: str, days: str = "") -> str:
    """What the scores lie on: the functional range, the ends of the scale, what was expected."""
    figures = _axes(frame, language)
    return _cutoff(frame) + figures + days + _expected(frame, points) + _baseline(frame)


def scores_drawn(
    frame: Frame, points: Sequence[Point], language: str, *, with_tips: bool = True
) -> str:
    """The line of scores, its dots with what they say when pointed at, and the last in figures."""
    places = [(frame.x(point.measured_at), frame.y(point.score)) for point in points]
    tips = [_tip(point, language) if with_tips else "" for point in points]
    drawn = _sudden(places, points) + _line(places)
    if len(places) * DOTS_APART <= frame.right - frame.left:
        drawn += "".join(_dot(*place, 2.8, tip) for place, tip in zip(places, tips, strict=True))
        drawn = drawn.removesuffix(_dot(*places[-1], 2.8, tips[-1]))
    elif with_tips:
        drawn += _tips_of_stretches(frame, points, language)
    return drawn + _dot(*places[-1], 4.5, tips[-1]) + _latest(frame, points[-1], language)


def _cutoff(frame: Frame) -> str:
    if frame.scale.cutoff is None:
        return ""
    height = frame.y(frame.scale.cutoff)
    top, bottom = (frame.top, height) if frame.scale.direction > 0 else (height, frame.bottom)
    return (
        f'<rect class="zone" x="{frame.left:g}" y="{top:.2f}" width="{frame.right - frame.left:g}"'
        f' height="{bottom - top:.2f}" fill="{ZONE}"/>' + _level(frame, height, "limit", GREY)
    )


def _axes(frame: Frame, language: str) -> str:
    """The ends of the scale and the cut-off, with their figures."""
    scale = frame.scale
    ends = [scale.minimum, scale.maximum]
    drawn = "".join(_level(frame, frame.y(each), "edge", PALE) for each in ends)
    if scale.cutoff is not None:
        height = frame.y(scale.cutoff)
        drawn += _figure(frame, scale.cutoff, language)
        ends = [each for each in ends if abs(frame.y(each) - height) >= LABEL_APART]
    return drawn + "".join(_figure(frame, each, language) for each in ends)


def _days(frame: Frame, language: str) -> str:
    """The first and last day below."""
    axis, height = frame.axis, frame.bottom + 18
    if axis.is_moment:
        return text((axis.left + axis.right) / 2, height, day(axis.last, language), "middle")
    first, last = day(axis.first, language), day(axis.last, language)
    return text(axis.left, height, first) + text(axis.right, height, last, "end")


def _figure(frame: Frame, score: float, language: str) -> str:
    return text(frame.left - 6, frame.y(score) + TEXT / 3, number(score, language), "end")


def _expected(frame: Frame, points: Sequence[Point]) -> str:
    """Each unbroken stretch of points of which it is known what was to be expected."""
    outer = [(point.measured_at, point.lower, point.upper) for point in points]
    inner = [(point.measured_at, point.lower68, point.upper68) for point in points]
    return "".join(_band(stretch) for stretch in _stretches(frame, outer)) + "".join(
        _area(stretch, "inner", "0.45") for stretch in _stretches(frame, inner)
    )


Stretch = list[tuple[float, float, float]]
"""Place, and the heights of the upper and lower limit there."""


def _stretches(
    frame: Frame, limits: Sequence[tuple[datetime, float | None, float | None]]
) -> list[Stretch]:
    found: list[Stretch] = [[]]
    for moment, lower, upper in limits:
        if lower is not None and upper is not None:
            found[-1].append((frame.x(moment), frame.y(upper), frame.y(lower)))
        elif found[-1]:
            found.append([])
    return [_thinned(stretch) for stretch in found if stretch]


def _thinned(stretch: Stretch) -> Stretch:
    """The first and last place, and between them those that lie `LIMITS_APART` from the former."""
    kept = stretch[:1]
    for place in stretch[1:-1]:
        if place[0] - kept[-1][0] >= LIMITS_APART:
            kept.append(place)
    return kept + stretch[1:][-1:]


def _band(stretch: Stretch) -> str:
    upper = " ".join(f"{x:.2f},{top:.2f}" for x, top, _ in stretch)
    lower = " ".join(f"{x:.2f},{bottom:.2f}" for x, _, bottom in stretch)
    edges = "".join(
        f'<polyline class="expected" points="{edge}" fill="none" stroke="{GREY}"'
        ' stroke-width="1.2" stroke-dasharray="5 3"/>'
        for edge in (upper, lower)
    )
    return _area(stretch, "band", "0.3") + edges


def _area(stretch: Stretch, name: str, opacity: str) -> str:
    upper = [f"{x:.2f},{top:.2f}" for x, top, _ in stretch]
    lower = [f"{x:.2f},{bottom:.2f}" for x, _, bottom in reversed(stretch)]
    corners = " ".join([*upper, *lower])
    return f'<polygon class="{name}" points="{corners}" fill="{PALE}" fill-opacity="{opacity}"/>'


def _baseline(frame: Frame) -> str:
    if frame.scale.baseline is None:
        return ""
    return _level(frame, frame.y(frame.scale.baseline), "limit", GREY, "1.5 3")


def _level(frame: Frame, height: float, name: str, colour: str, dashes: str = "") -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<line class="{name}" x1="{frame.left:g}" y1="{height:.2f}" x2="{frame.right:g}"'
        f' y2="{height:.2f}" stroke="{colour}" stroke-width="1"{dashed}/>'
    )


def _marks(frame: Frame, marks: Sequence[Mark]) -> str:
    """Each above its day, moved aside where another stands there already."""
    drawn, taken = "", list[float]()
    for mark in sorted(marks, key=lambda each: each.opened_at):
        at = frame.x(mark.opened_at)
        place = min(at, frame.right - 6)
        while any(abs(place - other) < MARK_STEP for other in taken):
            place = place + MARK_STEP if at < frame.right / 2 else place - MARK_STEP
        taken.append(place)
        drawn += stem(at, frame.top - 8, frame.bottom)
        drawn += f"<g><title>{xml(mark.in_words)}</title>"
        drawn += f"{level_shape(mark.level, place, MARK_HEIGHT)}</g>"
    return drawn


def stem(x: float, top: float, bottom: float, dashes: str = "") -> str:
    """The thin line that leads from a shape to its day."""
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<line class="limit" x1="{x:.2f}" y1="{top:g}" x2="{x:.2f}" y2="{bottom:g}"'
        f' stroke="{GREY}" stroke-width="0.7"{dashed}/>'
    )


def level_shape(level: str, x: float, y: float) -> str:
    """The shapes that stand beside the words of the levels on every page."""
    half = 7.5
    if level == "red":
        corner = half * 0.42
        turns = [(corner, -half), (half, -corner), (half, corner), (corner, half)]
        turns += [(-a, -b) for a, b in turns]
    elif level == "amber":
        turns = [(0, -half), (half, half * 0.8), (-half, half * 0.8)]
    else:
        return f'<circle class="info" cx="{x:.2f}" cy="{y:g}" r="{half - 1:g}" fill="{INK}"/>'
    corners = " ".join(f"{x + a:.2f},{y + b:.2f}" for a, b in turns)
    return f'<polygon class="{level}" points="{corners}" fill="{INK}"/>'


def _sudden(places: Sequence[tuple[float, float]], points: Sequence[Point]) -> str:
    return "".join(
        f'<line class="ink" x1="{a[0]:.2f}" y1="{a[1]:.2f}" x2="{b[0]:.2f}" y2="{b[1]:.2f}"'
        f' stroke="{INK}" stroke-width="5" stroke-linecap="round"/>'
        for (a, b), point in zip(pairwise(places), points[1:], strict=True)
        if point.is_sudden
    )


def _line(places: Sequence[tuple[float, float]]) -> str:
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return (
        f'<polyline class="ink" points="{line}" fill="none" stroke="{INK}" stroke-width="1.8"'
        ' stroke-linejoin="round" stroke-linecap="round"/>'
    )


def _tip(point: Point, language: str) -> str:
    """What a dot says when it is pointed at."""
    told = f"{day(point.measured_at, language)}: {number(point.score, language)}"
    if point.lower is None or point.upper is None or point.lower == point.upper:
        return told
    expected = translation(language).gettext("expected: {lower} to {upper}")
    limits = {"lower": round(point.lower, 1), "upper": round(point.upper, 1)}
    said = expected.format(**{name: number(each, language) for name, each in limits.items()})
    return f"{told}; {said}"


def _tips_of_stretches(frame: Frame, points: Sequence[Point], language: str) -> str:
    """Where dots would run into one another: what lies in each stretch of `TIPS_APART`."""
    stretches: dict[int, list[Point]] = {}
    for point in points:
        stretches.setdefault(int(frame.x(point.measured_at) / TIPS_APART), []).append(point)
    return "".join(_touch(frame, each, language) for each in stretches.values())


def _touch(frame: Frame, points: Sequence[Point], language: str) -> str:
    """An unseen bar over some scores that says the first and last day, lowest and highest."""
    scores = [point.score for point in points]
    told = [f"{day(points[0].measured_at, language)}", number(min(scores), language)]
    if len(points) > 1:
        told[0] += f" – {day(points[-1].measured_at, language)}"
        told[1] += f" – {number(max(scores), language)}"
    x = frame.x(points[0].measured_at)
    return (
        f'<rect class="touch" x="{x:.1f}" y="{frame.top:g}" width="{TIPS_APART:g}"'
        f' height="{frame.bottom - frame.top:g}" fill="none" pointer-events="all">'
        f"<title>{xml(': '.join(told))}</title></rect>"
    )


def _dot(x: float, y: float, radius: float, tip: str = "") -> str:
    dot = f'<circle class="dot" cx="{x:.2f}" cy="{y:.2f}" r="{radius:g}" fill="{INK}"'
    return f"{dot}><title>{xml(tip)}</title></circle>" if tip else f"{dot}/>"


def _latest(frame: Frame, last: Point, language: str) -> str:
    """The last score in figures, on the side of it where there is room."""
    height = frame.y(last.score)
    below = height - frame.top < 2 * TEXT
    place = min(frame.x(last.measured_at), frame.right - 8)
    beside = height + 1.7 * TEXT if below else height - 0.8 * TEXT
    return text(place, beside, number(last.score, language), "middle", "700")


def text(x: float, y: float, words: str, anchor: str = "start", weight: str = "400") -> str:
    """Words on the paper, escaped."""
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{xml(words)}</text>"
    )


def svg_of(width: float, height: float, drawn: str, title: str, description: str) -> str:
    """The whole drawing, with its title and description; `drawn` is taken as it is."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
        f' width="{width:g}" height="{height:g}" role="img" class="chart" font-size="{TEXT:g}"'
        f' fill="{INK}"><title>{xml(title)}</title><desc>{xml(description)}</desc>{drawn}</svg>'
    )


def xml(words: str) -> str:
    """Escaped, and without the control characters that no XML may hold."""
    return escape("".join(sign for sign in words if sign.isprintable()))
