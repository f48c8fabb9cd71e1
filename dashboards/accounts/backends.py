"""The three ways in, each only for accounts of its own kind, asked again on every request."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest

from dashboards.accounts.demo_home import is_demo_home
from dashboards.accounts.models import Account, Source


class LocalBackend(ModelBackend):
    """Name and password. An unknown name costs as much time as a wrong password (Django)."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_more: Any,
    ) -> User | None:
        user = super().authenticate(request, username=username, password=password)
        return user if isinstance(user, User) and _is_of(user, Source.LOCAL) else None

    def get_user(self, user_id: int) -> User | None:
        """The user, unless disabled, not local, or local accounts are switched off."""
        if not settings.OPKOERS.sign_in.local_accounts:
            return None
        return _active(user_id, Source.LOCAL)


class ProviderBackend(BaseBackend):
    """The clinic's identity provider; `provider_sign_in` has checked who it is."""

    def get_user(self, user_id: int) -> User | None:
        """The user, unless disabled, or vouched for by another provider than that of today."""
        user = _active(user_id, Source.PROVIDER)
        issuer = settings.OPKOERS.oidc.issuer
        if user is None or not issuer or user.account.issuer != issuer:
            return None
        return user


class DemoBackend(BaseBackend):
    """Somebody invented, for synthetic data on this machine only."""

    def get_user(self, user_id: int) -> User | None:
        """The user while demo people may come in at all."""
        return _active(user_id, Source.DEMO) if is_demo_home() else None


def _active(user_id: int, source: Source) -> User | None:
    user = User.objects.select_related("account").filter(pk=user_id, is_active=True).first()
    return user if user is not None and _is_of(user, source) else None


def _is_of(user: User, source: Source) -> bool:
    """Who has no account yet counts as local, and may open nothing."""
    account: Account | None = getattr(user, "account", None)
    return (Source.LOCAL if account is None else account.source) == source
