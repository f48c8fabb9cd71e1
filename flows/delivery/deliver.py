"""Deliver what is due, remember it, and say in words what did not arrive."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.delivery import memory
from flows.delivery.drop import put
from flows.delivery.due import (
    critical_folders_due,
    critical_mails_due,
    folders_due,
    is_too_old,
    mails_due,
)
from flows.delivery.memory import Item, Memory, Remembered, State
from flows.delivery.message import critical_letter_of, letter_of
from flows.delivery.posting import post
from flows.delivery.reports import CriticalReport, Report, critical_reports_of, reports_of
from flows.errors import ExitCode, OpKoersError
from flows.settings import Settings


@dataclass(frozen=True)
class Delivered:
    """What was done, in words, and every delivery that failed as a sentence."""

    words: str
    mistakes: tuple[OpKoersError, ...]


def deliver(settings: Settings) -> Delivered:
    """Put what is due into folders and mail it; what fails is left for the next time.

    To be called while holding the home's lock. No failure keeps another delivery from going on.
    """
    if not (settings.mail.host or settings.delivery.folder or settings.delivery.folders):
        return Delivered("nobody asked for mail or a copy", ())
    reports, criticals = reports_of(settings), critical_reports_of(settings)
    if not reports and not criticals:
        return Delivered("no report to deliver", ())
    with memory.opened(settings.deliveries) as kept:
        put_down, folder_mistakes = _to_folders(settings, reports, criticals, kept)
        posted, mail_mistakes = _by_mail(settings, reports, criticals, kept)
        given_up = list(_give_up(settings, [*put_down, *posted], kept))
    return Delivered(_words(put_down, posted), (*folder_mistakes, *mail_mistakes, *given_up))


def _to_folders(
    settings: Settings,
    reports: Sequence[Report],
    criticals: Sequence[CriticalReport],
    kept: Memory,
) -> tuple[dict[Item, State], list[OpKoersError]]:
    done: dict[Item, State] = {}
    mistakes = []
    known = kept.everything()
    by_place = {(report.clinic_id, report.week): report for report in reports}
    due: dict[Item, Report | CriticalReport] = {
        item: by_place[item.clinic_id, item.period]
        for item in folders_due(settings, reports, known)
    }
    due |= dict(critical_folders_due(settings, criticals, known))
    for item, report in due.items():
        kept.begin(item)
        try:
            put(report, Path(item.recipient), kept)
            done[item] = State.SENT
        except OpKoersError as error:
            mistakes.append(error)
            done[item] = State.LATER
        kept.end(item, done[item])
    return done, mistakes


def _by_mail(
    settings: Settings,
    reports: Sequence[Report],
    criticals: Sequence[CriticalReport],
    kept: Memory,
) -> tuple[dict[Item, State], list[OpKoersError]]:
    known = kept.everything()
    urgent = dict(critical_mails_due(settings, criticals, known))
    letters = {item: critical_letter_of(item, report, settings) for item, report in urgent.items()}
    letters |= {
        item: letter_of(item, reports, settings) for item in mails_due(settings, reports, known)
    }
    done, mistakes = post(letters, settings, kept)
    for item in set(letters) - set(done):
        kept.begin(item)
        kept.end(item, State.LATER)
        done[item] = State.LATER
    refused = [item for item, state in done.items() if state is State.REFUSED]
    return done, [*mistakes, *(_refused(item) for item in refused)]


def _give_up(settings: Settings, tried: Iterable[Item], kept: Memory) -> Iterator[OpKoersError]:
    """Those that were refused too often, or put off for too long, each told once."""
    everything = kept.everything()
    for item in tried:
        if _is_hopeless(everything[item], settings):
            kept.end(item, State.GIVEN_UP)
            yield OpKoersError(
                f"the delivery of week {item.period} is given up",
                where=f"recipient {item.recipient}",
                next_step="Mend it in opkoers.toml; the next report is tried anew",
                exit_code=ExitCode.DELIVERY,
            )


def _is_hopeless(remembered: Remembered, settings: Settings) -> bool:
    if remembered.state is State.REFUSED:
        return remembered.refusals >= settings.mail.refused_tries
    return remembered.state is State.LATER and is_too_old(remembered, settings.mail.give_up_days)


def _refused(item: Item) -> OpKoersError:
    return OpKoersError(
        f"the mail server refuses the mail about week {item.period}",
        where=f"recipient {item.recipient}",
        next_step="Mend the address in opkoers.toml, or ask whoever runs the mail server",
        exit_code=ExitCode.DELIVERY,
    )


def _words(put_down: Mapping[Item, State], posted: Mapping[Item, State]) -> str:
    mails, folders = _counted(posted.values()), _counted(put_down.values())
    parts = [
        f"{mails[State.SENT]} mailed",
        *([f"{mails[State.LATER]} put off"] if mails[State.LATER] else []),
        *([f"{mails[State.REFUSED]} refused"] if mails[State.REFUSED] else []),
        *([f"{folders[State.SENT]} put into folders"] if folders[State.SENT] else []),
        *([f"{folders[State.LATER]} folders failed"] if folders[State.LATER] else []),
    ]
    return ", ".join(parts)


def _counted(states: Iterable[State]) -> Counter[State]:
    return Counter(states)
