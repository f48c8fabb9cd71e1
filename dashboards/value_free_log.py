"""Log lines without values: what happened and where in our code, never to whom."""

import logging
import traceback
from types import TracebackType
from typing import TypeAlias

_ExcInfo: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


class ValueFreeFormatter(logging.Formatter):
    """`time level logger: message template`, then the exception's type and frames.

    Arguments of a message (paths, ids) and texts of exceptions (which may quote a row)
    are left out: both can hold patient values.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record)} {record.levelname} {record.name}: {record.msg}"
        if record.exc_info:
            line += f"\n{self.formatException(record.exc_info)}"
        return line

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802
        kind, _, trace = ei
        name = "no exception" if kind is None else kind.__name__
        frames = traceback.extract_tb(trace)
        return "\n".join([name, *(f"  {f.filename}:{f.lineno} in {f.name}" for f in frames)])
