"""Who may see what: one table of roles, and the viewer whose limits every query takes.

A page that the table does not give to a role is refused to it, also a page added tomorrow.
Rows are limited in `queries/*.sql` by `$viewer`, never in a template.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboards.accounts.models import Account


class Role(StrEnum):
    """Names of roles as accounts keep them."""

    CLINIC_COORDINATOR = "clinic_coordinator"
    THERAPIST = "therapist"


class Scope(StrEnum):
    """Whose rows a role sees; the queries know these words."""

    CLINIC = "clinic"
    OWN_PATIENTS = "own_patients"


@dataclass(frozen=True)
class RoleRules:
    """What a role may open (names of routes), whose rows it sees there, and in words."""

    name: str | Promise
    in_words: str | Promise
    scope: Scope
    pages: frozenset[str]


ALERT_PAGES = frozenset({"alerts", "alert", "alert_seen", "alert_answer", "alert_undo"})

ROLES: Mapping[Role, RoleRules] = {
    Role.CLINIC_COORDINATOR: RoleRules(
        name=_("Clinic coordinator"),
        in_words=_("sees the alerts and the overdue measurements of the own clinic."),
        scope=Scope.CLINIC,
        pages=ALERT_PAGES | {"overdue", "help"},
    ),
    Role.THERAPIST: RoleRules(
        name=_("Therapist"),
        in_words=_("sees the alerts and the overdue measurements of own patients only."),
        scope=Scope.OWN_PATIENTS,
        pages=ALERT_PAGES | {"overdue", "help"},
    ),
}

# Routes that need no role: signing out, choosing a language, and what is open to anyone.
PAGES_WITHOUT_ROLE = frozenset({"sign_in", "sign_out", "language"})


@dataclass(frozen=True)
class Viewer:
    """The signed-in person as the queries know them."""

    actor: str
    role: Role
    clinic_id: str
    therapist_id: str | None

    @property
    def rules(self) -> RoleRules:
        return ROLES[self.role]

    def parameter(self) -> dict[str, str | None]:
        """`$viewer` of the queries: scope, clinic_id, therapist_id (null unless it limits)."""
        own = self.rules.scope is Scope.OWN_PATIENTS
        return {
            "scope": self.rules.scope.value,
            "clinic_id": self.clinic_id,
            "therapist_id": self.therapist_id if own else None,
        }


class ViewerRequest(HttpRequest):
    """A request that passed AccessMiddleware on a page that needs a role."""

    viewer: Viewer


def viewer_of(user_id: int) -> Viewer | None:
    """The viewer that a user is now, read afresh; None without an account in a known role."""
    account = Account.objects.select_related("user").filter(user_id=user_id).first()
    if account is None:
        return None
    role = next((known for known in Role if known == account.role), None)
    if role is None:
        return None
    return Viewer(
        actor=account.user.get_username(),
        role=role,
        clinic_id=account.clinic_id,
        therapist_id=account.therapist_id,
    )


class AccessMiddleware:
    """Gives a request its viewer, and refuses (403) pages that the viewer's role has not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *_arguments: object
    ) -> None:
        match = request.resolver_match
        page = "" if match is None else match.view_name
        user_id = request.user.pk
        viewer = None if user_id is None else viewer_of(user_id)
        if viewer is not None:
            cast(ViewerRequest, request).viewer = viewer
        if page in PAGES_WITHOUT_ROLE:
            return
        if viewer is None or page not in viewer.rules.pages:
            raise PermissionDenied
