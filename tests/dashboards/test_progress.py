"""A therapist's own page: what each sees, that nothing of anybody else is in reach, kind words."""

import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import duckdb
import pytest
from django.test import Client
from pytest_django import Settings

from dashboards.journal.models import AccessLogEntry, JournalEvent
from tests.access_matrix import PEOPLE, add_people
from tests.conftest import Demo
from tests.dashboards.published_therapists import OWN, THERAPISTS, point_to

SignedIn = Callable[..., Client]
MOST_BYTES = 150_000
STRANGE = 'שלום <b onmouseover="x">"&\u202e 🙂'
GOAL = {"text": "Ask for feedback", "since": "2026-11-02", "notice": "Patients say more"}
NOBODY_ELSE = ["coordinator", "quality officer", "administrator", "without a role", "supervisor"]
ROUTES = ["/progress", "/progress/intervision", "/progress/supervisees"]
WRITING = ["/progress/goals/set", "/progress/goals/close", "/progress/goals/remove",
           "/progress/intervision/add", "/progress/intervision/remove", "/progress/consent",
           "/progress/supervisees/consent"]  # fmt: skip

# Words of ranking, in lower case; each begins a word.
RANKING = {
    "nl": (r"rang", r"gerang", r"percentiel", r"kwartiel", r"top\b", r"top-", r"best", r"slechtst",
           r"beter dan", r"slechter dan", r"hoogste", r"laagste", r"bovenste", r"onderste",
           r"uitblink", r"achterblijv", r"prestatie", r"presteer", r"benchmark", r"wedstrijd",
           r"cijferlijst", r"score van collega", r"collega's scoren", r"positie"),
    "en": (r"rank", r"percentile", r"quartile", r"decile", r"top\b", r"best\b", r"worst", r"bottom",
           r"better than", r"worse than", r"highest", r"lowest", r"league", r"outperform",
           r"underperform", r"performance", r"benchmark", r"compet", r"peers", r"position"),
}  # fmt: skip


@pytest.fixture
def everyone(signed_in: SignedIn, snapshot: Path) -> SignedIn:
    add_people()
    return signed_in


def body_of(client: Client, address: str = "/progress") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())


def words_of(body: str) -> str:
    """What is read of the page's own part, in lower case, on one line."""
    main = body[body.index("<main") : body.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).lower().split())


def ranking_words(text: str, language: str) -> list[str]:
    return [word for word in RANKING[language] if re.search(rf"\b{word}", text)]


# ---------- who opens it


@pytest.mark.parametrize("name", NOBODY_ELSE)
@pytest.mark.parametrize("address", [*ROUTES, *WRITING])
def test_nobody_else_opens_or_writes_any_of_it(everyone: SignedIn, name: str, address: str) -> None:
    client = everyone(name)
    before = JournalEvent.objects.count()
    assert client.get(address).status_code == 403
    assert client.post(address, {**GOAL, "answer": "yes", "number": "1"}).status_code == 403
    assert JournalEvent.objects.count() == before


def test_opening_it_is_in_the_access_log_and_so_is_a_refusal(everyone: SignedIn) -> None:
    everyone("therapist").get("/progress")
    everyone("administrator").get("/progress")
    entries = AccessLogEntry.objects.filter(page="progress").order_by("seq")
    assert [(each.actor, each.result) for each in entries] == [
        ("therapist", "allowed"),
        ("administrator", "refused"),
    ]


def test_the_menu_offers_it_to_who_treats_patients_alone(everyone: SignedIn) -> None:
    assert 'href="/progress"' in everyone("therapist").get("/patients").content.decode()
    for name, page in (("supervisor", "/patients"), ("coordinator", "/")):
        assert 'href="/progress"' not in everyone(name).get(page).content.decode()


def test_a_supervisor_with_own_patients_has_an_own_page(
    everyone: SignedIn, quick_passwords: None
) -> None:
    from dashboards.access import Role
    from dashboards.accounts.management.commands.opkoers_user import add_account

    add_account("both", "a long enough phrase", Role.SUPERVISOR, "noord", "T2")
    assert "31 treatments of yours were closed" in body_of(everyone("both"))


# ---------- what each sees


def test_what_can_be_told_apart_is_said_calmly(everyone: SignedIn) -> None:
    words = words_of(body_of(everyone("therapist")))
    assert "34 treatments of yours were closed with a phq-9" in words
    assert "this can be told apart from the average" in words
    assert "your zone runs from +0.6 to +3.6 points" in words
    assert "3 running treatments" in words
    assert "2 of 3 measured lately" in words


def test_a_zone_below_is_a_reason_to_look_and_not_a_judgement(everyone: SignedIn) -> None:
    words = words_of(body_of(everyone("namesake therapist")))
    assert "your zone runs from −4.7 to −1.8 points" in words
    assert "a reason to look, not a judgement" in words


def test_what_cannot_be_told_apart_is_said_so(everyone: SignedIn) -> None:
    words = words_of(body_of(everyone("other therapist")))
    assert "your results cannot be told apart from the average." in words
    assert "it does not mean that you are average" in words


def test_with_counts_alone_there_is_no_zone_but_when_it_will_come(everyone: SignedIn) -> None:
    body = body_of(everyone("co-therapist"))
    words = words_of(body)
    assert "12 treatments of yours were closed" in words
    assert "after 18 more closed treatments, 30 in all" in words
    assert "own-zone" not in body
    assert "3 of 12: recovered" in words
    assert "told apart" not in words


def test_with_too_few_there_are_no_figures_and_kind_words(everyone: SignedIn) -> None:
    body = body_of(everyone("group therapist"))
    words = words_of(body)
    assert "so far 4 treatments of yours were closed" in words
    assert "after 6 more closed treatments you see here" in words
    assert "that is how it should be" in words
    assert "own-zone" not in body
    assert "PCnT4" not in body
    assert "allowed for" not in words


def test_without_any_closed_treatment_the_page_says_what_comes(
    everyone: SignedIn, quick_passwords: None
) -> None:
    from dashboards.access import Role
    from dashboards.accounts.management.commands.opkoers_user import add_account

    add_account("new", "a long enough phrase", Role.THERAPIST, "noord", "T99")
    words = words_of(body_of(everyone("new")))
    assert "there is nothing to show yet" in words
    assert "from 10 closed treatments on" in words
    assert "there were no alerts about your patients." in words


def test_before_a_run_made_the_file_the_page_is_there(
    everyone: SignedIn, nothing_published: Path
) -> None:
    (nothing_published / "published" / "current.therapists").unlink()
    assert "there is nothing to show yet" in words_of(body_of(everyone("therapist")))
    assert everyone("therapist").get("/progress/intervision").status_code == 200


@pytest.mark.parametrize("asked", ["ors", "", "%3Cscript%3E", "x" * 3000])
def test_another_questionnaire_than_there_is_gives_the_first(
    everyone: SignedIn, asked: str
) -> None:
    assert "PHQ-9" in body_of(everyone("therapist"), f"/progress?by={asked}")


def test_alerts_stand_beside_the_warning_about_drifting_back(everyone: SignedIn) -> None:
    words = words_of(body_of(everyone("therapist")))
    warning, counts = words.index("drift back to the mean"), words.index("17 of 34")
    assert warning < counts
    assert "1 of 2" in words[counts - 40 :]
    assert "i consult a colleague or my supervisor" in words


def test_what_was_allowed_for_is_printed_with_what_lacked_it(everyone: SignedIn) -> None:
    words = words_of(body_of(everyone("therapist")))
    assert "sex allowed for 5 of 179" in words
    assert "employment not used: in no export 179 of 179" in words
    assert "for patients who start with severe complaints: 7 % (interval 4 % to 14 %)" in words
    assert "sessions and drop-out are not allowed for" in words
    assert "estimates go together with these by 0.97" in words


def test_secondary_views_are_called_so(everyone: SignedIn) -> None:
    body = body_of(everyone("therapist"))
    for section in ("past", "other"):
        heading = re.search(rf'<h2 id="{section}">(.*?)</h2>', body)
        assert heading is not None
        assert "secondary" in heading[1]


# ---------- nothing of anybody else


def own_file(home: Path, source: Path, clinic: str, therapist: str) -> None:
    """The file about therapists with one therapist's rows alone, in force."""
    file = home / "published" / f"{clinic}-{therapist}.therapists.duckdb"
    shutil.copy(source, file)
    with duckdb.connect(str(file)) as connection:
        for table in OWN:
            connection.execute(
                f"delete from {table} where (clinic_id, therapist_id) <> (?, ?)",
                [clinic, therapist],
            )
    point_to(home, file)


@pytest.mark.parametrize(
    "name", [n for n, (role, _clinic, who) in PEOPLE.items() if role == "therapist" and who]
)
def test_the_page_is_the_same_when_nobody_else_is_in_the_file(
    everyone: SignedIn, nothing_published: Path, snapshot: Path, name: str
) -> None:
    """Whatever is on it, it cannot come from a colleague's row."""
    client, (_role, clinic, therapist) = everyone(name), PEOPLE[name]
    bodies = [body_of(client, address) for address in ROUTES]
    whole = (nothing_published / "published" / "current.therapists").resolve()
    own_file(nothing_published, whole, clinic, str(therapist))

    assert [body_of(client, address) for address in ROUTES] == bodies


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_name_estimate_or_count_of_a_colleague_and_no_word_of_ranking(
    everyone: SignedIn, language: str
) -> None:
    for clinic, therapist, *_figures in THERAPISTS:
        name = next(n for n, (_r, *whose) in PEOPLE.items() if whose == [clinic, therapist])
        body = body_of(everyone(name, language))
        words = words_of(body)
        assert ranking_words(words, language) == []
        own = next(each for each in THERAPISTS if each[:2] == (clinic, therapist))
        assert figures_of(*own[2:5], language)[0] in words
        for other in (each for each in THERAPISTS if each[:2] != (clinic, therapist)):
            assert f"PC{other[0][0]}{other[1]}n" not in body
            assert other[1] == therapist or not re.search(rf"\b{other[1]}\b", body)
            others = figures_of(*other[2:5], language)
            assert not any(re.search(rf"(?<!\d){re.escape(e)}", words) for e in others)


def figures_of(closed: int, estimate: float | None, half: float, language: str) -> list[str]:
    """A therapist's number of treatments and zone, as that therapist's own page says them."""
    to, count = (
        ("tot", "behandelingen van u") if language == "nl" else ("to", "treatments of yours")
    )
    if estimate is None:
        return [f"{closed} {count}"]
    low, high = (f"{estimate + side * half:+.1f}".replace("-", "−") for side in (-1, 1))
    zone = f"{low} {to} {high}"
    return [f"{closed} {count}", zone.replace(".", ",") if language == "nl" else zone]


def test_the_words_of_ranking_would_be_found() -> None:
    assert ranking_words("u staat in de top van de ranglijst", "nl") == [r"rang", r"top\b"]
    assert ranking_words("you did better than your peers", "en") == [r"better than", r"peers"]


@pytest.fixture
def demo_pages(
    demo: Demo, signed_in: SignedIn, settings: Settings, tmp_path: Path
) -> tuple[Path, Callable[..., str]]:
    """A home with the demo's snapshots, and the own page of any of its therapists."""
    from django.contrib.auth.models import User

    from dashboards.accounts.models import Account

    home = tmp_path / "demo-home"
    (home / "published").mkdir(parents=True)
    for link in ("current", "current.therapists"):
        (home / "published" / link).symlink_to((demo.home / "published" / link).resolve())
    settings.OPKOERS = settings.OPKOERS.model_copy(update={"home": home})

    def page(clinic: str, therapist: str, language: str = "nl") -> str:
        user, is_new = User.objects.get_or_create(username=f"{clinic}-{therapist}")
        if is_new:
            Account.objects.create(
                user=user, role="therapist", clinic_id=clinic, therapist_id=therapist
            )
        return body_of(signed_in(user.username, language))

    return home, page


def test_no_therapist_of_the_demo_is_told_of_another(
    demo: Demo, demo_pages: tuple[Path, Callable[..., str]]
) -> None:
    _home, page = demo_pages
    everybody = demo.rows("select clinic_id, therapist_id from therapist order by 1, 2")
    names = {str(therapist) for _clinic, therapist in everybody}
    assert len(everybody) == 45
    for number, (clinic, therapist) in enumerate(everybody):
        language = "nl" if number % 2 else "en"
        body = page(clinic, therapist, language)
        words = words_of(body)
        own = f"{clinic}-{therapist}"
        found = set(re.findall(r"\bt\d\d\b", body.replace(own, "")))
        assert found & (names - {therapist}) == set()
        assert ranking_words(words, language) == []
        assert len(body.encode()) < MOST_BYTES


def test_pages_of_the_demo_do_not_depend_on_colleagues(
    demo: Demo, demo_pages: tuple[Path, Callable[..., str]]
) -> None:
    home, page = demo_pages
    whole = (demo.home / "published/current.therapists").resolve()
    copied = shutil.copy(whole, home / "copy.duckdb")
    with duckdb.connect(str(copied), read_only=True) as connection:
        chosen = connection.execute(
            "select arg_max((clinic_id, therapist_id), n_episodes),"
            " arg_min((clinic_id, therapist_id), n_episodes),"
            " arg_max((clinic_id, therapist_id), n_episodes) filter (where is_trainee)"
            " from therapist_effect where is_primary"
        ).fetchone()
    assert chosen is not None
    for clinic, therapist in {each for each in chosen if each is not None}:
        body = page(clinic, therapist)
        own_file(home, whole, clinic, therapist)
        assert page(clinic, therapist) == body
        point_to(home, whole)


# ---------- practice goals


def test_a_goal_is_set_closed_and_removed(everyone: SignedIn) -> None:
    client = everyone("therapist")
    assert client.post("/progress/goals/set", GOAL)["Location"] == "/progress"
    client.post("/progress/goals/set", GOAL)
    words = words_of(body_of(client))
    assert words.count("ask for feedback") == 1
    assert "i notice it by: patients say more" in words

    number = JournalEvent.objects.get(kind="practice_goal_set").seq
    client.post("/progress/goals/close", {"number": number, "outcome": "noticed"})
    client.post("/progress/goals/close", {"number": number, "outcome": "noticed"})
    assert JournalEvent.objects.filter(kind="practice_goal_closed").count() == 1
    closed = re.search(r"<strong>(I noticed a difference)</strong>", body_of(client))
    assert closed is not None

    client.post("/progress/goals/remove", {"number": number})
    assert "ask for feedback" not in words_of(body_of(client))


def test_own_treatments_stand_beside_a_goal_with_their_interval_and_a_warning(
    everyone: SignedIn,
) -> None:
    """T1's treatments of `published_therapists.py`, by hand.

    They begin every 17 days from 6 January 2025 on and end 84 days later, so numbers 0 to 15
    ended before 12 December 2025 (day 340 = 17 x 15 + 85) and 16 to 33 since. The distance is
    (round(14 n / 34) - 7) / 5, above 0 from n = 19 on (round(7.82) = 8; round(7.41) = 7 at 18), so
    0 of 16 and 15 of 18. Wilson: 0 of 16 is 0 to z2 / (16 + z2) = 3.84 / 19.84 = 0.194; of 15 of
    18, (0.8333 + 0.1067 +- 1.96 sqrt(0.007716 + 0.002964)) / 1.2134 = 0.608 and 0.942.
    """
    client = everyone("therapist")
    since = date(2025, 1, 6) + timedelta(days=340)
    client.post("/progress/goals/set", {**GOAL, "since": since.isoformat()})
    words = words_of(body_of(client))
    assert (
        "closed before that day: 0 of 16 ended more favourably than expected (interval 0 % to 19 %)"
        in words
    )
    assert "closed since: 15 of 18 (interval 61 % to 94 %)" in words
    assert "this is no proof" in words


def test_with_few_on_one_side_no_share_is_told(everyone: SignedIn) -> None:
    client = everyone("therapist")
    client.post("/progress/goals/set", {**GOAL, "since": "2026-11-16"})
    words = words_of(body_of(client))
    assert "treatments closed before that day: 34; since: 0. too few" in words
    assert "closed since:" not in words


@pytest.mark.parametrize("name", ["group therapist", "deputy"])
def test_where_nothing_is_told_together_nothing_stands_beside_a_goal(
    everyone: SignedIn, name: str
) -> None:
    client = everyone(name)
    client.post("/progress/goals/set", GOAL)
    words = words_of(body_of(client))
    assert "ask for feedback" in words
    assert "before that day" not in words


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"text": ""}, "write what you want to try."),
        ({"text": "x" * 501}, "that is longer than 500 characters. shorten it."),
        ({"notice": "   "}, "write how you will notice it."),
        ({"notice": "x" * 5000}, "that is longer than 500 characters. shorten it."),
        ({"since": ""}, "fill in a day."),
        ({"since": "2026-02-31"}, "that is not a day."),
        ({"since": "1066-10-14"}, "fill in a day within a year of today."),
        ({"since": "9999-12-31"}, "fill in a day within a year of today."),
    ],
)
def test_a_goal_that_cannot_be_kept_comes_back_with_what_was_typed(
    everyone: SignedIn, wrong: dict[str, str], said: str
) -> None:
    client = everyone("therapist")
    response = client.post("/progress/goals/set", {**GOAL, **wrong})
    assert response.status_code == 422
    words = words_of(response.content.decode())
    assert "nothing was saved yet." in words
    assert said in words
    kept = GOAL["notice"] if "notice" not in wrong else GOAL["text"]
    assert kept.lower() in words
    assert not JournalEvent.objects.filter(kind="practice_goal_set").exists()


def test_markup_other_directions_and_emoji_are_shown_as_typed(everyone: SignedIn) -> None:
    client = everyone("therapist")
    client.post("/progress/goals/set", {**GOAL, "text": STRANGE, "notice": STRANGE})
    body = body_of(client)
    assert "<b onmouseover" not in body
    shown = re.findall(r"<bdi>([^<]*)</bdi>", body)
    assert [unescape(each) for each in shown].count(STRANGE) == 2


@pytest.mark.parametrize(
    "sent",
    [{"number": "0"}, {"number": "-1"}, {"number": "x"}, {"number": "9" * 30}, {}],
)
def test_a_number_that_is_no_own_goal_changes_nothing(
    everyone: SignedIn, sent: dict[str, str]
) -> None:
    everyone("other therapist").post("/progress/goals/set", GOAL)
    theirs = JournalEvent.objects.get(kind="practice_goal_set").seq
    client = everyone("therapist")
    for form in ({**sent, "outcome": "noticed"}, {"number": theirs, "outcome": "noticed"}):
        client.post("/progress/goals/close", form)
        client.post("/progress/goals/remove", form)
    client.post("/progress/goals/close", {"number": theirs, "outcome": "made up"})
    assert not JournalEvent.objects.filter(kind__in=["practice_goal_closed",
                                                     "practice_goal_removed"]).exists()  # fmt: skip


@pytest.mark.parametrize("address", WRITING)
def test_without_the_token_of_the_page_nothing_is_written(everyone: SignedIn, address: str) -> None:
    client = everyone("therapist", csrf=True)
    before = JournalEvent.objects.count()
    assert client.post(address, {**GOAL, "answer": "yes"}).status_code == 403
    assert JournalEvent.objects.count() == before


@pytest.mark.parametrize("address", WRITING)
def test_asking_without_sending_leads_back(everyone: SignedIn, address: str) -> None:
    before = JournalEvent.objects.count()
    assert everyone("therapist").get(address).status_code == 302
    assert JournalEvent.objects.count() == before


# ---------- cases to learn from


def test_cases_lie_on_both_sides_by_their_distance(everyone: SignedIn) -> None:
    body = body_of(everyone("therapist"))
    well, less = body.split("Went less favourably than expected")
    assert re.findall(r'name="episode" value="PCnT1n(\d\d)-1"', well) == [
        "33", "32", "31", "30", "29",
    ]  # fmt: skip
    assert re.findall(r'name="episode" value="PCnT1n(\d\d)-1"', less) == [
        "01", "00", "03", "02", "06",
    ]  # fmt: skip


CASE = {"patient": "PCnT1n33", "episode": "PCnT1n33-1"}


def test_a_case_goes_on_the_list_once_and_off_again(everyone: SignedIn) -> None:
    client = everyone("therapist")
    for _time in range(2):
        client.post("/progress/intervision/add", CASE)
    listed = body_of(client, "/progress/intervision")
    assert listed.count("<bdi>PCnT1n33</bdi>") == 1
    assert "What do I want to ask my colleagues?" in listed
    assert "(1 case)" in words_of(body_of(client))
    assert "take off my list" in words_of(body_of(client))

    back = client.post("/progress/intervision/remove", {**CASE, "from": "list"})
    assert back["Location"] == "/progress/intervision"
    assert "PCnT1n33" not in body_of(client, "/progress/intervision")
    assert JournalEvent.objects.filter(kind__startswith="intervision").count() == 2


@pytest.mark.parametrize(
    "sent",
    [
        {"patient": "PCnT2n05", "episode": "PCnT2n05-1"},
        {"patient": "PCnT1n33", "episode": "PCnT1n32-1"},
        {"patient": "P1", "episode": "P1-1"},
        {"patient": STRANGE, "episode": "x" * 9000},
        {},
    ],
)
def test_what_is_no_own_closed_treatment_is_not_listed(
    everyone: SignedIn, sent: dict[str, str]
) -> None:
    everyone("therapist").post("/progress/intervision/add", sent)
    assert not JournalEvent.objects.filter(kind="intervision_listed").exists()


def test_a_list_is_its_therapists_alone(everyone: SignedIn) -> None:
    everyone("therapist").post("/progress/intervision/add", CASE)
    for name in ("other therapist", "namesake therapist", "deputy"):
        assert "PCnT1n33" not in body_of(everyone(name), "/progress/intervision")


def test_a_case_that_left_the_data_can_still_be_taken_off(
    everyone: SignedIn, nothing_published: Path
) -> None:
    client = everyone("therapist")
    client.post("/progress/intervision/add", CASE)
    (nothing_published / "published" / "current.therapists").unlink()
    assert "no longer among your closed ones" in body_of(client, "/progress/intervision")
    client.post("/progress/intervision/remove", CASE)
    assert "Nothing is on your list." in body_of(client, "/progress/intervision")


# ---------- a trainee's zone


def say(client: Client, answer: str) -> None:
    client.post("/progress/consent", {"answer": answer})


def agree(client: Client, answer: str, trainee: str = "T5") -> int:
    form = {"answer": answer, "trainee": trainee}
    return client.post("/progress/supervisees/consent", form).status_code


def test_a_trainees_zone_opens_with_two_yeses_and_closes_with_either(everyone: SignedIn) -> None:
    trainee, supervisor = everyone("deputy"), everyone("therapist")
    assert "own-zone" not in body_of(trainee)
    say(trainee, "yes")
    body = body_of(trainee)
    assert "own-zone" not in body
    assert "your supervisor has not agreed yet" in words_of(body)

    assert agree(supervisor, "yes") == 302
    opened = body_of(trainee)
    assert "own-zone" in opened
    assert "your zone runs from −1.2 to +2.7 points" in words_of(opened)
    assert not re.search(r"\bT1\b", opened)

    for closing, again in ((trainee, say), (supervisor, agree)):
        again(closing, "no")
        assert "own-zone" not in body_of(trainee)
        again(closing, "yes")
        assert "own-zone" in body_of(trainee)


def test_without_two_yeses_no_figure_about_all_of_them_is_on_the_page(everyone: SignedIn) -> None:
    words = words_of(body_of(everyone("deputy")))
    assert "you are in training" in words
    assert "how they ended" not in words
    assert "secondary" not in words
    assert "0.8" not in words


def test_the_supervisors_page_shows_no_figure_and_no_answer_of_the_trainee(
    everyone: SignedIn,
) -> None:
    supervisor, before = everyone("therapist"), ""
    before = body_of(supervisor, "/progress/supervisees")
    assert "<bdi>T5</bdi>" in before
    assert not re.search(r"\d[.,]\d", words_of(before))
    say(everyone("deputy"), "yes")
    assert body_of(supervisor, "/progress/supervisees") == before


@pytest.mark.parametrize(
    ("name", "trainee"),
    [("other therapist", "T5"), ("namesake therapist", "T5"), ("therapist", "T2"),
     ("therapist", ""), ("therapist", STRANGE), ("deputy", "T5")],
)  # fmt: skip
def test_who_is_not_the_supervisor_finds_no_such_trainee(
    everyone: SignedIn, name: str, trainee: str
) -> None:
    assert agree(everyone(name), "yes", trainee) == 404
    assert not JournalEvent.objects.filter(kind__startswith="zone").exists()


def test_who_is_not_in_training_has_nothing_to_say_yes_to(everyone: SignedIn) -> None:
    say(everyone("other therapist"), "yes")
    say(everyone("deputy"), "perhaps")
    assert not JournalEvent.objects.filter(kind__startswith="zone").exists()
    assert 'action="/progress/consent"' not in body_of(everyone("other therapist"))
