"""What becomes of each file of the reference data, as the table of flows/landing/README.md."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from flows.errors import OpKoersError
from flows.instruments import load_instruments
from flows.landing.archive import Receipt
from flows.landing.formats import FORMATS
from flows.landing.guess.guessing import Guess, guess
from flows.landing.guess.trial import Trial, try_out
from flows.settings import load_settings
from tests.reference.edits import EDITS, edited

README = Path(__file__).parents[2] / "flows" / "landing" / "README.md"
BEGIN, END = "<!-- reference:begin -->", "<!-- reference:end -->"


@dataclass(frozen=True)
class Landed:
    """A file that holds measurements, its receipt, and how many lines of its source were edited."""

    file: str
    format: str
    receipt: Receipt
    edits: int


@dataclass(frozen=True)
class Refused:
    """A file that holds none, and the sentence that says what it is."""

    file: str
    sentence: str


def read_all(data: Path) -> Iterator[Landed | Refused]:
    """Guess, edit and land every file below a folder, in the order of their names."""
    for file in sorted(each for each in data.rglob("*") if each.is_file()):
        yield _read(file, file.relative_to(data).as_posix())


def _read(file: Path, name: str) -> Landed | Refused:
    try:
        guessed = guess(file)
    except OpKoersError as error:
        return Refused(name, f"{error.what}. {error.next_step}.")
    edits = EDITS.get(name, ())
    trial = _land(guessed, file, name) if edits else guessed.trial
    if trial.error is not None or trial.receipt is None:
        raise AssertionError(f"{name} does not land: {trial.error}")
    told = tomllib.loads(guessed.source)["format"]
    return Landed(name, FORMATS[told].title, trial.receipt, len(edits))


def _land(guessed: Guess, file: Path, name: str) -> Trial:
    source = edited(guessed.source, name)
    with TemporaryDirectory() as folder:
        settings = load_settings(Path(folder) / "home")
        return try_out(source, file, file.name, guessed.companions, settings, load_instruments())


def table(rows: Iterable[Landed | Refused]) -> str:
    """Both tables as Markdown."""
    found = list(rows)
    landed = [_landed_line(row) for row in found if isinstance(row, Landed)]
    refused = [_line(row.file, row.sentence) for row in found if isinstance(row, Refused)]
    return "\n".join(
        (
            _line("file", "format", "records in", "landed", "duplicate", "rejected: error",
                  "rejected: conflict", "rejected: by rule", "edited lines"),
            "|---|---|--:|--:|--:|--:|--:|--:|--:|",
            *landed,
            "",
            _line("refused file", "what is said of it"),
            "|---|---|",
            *refused,
        )
    )  # fmt: skip


def _landed_line(row: Landed) -> str:
    receipt = row.receipt
    counts = (
        receipt.rows_in,
        receipt.landed,
        receipt.duplicate,
        receipt.rejected_error,
        receipt.rejected_conflict,
        receipt.rejected_by_rule,
    )
    return _line(row.file, row.format, *(f"{count:,}" for count in counts), str(row.edits))


def _line(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', ' ') for cell in cells)} |"


def in_readme(readme: str) -> str:
    """What stands between the marks of a README."""
    _, _, behind = readme.partition(BEGIN)
    inside, end, _ = behind.partition(END)
    assert end, f"{README} has lost its marks"
    return inside.strip("\n")


def with_table(readme: str, text: str) -> str:
    """A README with another table between its marks."""
    before, _, behind = readme.partition(BEGIN)
    _, _, after = behind.partition(END)
    return f"{before}{BEGIN}\n{text}\n{END}{after}"
