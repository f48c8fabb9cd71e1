"""Many messages over one server, with patience: what hangs for one does not keep the others."""

import time
from collections.abc import Mapping

from dashboards.drawing.letter import Letter
from flows.delivery.memory import Item, Memory, State
from flows.delivery.message import message_of
from flows.delivery.server import OutOfReachError, connected, send
from flows.errors import ExitCode, OpKoersError
from flows.settings import Settings

HANGS_FOR_ALL = 3


def post(
    letters: Mapping[Item, Letter], settings: Settings, memory: Memory
) -> tuple[dict[Item, State], tuple[OpKoersError, ...]]:
    """What became of each letter, as `memory` now knows too, and what a person must mend.

    Rounds of all that is left, each after twice the time of the one before. A letter that a
    server puts off or refuses is not tried again in this run.
    """
    done: dict[Item, State] = {}
    for attempt in range(settings.mail.tries):
        left = {item: letter for item, letter in letters.items() if item not in done}
        if not left:
            break
        if attempt:
            time.sleep(settings.mail.wait_seconds * 2 ** (attempt - 1))
        try:
            _round(left, settings, memory, done)
        except OpKoersError as error:
            return done, (error,)
    unsent = len(letters) - len(done)
    return done, (_unreached(settings, unsent),) if unsent else ()


def _round(
    letters: Mapping[Item, Letter], settings: Settings, memory: Memory, done: dict[Item, State]
) -> None:
    """Each letter once, connecting anew where the server hung up; `done` gets what is done.

    After some letters in a row that the server hung up on, the others wait for the next round.
    """
    waiting = list(letters)
    hung_up = 0
    while waiting and hung_up < HANGS_FOR_ALL:
        try:
            with connected(settings.mail, settings.mail_password) as server:
                while waiting:
                    item = waiting.pop(0)
                    memory.begin(item)
                    message = message_of(item, letters[item], settings.mail.sender)
                    done[item] = send(server, message)
                    memory.end(item, done[item])
                    hung_up = 0
        except OutOfReachError:
            hung_up += 1


def _unreached(settings: Settings, unsent: int) -> OpKoersError:
    return OpKoersError(
        f"{unsent} mails could not be handed over: the server is out of reach, hangs or hangs up",
        where=f"mail server {settings.mail.host}:{settings.mail.port}",
        next_step="They are tried again by the next run, or now by `opkoers deliver`",
        exit_code=ExitCode.DELIVERY,
    )
