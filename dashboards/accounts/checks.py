"""Mistakes in how people sign in that the settings alone cannot see."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from dashboards.access import Role
from dashboards.accounts.provider_secret import SecretFileError, client_secret


@register()
def check_sign_in(**_more: Any) -> list[CheckMessage]:
    """Errors for `python -m django check`."""
    return [Error(each, id="accounts.E001") for each in sign_in_mistakes()]


def sign_in_mistakes() -> list[str]:
    """Sentences that say what is wrong with [oidc] and [sign_in], and what to do."""
    oidc, found = settings.OPKOERS.oidc, []
    if not oidc.issuer:
        nobody = not settings.OPKOERS.sign_in.local_accounts
        return ["Nobody can sign in: set local_accounts or fill in [oidc]."] if nobody else []
    roles = {role.value for role in Role}
    unknown = sorted(set(oidc.role_map.values()) - roles)
    if unknown:
        found.append(
            f"role_map of [oidc] names roles that Op koers has not ({', '.join(unknown)})."
            f" It has: {', '.join(sorted(roles))}."
        )
    try:
        client_secret()
    except SecretFileError as error:
        found.append(str(error))
    return found
