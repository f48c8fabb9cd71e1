"""Many requests at once to the real server: who asks is signed in, and every answer is counted."""

import http.client
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import duckdb

from tests.dashboards.serving import ROOT, environment

CONNECTIONS = 8
CSRF = "0123456789abcdefghijklmnopqrstuv"

# A session as signing in leaves it, without the pages of signing in.
SIGN_IN = """
import sys, django
django.setup()
from django.contrib.auth.models import User
from django.test import Client
client = Client()
person = User.objects.get(username=sys.argv[1])
client.force_login(person, backend="dashboards.accounts.backends.DemoBackend")
print(client.cookies["session"].value)
"""


@dataclass(frozen=True)
class Ask:
    """One request: a form when there is one, else a page."""

    path: str
    form: dict[str, str] | None = None


@dataclass(frozen=True)
class Answered:
    """How often each status came back, and in how many seconds all of them did."""

    statuses: Counter[int]
    seconds: float


def session_of(home: Path, name: str) -> str:
    """The cookie of a signed-in account."""
    done = subprocess.run(
        [sys.executable, "-c", SIGN_IN, name],
        env=environment(home),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.split()[-1]


def with_many_alerts(snapshot: Path, count: int) -> Sequence[str]:
    """Copies of an alert of clinic noord, each of a patient of its own; their ids."""
    with duckdb.connect(str(snapshot)) as connection:
        for table in ("alert", "alert_list"):
            connection.execute(
                f"insert into {table} by name select * exclude (number) replace ("
                " format('load-{}', number) as alert_id,"
                " format('L{}', number) as patient_id)"
                f" from {table}, range(?) as numbers(number)"
                " where alert_id = 'noord-t1-worse'",
                [count],
            )
    return [f"load-{number}" for number in range(count)]


def ask_all(
    address: str, session: str, asks: Sequence[Ask], asked: Callable[[], None] = lambda: None
) -> Answered:
    """Ask all of it over CONNECTIONS connections at once, in that order; `asked` after each."""
    waiting, lock = iter(asks), threading.Lock()
    statuses: Counter[int] = Counter()

    def count(status: int) -> None:
        statuses[status] += 1
        asked()

    begun = time.perf_counter()
    threads = [
        threading.Thread(target=_one_connection, args=(address, session, waiting, lock, count))
        for _ in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Answered(statuses, time.perf_counter() - begun)


def _one_connection(
    address: str,
    session: str,
    waiting: Iterator[Ask],
    lock: threading.Lock,
    count: Callable[[int], None],
) -> None:
    place = urlsplit(address)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=120)
    while True:
        with lock:
            ask = next(waiting, None)
        if ask is None:
            connection.close()
            return
        status = _asked(connection, session, ask)
        with lock:
            count(status)


def _asked(connection: http.client.HTTPConnection, session: str, ask: Ask) -> int:
    headers = {"Cookie": f"session={session}; csrf={CSRF}", "Accept-Language": "en"}
    if ask.form is None:
        connection.request("GET", ask.path, headers=headers)
    else:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        form = urlencode({**ask.form, "csrfmiddlewaretoken": CSRF})
        connection.request("POST", ask.path, form, headers)
    response = connection.getresponse()
    response.read()
    return response.status
