"""The states of an alert and what leads from one to the next, as a drawing with its words."""

from dataclasses import dataclass
from html import escape

from dashboards.drawing.sparkline import GREY, INK, PALE
from dashboards.drawing.translation import N_, translation

WIDTH, HEIGHT = 620.0, 292.0
BOX_WIDTH, BOX_HEIGHT = 128.0, 40.0
FONT = "font-family='sans-serif' font-size='12.5'"

TITLE = N_("How an alert lives")


@dataclass(frozen=True)
class State:
    """A box by its middle."""

    name: str
    x: float
    y: float


@dataclass(frozen=True)
class Step:
    """An arrow from one state to another, and what makes it happen; `dy` moves its words."""

    first: str
    then: str
    why: str
    dy: float = -6.0


STATES = {
    "signal": State(N_("Red or amber signal"), 76, 60),
    "open": State(N_("Open"), 310, 60),
    "seen": State(N_("Seen"), 544, 60),
    "answered": State(N_("Answered"), 544, 160),
    "closed": State(N_("Closed"), 310, 160),
    "withdrawn": State(N_("Withdrawn"), 76, 160),
    "looked": State(N_("Looked at again"), 544, 256),
}
STEPS = (
    Step("signal", "open", N_("opens")),
    Step("open", "seen", N_("is read")),
    Step("seen", "answered", N_("with an action")),
    Step("open", "closed", N_("on course or ended")),
    Step("answered", "closed", N_("closes")),
    Step("open", "withdrawn", N_("corrected"), -12.0),
    Step("answered", "looked", N_("after 4 sessions")),
)
NOTES = (
    N_("A signal within two weeks of the last opening opens no new alert of that kind."),
    N_("Two measurements on course in a row close it; so does six weeks without one."),
    N_("An alert about a critical item is closed by an answer alone, and is never withdrawn."),
    N_(
        "Scores drift back to the mean by themselves: that one is better after four sessions does"
        " not prove that the action helped."
    ),
)


def life_cycle_drawing(language: str) -> str:
    """An SVG of the states; its words stand in its title and beside it."""
    say = translation(language).gettext
    shapes = [_arrow(step, say(step.why)) for step in STEPS]
    shapes += [_box(state, say(state.name)) for state in STATES.values()]
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH:g} {HEIGHT:g}'"
        f" width='{WIDTH:g}' role='img'><title>{escape(say(TITLE))}</title>"
        "<defs><marker id='tip' viewBox='0 0 8 8' refX='8' refY='4' markerWidth='7'"
        f" markerHeight='7' orient='auto'><path d='M0 0 8 4 0 8z' fill='{GREY}'/></marker></defs>"
        f"{''.join(shapes)}</svg>"
    )


def life_cycle_words(language: str) -> list[str]:
    """The same in words: each step, then what holds besides."""
    say = translation(language).gettext
    steps = [
        f"{say(STATES[step.first].name)} → {say(STATES[step.then].name)}: {say(step.why)}."
        for step in STEPS
    ]
    return steps + [say(note) for note in NOTES]


def _box(state: State, name: str) -> str:
    left, top = state.x - BOX_WIDTH / 2, state.y - BOX_HEIGHT / 2
    return (
        f"<rect x='{left:g}' y='{top:g}' width='{BOX_WIDTH:g}' height='{BOX_HEIGHT:g}' rx='5'"
        f" fill='{PALE}' stroke='{INK}'/><text x='{state.x:g}' y='{state.y + 4.5:g}' {FONT}"
        f" fill='{INK}' text-anchor='middle'>{escape(name)}</text>"
    )


def _arrow(step: Step, why: str) -> str:
    (x1, y1), (x2, y2) = _ends(STATES[step.first], STATES[step.then])
    beside = x1 == x2
    x, y = (x1 + x2) / 2 + (6 if beside else 0), (y1 + y2) / 2 + (4 if beside else step.dy)
    anchor = "start" if beside and x1 < WIDTH / 2 + 1 else "end" if beside else "middle"
    x -= 12 if anchor == "end" else 0
    return (
        f"<line x1='{x1:g}' y1='{y1:g}' x2='{x2:g}' y2='{y2:g}' stroke='{GREY}'"
        f" stroke-width='1.4' marker-end='url(#tip)'/><text x='{x:g}' y='{y:g}' {FONT}"
        f" fill='{INK}' text-anchor='{anchor}'>{escape(why)}</text>"
    )


def _ends(first: State, then: State) -> tuple[tuple[float, float], tuple[float, float]]:
    """From edge to edge: sideways where both stand in one row, else up or down."""
    if first.y == then.y:
        side = BOX_WIDTH / 2 if first.x < then.x else -BOX_WIDTH / 2
        return (first.x + side, first.y), (then.x - side, then.y)
    return (first.x, first.y + BOX_HEIGHT / 2), (then.x, then.y - BOX_HEIGHT / 2)
