"""Tables in memory beside a snapshot, laid as pages ask for them: by therapist and by patient.

Each is one SELECT in `queries/ready/`, made once for a snapshot in each process when a query first
names it as `ready.<name>`. They hold rows of everybody; which of them a viewer may see is said by
the query that reads them, as for the tables of the snapshot itself.
"""

import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

READY = Path(__file__).parent / "queries" / "ready"
# A page reads some tens of rows: the smallest blocks there are let it pass over all others.
ATTACH = "attach ':memory:' as ready (row_group_size 2048)"
# The tables of the snapshot go by their names alone.
USE = "use snapshot"
_NAMED = re.compile(r"\bready\.(\w+)")


@dataclass(frozen=True)
class ReadyTables:
    """Those of one snapshot; `connection` is to a database that has it attached, and `ready`."""

    connection: "duckdb.DuckDBPyConnection"
    _laid: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def lay(self, sql: str) -> None:
        """Make those that `sql` names and that are not there yet.

        Raises duckdb.Error when a table or column of the snapshot is missing or damaged.
        """
        missing = [name for name in _NAMED.findall(sql) if name not in self._laid]
        if missing:
            with self._lock:
                self._lay(missing)

    def lay_all(self) -> None:
        """Make all of them, as `lay` does."""
        for file in sorted(READY.glob("*.sql")):
            self.lay(f"ready.{file.stem}")

    def _lay(self, names: list[str]) -> None:
        """Those of them that no other thread made meanwhile."""
        for name in names:
            if name not in self._laid:
                select = (READY / f"{name}.sql").read_text("utf-8")
                with self.connection.cursor() as cursor:
                    cursor.execute(USE)
                    cursor.execute(f"create table ready.{name} as {select}")
                self._laid.add(name)
