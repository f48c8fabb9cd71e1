"""How the audit report says a unit, a count, a value."""

from collections.abc import Callable
from dataclasses import dataclass

from dashboards.drawing.paper import figure
from dashboards.drawing.quality_words import NOTHING, SMALL, count_in_words, value_in_words
from dashboards.drawing.translation import N_, said, translation
from flows.publishing.audit_rows import AuditData, Definition, Figure, MissingOutcome, Unit

UNITS = {
    "service": N_("the whole service"),
    "clinic": N_("clinic {name}"),
    "team": N_("team {name}"),
}


@dataclass(frozen=True)
class AuditPage:
    """One audit report in one language."""

    data: AuditData
    language: str

    @property
    def say(self) -> Callable[[str], str]:
        return translation(self.language).gettext

    def unit(self, unit: Unit) -> str:
        return self.say(UNITS[unit.kind]).format(name=unit.name)

    def unit_title(self, unit: Unit) -> str:
        """The same with a capital, to begin with."""
        name = self.unit(unit)
        return f"{name[0].upper()}{name[1:]}"

    def title(self, definition: Definition) -> str:
        return said(definition.title, self.language)

    def count(self, count: float | None, *, is_withheld: bool) -> str:
        return count_in_words(count, self.language, is_withheld=is_withheld)

    def value(self, value: float | None, definition: Definition, *, is_withheld: bool) -> str:
        return value_in_words(
            value, self.language, is_share=definition.is_share, is_withheld=is_withheld
        )

    def figure(self, row: Figure | None, definition: Definition) -> str:
        """The value of a period; a dash where it has none or can still change."""
        if row is None or not row.is_complete:
            return NOTHING
        return self.value(row.value, definition, is_withheld=row.is_withheld)

    def part(self, row: Figure | None, name: str) -> str:
        """A numerator or denominator; a dash where there is none or it can still change."""
        if row is None or not row.is_complete:
            return NOTHING
        return self.count(getattr(row, name), is_withheld=row.is_withheld)

    def span(self, lower: str, upper: str) -> str:
        return self.say("{lower} to {upper}").format(lower=lower, upper=upper)

    def with_span(self, value: str, lower: str, upper: str) -> str:
        """`34 (31 to 37)`."""
        return self.say("{value} ({lower} to {upper})").format(
            value=value, lower=lower, upper=upper
        )

    def share(self, part: float, whole: float) -> str:
        return figure(part / whole, self.language, is_share=True)


def bounds(row: MissingOutcome, page: AuditPage, definition: Definition) -> str:
    """What the rate could be at worst and at best."""
    if row.is_withheld:
        return SMALL
    lower = page.value(row.lowest_value, definition, is_withheld=False)
    upper = page.value(row.highest_value, definition, is_withheld=False)
    return page.span(lower, upper)
