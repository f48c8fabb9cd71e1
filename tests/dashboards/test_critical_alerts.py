"""Critical items on the pages: apart by domain, first to be answered, and never answered unseen."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import duckdb
import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from flows.journal import read_events
from flows.settings import Critical

SignedIn = Callable[..., Client]
Changed = Callable[[Sequence[str]], None]

SELF_HARM = "/alerts/noord-t2-critical"
SUBSTANCE = "/alerts/noord-t2-substance"

# The same patient, episode and moment, about the use of alcohol or drugs.
ALSO_SUBSTANCE = """
    insert into alert_list
    select * replace (
        'noord-t2-substance' as alert_id, 'substance' as domain, 'look_at_use' as next_step,
        replace(reason, 'self_harm', 'substance') as reason
    )
    from alert_list where alert_id = 'noord-t2-critical'
"""
CRITICAL_OF_P1 = """
    insert into alert_list
    select * replace (
        'noord-t1-critical' as alert_id, 'P1' as patient_id, 'T1' as therapist_id,
        '{domain}' as domain
    )
    from alert_list where alert_id = 'noord-t2-critical'
"""
LATE = """
    update alert_list
    set escalated_at = '2026-11-21 05:00', escalated_to = 'other therapist'
    where alert_id = 'noord-t2-critical'
"""
TO_THERAPIST = "update alert_list set escalated_to = 'therapist' where escalated_to is not null"
LANDED_SINCE = "update alert_list set last_landed_at = '2026-11-21 09:00'"


@pytest.fixture
def changed(snapshot: Path, nothing_published: Path) -> Changed:
    """Publishes the snapshot with these changes."""

    def publish(changes: Sequence[str]) -> None:
        folder = nothing_published / "published"
        own = folder / f"{len(list(folder.iterdir()))}.duckdb"
        shutil.copy((folder / "current").resolve(), own)
        with duckdb.connect(str(own)) as connection:
            for change in changes:
                connection.execute(change)
        (folder / "current").unlink()
        (folder / "current").symlink_to(own)

    return publish


def answer(client: Client, alert: str, action: str) -> HttpResponse:
    form = {"shown_seq": 0, "action": action, "discussed": "yes", "note": ""}
    return cast(HttpResponse, client.post(f"{alert}/answer", form))


def page_of(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_an_answer_says_what_was_on_the_screen(
    signed_in: SignedIn, changed: Changed, journal: Path
) -> None:
    changed([ALSO_SUBSTANCE])
    assert answer(signed_in("other therapist"), SELF_HARM, "risk_assessed").status_code == 302

    answered = read_events(journal)[-1]
    assert answered.payload == {
        "action": "risk_assessed",
        "discussed_with_patient": True,
        "note": "",
        "alert_id": "noord-t2-critical",
        "domain": "self_harm",
        "episode_id": "P2-1",
        "opened_at": "2026-11-20T09:30:00",
        "known_at": "2026-11-21T06:00:00",
    }


def test_an_answer_about_one_domain_is_none_about_another(
    signed_in: SignedIn, changed: Changed
) -> None:
    changed([ALSO_SUBSTANCE])
    client = signed_in("other therapist")
    answer(client, SUBSTANCE, "use_discussed")

    assert "Save answer" in page_of(client, SELF_HARM)
    assert "Save answer" not in page_of(client, SUBSTANCE)
    assert "1 alert waits for an answer." in page_of(client, "/")


@pytest.mark.parametrize(
    ("address", "language", "first"),
    [
        (SELF_HARM, "en", "I assessed the risk by our own protocol"),
        (SELF_HARM, "nl", "Ik heb het risico ingeschat volgens het eigen protocol"),
        (SUBSTANCE, "en", "I discussed the use of alcohol or drugs with the patient"),
        (SUBSTANCE, "nl", "Ik heb het gebruik van alcohol of drugs besproken met de patiënt"),
    ],
)
def test_the_first_step_of_the_domain_is_offered_first(
    signed_in: SignedIn, changed: Changed, address: str, language: str, first: str
) -> None:
    changed([ALSO_SUBSTANCE])
    page = page_of(signed_in("other therapist", language), address)

    assert page.split('name="action"')[1].split(">")[1].split("<")[0].strip() == first


def test_the_first_step_of_another_domain_is_refused(
    signed_in: SignedIn, changed: Changed, journal: Path
) -> None:
    changed([ALSO_SUBSTANCE])
    client = signed_in("other therapist")

    assert answer(client, SUBSTANCE, "risk_assessed").status_code == 422
    assert answer(client, "/alerts/noord-t1-worse", "risk_assessed").status_code == 404
    assert read_events(journal) == ()


def test_what_was_landed_since_the_answer_waits_again(
    signed_in: SignedIn, changed: Changed, journal: Path
) -> None:
    """The next run finds a higher answer for the same moment: the alert looks the same."""
    client = signed_in("other therapist")
    answer(client, SELF_HARM, "risk_assessed")
    assert "Save answer" not in page_of(client, SELF_HARM)

    changed([LANDED_SINCE])
    assert "Save answer" in page_of(client, SELF_HARM)


def test_an_answer_can_be_undone(signed_in: SignedIn, snapshot: Path, journal: Path) -> None:
    client = signed_in("other therapist")
    answer(client, SELF_HARM, "risk_assessed")
    assert client.post(f"{SELF_HARM}/undo", {"shown_seq": 2}).status_code == 302

    withdrawn = read_events(journal)[-1]
    assert (withdrawn.kind, withdrawn.payload["answer_seq"]) == ("alert_answer_withdrawn", 2)
    assert "Save answer" in page_of(client, SELF_HARM)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Not answered in time: now for other therapist, the named deputy."),
        ("nl", "Niet op tijd beantwoord: nu voor other therapist, de aangewezen waarnemer."),
    ],
)
def test_what_is_late_says_so(
    signed_in: SignedIn, changed: Changed, language: str, words: str
) -> None:
    changed([LATE])
    client = signed_in("coordinator", language)

    assert words in page_of(client, "/")
    assert words in page_of(client, SELF_HARM)
    assert words not in page_of(client, "/alerts/noord-t1-worse")


def test_what_is_late_without_a_deputy_says_that_too(signed_in: SignedIn, changed: Changed) -> None:
    changed([LATE, "update alert_list set escalated_to = null"])

    assert "and no deputy is named" in page_of(signed_in("coordinator"), "/")


@pytest.mark.parametrize(
    ("viewer", "before", "once_late"),
    [
        ("therapist", 404, 200),
        ("other therapist", 200, 200),
        ("coordinator", 200, 200),
        ("namesake therapist", 404, 404),
        ("coordinator of another clinic", 404, 404),
    ],
)
def test_the_deputy_sees_what_is_late(
    signed_in: SignedIn, changed: Changed, viewer: str, before: int, once_late: int
) -> None:
    """The account of that name, and no other, sees that alert, and no other of that therapist."""
    client = signed_in(viewer)
    changed([ALSO_SUBSTANCE])
    assert client.get(SELF_HARM).status_code == before
    changed([LATE, TO_THERAPIST])
    assert client.get(SELF_HARM).status_code == once_late
    assert client.get(SUBSTANCE).status_code == before


def test_a_deputy_of_another_clinic_sees_and_answers(
    signed_in: SignedIn, changed: Changed, journal: Path
) -> None:
    changed([LATE, TO_THERAPIST.replace("'therapist'", "'namesake therapist'")])
    client = signed_in("namesake therapist")

    assert SELF_HARM in page_of(client, "/")
    assert answer(client, SELF_HARM, "risk_assessed").status_code == 302
    assert read_events(journal)[-1].clinic_id == "noord"
    assert "Save answer" not in page_of(client, SELF_HARM)


@pytest.mark.parametrize(("language", "words"), [("en", "Our protocol:"), ("nl", "Ons protocol:")])
def test_the_protocol_is_printed_as_text(
    signed_in: SignedIn, snapshot: Path, settings: Settings, language: str, words: str
) -> None:
    own = Critical(protocol="<b>Map 3</b>, https://intranet.example/risico")
    settings.OPKOERS = settings.OPKOERS.model_copy(update={"critical": own})
    client = signed_in("coordinator", language)
    page = page_of(client, SELF_HARM)

    assert f"{words} &lt;b&gt;Map 3&lt;/b&gt;, https://intranet.example/risico" in page
    assert 'href="https' not in page
    assert words not in page_of(client, "/alerts/noord-t1-worse")


def test_without_a_protocol_there_is_no_empty_line(signed_in: SignedIn, snapshot: Path) -> None:
    assert "Our protocol" not in page_of(signed_in("coordinator"), SELF_HARM)


@pytest.mark.parametrize("domain", ["self_harm", "substance"])
def test_another_alert_of_the_same_patient_begins_with_the_risk(
    signed_in: SignedIn, changed: Changed, domain: str
) -> None:
    """P1 of T1 is worse; without an open critical item the support steps begin with the
    alliance."""
    first = {
        "self_harm": "I assessed the risk by our own protocol",
        "substance": "I discussed the use of alcohol or drugs with the patient",
    }
    client = signed_in("therapist")
    changed([])
    page = page_of(client, "/alerts/noord-t1-worse")
    assert first[domain] not in page
    changed([CRITICAL_OF_P1.format(domain=domain)])
    page = page_of(client, "/alerts/noord-t1-worse")
    assert page.index(first[domain]) < page.index("I discuss the alliance with the patient")
    assert answer(client, "/alerts/noord-t1-worse", "alliance_discussed").status_code == 302
