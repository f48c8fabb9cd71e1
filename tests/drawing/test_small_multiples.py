"""A whole treatment on one axis of time: where things lie, what they say, how small it stays."""

import re
from datetime import datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from dashboards.drawing.alliance import Turn
from dashboards.drawing.course import NARROW, WIDE, Point, Scale
from dashboards.drawing.small_multiples import Panel, Sheet, treatment_picture
from dashboards.drawing.strip import Happening, Lane
from dashboards.drawing.time_axis import TimeAxis, ticks_of

START = datetime(2026, 3, 2, 14)
SVG = "{http://www.w3.org/2000/svg}"
PHQ = Scale(0, 27, -1, 10, 18)
ORS = Scale(0, 40, 1, 25, 14)
SRS = Scale(0, 40, 1, None, 36)


def points(*scores: float, days: float = 7) -> tuple[Point, ...]:
    return tuple(
        Point(START + timedelta(days=days * place), score) for place, score in enumerate(scores)
    )


def drawn(sheet: Sheet, width: float = WIDE, language: str = "en") -> ElementTree.Element:
    svg = treatment_picture(sheet, width=width, panel_height=100, language=language)
    return ElementTree.fromstring(svg)  # noqa: S314 - our own drawing


def of_class(svg: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [each for each in svg.iter() if each.get("class") == name]


def words(svg: ElementTree.Element) -> list[str]:
    return ["".join(each.itertext()) for each in svg.iter(f"{SVG}text")]


def at(day: float, lane: Lane, sign: str, told: str = "told") -> Happening:
    return Happening(START + timedelta(days=day), lane, sign, told)


def test_the_same_day_stands_at_the_same_place_in_every_panel() -> None:
    """ORS was filled in on the first and the 21st day only; PHQ-9 on every seventh."""
    twice = (Point(START, 14), Point(START + timedelta(days=21), 20))
    svg = drawn(Sheet("t", (Panel("PHQ-9", points(18, 15, 12, 9), PHQ), Panel("ORS", twice, ORS))))

    places = [float(dot.get("cx", "")) for dot in of_class(svg, "dot")]
    first, _second, _third, fourth, other_first, other_last = places
    assert (first, fourth) == (other_first, other_last)
    heights = [float(dot.get("cy", "")) for dot in of_class(svg, "dot")]
    assert max(heights[:4]) < min(heights[4:]), "one panel below the other"


def test_each_panel_says_which_way_is_better() -> None:
    sheet = Sheet("t", (Panel("PHQ-9", points(18, 9), PHQ), Panel("ORS", points(14, 30), ORS)))

    assert words(drawn(sheet))[:1] == ["2 Mar"]
    assert "PHQ-9lower is better" in words(drawn(sheet))
    assert "ORShoger is beter" in words(drawn(sheet, language="nl"))
    low, high = (float(each.get("y", "")) for each in of_class(drawn(sheet), "zone"))
    edges = sorted({float(each.get("y1", "")) for each in of_class(drawn(sheet), "edge")})
    assert high in edges, "higher is better: the zone begins at the top of its panel"
    assert low not in edges


def test_both_bands_are_drawn_where_they_are_known() -> None:
    known = tuple(
        Point(START + timedelta(days=day), 9, 5, 14, lower68=7, upper68=11) for day in (7, 14)
    )
    svg = drawn(Sheet("t", (Panel("PHQ-9", (Point(START, 18), *known), PHQ),)))

    (outer,), (inner,) = of_class(svg, "band"), of_class(svg, "inner")
    spans = [
        {float(corner.split(",")[1]) for corner in (each.get("points") or "").split()}
        for each in (outer, inner)
    ]
    assert min(spans[0]) < min(spans[1]) < max(spans[1]) < max(spans[0])


def test_a_drop_of_the_alliance_points_down_and_a_repair_up() -> None:
    turns = (
        Turn(START + timedelta(days=7), "rupture", 24),
        Turn(START + timedelta(days=14), "repair", 36),
    )
    svg = drawn(Sheet("t", (Panel("SRS", points(36, 24, 36), SRS, turns),)))

    for name, is_down in (("rupture", True), ("repair", False)):
        (shape,) = of_class(svg, name)
        tip, *base = (float(corner.split(",")[1]) for corner in shape.get("points", "").split())
        assert (tip > max(base)) is is_down
        assert shape.findtext(f"{SVG}title", "").endswith("the alliance") is is_down
    assert "9 Mar 2026: a drop in the alliance." in (svg.findtext(f"{SVG}desc") or "")


def test_what_happened_stands_above_in_lanes_and_shares_a_shape_where_it_is_crowded() -> None:
    happenings = (
        *(at(day, Lane.ALERT, "amber") for day in (0, 0, 0.5)),
        at(0.2, Lane.ALERT, "red", "the red one"),
        at(90, Lane.ALERT, "info"),
        at(30, Lane.MARK, "M", "<b>Started</b>"),
        at(60, Lane.EVALUATION, "held"),
        at(80, Lane.EVALUATION, "planned"),
    )
    sheet = Sheet("t", (Panel("PHQ-9", points(18, 9, days=100), PHQ),), happenings)
    svg = drawn(sheet)

    assert {"Alerts", "Own marks", "Evaluations"} <= set(words(svg))
    assert [len(of_class(svg, level)) for level in ("red", "amber", "info")] == [1, 0, 1]
    assert "4" in words(svg), "four alerts in one place, the most urgent shape"
    assert [len(of_class(svg, name)) for name in ("mark", "held", "planned")] == [1, 1, 1]
    told = [title.text or "" for title in svg.iter(f"{SVG}title")]
    assert "<b>Started</b>" in told, "text, not markup"
    assert any("the red one" in each for each in told)
    assert len(words(drawn(Sheet("t", sheet.panels)))) < len(words(svg))


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("many", [1, 2, 300, 1200])
def test_nothing_falls_off_the_paper_and_it_stays_small(width: float, many: int) -> None:
    """One page holds both widths beside its tables, in 150 kB."""
    scores = points(*[(place * 7) % 40 - 5 for place in range(many)], days=2.5)
    late = tuple(at(2.5 * many, Lane.ALERT, "red") for _ in range(60))
    panels = tuple(Panel(name, scores, ORS) for name in "ABCD")
    svg = treatment_picture(Sheet("t", panels, late), width=width, panel_height=100, language="nl")

    for name in ("x", "x1", "x2", "cx"):
        assert all(-4 <= float(x) <= width for x in re.findall(rf' {name}="([^"]+)"', svg))
    for x in re.findall(r'(?:points="| )(-?[\d.]+),', svg):
        assert 0 <= float(x) <= width
    assert len(svg) <= (95_000 if many <= 300 else 160_000)


def test_a_dot_says_its_day_and_score_when_pointed_at_and_a_crowd_says_its_range() -> None:
    few = Sheet("t", (Panel("PHQ-9", (Point(START, 18, 5.04, 14.26), *points(9)), PHQ),))
    told = [title.text for title in drawn(few).iter(f"{SVG}title")]
    assert "2 Mar 2026: 18; expected: 5 to 14.3" in told

    crowd = Sheet("t", (Panel("PHQ-9", points(*[3, 21] * 200, days=0.5), PHQ),))
    ranges = [title.text or "" for title in drawn(crowd).iter(f"{SVG}title")]
    assert any(re.fullmatch(r"\d+ \w+ 2026 – \d+ \w+ 2026: 3 – 21", each) for each in ranges)


def test_a_phone_gets_no_tips() -> None:
    sheet = Sheet("t", (Panel("PHQ-9", points(18, 9), PHQ),))
    assert [each.text for each in drawn(sheet, NARROW).iter(f"{SVG}title")] == ["t"]


def test_a_text_of_its_own_takes_the_place_of_the_description() -> None:
    sheet = Sheet("t", (Panel("PHQ-9", points(18, 9), PHQ),), told="In plain words.")
    assert drawn(sheet).findtext(f"{SVG}desc") == "In plain words."


def test_without_panels_nothing_is_drawn() -> None:
    with pytest.raises(ValueError, match="at least one panel"):
        drawn(Sheet("t", ()))
    with pytest.raises(ValueError, match="at least one point"):
        drawn(Sheet("t", (Panel("PHQ-9", (), PHQ),)))


@pytest.mark.parametrize(
    ("days", "width", "labels"),
    [
        (0, WIDE, ["2 Mar"]),
        (3, WIDE, ["2 Mar"]),
        (21, WIDE, ["2 Mar", "9 Mar", "16 Mar", "23 Mar"]),
        (70, NARROW, ["2 Mar", "30 Mar", "27 Apr"]),
        (150, WIDE, ["Apr 2026", "May 2026", "Jun 2026", "Jul 2026"]),
        (900, NARROW, ["Jan 2027", "Jan 2028"]),
    ],
)
def test_days_are_as_many_as_fit(days: int, width: float, labels: list[str]) -> None:
    axis = TimeAxis(START, START + timedelta(days=days), 34, width - 14)
    ticks = ticks_of(axis, "en")

    assert [label for _moment, label in ticks] == labels
    assert all(axis.first <= moment <= axis.last for moment, _label in ticks)
    places = [axis.x(moment) for moment, _label in ticks]
    assert all(after - before >= 48 for before, after in pairwise(places))
