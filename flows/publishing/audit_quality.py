"""The data behind the figures in the audit report: checks, files, sources, open questions."""

from collections.abc import Mapping, Sequence

from dashboards.drawing.formats import day, long_day, number, one_decimal
from dashboards.drawing.quality_words import NOTHING, rejected_in_words
from dashboards.drawing.translation import said, translation
from flows.publishing.audit_rows import AuditedFile, CheckHistory, FailedCheck
from flows.publishing.audit_tables import words_of_more
from flows.publishing.audit_words import AuditPage

MOST_FILES = 40
"""So many files are named, those with something to look at first."""
FINE = ("none",)


def data_quality(page: AuditPage) -> Mapping[str, object]:
    """Checks that failed, files with doubts, sources that stopped."""
    _ = page.say
    data = page.data
    since = long_day(data.quarter.first_day, page.language)
    doubted = [each for each in data.files if is_doubted(each)]
    return {
        "title": _("The data behind the figures"),
        "checks": _("{held} of {all} checks of this run held.").format(
            held=number(data.checks_held, page.language), all=number(data.checks, page.language)
        ),
        "failed_title": _("Checks of this run that did not hold"),
        "failed_columns": [_("Table"), _("Check"), _("What it means"), _("Rows")],
        "failed": [_failed(each, page) for each in data.failed_checks],
        "history_title": _("Checks that did not hold in some run since {day}").format(day=since),
        "history_intro": _runs(data.runs_checked, page),
        "history_columns": [
            _("Table"),
            _("Check"),
            _("Runs in which it failed"),
            _("Failing since"),
        ],
        "history": [_history(each, page) for each in data.check_history],
        "files_title": _("Files since {day}").format(day=since),
        "files_intro": _files(data.files, page),
        "file_columns": [
            _("Source"),
            _("Clinics"),
            _("Landed"),
            _("Records"),
            _("Rejected"),
            _("Volume"),
            _("Means"),
            _("Doubts"),
        ],
        "files": [_file(each, page) for each in doubted[:MOST_FILES]],
        "files_more": words_of_more(len(doubted) - MOST_FILES, page),
        "files_note": _(
            "Volume and means: how far the file lies from those of the same source before it, in"
            " standard deviations; of means the largest shift."
        ),
        "sources_title": _("Sources and when they last delivered"),
        "source_columns": [
            _("Source"),
            _("Clinic"),
            _("Files"),
            _("Last file"),
            _("Usually every"),
            _("State"),
        ],
        "sources": [
            [
                each.source,
                each.clinic_id,
                number(each.deliveries, page.language),
                day(each.last_on, page.language),
                _days(each.usual_days, page),
                _("no longer delivers") if each.has_stopped else _("as usual"),
            ]
            for each in data.deliveries[:MOST_FILES]
        ],
        "sources_more": words_of_more(len(data.deliveries) - MOST_FILES, page),
        "none": _("None."),
    }


def is_doubted(file: AuditedFile) -> bool:
    """Held back, with something rejected, or with a check that did not hold."""
    return file.is_held_back or file.rejected not in FINE or file.failed_checks > 0


def _runs(runs: int, page: AuditPage) -> str:
    words = translation(page.language)
    text = words.ngettext(
        "{n} run since then was checked.", "{n} runs since then were checked.", runs
    )
    return text.format(n=number(runs, page.language))


def _failed(check: FailedCheck, page: AuditPage) -> Sequence[str]:
    rows = page.count(check.failed, is_withheld=True)
    return [
        check.table,
        check.expectation,
        said(check.why, page.language),
        page.say("could not be checked") if check.outcome == "error" else rows,
    ]


def _history(check: CheckHistory, page: AuditPage) -> Sequence[str]:
    _ = page.say
    return [
        check.table,
        check.expectation,
        _("{part} of {whole}").format(
            part=number(check.runs_failed, page.language), whole=number(check.runs, page.language)
        ),
        day(check.failing_since, page.language) if check.failing_since else _("holds again"),
    ]


def _files(files: Sequence[AuditedFile], page: AuditPage) -> str:
    """How many came in, how many are held back, how many have a doubt."""
    told = page.say(
        "Came in: {files}; held back: {held}; with something rejected or a doubt: {doubted}. A file"
        " has no name here, since that could be of a person."
    )
    return told.format(
        files=number(len(files), page.language),
        held=number(sum(each.is_held_back for each in files), page.language),
        doubted=number(sum(is_doubted(each) for each in files), page.language),
    )


def _file(file: AuditedFile, page: AuditPage) -> Sequence[str]:
    return [
        file.source,
        file.clinics,
        day(file.landed_at, page.language),
        page.count(file.records, is_withheld=True),
        rejected_in_words(file.rejected, page.language),
        _sds(file.volume_drift, page),
        _sds(file.mean_shift, page),
        number(file.failed_checks, page.language),
    ]


def _sds(drift: float | None, page: AuditPage) -> str:
    if drift is None:
        return NOTHING
    return f"{one_decimal(drift, page.language)} SD".replace("-", "\N{MINUS SIGN}")


def _days(days: float | None, page: AuditPage) -> str:
    if days is None:
        return NOTHING
    words = translation(page.language)
    text = words.ngettext("{n} day", "{n} days", 1 if days == 1 else 2)
    return text.format(n=number(round(days, 1), page.language))


# ---------- open questions


def questions(page: AuditPage) -> Mapping[str, object]:
    """How many are open, whose they are, and by when; the words stay on the page."""
    _ = page.say
    words, found = translation(page.language), page.data.questions
    late = sum(each.due_on < page.data.run.as_of for each in found)
    told = words.ngettext(
        "{n} question is open, {late} past its day.",
        "{n} questions are open, {late} past their day.",
        len(found),
    )
    return {
        "title": _("Open questions about the data"),
        "intro": told.format(n=number(len(found), page.language), late=number(late, page.language))
        if found
        else _("No question is open."),
        "columns": [_("About"), _("Who finds out"), _("Asked on"), _("Answer by")],
        "rows": [
            [
                each.about or _("everything"),
                each.owner,
                day(each.asked_on, page.language),
                day(each.due_on, page.language),
            ]
            for each in found
        ],
        "note": _("The words of a question stand on the page Data and questions."),
    }
