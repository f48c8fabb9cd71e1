"""A course of scores as one small line, for a table cell or a page."""

from collections.abc import Collection, Sequence
from html import escape

WIDTH, HEIGHT = 112.0, 42.0
LEFT, RIGHT, TOP, BOTTOM = 4.0, 108.0, 3.5, 38.5

INK, GREY, PALE, ZONE = "#1d2733", "#6b7783", "#c9d0d6", "#e4eaed"

DOTS_UP_TO = 24  # more points than this and the dots run into one another


def sparkline(
    points: Sequence[tuple[float, float]],
    *,
    minimum: float,
    maximum: float,
    direction: int,
    cutoff: float | None,
    baseline: float | None,
    sudden: Collection[int] = (),
    title: str,
    description: str,
) -> str:
    """An SVG of 112 x 42 for points (days since any fixed day, score), oldest first.

    The vertical axis is the whole scale, minimum to maximum, so that two lines of one
    instrument compare. The functional range is a pale zone that ends in the thin line of the
    cut-off: below it where `direction` is -1 (lower is better), above it where it is +1. The
    baseline is dotted, the latest score a filled dot, and the line thick up to a point whose
    place is in `sudden`. No meaning rests on hue. Parts have the classes of `course_picture`, so
    that a page can give them its own colours.
    Raises ValueError without points or without a range.
    """
    if not points or maximum <= minimum:
        raise ValueError("a sparkline needs at least one point and a minimum below its maximum")
    heights = [_height(score, minimum, maximum) for _, score in points]
    places = list(zip(_across([x for x, _ in points]), heights, strict=True))
    parts = [_frame()]
    if cutoff is not None:
        parts.append(_cutoff(_height(cutoff, minimum, maximum), direction))
    if baseline is not None:
        parts.append(_level(_height(baseline, minimum, maximum), GREY, "0.7", dashes="1.2 1.6"))
    parts += [_sudden(*places[place - 1 : place + 1]) for place in sudden if place > 0]
    parts.append(_course(places))
    return _svg("".join(parts), title, description)


def _height(score: float, minimum: float, maximum: float) -> float:
    share = (min(max(score, minimum), maximum) - minimum) / (maximum - minimum)
    return BOTTOM - share * (BOTTOM - TOP)


def _across(days: Sequence[float]) -> list[float]:
    first, span = min(days), max(days) - min(days)
    if span == 0:
        return [(LEFT + RIGHT) / 2] * len(days)
    return [LEFT + (day - first) / span * (RIGHT - LEFT) for day in days]


def _frame() -> str:
    return _level(TOP, PALE, "0.4") + _level(BOTTOM, PALE, "0.4")


def _cutoff(height: float, direction: int) -> str:
    top, bottom = (TOP, height) if direction > 0 else (height, BOTTOM)
    zone = (
        f'<rect class="zone" x="0" y="{top:.2f}" width="{WIDTH:g}" height="{bottom - top:.2f}"'
        f' fill="{ZONE}"/>'
    )
    return zone + _level(height, GREY, "0.6")


def _level(height: float, colour: str, width: str, dashes: str | None = None) -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    name = "edge" if colour == PALE else "limit"
    return (
        f'<line class="{name}" x1="0" y1="{height:.2f}" x2="{WIDTH:g}" y2="{height:.2f}"'
        f' stroke="{colour}" stroke-width="{width}"{dashed}/>'
    )


def _sudden(before: tuple[float, float], after: tuple[float, float]) -> str:
    """The line between two points, thick enough to be seen under the course."""
    return (
        f'<line class="ink" x1="{before[0]:.2f}" y1="{before[1]:.2f}" x2="{after[0]:.2f}"'
        f' y2="{after[1]:.2f}" stroke="{INK}" stroke-width="3" stroke-linecap="round"/>'
    )


def _course(places: Sequence[tuple[float, float]]) -> str:
    line = " ".join(f"{x:.2f},{y:.2f}" for x, y in places)
    drawn = (
        f'<polyline class="ink" points="{line}" fill="none" stroke="{INK}" stroke-width="1.1"'
        ' stroke-linejoin="round" stroke-linecap="round"/>'
    )
    if len(places) <= DOTS_UP_TO:
        drawn += _small_dots(places[:-1])
    last_x, last_y = places[-1]
    return drawn + _dot(last_x, last_y, 3.0, "#ffffff") + _dot(last_x, last_y, 2.3)


def _small_dots(places: Sequence[tuple[float, float]]) -> str:
    """One path of strokes without length, whose round ends are the dots: a third of the work
    of as many circles for whoever sets hundreds of courses on paper."""
    dots = "".join(f"M{x:.2f} {y:.2f}h0" for x, y in places)
    return (
        f'<path class="ink" d="{dots}" stroke="{INK}" stroke-width="2.8" stroke-linecap="round"/>'
    )


def _dot(x: float, y: float, radius: float, colour: str = INK) -> str:
    name = "dot" if colour == INK else "paper-dot"
    return f'<circle class="{name}" cx="{x:.2f}" cy="{y:.2f}" r="{radius:g}" fill="{colour}"/>'


def _svg(drawn: str, title: str, description: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}"'
        f' width="{WIDTH:g}" height="{HEIGHT:g}" role="img" class="spark">'
        f"<title>{_xml(title)}</title><desc>{_xml(description)}</desc>{drawn}</svg>"
    )


def _xml(text: str) -> str:
    """Escaped, and without the control characters that no XML may hold."""
    return escape("".join(sign for sign in text if sign.isprintable()))
