"""Log lines without values: what happened and where in our code, never to whom."""

import logging
import traceback
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

OWN = str(Path(__file__).parent)

_ExcInfo: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


class ValueFreeFormatter(logging.Formatter):
    """`time level logger: what`, then the exception's type and where it was.

    What: for a request its status and the name of its route, else the message's template.
    Arguments of a message (paths, ids) and texts of exceptions (which may quote a row)
    are left out: both can hold patient values.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record)} {record.levelname} {record.name}: {_what(record)}"
        if record.exc_info:
            line += f"\n{_exception(record.exc_info)}"
        return line


def _exception(raised: _ExcInfo) -> str:
    kind, _, trace = raised
    name = "no exception" if kind is None else kind.__name__
    return "\n".join([name, *(f"  {frame}" for frame in _frames(trace))])


def _what(record: logging.LogRecord) -> str:
    status = getattr(record, "status_code", None)
    if status is None:
        return str(record.msg)
    match = getattr(getattr(record, "request", None), "resolver_match", None)
    return f"{status} on route {match.view_name if match else '(none)'}"


def _frames(trace: TracebackType | None) -> list[str]:
    """Our own frames, and the last one whosever it is."""
    frames = traceback.extract_tb(trace)
    told = [f for f in frames if f.filename.startswith(OWN) or f is frames[-1]]
    return [f"{f.filename}:{f.lineno} in {f.name}" for f in told]
