"""What every part of a report needs to be worded, and small things that several parts say."""

from collections.abc import Callable
from dataclasses import dataclass
from gettext import NullTranslations

from dashboards.drawing.formats import number
from dashboards.drawing.translation import translation
from flows.publishing.critical_items import on_one_line
from flows.publishing.report_rows import Clinic, ReportData
from flows.publishing.report_words import ABSENT


@dataclass(frozen=True)
class Page:
    """One clinic's report in one language; `clinic` may hold one caseload of it."""

    data: ReportData
    clinic: Clinic
    language: str

    @property
    def words(self) -> NullTranslations:
        return translation(self.language)

    @property
    def say(self) -> Callable[[str], str]:
        return self.words.gettext


def days(count: int | None, page: Page) -> str:
    if count is None:
        return ABSENT
    text = page.words.ngettext("{n} day", "{n} days", count)
    return on_one_line(text.format(n=number(count, page.language)))


def of(part: int, whole: int, page: Page) -> str:
    """`23 of 655`."""
    return page.say("{part} of {whole}").format(
        part=number(part, page.language), whole=number(whole, page.language)
    )


def percent(share: float | None, page: Page) -> str:
    """A share (0 to 1) as a whole percentage."""
    return ABSENT if share is None else f"{number(round(100 * share), page.language)}\u00a0%"
