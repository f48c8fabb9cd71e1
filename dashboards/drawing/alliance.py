"""Where the alliance fell and where it was restored, on the line of its scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.drawing.course import Frame, xml
from dashboards.drawing.formats import day
from dashboards.drawing.sparkline import INK
from dashboards.drawing.translation import N_, translation

TURNS = {
    "rupture": N_("{day}: a drop in the alliance"),
    "repair": N_("{day}: the alliance is restored"),
}
HALF = 6.0
AWAY = 13.0  # from the dot, so that its figure and its shape both stay visible


@dataclass(frozen=True)
class Turn:
    """A form about the alliance at which it fell (`rupture`) or was back (`repair`)."""

    measured_at: datetime
    kind: str
    score: float


def turns_drawn(frame: Frame, turns: Sequence[Turn], language: str) -> str:
    """A triangle that points down below each drop, and one that points up above each repair."""
    return "".join(_turn(frame, turn, language) for turn in turns)


def turn_in_words(turn: Turn, language: str) -> str:
    """`18 Nov 2026: a drop in the alliance`."""
    told = translation(language).gettext(TURNS[turn.kind])
    return told.format(day=day(turn.measured_at, language))


def _turn(frame: Frame, turn: Turn, language: str) -> str:
    x, height = frame.x(turn.measured_at), frame.y(turn.score)
    up = -1 if turn.kind == "repair" else 1
    has_room = frame.top + HALF <= height + up * AWAY <= frame.bottom - HALF
    y = height + (up if has_room else -up) * AWAY
    corners = f"{x:.2f},{y + up * HALF:.2f} {x - HALF:.2f},{y - up * HALF:.2f}"
    corners += f" {x + HALF:.2f},{y - up * HALF:.2f}"
    return (
        f'<polygon class="{turn.kind}" points="{corners}" fill="none" stroke="{INK}"'
        f' stroke-width="1.6"><title>{xml(turn_in_words(turn, language))}</title></polygon>'
    )
