"""What every page of every document carries: whose it is, of which week, and what it is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dashboards.drawing.formats import day, iso_week, long_day
from dashboards.drawing.translation import translation


@dataclass(frozen=True)
class Document:
    """`title` is worded in the language of the document; `run_id` None where there is no run."""

    title: str
    clinic_id: str
    service_name: str
    as_of: date
    simulated: bool
    run_id: str | None


def frame(document: Document, language: str) -> Mapping[str, object]:
    """Title, header and footer as layout.typ names them."""
    _ = translation(language).gettext
    year, week, _weekday = document.as_of.isocalendar()
    until = _("data up to {day}")
    run = _("Run {run_id}").format(run_id=document.run_id) if document.run_id else None
    return {
        "language": language,
        "title": document.title,
        "clinic": document.clinic_id,
        "service": document.service_name,
        "week": _("Week {week} of {year}").format(week=week, year=year),
        "iso_week": iso_week(document.as_of),
        "until": until.format(day=long_day(document.as_of, language)),
        "until_short": until.format(day=day(document.as_of, language)),
        "as_of": document.as_of.isoformat(),
        "simulated": _("Simulated data") if document.simulated else None,
        "use": _("Decision support for trained professionals; not a crisis line"),
        "page": _("Page"),
        "of": _("of"),
        "run": run,
    }
