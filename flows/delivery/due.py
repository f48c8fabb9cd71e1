"""Which mails and folders are due: what was not delivered yet, and still is of use."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from dashboards.drawing.formats import iso_week
from flows.delivery.memory import Item, Remembered, State
from flows.delivery.reports import CriticalReport, Report
from flows.publishing.folders import folder_names
from flows.settings import Recipient, Settings

Known = Mapping[Item, Remembered]


def mails_due(settings: Settings, reports: Sequence[Report], known: Known) -> Iterator[Item]:
    """Mails to send now. A week's report is new for a week; later only what was tried before,
    or a correction of what was mailed, is still sent."""
    for recipient in settings.mail.recipient if settings.mail.host else ():
        for item in _asked_for(recipient, reports, settings.service.language):
            if _is_due(item, reports, known, settings):
                yield item


def folders_due(settings: Settings, reports: Sequence[Report], known: Known) -> Iterator[Item]:
    """Reports to put into a folder now, under the same rule."""
    for report in reports:
        target = folder_of(settings, report.clinic_id)
        if target is not None:
            item = Item("folder", target, "clinic", report.clinic_id, report.week,
                        report.revision, "")  # fmt: skip
            if _is_due(item, reports, known, settings):
                yield item


def critical_mails_due(
    settings: Settings, reports: Iterable[CriticalReport], known: Known
) -> Iterator[tuple[Item, CriticalReport]]:
    """Mails to a clinic's own recipients that checks left its critical items alone, with what each
    is about. Those of today and yesterday; later only what was tried before."""
    for report in reports:
        for recipient in settings.mail.recipient if settings.mail.host else ():
            if (recipient.report, recipient.clinic) == ("clinic", report.clinic_id):
                item = Item("mail", recipient.address, report.name, report.clinic_id, report.week,
                            1, recipient.language or settings.service.language)  # fmt: skip
                if _is_critical_due(item, report, known, settings):
                    yield item, report


def critical_folders_due(
    settings: Settings, reports: Iterable[CriticalReport], known: Known
) -> Iterator[tuple[Item, CriticalReport]]:
    """The same for the folders that clinics asked for."""
    for report in reports:
        target = folder_of(settings, report.clinic_id)
        if target is not None:
            item = Item("folder", target, report.name, report.clinic_id, report.week, 1, "")
            if _is_critical_due(item, report, known, settings):
                yield item, report


def folder_of(settings: Settings, clinic_id: str) -> str | None:
    """Where a clinic's reports are put; None where nobody asked for it."""
    own = settings.delivery.folders.get(clinic_id)
    if own is not None:
        return own or None
    shared = settings.delivery.folder
    return f"{shared}/{folder_names([clinic_id])[clinic_id]}" if shared else None


def is_too_old(remembered: Remembered, days: int) -> bool:
    """Whether something was put off for so long that it is given up."""
    return datetime.now(UTC) - remembered.first_at > timedelta(days=days)


def _asked_for(recipient: Recipient, reports: Sequence[Report], language: str) -> Iterator[Item]:
    wanted = [r for r in reports if recipient.clinic in ("", r.clinic_id)]
    of_service = recipient.report == "quality" and not recipient.clinic
    for report in wanted:
        item = Item(
            "mail",
            recipient.address,
            recipient.report,
            "" if of_service else report.clinic_id,
            report.week,
            1 if of_service else report.revision,
            recipient.language or language,
        )
        if not of_service or report is _first_of_week(report.week, wanted):
            yield item


def _first_of_week(week: str, reports: Sequence[Report]) -> Report:
    return next(report for report in reports if report.week == week)


def _is_due(item: Item, reports: Sequence[Report], known: Known, settings: Settings) -> bool:
    remembered = known.get(item)
    if remembered is not None:
        return not _is_done(remembered)
    is_corrected = any(replace(item, revision=r) in known for r in range(1, item.revision))
    return is_corrected or item.period == _newest_week(reports, settings.today())


def _is_critical_due(item: Item, report: CriticalReport, known: Known, settings: Settings) -> bool:
    remembered = known.get(item)
    if remembered is not None:
        return not _is_done(remembered)
    return report.as_of >= settings.today() - timedelta(days=1)


def _is_done(remembered: Remembered) -> bool:
    return remembered.state in (State.SENT, State.GIVEN_UP)


def _newest_week(reports: Sequence[Report], today: date) -> str | None:
    """The last week with a report, where it is this week or the one before."""
    newest = max(report.week for report in reports)
    return newest if newest >= iso_week(today - timedelta(days=7)) else None
