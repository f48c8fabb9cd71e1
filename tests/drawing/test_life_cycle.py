"""The drawing of how an alert lives: every state and step stands in it, also in words."""

from xml.etree import ElementTree

import pytest

from dashboards.drawing.life_cycle import (
    BOX_WIDTH,
    NOTES,
    STATES,
    STEPS,
    WIDTH,
    life_cycle_drawing,
    life_cycle_words,
)

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_state_has_a_box_and_every_step_an_arrow(language: str) -> None:
    drawing = ElementTree.fromstring(life_cycle_drawing(language))  # noqa: S314 - our own drawing
    assert len(drawing.findall(f"{SVG}rect")) == len(STATES)
    assert len(drawing.findall(f"{SVG}line")) == len(STEPS)
    lefts = [float(box.attrib["x"]) for box in drawing.findall(f"{SVG}rect")]
    assert min(lefts) >= 0
    assert max(lefts) + BOX_WIDTH <= WIDTH


def test_the_words_say_what_is_drawn_in_dutch() -> None:
    words = life_cycle_words("nl")
    assert len(words) == len(STEPS) + len(NOTES)
    assert words[0] == "Rood of oranje signaal → Open: opent."
    assert "vanzelf" in words[-1]
