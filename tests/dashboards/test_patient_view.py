"""The page that patient and therapist read together: what it says, and what it never says."""

import re
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.test import Client
from django.utils import translation

from dashboards.journal.goals import Course as JournalCourse
from dashboards.journal.goals import close_goal, goals_of, set_goal
from tests.access_matrix import add_people
from tests.conftest import Demo
from tests.dashboards.odd_patients import change, episode, publish_with, scores

SignedIn = Callable[..., Client]

# Parts of words, in lower case: of risk and prediction, of failing and getting worse, of alerts
# and what they are made of, and of what a critical item asks about.
NEVER = {
    "nl": (
        "risico",
        "gevaar",
        "kans",
        "voorspel",
        "verwacht",
        "prognose",
        "waarschijnlijk",
        "verslecht",
        "achteruit",
        "mislukt",
        "falen",
        "gefaald",
        "uitval",
        "afhaken",
        "melding",
        "signaal",
        "alarm",
        "waarschuw",
        "kritisch",
        "rood",
        "oranje",
        "koers",
        "uit-koers",
        "betrouwbaar",
        "afkap",
        "suïc",
        "zelfmoord",
        "zelfdoding",
        "zelfbeschad",
        "doodgaan",
        "dood",
        "crisis",
        "ernst",
        "stoornis",
        "afwijk",
        "achterblijf",
        "onvoldoende",
        "probleem",
        "%",
    ),
    "en": (
        "risk",
        "danger",
        "predict",
        "expected",
        "prognosis",
        "probab",
        "likel",
        "deteriorat",
        "worse",
        "fail",
        "drop-out",
        "dropout",
        "alert",
        "signal",
        "alarm",
        "warning",
        "critical",
        "red",
        "amber",
        "course",
        "reliabl",
        "cut-off",
        "suicid",
        "self-harm",
        "dead",
        "death",
        "crisis",
        "sever",
        "disorder",
        "deviat",
        "behind",
        "insufficient",
        "problem",
        "%",
    ),
}


def text_of(page: str) -> str:
    """What can be read: without the head, tags and addresses."""
    body = page.split("<body", 1)[1]
    return re.sub(r"<[^>]*>", " ", body).lower()


def words_never_to_be_read(text: str, language: str) -> list[str]:
    return [part for part in NEVER[language] if re.search(rf"(?<!\w){re.escape(part)}", text)]


def test_the_list_bites() -> None:
    assert words_never_to_be_read("een hoog voorspeld risico van 60 %", "nl") != []
    assert words_never_to_be_read("reliable deterioration", "en") == ["deteriorat", "reliabl"]


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.usefixtures("snapshot")
def test_of_a_patient_with_alerts_nothing_of_them_is_said(
    signed_in: SignedIn, language: str
) -> None:
    """noord's P1 has a red alert and is far above what was expected; P2 has a critical item."""
    for who, patient in (("therapist", "P1"), ("other therapist", "P2")):
        page = signed_in(who, language).get(f"/patients/{patient}/together").content.decode()
        assert words_never_to_be_read(text_of(page), language) == []
        for part in ("expected", "band", "inner", "octagon", "red", "amber", "/alerts"):
            assert f'class="{part}"' not in page
            assert f'href="{part}' not in page


@pytest.mark.parametrize(
    ("verdict", "dutch"),
    [
        ("recovered", "Dat is duidelijk beter dan bij de start."),
        ("improved", "Dat is duidelijk beter dan bij de start."),
        ("unchanged", "Dat is ongeveer gelijk: een klein verschil kan toeval zijn."),
        ("deteriorated", "U hebt het nu zwaarder dan bij de start. Praat er samen over."),
    ],
)
def test_the_change_is_told_in_plain_words(
    signed_in: SignedIn, nothing_published: Path, verdict: str, dutch: str
) -> None:
    rows = {
        "episode": [episode("X")],
        "score": scores("X", [15, 12]),
        "change": [change("X", 15, 12, verdict)],
    }
    publish_with(nothing_published, rows)
    page = signed_in("therapist", "nl").get("/patients/X/together").content.decode()

    assert "Klachten (PHQ-9)" in page
    assert f"Bij de start was uw score 15, op 6 jul 2026 was die 12. {dutch}" in page


def test_one_score_is_no_change_and_no_score_is_a_sentence(
    signed_in: SignedIn, nothing_published: Path
) -> None:
    rows = {
        "episode": [episode("X"), episode("NONE")],
        "score": scores("X", [15]),
        "change": [change("X", 15, 15, "unchanged")],
    }
    publish_with(nothing_published, rows)
    client = signed_in("therapist", "en")

    page = client.get("/patients/X/together").content.decode()
    assert "On 29 Jun 2026 your score was 15.</li>" in page
    none = client.get("/patients/NONE/together").content.decode()
    assert "There are no answers to show yet." in none


def test_goals_that_stand_are_on_it_for_who_treats(signed_in: SignedIn, snapshot: Path) -> None:
    course = JournalCourse("noord", "P1", "P1-1")
    set_goal("therapist", course, "<i>Sleeping</i> six hours")
    set_goal("therapist", course, "Back to work")
    close_goal("therapist", course, goals_of(course)[1].number, "given_up")

    page = signed_in("therapist").get("/patients/P1/together").content.decode()
    assert "&lt;i&gt;Sleeping&lt;/i&gt; six hours" in page
    assert "Back to work" not in page


def test_who_may_see_the_patient_may_open_it_and_nobody_else(
    signed_in: SignedIn, snapshot: Path
) -> None:
    add_people()
    statuses = {
        name: signed_in(name).get("/patients/P1/together").status_code
        for name in ("therapist", "supervisor", "deputy", "other therapist", "coordinator")
    }
    assert statuses == {
        "therapist": 200,
        "supervisor": 200,
        "deputy": 200,
        "other therapist": 404,
        "coordinator": 403,
    }


def everybody(file: Path) -> Iterator[tuple[list[Any], dict[str, str]]]:
    """Each episode of the demo: its courses, and the judgement of each instrument."""
    from dashboards.pages.patient_course import Course, MeasuredBeside

    with duckdb.connect(str(file), read_only=True) as connection:
        asked = connection.execute(
            """
            select score.episode_id, score.instrument, score.session_no, score.measured_at,
                score.score, score.baseline_score, score.has_artificial_date,
                scale.minimum, scale.maximum, scale.direction, scale.cutoff, 'sudden' as sudden,
                score.scale, instrument.short_name, instrument.measures,
                course.expected, course.lower, course.upper, course.lower68, course.upper68,
                change.class
            from score
            inner join instrument using (instrument)
            inner join instrument_scale as scale using (instrument, scale)
            left join course using (assessment_id, scale)
            left join change
                on score.clinic_id = change.clinic_id
                and score.patient_id = change.patient_id
                and score.episode_id = change.episode_id
                and score.instrument = change.instrument
                and score.scale = change.scale
                and change.method = 'JT'
            where scale.is_main and score.score is not null
            order by score.clinic_id, score.episode_id, score.instrument, score.measured_at
            """
        )
        names = [column[0] for column in asked.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in asked.fetchall()]
    for _episode, of_episode in groupby(rows, key=lambda row: row.pop("episode_id")):
        verdicts: dict[str, str] = {}
        found: dict[str, list[MeasuredBeside]] = {}
        for row in of_episode:
            verdicts[row["instrument"]] = row.pop("class")
            found.setdefault(row["instrument"], []).append(MeasuredBeside(**row))
        yield (
            [Course(name, each[0].short_name, tuple(each)) for name, each in found.items()],
            verdicts,
        )


def test_of_no_patient_of_the_demo_anything_is_said_that_should_not_be(demo: Demo) -> None:
    """Every figure that can be read is a score, an end of the scale, a cut-off, or of a day."""
    from dashboards.pages.patient_view import picture_of, plain

    seen = 0
    with translation.override("nl"):
        for courses, verdicts in everybody((demo.home / "published/current").resolve()):
            shown = [plain(course, verdicts.get(course.instrument)) for course in courses]
            read = text_of(
                "<body>" + picture_of(shown, language="nl") + " ".join(c.sentences for c in shown)
            )
            assert words_never_to_be_read(read, "nl") == []
            assert figures_of(read) <= allowed_figures(courses)
            seen += 1
    assert seen > 100


def figures_of(text: str) -> set[str]:
    names = re.sub(r"\b(phq-9|gad-7)\b", " ", text)
    days = re.sub(r"\b\d{1,2} [a-z]{3}( \d{4})?\b|\b[a-z]{3} \d{4}\b", " ", names)
    return set(re.findall(r"\d+(?:,\d+)?", days))


def allowed_figures(courses: list[Any]) -> set[str]:
    from dashboards.drawing.formats import number

    values = {each.score for course in courses for each in course.measured}
    values |= {each.baseline_score for course in courses for each in course.measured}
    values |= {getattr(c.last, name) for c in courses for name in ("minimum", "maximum", "cutoff")}
    return {number(value, "nl") for value in values if value is not None}


def test_it_is_made_of_nothing_that_it_must_not_show() -> None:
    """What the template is given has no field for it."""
    from dashboards.pages.patient_view import PlainCourse, PlainScore

    fields = {*PlainCourse.__dataclass_fields__, *PlainScore.__dataclass_fields__}
    assert fields == {
        "name", "is_alliance", "direction", "minimum", "maximum", "cutoff", "start", "verdict",
        "scores", "measured_at", "score",
    }  # fmt: skip
