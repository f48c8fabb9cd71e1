"""Two synthetic homes, made once: a small one and one of the usual size."""

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.demo import DemoSummary, write_demo

DELIMITERS = {"noord": ";", "midden": ",", "zuid": "\t"}


@dataclass(frozen=True)
class Demo:
    """A synthetic home as a reader from outside sees it."""

    home: Path
    summary: DemoSummary

    def export(self, clinic: str) -> Path:
        return self.home / "inbox" / f"{clinic}_2026-11-16.csv"

    def records(self, clinic: str) -> dict[int, dict[str, str]]:
        """Records of a clinic's export by physical line."""
        with self.export(clinic).open(encoding="utf-8-sig", newline="") as file:
            return dict(enumerate(csv.DictReader(file, delimiter=DELIMITERS[clinic]), start=2))

    def truth(self, name: str) -> list[dict[str, str]]:
        with (self.home / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def planted_lines(self, clinic: str) -> set[int]:
        file = self.export(clinic).name
        return {int(row["line"]) for row in self.truth("planted_errors") if row["file"] == file}

    def clean(self, clinic: str) -> list[dict[str, str]]:
        """Records of a clinic's export in which no error was planted."""
        planted = self.planted_lines(clinic)
        return [row for line, row in self.records(clinic).items() if line not in planted]


def make_demo(home: Path, patients: int, seed: int = 20261116) -> Demo:
    return Demo(home, write_demo(home, patients=patients, seed=seed))


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """300 patients."""
    return make_demo(tmp_path_factory.mktemp("small") / "home", 300)


@pytest.fixture(scope="session")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """3,000 patients, in two chunks."""
    return make_demo(tmp_path_factory.mktemp("usual") / "home", 3000)
