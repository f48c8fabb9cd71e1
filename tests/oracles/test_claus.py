"""The example of cs_combined() in the R package, from its own file through a whole run.

43 inpatients, BDI-II, reliability .801, functional mean 7.69 and SD 7.52, cut-off c: 10 recovered,
8 improved, 22 unchanged, nobody deteriorated (3 were not measured at the end). The package takes
mean and SD from the sample, so the home has local values in force.
"""

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.home import make_home
from tests.conftest import run_once
from tests.publishing.pdf import text_of

SOURCE = """
match = "claus_*.csv"
format = "csv"
clinic_id = { value = "claus" }
patient_id = { column = "id" }
session_no = { column = "time" }
measured_at = { sessions_since = 2020-01-06, days_per_session = 7 }
[[measure]]
instrument = "bdi-ii"
scale = "total"
column = "bdi"
"""
CONSTANT = """
[scale.{name}]
value = {value}
source = "example of cs_combined() in clinicalsignificance"
population = "as in that example"
evidence = "VC"
"""
OWN = """
id = "bdi-ii"
extends = "bdi-ii"
[[scale]]
id = "total"
""" + "".join(
    CONSTANT.format(name=name, value=value)
    for name, value in (
        ("reliability", '0.801\nkind = "not stated"'),
        ("functional_mean", 7.69),
        ("functional_sd", 7.52),
    )
)
SETTINGS = '[change]\nvalues = "local"\nminimum_intakes = 40\n'


@pytest.fixture(scope="module")
def home(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the instrument overridden, run once on the package's own file."""
    home = tmp_path_factory.mktemp("claus") / "home"
    make_home(home)
    shutil.copy(
        reference / "data" / "clinicalsignificance" / "claus_2020.csv",
        home / "inbox" / "claus_2020.csv",
    )
    (home / "sources" / "claus.toml").write_text(SOURCE)
    (home / "instruments").mkdir(exist_ok=True)
    (home / "instruments" / "bdi-ii.toml").write_text(OWN)
    (home / "opkoers.toml").write_text(f"layout_version = 1\n{SETTINGS}")
    run_once(home)
    return home


def _rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    snapshot = (home / "published" / "current").resolve()
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_the_published_counts(home: Path) -> None:
    counts = _rows(home, "select class, count(*) from change where method = 'JT' group by 1")
    assert dict(counts) == {"recovered": 10, "improved": 8, "unchanged": 22}


def test_the_cutoff_stands_with_its_interval_and_its_constants(home: Path) -> None:
    """(8.45 x 7.69 + 7.52 x 35.19) / (8.45 + 7.52) = 20.64, from 43 intakes."""
    ((scope, kind, rule, cutoff, lower, upper, intakes, definition),) = _rows(
        home,
        """
        select scope, cutoff_kind, cutoff_rule, round(cutoff, 2), round(cutoff_lower, 1),
            round(cutoff_upper, 1), intakes, definition
        from yardstick where method = 'JT'
        """,
    )
    assert (scope, kind, rule, cutoff, intakes) == ("local", "c", ">", 20.64, 43)
    assert (lower, upper) == (18.8, 22.4)
    assert "reliability 0.801" in str(definition)
    assert "functional M 7.69, functional SD 7.52" in str(definition)


def test_the_report_says_whose_values_these_are(home: Path) -> None:
    """With their interval, and without any published one beside them."""
    assert _rows(home, "select origin from instrument where instrument = 'bdi-ii'") == [("home",)]
    (report,) = (home / "reports").rglob("report.nl.pdf")
    text = text_of(report)
    assert "> 10,45 [8,41; 12,49]" in text
    assert "> 20,64 [18,83; 22,45]" in text
    assert "berekend uit 43 eigen intakes (Jacobson & Truax, 1991), met een 95 %-interval" in text
