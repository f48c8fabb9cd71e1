"""What can be said of one therapist's results: a zone around an average, and own parts below it.

Higher is better for the patient in every figure, whatever the direction of the scale. No drawing
here takes the figures of anybody else: the pale band is the model's own spread.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.drawing.formats import one_decimal
from dashboards.drawing.paper import LETTER, RIGHT_GAP, TEXT, line, svg, text, ticks, told
from dashboards.drawing.sparkline import GREY, INK, PALE
from dashboards.drawing.translation import N_, translation

WIDE, NARROW = 640.0, 288.0
MOST_LIE_WITHIN = 1.96
"""Standard deviations of a normal distribution within which 95 of 100 lie."""

BAND_TOP, BAND_HEIGHT = 34.0, 44.0
ROW, LABEL, HEAD = 46.0, 14.0, 8.0
FOOT = 42.0
EDGE = 14.0


@dataclass(frozen=True)
class Zone:
    """An estimate with its 95 % interval in points, 0 the average; `spread` is the model's SD.

    `is_distinguishable`: whether the whole interval lies on one side of the average.
    """

    estimate: float
    lower: float
    upper: float
    spread: float
    is_distinguishable: bool


@dataclass(frozen=True)
class Part:
    """A part of the own treatments: `value` in standard deviations from what was expected."""

    name: str
    treatments: int
    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class _Across:
    """The horizontal axis: from -reach to reach."""

    width: float
    reach: float

    def x(self, value: float) -> float:
        share = (min(max(value, -self.reach), self.reach) + self.reach) / (2 * self.reach)
        return EDGE + share * (self.width - EDGE - RIGHT_GAP)


def zone_picture(zone: Zone, *, width: float, language: str) -> str:
    """An SVG `width` wide: the average as a line, the zone as a bar, most therapists as a band.

    Raises ValueError for a zone whose lower end lies above its upper.
    """
    if zone.lower > zone.upper:
        raise ValueError("the lower end of a zone must not lie above its upper end")
    words = translation(language)
    most = MOST_LIE_WITHIN * zone.spread
    across = _Across(width, 1.12 * max(abs(zone.lower), abs(zone.upper), most, 0.1))
    bottom = BAND_TOP + BAND_HEIGHT + 10
    drawn = _bar(across, -most, most, BAND_TOP, BAND_HEIGHT, "band", PALE)
    drawn += told(
        _bar(across, zone.lower, zone.upper, BAND_TOP + 10, BAND_HEIGHT - 20, "own-zone", GREY),
        zone_in_words(zone, language),
    )
    x = across.x(0)
    drawn += line(x, BAND_TOP - 8, x, bottom, "ink", INK, width=1.5)
    drawn += text(x, BAND_TOP - 14, words.gettext("average"), "middle", "600")
    drawn += _axis(across, bottom, language)
    title = words.gettext("Your zone and the average")
    return svg(width, bottom + FOOT, drawn, title, zone_in_words(zone, language))


def zone_in_words(zone: Zone, language: str) -> str:
    """The zone for those who do not see it, and what can be said."""
    return (
        translation(language)
        .gettext("Zone from {lower} to {upper} points; 0 is the average. {verdict}")
        .format(
            lower=signed(zone.lower, language),
            upper=signed(zone.upper, language),
            verdict=verdict(zone, language),
        )
    )


def verdict(zone: Zone, language: str) -> str:
    """The one sentence that can be said of the zone."""
    words = translation(language)
    if not zone.is_distinguishable:
        return words.gettext("Your results cannot be told apart from the average.")
    if zone.estimate > 0:
        return words.gettext(
            "Your patients ended more favourably than could be expected; this can be told apart"
            " from the average."
        )
    return words.gettext(
        "Your patients ended less favourably than could be expected; this can be told apart from"
        " the average."
    )


def parts_picture(parts: Sequence[Part], *, title: str, width: float, language: str) -> str:
    """An SVG `width` wide: a row for each part, its interval around a dot, 0 as expected.

    Raises ValueError without parts.
    """
    if not parts:
        raise ValueError("there is nothing to draw without parts")
    reach = max(max(abs(part.lower), abs(part.upper)) for part in parts)
    across = _Across(width, 1.12 * max(reach, 0.1))
    bottom = HEAD + ROW * len(parts)
    x = across.x(0)
    drawn = line(x, HEAD, x, bottom, "limit", GREY, dashes="2 2")
    for place, part in enumerate(parts):
        drawn += _row(across, part, HEAD + place * ROW, language)
    drawn += _axis(across, bottom, language)
    in_words = " ".join(part_in_words(part, language) for part in parts)
    return svg(width, bottom + FOOT, drawn, title, in_words)


def part_in_words(part: Part, language: str) -> str:
    """One row for those who do not see it."""
    return (
        translation(language)
        .gettext("{name}, {treatments} treatments: {value}, interval {lower} to {upper}.")
        .format(
            name=part.name,
            treatments=part.treatments,
            value=signed(part.value, language),
            lower=signed(part.lower, language),
            upper=signed(part.upper, language),
        )
    )


def signed(value: float, language: str) -> str:
    """+0,4 or −0,4: with a real minus sign, and a plus for what is more favourable."""
    rounded = round(value, 1) + 0.0
    sign = "+" if rounded > 0 else ""
    return f"{sign}{one_decimal(rounded, language)}".replace("-", "−")


def _row(across: _Across, part: Part, top: float, language: str) -> str:
    label = translation(language).gettext("{name} ({treatments})")
    label = label.format(name=part.name, treatments=part.treatments)
    y = top + LABEL + 14
    drawn = line(across.x(part.lower), y, across.x(part.upper), y, "ink", INK, width=1.6)
    drawn += f'<circle class="dot" cx="{across.x(part.value):.2f}" cy="{y:.2f}" r="4.5"/>'
    ground = line(EDGE, y, across.width - RIGHT_GAP, y, "edge", PALE)
    return ground + text(0, top + LABEL, label) + told(drawn, part_in_words(part, language))


def _bar(
    across: _Across, low: float, high: float, top: float, height: float, name: str, colour: str
) -> str:
    """A bar with round ends from one value to another."""
    left, right = across.x(low), across.x(high)
    return (
        f'<rect class="{name}" x="{left:.2f}" y="{top:.2f}" width="{max(right - left, 2):.2f}"'
        f' height="{height:.2f}" rx="6" fill="{colour}"/>'
    )


def _axis(across: _Across, bottom: float, language: str) -> str:
    """Round figures, and on which side is what."""
    words = translation(language).gettext
    most = 8 if across.width > NARROW else 5
    marks = [m for m in ticks(-across.reach, across.reach, most) if abs(m) <= across.reach]
    drawn = line(EDGE, bottom, across.width - RIGHT_GAP, bottom, "limit", GREY)
    for mark in marks:
        x = across.x(mark)
        drawn += line(x, bottom, x, bottom + 4, "limit", GREY)
        drawn += text(x, bottom + 17, signed(mark, language), "middle")
    left, right = words(LESS), words(MORE)
    if LETTER * (len(left) + len(right)) > across.width:
        left, right = words(N_("less favourable")), words(N_("more favourable"))
    drawn += text(0, bottom + 23 + TEXT, f"← {left}")
    return drawn + text(across.width, bottom + 23 + TEXT, f"{right} →", "end")


LESS = N_("less favourable than expected")
MORE = N_("more favourable than expected")
