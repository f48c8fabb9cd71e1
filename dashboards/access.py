"""Who may see what: one table of roles, and the viewer whose limits every query takes.

A page that the table does not give to a role is refused to it, also a page added tomorrow.
Rows are limited in `queries/*.sql` by `$viewer`, never in a template.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboards.accounts.models import Account
from dashboards.journal.deputies import deputises_for
from dashboards.journal.sharing import shares_with


class Role(StrEnum):
    """Names of roles as accounts keep them."""

    CLINIC_COORDINATOR = "clinic_coordinator"
    THERAPIST = "therapist"
    SUPERVISOR = "supervisor"
    QUALITY_OFFICER = "quality_officer"
    ADMINISTRATOR = "administrator"


class Scope(StrEnum):
    """Whose rows a role sees; the queries know these words.

    A therapist's patients are those who are the therapist's own, those whom a colleague on
    leave left to the therapist, and those whom the therapist treats together with a colleague.
    Patients that were shared come with both scopes of patients.
    """

    CLINIC = "clinic"
    OWN_PATIENTS = "own_patients"
    SHARED_PATIENTS = "shared_patients"
    AGGREGATES = "aggregates"
    NOTHING = "nothing"


@dataclass(frozen=True)
class RoleRules:
    """What a role may open (names of routes), whose rows it sees there, and in words.

    `start` is the page after signing in.
    """

    name: str | Promise
    in_words: str | Promise
    scope: Scope
    start: str
    pages: frozenset[str]


ALERT_PAGES = frozenset(
    {"alerts", "alert", "alert_seen", "alert_answer", "alert_undo", "alert_note", "overdue"}
)
PATIENT_PAGES = frozenset(
    {"caseload", "find_patient", "patient", "who_looked", "share", "stop_sharing", "leaving",
     "leave", "leave_end", "patient_view", "goals", "goal_set", "goal_close", "evaluation",
     "evaluation_plan", "evaluation_hold", "mark_set", "mark_remove"}
)  # fmt: skip
PROGRESS_PAGES = frozenset(
    {"progress", "intervision", "intervision_add", "intervision_remove", "practice_goal_set",
     "practice_goal_close", "practice_goal_remove", "zone_consent", "supervisees",
     "supervisee_consent"}
)  # fmt: skip
HELP_PAGES = frozenset({"help", "help_chapter", "therapist_results"})
WEEK_PAGES = frozenset({"week", "week_file"})
QUALITY_PAGES = frozenset(
    {"quality", "quality_indicators", "quality_indicator", "quality_loop", "quality_data",
     "quality_question_close", "quality_table", "quality_report"}
)  # fmt: skip
OWN_PAGES = frozenset({"account", "change_password", "end_sessions"})

ROLES: Mapping[Role, RoleRules] = {
    Role.CLINIC_COORDINATOR: RoleRules(
        name=_("Clinic coordinator"),
        in_words=_("sees the alerts and the overdue measurements of the own clinic."),
        scope=Scope.CLINIC,
        start="alerts",
        pages=ALERT_PAGES | WEEK_PAGES | HELP_PAGES | OWN_PAGES | {"break_glass"},
    ),
    Role.THERAPIST: RoleRules(
        name=_("Therapist"),
        in_words=_(
            "sees own patients only: those treated alone or with a colleague, those of a colleague"
            " on leave, and those whom a colleague shared."
        ),
        scope=Scope.OWN_PATIENTS,
        start="alerts",
        pages=ALERT_PAGES
        | PATIENT_PAGES
        | PROGRESS_PAGES
        | HELP_PAGES
        | OWN_PAGES
        | {"break_glass"},
    ),
    Role.SUPERVISOR: RoleRules(
        name=_("Supervisor"),
        in_words=_(
            "sees the patients whom a supervisee shared, as long as they are shared, and answers"
            " nothing about them; beside these own patients, if any."
        ),
        scope=Scope.SHARED_PATIENTS,
        start="caseload",
        pages=ALERT_PAGES | PATIENT_PAGES | PROGRESS_PAGES | HELP_PAGES | OWN_PAGES,
    ),
    Role.QUALITY_OFFICER: RoleRules(
        name=_("Quality officer"),
        in_words=_(
            "sees counts of the service, none of fewer than five, and nothing of a single patient"
            " or therapist."
        ),
        scope=Scope.AGGREGATES,
        start="quality",
        pages=HELP_PAGES | OWN_PAGES | QUALITY_PAGES | {"protection"},
    ),
    Role.ADMINISTRATOR: RoleRules(
        name=_("Administrator"),
        in_words=_("sees accounts and settings, and nothing of patients."),
        scope=Scope.NOTHING,
        start="accounts",
        pages=HELP_PAGES | OWN_PAGES | {"accounts", "settings", "protection"},
    ),
}

# Whoever opens one of these, or tries to, is written down.
ABOUT_PATIENTS = (
    ALERT_PAGES
    | WEEK_PAGES
    | PATIENT_PAGES - {"leave", "leave_end"}
    | PROGRESS_PAGES
    | {"break_glass"}
)

# Routes that need no role: signing out, choosing a language, and what is open to anyone.
PAGES_WITHOUT_ROLE = frozenset(
    {
        "sign_in",
        "sign_in_code",
        "sign_in_enrol",
        "sign_in_demo",
        "sign_in_provider",
        "sign_in_provider_back",
        "sign_out",
        "language",
    }
)


@dataclass(frozen=True)
class Viewer:
    """The signed-in person as the queries know them."""

    actor: str
    role: Role
    clinic_id: str
    therapist_id: str | None
    stands_in_for: frozenset[str] = frozenset()
    shared: frozenset[tuple[str, str]] = frozenset()
    opened: str | None = None

    @property
    def rules(self) -> RoleRules:
        return ROLES[self.role]

    @property
    def sees_patients(self) -> bool:
        return self.rules.scope in (Scope.OWN_PATIENTS, Scope.SHARED_PATIENTS)

    def may(self, page: str) -> bool:
        """Whether the role has the route of that name."""
        return page in self.rules.pages

    def parameter(self) -> dict[str, Any]:
        """`$viewer` of the queries, which read all of it within `clinic_id`.

        `actor`: a named deputy sees what nobody answered in time, also in another clinic.
        `therapists` (therapist_id, relation): those whose patients are the viewer's, as
        own or as deputy. `shared` (therapist_id, patient_id): by whom and who. `opened`: the
        patient for whom the glass was broken, in this request only.
        """
        return {
            "actor": self.actor,
            "scope": self.rules.scope.value,
            "clinic_id": self.clinic_id,
            "therapists": self._therapists(),
            "shared": [
                {"therapist_id": therapist_id, "patient_id": patient_id}
                for therapist_id, patient_id in sorted(self.shared)
            ],
            "opened": self.opened,
        }

    def _therapists(self) -> list[dict[str, str]]:
        own = [self.therapist_id] if self.therapist_id and self.sees_patients else []
        return [{"therapist_id": each, "relation": "own"} for each in own] + [
            {"therapist_id": each, "relation": "deputy"} for each in sorted(self.stands_in_for)
        ]


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
    viewer = Viewer(
        actor=account.user.get_username(),
        role=role,
        clinic_id=account.clinic_id,
        therapist_id=account.therapist_id,
    )
    return _with_relations(viewer) if viewer.sees_patients else viewer


def _with_relations(viewer: Viewer) -> Viewer:
    """With the patients that others left to the viewer; only those of the viewer's own clinic."""
    return replace(
        viewer,
        stands_in_for=frozenset(
            therapist_id
            for clinic_id, therapist_id in deputises_for(viewer.actor)
            if clinic_id == viewer.clinic_id
        ),
        shared=frozenset(
            (share.therapist_id, share.patient_id)
            for share in shares_with(viewer.actor)
            if share.clinic_id == viewer.clinic_id
        ),
    )
