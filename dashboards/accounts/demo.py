"""The picker of the demo: look around as somebody invented, without a password.

Only for synthetic data, on this machine, without a proxy in front; anywhere else the page does
not exist, and sessions that began here are void.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import Promise
from django.views.decorators.http import require_http_methods

from dashboards.access import ROLES, Role
from dashboards.accounts.claims import may_be_therapist, needs_therapist
from dashboards.accounts.demo_home import may_enter
from dashboards.accounts.models import WITHOUT_CLINIC, Account, Source
from dashboards.accounts.sign_in import next_page
from dashboards.warehouse import published_snapshot

BACKEND = "dashboards.accounts.backends.DemoBackend"
THERAPISTS_SHOWN = 3
MADE = "demo-"


@dataclass(frozen=True)
class DemoPerson:
    """Somebody to look around as; `name` is that of the account, made when first chosen.

    `is_added`: an administrator added the account by that name.
    """

    name: str
    role: Role
    clinic_id: str
    therapist_id: str | None
    is_added: bool = False

    @property
    def role_name(self) -> str | Promise:
        return ROLES[self.role].name


@login_not_required
@require_http_methods(["GET", "POST"])
def demo_picker(request: HttpRequest) -> HttpResponse:
    """One button per person of the demo; pressing it signs in. 404 where there is no demo."""
    if not may_enter(request):
        raise Http404
    people = demo_people()
    if request.method == "GET":
        shown = {"people": people, "next": next_page(request)}
        return render(request, "sign_in_demo.html", shown)
    chosen = next((p for p in people if p.name == request.POST.get("person")), None)
    if chosen is None:
        raise Http404
    login(request, _user_of(chosen), backend=BACKEND)
    return HttpResponseRedirect(next_page(request))


def demo_people() -> list[DemoPerson]:
    """By clinic: accounts that were added for the demo, then for each role somebody."""
    added = {person.name: person for person in _added()}
    others = [person for person in _of_snapshot() if person.name not in added]
    return sorted([*added.values(), *others], key=lambda person: person.clinic_id)


def add_demo_account(person: DemoPerson) -> User:
    """The user of `person`, without a password and so without another way in."""
    with transaction.atomic():
        user = User.objects.create_user(username=person.name)
        Account.objects.create(
            user=user,
            role=person.role.value,
            clinic_id=person.clinic_id,
            therapist_id=person.therapist_id,
            source=Source.DEMO.value,
        )
    return user


def _user_of(person: DemoPerson) -> User:
    found = User.objects.filter(username=person.name, account__source=Source.DEMO).first()
    return found or add_demo_account(person)


def _added() -> Iterator[DemoPerson]:
    accounts = Account.objects.filter(source=Source.DEMO, user__is_active=True)
    roles = {role.value: role for role in Role}
    for account in accounts.select_related("user").order_by("user__username"):
        if account.role in roles:
            yield DemoPerson(
                account.user.username,
                roles[account.role],
                account.clinic_id,
                account.therapist_id,
                is_added=not account.user.username.startswith(MADE),
            )


def _of_snapshot() -> Iterator[DemoPerson]:
    """By clinic; within it by role, therapists with the most alerts first."""
    therapists = published_snapshot().rows("demo_therapists", most=THERAPISTS_SHOWN)
    clinics = sorted({row["clinic_id"] for row in therapists})
    for role in Role:
        if role.value in WITHOUT_CLINIC:
            yield _person(role)
    for clinic in clinics:
        yield from _of_clinic([row for row in therapists if row["clinic_id"] == clinic])


def _of_clinic(therapists: list[dict[str, Any]]) -> Iterator[DemoPerson]:
    for role in Role:
        if role.value in WITHOUT_CLINIC:
            continue
        if needs_therapist(role):
            yield from (_person(role, r["clinic_id"], r["therapist_id"]) for r in therapists)
        elif may_be_therapist(role):
            yield _person(role, therapists[0]["clinic_id"], therapists[0]["therapist_id"])
        else:
            yield _person(role, therapists[0]["clinic_id"])


def _person(role: Role, clinic: str = "", therapist: str | None = None) -> DemoPerson:
    return DemoPerson(demo_name(role, clinic, therapist), role, clinic, therapist)


def demo_name(role: Role, clinic: str = "", therapist: str | None = None) -> str:
    """The account's name of somebody whom the picker offers."""
    return (MADE + "-".join(filter(None, [role.value, clinic, therapist])))[:150]
