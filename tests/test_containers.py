"""Containerfile and compose.yaml: what they name is there. (No container is built here.)"""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.cli import _parser
from flows.settings import _File

ROOT = Path(__file__).parent.parent


def instructions() -> list[tuple[str, str]]:
    """(instruction, rest) of the Containerfile, continued lines joined."""
    text = (ROOT / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return told


def test_everything_that_is_copied_is_there_and_everything_needed_is_copied() -> None:
    copied = [
        name for word, rest in instructions() if word == "COPY" for name in (rest.split()[:-1])
    ]
    assert all((ROOT / name).exists() for name in copied)
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (rooms,) = re.findall(r"^include = (.*)$", project, re.M)
    assert {name.strip('*" ') for name in rooms.strip("[]").split(",")} <= set(copied)
    assert {"sql", "requirements.lock", "README.md"} <= set(copied)
    assert "tests" not in copied


def test_it_installs_as_the_makefile_does() -> None:
    (run,) = [rest for word, rest in instructions() if word == "RUN" and "pip" in rest]
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    for options in re.findall(r"pip install --quiet([^\n]*)$", made, re.M):
        wanted = set(shlex.split(options)) - {"--disable-pip-version-check"}
        assert wanted <= set(shlex.split(run)), options


def test_it_runs_as_an_account_without_rights() -> None:
    order = [word for word, _ in instructions()]
    assert dict(instructions())["USER"] == "opkoers"
    assert order.index("USER") < order.index("ENTRYPOINT")


def test_each_service_runs_a_command_that_there_is(compose: dict[str, Any]) -> None:
    assert dict(instructions())["ENTRYPOINT"] == '["opkoers"]'
    for name in ("schedule", "pages"):
        chosen = _parser().parse_args(compose["services"][name]["command"])
        assert callable(chosen.command)
        assert compose["services"][name]["build"]["dockerfile"] == "Containerfile"


def test_each_setting_in_the_environment_is_one(compose: dict[str, Any]) -> None:
    known = {
        f"OPKOERS_{section}_{key}".upper()
        for section, field in _File.model_fields.items()
        if hasattr(field.annotation, "model_fields")
        for key in getattr(field.annotation, "model_fields", {})
    } | {"OPKOERS_JOURNAL_PASSWORD", "OPKOERS_SERVE_ADDRESS"}
    for name in ("schedule", "pages"):
        ours = {key for key in compose["services"][name]["environment"] if "OPKOERS" in key}
        assert ours <= known


def test_prefect_knows_its_settings_for_postgresql(compose: dict[str, Any]) -> None:
    from prefect.settings.models.server.database import ServerDatabaseSettings

    told = compose["services"]["schedule"]["environment"]
    asked = [key for key in told if key.startswith("PREFECT_")]
    fields = {
        f"PREFECT_SERVER_DATABASE_{name.upper()}" for name in ServerDatabaseSettings.model_fields
    }
    assert len(asked) == 6
    assert set(asked) <= fields


def test_no_password_stands_in_it_and_nothing_but_the_pages_is_reached(
    compose: dict[str, Any],
) -> None:
    services = compose["services"]
    for service in services.values():
        for key, value in service.get("environment", {}).items():
            assert "PASSWORD" not in key or re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), key
    ports = {name: service.get("ports") for name, service in services.items()}
    assert ports == {"database": None, "schedule": None, "pages": ["127.0.0.1:8000:8000"]}


def test_volumes_and_configs_that_are_named_are_there(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for mount in service["volumes"]:
            assert mount.partition(":")[0] in compose["volumes"]
        for config in service.get("configs", []):
            assert config["source"] in compose["configs"]
    assert "VOLUME" in dict(instructions())
