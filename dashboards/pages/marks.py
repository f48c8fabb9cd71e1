"""Own marks on a patient's course: writing one, and taking one away."""

from datetime import date
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from dashboards.access import ViewerRequest
from dashboards.journal.marks import MARK_LIMIT, MarkKind, remove_mark, set_mark
from dashboards.journal.writing import service_day
from dashboards.pages.happenings import MARKS
from dashboards.pages.patient import Forms, shown_again, treated_episode

NO_DAY = {"required": _("Fill in a day."), "invalid": _("That is not a day.")}


class MarkForm(forms.Form):
    """What, on which day of the treatment up to today, and in a few words."""

    kind = forms.ChoiceField(
        choices=list(MARKS.items()),
        error_messages={
            "required": _("Choose what it is about."),
            "invalid_choice": _("Choose what it is about."),
        },
    )
    on = forms.DateField(error_messages=NO_DAY)
    text = forms.CharField(
        max_length=MARK_LIMIT,
        error_messages={
            "required": _("Write in a few words what it was."),
            "max_length": _("That is longer than %(limit_value)d characters. Shorten it."),
        },
    )

    def __init__(self, started_on: date, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.started_on = started_on

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if not self.started_on <= on <= service_day():
            raise forms.ValidationError(_("Fill in a day of this treatment, up to today."))
        return on


def mark_set(request: ViewerRequest, patient_id: str) -> HttpResponse:
    """Write an own mark; the page again (422) when it cannot be kept."""
    if request.method != "POST":
        return redirect("patient", patient_id)
    episode = treated_episode(request.viewer, patient_id)
    form = MarkForm(episode.started_at.date(), request.POST)
    if not form.is_valid():
        return shown_again(request, episode, Forms(mark=form))
    told = form.cleaned_data
    kind = MarkKind(told["kind"])
    set_mark(request.viewer.actor, episode.course, kind, told["on"], told["text"])
    return redirect("patient", patient_id)


def mark_remove(request: ViewerRequest, patient_id: str) -> HttpResponse:
    """Take an own mark away. A number that is none changes nothing."""
    if request.method != "POST":
        return redirect("patient", patient_id)
    episode = treated_episode(request.viewer, patient_id)
    number = number_of(request)
    if number is not None:
        remove_mark(request.viewer.actor, episode.course, number)
    return redirect("patient", patient_id)


def number_of(request: ViewerRequest) -> int | None:
    """The `number` that a button sent; None where that is no number of an event."""
    number = request.POST.get("number", "")
    return int(number) if number.isdecimal() and len(number) < 19 else None
