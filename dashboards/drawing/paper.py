"""What charts with two axes share: figures on an axis, lines, texts, shapes and a key below.

Everything is drawn in ink and greys for white paper; classes let a page give it its own colours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from dashboards.drawing.formats import number, percentage
from dashboards.drawing.sparkline import GREY, INK, PALE

TEXT = 12.0
LETTER = 7.0  # as wide as a letter of that size is on average in the widest fonts that pages meet
TOP, KEY_ROW = 14.0, 19.0
RIGHT_GAP = 12.0

Place = tuple[float, float]


@dataclass(frozen=True)
class Paper:
    """The field of a chart and what its edges mean: from `low` to `high`, bottom to top."""

    left: float
    right: float
    bottom: float
    low: float
    high: float

    def y(self, value: float) -> float:
        """The height of a value; beyond an edge, on it."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.bottom - share * (self.bottom - TOP)


@dataclass(frozen=True)
class Entry:
    """One line of the key: a drawing around (0, 0), at most 22 wide, and what it means."""

    drawing: str
    in_words: str


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round figures that cover low to high: steps of 1, 2 or 5 times a power of ten."""
    span = high - low or abs(high) or 1.0
    power = 10.0 ** floor(log10(span / most))
    step = next(power * factor for factor in (1, 2, 5, 10, 20) if span / (power * factor) <= most)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [place * step for place in range(first, max(last, first + 1) + 1)]


def figure(value: float, language: str, *, is_share: bool) -> str:
    """33,1 or 33,1 %, with a real minus sign."""
    if is_share:
        return percentage(100 * value, language)
    return number(value, language).replace("-", "−")


def room_for(figures: Sequence[str]) -> float:
    """How far from the edge the field starts, so that the figures beside it fit."""
    return 12 + LETTER * max(map(len, figures))


def level_lines(paper: Paper, marks: Sequence[float], language: str, *, is_share: bool) -> str:
    """A pale line and a figure for each mark."""
    return "".join(
        line(paper.left, paper.y(mark), paper.right, paper.y(mark), "edge", PALE)
        + text(
            paper.left - 6,
            paper.y(mark) + TEXT / 3,
            figure(mark, language, is_share=is_share),
            "end",
        )
        for mark in marks
    )


# ---------- marks


def line(
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    name: str,
    colour: str,
    *,
    width: float = 1,
    dashes: str = "",
) -> str:
    """A straight line of a class."""
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<line class="{name}" x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}"'
        f' stroke="{colour}" stroke-width="{width:g}"{dashed}/>'
    )


def path(
    places: Sequence[Place], name: str, colour: str, *, width: float = 1, dashes: str = ""
) -> str:
    """A line through places, a short stroke where there is one alone."""
    if len(places) == 1:
        (x, y) = places[0]
        return line(x - 4, y, x + 4, y, name, colour, width=width, dashes=dashes)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in places)
    return (
        f'<polyline class="{name}" points="{points}" fill="none" stroke="{colour}"'
        f' stroke-width="{width:g}" stroke-linejoin="round"{dashed}/>'
    )


def dot(x: float, y: float, radius: float, name: str = "dot") -> str:
    """A filled circle."""
    return f'<circle class="{name}" cx="{x:.2f}" cy="{y:.2f}" r="{radius:g}" fill="{INK}"/>'


OUTLINES: dict[str, Sequence[Place]] = {
    "diamond": ((0, -6.5), (6.5, 0), (0, 6.5), (-6.5, 0)),
    "square": ((-4.6, -4.6), (4.6, -4.6), (4.6, 4.6), (-4.6, 4.6)),
    "up": ((0, -6), (6, 4.8), (-6, 4.8)),
    "down": ((0, 6), (6, -4.8), (-6, -4.8)),
    "plus": (
        (-2, -6.5), (2, -6.5), (2, -2), (6.5, -2), (6.5, 2), (2, 2),
        (2, 6.5), (-2, 6.5), (-2, 2), (-6.5, 2), (-6.5, -2), (-2, -2),
    ),
}  # fmt: skip
"""Shapes that are told apart in grey and when small."""


def shape(kind: str, x: float, y: float, name: str) -> str:
    """One of OUTLINES around a place."""
    corners = " ".join(f"{x + a:.2f},{y + b:.2f}" for a, b in OUTLINES[kind])
    return f'<polygon class="{name}" points="{corners}" fill="{INK}"/>'


def told(drawing: str, in_words: str) -> str:
    """A drawing that says what it is to whoever points at it."""
    return f"<g><title>{xml(in_words)}</title>{drawing}</g>"


def text(x: float, y: float, words: str, anchor: str = "start", weight: str = "400") -> str:
    """Words on a line."""
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{xml(words)}</text>"
    )


def centre_sample(name: str = "limit", dashes: str = "") -> str:
    """A stroke for the key."""
    return line(-11, 0, 11, 0, name, GREY, width=1.3, dashes=dashes)


# ---------- the key and the whole


def key(entries: Sequence[Entry], width: float, top: float) -> tuple[str, float]:
    """The entries in as few rows as the width allows, each on one or more lines, and their height.

    Words that do not fit beside their sign go on below them.
    """
    drawn, x, y = "", 0.0, top
    for entry in entries:
        lines = list(_broken(entry.in_words, int((width - 34) / LETTER)))
        wide = 34 + LETTER * max(map(len, lines)) + 8
        if x > 0 and x + wide > width:
            x, y = 0.0, y + KEY_ROW
        drawn += f'<g transform="translate({x + 14:.2f} {y:.2f})">{entry.drawing}</g>'
        for number_, words in enumerate(lines):
            drawn += text(x + 32, y + TEXT / 3 + number_ * (TEXT + 3), words)
        x += wide
        if len(lines) > 1:
            x, y = 0.0, y + KEY_ROW + (len(lines) - 1) * (TEXT + 3)
    return drawn, y - top + (KEY_ROW if x > 0 else 0.0)


def _broken(words: str, letters: int) -> Iterator[str]:
    """Words in lines of at most so many letters."""
    done = ""
    for word in words.split():
        if done and len(done) + 1 + len(word) > letters:
            yield done
            done = word
        else:
            done = f"{done} {word}".strip()
    yield done


def svg(width: float, height: float, drawn: str, title: str, description: str) -> str:
    """The whole drawing with its name, and in words for those who do not see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
        f' width="{width:g}" height="{height:g}" role="img" class="chart" font-size="{TEXT:g}"'
        f' fill="{INK}"><title>{xml(title)}</title><desc>{xml(description)}</desc>{drawn}</svg>'
    )


def xml(words: str) -> str:
    """Escaped, and without the control characters that no XML may hold."""
    return escape("".join(sign for sign in words if sign.isprintable()))
