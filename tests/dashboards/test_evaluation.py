"""Own marks, goals and evaluations on the pages: writing them, and who reads them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from flows.journal import last_seq, read_events
from tests.access_matrix import add_people
from tests.dashboards.odd_patients import (
    episode,
    instrument,
    publish_with,
    scores,
    together,
)

SignedIn = Callable[..., Client]
MOST_BYTES = 150_000
STRANGE = 'שלום <b onmouseover="x">Müde & 🙂</b>\u202e'

pytestmark = pytest.mark.usefixtures("snapshot")


def kinds(journal: Path) -> list[str]:
    return [event.kind for event in read_events(journal)]


def mark(**other: str) -> dict[str, str]:
    return {"kind": "medication", "on": "2026-10-05", "text": "Started with 50 mg", **other}


def test_a_mark_is_drawn_on_its_day_and_can_be_taken_away(
    signed_in: SignedIn, journal: Path
) -> None:
    client = signed_in("therapist", "nl")
    for _click in range(2):
        assert client.post("/patients/P1/marks/set", mark()).status_code == 302
    page = client.get("/patients/P1").content.decode()

    assert kinds(journal) == ["mark_set"]
    assert page.count("<title>5 okt 2026: Medicatie, Started with 50 mg</title>") == 2
    assert '<rect class="mark"' in page
    number = re.findall(r'name="number" value="(\d+)"', page)[0]
    client.post("/patients/P1/marks/remove", {"number": number})
    assert "Started with 50 mg" not in client.get("/patients/P1").content.decode()
    assert kinds(journal) == ["mark_set", "mark_removed"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"text": ""}, "Write in a few words what it was."),
        ({"text": "x" * 201}, "That is longer than 200 characters. Shorten it."),
        ({"on": "2026-11-23"}, "Fill in a day of this treatment, up to today."),
        ({"on": "2026-06-28"}, "Fill in a day of this treatment, up to today."),
        ({"on": "soon"}, "That is not a day."),
        ({"kind": "diagnosis"}, "Choose what it is about."),
    ],
)
def test_a_mark_that_cannot_be_kept_comes_back_whole(
    signed_in: SignedIn, journal: Path, wrong: dict[str, str], sentence: str
) -> None:
    """Today is 22 November; P1's treatment began on 29 June."""
    response = signed_in("therapist").post("/patients/P1/marks/set", mark(**wrong))

    assert response.status_code == 422
    page = response.content.decode()
    assert sentence in page
    assert f'value="{wrong.get("text", "Started with 50 mg")}"' in page
    assert last_seq(journal) == 0


def test_marks_are_for_who_treats_the_patient_alone(signed_in: SignedIn, journal: Path) -> None:
    add_people()
    signed_in("therapist").post("/patients/P1/marks/set", mark())

    for name, reads in (("co-therapist", True), ("deputy", True), ("supervisor", False)):
        page = signed_in(name).get("/patients/P1").content.decode()
        assert ("Started with 50 mg" in page) is reads
    refused = signed_in("supervisor").post("/patients/P1/marks/set", mark(text="Mine"))
    assert refused.status_code == 403
    assert kinds(journal).count("mark_set") == 1


def test_strange_words_are_text_everywhere(signed_in: SignedIn) -> None:
    client = signed_in("therapist")
    client.post("/patients/P1/marks/set", mark(text=STRANGE))
    client.post("/patients/P1/goals/set", {"text": STRANGE})
    client.post("/patients/P1/evaluation/plan", {"on": "2026-11-22"})
    number = re.findall(
        r'name="number" value="(\d+)">This', client.get("/patients/P1/goals").content.decode()
    )[0]
    held = {"number": number, "on": "2026-11-20", "agreed": STRANGE}
    client.post("/patients/P1/evaluation/hold", held)

    for path in ("", "/goals", "/evaluation", "/together"):
        page = client.get(f"/patients/P1{path}").content.decode()
        assert "<b onmouseover" not in page
        assert "Müde &amp; 🙂" in page


def test_a_goal_is_set_once_and_closed_with_what_became_of_it(
    signed_in: SignedIn, journal: Path
) -> None:
    client = signed_in("therapist")
    for _click in range(2):
        client.post("/patients/P1/goals/set", {"text": "Sleeping six hours"})
    page = client.get("/patients/P1/goals").content.decode()
    number = re.findall(r'id="outcome-(\d+)"', page)[0]
    for outcome in ("won the lottery", "partly_reached", "reached"):
        client.post("/patients/P1/goals/close", {"number": number, "outcome": outcome})

    assert kinds(journal) == ["goal_set", "goal_closed"]
    page = client.get("/patients/P1/goals").content.decode()
    assert '<bdi>Sleeping six hours</bdi> <span class="aside">partly reached</span>' in page
    assert client.post("/patients/P1/goals/set", {"text": " "}).status_code == 422


def test_an_evaluation_is_planned_ahead_and_held_once(signed_in: SignedIn, journal: Path) -> None:
    client = signed_in("therapist")
    assert client.post("/patients/P1/evaluation/plan", {"on": "2026-11-21"}).status_code == 422
    client.post("/patients/P1/evaluation/plan", {"on": "2026-12-01"})
    page = client.get("/patients/P1/goals").content.decode()
    assert "Planned on 1 Dec 2026" in page
    number = re.findall(r'id="held-(\d+)"', page)[0]

    future = {"number": number, "on": "2026-12-01", "agreed": "Every two weeks"}
    response = client.post("/patients/P1/evaluation/hold", future)
    assert response.status_code == 422
    assert "Every two weeks" in response.content.decode()
    for _click in range(2):
        client.post("/patients/P1/evaluation/hold", {**future, "on": "2026-11-22"})
    assert kinds(journal) == ["evaluation_planned", "evaluation_held"]


def test_the_page_for_an_evaluation_begins_where_the_last_one_was(
    signed_in: SignedIn, journal: Path
) -> None:
    """P1 scored 12, 13, 15, 16, 19 on 1, 3, 5, 7 and 9 October; the last evaluation is the 5th."""
    client = signed_in("therapist")
    first = client.get("/patients/P1/evaluation").content.decode()
    assert "no evaluation was held yet" in first
    assert len(re.findall(r'<circle class="dot"', first)) == 10, "five scores, at two widths"

    client.post("/patients/P1/evaluation/plan", {"on": "2026-11-22"})
    number = re.findall(r'id="held-(\d+)"', client.get("/patients/P1/goals").content.decode())[0]
    held = {"number": number, "on": "2026-10-05", "agreed": "Less often"}
    client.post("/patients/P1/evaluation/hold", held)
    page = client.get("/patients/P1/evaluation").content.decode()

    assert len(re.findall(r'<circle class="dot"', page)) == 6
    figures = re.findall(r'<td class="figure">([^<]+)</td>', page)
    assert figures == ["12", "15", "19"], "at the start, at the last evaluation, now"
    assert "Less often" in page
    assert page.count("writing-line") == 7


def test_goals_are_read_and_not_written_by_whom_the_patient_is_shared_with(
    signed_in: SignedIn,
) -> None:
    add_people()
    signed_in("therapist").post("/patients/P1/goals/set", {"text": "Sleeping six hours"})
    supervisor = signed_in("supervisor")

    assert "Sleeping six hours" in supervisor.get("/patients/P1").content.decode()
    assert supervisor.get("/patients/P1/goals").status_code == 403
    assert supervisor.post("/patients/P1/goals/set", {"text": "Mine"}).status_code == 403
    assert signed_in("other therapist").get("/patients/P1/evaluation").status_code == 404


@pytest.mark.parametrize("number", ["", "x", "-1", "²", "9" * 30, "77"])
def test_a_forged_number_closes_holds_and_removes_nothing(
    signed_in: SignedIn, journal: Path, number: str
) -> None:
    client = signed_in("therapist")
    form = {"number": number, "outcome": "reached", "on": "2026-11-20"}
    for path in ("goals/close", "evaluation/hold", "marks/remove"):
        assert client.post(f"/patients/P1/{path}", form).status_code == 302
    assert last_seq(journal) == 0


def test_an_open_critical_item_stands_first_on_the_page(signed_in: SignedIn) -> None:
    page = signed_in("other therapist").get("/patients/P2").content.decode()
    assert "Nobody has answered this yet." in page
    assert page.index("/alerts/noord-t2-critical") < page.index("To read together")

    answer = {"shown_seq": 0, "action": "risk_assessed", "note": "Spoke <i>with</i> her."}
    signed_in("other therapist").post("/alerts/noord-t2-critical/answer", answer)
    page = signed_in("other therapist").get("/patients/P2").content.decode()
    assert "Nobody has answered this yet." not in page
    assert "I assessed the risk by our own protocol" in page
    assert "Spoke &lt;i&gt;with&lt;/i&gt; her." in page


def test_of_300_scores_the_page_stays_small_and_one_table_can_be_shown_whole(
    signed_in: SignedIn, nothing_published: Path
) -> None:
    """Four questionnaires, 300 times each, with what was to be expected of every score."""
    (nothing_published / "published" / "current").unlink()
    new = ("b-2", "c-3", "d-4")
    measured = [
        row
        for name in ("phq-9", *new)
        for row in scores("LONG", [place % 28 for place in range(300)], instrument=name, days=0.4)
    ]
    expected = [
        {
            "assessment_id": row["assessment_id"],
            "clinic_id": "noord",
            "patient_id": "LONG",
            "scale": "total",
            "expected": 12,
            "lower": 6.4,
            "upper": 17.6,
            "lower68": 8.7,
            "upper68": 15.3,
        }
        for row in measured
    ]
    rows = together(
        {"episode": [episode("LONG")], "score": measured, "course": expected},
        *(instrument(name, "symptoms", -1, 27) for name in new),
    )
    publish_with(nothing_published, rows)
    client = signed_in("therapist")

    page = client.get("/patients/LONG").content
    assert len(page) <= MOST_BYTES
    assert page.decode().count('<tr><td class="figure">') == 4 * 40
    assert "Show 260 earlier scores too" in page.decode()
    whole = client.get("/patients/LONG?table=b-2").content
    assert len(whole) <= MOST_BYTES
    assert whole.decode().count('<tr><td class="figure">') == 3 * 10 + 300


def test_one_score_is_drawn_too(signed_in: SignedIn, nothing_published: Path) -> None:
    (nothing_published / "published" / "current").unlink()
    publish_with(nothing_published, {"episode": [episode("ONE")], "score": scores("ONE", [17])})
    page = signed_in("therapist").get("/patients/ONE").content.decode()

    assert page.count('class="chart"') == 2
    assert page.count('<circle class="dot"') == 2


def test_the_same_is_drawn_once_and_a_new_snapshot_anew(
    signed_in: SignedIn, nothing_published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nobody is given what was drawn of somebody else."""
    from dashboards.drawing import small_multiples
    from dashboards.pages import patient_course

    drawn: list[float] = []

    def counted(sheet: small_multiples.Sheet, *, width: float, **how: object) -> str:
        drawn.append(width)
        return f"<svg><desc>{sheet.panels[0].points[-1].score:g}</desc></svg>"

    monkeypatch.setattr(patient_course, "treatment_picture", counted)
    therapist, namesake = signed_in("therapist"), signed_in("namesake therapist")
    pages = [client.get("/patients/P1").content.decode() for client in (therapist, therapist)]
    assert len(drawn) == 2, "at two widths, once"
    assert all("<desc>19</desc>" in page for page in pages)
    assert "<desc>16</desc>" in namesake.get("/patients/P1").content.decode()
    assert len(drawn) == 4

    (nothing_published / "published" / "current").unlink()
    publish_with(nothing_published, {})
    therapist.get("/patients/P1")
    assert len(drawn) == 6


def test_what_is_kept_of_drawings_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from dashboards.pages import drawn_once

    monkeypatch.setattr(drawn_once, "MOST_SIGNS", 25)
    made: list[int] = []

    def ten_signs(number: int) -> str:
        made.append(number)
        return f"{number:010}"

    for number in (1, 2, 1, 3, 1, 2):
        assert drawn_once.drawn_once(ten_signs, number) == f"{number:010}"
    assert made == [1, 2, 3, 2], "2 was asked longest ago when 3 came"
