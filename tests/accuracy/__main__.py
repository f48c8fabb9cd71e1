"""`make accuracy`: how right signals and predictions are, printed and in README with the date."""

import io
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import date
from pathlib import Path

from tests.accuracy import prediction, signals

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- accuracy:begin -->", "<!-- accuracy:end -->"


def main() -> int:
    """Write the block; without reference data only print, for README would lose half of it."""
    printed = said_by(signals.main) + "\n" + said_by(prediction.main).strip("\n")
    if prediction.reference_folder() is None:
        return 0
    readme = README.read_text(encoding="utf-8")
    README.write_text(with_block(readme, printed, date.today()), encoding="utf-8")
    return 0


def said_by(command: Callable[[], None]) -> str:
    """What a command printed, shown on the screen as well."""
    heard = io.StringIO()
    with redirect_stdout(heard):
        command()
    print(heard.getvalue())
    return heard.getvalue()


def with_block(readme: str, printed: str, day: date) -> str:
    """The README with the figures of that day between the two marks."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\nMeasured on {day}.\n\n```\n{printed}\n```\n{END}{after}"


if __name__ == "__main__":
    sys.exit(main())
