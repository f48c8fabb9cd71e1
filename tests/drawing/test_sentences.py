from collections.abc import Mapping

import pytest

from dashboards.drawing import sentences
from dashboards.drawing.sentences import (
    action_name,
    closed_reason_name,
    disagreement_sentence,
    domain_name,
    kind_name,
    level_name,
    next_step_name,
    next_step_sentence,
    reason_sentence,
    record_status_name,
    sudden_change_name,
)

DETERIORATION: Mapping[str, object] = {
    "key": "reliable_deterioration",
    "instrument": "PHQ-9",
    "baseline": 12,
    "score": 19,
    "points": 6,
    "session": 5,
    "counted": "session",
}
CRITICAL: Mapping[str, object] = {
    "key": "critical_item",
    "instrument": "PHQ-9",
    "item": "9",
    "domain": "self_harm",
    "value": 2,
    "record_status": "landed",
}

SENTENCES: list[tuple[Mapping[str, object], str, str]] = [
    (
        DETERIORATION,
        "Betrouwbare verslechtering: PHQ-9 ging van 12 (begin) naar 19 bij zitting 5;"
        " een verschil van 6 punten of meer is betrouwbaar.",
        "Reliable deterioration: PHQ-9 went from 12 (start) to 19 at session 5;"
        " a difference of 6 points or more is reliable.",
    ),
    (
        {**DETERIORATION, "counted": "measurement", "points": 8.46, "rule": ">", "score": 20.5},
        "Betrouwbare verslechtering: PHQ-9 ging van 12 (begin) naar 20,5 bij meting 5;"
        " een verschil van meer dan 8,46 punten is betrouwbaar.",
        "Reliable deterioration: PHQ-9 went from 12 (start) to 20.5 at measurement 5;"
        " a difference of more than 8.46 points is reliable.",
    ),
    (
        {**DETERIORATION, "key": "no_reliable_improvement", "points": 1, "score": 11.5},
        "Nog geen betrouwbare verbetering: PHQ-9 ging van 12 (begin) naar 11,5 bij zitting 5;"
        " een verschil van 1 punt of meer is betrouwbaar.",
        "No reliable improvement yet: PHQ-9 went from 12 (start) to 11.5 at session 5;"
        " a difference of 1 point or more is reliable.",
    ),
    (
        {"key": "low_alliance", "instrument": "SRS", "score": 33.1, "cutoff": 36, "session": 3},
        "Lage score op de therapeutische relatie: SRS is 33,1 bij zitting 3;"
        " onder 36 loont het om er samen over te praten.",
        "Low score on the alliance: SRS is 33.1 at session 3;"
        " below 36 it is worth talking about together.",
    ),
    (
        CRITICAL,
        "Suïcide of zelfbeschadiging: PHQ-9 vraag 9 is beantwoord met 2.",
        "Suicide or self-harm: PHQ-9 item 9 was answered with 2.",
    ),
    (
        {**CRITICAL, "record_status": "held_back"},
        "Suïcide of zelfbeschadiging: PHQ-9 vraag 9 is beantwoord met 2."
        " Dit antwoord is in een tegengehouden bestand.",
        "Suicide or self-harm: PHQ-9 item 9 was answered with 2."
        " This answer is in a file that was held back.",
    ),
    (
        {"key": "held_back_file", "file": "x.csv", "values": 1},
        "Bestand x.csv is tegengehouden en bevat 1 kritisch antwoord.",
        "File x.csv was held back and holds 1 critical answer.",
    ),
    (
        {"key": "held_back_file", "file": "x.csv", "values": 1200},
        "Bestand x.csv is tegengehouden en bevat 1.200 kritische antwoorden.",
        "File x.csv was held back and holds 1,200 critical answers.",
    ),
]


@pytest.mark.parametrize(("reason", "dutch", "english"), SENTENCES)
def test_reasons_in_words(reason: Mapping[str, object], dutch: str, english: str) -> None:
    assert reason_sentence(reason, "nl") == dutch
    assert reason_sentence(reason, "en") == english


def test_values_are_not_read_as_places_to_fill() -> None:
    reason = {"key": "held_back_file", "file": "{values}%(n)s{0}.csv", "values": 2}
    assert "{values}%(n)s{0}.csv" in reason_sentence(reason, "nl")


def test_a_reason_of_a_later_version_is_still_named() -> None:
    assert reason_sentence({"key": "of_next_year"}, "nl") == "of next year"


def test_names_that_pages_and_reports_show() -> None:
    assert kind_name("no_reliable_improvement", "nl") == "Nog geen betrouwbare verbetering"
    assert level_name("amber", "nl") == "Oranje"
    assert domain_name("substance", "en") == "Alcohol or drugs"
    assert action_name("adjust_plan", "nl") == "Behandelplan aangepast"
    assert closed_reason_name("on_track", "nl") == "weer op koers"
    assert (
        record_status_name("set_aside", "en") == "not taken in (conflicting or incomplete record)"
    )
    assert next_step_name("assess_risk_today", "nl") == "Schat vandaag het risico in"
    assert action_name("something_new", "nl") == "something new"


def test_questionnaires_that_disagree() -> None:
    told = {"improved_on": ["GAD-7", "ORS"], "deteriorated_on": ["PHQ-9"]}
    assert disagreement_sentence(told, "nl") == (
        "Vragenlijsten spreken elkaar tegen: verbeterd op GAD-7, ORS; verslechterd op PHQ-9."
    )
    assert disagreement_sentence(told, "en") == (
        "Questionnaires disagree: improved on GAD-7, ORS; deteriorated on PHQ-9."
    )


def test_sudden_changes_by_name() -> None:
    assert sudden_change_name("sudden_gain", "nl") == "plotselinge verbetering"
    assert sudden_change_name("sudden_loss", "en") == "sudden loss"


def test_every_next_step_has_a_name_and_a_sentence() -> None:
    assert set(sentences.NEXT_STEP_NAMES) == set(sentences.NEXT_STEPS)


def test_the_review_asks_in_order_and_for_the_own_part() -> None:
    sentence = next_step_sentence("review_no_progress", "nl")
    asked = ("therapeutische relatie", "motivatie", "sociale steun", "gebeurtenissen", "past")
    places = [sentence.index(word) for word in (*asked, "eigen aandeel")]
    assert places == sorted(places)
