"""The data behind the figures: what came in, what was doubted, and open questions about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from dashboards.access import ViewerRequest
from dashboards.drawing.quality_series import Row
from dashboards.drawing.quality_words import rejected_in_words
from dashboards.drawing.translation import said
from dashboards.journal.questions import DataQuestion, ask, close_question, open_questions
from dashboards.pages.quality_points import language, rows_of
from dashboards.pages.quality_trace import Traced, traced


@dataclass(frozen=True)
class QualityFile:
    """What became of one file, without its name; `records` is None for 1 to 4."""

    sha256: str
    source: str
    clinics: str
    landed_at: datetime
    is_held_back: bool
    records: int | None
    rejected: str
    volume_drift: float | None
    mean_shift: float | None
    mean_shift_instrument: str | None
    failed_checks: int
    traces: Sequence[Traced]


@dataclass(frozen=True)
class FailedCheck:
    """A check of the last run that did not hold; `failed` None for 1 to 4 rows."""

    table_name: str
    expectation: str
    category: str
    severity: str
    outcome: str
    why: str
    failed: int | None

    @property
    def why_in_words(self) -> str:
        return said(self.why, language())


class QuestionForm(forms.Form):
    """What is asked, of whom, and by when; about one source or about everything."""

    text = forms.CharField(max_length=2000, error_messages={"required": _("Write the question.")})
    owner = forms.CharField(max_length=200, error_messages={"required": _("Name who finds out.")})
    due_on = forms.DateField(
        error_messages={"required": _("Fill in a day."), "invalid": _("That is not a day.")}
    )
    source = forms.CharField(max_length=200, required=False)


def data_page(request: ViewerRequest) -> HttpResponse:
    """The page `quality_data`, and asking a question; the form again (422) when it is not whole."""
    if request.method != "POST":
        return _page(request, QuestionForm())
    form = QuestionForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    told = form.cleaned_data
    actor = request.viewer.actor
    ask(actor, told["text"], told["owner"], told["due_on"], source=told["source"].strip())
    return redirect("quality_data")


def question_closed(request: ViewerRequest) -> HttpResponse:
    """Write what became of a question; without an answer nothing is written."""
    number, answer = request.POST.get("number", ""), request.POST.get("answer", "")
    if request.method == "POST" and number.isdecimal() and answer.strip():
        close_question(request.viewer.actor, int(number), answer)
    return redirect("quality_data")


def _page(request: ViewerRequest, form: QuestionForm, status: int = 200) -> HttpResponse:
    deliveries = rows_of(request, "quality_deliveries")
    stopped = [row for row in deliveries if row["has_stopped"]]
    files = list(_files(request))
    failed = [FailedCheck(**row) for row in rows_of(request, "quality_checks")]
    history = rows_of(request, "quality_check_history")
    questions = open_questions()
    page = {
        "files": files,
        "deliveries": deliveries,
        "stopped": stopped,
        "sources": sorted({row["source"] for row in deliveries}),
        "failed": failed,
        "checks": rows_of(request, "quality_summary")[0],
        "history": history,
        "questions": questions,
        "form": form,
        "files_traces": [
            *_deliveries_traced(stopped),
            *(trace for file in files for trace in file.traces),
        ],
        "checks_traces": list(_checks_traced(failed)),
        "history_traces": list(_history_traced(history)),
        "questions_traces": list(_questions_traced(questions)),
    }
    return render(request, "quality_data.html", page, status=status)


def _files(request: ViewerRequest) -> Iterator[QualityFile]:
    for row in rows_of(request, "quality_files"):
        told: dict[str, Any] = {**row, "rejected": rejected_in_words(row["rejected"], language())}
        traces = tuple(_file_traced(row, told.pop("clinic_ids")))
        yield QualityFile(**told, traces=traces)


def _file_traced(row: Row, clinics: Sequence[str]) -> Iterator[Traced]:
    """One command for each clinic of a file: its account is of the file, its counts are theirs."""
    for clinic in clinics:
        key = {"sha256": row["sha256"], "clinic_id": clinic}
        yield traced(f"{row['source']}, {clinic}", "shown_file", key, tuple(key))


def _checks_traced(failed: Sequence[FailedCheck]) -> Iterator[Traced]:
    for row in failed:
        key = {"table": row.table_name, "expectation": row.expectation}
        yield traced(f"{row.table_name}, {row.expectation}", "quality_check", key, tuple(key))


def _history_traced(history: Sequence[Row]) -> Iterator[Traced]:
    for row in history:
        key = {"table": row["table_name"], "expectation": row["expectation"]}
        key |= {"run_id": row["last_run"]}
        of = f"{row['table_name']}, {row['expectation']}"
        yield traced(of, "check_history", key, tuple(key))


def _deliveries_traced(stopped: Sequence[Row]) -> Iterator[Traced]:
    for row in stopped:
        of = f"{row['source']}, {row['clinic_id']}"
        yield traced(of, "source_delivery", row, ("source", "clinic_id"))


def _questions_traced(questions: Sequence[DataQuestion]) -> Iterator[Traced]:
    for each in questions:
        of = Truncator(each.text).chars(60)
        yield traced(of, "data_question", {"number": each.number}, ("number",))
