"""The one shape of every error a person can mend."""

from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """What `opkoers` hands back to the shell; one number per cause, never reused."""

    OK = 0
    BUG = 1
    USAGE = 2
    NO_HOME = 10
    SETTINGS = 11
    INSTRUMENT = 12
    SOURCE = 13
    NO_SOURCE_MATCHES = 20
    UNKNOWN_COLUMN = 21
    WRONG_DELIMITER = 22
    EMPTY_FILE = 23
    UNREADABLE_FILE = 24
    HELD_BACK = 25
    NO_RIGHTS = 30
    DISK_FULL = 31
    RUN_IN_PROGRESS = 32
    CHECKS_STOPPED_PUBLISHING = 40
    NOTHING_PUBLISHED = 41
    UNKNOWN_TABLE = 42
    REPORT = 43
    DELIVERY = 44
    PRUNE = 45
    SCHEDULE = 46
    NOT_THE_SAME = 47
    ACCOUNT = 50
    JOURNAL = 51
    SEAL_BROKEN = 52
    BACKUP = 53
    FORMULA = 60
    NO_FIT = 61
    NO_CHART = 62


class OpKoersError(Exception):
    """A mistake or mishap that a person can mend: what, where, what to do next.

    `where` names a file (and line), never what stood there: patient values
    do not enter errors.
    """

    def __init__(
        self,
        what: str,
        *,
        next_step: str,
        exit_code: ExitCode,
        where: str | Path | None = None,
        line: int | None = None,
    ) -> None:
        self.what = what
        self.next_step = next_step
        self.exit_code = exit_code
        self.where = None if where is None else str(where)
        self.line = line
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """`<where>, line <n>: <what>. <next step>.` on one line."""
        place = ""
        if self.where is not None:
            place = self.where if self.line is None else f"{self.where}, line {self.line}"
            place += ": "
        return f"{place}{self.what}. {self.next_step}."
