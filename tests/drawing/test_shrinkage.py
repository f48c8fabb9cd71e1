"""The picture of shrinkage: its numbers by another formula, its geometry, its words."""

import re
from collections.abc import Sequence
from math import sqrt
from xml.etree import ElementTree

import pytest

from dashboards.drawing.shrinkage import (
    EXAMPLE,
    LEFT,
    RIGHT,
    WIDTH,
    Estimate,
    Therapist,
    estimate_of,
    example_estimates,
    shrinkage_picture,
    verdict,
    within_over_between,
)

SVG = "{http://www.w3.org/2000/svg}"
MIDDLE = (LEFT + RIGHT) / 2


def drawn(estimates: Sequence[Estimate], language: str = "nl") -> ElementTree.Element:
    return ElementTree.fromstring(  # noqa: S314 - our own drawing
        shrinkage_picture(estimates, language)
    )


def circles(svg: ElementTree.Element) -> tuple[list[float], list[float]]:
    """Where plain means (open) and estimates (filled) stand across, without the key."""
    found = svg.findall(f"{SVG}circle")[3:]
    plain = [float(each.attrib["cx"]) for each in found if each.get("fill") == "#ffffff"]
    dots = [float(each.attrib["cx"]) for each in found if each.get("fill") is None]
    return plain, dots


@pytest.mark.parametrize("patients", [1, 5, 15, 40, 120, 5000])
@pytest.mark.parametrize("share", [0.01, 0.066, 0.1, 0.5])
def test_the_estimate_is_the_posterior_by_precisions(patients: int, share: float) -> None:
    """Of a normal mean: precisions of prior and data add up, and weigh 0 and the plain mean."""
    prior, data = 1 / (share * 36), patients / ((1 - share) * 36)
    found = estimate_of(Therapist("X", patients, -2.5), share, spread=6)
    half = 1.96 / sqrt(prior + data)
    assert found.value == pytest.approx(-2.5 * data / (prior + data), rel=1e-12)
    assert found.lower == pytest.approx(found.value - half, rel=1e-12)
    assert found.upper == pytest.approx(found.value + half, rel=1e-12)


def test_the_first_example_by_hand() -> None:
    """.934 / .066 = 14.15; 5 / 19.15 = .261, of 4 points 1.04; 6 x sqrt(.066 x .739) = 1.325,
    times 1.96 is 2.60."""
    first = example_estimates()[0]
    assert within_over_between() == pytest.approx(14.15, abs=0.005)
    assert (round(first.kept, 3), round(first.value, 2)) == (0.261, 1.04)
    assert (round(first.lower, 2), round(first.upper, 2)) == (-1.55, 3.64)


def test_the_page_tells_of_the_examples_what_they_are() -> None:
    """A highest but not distinguishable, D half of it and above, B beyond C but only C below."""
    a, b, c, d = example_estimates()
    assert [each.therapist.patients for each in (a, b, c, d)] == [5, 15, 40, 120]
    assert a.therapist.plain_mean == max(each.plain_mean for each in EXAMPLE)
    assert d.therapist.plain_mean == a.therapist.plain_mean / 2
    assert b.therapist.plain_mean < c.therapist.plain_mean < 0
    assert [each.is_distinguishable for each in (a, b, c, d)] == [False, False, True, True]
    assert a.kept < 0.5 < 0.85 < d.kept


def test_each_estimate_stands_between_its_plain_mean_and_the_middle() -> None:
    plain, dots = circles(drawn(example_estimates()))
    assert len(plain) == len(dots) == len(EXAMPLE)
    for circle, dot in zip(plain, dots, strict=True):
        assert abs(dot - MIDDLE) < abs(circle - MIDDLE)
        assert (dot - MIDDLE) * (circle - MIDDLE) > 0


def test_arrows_point_from_the_plain_mean_towards_the_estimate() -> None:
    svg = drawn(example_estimates())
    plain, dots = circles(svg)
    heads = [head.attrib["points"].split() for head in svg.findall(f"{SVG}polygon")]
    assert len(heads) == len(EXAMPLE)
    for circle, dot, (tip, one, other) in zip(plain, dots, heads, strict=True):
        tip_x, one_x, other_x = (float(corner.split(",")[0]) for corner in (tip, one, other))
        assert (tip_x - (one_x + other_x) / 2) * (dot - circle) > 0


def test_a_thick_interval_does_not_touch_the_mean_and_a_thin_one_crosses_it() -> None:
    svg = drawn(example_estimates())
    spans = {
        (float(line.attrib["x1"]), float(line.attrib["x2"])): float(line.attrib["stroke-width"])
        for line in svg.findall(f"{SVG}line")[2:]
        if line.attrib["y1"] == line.attrib["y2"] and line.attrib["x1"] != f"{LEFT:.2f}"
    }
    assert sorted(spans.values()) == [1.2, 1.2, 3.2, 3.2]
    for (lower, upper), width in spans.items():
        assert (lower < MIDDLE < upper) is (width < 2)


def test_what_lies_beyond_the_axis_stays_inside_the_picture() -> None:
    plain, _ = circles(drawn([estimate_of(Therapist("X", 3, 40.0))]))
    assert plain == [RIGHT]
    assert RIGHT < WIDTH


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nl", "C, 40 patiënten: van -2,5 naar -1,8, interval -3,4 tot -0,3, onder het gemiddelde"),
        ("en", "C, 40 patients: from -2.5 to -1.8, interval -3.4 to -0.3, below the mean"),
    ],
)
def test_it_says_in_words_what_it_shows(language: str, said: str) -> None:
    svg = drawn(example_estimates(), language)
    assert svg.attrib["role"] == "img"
    assert said in (svg.findtext(f"{SVG}desc") or "")
    assert svg.findtext(f"{SVG}title")


def test_the_height_follows_the_number_of_therapists() -> None:
    one, four = drawn(example_estimates()[:1]), drawn(example_estimates())
    assert float(one.attrib["height"]) < float(four.attrib["height"])
    for svg in (one, four):
        lowest = max(float(text.attrib["y"]) for text in svg.findall(f"{SVG}text"))
        assert lowest < float(svg.attrib["height"])


def test_names_cannot_break_the_picture() -> None:
    svg = drawn([estimate_of(Therapist('<b>"&', 12, 1.0))])
    assert any('<b>"&: 12' in (text.text or "") for text in svg.findall(f"{SVG}text"))


def test_no_meaning_rests_on_hue() -> None:
    """Ink, greys and white only."""
    colours = set(re.findall(r"#[0-9a-f]{6}", shrinkage_picture(example_estimates(), "en")))
    assert colours == {"#1d2733", "#6b7783", "#c9d0d6", "#ffffff"}


def test_above_is_said_only_where_the_whole_interval_lies_above() -> None:
    far, near = Therapist("X", 120, 2.0), Therapist("X", 120, 0.5)
    assert verdict(estimate_of(far), "en") == "above the mean"
    assert verdict(estimate_of(near), "en") == "cannot be distinguished from the mean"


@pytest.mark.parametrize("share", [0, 1, -0.1])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        within_over_between(share)


def test_no_patients_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one patient"):
        estimate_of(Therapist("X", 0, 1.0))
