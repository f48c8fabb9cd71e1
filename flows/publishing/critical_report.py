"""The page that goes out when checks stopped the weekly report: critical items alone.

It rests on the critical lane and the journal, and on nothing that the checks stopped.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from dashboards.drawing.formats import day, iso_week, number
from dashboards.drawing.sentences import action_name, reason_sentence
from dashboards.drawing.translation import translation
from flows.journal import JournalEvent
from flows.publishing.alert_csv import write_csv
from flows.publishing.critical_items import (
    Found,
    critical_columns,
    critical_part,
    critical_words,
)
from flows.publishing.critical_note import CriticalNote, digest_of, write_note
from flows.publishing.folders import folder_names, replaced_file
from flows.publishing.frame import Document, frame
from flows.publishing.report_background import intended_use
from flows.publishing.report_data import opened
from flows.publishing.report_words import ABSENT
from flows.publishing.typesetting import Typeset, typesetter
from flows.settings import Alerts, Critical
from flows.stations.answer import Answer, Answers, answers_in_force
from flows.stations.critical_life import CRITICAL as KIND

CRITICAL = """
select clinic_id, patient_id, therapist_id, episode_id, level, instrument, item, domain, value,
    measured_at, record_status, landed_at, cast(reason as varchar) as reason
from critical
where cast(measured_at as date) <= $as_of
order by clinic_id, measured_at desc, domain, patient_id, instrument, item
"""
KNOWN_AT = "select max(known_at) from run"

CSV_COLUMNS = (
    "clinic_id",
    "patient_id",
    "therapist_id",
    "episode_id",
    "level",
    "instrument",
    "item",
    "domain",
    "value",
    "measured_at",
    "record_status",
    "landed_at",
    "answered_at",
    "action",
    "escalated_at",
    "escalated_to",
)


@dataclass(frozen=True)
class Item:
    """A row of the critical lane, with what became of it as far as the journal says."""

    clinic_id: str
    patient_id: str | None
    therapist_id: str | None
    episode_id: str | None
    level: str
    instrument: str | None
    item: str | None
    domain: str | None
    value: float | None
    measured_at: datetime
    record_status: str | None
    landed_at: datetime | None
    reason: str
    answered_at: datetime | None = None
    action: str | None = None
    escalated_at: datetime | None = None
    escalated_to: str | None = None


@dataclass(frozen=True)
class Week:
    as_of: date
    simulated: bool
    within_days: int
    duty: Critical

    def lists(self, item: Item) -> bool:
        """Whether it was measured lately, or still waits for an answer."""
        measured_on = item.measured_at.date()
        if (self.as_of - measured_on).days <= self.within_days:
            return True
        first = self.duty.alerts_from
        return item.answered_at is None and (first is None or measured_on >= first)


def write_critical_reports(
    critical: Path,
    reports: Path,
    languages: Sequence[str],
    *,
    as_of: date,
    simulated: bool,
    within_days: int = Alerts().stale_after_days,
    duty: Critical | None = None,
    events: Iterable[JournalEvent] = (),
) -> tuple[Path, ...]:
    """The files written: critical.<lang>.pdf and critical.csv in each clinic's folder of the week.

    Holds the critical answers measured in the last `within_days` days, answered or not, and
    older ones that still wait; first those that `duty` gives to a deputy, then the latest.
    `events` are the journal's. A report that already lies in the folder is left alone. Raises
    OpKoersError when `critical` does not exist.
    """
    week = Week(as_of, simulated, within_days, duty or Critical())
    by_clinic = _by_clinic(critical, week, answers_in_force(events))
    folders = folder_names(list(by_clinic))
    written: list[Path] = []
    with typesetter() as typeset:
        for clinic_id, rows in by_clinic.items():
            folder = reports / iso_week(as_of) / folders[clinic_id]
            written += _write_pdfs(folder, clinic_id, rows, languages, week, typeset)
            written.append(_write_list(folder, rows, languages))
            write_note(folder, _note(clinic_id, rows, week))
    return tuple(written)


def _by_clinic(critical: Path, week: Week, answers: Answers) -> Mapping[str, list[Item]]:
    by_clinic: defaultdict[str, list[Item]] = defaultdict(list)
    with opened(critical) as connection:
        rows = connection.execute(CRITICAL, {"as_of": week.as_of}).fetchall()
        (known_at,) = connection.execute(KNOWN_AT).fetchone() or (None,)
    for row in rows:
        item = _late(_answered(Item(*row), answers), week.duty, known_at)
        if week.lists(item):
            by_clinic[item.clinic_id].append(item)
    return by_clinic


def _answered(item: Item, answers: Answers) -> Item:
    """The item with the last answer to it, where somebody gave one."""
    if item.patient_id is None or item.landed_at is None:
        return item
    given = [
        answer
        for answer in answers.about((item.clinic_id, item.patient_id, KIND))
        if answer.action is not None and _is_about(answer, item)
    ]
    if not given:
        return item
    return replace(item, answered_at=given[-1].at, action=given[-1].action)


def _is_about(answer: Answer, item: Item) -> bool:
    """As in critical_life.py; the lane knows an episode only where the export names it."""
    is_elsewhere = (
        answer.names_episode
        and None not in (answer.episode_id, item.episode_id)
        and answer.episode_id != item.episode_id
    )
    return (
        answer.domain is not None
        and item.landed_at is not None
        and not is_elsewhere
        and answer.covers(item.domain, item.measured_at, item.landed_at)
    )


def _late(item: Item, duty: Critical, known_at: datetime | None) -> Item:
    """The item with when it went to the deputy, where nobody has answered it in time."""
    if item.answered_at is not None or item.landed_at is None or known_at is None:
        return item
    due_at = item.landed_at + timedelta(hours=duty.unanswered_after_hours)
    if due_at > known_at:
        return item
    return replace(item, escalated_at=due_at, escalated_to=duty.deputy_of(item.clinic_id))


def _write_pdfs(
    folder: Path,
    clinic_id: str,
    rows: Sequence[Item],
    languages: Sequence[str],
    week: Week,
    typeset: Typeset,
) -> list[Path]:
    files = [folder / f"critical.{language}.pdf" for language in languages]
    for file, language in zip(files, languages, strict=True):
        page = critical_page(clinic_id, rows, week, language)
        (pdf,) = typeset("critical.typ", page, week.as_of, "pdf")
        with replaced_file(file) as beside:
            beside.write_bytes(pdf)
    return files


def _write_list(folder: Path, rows: Sequence[Item], languages: Sequence[str]) -> Path:
    file = folder / "critical.csv"
    reasons = {f"reason_{language}": language for language in languages}
    cells = [
        {
            **{column: getattr(row, column) for column in CSV_COLUMNS},
            **{c: reason_sentence(json.loads(row.reason), lang) for c, lang in reasons.items()},
        }
        for row in rows
    ]
    with replaced_file(file) as beside:
        write_csv(beside, (*CSV_COLUMNS, *reasons), cells)
    return file


def _note(clinic_id: str, rows: Sequence[Item], week: Week) -> CriticalNote:
    """For the mail that says the report is there."""
    waiting = [row for row in rows if row.answered_at is None]
    return CriticalNote(
        clinic_id=clinic_id,
        as_of=week.as_of,
        counts={
            "critical": len(waiting),
            "late": sum(row.escalated_at is not None for row in waiting),
        },
        lists=digest_of(
            (row.patient_id, row.instrument, row.item, row.domain, row.level, row.measured_at)
            for row in rows
        ),
    )


def critical_page(
    clinic_id: str, rows: Sequence[Item], week: Week, language: str
) -> Mapping[str, object]:
    """The document as critical.typ lays it out."""
    _ = translation(language).gettext
    document = Document(
        title=_("Critical items"),
        clinic_id=clinic_id,
        service_name="Op koers",
        as_of=week.as_of,
        simulated=week.simulated,
        run_id=None,
    )
    window = _(
        "Answers measured in the last {days} days, latest first, and older ones that nobody has"
        " answered yet."
    )
    found = Found(
        clinic_id=clinic_id,
        late=[_row(row, language) for row in rows if row.escalated_at is not None],
        others=[_row(row, language) for row in rows if row.escalated_at is None],
        domains={row.domain or "self_harm" for row in rows},
    )
    return {
        **frame(document, language),
        "held_back": _(
            "This page holds the critical items alone. Checks on the data failed, so the rest of"
            " this week's report was held back. The last report that was published still"
            " stands; it is older than this page."
        ),
        "critical": critical_part(found, critical_columns(language), week.duty, language),
        "window": window.format(days=number(week.within_days, language)),
        "intended_use": intended_use(language),
    }


def _row(row: Item, language: str) -> Mapping[str, object]:
    reason = json.loads(row.reason)
    common = {
        "level": row.level,
        "patient": row.patient_id or ABSENT,
        "therapist": row.therapist_id or ABSENT,
        "date": day(row.measured_at, language),
        "state": _state(row, language),
    }
    if reason["key"] != "critical_item":
        return {**common, "sentence": reason_sentence(reason, language)}
    return {**common, **critical_words(reason, language)}


def _state(row: Item, language: str) -> str | None:
    _ = translation(language).gettext
    if row.answered_at is None:
        return None
    action = action_name(row.action, language) if row.action else ABSENT
    return _("Answered on {day}: {action}").format(
        day=day(row.answered_at, language), action=action
    )
