"""People who look at pages, in the process of Django: `python -m tests.bench.page_visitors HOME N`.

Prints one line of JSON: a session for each of N therapists with one of their patients, one for a
coordinator, how long the tables took that a process lays ready, and how long each query took on the
pages of some of them, asked for the first time.
"""

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

ASKED_SLOWLY = 30
RUNNING = """
select clinic_id, therapist_id, min(patient_id) as patient_id
from episode
where not is_closed and therapist_id is not null
group by clinic_id, therapist_id
order by hash(therapist_id), clinic_id
limit {limit}
"""


def main(home: str, people: int) -> None:
    """Print the JSON."""
    os.environ.update(OPKOERS_HOME=home, DJANGO_SETTINGS_MODULE="dashboards.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    therapists = _therapists(people)
    visitors = [_visitor("therapist", *who) for who in therapists]
    coordinator = _visitor("clinic_coordinator", therapists[0][0], None, None)
    told = {
        "therapists": visitors,
        "coordinator": coordinator,
        "laid_ms": _laid_ms(),
        "queries": _query_times([*visitors[-ASKED_SLOWLY:], coordinator]),
    }
    print(json.dumps(told))


def _therapists(people: int) -> list[tuple[str, str, str]]:
    """Clinic, therapist and one of the therapist's patients."""
    from dashboards.warehouse import published_snapshot

    rows = published_snapshot().connection.execute(RUNNING.format(limit=people)).fetchall()
    return [(str(clinic), str(therapist), str(patient)) for clinic, therapist, patient in rows]


def _visitor(
    role: str, clinic: str, therapist: str | None, patient: str | None
) -> dict[str, str | None]:
    """An account of the demo with a session."""
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    from dashboards.access import Role
    from dashboards.accounts.demo import BACKEND, DemoPerson, add_demo_account

    name = f"bench-{clinic}-{therapist or role}"
    user = User.objects.filter(username=name).first()
    person = DemoPerson(name, Role(role), clinic, therapist)
    client = Client()
    client.force_login(user or add_demo_account(person), backend=BACKEND)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {"cookie": cookie, "patient": patient, "name": name}


def _laid_ms() -> float:
    """How long a process takes over what it does before its first page, tables laid ready."""
    from dashboards.serving import get_ready

    started = time.perf_counter()
    get_ready(None)
    return 1000 * (time.perf_counter() - started)


def _query_times(visitors: list[dict[str, Any]]) -> Mapping[str, list[float]]:
    """Query to milliseconds of each time that it was really asked, on every page of each."""
    from dashboards import warehouse

    names = {
        warehouse.statement_of(file.stem): file.stem for file in warehouse.QUERIES.glob("*.sql")
    }
    times: dict[str, list[float]] = defaultdict(list)
    plain = warehouse._found

    def timed(connection: Any, sql: str, parameters: Mapping[str, Any]) -> Any:
        started = time.perf_counter()
        found = plain(connection, sql, parameters)
        times[names.get(sql, "?")].append(1000 * (time.perf_counter() - started))
        return found

    warehouse._found = timed
    for visitor in visitors:
        _visit(visitor)
    warehouse._found = plain
    return times


def _visit(visitor: Mapping[str, Any]) -> None:
    from django.conf import settings
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    client.cookies[settings.SESSION_COOKIE_NAME] = visitor["cookie"]
    places = ["/", "/overdue"]
    places += ["/patients", f"/patients/{visitor['patient']}"] if visitor["patient"] else ["/week"]
    for place in places:
        answer = client.get(place, HTTP_HOST="localhost")
        if answer.status_code != 200:
            raise SystemExit(f"status {answer.status_code} on a page of {visitor['name']}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
