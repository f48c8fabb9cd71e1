"""Rows of the shown indicators, as charts and as the tables beside them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dashboards.access import ViewerRequest
from dashboards.drawing.control_chart import (
    NARROW,
    WIDE,
    ChartKind,
    ChartPoint,
    control_chart_svg,
)
from dashboards.drawing.periods import Period, period_name
from dashboards.drawing.quality_series import Row, chart_kind, chart_points, latest
from dashboards.drawing.quality_words import count_in_words, rules_in_words, value_in_words
from dashboards.drawing.translation import said
from dashboards.warehouse import published_snapshot

SERVICE = "service:service"


@dataclass(frozen=True)
class Definition:
    """What an indicator counts, in words of the language in force."""

    indicator: str
    title: str
    numerator: str
    denominator: str
    source: str
    better: str | None
    kind: str
    chart: str
    finest: str
    is_primary: bool
    is_outcome: bool
    is_historical: bool

    @property
    def periods(self) -> tuple[str, ...]:
        """The lengths of period that it is counted by, the longest first."""
        every = ("quarter", "month", "week")
        return every[: every.index(self.finest) + 1]


@dataclass(frozen=True)
class Unit:
    """The service, a clinic or a team, as an address and as words."""

    kind: str
    name: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.name}"

    @property
    def in_words(self) -> str:
        if self.kind == "service":
            return _("the whole service")
        words = _("clinic {name}") if self.kind == "clinic" else _("team {name}")
        return words.format(name=self.name)


@dataclass(frozen=True)
class FigureRow:
    """A period in the table beside a chart, all as texts."""

    period: str
    numerator: str
    denominator: str
    value: str
    limits: str
    signals: str


@dataclass(frozen=True)
class Drawn:
    """A chart for wide and for narrow screens; both empty where nothing can be drawn."""

    unit: Unit
    wide: SafeString
    narrow: SafeString


def rows_of(request: ViewerRequest, query: str, **parameters: Any) -> list[dict[str, Any]]:
    """Rows of a query, within what the viewer may see."""
    return published_snapshot().rows(query, viewer=request.viewer.parameter(), **parameters)


def language() -> str:
    """nl or en."""
    return (get_language() or "nl")[:2]


def definitions(request: ViewerRequest) -> dict[str, Definition]:
    """Every indicator, in order, by its key."""
    words = language()
    texts = ("title", "numerator", "denominator", "source")
    rows = rows_of(request, "quality_definitions")
    return {
        row["indicator"]: Definition(**{**row, **{name: said(row[name], words) for name in texts}})
        for row in rows
    }


def units(request: ViewerRequest) -> list[Unit]:
    """The service, its clinics and its teams, as far as anything of them is shown."""
    return [Unit(row["unit_kind"], row["unit"]) for row in rows_of(request, "quality_units")]


def unit_asked(request: ViewerRequest, known: Sequence[Unit]) -> Unit:
    """The unit that the address names, else the service."""
    asked = request.GET.get("unit", SERVICE)
    return next((each for each in known if each.key == asked), Unit("service", "service"))


# ---------- a series


def drawn(rows: Sequence[Row], of: Definition, unit: Unit, *, only_narrow: bool = False) -> Drawn:
    """The chart of one series; without a picture where no figure of it is shown."""
    points = chart_points(rows)
    if not points:
        return Drawn(unit, mark_safe(""), mark_safe(""))
    title = f"{of.title}, {unit.in_words}"
    kind = chart_kind(rows[0]["period_kind"], of.kind, of.better)
    wide = "" if only_narrow else _svg(points, kind, WIDE, title)
    # Our own drawing, which escapes every text that it is given.
    return Drawn(unit, mark_safe(wide), mark_safe(_svg(points, kind, NARROW, title)))  # noqa: S308


def _svg(points: Sequence[ChartPoint], kind: ChartKind, width: float, title: str) -> str:
    return control_chart_svg(points, kind, width=width, title=title, language=language())


def figure_rows(rows: Sequence[Row], of: Definition) -> Iterator[FigureRow]:
    """The table beside a chart, the last period first."""
    words = language()
    for row in reversed(latest(rows)):
        yield FigureRow(
            period=period_name(row["period"], Period(row["period_kind"]), words),
            numerator=count_said(row["numerator"], is_withheld=row["is_withheld"]),
            denominator=count_said(row["denominator"], is_withheld=row["is_withheld"]),
            value=value_said(row["value"], of, is_withheld=row["is_withheld"]),
            limits=_limits(row, of),
            signals=rules_in_words(tuple((row["rules"] or "").split()), words) or "–",
        )


def count_said(count: float | None, *, is_withheld: bool) -> str:
    """The count, the mark of one that is left out, or a dash where there is none."""
    return count_in_words(count, language(), is_withheld=is_withheld)


def value_said(value: float | None, of: Definition, *, is_withheld: bool) -> str:
    """The value as a share or a figure, or the mark of one that is left out."""
    is_share = of.kind == "share"
    return value_in_words(value, language(), is_share=is_share, is_withheld=is_withheld)


def _limits(row: Row, of: Definition) -> str:
    if row["lower"] is None or row["upper"] is None:
        return "–"
    lower, upper = (value_said(row[name], of, is_withheld=False) for name in ("lower", "upper"))
    return _("{lower} to {upper}").format(lower=lower, upper=upper)
