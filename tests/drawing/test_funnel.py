"""The funnel as a picture: its geometry, its shapes, its words and its table."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree

import pytest

from dashboards.drawing.funnel import (
    NARROW,
    WIDE,
    FunnelCurve,
    FunnelUnit,
    funnel_in_words,
    funnel_rows,
    funnel_svg,
)

SVG = "{http://www.w3.org/2000/svg}"
SIZES = [10.0, 50.0, 100.0, 200.0]
CURVE = FunnelCurve(
    SIZES,
    [0.1, 0.3, 0.35, 0.4],
    [0.9, 0.7, 0.65, 0.6],
    [0.0, 0.2, 0.28, 0.35],
    [1.0, 0.8, 0.72, 0.65],
)
UNITS = [
    FunnelUnit("Noord", 40, 0.5),
    FunnelUnit("Oost", 120, 0.66, "95"),
    FunnelUnit("Zuid", 190, 0.8, "99.8"),
    FunnelUnit("West", 150, 0.36, "95"),
]


def drawn(
    units: Sequence[FunnelUnit] = UNITS, width: float = WIDE, language: str = "nl"
) -> ElementTree.Element:
    picture = funnel_svg(
        units,
        CURVE,
        target=0.5,
        is_share=True,
        size_in_words="afgesloten behandelingen",
        width=width,
        title="Herstel",
        language=language,
    )
    return ElementTree.fromstring(picture)  # noqa: S314 - our own drawing


def told(svg: ElementTree.Element) -> dict[str, ElementTree.Element]:
    """What is said of each unit, and its shape."""
    return {
        (group.findtext(f"{SVG}title") or ""): group[1]
        for group in svg.findall(f"{SVG}g")
        if group.find(f"{SVG}title") is not None
    }


def test_each_unit_says_its_name_value_and_place() -> None:
    assert list(told(drawn())) == [
        "Noord: 50 %, binnen beide grenzen",
        "Oost: 66 %, buiten de grenzen van 95 %",
        "West: 36 %, buiten de grenzen van 95 %",
        "Zuid: 80 %, buiten de grenzen van 99,8 %",
    ]


def test_shapes_tell_who_is_outside_and_on_which_side() -> None:
    shapes = [
        (shape.tag.removeprefix(SVG), shape.attrib.get("points", ""))
        for shape in told(drawn()).values()
    ]
    assert [tag for tag, _ in shapes] == ["circle", "polygon", "polygon", "polygon"]
    corners = [
        [tuple(map(float, c.split(","))) for c in points.split()] for _, points in shapes[1:]
    ]
    assert [len(each) for each in corners] == [3, 3, 4]
    up, down = ([y for _, y in each] for each in corners[:2])
    assert up.count(min(up)) == 1
    assert down.count(max(down)) == 1


def test_only_those_outside_998_are_named_on_the_paper() -> None:
    words = {text.text for text in drawn().findall(f"{SVG}text")}
    assert "Zuid" in words
    assert not {"Noord", "Oost", "West"} & words


def test_limits_narrow_with_size_and_end_at_the_edge() -> None:
    svg = drawn()
    curves = [
        [tuple(map(float, place.split(","))) for place in line.attrib["points"].split()]
        for line in svg.findall(f"{SVG}polyline")
    ]
    assert len(curves) == 4
    lower, upper = curves[0], curves[1]
    gaps = [below[1] - above[1] for below, above in zip(lower[-3:], upper[-3:], strict=True)]
    assert gaps == sorted(gaps, reverse=True)
    dashes = [line.get("stroke-dasharray") is not None for line in svg.findall(f"{SVG}polyline")]
    assert dashes == [True, True, False, False]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_everything_stays_on_the_paper(width: float) -> None:
    svg = drawn(width=width)
    for text in svg.iter(f"{SVG}text"):
        assert 0 <= float(text.attrib["x"]) <= width
        assert float(text.attrib["y"]) < float(svg.attrib["height"])


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nl", "4 eenheden; alle eenheden samen: 50 %. Buiten de grenzen van 99,8 %: Zuid (80 %)."
               " Buiten de grenzen van 95 %: Oost (66 %), West (36 %)."),
        ("en", "4 units; all units together: 50 %. Outside the 99.8 % limits: Zuid (80 %)."
               " Outside the 95 % limits: Oost (66 %), West (36 %)."),
    ],
)  # fmt: skip
def test_it_says_in_words_what_it_shows(language: str, said: str) -> None:
    svg = drawn(language=language)
    assert svg.findtext(f"{SVG}desc") == said
    assert (svg.findtext(f"{SVG}title"), svg.attrib["role"]) == ("Herstel", "img")


def test_ratios_are_held_against_what_was_expected() -> None:
    words = funnel_in_words([FunnelUnit("a", 3, 1.2)], target=1, is_share=False, language="nl")
    assert words == "1 eenheid; zoals verwacht: 1. Elke eenheid ligt binnen haar grenzen."


def test_the_table_has_every_unit() -> None:
    rows = funnel_rows(
        UNITS, size_in_words="afgesloten behandelingen", is_share=True, language="nl"
    )
    assert rows[0] == ("Eenheid", "Afgesloten behandelingen", "Waarde", "Ligging")
    assert rows[2] == ("Oost", "120", "66 %", "buiten de grenzen van 95 %")
    assert len(rows) == 5


def test_no_meaning_rests_on_hue_and_names_cannot_break_the_picture() -> None:
    picture = funnel_svg(
        [FunnelUnit('<b>"&', 40, 0.9, "99.8")],
        CURVE,
        target=0.5,
        is_share=True,
        size_in_words="<i>",
        width=WIDE,
        title="t",
        language="en",
    )
    assert set(re.findall(r"#[0-9a-f]{6}", picture)) == {"#1d2733", "#6b7783", "#c9d0d6"}
    words = [text.text for text in ElementTree.fromstring(picture).iter(f"{SVG}text")]  # noqa: S314
    assert '<b>"&' in words
    assert "<i>" in words


def test_no_units_are_refused() -> None:
    for units in ([], [FunnelUnit("a", 0, 0.5)]):
        with pytest.raises(ValueError, match="at least one unit"):
            drawn(units)
