"""A patient's course on one scale, large enough to talk about: scores, limits, alerts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import pairwise

from dashboards.drawing.formats import day, number
from dashboards.drawing.sparkline import GREY, INK, PALE, ZONE
from dashboards.drawing.translation import translation

WIDE, NARROW = 780.0, 288.0
HEIGHT = 240.0
LEFT, RIGHT_GAP, TOP, BOTTOM = 30.0, 14.0, 30.0, 212.0
TEXT = 12.0
MARK_HEIGHT, MARK_STEP = 11.0, 15.0
LABEL_APART = 13.0
DOTS_APART = 7.0  # closer than this on average and the dots run into one another


@dataclass(frozen=True)
class Point:
    """One score; `lower` to `upper` is what was to be expected, None where nothing is known."""

    measured_at: datetime
    score: float
    lower: float | None = None
    upper: float | None = None
    is_sudden: bool = False


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
class _Paper:
    """Where a moment and a score lie on the drawing."""

    width: float
    first: datetime
    seconds: float
    scale: Scale

    @property
    def right(self) -> float:
        return self.width - RIGHT_GAP

    def x(self, moment: datetime) -> float:
        if self.seconds == 0:
            return (LEFT + self.right) / 2
        share = (moment - self.first).total_seconds() / self.seconds
        return LEFT + 8 + min(max(share, 0), 1) * (self.right - LEFT - 16)

    def y(self, score: float) -> float:
        scale = self.scale
        share = (min(max(score, scale.minimum), scale.maximum) - scale.minimum) / (
            scale.maximum - scale.minimum
        )
        return BOTTOM - share * (BOTTOM - TOP)


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
    if not points or scale.maximum <= scale.minimum:
        raise ValueError("a course needs at least one point and a minimum below its maximum")
    first, last = points[0].measured_at, points[-1].measured_at
    paper = _Paper(width, first, (last - first).total_seconds(), scale)
    drawn = (
        _cutoff(paper)
        + _axes(paper, last, language)
        + _expected(paper, points)
        + _baseline(paper)
        + _marks(paper, marks)
        + _scores(paper, points)
        + _latest(paper, points[-1], language)
    )
    return _svg(width, drawn, title, in_words(points, marks, scale, language))


def in_words(points: Sequence[Point], marks: Sequence[Mark], scale: Scale, language: str) -> str:
    """What the picture shows, for those who do not see it."""
    _ = translation(language).gettext
    first, last = points[0], points[-1]
    told = [
        _("From {first} on {start} to {last} on {end}.").format(
            first=number(first.score, language),
            start=day(first.measured_at, language),
            last=number(last.score, language),
            end=day(last.measured_at, language),
        )
    ]
    if scale.cutoff is not None:
        told.append(_("The cut-off is {cutoff}.").format(cutoff=number(scale.cutoff, language)))
    told += [f"{mark.in_words}." for mark in marks]
    return " ".join(told)


def _cutoff(paper: _Paper) -> str:
    if paper.scale.cutoff is None:
        return ""
    height = paper.y(paper.scale.cutoff)
    top, bottom = (TOP, height) if paper.scale.direction > 0 else (height, BOTTOM)
    return (
        f'<rect class="zone" x="{LEFT:g}" y="{top:.2f}" width="{paper.right - LEFT:g}"'
        f' height="{bottom - top:.2f}" fill="{ZONE}"/>' + _level(paper, height, "limit", GREY)
    )


def _axes(paper: _Paper, last: datetime, language: str) -> str:
    """The ends of the scale, the cut-off in figures, and the first and last day."""
    scale = paper.scale
    ends = [scale.minimum, scale.maximum]
    drawn = "".join(_level(paper, paper.y(each), "edge", PALE) for each in ends)
    if scale.cutoff is not None:
        height = paper.y(scale.cutoff)
        drawn += _figure(paper, scale.cutoff, language)
        ends = [each for each in ends if abs(paper.y(each) - height) >= LABEL_APART]
    drawn += "".join(_figure(paper, each, language) for each in ends)
    return drawn + _days(paper, last, language)


def _days(paper: _Paper, last: datetime, language: str) -> str:
    height = BOTTOM + 18
    if paper.seconds == 0:
        return _text((LEFT + paper.right) / 2, height, day(last, language), "middle")
    return _text(LEFT, height, day(paper.first, language)) + _text(
        paper.right, height, day(last, language), "end"
    )


def _figure(paper: _Paper, score: float, language: str) -> str:
    return _text(LEFT - 6, paper.y(score) + TEXT / 3, number(score, language), "end")


def _expected(paper: _Paper, points: Sequence[Point]) -> str:
    """Each unbroken stretch of points of which it is known what was to be expected."""
    drawn, stretch = "", list[tuple[float, float, float]]()
    for point in [*points, None]:
        if point is not None and point.lower is not None and point.upper is not None:
            place = paper.x(point.measured_at)
            stretch.append((place, paper.y(point.upper), paper.y(point.lower)))
        elif stretch:
            drawn += _band(stretch)
            stretch = []
    return drawn


def _band(stretch: Sequence[tuple[float, float, float]]) -> str:
    upper = [f"{x:.2f},{top:.2f}" for x, top, _ in stretch]
    lower = [f"{x:.2f},{bottom:.2f}" for x, _, bottom in stretch]
    area = " ".join([*upper, *reversed(lower)])
    edges = "".join(
        f'<polyline class="expected" points="{" ".join(edge)}" fill="none" stroke="{GREY}"'
        ' stroke-width="1.2" stroke-dasharray="5 3"/>'
        for edge in (upper, lower)
    )
    return f'<polygon class="band" points="{area}" fill="{PALE}" fill-opacity="0.3"/>{edges}'


def _baseline(paper: _Paper) -> str:
    if paper.scale.baseline is None:
        return ""
    return _level(paper, paper.y(paper.scale.baseline), "limit", GREY, "1.5 3")


def _level(paper: _Paper, height: float, name: str, colour: str, dashes: str = "") -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<line class="{name}" x1="{LEFT:g}" y1="{height:.2f}" x2="{paper.right:g}"'
        f' y2="{height:.2f}" stroke="{colour}" stroke-width="1"{dashed}/>'
    )


def _marks(paper: _Paper, marks: Sequence[Mark]) -> str:
    """Each above its day, moved aside where another stands there already."""
    drawn, taken = "", list[float]()
    for mark in sorted(marks, key=lambda each: each.opened_at):
        at = paper.x(mark.opened_at)
        place = min(at, paper.right - 6)
        while any(abs(place - other) < MARK_STEP for other in taken):
            place = place + MARK_STEP if at < paper.width / 2 else place - MARK_STEP
        taken.append(place)
        drawn += _mark(mark, at, place)
    return drawn


def _mark(mark: Mark, at: float, place: float) -> str:
    stem = (
        f'<line class="limit" x1="{at:.2f}" y1="{TOP - 8:g}" x2="{at:.2f}" y2="{BOTTOM:g}"'
        f' stroke="{GREY}" stroke-width="0.7"/>'
    )
    return f"{stem}<g><title>{_xml(mark.in_words)}</title>{_shape(mark.level, place)}</g>"


def _shape(level: str, x: float) -> str:
    """The shapes that stand beside the words of the levels on every page."""
    y, half = MARK_HEIGHT, 7.5
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


def _scores(paper: _Paper, points: Sequence[Point]) -> str:
    places = [(paper.x(point.measured_at), paper.y(point.score)) for point in points]
    line = " ".join(f"{x:.2f},{y:.2f}" for x, y in places)
    drawn = "".join(
        f'<line class="ink" x1="{a[0]:.2f}" y1="{a[1]:.2f}" x2="{b[0]:.2f}" y2="{b[1]:.2f}"'
        f' stroke="{INK}" stroke-width="5" stroke-linecap="round"/>'
        for (a, b), point in zip(pairwise(places), points[1:], strict=True)
        if point.is_sudden
    )
    drawn += (
        f'<polyline class="ink" points="{line}" fill="none" stroke="{INK}" stroke-width="1.8"'
        ' stroke-linejoin="round" stroke-linecap="round"/>'
    )
    if len(places) * DOTS_APART <= paper.right - LEFT:
        drawn += "".join(_dot(x, y, 2.8) for x, y in places[:-1])
    return drawn + _dot(*places[-1], 4.5)


def _dot(x: float, y: float, radius: float) -> str:
    return f'<circle class="dot" cx="{x:.2f}" cy="{y:.2f}" r="{radius:g}" fill="{INK}"/>'


def _latest(paper: _Paper, last: Point, language: str) -> str:
    """The last score in figures, on the side of it where there is room."""
    height = paper.y(last.score)
    below = height - TOP < 2 * TEXT
    place = min(paper.x(last.measured_at), paper.right - 8)
    beside = height + 1.7 * TEXT if below else height - 0.8 * TEXT
    return _text(place, beside, number(last.score, language), "middle", "700")


def _text(x: float, y: float, text: str, anchor: str = "start", weight: str = "400") -> str:
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{_xml(text)}</text>"
    )


def _svg(width: float, drawn: str, title: str, description: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {HEIGHT:g}"'
        f' width="{width:g}" height="{HEIGHT:g}" role="img" class="chart" font-size="{TEXT:g}"'
        f' fill="{INK}"><title>{_xml(title)}</title><desc>{_xml(description)}</desc>{drawn}</svg>'
    )


def _xml(text: str) -> str:
    """Escaped, and without the control characters that no XML may hold."""
    return escape("".join(sign for sign in text if sign.isprintable()))
