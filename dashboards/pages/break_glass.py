"""Opening the course of somebody else's patient for a stated reason, where the service allows it.

It lasts for one page: nothing is kept but the entry in the access log, and to look again is to
give the reason again. What is shown can be read and not written to.
"""

from dataclasses import replace

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from dashboards.access import ViewerRequest
from dashboards.journal.access_log import REASON_LIMIT
from dashboards.pages.caseload import may_break_glass
from dashboards.pages.patient import episodes_of, shown

LEAST_REASON = 10
SHORT = _("Write in a few words why you need to see this patient.")


class BreakGlassForm(forms.Form):
    """Which patient of the own clinic, and why."""

    patient = forms.CharField(
        max_length=200, error_messages={"required": _("Write the patient's number.")}
    )
    reason = forms.CharField(
        min_length=LEAST_REASON,
        max_length=REASON_LIMIT,
        widget=forms.Textarea,
        error_messages={
            "required": SHORT,
            "min_length": SHORT,
            "max_length": _("The reason is longer than %(limit_value)d characters. Shorten it."),
        },
    )


def break_glass(request: ViewerRequest) -> HttpResponse:
    """The form, and with a reason the patient's page. Raises Http404 where it is not allowed."""
    if not may_break_glass(request.viewer):
        raise Http404
    if request.method != "POST":
        return render(request, "break_glass.html", {"form": None})
    form = BreakGlassForm(request.POST)
    if not form.is_valid():
        return render(request, "break_glass.html", {"form": form}, status=422)
    viewer = replace(request.viewer, opened=form.cleaned_data["patient"])
    episode, *earlier = episodes_of(viewer, form.cleaned_data["patient"])
    return shown(request, viewer, episode, earlier, reason=form.cleaned_data["reason"])
