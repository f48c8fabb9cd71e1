"""Drawings and parts of pages kept for whoever asks for the same: they cost more than a query.

What was drawn is the whole key: every score, limit and word in it, the width and the language.
Who asked is not in it, and need not be: two people get the same picture only where the queries
gave both the same rows. A new snapshot empties it.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from django.utils.safestring import SafeString, mark_safe

from dashboards.warehouse import published_snapshot

# Of one process. [D]
MOST_SIGNS = 8_000_000

Key = tuple[str, tuple[Hashable, ...], tuple[tuple[str, Hashable], ...]]

_lock = threading.Lock()
_kept: OrderedDict[Key, SafeString] = OrderedDict()
_kept_of = ""
_signs = 0


def drawn_once(draw: Callable[..., str], *what: Hashable, **how: Hashable) -> SafeString:
    """What `draw(*what, **how)` gives, safe to print: drawings escape their own texts.

    Raises what `draw` raises, and WarehouseError when there is no snapshot to draw from.
    """
    key = (draw.__qualname__, what, tuple(sorted(how.items())))
    with _lock:
        _begin_anew(published_snapshot().file.name)
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    drawn = mark_safe(draw(*what, **how))  # noqa: S308 - its texts were escaped where it was drawn
    _keep(key, drawn)
    return drawn


def _begin_anew(snapshot: str) -> None:
    """Forget everything of another snapshot."""
    global _kept_of, _signs
    if snapshot != _kept_of:
        _kept.clear()
        _kept_of, _signs = snapshot, 0


def _keep(key: Key, drawn: SafeString) -> None:
    """Those asked longest ago go first."""
    global _signs
    with _lock:
        if key in _kept:
            return
        _kept[key] = drawn
        _signs += len(drawn)
        while _signs > MOST_SIGNS:
            _signs -= len(_kept.popitem(last=False)[1])
