"""What a provider's claims mean here: which person, in which role, of which clinic."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboards.access import ROLES, Role, Scope
from dashboards.accounts.models import WITHOUT_CLINIC
from flows.settings import Oidc

# As long as the accounts keep them; OpenID Connect Core 1.0, 2 limits a subject to 255.
LONGEST = {"subject": 255, "name": 150, "clinic": 200, "therapist": 200}


class NoRoleError(Exception):
    """The provider knows the person, but gives no role that Op koers knows."""


class UnusableClaimError(Exception):
    """A claim that the role needs is absent, empty, too long or more than one value."""

    def __init__(self, claim: str) -> None:
        super().__init__()
        self.claim = claim


@dataclass(frozen=True)
class Person:
    """Somebody as an account keeps them; see `models.Account`."""

    subject: str
    name: str
    role: Role
    clinic_id: str
    therapist_id: str | None


def person_of(claims: Mapping[str, Any], oidc: Oidc) -> Person:
    """Who the claims say this is. Raises NoRoleError, UnusableClaimError."""
    role = role_of(claims, oidc)
    needs_clinic = role.value not in WITHOUT_CLINIC
    takes_therapist = may_be_therapist(role)
    return Person(
        subject=_text(claims, "sub", "subject"),
        name=_text(claims, oidc.name_claim, "name"),
        role=role,
        clinic_id=_text(claims, oidc.clinic_claim, "clinic") if needs_clinic else "",
        therapist_id=_therapist(claims, oidc, role) if takes_therapist else None,
    )


def role_of(claims: Mapping[str, Any], oidc: Oidc) -> Role:
    """The first role of `role_map`, in its order, that the person has. Raises NoRoleError."""
    told = _found(claims, oidc.role_claim)
    theirs = {str(each) for each in told} if isinstance(told, list) else {str(told)}
    known = {role.value: role for role in Role}
    for name, ours in oidc.role_map.items():
        if name in theirs and ours in known:
            return known[ours]
    raise NoRoleError


def needs_therapist(role: Role) -> bool:
    """Whether the role sees own patients, so that it says nothing without a therapist's id."""
    return ROLES[role].scope is Scope.OWN_PATIENTS


def may_be_therapist(role: Role) -> bool:
    """Whether a therapist's id may come with the role: a supervisor may treat patients too."""
    return needs_therapist(role) or role.value == "supervisor"


def _therapist(claims: Mapping[str, Any], oidc: Oidc, role: Role) -> str | None:
    if not needs_therapist(role) and _found(claims, oidc.therapist_claim) is None:
        return None
    return _text(claims, oidc.therapist_claim, "therapist")


def _text(claims: Mapping[str, Any], name: str, what: str) -> str:
    """One value as text; a list of one is that one. Raises UnusableClaimError."""
    value = _found(claims, name)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise UnusableClaimError(name)
    text = str(value).strip()
    if not text or len(text) > LONGEST[what] or not text.isprintable():
        raise UnusableClaimError(name)
    return text


def _found(claims: Mapping[str, Any], name: str) -> Any:
    """The claim of that name; else, by the dots in the name, what lies in objects; else None."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found
