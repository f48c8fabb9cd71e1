"""Pages start quickly: what makes data is not imported to show them."""

import os
import subprocess
import sys
from pathlib import Path

HEAVY = ("prefect", "great_expectations", "scipy", "sqlalchemy", "pyarrow", "typst", "duckdb")
SHOW = f"""
import django
django.setup()
import dashboards.urls, dashboards.wsgi, sys
print(sorted(set({HEAVY!r}) & set(sys.modules)))
print(sorted(name for name in sys.modules if name.startswith("flows.")))
"""


def test_pages_import_only_settings_from_the_room_that_makes(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        env={
            **os.environ,
            "OPKOERS_HOME": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "dashboards.settings",
        },
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )

    assert done.stdout.split("\n")[:2] == ["[]", "['flows.settings']"]
