"""One clinic's report in one language, as the plain data that report.typ lays out.

Everything here is wording and formatting; each figure stands in a published table.
"""

from collections.abc import Mapping, Sequence

from dashboards.drawing.formats import number
from dashboards.drawing.sentences import kind_name
from flows.publishing.frame import Document, frame
from flows.publishing.report_alerts import (
    critical,
    held_back,
    legend,
    new_alerts,
    open_alerts,
    steps,
)
from flows.publishing.report_background import background
from flows.publishing.report_outcome import accuracy, outcome
from flows.publishing.report_parts import Page
from flows.publishing.report_rows import Clinic, FrequentKind, ReportData
from flows.publishing.report_week import alliance, groups, information, last_week, overdue
from flows.publishing.report_words import ABSENT, GLANCE
from flows.publishing.revision_words import revision_part
from flows.publishing.revisions import FIRST, Revision

FILES_NAMED = 3  # in a notice on page 1; the section on data quality names them all


def report_page(
    data: ReportData, clinic: Clinic, language: str, revision: Revision = FIRST
) -> Mapping[str, object]:
    """The whole report; keys as report.typ names them."""
    page = Page(data, clinic, language)
    return {
        **frame(document(page, page.say("Weekly report")), language),
        "revision": revision_part(revision, language),
        "glance": _glance(page),
        "notices": _notices(page),
        "held_back": held_back(page),
        "critical": critical(page),
        "new": new_alerts(page),
        "open": open_alerts(page),
        "calm": _calm(page),
        "legend": legend(page),
        "steps": steps(page),
        "overdue": overdue(page),
        "alliance": alliance(page),
        "information": information(page),
        "groups": groups(page),
        "last_week": last_week(page),
        "outcome": outcome(page),
        "accuracy": accuracy(page),
        **background(data, clinic, language),
    }


def document(page: Page, title: str) -> Document:
    """What the frame of a document of this clinic says."""
    run = page.data.run
    return Document(
        title=title,
        clinic_id=page.clinic.clinic_id,
        service_name=run.service_name,
        as_of=run.as_of,
        simulated=run.simulated,
        run_id=None,
    )


def _glance(page: Page) -> Sequence[Mapping[str, str]]:
    figures = page.clinic.figures
    return [
        {
            "label": page.say(label),
            "value": number(figures[key].numerator, page.language) if key in figures else ABSENT,
        }
        for key, label in GLANCE.items()
    ]


def _notices(page: Page) -> Sequence[str]:
    """What changes how the rest must be read, so before the rest."""
    _ = page.say
    files = page.clinic.files
    unwatched = [f.source_file for f in files if f.note == "critical_items_not_watched"]
    held_back_files = [f.source_file for f in files if f.held_back]
    notices = []
    if page.data.run.simulated:
        notices.append(_("Simulated data: these patients do not exist."))
    if unwatched:
        notices.append(
            _(
                "Critical items cannot be watched in: {files}. There the scores came without"
                " the answers, so ask about risk yourself."
            ).format(files=_some(unwatched, page))
        )
    if held_back_files:
        notices.append(
            _(
                "Held back: {files}. Measurements in a held-back file are in no score and no"
                " figure of this report."
            ).format(files=_some(held_back_files, page))
        )
    return notices + [_frequent(kind, page) for kind in page.clinic.frequent]


def _frequent(kind: FrequentKind, page: Page) -> str:
    """A rule that fires everywhere says little about one patient."""
    return page.say(
        "The signal '{kind}' is red or amber in {alarmed} of {episodes} running treatments. So"
        " many say little about one patient: look at the rule and its limits."
    ).format(
        kind=kind_name(kind.kind, page.language),
        alarmed=number(kind.alarmed, page.language),
        episodes=number(kind.episodes, page.language),
    )


def _some(names: Sequence[str], page: Page) -> str:
    shown, more = ", ".join(names[:FILES_NAMED]), len(names) - FILES_NAMED
    if more <= 0:
        return shown
    text = page.words.ngettext("{files} and {n} more file", "{files} and {n} more files", more)
    return text.format(files=shown, n=number(more, page.language))


def _calm(page: Page) -> str | None:
    """What a clinic without any alert reads."""
    if page.clinic.alerts:
        return None
    return page.say(
        "No alerts: by these rules nobody needs extra attention this week. Keep asking in the"
        " sessions all the same; a questionnaire does not see everything."
    )
