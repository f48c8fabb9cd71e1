"""What shrinkage does to the mean of few patients and of many: four therapists who do not exist."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import hypot, sqrt

from dashboards.drawing.formats import number, one_decimal
from dashboards.drawing.sparkline import GREY, INK, PALE
from dashboards.drawing.translation import translation

SHARE_BETWEEN = 0.066
"""Of all variance of outcomes, what lies between therapists, at mean severity: Saxon & Barkham
2012 (119 therapists, 10,786 patients) [V]."""

SPREAD = 6.0
"""Standard deviation of outcomes between patients, in points, made up for the example [D]."""

Z_95 = 1.96

WIDTH = 280.0
LEFT, RIGHT, REACH = 12.0, 268.0, 4.5  # the axis runs from -REACH to REACH points
TEXT = 12.5
FIRST, ROW, FOOT = 68.0, 62.0, 54.0  # top of the first row, height of each, room for the axis
LABEL, PLAIN, SHRUNK = 15.0, 30.0, 48.0  # within a row
RADIUS, HEAD = 4.0, 5.0


@dataclass(frozen=True)
class Therapist:
    """`plain_mean`: points better than was to be expected of these patients; below 0 is worse."""

    name: str
    patients: int
    plain_mean: float


@dataclass(frozen=True)
class Estimate:
    """`kept` is the share of the plain mean that is left in `value`; the interval is 95 %."""

    therapist: Therapist
    kept: float
    value: float
    lower: float
    upper: float

    @property
    def is_distinguishable(self) -> bool:
        """Whether 0, the mean of all therapists, lies outside the interval."""
        return self.lower > 0 or self.upper < 0


EXAMPLE = (
    Therapist("A", 5, 4.0),
    Therapist("B", 15, -3.0),
    Therapist("C", 40, -2.5),
    Therapist("D", 120, 2.0),
)


def within_over_between(share_between: float = SHARE_BETWEEN) -> float:
    """Variance within therapists over that between them: so many patients keep one half.

    Raises ValueError unless the share lies between 0 and 1.
    """
    if not 0 < share_between < 1:
        raise ValueError("the share between therapists lies between 0 and 1")
    return (1 - share_between) / share_between


def estimate_of(
    therapist: Therapist, share_between: float = SHARE_BETWEEN, spread: float = SPREAD
) -> Estimate:
    """The posterior mean of a random intercept around 0, with known variances.

    kept = n / (n + within / between); value = kept x plain mean; its standard deviation is
    sqrt(between x (1 - kept)) (Robinson 1991, Statistical Science 6:15-32).
    Raises ValueError without patients, and as within_over_between does.
    """
    if therapist.patients < 1:
        raise ValueError("a mean needs at least one patient")
    kept = therapist.patients / (therapist.patients + within_over_between(share_between))
    half = Z_95 * spread * sqrt(share_between * (1 - kept))
    value = kept * therapist.plain_mean
    return Estimate(therapist, kept, value, value - half, value + half)


def example_estimates() -> tuple[Estimate, ...]:
    """Those of EXAMPLE, fewest patients first."""
    return tuple(estimate_of(therapist) for therapist in EXAMPLE)


def shrinkage_picture(estimates: Sequence[Estimate], language: str) -> str:
    """An SVG 280 wide: an open circle for each plain mean, an arrow to the dot of the estimate.

    The line through a dot is its interval, thick where 0 lies outside. It prints in grey and
    is drawn for white paper; no meaning rests on hue.
    """
    words = translation(language)
    bottom = FIRST + ROW * len(estimates)
    parts = [_key(language), _level(bottom), _zero(bottom), _axis(bottom, language)]
    for place, estimate in enumerate(estimates):
        parts.append(_row(estimate, FIRST + place * ROW, language))
    told = " ".join(estimate_in_words(estimate, language) for estimate in estimates)
    title = words.gettext("Plain means of four therapists, and what shrinkage makes of them")
    height = bottom + FOOT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}"'
        f' width="{WIDTH:g}" height="{height:g}" role="img" font-size="{TEXT:g}" fill="{INK}">'
        f"<title>{escape(title)}</title><desc>{escape(told)}</desc>{''.join(parts)}</svg>"
    )


def estimate_in_words(estimate: Estimate, language: str) -> str:
    """What the row of the picture shows, for those who do not see it."""
    return (
        translation(language)
        .gettext(
            "{name}, {patients} patients: from {plain} to {value}, interval {lower} to {upper},"
            " {verdict}."
        )
        .format(
            name=estimate.therapist.name,
            patients=number(estimate.therapist.patients, language),
            plain=one_decimal(estimate.therapist.plain_mean, language),
            value=one_decimal(estimate.value, language),
            lower=one_decimal(estimate.lower, language),
            upper=one_decimal(estimate.upper, language),
            verdict=verdict(estimate, language),
        )
    )


def verdict(estimate: Estimate, language: str) -> str:
    """Whether the estimate can be told from the mean of all, in the words of every page."""
    words = translation(language)
    if not estimate.is_distinguishable:
        return words.gettext("cannot be distinguished from the mean")
    return (
        words.gettext("above the mean") if estimate.value > 0 else words.gettext("below the mean")
    )


def _across(points: float) -> float:
    """Where so many points stand; beyond the axis, at its end."""
    share = (min(max(points, -REACH), REACH) + REACH) / (2 * REACH)
    return LEFT + share * (RIGHT - LEFT)


def _row(estimate: Estimate, top: float, language: str) -> str:
    """Label, circle, arrow, interval and dot of one therapist."""
    label = (
        translation(language)
        .gettext("{name}: {patients} patients")
        .format(
            name=estimate.therapist.name,
            patients=number(estimate.therapist.patients, language),
        )
    )
    plain = (_across(estimate.therapist.plain_mean), top + PLAIN)
    shrunk = (_across(estimate.value), top + SHRUNK)
    return (
        _text(0, top + LABEL, label, weight="600")
        + _interval(estimate, top + SHRUNK)
        + _arrow(plain, shrunk)
        + _circle(*plain)
        + _dot(*shrunk)
    )


def _interval(estimate: Estimate, height: float) -> str:
    width = 3.2 if estimate.is_distinguishable else 1.2
    return _line(_across(estimate.lower), height, _across(estimate.upper), height, INK, width)


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    """From the edge of the circle to the edge of the dot, with a filled head."""
    length = hypot(end[0] - start[0], end[1] - start[1])
    along = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
    tip = _moved(end, along, -(RADIUS + 1.5))
    neck = _moved(tip, along, -HEAD)
    aside = (-along[1], along[0])
    corners = (tip, _moved(neck, aside, HEAD / 2), _moved(neck, aside, -HEAD / 2))
    head = " ".join(f"{x:.2f},{y:.2f}" for x, y in corners)
    shaft = _line(*_moved(start, along, RADIUS), *neck, GREY, 1.2)
    return f'{shaft}<polygon points="{head}" fill="{GREY}"/>'


def _moved(
    place: tuple[float, float], along: tuple[float, float], by: float
) -> tuple[float, float]:
    return place[0] + along[0] * by, place[1] + along[1] * by


def _key(language: str) -> str:
    """What circle, dot and thick line mean, above the rows."""
    words = translation(language)
    return (
        _circle(14, 9)
        + _text(32, 13, words.gettext("plain mean"))
        + _line(2, 28, 26, 28, INK, 1.2)
        + _dot(14, 28)
        + _text(32, 32, words.gettext("estimate with 95 % interval"))
        + _line(2, 47, 26, 47, INK, 3.2)
        + _dot(14, 47)
        + _text(32, 51, words.gettext("distinguishable from the mean"))
    )


def _axis(bottom: float, language: str) -> str:
    """Ticks every two points, and what they count."""
    words = translation(language)
    ticks = "".join(
        _line(_across(points), bottom, _across(points), bottom + 4, GREY, 1)
        + _text(_across(points), bottom + 17, _signed(points, language), anchor="middle")
        for points in (-4, -2, 0, 2, 4)
    )
    middle = _across(0)
    return (
        ticks
        + _text(middle, bottom + 34, words.gettext("points better than expected"), anchor="middle")
        + _text(middle, bottom + 50, words.gettext("0: mean of all therapists"), anchor="middle")
    )


def _signed(points: float, language: str) -> str:
    """With a real minus sign, and a plus for what is better."""
    return f"{'+' if points > 0 else ''}{number(points, language)}".replace("-", "−")


def _zero(bottom: float) -> str:
    return _line(_across(0), FIRST + LABEL + 4, _across(0), bottom, GREY, 0.8, dashes="2 2")


def _level(height: float) -> str:
    return _line(LEFT, height, RIGHT, height, PALE, 1)


def _line(
    x1: float, y1: float, x2: float, y2: float, colour: str, width: float, dashes: str = ""
) -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<line x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}"'
        f' stroke="{colour}" stroke-width="{width:g}"{dashed}/>'
    )


def _circle(x: float, y: float) -> str:
    return (
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{RADIUS:g}" fill="#ffffff" stroke="{INK}"'
        ' stroke-width="1.4"/>'
    )


def _dot(x: float, y: float) -> str:
    return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{RADIUS + 0.5:g}"/>'


def _text(x: float, y: float, text: str, anchor: str = "start", weight: str = "400") -> str:
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )
