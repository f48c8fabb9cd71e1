"""Contrast of text and of what a chart says, by the formula of WCAG, in both themes and on paper.

Relative luminance and contrast ratio as in https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio;
text needs 4.5 (success criterion 1.4.3), what carries meaning in a drawing 3 (1.4.11).
"""

import re
from pathlib import Path

import pytest

from dashboards.drawing.sparkline import GREY, INK, PALE, ZONE

SHEET = Path(__file__).parents[2] / "dashboards" / "static" / "koers" / "koers.css"
DARK = "@media screen and (prefers-color-scheme: dark)"
TEXT, GRAPHIC = 4.5, 3.0

PLAIN, SUBTLE, ACTION = (
    "basis-color-default-color-document",
    "basis-color-default-color-subtle",
    "basis-color-action-1-color-default",
)
PAGE, SHEET_OF_PAPER, HOVERED = (
    "basis-color-default-bg-document",
    "basis-color-default-bg-default",
    "basis-color-accent-1-bg-subtle",
)
LEVELS = tuple(f"basis-color-{level}-color-default" for level in ("negative", "warning", "info"))
POSITIVE = "basis-color-positive-color-default"
LINE, ZONE_ON_PAGE = "basis-color-default-border-default", "chart-zone"
READ = [
    *(
        (text, ground)
        for text in (PLAIN, SUBTLE, ACTION)
        for ground in (PAGE, SHEET_OF_PAPER, HOVERED)
    ),
    *((level, ground) for level in LEVELS for ground in (PAGE, SHEET_OF_PAPER, HOVERED)),
    (PLAIN, "basis-color-warning-bg-default"),
    ("basis-color-action-1-inverse", "basis-color-action-1-bg-default"),
    (PLAIN, ZONE_ON_PAGE),
    (SUBTLE, ZONE_ON_PAGE),
]
SEEN = [
    *((mark, ground) for mark in (*LEVELS, POSITIVE, LINE) for ground in (PAGE, SHEET_OF_PAPER)),
    (PLAIN, ZONE_ON_PAGE),
    (LINE, ZONE_ON_PAGE),
    ("basis-focus-outline-color", PAGE),
    ("basis-focus-outline-color", SHEET_OF_PAPER),
]


def tokens(theme: str) -> dict[str, str]:
    """Name of a token to its colour; the dark ones stand over the light."""
    sheet = SHEET.read_text("utf-8")
    light, dark = sheet.split(DARK)
    dark = dark[: dark.index("\n}\n")]
    found = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
    return dict(found.findall(light)) | (dict(found.findall(dark)) if theme == "dark" else {})


def luminance(colour: str) -> float:
    """Of `#rrggbb`, from 0 (black) to 1 (white)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_formula_gives_the_examples_of_its_authors() -> None:
    """Black on white is 21; #767676 is the lightest grey that passes on white, #777777 fails."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") >= TEXT > contrast("#777777", "#ffffff")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_text_can_be_read(theme: str) -> None:
    colours = tokens(theme)
    pale = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in READ}

    assert {pair: ratio for pair, ratio in pale.items() if ratio < TEXT} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_a_chart_says_can_be_seen(theme: str) -> None:
    colours = tokens(theme)
    pale = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in SEEN}

    assert {pair: ratio for pair, ratio in pale.items() if ratio < GRAPHIC} == {}


@pytest.mark.parametrize(
    ("colour", "ground", "least"),
    [
        (INK, "#ffffff", TEXT),
        (INK, ZONE, TEXT),
        (INK, PALE, TEXT),
        (GREY, "#ffffff", TEXT),
        (GREY, ZONE, GRAPHIC),
    ],
)
def test_drawings_on_paper_can_be_read(colour: str, ground: str, least: float) -> None:
    assert contrast(colour, ground) >= least


def test_every_colour_of_the_light_theme_has_one_for_the_dark() -> None:
    """But for what says itself that it is the same."""
    light, dark = tokens("light"), tokens("dark")

    assert [name for name in light if light[name] == dark[name]] == []
