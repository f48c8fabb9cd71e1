"""A funnel: units by their size, and how far chance carries one of that size from the target."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dashboards.drawing.paper import (
    LETTER,
    RIGHT_GAP,
    TEXT,
    Entry,
    Paper,
    centre_sample,
    dot,
    figure,
    key,
    level_lines,
    line,
    path,
    room_for,
    shape,
    svg,
    text,
    ticks,
    told,
)
from dashboards.drawing.sparkline import GREY
from dashboards.drawing.translation import N_, translation

WIDE, NARROW = 780.0, 288.0
BOTTOM = 250.0
DASHES_95 = "5 3"

OUTSIDE = {
    "": N_("within both limits"),
    "95": N_("outside the 95 % limits"),
    "99.8": N_("outside the 99.8 % limits"),
}
"""Where a unit lies; the second is to be expected of one unit in twenty."""


@dataclass(frozen=True)
class FunnelUnit:
    """A clinic or team, never a therapist; `outside` is a key of OUTSIDE."""

    name: str
    size: float
    value: float
    outside: str = ""


@dataclass(frozen=True)
class FunnelCurve:
    """Limits at rising sizes, all of one length."""

    sizes: Sequence[float]
    lower95: Sequence[float]
    upper95: Sequence[float]
    lower998: Sequence[float]
    upper998: Sequence[float]


@dataclass(frozen=True)
class _Sheet:
    units: Sequence[FunnelUnit]
    curve: FunnelCurve
    target: float
    is_share: bool
    paper: Paper
    most: float
    language: str

    def x(self, size: float) -> float:
        return self.paper.left + size / self.most * (self.paper.right - self.paper.left)

    def said(self, value: float) -> str:
        return figure(value, self.language, is_share=self.is_share)

    def words(self, sentence: str) -> str:
        return translation(self.language).gettext(sentence)


def funnel_svg(
    units: Sequence[FunnelUnit],
    curve: FunnelCurve,
    *,
    target: float,
    is_share: bool,
    size_in_words: str,
    width: float,
    title: str,
    language: str,
) -> str:
    """An SVG `width` wide: sizes along, values upwards, limits as curves around the target.

    A unit outside the 99.8 % limits is a diamond with its name, one outside the 95 % limits a
    triangle, any other a dot; each says its name and value when pointed at. Limits beyond the
    values are cut off at the edge. `size_in_words` stands under the axis, in `language`.
    Raises ValueError without units or without a size above 0.
    """
    sheet = _sheet(units, curve, target, is_share, width, language)
    drawn = _levels(sheet) + _axis(sheet, size_in_words) + _limits(sheet) + _marks(sheet)
    below, height = key(list(_entries(sheet)), width, BOTTOM + 56)
    words = funnel_in_words(units, target=target, is_share=is_share, language=language)
    return svg(width, BOTTOM + 56 + height, drawn + below, title, words)


def funnel_in_words(
    units: Sequence[FunnelUnit], *, target: float, is_share: bool, language: str
) -> str:
    """What the funnel shows, for those who do not see it."""
    words = translation(language)
    counted = words.ngettext("{count} unit", "{count} units", len(units)).format(count=len(units))
    told_ = [f"{counted}; {_middle(target, is_share, language)}."]
    for outside in ("99.8", "95"):
        names = [
            f"{unit.name} ({figure(unit.value, language, is_share=is_share)})"
            for unit in units
            if unit.outside == outside
        ]
        if names:
            said = words.gettext(OUTSIDE[outside])
            told_.append(f"{said[0].upper()}{said[1:]}: {', '.join(names)}.")
    if not any(unit.outside for unit in units):
        told_.append(words.gettext("Every unit lies within its limits."))
    return " ".join(told_)


def _middle(target: float, is_share: bool, language: str) -> str:
    """What the middle line is: the share of all units, or what was to be expected."""
    words = translation(language)
    said = words.gettext(
        N_("all units together: {value}") if is_share else N_("as expected: {value}")
    )
    return said.format(value=figure(target, language, is_share=is_share))


def funnel_rows(
    units: Sequence[FunnelUnit], *, size_in_words: str, is_share: bool, language: str
) -> list[tuple[str, ...]]:
    """The table beside the funnel: a header, and a row of texts for each unit."""
    words = translation(language)
    header = (
        words.gettext("Unit"),
        f"{size_in_words[:1].upper()}{size_in_words[1:]}",
        words.gettext("Value"),
        words.gettext("Position"),
    )
    rows: list[tuple[str, ...]] = [header]
    for unit in units:
        size = figure(unit.size, language, is_share=False)
        value = figure(unit.value, language, is_share=is_share)
        rows.append((unit.name, size, value, words.gettext(OUTSIDE[unit.outside])))
    return rows


def _sheet(
    units: Sequence[FunnelUnit],
    curve: FunnelCurve,
    target: float,
    is_share: bool,
    width: float,
    language: str,
) -> _Sheet:
    if not units or max(unit.size for unit in units) <= 0:
        raise ValueError("a funnel needs at least one unit with a size above 0")
    values = [unit.value for unit in units]
    lows = [*values, target, *_typical(curve.lower998)]
    highs = [*values, target, *_typical(curve.upper998)]
    marks = ticks(min(lows), max(highs))
    low, high = marks[0], marks[-1]
    if is_share:
        low, high = max(low, 0.0), min(high, 1.0)
    left = room_for([figure(mark, language, is_share=is_share) for mark in marks])
    paper = Paper(left, width - RIGHT_GAP, BOTTOM, low, high)
    most = ticks(0, max(unit.size for unit in units))[-1]
    return _Sheet(units, curve, target, is_share, paper, most, language)


def _typical(limits: Sequence[float]) -> Sequence[float]:
    """Without the first quarter, where limits of tiny units would flatten all others."""
    return limits[len(limits) // 4 :]


def _levels(sheet: _Sheet) -> str:
    paper = sheet.paper
    marks = [mark for mark in ticks(paper.low, paper.high) if mark <= paper.high + 1e-9]
    return level_lines(paper, marks, sheet.language, is_share=sheet.is_share)


def _axis(sheet: _Sheet, size_in_words: str) -> str:
    """Round sizes as far as they fit, and what they count."""
    paper, drawn = sheet.paper, ""
    marks = ticks(0, sheet.most, most=8 if paper.right > WIDE / 2 else 4)
    for mark in marks:
        if mark <= sheet.most + 1e-9:
            x = sheet.x(mark)
            drawn += line(x, BOTTOM, x, BOTTOM + 4, "limit", GREY)
            words = figure(mark, sheet.language, is_share=False)
            half = LETTER * len(words) / 2
            place = min(x, paper.right + RIGHT_GAP - half)
            drawn += text(place, BOTTOM + 18, words, "middle")
    return drawn + text((paper.left + paper.right) / 2, BOTTOM + 36, size_in_words, "middle")


def _limits(sheet: _Sheet) -> str:
    """The target and four curves, as far as they lie within the edges."""
    paper, curve = sheet.paper, sheet.curve
    y = paper.y(sheet.target)
    drawn = line(paper.left, y, paper.right, y, "limit", GREY, width=1.3)
    for values, dashes in (
        (curve.lower95, DASHES_95),
        (curve.upper95, DASHES_95),
        (curve.lower998, ""),
        (curve.upper998, ""),
    ):
        places = [
            (sheet.x(size), paper.y(value))
            for size, value in zip(curve.sizes, values, strict=True)
            if size <= sheet.most and paper.low <= value <= paper.high
        ]
        if places:
            drawn += path(places, "expected", GREY, width=1.2, dashes=dashes)
    return drawn


def _marks(sheet: _Sheet) -> str:
    """Dots first, so that those outside lie on top of them."""
    drawn = ""
    for unit in sorted(sheet.units, key=lambda each: len(each.outside)):
        x, y = sheet.x(unit.size), sheet.paper.y(unit.value)
        words = f"{unit.name}: {sheet.said(unit.value)}, {sheet.words(OUTSIDE[unit.outside])}"
        drawn += told(_mark(sheet, unit, x, y), words)
        if unit.outside == "99.8":
            drawn += _name(sheet, unit, x, y)
    return drawn


def _mark(sheet: _Sheet, unit: FunnelUnit, x: float, y: float) -> str:
    if unit.outside == "99.8":
        return shape("diamond", x, y, "amber")
    if unit.outside == "95":
        return shape("up" if unit.value > sheet.target else "down", x, y, "info")
    return dot(x, y, 3.2)


def _name(sheet: _Sheet, unit: FunnelUnit, x: float, y: float) -> str:
    """On the side where there is room."""
    is_right = x + 10 + LETTER * len(unit.name) > sheet.paper.right
    return text(x - 10 if is_right else x + 10, y + TEXT / 3, unit.name,
                "end" if is_right else "start", "700")  # fmt: skip


def _entries(sheet: _Sheet) -> Iterator[Entry]:
    yield Entry(centre_sample(), _middle(sheet.target, sheet.is_share, sheet.language))
    yield Entry(centre_sample("expected", DASHES_95), sheet.words(N_("95 % limits")))
    yield Entry(centre_sample("expected"), sheet.words(N_("99.8 % limits")))
    seen = {unit.outside for unit in sheet.units}
    if "95" in seen:
        yield Entry(shape("up", 0, 0, "info"), sheet.words(OUTSIDE["95"]))
    if "99.8" in seen:
        yield Entry(shape("diamond", 0, 0, "amber"), sheet.words(OUTSIDE["99.8"]))
