"""A therapist's own leave, and the colleague who takes over meanwhile."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from dashboards.access import Viewer, ViewerRequest
from dashboards.journal.deputies import Leave, announce_leave, end_leave, leaves_of
from dashboards.journal.writing import service_day
from dashboards.pages.sharing import colleagues_of

NO_DAY = {"required": _("Fill in a day."), "invalid": _("That is not a day.")}


class LeaveForm(forms.Form):
    """Who takes over, from and up to which day (both included)."""

    deputy = forms.ChoiceField(
        error_messages={
            "required": _("Choose who takes over."),
            "invalid_choice": _("Choose who takes over."),
        }
    )
    first_on = forms.DateField(error_messages=NO_DAY)
    last_on = forms.DateField(error_messages=NO_DAY)

    def __init__(self, viewer: Viewer, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.fields["deputy"].choices = colleagues_of(viewer)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        first_on, last_on = told.get("first_on"), told.get("last_on")
        if first_on and last_on and last_on < max(first_on, service_day()):
            self.add_error("last_on", str(_("The last day lies before the first, or is over.")))
        return told


def leave(request: ViewerRequest) -> HttpResponse:
    """The page `leave`, and announcing one; the form again (422) when it cannot be right."""
    therapist_id = _own_id(request.viewer)
    if request.method != "POST":
        return _page(request, therapist_id, None)
    form = LeaveForm(request.viewer, request.POST)
    if not form.is_valid():
        return _page(request, therapist_id, form)
    told = form.cleaned_data
    announce_leave(
        request.viewer.actor,
        request.viewer.clinic_id,
        therapist_id,
        told["deputy"],
        told["first_on"],
        told["last_on"],
    )
    return redirect("leave")


def leave_end(request: ViewerRequest) -> HttpResponse:
    """End an own leave, from this moment."""
    number = request.POST.get("number", "")
    if request.method == "POST" and number.isdecimal() and len(number) < 19:
        viewer = request.viewer
        end_leave(viewer.actor, viewer.clinic_id, _own_id(viewer), int(number))
    return redirect("leave")


def _page(request: ViewerRequest, therapist_id: str, form: LeaveForm | None) -> HttpResponse:
    page = {
        "form": form,
        "leaves": _still_to_come(request.viewer, therapist_id),
        "colleagues": colleagues_of(request.viewer),
    }
    return render(request, "leave.html", page, status=200 if form is None else 422)


def _still_to_come(viewer: Viewer, therapist_id: str) -> list[Leave]:
    """Leaves that are running or will."""
    leaves = leaves_of(viewer.clinic_id, therapist_id)
    return [each for each in leaves if each.last_on is None or each.last_on >= service_day()]


def _own_id(viewer: Viewer) -> str:
    """Raises PermissionDenied for who treats nobody, such as some supervisors."""
    if viewer.therapist_id is None:
        raise PermissionDenied
    return viewer.therapist_id
