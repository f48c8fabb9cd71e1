"""The audit report of a quarter in one language, as the plain data that audit.typ lays out."""

from collections.abc import Mapping, Sequence

from dashboards.drawing.quality_words import SMALL
from flows.publishing.audit_background import background
from flows.publishing.audit_changes import changes
from flows.publishing.audit_charts import charts, funnels, unit_charts
from flows.publishing.audit_quality import data_quality, questions
from flows.publishing.audit_revisions import AuditRevision, FigureChange
from flows.publishing.audit_rows import SERVICE, AuditData
from flows.publishing.audit_tables import clinics, cohorts, loop, missing, others, words_of_more
from flows.publishing.audit_words import AuditPage
from flows.publishing.frame import Document, frame

MOST_REVISED = 12
"""So many changed figures are printed; audit.json has them all."""


def audit_page(data: AuditData, revision: AuditRevision, language: str) -> Mapping[str, object]:
    """The whole report; keys as audit.typ names them."""
    page = AuditPage(data, language)
    return {
        **_frame(page),
        "notices": _notices(page),
        "revision": _revision(page, revision),
        "changes": changes(page),
        "charts": charts(page),
        "unit_charts": unit_charts(page),
        "others": others(page),
        "clinics": clinics(page),
        "cohorts": cohorts(page),
        "funnels": funnels(page),
        "missing": missing(page),
        "loop": loop(page),
        "quality": data_quality(page),
        "questions": questions(page),
        **background(page),
    }


def _frame(page: AuditPage) -> Mapping[str, object]:
    """As every document has it, with the quarter in the place of the week."""
    run, quarter = page.data.run, page.data.quarter
    document = Document(
        title=page.say("Quarterly audit report"),
        clinic_id=page.unit_title(SERVICE),
        service_name=run.service_name,
        as_of=run.as_of,
        simulated=run.simulated,
        run_id=run.run_id,
    )
    return {
        **frame(document, page.language),
        "week": quarter.long_name(page.language),
        "iso_week": str(quarter),
    }


def _notices(page: AuditPage) -> Sequence[str]:
    _ = page.say
    small = _(
        "{mark} stands for fewer than five, and for what would give such a number away. Nothing"
        " here is about a single patient or therapist."
    ).format(mark=SMALL)
    simulated = _("Simulated data: these patients do not exist.")
    return [simulated, small] if page.data.run.simulated else [small]


def _revision(page: AuditPage, revision: AuditRevision) -> Mapping[str, object] | None:
    """What changed in a report that was issued again; nothing for the first one."""
    if revision.number == 1:
        return None
    _ = page.say
    mark = _("Revision {n}").format(n=revision.number)
    return {
        "mark": mark,
        "intro": _(
            "Revision {n} of this quarter's report: what came in later changed its figures. The"
            " earlier one stands beside it, in folder r{earlier}."
        ).format(n=revision.number, earlier=revision.number - 1),
        "columns": [_("Unit"), _("Indicator"), _("What changed")],
        "rows": [_changed(each, page) for each in revision.changes[:MOST_REVISED]],
        "more": words_of_more(len(revision.changes) - MOST_REVISED, page),
        "none": _("No figure of the quarter itself changed; funnels, bounds or definitions did."),
    }


def _changed(change: FigureChange, page: AuditPage) -> Sequence[str]:
    definition = page.data.definitions.get(change.indicator)
    title = page.title(definition) if definition else change.indicator
    told = page.say("{before} became {now}")
    if definition is None:
        return [page.unit_title(change.unit), title, page.say("no longer counted")]
    before, now = (
        page.value(each.value, definition, is_withheld=each.is_withheld)
        for each in (change.before, change.now)
    )
    return [page.unit_title(change.unit), title, told.format(before=before, now=now)]
