"""The second factor of local accounts: an authenticator app, and recovery codes.

A recovery code has 80 random bits, so that a keyed digest keeps it as safe as a slow hash
would, and finds it without trying each.
"""

import base64
import logging
import secrets
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from dashboards.accounts.models import RecoveryCode, SecondFactor
from dashboards.accounts.sealing import UnsealableError, keyed_digest, seal, unseal
from dashboards.accounts.totp import step_of

log = logging.getLogger(__name__)

RECOVERY_CODES = 10
RECOVERY_BYTES = 10
FAMILIAR = str.maketrans({" ": None, "-": None, "0": "O", "1": "I", "8": "B"})


def is_enrolled(user: User) -> bool:
    """Whether the person has confirmed an authenticator app."""
    return SecondFactor.objects.filter(user=user).exists()


def enrol(user: User, secret: str, code: str, now: datetime) -> list[str] | None:
    """The new recovery codes, to be shown once; None when the code is not of this secret.

    Also None when the person was enrolled meanwhile: a second app never takes the place of
    the first.
    """
    step = step_of(secret, code, now.timestamp())
    if step is None:
        return None
    with transaction.atomic():
        _, is_new = SecondFactor.objects.get_or_create(
            user=user,
            defaults={
                "sealed_secret": seal(secret, _about(user)),
                "confirmed_at": now,
                "last_step": step,
            },
        )
        return _new_recovery_codes(user) if is_new else None


def code_holds(user: User, code: str, now: datetime) -> bool:
    """Whether `code` is of now and was not used before; it cannot be used again."""
    factor = SecondFactor.objects.filter(user=user).first()
    if factor is None:
        return False
    try:
        secret = unseal(factor.sealed_secret, _about(user))
    except UnsealableError:
        log.error("a second factor was sealed with another key: restore secrets/ or reset it")
        return False
    step = step_of(secret, code, now.timestamp())
    if step is None:
        return False
    # One statement, so that of two requests with the same code only one gets in.
    newer = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step)
    return newer.update(last_step=step) == 1


def recovery_code_holds(user: User, code: str, now: datetime) -> bool:
    """Whether `code` is one of the person's, still unused; now it is used."""
    unused = RecoveryCode.objects.filter(user=user, digest=_digest(user, code), used_at=None)
    return unused.update(used_at=now) == 1


def recovery_codes_left(user: User) -> int:
    """How many recovery codes the person has not used yet."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def reset(user: User) -> None:
    """Forget app and recovery codes; the person enrols again at the next sign-in."""
    with transaction.atomic():
        SecondFactor.objects.filter(user=user).delete()
        RecoveryCode.objects.filter(user=user).delete()


def _new_recovery_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    raw = [secrets.token_bytes(RECOVERY_BYTES) for _ in range(RECOVERY_CODES)]
    codes = ["-".join(_in_fours(base64.b32encode(each).decode("ascii"))) for each in raw]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=_digest(user, code)) for code in codes
    )
    return codes


def _in_fours(text: str) -> list[str]:
    return [text[at : at + 4] for at in range(0, len(text), 4)]


def _digest(user: User, code: str) -> str:
    """Of the code as it was meant: capitals, hyphens and look-alike digits do not matter."""
    return keyed_digest(code.upper().translate(FAMILIAR), f"recovery code of {user.pk}")


def _about(user: User) -> str:
    return f"second factor of {user.pk}"
