"""An item as the message that goes out: who, what words, and an id that stays the same."""

import hashlib
from collections.abc import Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from dashboards.drawing.letter import (
    Letter,
    as_html,
    as_text,
    clinic_letter,
    critical_letter,
    quality_letter,
    therapist_letter,
)
from flows.delivery.memory import Item
from flows.delivery.reports import COUNTS, CriticalReport, Report
from flows.settings import Settings


def letter_of(item: Item, reports: Sequence[Report], settings: Settings) -> Letter:
    """The words of a mail about the reports of the item's week."""
    pages, service = settings.mail.pages, settings.service
    of_week = [r for r in reports if r.week == item.period and item.clinic_id in ("", r.clinic_id)]
    report = of_week[0]
    if item.report == "quality":
        counts = {name: sum(each.counts[name] for each in of_week) for name in COUNTS}
        name = item.clinic_id or service.name
        return quality_letter(name, item.period, counts, pages,
                              language=item.language, simulated=service.simulated)  # fmt: skip
    if item.report == "therapist":
        return therapist_letter(item.clinic_id, item.period, item.revision, pages,
                                language=item.language, simulated=service.simulated)  # fmt: skip
    return clinic_letter(item.clinic_id, item.period, item.revision, report.counts, pages,
                         language=item.language, simulated=service.simulated)  # fmt: skip


def critical_letter_of(item: Item, report: CriticalReport, settings: Settings) -> Letter:
    """The words of a mail that a clinic's critical items are there without the rest."""
    return critical_letter(
        report.clinic_id,
        report.week,
        report.counts,
        settings.mail.pages,
        language=item.language,
        simulated=settings.service.simulated,
    )


def message_of(item: Item, letter: Letter, sender: str) -> EmailMessage:
    """The letter as text and HTML. The same item always has the same Message-ID."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = item.recipient
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = _message_id(item, sender)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(as_text(letter))
    message.add_alternative(as_html(letter), subtype="html")
    message["Content-Language"] = letter.language
    return message


def _message_id(item: Item, sender: str) -> str:
    told = "\n".join(str(part) for part in astuple(item))
    return f"<{hashlib.sha256(told.encode()).hexdigest()[:40]}@{sender.rpartition('@')[2]}>"
