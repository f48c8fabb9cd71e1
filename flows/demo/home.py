"""The home of the synthetic service: its settings, its sources, and files that appear whole."""

import errno
import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import BinaryIO

from flows.demo.deliveries import date_of
from flows.demo.simulation import SYNTHETIC_NOW
from flows.errors import ExitCode, OpKoersError

FOLDERS = ("sources", "inbox", "truth")
DELIVERIES = "deliveries"

SETTINGS = f"""\
# Gesimuleerde dienst (simulated): alles hierin is verzonnen door `opkoers demo`.
layout_version = 1

[service]
name = "Demodienst (gesimuleerd)"
language = "nl"
timezone = "Europe/Amsterdam"
simulated = true
now = {SYNTHETIC_NOW.isoformat()}

# These exports do not say when a treatment ended, and sessions are weekly or
# fortnightly: nine weeks without a measurement count as the end.
[episodes]
gap_days = 63

# What was answered before that day is history here; without that line every critical
# answer of two years would still wait for a person.
[critical]
alerts_from = {{alerts_from}}
deputy = "dienstdoend regiebehandelaar (verzonnen)"
protocol = "protocol suïcidaliteit, map Kwaliteit op intranet (verzonnen)"

# Predictions are off until somebody in the clinic answers for them.
[signals]
predicted_risk_owner = "A. de Vries, regiebehandelaar (verzonnen)"

[report]
languages = ["nl", "en"]
"""

NOORD = """\
# Wide: one row per measurement, one column per item (simulated).
match = "noord_*.csv"
format = "csv"
delimiter = ";"
encoding = "utf-8"
decimal = ","
patient_ids = "pseudonym"
clinic_id = { value = "noord" }
patient_id = { column = "clientnummer" }
therapist_id = { column = "behandelaar" }
episode_id = { column = "traject" }
group_id = { column = "groep" }
session_no = { column = "zitting" }
measured_at = { column = "datum", format = "%d-%m-%Y" }

[[skip]]
column = "tester"
equals = "1"
rule = "tester"

[[measure]]
instrument = "phq-9"
items = "phq9_{item}"

[[measure]]
instrument = "gad-7"
items = "gad7_{item}"

[[measure]]
instrument = "ors"
items = "ors_{item}"

[[measure]]
instrument = "srs"
items = "srs_{item}"
"""

TRAJECTEN = """\
# When treatments began and how many sessions were planned (simulated).
match = "trajecten_noord_*.csv"
table = "episodes"
format = "csv"
delimiter = ";"
encoding = "utf-8"
patient_ids = "pseudonym"
clinic_id = { value = "noord" }
patient_id = { column = "clientnummer" }
episode_id = { column = "traject" }

[columns]
started_on = { column = "start", format = "%d-%m-%Y" }
planned_sessions = { column = "gepland" }
end_reason = { column = "einde" }
"""

PATIENTEN = """\
# Who the patients of all clinics are (simulated).
match = "patienten_*.csv"
table = "patients"
format = "csv"
delimiter = ";"
encoding = "utf-8"
patient_ids = "pseudonym"
clinic_id = { column = "locatie" }
patient_id = { column = "patient" }

[columns]
birth_year = { column = "geboortejaar" }
sex = { column = "geslacht" }
"""

INTAKE = """\
# What was known at intake, for fair comparison (simulated).
match = "intake_*.csv"
table = "intake"
format = "csv"
delimiter = ";"
encoding = "utf-8"
patient_ids = "pseudonym"
clinic_id = { column = "locatie" }
patient_id = { column = "patient" }

[columns]
diagnosis_group = { column = "hoofdprobleem" }
setting = { column = "zorgvorm" }
earlier_treatment = { column = "eerder_behandeld" }
employment = { column = "werk" }
"""

AFSPRAKEN = """\
# Appointments to come (simulated).
match = "afspraken_*.csv"
table = "appointments"
format = "csv"
delimiter = ";"
encoding = "utf-8"
patient_ids = "pseudonym"
clinic_id = { column = "locatie" }
patient_id = { column = "patient" }
therapist_id = { column = "behandelaar" }

[columns]
starts_at = { column = "begint", format = "%Y-%m-%d %H:%M" }
attended = { column = "gekomen" }
minutes = { column = "minuten" }
"""

BEHANDELAREN = """\
# Teams, and who is in training with whom (simulated).
match = "behandelaren_*.csv"
table = "therapists"
format = "csv"
delimiter = ";"
encoding = "utf-8"
clinic_id = { column = "locatie" }
therapist_id = { column = "behandelaar" }

[columns]
team_id = { column = "team" }
supervisor_id = { column = "opleider" }
is_trainee = { column = "in_opleiding" }
"""

MIDDEN = """\
# Long: one row per item (simulated).
match = "midden_*.csv"
format = "csv"
delimiter = ","
encoding = "utf-8"
patient_ids = "pseudonym"
clinic_id = { value = "midden" }
patient_id = { column = "patient" }
therapist_id = { column = "therapist" }
episode_id = { column = "episode" }
group_id = { column = "group" }
session_no = { column = "session" }
measured_at = { column = "measured_on", format = "%Y-%m-%d" }

[long]
instrument = { column = "questionnaire" }
item = { column = "item" }
value = { column = "answer" }

[long.instruments]
PHQ9 = "phq-9"
GAD7 = "gad-7"
ORS = "ors"
SRS = "srs"
"""

ZUID = """\
# Totals: one row per measurement, one column per questionnaire (simulated).
match = "zuid_*.csv"
format = "csv"
delimiter = "\\t"
encoding = "utf-8"
patient_ids = "pseudonym"
clinic_id = { value = "zuid" }
patient_id = { column = "patient" }
therapist_id = { column = "therapist" }
session_no = { column = "session" }
measured_at = { column = "date", format = "%d/%m/%Y" }

[[measure]]
instrument = "phq-9"
scale = "total"
column = "phq9_total"

[[measure]]
instrument = "gad-7"
scale = "total"
column = "gad7_total"

[[measure]]
instrument = "ors"
scale = "total"
column = "ors_total"

[[measure]]
instrument = "srs"
scale = "total"
column = "srs_total"
"""


def prepare_home(home: Path, alerts_from: date) -> None:
    """Makes the folders, the settings and the sources of a synthetic home.

    Critical items open alerts from the day `alerts_from`. Raises OpKoersError
    when `home` is in use for anything that is not simulated.
    """
    _refuse_real_home(home)
    for folder in (home, *(home / name for name in FOLDERS)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = SETTINGS.format(alerts_from=alerts_from)
    texts = {"opkoers.toml": settings, "sources/noord.toml": NOORD}
    texts |= {"sources/trajecten_noord.toml": TRAJECTEN}
    texts |= {"sources/midden.toml": MIDDEN, "sources/zuid.toml": ZUID}
    texts |= {"sources/patienten.toml": PATIENTEN, "sources/intake.toml": INTAKE}
    texts |= {"sources/afspraken.toml": AFSPRAKEN, "sources/behandelaren.toml": BEHANDELAREN}
    for name, text in texts.items():
        with new_file(home / name) as file:
            file.write(text.encode())


def delivery_folder(home: Path, day: int) -> Path:
    """A folder for what is delivered on a day (from FIRST_MONDAY), made where it is not there."""
    folder = home / DELIVERIES / date_of(day).isoformat()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that gets its name only when it is complete; until then it is hidden."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with open(unfinished, "wb", opener=_private) as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def disk_mishaps(home: Path) -> Iterator[None]:
    """Says in one sentence what keeps files of `home` from being written."""
    try:
        yield
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        what = "the disk is full" if is_full else "this folder cannot be written"
        mend = "Make room there" if is_full else "Give yourself rights on it"
        raise OpKoersError(
            what,
            where=home,
            next_step=f"{mend}, or choose another with --home DIR",
            exit_code=ExitCode.DISK_FULL if is_full else ExitCode.NO_RIGHTS,
        ) from None


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, mode=0o600)


def _refuse_real_home(home: Path) -> None:
    settings = home / "opkoers.toml"
    in_use = settings.exists() or any((home / "inbox").glob("*")) or (home / "archive").exists()
    if in_use and not _is_simulated(settings):
        raise OpKoersError(
            "this home is in use and is not a simulated one",
            where=home,
            next_step="Choose an empty folder for the demo with --home DIR",
            exit_code=ExitCode.USAGE,
        )


def _is_simulated(settings: Path) -> bool:
    try:
        written = tomllib.loads(settings.read_text(encoding="utf-8"))
        return written["service"]["simulated"] is True
    except (OSError, ValueError, KeyError, TypeError):
        return False
