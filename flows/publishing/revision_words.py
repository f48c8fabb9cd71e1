"""What changed in a report that was issued again, in words."""

from collections.abc import Mapping

from dashboards.drawing.formats import number
from dashboards.drawing.sentences import kind_name, level_name
from dashboards.drawing.translation import N_, translation
from flows.publishing.report_words import ABSENT
from flows.publishing.revisions import Change, Revision

SHOWN = 20
"""So many changes are printed; report.json has them all."""

CHANGES = {
    "added": N_("new in this revision"),
    "gone": N_("no longer an alert"),
    "level": N_("another level: {before} became {now}"),
}


def revision_part(revision: Revision, language: str) -> Mapping[str, object] | None:
    """Nothing for a first report."""
    if revision.number == 1:
        return None
    words = translation(language)
    _ = words.gettext
    more = len(revision.changes) - SHOWN
    further = words.ngettext("and {n} more change", "and {n} more changes", more)
    return {
        "mark": _("Revision {n}").format(n=revision.number),
        "intro": _(
            "Revision {n} of this week's report: data that came in later changed it. The earlier"
            " one stands beside it, in folder r{earlier}."
        ).format(n=revision.number, earlier=revision.number - 1),
        "columns": [_("Patient"), _("Signal"), _("What changed")],
        "rows": [_row(change, language) for change in revision.changes[:SHOWN]],
        "more": further.format(n=number(more, language)) if more > 0 else None,
        "none": _("No alert came, went or has another level; figures did change."),
    }


def _row(change: Change, language: str) -> list[str]:
    before, now = (level_name(level, language) if level else "" for level in _levels(change))
    text = translation(language).gettext(CHANGES[change.what])
    return [
        change.patient_id or ABSENT,
        kind_name(change.kind, language),
        text.format(before=before, now=now),
    ]


def _levels(change: Change) -> tuple[str | None, str | None]:
    return change.before, change.now
