"""The small lines in the list of patients: the course of the questionnaire that stands there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from dashboards.drawing.formats import day, number
from dashboards.drawing.sparkline import sparkline

SECONDS_OF_A_DAY = 86400
NO_LINE = SafeString("")


class Listed(Protocol):
    """A row of the list: scores of one questionnaire, the oldest first, and its scale."""

    @property
    def instrument(self) -> str | None: ...
    @property
    def measured_at(self) -> Sequence[datetime] | None: ...
    @property
    def scores(self) -> Sequence[float] | None: ...
    @property
    def baseline_score(self) -> float | None: ...
    @property
    def minimum(self) -> float | None: ...
    @property
    def maximum(self) -> float | None: ...
    @property
    def direction(self) -> int | None: ...
    @property
    def cutoff(self) -> float | None: ...


def line_of(listed: Listed) -> SafeString:
    """The small line; empty where there are no scores."""
    if not listed.measured_at or not listed.scores:
        return NO_LINE
    if listed.minimum is None or listed.maximum is None or listed.direction is None:
        return NO_LINE
    days = [_days(listed.measured_at[0], each) for each in listed.measured_at]
    drawn = sparkline(
        list(zip(days, listed.scores, strict=True)),
        minimum=listed.minimum,
        maximum=listed.maximum,
        direction=listed.direction,
        cutoff=listed.cutoff,
        baseline=listed.baseline_score,
        title=gettext("Course so far: %(instrument)s") % {"instrument": listed.instrument or ""},
        description=_in_words(listed.measured_at, listed.scores),
    )
    return mark_safe(drawn)  # noqa: S308 - its texts were escaped where it was drawn


def _days(first: datetime, moment: datetime) -> float:
    return (moment - first).total_seconds() / SECONDS_OF_A_DAY


def _in_words(measured_at: Sequence[datetime], scores: Sequence[float]) -> str:
    language = (get_language() or "nl")[:2]
    return gettext("From %(first)s on %(from)s to %(last)s on %(to)s.") % {
        "first": number(scores[0], language),
        "from": day(measured_at[0], language),
        "last": number(scores[-1], language),
        "to": day(measured_at[-1], language),
    }
