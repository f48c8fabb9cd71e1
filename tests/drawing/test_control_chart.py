"""The control chart as a picture: its geometry, its shapes, its words and its table."""

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from dashboards.drawing.control_chart import (
    NARROW,
    RULES,
    WIDE,
    ChartKind,
    ChartPoint,
    control_chart_in_words,
    control_chart_rows,
    control_chart_svg,
)
from dashboards.drawing.paper import ticks
from dashboards.drawing.periods import Period, period_name

SVG = "{http://www.w3.org/2000/svg}"
MONTHS = ChartKind(Period.MONTH)
NOTHING_FIRED = "Geen enkele regel slaat aan: zulke verschillen ontstaan ook door toeval."


def month(place: int) -> date:
    return date(2025 + place // 12, place % 12 + 1, 1)


def points(
    values: Sequence[float | None],
    rules: dict[int, tuple[str, ...]] | None = None,
    part_at: int = 99,
) -> list[ChartPoint]:
    """A point a month around 10, with limits at 5 and 15."""
    return [
        ChartPoint(
            first_day=month(place),
            value=value,
            centre=10.0,
            lower=5.0,
            upper=15.0,
            rules=(rules or {}).get(place, ()),
            part=int(place >= part_at),
            is_trial=place >= part_at,
        )
        for place, value in enumerate(values)
    ]


def drawn(
    series: Sequence[ChartPoint],
    kind: ChartKind = MONTHS,
    width: float = WIDE,
    language: str = "nl",
) -> ElementTree.Element:
    picture = control_chart_svg(series, kind, width=width, title="Respons", language=language)
    return ElementTree.fromstring(picture)  # noqa: S314 - our own drawing


def marks(svg: ElementTree.Element, tag: str) -> list[tuple[str, ElementTree.Element]]:
    """What is said of each point drawn with a tag, and the shape."""
    found = []
    for group in svg.findall(f"{SVG}g"):
        title, shape = group.find(f"{SVG}title"), group.find(f"{SVG}{tag}")
        if title is not None and shape is not None:
            found.append((title.text or "", shape))
    return found


def middle(shape: ElementTree.Element) -> tuple[float, float]:
    corners = [corner.split(",") for corner in shape.attrib["points"].split()]
    across = [float(x) for x, _ in corners]
    upwards = [float(y) for _, y in corners]
    return (min(across) + max(across)) / 2, (min(upwards) + max(upwards)) / 2


def test_higher_values_stand_higher_and_time_runs_to_the_right() -> None:
    dots = [shape for _, shape in marks(drawn(points([8, 12, 10])), "circle")]
    across = [float(dot.attrib["cx"]) for dot in dots]
    upwards = [float(dot.attrib["cy"]) for dot in dots]
    assert across == sorted(across)
    assert upwards[1] < upwards[2] < upwards[0]
    assert across[1] - across[0] == pytest.approx(across[2] - across[1], abs=0.02)


def test_a_missing_point_is_a_gap_in_the_line_and_no_dot() -> None:
    svg = drawn(points([8, 12, None, 10, 9]))
    lines = [line for line in svg.findall(f"{SVG}polyline") if line.get("class") == "ink"]
    assert [len(line.attrib["points"].split()) for line in lines] == [2, 2]
    assert len(marks(svg, "circle")) == 4


@pytest.mark.parametrize(
    ("rules", "corners"),
    [
        (("R1",), 4),
        (("sigma",), 4),
        (("R1", "R2", "R3"), 4),
        (("R3", "R2"), 3),
        (("R4", "R2"), 12),
        (("R2",), 4),
    ],
)
def test_the_shape_is_that_of_the_rule_that_names_the_point(
    rules: tuple[str, ...], corners: int
) -> None:
    """R1 > R3 > R4 > R2 (RULES.md B8)."""
    svg = drawn(points([8, 12, 11], {1: rules}))
    [(said, shape)] = marks(svg, "polygon")
    assert len(shape.attrib["points"].split()) == corners
    for rule in rules:
        assert (
            RULES[rule] in control_chart_in_words(points([8, 12], {1: rules}), MONTHS, "en").lower()
        )
    assert said.startswith("feb 2025: 12, ")


def test_a_diamond_stands_on_a_corner_and_a_square_on_a_side() -> None:
    for rule, top_corners in (("R1", 1), ("R2", 2)):
        [(_, shape)] = marks(drawn(points([8, 12, 11], {1: (rule,)})), "polygon")
        heights = [float(corner.split(",")[1]) for corner in shape.attrib["points"].split()]
        assert heights.count(min(heights)) == top_corners


def test_a_trend_points_the_way_it_goes() -> None:
    values = [6, 7, 8, 9, 10, 11, 12]
    for series, is_up in ((values, True), (values[::-1], False)):
        svg = drawn(points(series, dict.fromkeys(range(7), ("R3",))))
        shapes = [shape for _, shape in marks(svg, "polygon")]
        assert len(shapes) == 7
        for shape in shapes:
            heights = [float(corner.split(",")[1]) for corner in shape.attrib["points"].split()]
            tip_is_up = heights.count(min(heights)) == 1
            assert tip_is_up is is_up


def test_better_and_worse_are_said_and_only_then_coloured() -> None:
    high_and_low = points([16, 4, 10], {0: ("R1",), 1: ("R1",)})
    higher = marks(drawn(high_and_low, ChartKind(Period.MONTH, better=1)), "polygon")
    assert [shape.get("class") for _, shape in higher] == ["info", "amber"]
    assert [said for said, _ in higher] == [
        "jan 2025: 16, buiten de grenzen (beter)",
        "feb 2025: 4, buiten de grenzen (slechter)",
    ]
    lower = marks(drawn(high_and_low, ChartKind(Period.MONTH, better=-1)), "polygon")
    assert [shape.get("class") for _, shape in lower] == ["amber", "info"]
    neither = marks(drawn(high_and_low), "polygon")
    assert [shape.get("class") for _, shape in neither] == ["dot", "dot"]
    assert neither[0][0] == "jan 2025: 16, buiten de grenzen"


def test_rules_of_the_whole_series_dash_its_centre_line_and_mark_no_point() -> None:
    series = points([8, 12, 11], dict.fromkeys(range(3), ("run",)))
    svg = drawn(series)
    assert marks(svg, "polygon") == []
    [centre] = [line for line in svg.findall(f"{SVG}polyline") if line.get("class") == "limit"]
    assert centre.get("stroke-dasharray")
    assert any("ongewoon lang" in (text.text or "") for text in svg.findall(f"{SVG}text"))
    plain = drawn(points([8, 12])).findall(f"{SVG}polyline")
    assert [each.get("stroke-dasharray") for each in plain if each.get("class") == "limit"] == [
        None
    ]


def test_a_new_part_is_told_and_its_trial_limits_look_otherwise() -> None:
    svg = drawn(points([8, 12, 11, 9], part_at=2))
    told = [each.findtext(f"{SVG}title") for each in svg.findall(f"{SVG}g")]
    assert "nieuwe grenzen vanaf mrt 2025" in told
    dashes = {
        line.get("stroke-dasharray")
        for line in svg.findall(f"{SVG}polyline")
        if line.get("class") == "expected"
    }
    assert len(dashes) == 2
    assert any("voorlopige grenzen" in (text.text or "") for text in svg.findall(f"{SVG}text"))


def test_a_target_within_and_beyond_the_values_is_drawn_and_named() -> None:
    for target in (9.0, 40.0):
        svg = drawn(points([8, 12]), ChartKind(Period.MONTH, target=target))
        told = [each.findtext(f"{SVG}title") for each in svg.findall(f"{SVG}g")]
        assert f"doel {target:g}" in told
    words = control_chart_in_words(points([8, 12]), ChartKind(Period.MONTH, target=9), "nl")
    assert "Het doel is 9." in words


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("many", [1, 2, 12, 60, 260])
def test_everything_stays_on_the_paper_and_names_do_not_run_together(
    width: float, many: int
) -> None:
    monday = date(2022, 1, 3).toordinal()
    weeks = [
        ChartPoint(
            date.fromordinal(monday + 7 * each), 4.0 + each % 5, 6, 3, 9, ("R2",) * (each % 5 == 4)
        )
        for each in range(many)
    ]
    svg = drawn(weeks, ChartKind(Period.WEEK), width)
    height = float(svg.attrib["height"])
    for text in svg.iter(f"{SVG}text"):
        assert 0 <= float(text.attrib["x"]) <= width
        assert float(text.attrib["y"]) < height
    names = [text for text in svg.findall(f"{SVG}text") if (text.text or "").startswith("wk ")]
    spans = [
        (
            float(each.attrib["x"]) - 3.2 * len(each.text or ""),
            float(each.attrib["x"]) + 3.2 * len(each.text or ""),
        )
        for each in names
    ]
    assert names
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    for _, shape in marks(svg, "polygon"):
        assert 0 < middle(shape)[0] < width


def test_shares_are_percentages_and_the_axis_ends_at_0_and_100() -> None:
    series = [ChartPoint(month(at), value, 0.5, 0.0, 1.0) for at, value in enumerate((0.4, 0.625))]
    kind = ChartKind(Period.MONTH, is_share=True)
    svg = drawn(series, kind)
    figures = [text.text or "" for text in svg.findall(f"{SVG}text") if "%" in (text.text or "")]
    assert figures[0] == "0 %"
    assert figures[-1] == "100 %"
    assert marks(svg, "circle")[1][0] == "feb 2025: 62,5 %"
    assert control_chart_rows(series, kind, "en")[2] == (
        "Feb 2025",
        "62.5 %",
        "50 %",
        "0 %",
        "100 %",
        "–",
    )


@pytest.mark.parametrize("share", [0.0, 0.03, 0.97, 1.0])
def test_a_share_that_never_changes_has_no_axis_beyond_0_and_100(share: float) -> None:
    series = [ChartPoint(month(at), share) for at in range(3)]
    svg = drawn(series, ChartKind(Period.MONTH, is_share=True))
    figures = [text.text or "" for text in svg.findall(f"{SVG}text") if "%" in (text.text or "")]
    on_axis = [float(figure.removesuffix(" %").replace(",", ".")) for figure in figures]
    assert min(on_axis) >= 0
    assert max(on_axis) <= 100
    assert min(on_axis) <= 100 * share <= max(on_axis)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nl", "Van jan 2025 tot en met apr 2025: 4 perioden. Ontbrekend: 1. De laatste waarde is"
               " 16, in apr 2025. De middellijn ligt op 10. De grenzen zijn 5 en 15. Buiten de"
               " grenzen: jan 2025 – feb 2025, apr 2025."),
        ("en", "From Jan 2025 to Apr 2025: 4 periods. Missing: 1. The last value is 16, in Apr"
               " 2025. The centre line is at 10. The limits are 5 and 15. Outside the limits: Jan"
               " 2025 – Feb 2025, Apr 2025."),
    ],
)  # fmt: skip
def test_it_says_in_words_what_it_shows(language: str, said: str) -> None:
    series = points([16, 17, None, 16], {0: ("R1",), 1: ("R1",), 3: ("R1",)})
    svg = drawn(series, language=language)
    assert svg.findtext(f"{SVG}desc") == said
    assert (svg.findtext(f"{SVG}title"), svg.attrib["role"]) == ("Respons", "img")


def test_it_says_so_where_nothing_fired() -> None:
    assert control_chart_in_words(points([8, 12]), MONTHS, "nl").endswith(NOTHING_FIRED)


def test_the_table_has_every_period_and_what_fired_on_it() -> None:
    series = points([16, None], {0: ("R1", "R2")})
    assert control_chart_rows(series, MONTHS, "nl") == [
        ("Periode", "Waarde", "Middellijn", "Ondergrens", "Bovengrens", "Signalen"),
        (
            "jan 2025", "16", "10", "5", "15",
            "buiten de grenzen, zeven of meer op rij aan één kant van de middellijn",
        ),
        ("feb 2025", "ontbreekt", "10", "5", "15", "–"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("period", "nl", "en"),
    [
        (Period.WEEK, "wk 53 2026", "week 53 2026"),
        (Period.MONTH, "jan 2027", "Jan 2027"),
        (Period.QUARTER, "K1 2027", "Q1 2027"),
    ],
)
def test_periods_are_called_as_in_the_language(period: Period, nl: str, en: str) -> None:
    """1 January 2027 lies in the last ISO week of 2026."""
    day = date(2027, 1, 1)
    assert (period_name(day, period, "nl"), period_name(day, period, "en")) == (nl, en)


@pytest.mark.parametrize(
    ("low", "high", "marks_"),
    [(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (3.2, 4.1, [3.2, 3.4, 3.6, 3.8, 4, 4.2]),
     (-5, 5, [-6, -4, -2, 0, 2, 4, 6]), (7, 7, [6, 8])],
)  # fmt: skip
def test_figures_on_an_axis_are_round_and_cover_it(
    low: float, high: float, marks_: list[float]
) -> None:
    found = ticks(low, high)
    assert found[0] <= low
    assert found[-1] >= high
    if low != high:
        assert found == pytest.approx(marks_)


def test_equal_values_have_an_axis_too() -> None:
    svg = drawn([ChartPoint(month(at), 7.0, 7.0) for at in range(5)])
    heights = {shape.attrib["cy"] for _, shape in marks(svg, "circle")}
    assert len(heights) == 1


def test_no_meaning_rests_on_hue_and_names_cannot_break_the_picture() -> None:
    series = points([16, 4, 10], {0: ("R1",), 1: ("R2",)})
    picture = control_chart_svg(series, MONTHS, width=WIDE, title='<b>"&', language="en")
    assert set(re.findall(r"#[0-9a-f]{6}", picture)) == {"#1d2733", "#6b7783", "#c9d0d6"}
    assert ElementTree.fromstring(picture).findtext(f"{SVG}title") == '<b>"&'  # noqa: S314


def test_no_value_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        drawn(points([None, None]))
