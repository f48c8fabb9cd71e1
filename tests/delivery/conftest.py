"""A home with reports of three clinics as a run leaves them, without the run."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows.home import make_home
from flows.settings import Settings, load_settings
from tests.delivery.mail_server import PASSWORD, Authority, Mailbox, serving

# Numbers that stand nowhere else in a mail, so that finding one is finding that count.
COUNTS = {
    "noord": {"critical": 7, "red": 31, "amber": 46, "open": 84, "new": 12, "overdue": 29},
    "midden": {"critical": 2, "red": 0, "amber": 3, "open": 5, "new": 1, "overdue": 4},
    "zuid": {"critical": 0, "red": 1, "amber": 0, "open": 1, "new": 0, "overdue": 0},
}
WEEK = "2026-W47"


def write_report(
    home: Path, clinic: str, *, week: str = WEEK, revision: int = 1, folder: str | None = None
) -> Path:
    """The folder of a report as `report` leaves it, as far as delivery looks at it."""
    place = home / "reports" / week / (folder or clinic)
    place.mkdir(parents=True, exist_ok=True)
    counts = COUNTS.get(clinic, COUNTS["noord"]) | {"revision": revision}
    told = {"clinic_id": clinic, "week": week, "revision": revision, "counts": counts}
    (place / "report.json").write_text(json.dumps(told))
    (place / "report.nl.pdf").write_bytes(b"%PDF of " + clinic.encode())
    (place / "alerts.csv").write_text("alert_id\n")
    return place


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Reports of one week, of three clinics; nobody asked for delivery yet."""
    place = tmp_path / "home"
    make_home(place)
    for clinic in COUNTS:
        write_report(place, clinic)
    return place


Configure = Callable[..., Settings]


@pytest.fixture
def configure(home: Path, authority: Authority) -> Configure:
    """Writes opkoers.toml: the mail server and who gets what."""

    def write(
        port: int, *recipients: str, mail: str = "", more: str = "", now: str = "2026-11-16"
    ) -> Settings:
        people = "".join(_recipient(each) for each in recipients)
        (home / "opkoers.toml").write_text(
            f'[service]\nname = "Dienst"\nnow = {now}\n{more}\n'
            f'[mail]\nhost = "localhost"\nport = {port}\nsender = "koers@clinic.example"\n'
            f'certificates = "{authority.file}"\nwait_seconds = 0\n'
            f"{mail if 'timeout' in mail else 'timeout_seconds = 5' + chr(10) + mail}\n{people}"
        )
        return load_settings(home)

    return write


def _recipient(told: str) -> str:
    """`address clinic language report`, of which the last three may be left out."""
    words = told.split()
    address, clinic, language, report = (*words, *("", "noord", "nl", "clinic")[len(words) :])
    return (
        f'[[mail.recipient]]\naddress = "{address}"\nclinic = "{"" if clinic == "*" else clinic}"\n'
        f'language = "{language}"\nreport = "{report}"\n'
    )


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox, authority: Authority) -> Iterator[int]:
    """A good server with STARTTLS that wants no login."""
    with serving(mailbox, security="starttls", context=authority.context_for("localhost")) as found:
        yield found


@pytest.fixture
def secret(home: Path) -> None:
    (home / "secrets" / "mail.password").write_text(PASSWORD + "\n")
