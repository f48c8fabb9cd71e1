"""Own closed treatments: how each was expected to end, and how it did."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.drawing.formats import number
from dashboards.drawing.paper import (
    LETTER,
    TEXT,
    TOP,
    Paper,
    figure,
    level_lines,
    line,
    room_for,
    svg,
    text,
    ticks,
)
from dashboards.drawing.sparkline import GREY, INK
from dashboards.drawing.translation import translation

SIDE = 300.0
RADIUS = 3.4
FOOT = 40.0


@dataclass(frozen=True)
class Ended:
    """One treatment: the last score, and the one that was expected of such a start."""

    expected: float
    last: float


def expected_end_picture(treatments: Sequence[Ended], *, direction: int, language: str) -> str:
    """An SVG: expected along, actual upwards, on the line what ended as expected.

    `direction`: -1 where a lower score is better, 1 where a higher one is. Raises ValueError
    without treatments.
    """
    if not treatments:
        raise ValueError("there is nothing to draw without treatments")
    scores = [score for each in treatments for score in (each.expected, each.last)]
    marks = ticks(min(scores), max(scores))
    left = room_for([figure(mark, language, is_share=False) for mark in marks])
    paper = Paper(left, left + SIDE - TOP, SIDE, marks[0], marks[-1])
    drawn = level_lines(paper, marks, language, is_share=False)
    drawn += _along(paper, marks, language)
    drawn += line(_x(paper, paper.low), paper.y(paper.low), _x(paper, paper.high),
                  paper.y(paper.high), "limit", GREY, width=1.4)  # fmt: skip
    drawn += "".join(_dot(paper, each) for each in treatments)
    drawn += _sides(paper, direction, language)
    title = translation(language).gettext("Expected and actual end of your closed treatments")
    words = in_words(treatments, direction=direction, language=language)
    return svg(paper.right + 16, SIDE + FOOT, drawn, title, words)


def in_words(treatments: Sequence[Ended], *, direction: int, language: str) -> str:
    """How many ended on either side of what was expected."""
    more = sum(direction * (each.last - each.expected) > 0 for each in treatments)
    return (
        translation(language)
        .ngettext(
            "{count} treatment: {more} ended more favourably than expected, {less} as expected or"
            " less favourably.",
            "{count} treatments: {more} ended more favourably than expected, {less} as expected or"
            " less favourably.",
            len(treatments),
        )
        .format(count=number(len(treatments), language), more=more, less=len(treatments) - more)
    )


def _x(paper: Paper, value: float) -> float:
    share = (value - paper.low) / (paper.high - paper.low)
    return paper.left + share * (paper.right - paper.left)


def _dot(paper: Paper, each: Ended) -> str:
    return (
        f'<circle class="dot" cx="{_x(paper, each.expected):.1f}" cy="{paper.y(each.last):.1f}"'
        f' r="{RADIUS:g}" fill="{INK}" fill-opacity="0.55"/>'
    )


def _along(paper: Paper, marks: Sequence[float], language: str) -> str:
    words, drawn = translation(language), ""
    for mark in marks:
        x = _x(paper, mark)
        drawn += line(x, SIDE, x, SIDE + 4, "limit", GREY)
        drawn += text(x, SIDE + 17, figure(mark, language, is_share=False), "middle")
    middle = (paper.left + paper.right) / 2
    return drawn + text(middle, SIDE + 35, words.gettext("expected last score"), "middle")


def _sides(paper: Paper, direction: int, language: str) -> str:
    """Which side of the line is which, in the corners that the line leaves free."""
    words = translation(language)
    more, less = words.gettext("more favourable"), words.gettext("less favourable")
    above, below = (more, less) if direction > 0 else (less, more)
    drawn = _backed(paper.left + 6, TOP + TEXT + 2, above, "start")
    return drawn + _backed(paper.right - 6, SIDE - 8, below, "end")


def _backed(x: float, y: float, words: str, anchor: str) -> str:
    """Words on a piece of paper, so that dots behind them do not spoil them."""
    width = LETTER * len(words)
    left = x if anchor == "start" else x - width
    ground = (
        f'<rect class="behind" x="{left - 3:.2f}" y="{y - TEXT:.2f}" width="{width + 6:.2f}"'
        f' height="{TEXT + 5:.2f}" fill="#ffffff" fill-opacity="0.8"/>'
    )
    return ground + text(x, y, words, anchor, "600")
