"""The zone, own parts and own ends as pictures: geometry, words, and nobody else's figure."""

from xml.etree import ElementTree

import pytest

from dashboards.drawing.expected_end import Ended, expected_end_picture
from dashboards.drawing.expected_end import in_words as ends_in_words
from dashboards.drawing.therapist_zone import (
    NARROW,
    WIDE,
    Part,
    Zone,
    parts_picture,
    signed,
    verdict,
    zone_in_words,
    zone_picture,
)

SVG = "{http://www.w3.org/2000/svg}"
AVERAGE = Zone(0.4, -0.5, 1.3, 1.0, is_distinguishable=False)
ABOVE = Zone(2.2, 0.9, 3.5, 1.0, is_distinguishable=True)
BELOW = Zone(-1.4, -2.6, -0.2, 1.0, is_distinguishable=True)
PARTS = (Part("2025", 21, 0.31, -0.1, 0.72), Part("2026", 12, -0.2, -0.8, 0.4))


def drawn(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)  # noqa: S314 - our own drawing


def bar(svg: ElementTree.Element, name: str) -> tuple[float, float]:
    """Left and right of the bar of a class."""
    (rect,) = (each for each in svg.iter(f"{SVG}rect") if each.get("class") == name)
    left = float(rect.attrib["x"])
    return left, left + float(rect.attrib["width"])


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("zone", [AVERAGE, ABOVE, BELOW])
def test_the_zone_covers_the_average_line_only_when_it_cannot_be_told_apart(
    zone: Zone, width: float
) -> None:
    svg = drawn(zone_picture(zone, width=width, language="nl"))
    (average,) = (each for each in svg.iter(f"{SVG}line") if each.get("class") == "ink")
    left, right = bar(svg, "own-zone")
    assert (left < float(average.attrib["x1"]) < right) is not zone.is_distinguishable


def test_zone_and_band_stand_where_their_values_say() -> None:
    """Both are linear in points: a zone of 1.8 points beside a band of 2 x 1.96."""
    svg = drawn(zone_picture(AVERAGE, width=WIDE, language="en"))
    zone, band = bar(svg, "own-zone"), bar(svg, "band")
    assert (zone[1] - zone[0]) / (band[1] - band[0]) == pytest.approx(1.8 / 3.92, abs=1e-3)
    middle = (band[0] + band[1]) / 2
    assert (middle - zone[0]) / (zone[1] - middle) == pytest.approx(0.5 / 1.3, abs=1e-3)


def test_without_spread_between_therapists_the_band_is_a_stroke() -> None:
    svg = drawn(zone_picture(Zone(0.0, -0.1, 0.1, 0.0, False), width=NARROW, language="nl"))
    left, right = bar(svg, "band")
    assert right - left == 2


def test_a_zone_upside_down_is_refused() -> None:
    with pytest.raises(ValueError, match="lower end"):
        zone_picture(Zone(0, 1, -1, 1, False), width=WIDE, language="nl")


@pytest.mark.parametrize("zone", [AVERAGE, ABOVE, BELOW])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_picture_says_in_words_what_it_shows(zone: Zone, language: str) -> None:
    svg = drawn(zone_picture(zone, width=WIDE, language=language))
    described = svg.find(f"{SVG}desc")
    assert described is not None
    assert described.text == zone_in_words(zone, language)
    assert verdict(zone, language) in zone_in_words(zone, language)


def test_the_sentence_of_most_therapists() -> None:
    assert verdict(AVERAGE, "en") == "Your results cannot be told apart from the average."
    assert verdict(AVERAGE, "nl") == (
        "Uw resultaten zijn niet te onderscheiden van het gemiddelde."
    )
    assert "less favourably" in verdict(BELOW, "en")
    assert "more favourably" in verdict(ABOVE, "en")


@pytest.mark.parametrize(
    ("value", "told"), [(0.44, "+0,4"), (-0.25, "−0,2"), (-0.04, "0,0"), (0.0, "0,0")]
)
def test_figures_have_a_sign_and_zero_has_none(value: float, told: str) -> None:
    assert signed(value, "nl") == told


def test_each_part_is_a_dot_within_its_interval() -> None:
    svg = drawn(parts_picture(PARTS, title="By year", width=WIDE, language="en"))
    dots = [float(each.attrib["cx"]) for each in svg.iter(f"{SVG}circle")]
    intervals = [
        (float(each.attrib["x1"]), float(each.attrib["x2"]))
        for each in svg.iter(f"{SVG}line")
        if each.get("class") == "ink"
    ]
    assert all(low < x < high for x, (low, high) in zip(dots, intervals, strict=True))
    assert dots[0] > dots[1]
    assert "2025, 21 treatments: +0.3, interval −0.1 to +0.7." in "".join(svg.itertext())


def test_parts_escape_what_stands_in_them() -> None:
    part = Part('<script>"&', 10, 0.1, -0.1, 0.3)
    svg = drawn(parts_picture([part], title="t", width=NARROW, language="nl"))
    assert '<script>"&' in "".join(svg.itertext())


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="parts"):
        parts_picture([], title="t", width=WIDE, language="nl")
    with pytest.raises(ValueError, match="treatments"):
        expected_end_picture([], direction=1, language="nl")


def test_what_ended_as_expected_lies_on_the_line() -> None:
    treatments = [Ended(4, 4), Ended(16, 16), Ended(10, 2)]
    svg = drawn(expected_end_picture(treatments, direction=-1, language="en"))
    (diagonal,) = (
        each
        for each in svg.iter(f"{SVG}line")
        if each.attrib["x1"] != each.attrib["x2"] and each.attrib["y1"] != each.attrib["y2"]
    )
    x1, y1, x2, y2 = (float(diagonal.attrib[name]) for name in ("x1", "y1", "x2", "y2"))
    dots = [(float(e.attrib["cx"]), float(e.attrib["cy"])) for e in svg.iter(f"{SVG}circle")]
    heights = [y1 + (x - x1) / (x2 - x1) * (y2 - y1) for x, _y in dots]
    assert [y == pytest.approx(h, abs=0.2) for (_x, y), h in zip(dots, heights, strict=True)] == [
        True,
        True,
        False,
    ]
    assert dots[2][1] > heights[2]


@pytest.mark.parametrize(("direction", "above"), [(-1, "less favourable"), (1, "more favourable")])
def test_the_side_above_the_line_is_named_by_the_direction(direction: int, above: str) -> None:
    svg = drawn(expected_end_picture([Ended(5, 9)], direction=direction, language="en"))
    sides = {
        each.text: float(each.attrib["y"])
        for each in svg.iter(f"{SVG}text")
        if each.text in ("less favourable", "more favourable")
    }
    assert min(sides, key=lambda words: sides[words]) == above


def test_ends_are_counted_by_the_direction() -> None:
    treatments = [Ended(10, 4), Ended(10, 10), Ended(10, 14)]
    assert ends_in_words(treatments, direction=-1, language="en") == (
        "3 treatments: 1 ended more favourably than expected, 2 as expected or less favourably."
    )
    assert ends_in_words(treatments[2:], direction=1, language="nl") == (
        "1 behandeling: 1 eindigde gunstiger dan verwacht, 0 zoals verwacht of minder gunstig."
    )
