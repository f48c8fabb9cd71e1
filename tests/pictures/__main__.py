"""make pictures: the first page of a demo report, in both languages."""

import tempfile
from pathlib import Path

from flows import run
from flows.demo import write_demo
from flows.home import locked
from flows.publishing.report import render_page_png

FOLDER = Path(__file__).parent
CLINIC = "noord"


def main() -> None:
    """Write report.nl.png and report.en.png beside this file."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        write_demo(home)
        with locked(home):
            plan = run.plan_run(home)
            for step in run.STEPS[:-1]:
                step(plan)
        snapshot = (home / "published" / "current").resolve()
        for language in ("nl", "en"):
            target = FOLDER / f"report.{language}.png"
            target.write_bytes(render_page_png(snapshot, CLINIC, language, 1))
            print(target.relative_to(FOLDER.parent.parent))


if __name__ == "__main__":
    main()
