"""What happened beside the scores, on their axis of time: alerts, own marks, evaluations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dashboards.drawing.course import TEXT, level_shape, stem, text, xml
from dashboards.drawing.sparkline import INK
from dashboards.drawing.time_axis import TimeAxis
from dashboards.drawing.translation import N_, translation

LANE_HEIGHT = 36.0
SHAPE_DOWN = 25.0  # from the top of a lane to the middle of its shapes
APART = 24.0  # what lies closer together shares one shape, with its number
WORST_FIRST = ("red", "amber", "info")


class Lane(StrEnum):
    """What stands in one line above the courses, from top to bottom."""

    ALERT = "alert"
    MARK = "mark"
    EVALUATION = "evaluation"


LANES = {
    Lane.ALERT: N_("Alerts"),
    Lane.MARK: N_("Own marks"),
    Lane.EVALUATION: N_("Evaluations"),
}


@dataclass(frozen=True)
class Happening:
    """Something on a day. `sign`: a level of an alert, `held` or `planned`, or a single letter."""

    at: datetime
    lane: Lane
    sign: str
    in_words: str


def lanes_of(happenings: Sequence[Happening]) -> list[Lane]:
    """The lanes in which something stands."""
    return [lane for lane in Lane if any(each.lane is lane for each in happenings)]


def strip_drawn(
    happenings: Sequence[Happening], axis: TimeAxis, bottom: float, language: str
) -> str:
    """The lanes that have something, from the top of the paper; thin lines lead to `bottom`.

    What lies within `APART` shares the shape of the most urgent, with how many there are.
    """
    return "".join(
        _lane(
            [each for each in happenings if each.lane is lane], lane, place, axis, bottom, language
        )
        for place, lane in enumerate(lanes_of(happenings))
    )


def _lane(
    happenings: Sequence[Happening],
    lane: Lane,
    place: int,
    axis: TimeAxis,
    bottom: float,
    language: str,
) -> str:
    top = place * LANE_HEIGHT
    name = translation(language).gettext(LANES[lane])
    drawn = f'<g class="quiet">{text(axis.left, top + TEXT, name)}</g>'
    clusters = _clusters(happenings, axis)
    drawn += "".join(
        stem(x, top + SHAPE_DOWN, bottom, "" if lane is Lane.ALERT else "2 3") for x, _ in clusters
    )
    return drawn + "".join(_cluster(x, top + SHAPE_DOWN, each) for x, each in clusters)


def _clusters(
    happenings: Sequence[Happening], axis: TimeAxis
) -> list[tuple[float, list[Happening]]]:
    """Place and what stands there, by time."""
    found: list[tuple[float, list[Happening]]] = []
    for each in sorted(happenings, key=lambda one: one.at):
        x = axis.x(each.at)
        if found and x - found[-1][0] < APART:
            found[-1][1].append(each)
        else:
            found.append((x, [each]))
    return found


def _cluster(x: float, y: float, happenings: Sequence[Happening]) -> str:
    told = "; ".join(each.in_words for each in happenings)
    signs = [each.sign for each in happenings]
    sign = next((level for level in WORST_FIRST if level in signs), signs[0])
    number = text(x + 9, y + 4, str(len(signs))) if len(signs) > 1 else ""
    return f"<g><title>{xml(told)}</title>{_sign(sign, x, y)}{number}</g>"


def _sign(sign: str, x: float, y: float) -> str:
    if sign in WORST_FIRST:
        return level_shape(sign, x, y)
    if sign in ("held", "planned"):
        corners = f"{x:.2f},{y - 7:g} {x + 7:.2f},{y:g} {x:.2f},{y + 7:g} {x - 7:.2f},{y:g}"
        fill = INK if sign == "held" else "none"
        return (
            f'<polygon class="{sign}" points="{corners}" fill="{fill}" stroke="{INK}"'
            ' stroke-width="1.4"/>'
        )
    square = (
        f'<rect class="mark" x="{x - 7.5:.2f}" y="{y - 7.5:g}" width="15" height="15" rx="2"'
        f' fill="none" stroke="{INK}" stroke-width="1.2"/>'
    )
    return square + text(x, y + TEXT / 3, sign, "middle", "700")
