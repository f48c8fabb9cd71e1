"""A control chart: values over time, their centre line and limits, and the rules that fired."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from math import ceil

from dashboards.drawing.paper import (
    LETTER,
    RIGHT_GAP,
    Entry,
    Paper,
    Place,
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
from dashboards.drawing.periods import Period, period_name
from dashboards.drawing.sparkline import GREY, INK
from dashboards.drawing.translation import N_, translation

WIDE, NARROW = 780.0, 288.0
BOTTOM = 214.0
DOTS_APART = 5.5  # closer than this and the dots of plain points run into one another
FLAT = 0.1  # how far from a share that never changes its axis goes
LIMIT_DASHES, TRIAL_DASHES, TARGET_DASHES, SELDOM_DASHES = "6 3", "2 3", "2 5", "9 4"

RULES = {
    "R1": N_("outside the limits"),
    "sigma": N_("outside the limits"),
    "R3": N_("seven or more in a row rising or falling"),
    "R4": N_("two of three close to a limit"),
    "R2": N_("seven or more in a row on one side of the centre line"),
    "run": N_("unusually long on one side of the centre line"),
    "crossings": N_("the centre line is crossed unusually seldom"),
}
"""What fired, in the order in which it names a point (RULES.md B8); the last two are found on a
series as a whole, so that they dash its centre line instead of marking points."""

OF_SERIES = ("run", "crossings")


@dataclass(frozen=True)
class ChartPoint:
    """One period. `value` is None where it is missing, lines are None where there are none.

    `part` counts from 0 and rises where limits start anew; `is_trial` says that its limits are
    from too few points to be locked.
    """

    first_day: date
    value: float | None
    centre: float | None = None
    lower: float | None = None
    upper: float | None = None
    rules: tuple[str, ...] = ()
    part: int = 0
    is_trial: bool = False


@dataclass(frozen=True)
class ChartKind:
    """How points are read: `better` is 1 for higher, -1 for lower, 0 for neither."""

    period: Period
    is_share: bool = False
    better: int = 0
    target: float | None = None


@dataclass(frozen=True)
class _Sheet:
    """The points on their paper, in a language."""

    points: Sequence[ChartPoint]
    kind: ChartKind
    paper: Paper
    language: str

    def x(self, place: int) -> float:
        left, right = self.paper.left + 9, self.paper.right - 9
        if len(self.points) == 1:
            return (left + right) / 2
        return left + place / (len(self.points) - 1) * (right - left)

    def name(self, place: int) -> str:
        return period_name(self.points[place].first_day, self.kind.period, self.language)

    def said(self, value: float) -> str:
        return figure(value, self.language, is_share=self.kind.is_share)

    def words(self, sentence: str) -> str:
        return translation(self.language).gettext(sentence)


def control_chart_svg(
    points: Sequence[ChartPoint], kind: ChartKind, *, width: float, title: str, language: str
) -> str:
    """An SVG `width` wide of points in the order of time, one for each period, missing ones too.

    A missing period is a gap in the line. A point that a rule found has the shape of the rule that
    names it, larger than the others, and the key below says what it means; everything that fired is
    in the words beside a point. No meaning rests on hue: colours of classes (`amber` for what is
    worse, `info` for what is better) only repeat it.
    Raises ValueError where no point has a value.
    """
    sheet = _sheet(points, kind, width, language)
    drawn = (
        _levels(sheet)
        + _axis(sheet)
        + _parts(sheet)
        + _lines(sheet)
        + _target(sheet)
        + _values(sheet)
        + _marks(sheet)
    )
    below, height = key(list(_entries(sheet)), width, BOTTOM + 40)
    whole = BOTTOM + 40 + height
    return svg(width, whole, drawn + below, title, control_chart_in_words(points, kind, language))


def control_chart_in_words(points: Sequence[ChartPoint], kind: ChartKind, language: str) -> str:
    """What the chart shows, for those who do not see it. Raises ValueError as the chart does."""
    sheet = _sheet(points, kind, WIDE, language)
    return " ".join([_extent(sheet), *_last(sheet), *_found(sheet)])


def control_chart_rows(
    points: Sequence[ChartPoint], kind: ChartKind, language: str
) -> list[tuple[str, ...]]:
    """The table beside the chart: a header, and a row of texts for each period.

    Raises ValueError as the chart does.
    """
    sheet = _sheet(points, kind, WIDE, language)
    names = (N_("Period"), N_("Value"), N_("Centre line"), N_("Lower"), N_("Upper"), N_("Signals"))
    rows = [tuple(map(sheet.words, names))]
    for place, point in enumerate(points):
        missing = sheet.words(N_("missing"))
        lines = ("–" if at is None else sheet.said(at)
                 for at in (point.centre, point.lower, point.upper))  # fmt: skip
        value = missing if point.value is None else sheet.said(point.value)
        rows.append((sheet.name(place), value, *lines, _fired(sheet, place) or "–"))
    return rows


def _sheet(points: Sequence[ChartPoint], kind: ChartKind, width: float, language: str) -> _Sheet:
    if all(point.value is None for point in points):
        raise ValueError("a control chart needs at least one value")
    drawn = [each for point in points for each in (point.value, point.lower, point.upper)]
    known = [each for each in (*drawn, kind.target) if each is not None]
    least, most = min(known), max(known)
    if kind.is_share and least == most:  # all or nobody, for months on: still no axis above 100 %
        least, most = max(least - FLAT, 0.0), min(most + FLAT, 1.0)
    marks = ticks(least, most)
    low, high = marks[0], marks[-1]
    if kind.is_share:
        low, high = max(low, 0.0), min(high, 1.0)
    left = room_for([figure(mark, language, is_share=kind.is_share) for mark in marks])
    paper = Paper(left, width - RIGHT_GAP, BOTTOM, low, high if high > low else low + 1)
    return _Sheet(points, kind, paper, language)


# ---------- the ground


def _levels(sheet: _Sheet) -> str:
    marks = [
        mark
        for mark in ticks(sheet.paper.low, sheet.paper.high)
        if sheet.paper.low - 1e-9 <= mark <= sheet.paper.high + 1e-9
    ]
    return level_lines(sheet.paper, marks, sheet.language, is_share=sheet.kind.is_share)


def _axis(sheet: _Sheet) -> str:
    """As many names of periods as fit, from the first on, each under a tick."""
    many, paper = len(sheet.points), sheet.paper
    wide = LETTER * max(len(sheet.name(place)) for place in range(many)) + 14
    apart = sheet.x(1) - sheet.x(0) if many > 1 else wide
    drawn = ""
    for place in range(0, many, max(1, ceil(wide / apart))):
        x = sheet.x(place)
        half = LETTER * len(sheet.name(place)) / 2
        middle = min(max(x, half), paper.right + RIGHT_GAP - half)
        drawn += line(x, BOTTOM, x, BOTTOM + 4, "limit", GREY)
        drawn += text(middle, BOTTOM + 18, sheet.name(place), "middle")
    return drawn


def _parts(sheet: _Sheet) -> str:
    """An upright line between two parts, where limits start anew."""
    drawn = ""
    for place in range(1, len(sheet.points)):
        if sheet.points[place].part != sheet.points[place - 1].part:
            x = (sheet.x(place - 1) + sheet.x(place)) / 2
            words = sheet.words(N_("limits start anew from {period}"))
            stroke = line(x, 10, x, BOTTOM, "limit", GREY, width=1.2)
            drawn += told(stroke, words.format(period=sheet.name(place)))
    return drawn


def _stretches(sheet: _Sheet) -> Iterator[list[int]]:
    """The places of each part."""
    for _, places in groupby(range(len(sheet.points)), key=lambda at: sheet.points[at].part):
        yield list(places)


def _lines(sheet: _Sheet) -> str:
    """Centre line and limits of each part; the centre dashed where the series as a whole fired."""
    drawn = ""
    for places in _stretches(sheet):
        inside = [sheet.points[place] for place in places]
        is_seldom = any(set(OF_SERIES) & set(point.rules) for point in inside)
        centre = _through(sheet, places, [point.centre for point in inside])
        drawn += "".join(
            path(each, "limit", GREY, width=1.3, dashes=SELDOM_DASHES if is_seldom else "")
            for each in centre
        )
        dashes = TRIAL_DASHES if any(point.is_trial for point in inside) else LIMIT_DASHES
        for limits in ([point.lower for point in inside], [point.upper for point in inside]):
            drawn += "".join(
                path(each, "expected", GREY, width=1.2, dashes=dashes)
                for each in _steps(sheet, places, limits)
            )
    return drawn


def _through(
    sheet: _Sheet, places: Sequence[int], values: Sequence[float | None]
) -> Iterator[list[Place]]:
    """The unbroken stretches of values, as places on the paper."""
    stretch = list[Place]()
    for place, value in zip(places, values, strict=True):
        if value is None:
            if stretch:
                yield stretch
            stretch = []
        else:
            stretch.append((sheet.x(place), sheet.paper.y(value)))
    if stretch:
        yield stretch


def _steps(
    sheet: _Sheet, places: Sequence[int], values: Sequence[float | None]
) -> Iterator[list[Place]]:
    """Stretches as stairs, since a limit belongs to its period and not to the way to the next."""
    half = (sheet.x(1) - sheet.x(0)) / 2 if len(sheet.points) > 1 else 4.0
    for stretch in _through(sheet, places, values):
        stairs = [
            (min(max(x + side, sheet.paper.left), sheet.paper.right), y)
            for x, y in stretch
            for side in (-half, half)
        ]
        yield [stairs[0], stairs[-1]] if len({y for _, y in stairs}) == 1 else stairs


def _target(sheet: _Sheet) -> str:
    if sheet.kind.target is None:
        return ""
    y = sheet.paper.y(sheet.kind.target)
    stroke = line(
        sheet.paper.left, y, sheet.paper.right, y, "ink", INK, width=2, dashes=TARGET_DASHES
    )
    words = sheet.words(N_("target {value}")).format(value=sheet.said(sheet.kind.target))
    return told(stroke, words)


# ---------- the points


def _values(sheet: _Sheet) -> str:
    every = range(len(sheet.points))
    stretches = _through(sheet, every, [point.value for point in sheet.points])
    return "".join(
        path(stretch, "ink", INK, width=1.5) if len(stretch) > 1 else "" for stretch in stretches
    )


def _marks(sheet: _Sheet) -> str:
    """A shape for each point that a rule found, and a dot for the others where there is room."""
    is_roomy = len(sheet.points) * DOTS_APART <= sheet.paper.right - sheet.paper.left
    drawn = ""
    for place, point in enumerate(sheet.points):
        if point.value is None:
            continue
        x, y = sheet.x(place), sheet.paper.y(point.value)
        kind = _shape(sheet, place)
        mark = shape(kind, x, y, _class(sheet, place)) if kind else dot(x, y, _radius(is_roomy))
        drawn += told(mark, _told(sheet, place))
    return drawn


def _radius(is_roomy: bool) -> float:
    return 2.8 if is_roomy else 1.2


def _leading(sheet: _Sheet, place: int) -> str | None:
    """The rule that names a point."""
    fired = sheet.points[place].rules
    return next((rule for rule in RULES if rule in fired and rule not in OF_SERIES), None)


def _shape(sheet: _Sheet, place: int) -> str | None:
    leading = _leading(sheet, place)
    if leading == "R3":
        return "up" if _direction(sheet, place) > 0 else "down"
    return {"R1": "diamond", "sigma": "diamond", "R4": "plus", "R2": "square"}.get(leading or "")


def _direction(sheet: _Sheet, place: int) -> int:
    """1 where what the rule found points upwards, -1 downwards.

    A trend by the step to the next point where that is part of it too, else by the step before.
    """
    point = sheet.points[place]
    here = point.value or 0.0
    if _leading(sheet, place) != "R3":
        return 1 if point.centre is None or here > point.centre else -1
    if place + 1 < len(sheet.points) and "R3" in sheet.points[place + 1].rules:
        return 1 if (sheet.points[place + 1].value or 0.0) > here else -1
    before = sheet.points[place - 1].value if place else None
    return 1 if before is None or here > before else -1


def _class(sheet: _Sheet, place: int) -> str:
    if sheet.kind.better == 0:
        return "dot"
    return "info" if _direction(sheet, place) == sheet.kind.better else "amber"


# ---------- in words


def _told(sheet: _Sheet, place: int) -> str:
    """A point: its period, its value and what fired."""
    start = f"{sheet.name(place)}: {sheet.said(sheet.points[place].value or 0.0)}"
    fired = _fired(sheet, place)
    return f"{start}, {fired}" if fired else start


def _fired(sheet: _Sheet, place: int) -> str:
    """Every rule that fired on a point, and which way that is."""
    rules = sheet.points[place].rules
    said = ", ".join(dict.fromkeys(sheet.words(RULES[rule]) for rule in RULES if rule in rules))
    if not _leading(sheet, place) or sheet.kind.better == 0:
        return said
    is_better = _direction(sheet, place) == sheet.kind.better
    verdict = sheet.words(N_("better") if is_better else N_("worse"))
    return f"{said} ({verdict})"


def _extent(sheet: _Sheet) -> str:
    missing = sum(point.value is None for point in sheet.points)
    words = (
        translation(sheet.language)
        .ngettext(
            "From {first} to {last}: {count} period.",
            "From {first} to {last}: {count} periods.",
            len(sheet.points),
        )
        .format(first=sheet.name(0), last=sheet.name(len(sheet.points) - 1),
                count=len(sheet.points))
    )  # fmt: skip
    if not missing:
        return words
    gap = sheet.words(N_("Missing: {count}.")).format(count=missing)
    return f"{words} {gap}"


def _last(sheet: _Sheet) -> Iterator[str]:
    """The last value, and the lines beside it."""
    place = max(at for at, point in enumerate(sheet.points) if point.value is not None)
    point = sheet.points[place]
    yield sheet.words(N_("The last value is {value}, in {period}.")).format(
        value=sheet.said(point.value or 0.0), period=sheet.name(place)
    )
    if point.centre is not None:
        yield sheet.words(N_("The centre line is at {centre}.")).format(
            centre=sheet.said(point.centre)
        )
    if point.lower is not None and point.upper is not None:
        yield sheet.words(N_("The limits are {lower} and {upper}.")).format(
            lower=sheet.said(point.lower), upper=sheet.said(point.upper)
        )
    if sheet.kind.target is not None:
        yield sheet.words(N_("The target is {value}.")).format(value=sheet.said(sheet.kind.target))


def _found(sheet: _Sheet) -> Iterator[str]:
    """What fired, and in which periods."""
    is_found = False
    for rule in RULES:
        places = [at for at, point in enumerate(sheet.points) if rule in point.rules]
        if places:
            is_found = True
            said = sheet.words(RULES[rule])
            yield f"{said[0].upper()}{said[1:]}: {', '.join(_spans(sheet, places))}."
    if not is_found:
        yield sheet.words(N_("No rule fired: chance alone makes differences as large as these."))


def _spans(sheet: _Sheet, places: Sequence[int]) -> Iterator[str]:
    """Neighbouring places together, by their first and last."""
    for _, pairs in groupby(enumerate(places), key=lambda pair: pair[1] - pair[0]):
        together = [place for _, place in pairs]
        first, last = sheet.name(together[0]), sheet.name(together[-1])
        yield first if first == last else f"{first} – {last}"


def _entries(sheet: _Sheet) -> Iterator[Entry]:
    """The key: lines that are there, and a shape for each rule that names a point."""
    points = sheet.points
    fired = {rule for point in points for rule in point.rules}
    if any(point.centre is not None for point in points):
        dashes = SELDOM_DASHES if fired & set(OF_SERIES) else ""
        found = [sheet.words(RULES[rule]) for rule in OF_SERIES if rule in fired]
        yield Entry(
            centre_sample(dashes=dashes), "; ".join([sheet.words(N_("centre line")), *found])
        )
    for is_trial, dashes, words in (
        (False, LIMIT_DASHES, N_("limits")),
        (True, TRIAL_DASHES, N_("trial limits, of few points")),
    ):
        if any(point.upper is not None and point.is_trial is is_trial for point in points):
            yield Entry(centre_sample("expected", dashes), sheet.words(words))
    if sheet.kind.target is not None:
        words = sheet.words(N_("target {value}")).format(value=sheet.said(sheet.kind.target))
        yield Entry(line(-11, 0, 11, 0, "ink", INK, width=2, dashes=TARGET_DASHES), words)
    yield from _shape_entries(sheet)


def _shape_entries(sheet: _Sheet) -> Iterator[Entry]:
    """Triangles for a trend point upwards and downwards but mean one thing."""
    shown = {_leading(sheet, place): place for place in reversed(range(len(sheet.points)))}
    for rule in RULES:
        if rule in shown and rule is not None:
            kind = _shape(sheet, shown[rule])
            if kind is not None:
                yield Entry(shape(kind, 0, 0, "dot"), sheet.words(RULES[rule]))
