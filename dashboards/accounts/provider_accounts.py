"""Accounts of people whom the identity provider vouches for; it says what they are each time."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from dashboards.accounts.claims import Person
from dashboards.accounts.models import Account, Source


class NameTakenError(Exception):
    """Somebody else has an account of that name. Names never join two people."""


def account_for(person: Person) -> User:
    """The user of `person`, made or brought up to date. Raises NameTakenError.

    The name stays that of the first sign-in, because the journal knows people by it.
    """
    issuer = settings.OPKOERS.oidc.issuer
    with transaction.atomic():
        account = _account(issuer, person.subject)
        if account is None:
            return _made(issuer, person)
        for field, value in _what_they_are(person).items():
            setattr(account, field, value)
        account.save()
        return account.user


def withdraw(subject: str) -> None:
    """Take the role of the provider's `subject`, and end the sessions; nobody: do nothing."""
    account = _account(settings.OPKOERS.oidc.issuer, subject)
    if account is not None:
        Account.objects.filter(pk=account.pk).update(role="", sessions_from=timezone.now())


def _account(issuer: str, subject: str) -> Account | None:
    found = Account.objects.select_related("user")
    return found.filter(source=Source.PROVIDER, issuer=issuer, subject=subject).first()


def _made(issuer: str, person: Person) -> User:
    if User.objects.filter(username__iexact=person.name).exists():
        raise NameTakenError
    try:
        user = User.objects.create_user(username=person.name)
        Account.objects.create(
            user=user,
            source=Source.PROVIDER.value,
            issuer=issuer,
            subject=person.subject,
            **_what_they_are(person),
        )
    except IntegrityError:
        raise NameTakenError from None
    return user


def _what_they_are(person: Person) -> dict[str, Any]:
    return {
        "role": person.role.value,
        "clinic_id": person.clinic_id,
        "therapist_id": person.therapist_id,
    }
