"""The rules of the house, held over the tree as it stands."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Set
from pathlib import Path

import pytest

from flows.station import prove_order
from flows.warehouse import PYTHON_STATIONS, all_stations, main_lane, therapist_lane

ROOT = Path(__file__).parent.parent
ROOMS = ("flows", "sql", "expectations", "dashboards", "tests")
TOOL_FILES = {
    "pyproject.toml",
    "README.md",
    "Makefile",
    "requirements.lock",
    "LICENSE",
    "CHANGELOG.md",
    ".gitignore",
    ".ci",
    "Containerfile",
    "compose.yaml",
}
CODE_ROOMS = ("flows", "expectations", "dashboards")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607
        cwd=ROOT, capture_output=True, check=True, text=True,
    )  # fmt: skip
    return [Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def modules(*rooms: str) -> Iterator[Path]:
    return (file for room in rooms for file in sorted((ROOT / room).rglob("*.py")))


def imports(file: Path) -> set[str]:
    """Full dotted names that a module imports, at its top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def importers(room: str, package: str) -> set[str]:
    """Modules of a room that import a package, as paths from the root."""
    return {
        str(file.relative_to(ROOT))
        for file in modules(room)
        if any(name == package or name.startswith(f"{package}.") for name in imports(file))
    }


def test_nothing_else_stands_at_the_top() -> None:
    top = {file.parts[0] for file in tracked()}
    assert top <= set(ROOMS) | TOOL_FILES


@pytest.mark.parametrize("room", [*ROOMS, "flows/landing", "flows/instruments"])
def test_each_room_says_what_belongs_there(room: str) -> None:
    text = (ROOT / room / "README.md").read_text(encoding="utf-8")
    for heading in ("What belongs here", "What does not", "How to add"):
        assert heading in text, f"{room}/README.md has no part '{heading}'"


def test_only_weekly_imports_prefect() -> None:
    assert importers("flows", "prefect") == {"flows/weekly.py"}
    assert not importers("dashboards", "prefect") | importers("expectations", "prefect")


def test_only_checks_imports_great_expectations() -> None:
    assert importers("flows", "great_expectations") == {"flows/checks.py"}
    assert not importers("dashboards", "great_expectations")


def test_only_the_command_line_starts_django() -> None:
    assert importers("flows", "django") == {"flows/cli.py"}


def test_flows_takes_only_drawing_from_dashboards() -> None:
    for file in modules("flows"):
        foreign = {name for name in imports(file) if name.split(".")[0] == "dashboards"}
        assert all(name.startswith("dashboards.drawing") for name in foreign), file


def test_dashboards_takes_only_settings_from_flows() -> None:
    for file in modules("dashboards"):
        foreign = {name for name in imports(file) if name.split(".")[0] == "flows"}
        assert all(name.startswith("flows.settings") for name in foreign), file


def test_who_is_who_is_read_by_one_door_of_the_pages_alone() -> None:
    """Landing writes the pairs, a backup copies the file, a therapist's search asks one number.

    Forgetting a patient looks for one pair, and destroys it. The export back to the clinic's
    own record system names patients as that system does.
    """
    opens = re.compile(r"\.identity\b|identity\.sqlite3")
    found = {
        str(file.relative_to(ROOT))
        for file in modules(*CODE_ROOMS)
        if opens.search(file.read_text(encoding="utf-8"))
        and "dashboards.identity" not in imports(file)
    }
    assert found == {
        "flows/settings.py",
        "flows/landing/filing.py",
        "flows/landing/pseudonyms.py",
        "flows/forgetting/command.py",
        "flows/forgetting/finish.py",
        "flows/backup.py",
        "flows/publishing/fhir_export.py",
        "dashboards/identity.py",
    }
    askers = importers("dashboards", "dashboards.identity.pseudonyms_of")
    assert len(askers) <= 1
    assert all(asker.startswith("dashboards/pages/") for asker in askers)
    assert not importers("flows", "dashboards.identity")


def test_drawing_knows_no_django_no_database_and_nothing_of_ours() -> None:
    for file in modules("dashboards/drawing"):
        for name in imports(file):
            first = name.split(".")[0]
            assert first not in ("django", "duckdb", "sqlite3", "flows", "expectations"), file
            assert first != "dashboards" or name.startswith("dashboards.drawing"), file


def test_expectations_import_nothing_of_ours_but_each_other() -> None:
    for file in modules("expectations"):
        for name in imports(file):
            assert name.split(".")[0] not in ("flows", "dashboards", "tests"), file


def test_instruments_import_nothing_of_ours() -> None:
    for file in modules("flows/instruments"):
        for name in imports(file):
            assert not name.startswith("flows.") or name.startswith("flows.instruments"), file
            assert name.split(".")[0] not in ("dashboards", "expectations", "duckdb"), file


def test_statistics_know_no_file_database_clock_or_room() -> None:
    forbidden = {"pathlib", "os", "io", "duckdb", "sqlite3", "datetime", "time", "pandas"}
    for file in modules("flows/statistics"):
        for name in imports(file):
            assert name.split(".")[0] not in forbidden, f"{file} imports {name}"
            assert not name.startswith("flows.") or name.startswith("flows.statistics"), file


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Also not inside a function: of two that need each other, neither is a part of its own."""
    known = {".".join(_dotted(file)): file for file in modules(*CODE_ROOMS)}
    needs = {name: _needed(file, known.keys()) - {name} for name, file in known.items()}
    while alone := {name for name, needed in needs.items() if not needed}:
        needs = {name: needed - alone for name, needed in needs.items() if name not in alone}
    # What is left stands in a circle, or needs one that does.
    wanted = set().union(*needs.values())
    assert not {name: sorted(needed) for name, needed in needs.items() if name in wanted}


def _needed(file: Path, known: Set[str]) -> set[str]:
    """Modules of ours that one imports; of a package, the module that it takes from there."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= named & known or {node.module}
    return found & known


def _dotted(file: Path) -> tuple[str, ...]:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def test_nothing_imports_tests_and_there_are_no_grab_bags() -> None:
    for room in CODE_ROOMS:
        assert not importers(room, "tests")
    names = {part for file in tracked() for part in (*file.parts[:-1], file.stem)}
    assert not names & {"utils", "util", "helpers", "helper", "common", "misc", "managers"}


def test_stations_read_only_lower_numbers() -> None:
    prove_order(all_stations())
    numbers = [station.number for station in all_stations()]
    assert len(numbers) == len(set(numbers))
    lanes = (*main_lane(100, 599), *therapist_lane())
    assert sorted(station.number for station in lanes) == sorted(numbers)
    assert {station.make.__module__ for station in PYTHON_STATIONS} <= {
        f"flows.stations.{file.stem}" for file in modules("flows/stations")
    }


def test_every_checked_table_is_written_by_a_station() -> None:
    written = {table for station in all_stations() for table in station.writes}
    suites = {file.stem for file in modules("expectations")} - {"__init__", "guard"}
    assert suites <= written
    core_and_later = {s.writes[0] for s in all_stations() if s.number >= 310 and s.kind == "table"}
    assert core_and_later <= suites, "a table of layer 3xx-5xx has no suite"


def test_clinical_numbers_stand_in_instrument_files_only() -> None:
    """Cut-offs and reliable-change points with decimals are rare enough to be found anywhere."""
    rare = {"14.29", "8.46", "5.20", "3.53"}
    for file in tracked():
        if file.parts[0] in ("flows", "sql", "expectations", "dashboards") and file.suffix in (
            ".py", ".sql", ".html", ".typ",
        ):  # fmt: skip
            found = set(re.findall(r"\d+\.\d+", (ROOT / file).read_text(encoding="utf-8"))) & rare
            assert not found, f"{file} repeats {found}"


def test_no_address_of_a_registry_and_no_path_of_a_machine() -> None:
    written = re.compile(r"pypi\.org|pythonhosted|registry\.npm|--index-url|/home/\w+/|/root/")
    for file in tracked():
        if file == Path("tests/test_house.py") or file.suffix in (".png", ".pdf"):
            continue
        assert not written.search((ROOT / file).read_text(encoding="utf-8")), file


def test_the_lock_has_hashes_and_every_dependency() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {re.sub(r"\[.*\]", "", n) for n in re.findall(r"^([a-z0-9._\[\],-]+)==", lock, re.M)}
    assert lock.count("--hash=sha256:") > len(locked)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    for requirement in asked:
        name = re.split(r"[><=\[]", requirement)[0]
        assert name in locked, f"{name} is not in requirements.lock"


def test_help_and_pages_import_nothing_heavy() -> None:
    watch = (
        "import sys\n"
        "try:\n    import flows.cli; flows.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'prefect', 'great_expectations', 'scipy', 'pandas', 'django', 'duckdb'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", watch], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert "LOADED []" in done.stdout


def test_no_function_is_very_long() -> None:
    """A bound that only goes down; most are about ten lines."""
    lengths = [
        ((node.end_lineno or 0) - node.lineno + 1, f"{file}:{node.name}")
        for file in modules(*CODE_ROOMS)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    lengths.sort()
    assert lengths[len(lengths) // 2][0] <= 12
    # _series of the alert station is one query; suites are data.
    longest = [entry for entry in lengths if entry[0] > 120 and ":suite" not in entry[1]]
    assert not longest
