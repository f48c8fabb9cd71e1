"""`make reference`: the table of flows/landing/README.md anew, from the reference data."""

import os
import sys
from pathlib import Path

from tests.reference.table import README, Landed, read_all, table, with_table


def main() -> int:
    """Write the table; 1 where there is no reference data."""
    folder = os.environ.get("OPKOERS_REFERENCE")
    if not folder or not (Path(folder) / "data").is_dir():
        print("Set OPKOERS_REFERENCE to the folder that holds data/.", file=sys.stderr)
        return 1
    rows = []
    for row in read_all(Path(folder) / "data"):
        print(f"{'landed ' if isinstance(row, Landed) else 'refused'} {row.file}")
        rows.append(row)
    readme = README.read_text(encoding="utf-8")
    README.write_text(with_table(readme, table(rows)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
