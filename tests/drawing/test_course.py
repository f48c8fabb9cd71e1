"""A patient's course as a drawing: where things lie, what they say, and what they may not do."""

import re
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest

from dashboards.drawing.course import NARROW, WIDE, Mark, Point, Scale, course_picture

START = datetime(2026, 10, 1)
PHQ = Scale(minimum=0, maximum=27, direction=-1, cutoff=10, baseline=12)
ORS = Scale(minimum=0, maximum=40, direction=1, cutoff=25, baseline=None)
SVG = "{http://www.w3.org/2000/svg}"


def weekly(*scores: float) -> list[Point]:
    return [Point(START + timedelta(weeks=week), score) for week, score in enumerate(scores)]


def drawn(
    points: list[Point],
    scale: Scale = PHQ,
    marks: tuple[Mark, ...] = (),
    *,
    width: float = WIDE,
    language: str = "en",
    title: str = "PHQ-9",
) -> ElementTree.Element:
    svg = course_picture(points, marks, scale, width=width, title=title, language=language)
    return ElementTree.fromstring(svg)  # noqa: S314 - our own drawing


def of_class(svg: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [each for each in svg.iter() if each.get("class") == name]


def texts(svg: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in svg.iter(f"{SVG}text")]


def test_higher_scores_lie_higher_and_the_scale_is_whole() -> None:
    svg = drawn(weekly(0, 27, 13.5))
    low, high, middle = (float(dot.get("cy", "")) for dot in of_class(svg, "dot"))

    assert low > middle > high
    assert middle == pytest.approx((low + high) / 2, abs=0.01)
    edges = {float(edge.get("y1", "")) for edge in of_class(svg, "edge")}
    assert edges == {low, high}


@pytest.mark.parametrize(("scale", "is_below"), [(PHQ, True), (ORS, False)])
def test_the_functional_range_lies_on_the_better_side_of_the_cut_off(
    scale: Scale, is_below: bool
) -> None:
    svg = drawn(weekly(8, 20), scale)
    (zone,) = of_class(svg, "zone")
    top, height = float(zone.get("y", "")), float(zone.get("height", ""))
    limit = float(of_class(svg, "limit")[0].get("y1", ""))

    assert limit == pytest.approx(top if is_below else top + height, abs=0.02)
    assert ("10" if is_below else "25") in texts(svg)


def test_time_is_to_scale() -> None:
    points = [Point(START + timedelta(days=day), 5) for day in (0, 10, 40)]
    first, second, third = (float(d.get("cx", "")) for d in of_class(drawn(points), "dot"))

    assert (second - first) / (third - first) == pytest.approx(10 / 40, abs=0.001)
    assert texts(drawn(points))[-3:-1] == ["1 Oct 2026", "10 Nov 2026"]


def test_a_single_score_stands_in_the_middle() -> None:
    svg = drawn(weekly(7))

    assert len(of_class(svg, "dot")) == 1
    assert texts(svg).count("1 Oct 2026") == 1


def test_what_was_expected_is_drawn_where_it_is_known_only() -> None:
    known = [Point(START + timedelta(days=day), 9, 5, 14) for day in (7, 14)]
    svg = drawn([Point(START, 9), *known, Point(START + timedelta(days=21), 9), *_later(known)])

    assert len(of_class(svg, "band")) == 2
    assert len(of_class(svg, "expected")) == 4
    assert of_class(drawn(weekly(9, 8)), "band") == []


def _later(points: list[Point]) -> list[Point]:
    return [Point(p.measured_at + timedelta(days=28), p.score, p.lower, p.upper) for p in points]


def test_each_alert_has_its_own_shape_above_its_day() -> None:
    marks = tuple(
        Mark(START + timedelta(days=day), level, f"{level} alert")
        for day, level in ((0, "red"), (0, "amber"), (14, "info"))
    )
    svg = drawn(weekly(9, 12, 19), marks=marks)

    assert len((of_class(svg, "red")[0].get("points") or "").split()) == 8
    assert len((of_class(svg, "amber")[0].get("points") or "").split()) == 3
    assert of_class(svg, "info")[0].tag == f"{SVG}circle"
    places = [
        min(float(corner.split(",")[0]) for corner in (each.get("points") or "").split())
        for each in (*of_class(svg, "red"), *of_class(svg, "amber"))
    ]
    assert abs(places[0] - places[1]) >= 14, "two of one day stand beside each other"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "From 12 on 1 Oct 2026 to 19.5 on 8 Oct 2026. The cut-off is 10. Red: worse."),
        ("nl", "Van 12 op 1 okt 2026 naar 19,5 op 8 okt 2026. Het afkappunt is 10. Red: worse."),
    ],
)
def test_it_is_told_in_words_too(language: str, words: str) -> None:
    svg = drawn(weekly(12, 19.5), marks=(Mark(START, "red", "Red: worse"),), language=language)

    assert svg.get("role") == "img"
    assert svg.findtext(f"{SVG}title") == "PHQ-9"
    assert svg.findtext(f"{SVG}desc") == words


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("many", [1, 2, 7, 60, 400])
def test_nothing_falls_off_the_paper(width: float, many: int) -> None:
    marks = tuple(Mark(START + timedelta(weeks=many), "red", "late") for _ in range(6))
    svg = drawn(weekly(*[(week * 7) % 40 - 5 for week in range(many)]), marks=marks, width=width)

    for each in svg.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(each.get(name, "0")) <= width
        for x, y in re.findall(r"([\d.-]+),([\d.-]+)", each.get("points") or ""):
            assert 0 <= float(x) <= width
            assert 0 <= float(y) <= 240


def test_a_title_is_text_and_nothing_comes_from_elsewhere() -> None:
    svg = course_picture(weekly(1), (), PHQ, width=WIDE, title="<b>&\x00", language="en")

    assert "<title>&lt;b&gt;&amp;</title>" in svg
    assert "style=" not in svg
    assert svg.count("http") == 1, "the name space"


def test_nothing_to_draw_is_said() -> None:
    with pytest.raises(ValueError, match="at least one point"):
        course_picture([], (), PHQ, width=WIDE, title="x", language="en")
    with pytest.raises(ValueError, match="minimum below"):
        course_picture(
            weekly(1), (), Scale(3, 3, -1, None, None), width=WIDE, title="", language="en"
        )
