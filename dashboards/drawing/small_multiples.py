"""A treatment at a glance: a panel for each questionnaire, on one axis of time."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.drawing.alliance import Turn, turn_in_words, turns_drawn
from dashboards.drawing.course import (
    NARROW,
    RIGHT_GAP,
    TEXT,
    Frame,
    Point,
    Scale,
    check_drawable,
    course_in_words,
    ground_drawn,
    scores_drawn,
    svg_of,
    text,
    xml,
)
from dashboards.drawing.sparkline import PALE
from dashboards.drawing.strip import LANE_HEIGHT, Happening, lanes_of, strip_drawn
from dashboards.drawing.time_axis import TimeAxis, ticks_of
from dashboards.drawing.translation import N_, translation

LEFT = 34.0
HEAD = 26.0  # above a panel: its name, and which way is better
GAP = 18.0
BESIDE_PANEL = HEAD + GAP
DAYS_HEIGHT = 24.0
BETTER = {-1: N_("lower is better"), 1: N_("higher is better")}


@dataclass(frozen=True)
class Panel:
    """One questionnaire's course, oldest first, and where the alliance that it asks for turned."""

    name: str
    points: tuple[Point, ...]
    scale: Scale
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """What one drawing shows; `told` in words, where not what the panels say of themselves."""

    title: str
    panels: tuple[Panel, ...]
    happenings: tuple[Happening, ...] = ()
    told: str = ""


def treatment_picture(sheet: Sheet, *, width: float, panel_height: float, language: str) -> str:
    """An SVG `width` wide with every panel of the sheet, `panel_height` high each, on one axis.

    Each panel says its name and which way is better, since those can differ. Above them stand
    alerts, own marks and evaluations, each with a thin line through all panels. The rest is as in
    `course_picture`. Raises ValueError without panels, or for a panel that cannot be drawn.
    """
    axis = _axis(sheet, width)
    top = LANE_HEIGHT * len(lanes_of(sheet.happenings))
    frames = [
        Frame(axis, head + HEAD, head + HEAD + panel_height, panel.scale)
        for panel, head in _heads(sheet.panels, top, panel_height)
    ]
    bottom = frames[-1].bottom
    drawn = _days(axis, top + HEAD, bottom, language)
    drawn += strip_drawn(sheet.happenings, axis, bottom, language)
    for frame, panel in zip(frames, sheet.panels, strict=True):
        drawn += _panel(frame, panel, language, with_tips=width > NARROW)
    return svg_of(width, bottom + DAYS_HEIGHT, drawn, sheet.title, in_words(sheet, language))


def in_words(sheet: Sheet, language: str) -> str:
    """What the picture shows, for those who do not see it."""
    if sheet.told:
        return sheet.told
    told = [_panel_in_words(panel, language) for panel in sheet.panels]
    return " ".join([*told, *(f"{each.in_words}." for each in sheet.happenings)])


def better_words(direction: int, language: str) -> str:
    """Which way is better: -1 lower, 1 higher."""
    return translation(language).gettext(BETTER[direction])


def _panel_in_words(panel: Panel, language: str) -> str:
    better = better_words(panel.scale.direction, language)
    told = course_in_words(panel.points, panel.scale, language)
    turns = [f"{turn_in_words(turn, language)}." for turn in panel.turns]
    return " ".join([f"{panel.name} ({better}): {told}", *turns])


def _axis(sheet: Sheet, width: float) -> TimeAxis:
    """From the first to the last of all that is shown."""
    if not sheet.panels:
        raise ValueError("a treatment needs at least one panel")
    for panel in sheet.panels:
        check_drawable(panel.points, panel.scale)
    moments = [point.measured_at for panel in sheet.panels for point in panel.points]
    moments += [each.at for each in sheet.happenings]
    return TimeAxis(min(moments), max(moments), LEFT, width - RIGHT_GAP)


def _heads(panels: Sequence[Panel], top: float, panel_height: float) -> list[tuple[Panel, float]]:
    """Each panel and where its heading begins."""
    step = panel_height + BESIDE_PANEL
    return [(panel, top + place * step) for place, panel in enumerate(panels)]


def _panel(frame: Frame, panel: Panel, language: str, *, with_tips: bool) -> str:
    return (
        _heading(frame, panel, language)
        + ground_drawn(frame, panel.points, language)
        + turns_drawn(frame, panel.turns, language)
        + scores_drawn(frame, panel.points, language, with_tips=with_tips)
    )


def _heading(frame: Frame, panel: Panel, language: str) -> str:
    """The name, and beside it which way is better."""
    better = better_words(panel.scale.direction, language)
    return (
        f'<text x="{frame.left:g}" y="{frame.top - 9:g}"><tspan font-weight="700">'
        f'{xml(panel.name)}</tspan><tspan class="quiet" dx="10">{xml(better)}</tspan></text>'
    )


def _days(axis: TimeAxis, top: float, bottom: float, language: str) -> str:
    """Days below, each with a faint line upwards; the first and last label stay on the paper."""
    drawn = ""
    for moment, label in ticks_of(axis, language):
        x = axis.x(moment)
        near_end = x + 2.5 * TEXT > axis.right + RIGHT_GAP
        anchor = "end" if near_end else "start" if x - 2.5 * TEXT < 0 else "middle"
        drawn += (
            f'<line class="edge" x1="{x:.2f}" y1="{top:g}" x2="{x:.2f}" y2="{bottom + 4:g}"'
            f' stroke="{PALE}" stroke-width="0.7"/>'
        )
        drawn += text(axis.right if near_end else x, bottom + 18, label, anchor)
    return drawn
