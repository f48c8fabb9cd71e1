"""Rows that were read from a snapshot, kept for who asks the same again.

A snapshot never changes, so neither does an answer. What was asked is the whole key: the query
with all its parameters, the viewer's limits among them, so that nobody is given rows that were
read for somebody with other limits. What a page makes of rows is kept with them.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

Made = TypeVar("Made")

# Of a process, for one snapshot: some 80 MB at most, as a value takes some 80 bytes with
# what was made of it. [D]
MOST_VALUES, MOST_VALUES_OF_ONE = 1_000_000, 150_000


@dataclass(frozen=True)
class Found:
    """Names of the columns, and the rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    _made: dict[Callable[..., Any], tuple[Any, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def size(self) -> int:
        """How many values there are; an answer without rows counts as one."""
        return max(1, len(self.columns) * len(self.rows))

    def as_dicts(self) -> list[dict[str, Any]]:
        """New dictionaries each time, so that no page changes what another is given."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def made(self, make: Callable[..., Made]) -> tuple[Made, ...]:
        """`make(**row)` of each row, made once: it must give what nobody can change."""
        if make not in self._made:
            self._made[make] = tuple(make(**row) for row in self.as_dicts())
        return self._made[make]


@dataclass
class KeptRows:
    """Found rows by what was asked; those asked longest ago go first."""

    _found: OrderedDict[str, Found] = field(default_factory=OrderedDict)
    _values: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, query: str, parameters: Mapping[str, Any], find: Callable[[], Found]) -> Found:
        """What is kept for this question, else what `find` finds now."""
        key = json.dumps([query, parameters], sort_keys=True, default=repr)
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        found = find()
        if found.size <= MOST_VALUES_OF_ONE:
            self._keep(key, found)
        return found

    def _keep(self, key: str, found: Found) -> None:
        with self._lock:
            if key in self._found:
                return
            self._found[key] = found
            self._values += found.size
            while self._values > MOST_VALUES:
                _key, oldest = self._found.popitem(last=False)
                self._values -= oldest.size
