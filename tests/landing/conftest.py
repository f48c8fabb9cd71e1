"""A home for each test."""

from pathlib import Path

import pytest

from tests.landing.homes import LandingHome, new_home


@pytest.fixture
def home(tmp_path: Path) -> LandingHome:
    return new_home(tmp_path / "home")
