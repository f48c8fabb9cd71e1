"""What goes wrong outside our hands, told as a sentence; never with a value in it."""

import errno
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from flows.errors import ExitCode, OpKoersError
from flows.instruments import InstrumentError
from flows.settings import SettingsError

log = logging.getLogger("opkoers")

FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
NO_RIGHTS = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def told_as_sentence() -> Iterator[None]:
    """Turn every exception into an OpKoersError.

    What we did not foresee is logged as a list of places in our code without
    its message: DuckDB and others quote the value they stumbled over.
    """
    try:
        yield
    except (OpKoersError, BrokenPipeError):  # nobody reads on: the command line ends quietly
        raise
    except SettingsError as error:
        raise _from_text(error, ExitCode.SETTINGS) from None
    except InstrumentError as error:
        raise _from_text(error, ExitCode.INSTRUMENT) from None
    except Exception as error:
        raise _from_mishap(error) from None


def _from_text(error: Exception, exit_code: ExitCode) -> OpKoersError:
    """These two already say where, what and what to do, in two sentences."""
    what, _, next_step = str(error).rstrip(".").rpartition(". ")
    return OpKoersError(what, next_step=next_step, exit_code=exit_code)


def _from_mishap(error: Exception) -> OpKoersError:
    if _is_full(error):
        return OpKoersError(
            "the disk is full, or this account may write no more",
            where=getattr(error, "filename", None),
            next_step="Make room and run again: nothing was half-landed and the last report stands",
            exit_code=ExitCode.DISK_FULL,
        )
    if isinstance(error, OSError) and error.errno in NO_RIGHTS:
        return OpKoersError(
            "no rights to read or write here",
            where=error.filename,
            next_step="Give the account that runs opkoers these rights, and run again",
            exit_code=ExitCode.NO_RIGHTS,
        )
    places = [f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in _frames(error)]
    log.error("unforeseen %s at %s", type(error).__name__, " < ".join(reversed(places)))
    return OpKoersError(
        f"something went wrong that Op koers did not foresee ({type(error).__name__})",
        next_step="The log names the place in the program; send that line to its makers",
        exit_code=ExitCode.BUG,
    )


def _is_full(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in FULL
    words = ("no space left", "file too large", "could not write", "disk quota")
    is_duckdb = isinstance(error, duckdb.Error)
    return is_duckdb and any(word in str(error).lower() for word in words)


def _frames(error: Exception) -> traceback.StackSummary:
    return traceback.extract_tb(error.__traceback__)
