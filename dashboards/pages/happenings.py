"""What happened in a treatment beside the scores, as it is drawn above them and told in a list."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from dashboards.drawing.formats import day
from dashboards.drawing.sentences import (
    action_name,
    closed_reason_name,
    kind_name,
    level_name,
    reason_sentence,
)
from dashboards.drawing.strip import Happening, Lane
from dashboards.journal.actions import action_in_words
from dashboards.journal.answers import AlertKey, Answer, Standing
from dashboards.journal.goals import Evaluation
from dashboards.journal.marks import MarkKind, OwnMark

MARKS: dict[str, str | Promise] = {
    MarkKind.MEDICATION: _("Medication"),
    MarkKind.LIFE_EVENT: _("Event in life"),
    MarkKind.PLAN_CHANGE: _("Change of plan"),
    MarkKind.OTHER: _("Something else"),
}


@dataclass(frozen=True)
class PatientAlert:
    """One alert of the episode, open or not; `is_listed` where it has a page of its own."""

    alert_id: str
    kind: str
    domain: str | None
    level: str
    instrument: str | None
    opened_at: datetime
    last_signal_at: datetime
    closed_at: datetime | None
    closed_reason: str | None
    answered_at: datetime | None
    action: str | None
    last_landed_at: datetime | None
    known_at: datetime
    reason: str
    is_listed: bool

    def key(self, clinic_id: str, patient_id: str, episode_id: str) -> AlertKey:
        """What ties the journal's events to it."""
        return AlertKey(
            alert_id=self.alert_id,
            clinic_id=clinic_id,
            patient_id=patient_id,
            alert_kind=self.kind,
            opened_at=self.opened_at,
            measured_at=self.last_signal_at,
            domain=self.domain,
            episode_id=episode_id,
            last_landed_at=self.last_landed_at,
            known_at=self.known_at,
        )


@dataclass(frozen=True)
class AlertLine:
    """One alert as a line of the page: what the run found, and what the journal says since."""

    published: PatientAlert
    standing: Standing

    @property
    def answer(self) -> Answer | None:
        return self.standing.answer

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to answer it."""
        return self.published.closed_at is None and self.standing.answer is None

    @property
    def is_critical(self) -> bool:
        return self.published.domain is not None

    @property
    def kind_word(self) -> str:
        return kind_name(self.published.kind, _language())

    @property
    def level_word(self) -> str:
        return level_name(self.published.level, _language())

    @property
    def reason_sentence(self) -> str:
        return reason_sentence(json.loads(self.published.reason), _language())

    @property
    def closed_word(self) -> str:
        reason = self.published.closed_reason
        return closed_reason_name(reason, _language()) if reason else ""

    @property
    def done_words(self) -> str:
        """What was done with it; empty where nobody said."""
        if self.standing.answer is not None:
            return action_in_words(self.standing.answer.given.action)
        return action_name(self.published.action, _language()) if self.published.action else ""


@dataclass(frozen=True)
class MarkLine:
    """One own mark as a line of the page."""

    mark: OwnMark

    @property
    def kind_word(self) -> str:
        return str(MARKS.get(self.mark.kind, self.mark.kind))


def happenings_of(
    alerts: Sequence[AlertLine],
    marks: Sequence[MarkLine],
    evaluations: Sequence[Evaluation],
    today: date,
) -> list[Happening]:
    """By lane, the oldest first. An evaluation that is yet to come would stretch the axis."""
    past = [each for each in evaluations if (each.held_on or each.planned_on) <= today]
    found = sorted(map(_of_alert, alerts), key=lambda each: each.at)
    return [*found, *map(_of_mark, marks), *map(_of_evaluation, past)]


def _of_alert(alert: AlertLine) -> Happening:
    told = gettext("%(level)s alert on %(day)s: %(kind)s") % {
        "level": alert.level_word,
        "day": day(alert.published.opened_at, _language()),
        "kind": alert.kind_word,
    }
    done = f" ({alert.done_words})" if alert.done_words else ""
    return Happening(alert.published.opened_at, Lane.ALERT, alert.published.level, told + done)


def _of_mark(line: MarkLine) -> Happening:
    told = f"{day(line.mark.on, _language())}: {line.kind_word}, {line.mark.text}"
    sign = line.kind_word[:1] if line.mark.kind != MarkKind.OTHER else "•"
    return Happening(_noon(line.mark.on), Lane.MARK, sign, told)


def _of_evaluation(evaluation: Evaluation) -> Happening:
    on = evaluation.held_on or evaluation.planned_on
    told = gettext("evaluation") if evaluation.held_on else gettext("evaluation, planned")
    sign = "held" if evaluation.held_on else "planned"
    return Happening(_noon(on), Lane.EVALUATION, sign, f"{day(on, _language())}: {told}")


def _noon(on: date) -> datetime:
    return datetime.combine(on, time(12))


def _language() -> str:
    return (get_language() or "nl")[:2]
