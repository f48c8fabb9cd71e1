"""What stands out in a file, in both languages, for every judgement that there is."""

import re
from pathlib import Path

import pytest

from dashboards.drawing.findings import FINDINGS, FIXES, finding_fix, finding_sentence

STATION = Path(__file__).parents[2] / "sql" / "445_file_check.sql"
TOLD = {"checked": 1000, "failed": 12, "value": 3.25, "lower": 4, "upper": 5.5, "scale": "PHQ-9"}


def test_every_judgement_has_words_and_a_fix() -> None:
    text = STATION.read_text(encoding="utf-8")
    judged = set(re.findall(r"'([a-z_]+)'(?: as expectation|, scale\.)", text))
    assert len(judged) == 17
    assert set(FINDINGS) == set(FIXES) == judged


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "nl",
            "PHQ-9: het gemiddelde is 3,25; na de eerdere bestanden was 4 tot 5,5 te verwachten.",
        ),
        ("en", "PHQ-9: the mean is 3.25; after the files before it 4 to 5.5 was to be expected."),
    ],
)
def test_numbers_are_written_as_in_the_language(language: str, sentence: str) -> None:
    assert finding_sentence("mean_like_the_files_before", TOLD, language) == sentence


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("expectation", sorted(FINDINGS))
def test_each_is_a_sentence_without_a_gap(expectation: str, language: str) -> None:
    for text in (
        finding_sentence(expectation, TOLD, language),
        finding_fix(expectation, language),
    ):
        assert re.fullmatch(r"[^{}]+\.", text)
        assert "  " not in text


def test_what_is_not_known_stays_empty() -> None:
    told = {**TOLD, "upper": None, "scale": None}
    assert finding_sentence("forms_are_complete", told, "en").startswith(": 12 of 1,000")


def test_a_key_of_a_later_version_is_said_in_plain_words() -> None:
    assert finding_sentence("some_later_check", TOLD, "nl") == "some later check"
    assert finding_fix("some_later_check", "nl") == ""
