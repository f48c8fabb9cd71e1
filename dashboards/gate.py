"""What each request passes: who it is, whether the role has the page; what is kept of a refusal."""

from collections.abc import Callable
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from dashboards import looking
from dashboards.access import (
    ABOUT_PATIENTS,
    PAGES_WITHOUT_ROLE,
    Viewer,
    ViewerRequest,
    viewer_of,
)


class AccessMiddleware:
    """Gives a request its viewer, and refuses (403) pages that the viewer's role has not.

    What was refused of a page about patients, by role or by row, goes into the access log.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *_arguments: object
    ) -> HttpResponse | None:
        match = request.resolver_match
        page = "" if match is None else match.view_name
        # Read afresh: what the identity provider was asked just now may have changed the account
        # since `request.user` was read.
        user_id = request.user.pk
        viewer = None if user_id is None else viewer_of(user_id)
        if viewer is not None:
            cast(ViewerRequest, request).viewer = viewer
        if page in PAGES_WITHOUT_ROLE or (viewer is not None and viewer.may(page)):
            return None
        if viewer is not None and request.path == "/":
            return redirect(viewer.rules.start)
        self._log_refusal(request)
        raise PermissionDenied

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, Http404 | PermissionDenied):
            self._log_refusal(request)

    def _log_refusal(self, request: HttpRequest) -> None:
        """One entry, where the page is about patients and somebody is signed in."""
        match = request.resolver_match
        viewer: Viewer | None = getattr(request, "viewer", None)
        if match is None or match.view_name not in ABOUT_PATIENTS or request.user.pk is None:
            return
        looking.log_refusal(
            actor=request.user.get_username(),
            role="" if viewer is None else viewer.role.value,
            clinic_id="" if viewer is None else viewer.clinic_id,
            page=match.view_name,
            alert_id=match.kwargs.get("alert_id"),
            patient_id=match.kwargs.get("patient_id"),
        )
