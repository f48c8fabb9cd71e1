"""Every address, asked as everyone: `python -m tests.access_matrix`.

Each route of the running Django is requested for each role and relation, about an object of the
viewer's own and about foreign ones of the same and of another clinic. What comes back is held
against tables that were written by hand, here, and the body is searched for the ids of people
whom the viewer may not see. The suite does the same.
"""

import logging
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.dashboards.published import ALERTS, EPISODES

# Name of the account: role, clinic, therapist. "" is a role that was withdrawn.
PEOPLE: Mapping[str, tuple[str, str, str | None]] = {
    "therapist": ("therapist", "noord", "T1"),
    "other therapist": ("therapist", "noord", "T2"),
    "co-therapist": ("therapist", "noord", "T3"),
    "group therapist": ("therapist", "noord", "T4"),
    "deputy": ("therapist", "noord", "T5"),
    "supervisor": ("supervisor", "noord", None),
    "namesake therapist": ("therapist", "zuid", "T1"),
    "coordinator": ("clinic_coordinator", "noord", None),
    "coordinator of another clinic": ("clinic_coordinator", "zuid", None),
    "quality officer": ("quality_officer", "", None),
    "administrator": ("administrator", "", None),
    "without a role": ("", "", None),
}
NOBODY = "nobody"

ALERT_ROUTES = {"alert", "alert_seen", "alert_answer", "alert_undo", "alert_note"}
COURSE_ROUTES = {"goals", "goal_set", "goal_close", "evaluation", "evaluation_plan",
                 "evaluation_hold", "mark_set", "mark_remove"}  # fmt: skip
PATIENT_ROUTES = {"patient", "patient_view", "who_looked", "share", "stop_sharing", "leaving"} | (
    COURSE_ROUTES
)
PROGRESS = {"progress", "intervision", "intervision_add", "intervision_remove",
            "practice_goal_set", "practice_goal_close", "practice_goal_remove", "zone_consent",
            "supervisees", "supervisee_consent"}  # fmt: skip
HELP = {"help", "help_chapter", "therapist_results"}
QUALITY = {"quality", "quality_indicators", "quality_indicator", "quality_loop", "quality_data",
           "quality_question_close", "quality_table", "quality_report"}  # fmt: skip
OWN = {"account", "change_password", "end_sessions"}
THERAPISTS = (
    ALERT_ROUTES
    | PATIENT_ROUTES
    | PROGRESS
    | HELP
    | OWN
    | {"alerts", "overdue", "caseload", "find_patient", "leave", "leave_end"}
)
OPENS: Mapping[str, set[str]] = {
    "therapist": THERAPISTS | {"break_glass"},
    "supervisor": THERAPISTS,
    "clinic_coordinator": ALERT_ROUTES
    | HELP
    | OWN
    | {"alerts", "overdue", "week", "week_file", "break_glass"},
    "quality_officer": HELP | OWN | QUALITY | {"protection"},
    "administrator": HELP | OWN | {"accounts", "settings", "protection"},
    "": set(),
}
STARTS_ELSEWHERE = {"quality_officer", "administrator"}

# Who is seen as what: own, with a colleague, for a colleague on leave, shared by a colleague.
SEES: Mapping[str, Mapping[str, str]] = {
    "therapist": {"P1": "own", "P4": "own", "P5": "own"},
    "other therapist": {"P2": "own", "P6": "own", "P8": "own"},
    "co-therapist": {"P9": "own", "P1": "co"},
    "group therapist": {"P6": "co"},
    "deputy": {"P1": "deputy", "P4": "deputy", "P5": "deputy"},
    "supervisor": {"P1": "shared"},
    "namesake therapist": {"P1": "own", "P7": "own"},
}
# Beside those of the patients in SEES.
SEES_ALERTS: Mapping[str, set[str]] = {
    "coordinator": {"noord-t2-critical", "noord-t1-worse", "noord-t1-closed", "noord-file"},
    "coordinator of another clinic": {"zuid-t1-flat"},
}
# Ids of people that may stand on pages, beside patients of SEES and the viewer's own.
NAMES_ALSO: Mapping[str, set[str]] = {
    "co-therapist": {"T1"},
    "group therapist": {"T2"},
    "deputy": {"T1"},
    "supervisor": {"T1"},
    "coordinator": {"P1", "P2", "P4", "P5", "P6", "T1", "T2"},
    "coordinator of another clinic": {"P1", "P7", "T1"},
}
OWN_ONLY = {"share", "stop_sharing"}
TREATING = {"who_looked", "leaving"} | COURSE_ROUTES
WRITES = {"alert_seen", "alert_answer", "alert_undo", "alert_note", "share", "stop_sharing",
          "leaving", "leave_end"} | COURSE_ROUTES - {"goals", "evaluation"}  # fmt: skip
# Without a role: what nobody and what anybody else gets.
SIGN_IN_ROUTES = {
    "sign_in": (200, 302),
    "sign_in_code": (302, 302),
    "sign_in_enrol": (302, 302),
    "sign_in_provider": (404, 404),
    "sign_in_provider_back": (404, 404),
    "sign_in_demo": (404, 404),
    "sign_out": (302, 302),
    "language": (302, 302),
}
POSTS = WRITES | {"sign_out", "language", "find_patient"}
LISTS = {"alerts", "overdue", "caseload", "find_patient", "break_glass", "week", "week_file"}
# Off by setting, or a file of a week or quarter that the small service has none of.
NOT_THERE = {"break_glass", "week_file", "quality_report"}
ABOUT_PATIENTS = ALERT_ROUTES | PATIENT_ROUTES | PROGRESS | LISTS
ROUTES = sorted(set(SIGN_IN_ROUTES).union(*OPENS.values()))


@dataclass(frozen=True)
class Cell:
    """One request: what came back, what should have, and ids in the body that should not."""

    viewer: str
    route: str
    about: str
    whose: str
    status: int
    expected: int
    leaks: tuple[str, ...]
    logged: tuple[str, ...]

    @property
    def is_logged(self) -> bool:
        """Whether the access log says of it what it must."""
        if self.route not in ABOUT_PATIENTS or self.viewer == NOBODY or self.status == 302:
            return True
        is_shown = self.status in (200, 409)
        return ("allowed" if is_shown else "refused") in self.logged

    @property
    def is_right(self) -> bool:
        return self.status == self.expected and not self.leaks and self.is_logged


def add_people() -> None:
    """The accounts of PEOPLE that are not there, T1's leave, and the share with the supervisor."""
    from django.contrib.auth.models import User
    from django.db import connection

    from dashboards.accounts.models import Account
    from dashboards.journal.deputies import announce_leave
    from dashboards.journal.sharing import share

    with connection.cursor() as cursor:
        cursor.execute("pragma synchronous = off")  # nothing here outlives the test
    for name, (role, clinic, therapist) in PEOPLE.items():
        if not User.objects.filter(username=name).exists():
            user = User.objects.create_user(username=name)
            Account.objects.create(user=user, role=role, clinic_id=clinic, therapist_id=therapist)
    announce_leave("therapist", "noord", "T1", "deputy", date(2026, 11, 20), date(2026, 11, 30))
    share("therapist", "T1", "noord", "P1", "supervisor")


def cells_of(viewer: str, client_of: Callable[[str | None], Client]) -> Iterator[Cell]:
    """Every route for one viewer, about own and foreign objects; signing out comes last."""
    client = client_of(None if viewer == NOBODY else viewer)
    for route in sorted(ROUTES, key=lambda each: each == "sign_out"):
        for about in _objects(viewer, route):
            yield _cell(viewer, route, about, client)


def _cell(viewer: str, route: str, about: str, client: Client) -> Cell:
    from dashboards.journal.models import AccessLogEntry

    before = AccessLogEntry.objects.count()
    response = _asked(client, route, about)
    logged = AccessLogEntry.objects.order_by("seq")[before:]
    body = "" if response.status_code == 302 else response.content.decode()
    return Cell(
        viewer=viewer,
        route=route,
        about=about,
        whose="" if not about else "own" if _sees(viewer, route, about) else "foreign",
        status=response.status_code,
        expected=expected_status(viewer, route, about),
        leaks=tuple(sorted(_foreign_ids(viewer, body))),
        logged=tuple(entry.result for entry in logged),
    )


def _asked(client: Client, route: str, about: str) -> HttpResponse:
    argument = about if route in ALERT_ROUTES | PATIENT_ROUTES else ""
    address = reverse(route, args=[argument] if argument else _fixed(route))
    if route not in POSTS:
        return cast(HttpResponse, client.get(address))
    form = {
        "shown_seq": 0,
        "action": "consult",
        "note": "A note.",
        "language": "nl",
        "number": about or "999",
        "colleague": "nobody of this name",
        "kind": "medication",
        "on": "2026-11-22",
        "text": "A few words.",
        "outcome": "reached",
    }
    return cast(HttpResponse, client.post(address, form))


def _fixed(route: str) -> list[str]:
    """Of the reports there is none in this home."""
    named = {
        "help_chapter": ["alerts"],
        "quality_indicator": ["response_rate"],
        "quality_table": ["shown_indicator"],
        "quality_report": ["2026-Q3", "audit.nl.pdf"],
        "week_file": ["2026-W47", "report.nl.pdf"],
    }
    return named.get(route, [])


def expected_status(viewer: str, route: str, about: str) -> int:
    """By the tables above, and by nothing of the code under test."""
    if route in SIGN_IN_ROUTES:
        return SIGN_IN_ROUTES[route][viewer != NOBODY]
    if viewer == NOBODY:
        return 302
    role, _clinic, therapist = PEOPLE[viewer]
    if route not in OPENS[role]:
        return 302 if route == "alerts" and role in STARTS_ELSEWHERE else 403
    if route == "alert_undo" and about and _sees(viewer, route, about):
        # After alert_answer, so that an old page withdraws nothing; shared is for looking only.
        return 409 if _may_write(viewer, route, about) else 403
    if route in NOT_THERE or (about and not _sees(viewer, route, about)):
        return 404
    if not _may_write(viewer, route, about) or (
        route in {"leave", "leave_end"} | PROGRESS and therapist is None
    ):
        return 403
    # Asked without sending the form, these lead back.
    leads_back = {"find_patient", "change_password", "end_sessions", "quality_question_close"}
    leads_back |= PROGRESS - {"progress", "intervision", "supervisees"}
    return 302 if route in WRITES | leads_back else 200


def _may_write(viewer: str, route: str, about: str) -> bool:
    """Whether the relation allows what the route does; True for what only shows."""
    if route in ALERT_ROUTES and route in WRITES:
        return _relation(viewer, _patient_of(about)) != "shared"
    if route in OWN_ONLY:
        return _relation(viewer, about) == "own"
    return route not in TREATING or _relation(viewer, about) != "shared"


def _relation(viewer: str, patient: str | None) -> str | None:
    return SEES.get(viewer, {}).get(patient or "")


def _sees(viewer: str, route: str, about: str) -> bool:
    if route not in ALERT_ROUTES:
        return about in SEES.get(viewer, {})
    _role, clinic, _therapist = PEOPLE.get(viewer, ("", "", None))
    is_there = about.startswith(f"{clinic}-")
    return about in SEES_ALERTS.get(viewer, set()) or (
        is_there and _relation(viewer, _patient_of(about)) is not None
    )


def _patient_of(alert_id: str) -> str | None:
    return next((a["patient_id"] for a in ALERTS if a["alert_id"] == alert_id), None)


def _objects(viewer: str, route: str) -> list[str]:
    """Of all there are: one of each relation, one foreign of each clinic, and one of nobody.

    One is enough of what the role cannot open at all.
    """
    if route in ALERT_ROUTES:
        clinics = {str(alert["alert_id"]): str(alert["clinic_id"]) for alert in ALERTS}
    elif route in PATIENT_ROUTES | {"find_patient"}:
        clinics = {patient: clinic for clinic, patient, *_rest in EPISODES}
    else:
        return [""]
    chosen: dict[str, str] = {}
    for about, clinic in {**clinics, "no-such-one": "none"}.items():
        sees = _sees(viewer, route, about)
        patient = _patient_of(about) if route in ALERT_ROUTES else about
        chosen.setdefault(_relation(viewer, patient) or "clinic" if sees else clinic, about)
    is_open = viewer != NOBODY and route in OPENS[PEOPLE[viewer][0]]
    return list(chosen.values()) if is_open else list(chosen.values())[:1]


def _foreign_ids(viewer: str, body: str) -> set[str]:
    """Ids of patients, therapists and alerts in the body that are not the viewer's to see."""
    shown = re.sub(r'(name="next"|name="number") value="[^"]*"', "", body)
    patients = {patient for _clinic, patient, *_rest in EPISODES}
    therapists = {therapist for _clinic, _patient, therapist, *_rest in EPISODES}
    alerts = {str(alert["alert_id"]) for alert in ALERTS}
    found = {each for each in patients | therapists if re.search(rf"\b{each}\b", shown)}
    found |= {each for each in alerts if each in shown}
    return found - _allowed_ids(viewer)


def _allowed_ids(viewer: str) -> set[str]:
    _role, _clinic, therapist = PEOPLE.get(viewer, ("", "", None))
    alerts = {str(a["alert_id"]) for a in ALERTS if _sees(viewer, "alert", str(a["alert_id"]))}
    return set(SEES.get(viewer, {})) | NAMES_ALSO.get(viewer, set()) | alerts | {therapist or ""}


def main() -> int:
    """Print the matrix of a home of its own; 1 when anything is not as it should be."""
    import shutil

    from tests.dashboards.conftest import HOME

    logging.disable(logging.CRITICAL)  # hundreds of refusals are what is looked for
    try:
        cells = _cells_of_a_fresh_home()
    finally:
        shutil.rmtree(HOME)
    print(as_text(cells))
    return 0 if all(cell.is_right for cell in cells) else 1


def _cells_of_a_fresh_home() -> list[Cell]:
    from django.contrib.auth.models import User
    from django.core.management import call_command

    from tests.dashboards.conftest import HOME
    from tests.dashboards.published import publish

    call_command("migrate", interactive=False, verbosity=0)
    publish(HOME)
    add_people()

    def client_of(name: str | None) -> Client:
        client = Client(headers={"accept-language": "en", "host": "pages.example"})
        client.defaults["HTTP_HOST"] = "localhost"
        client.defaults["REMOTE_ADDR"] = "192.0.2.1"
        if name is not None:
            client.force_login(User.objects.get(username=name))
        return client

    return [cell for viewer in (NOBODY, *PEOPLE) for cell in cells_of(viewer, client_of)]


def as_text(cells: list[Cell]) -> str:
    """One line per route and kind of object, one column per viewer, then the sums."""
    viewers = [NOBODY, *PEOPLE]
    found: dict[tuple[str, str], dict[str, Counter[int]]] = {}
    for cell in cells:
        line = found.setdefault((cell.route, cell.whose), {})
        line.setdefault(cell.viewer, Counter())[cell.status] += 1
    lines = [f"{chr(ord('a') + place)}  {viewer}" for place, viewer in enumerate(viewers)]
    head = " ".join(f"{chr(ord('a') + place):>7}" for place in range(len(viewers)))
    lines += ["", f"{'route':<24}{'object':<9}{head}"]
    for (route, whose), line in sorted(found.items()):
        shown = ["/".join(map(str, sorted(line.get(viewer, ())))) or "-" for viewer in viewers]
        lines.append(f"{route:<24}{whose or '-':<9}" + " ".join(f"{each:>7}" for each in shown))
    return "\n".join([*lines, "", *_sums(cells)])


def _sums(cells: list[Cell]) -> list[str]:
    wrong = [cell for cell in cells if cell.status != cell.expected]
    unlogged = [cell for cell in cells if not cell.is_logged]
    leaks = [cell for cell in cells if cell.leaks]
    return [
        f"{len(cells)} requests, {len(ROUTES)} routes, {len(PEOPLE) + 1} viewers",
        f"{len(wrong)} with another status than expected",
        f"{len(unlogged)} not in the access log as they should be",
        f"{len(leaks)} leaks",
        *(f"WRONG {cell}" for cell in [*wrong, *unlogged, *leaks]),
    ]


if __name__ == "__main__":
    sys.exit(main())
