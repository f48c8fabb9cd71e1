from collections.abc import Sequence
from xml.etree import ElementTree

import pytest

from dashboards.drawing.sparkline import BOTTOM, GREY, INK, LEFT, RIGHT, TOP, ZONE, sparkline

SVG = "{http://www.w3.org/2000/svg}"
MIDDLE = (TOP + BOTTOM) / 2


def drawn(
    points: Sequence[tuple[float, float]],
    direction: int = -1,
    cutoff: float | None = None,
    baseline: float | None = None,
    title: str = "PHQ-9",
) -> ElementTree.Element:
    return ElementTree.fromstring(  # noqa: S314 - our own drawing
        sparkline(
            points,
            minimum=0,
            maximum=27,
            direction=direction,
            cutoff=cutoff,
            baseline=baseline,
            title=title,
            description="from 0 to 27",
        )
    )


def course_of(svg: ElementTree.Element) -> list[tuple[float, float]]:
    line = svg.find(f"{SVG}polyline")
    assert line is not None
    pairs = [pair.split(",") for pair in line.attrib["points"].split()]
    return [(float(x), float(y)) for x, y in pairs]


def lines_of(svg: ElementTree.Element, colour: str) -> list[ElementTree.Element]:
    return [line for line in svg.findall(f"{SVG}line") if line.attrib["stroke"] == colour]


def test_the_vertical_axis_is_the_whole_scale_and_time_runs_to_scale() -> None:
    assert course_of(drawn([(0, 0), (7, 13.5), (28, 27)])) == [
        (LEFT, BOTTOM),
        (LEFT + (RIGHT - LEFT) / 4, MIDDLE),
        (RIGHT, TOP),
    ]


def test_one_point_is_a_dot_in_the_middle() -> None:
    svg = drawn([(100, 13.5)])
    dot = svg.findall(f"{SVG}circle")[-1]
    assert (float(dot.attrib["cx"]), float(dot.attrib["cy"])) == ((LEFT + RIGHT) / 2, MIDDLE)


def test_equal_scores_are_a_level_line() -> None:
    assert {y for _, y in course_of(drawn([(day, 13.5) for day in range(9)]))} == {MIDDLE}


def test_many_points_keep_their_line_and_only_the_last_keeps_its_dot() -> None:
    svg = drawn([(day, day % 28) for day in range(300)])
    assert len(course_of(svg)) == 300
    last = [c for c in svg.findall(f"{SVG}circle") if c.attrib["fill"] == INK]
    assert [float(c.attrib["cx"]) for c in last] == [RIGHT]


def test_the_last_score_is_the_largest_dot() -> None:
    svg = drawn([(0, 3), (7, 9), (14, 20)])
    small = svg.find(f"{SVG}path")
    assert small is not None
    assert small.attrib["d"].count("M") == 2
    assert small.attrib["stroke-linecap"] == "round"
    (large,) = (c for c in svg.findall(f"{SVG}circle") if c.attrib["fill"] == INK)
    assert 2 * float(large.attrib["r"]) > float(small.attrib["stroke-width"])


def test_a_score_beyond_its_scale_stays_inside_the_picture() -> None:
    assert {y for _, y in course_of(drawn([(0, -5), (7, 99)]))} == {TOP, BOTTOM}


@pytest.mark.parametrize(("direction", "top", "bottom"), [(-1, MIDDLE, BOTTOM), (1, TOP, MIDDLE)])
def test_the_functional_zone_ends_at_the_cut_off(direction: int, top: float, bottom: float) -> None:
    svg = drawn([(0, 5)], direction=direction, cutoff=13.5)
    zone = svg.find(f"{SVG}rect")
    assert zone is not None
    assert float(zone.attrib["y"]) == top
    assert float(zone.attrib["y"]) + float(zone.attrib["height"]) == bottom
    assert [float(line.attrib["y1"]) for line in lines_of(svg, GREY)] == [MIDDLE]


def test_the_baseline_is_dotted_and_nothing_is_drawn_that_is_not_known() -> None:
    (line,) = lines_of(drawn([(0, 5)], baseline=13.5), GREY)
    assert line.attrib["stroke-dasharray"]
    assert lines_of(drawn([(0, 5)]), GREY) == []


def test_a_sudden_change_is_the_thick_part_of_the_line() -> None:
    svg = ElementTree.fromstring(  # noqa: S314 - our own drawing
        sparkline(
            [(0, 27), (7, 27), (14, 0), (21, 0)],
            minimum=0,
            maximum=27,
            direction=-1,
            cutoff=None,
            baseline=None,
            sudden=[2],
            title="PHQ-9",
            description="",
        )
    )
    (thick,) = (line for line in lines_of(svg, INK))
    ends = [float(thick.attrib[name]) for name in ("x1", "y1", "x2", "y2")]
    assert ends == pytest.approx([*course_of(svg)[1], *course_of(svg)[2]])
    course = svg.find(f"{SVG}polyline")
    assert course is not None
    assert float(thick.attrib["stroke-width"]) > 2 * float(course.attrib["stroke-width"])


def test_it_says_in_words_what_it_shows() -> None:
    svg = drawn([(0, 5)], title='<b>"&\x00')
    assert svg.attrib["role"] == "img"
    assert svg.findtext(f"{SVG}title") == '<b>"&'
    assert svg.findtext(f"{SVG}desc") == "from 0 to 27"


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", [INK, GREY])
def test_lines_stand_out_from_the_zone_in_grey_print(colour: str) -> None:
    assert (luminance(ZONE) + 0.05) / (luminance(colour) + 0.05) >= 3


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one point"):
        drawn([])
