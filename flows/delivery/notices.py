"""Mail to who runs Op koers: a run failed or was cut short, or none finished for a week."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboards.drawing.formats import iso_week, moment
from dashboards.drawing.letter import Letter, failure_letter, silence_letter
from flows.delivery import memory
from flows.delivery.memory import Item, State
from flows.delivery.posting import post
from flows.errors import OpKoersError
from flows.last_run import KINDS, LastRun, days_since_last_run, last_runs
from flows.mishaps import told_as_sentence
from flows.settings import Settings

log = logging.getLogger("opkoers.delivery")

# The weekly run may be a day late before anybody is told.
DAYS_WITHOUT_RUN = 8


@contextmanager
def operator_told(settings: Settings) -> Iterator[None]:
    """Whoever runs Op koers is mailed what is wrong, once the work inside is done or failed."""
    try:
        yield
    finally:
        try:
            with told_as_sentence():
                tell_operator(settings)
        except OpKoersError as error:
            log.warning("%s", error.sentence())


def tell_operator(settings: Settings) -> int:
    """Mail what is wrong now to `[mail] operator`; how many mails. Each trouble once a day, and
    silence once a week. What cannot be mailed is in the log, and is tried again next time.

    To be called while holding the home's lock, so that a run that did not end was cut short.
    """
    if not (settings.mail.host and settings.mail.operator):
        return 0
    with memory.opened(settings.deliveries) as kept:
        known = kept.everything()
        letters = {
            item: letter
            for item, letter in _troubles(settings)
            if item not in known or known[item].state not in (State.SENT, State.GIVEN_UP)
        }
        done, mistakes = post(letters, settings, kept)
    for mistake in mistakes:
        log.warning("%s", mistake.sentence())
    return sum(state is State.SENT for state in done.values())


def _troubles(settings: Settings) -> Iterator[tuple[Item, Letter]]:
    language = settings.service.language
    runs = last_runs(settings)
    for kind in KINDS:
        run = runs.get(kind)
        if run is not None and not run.went_well:
            item = _item(settings, f"{kind} failed", f"{_local(settings, run):%Y-%m-%d}")
            started = moment(_local(settings, run), language)
            yield item, failure_letter(started, run.exit_code, language=language)
    days = days_since_last_run(settings)
    if days is not None and days > DAYS_WITHOUT_RUN:
        item = _item(settings, "silence", iso_week(settings.today()))
        yield item, silence_letter(days, language=language)


def _local(settings: Settings, run: LastRun) -> datetime:
    return run.started_at.astimezone(ZoneInfo(settings.service.timezone))


def _item(settings: Settings, what: str, period: str) -> Item:
    return Item("mail", settings.mail.operator, what, "", period, 1, settings.service.language)
