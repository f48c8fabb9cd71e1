"""logs/opkoers.log: what happened and when; counts and names of files, never a value."""

import logging
import logging.handlers
import os
import sys
from pathlib import Path

LARGEST = 5_000_000
KEPT = 8


def log_to(home: Path) -> None:
    """Write everything under the logger 'opkoers' to the home's log, private and rotated.

    OPKOERS_LOG_LEVEL sets the level (INFO by default).
    """
    (home / "logs").mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = logging.handlers.RotatingFileHandler(
        home / "logs" / "opkoers.log", maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("opkoers")
    for old in list(logger.handlers):
        logger.removeHandler(old)
        old.close()
    logger.addHandler(handler)
    logger.setLevel(os.environ.get("OPKOERS_LOG_LEVEL", "INFO").upper())
    logger.propagate = False


def show_steps() -> None:
    """Also print each finished step on the screen, once however often this is asked."""
    screen = logging.StreamHandler(sys.stdout)
    screen.setFormatter(logging.Formatter("%(message)s"))
    logging.getLogger("opkoers.steps").handlers = [screen]
