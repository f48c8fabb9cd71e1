"""Sharing an own patient with a colleague, such as a supervisor, for a while."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from dashboards.access import ROLES, Role, Viewer, ViewerRequest
from dashboards.accounts.models import Account
from dashboards.journal.sharing import share, shares_of, stop_sharing
from dashboards.journal.writing import service_day
from dashboards.warehouse import published_snapshot

COLLEAGUES = (Role.SUPERVISOR, Role.THERAPIST)


class ShareForm(forms.Form):
    """With whom, and up to which day; no day means until it is stopped."""

    colleague = forms.ChoiceField()
    until = forms.DateField(required=False)

    def __init__(self, viewer: Viewer, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.fields["colleague"].choices = colleagues_of(viewer)  # type: ignore[attr-defined]

    def clean_until(self) -> date | None:
        until: date | None = self.cleaned_data["until"]
        if until is not None and until < service_day():
            raise forms.ValidationError(_("That day is over."))
        return until


def share_patient(request: ViewerRequest, patient_id: str) -> HttpResponse:
    """Share an own patient. A form that cannot be right changes nothing."""
    if request.method != "POST":
        return redirect("patient", patient_id)
    viewer, therapist_id = request.viewer, own_therapist(request.viewer, patient_id)
    form = ShareForm(viewer, request.POST)
    if form.is_valid():
        told = form.cleaned_data
        share(
            viewer.actor,
            therapist_id,
            viewer.clinic_id,
            patient_id,
            told["colleague"],
            told["until"],
        )
    return redirect("patient", patient_id)


def stop_sharing_patient(request: ViewerRequest, patient_id: str) -> HttpResponse:
    """End a share, from this moment."""
    if request.method != "POST":
        return redirect("patient", patient_id)
    viewer, therapist_id = request.viewer, own_therapist(request.viewer, patient_id)
    colleague = request.POST.get("colleague", "")
    stop_sharing(viewer.actor, therapist_id, viewer.clinic_id, patient_id, colleague)
    return redirect("patient", patient_id)


def sharing_of(viewer: Viewer, patient_id: str) -> dict[str, Any]:
    """`shares` of the patient and the `colleagues` to choose from, for the page."""
    shares = shares_of(viewer.clinic_id, viewer.therapist_id or "")
    return {
        "shares": [each for each in shares if each.patient_id == patient_id],
        "colleagues": colleagues_of(viewer),
    }


def colleagues_of(viewer: Viewer) -> list[tuple[str, str]]:
    """(account, account with its role) of those in the clinic who may see patients."""
    accounts = Account.objects.filter(
        clinic_id=viewer.clinic_id, role__in=COLLEAGUES, user__is_active=True
    ).exclude(user__username=viewer.actor)
    names = accounts.order_by("role", "user__username").values_list("user__username", "role")
    return [(name, f"{name}, {ROLES[Role(role)].name}") for name, role in names]


def own_therapist(viewer: Viewer, patient_id: str) -> str:
    """The viewer's own therapist's id. Raises Http404, or PermissionDenied for no own patient."""
    rows = published_snapshot().rows("patient", viewer=viewer.parameter(), patient_id=patient_id)
    if not rows:
        raise Http404
    if rows[0]["relation"] != "own" or viewer.therapist_id is None:
        raise PermissionDenied
    return viewer.therapist_id
