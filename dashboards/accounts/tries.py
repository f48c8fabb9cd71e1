"""How often somebody may try: per account name and per address, over all processes.

Each try is counted in the database before anything is checked, and given back when it
succeeded, so that tries made at once cannot slip past. From the allowed number on every further
try has to wait, each time twice as long. Failures run down with time. A name that does not exist
is counted in the same way, so that the answer does not tell it from one that does.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from dashboards.accounts.models import SignInTries
from dashboards.accounts.sealing import keyed_digest

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Allowance:
    """`free` tries before waiting begins; one failure is forgotten per `forgets`. [D]"""

    about: str
    free: int
    forgets: timedelta


# Many people of one clinic come from one address, so that an address may fail more often.
NAME = Allowance("name", 5, timedelta(hours=1))
CODE = Allowance("code", 5, timedelta(hours=1))
ADDRESS = Allowance("address", 30, timedelta(minutes=1))


class TooManyTriesError(Exception):
    """Nothing was checked. `wait` is how long the next try has to wait."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait

    @property
    def minutes(self) -> int:
        """Whole minutes to wait, rounded up."""
        return max(1, -(-int(self.wait.total_seconds()) // 60))


@dataclass(frozen=True)
class _Counted:
    allowance: Allowance
    key: str


@dataclass(frozen=True)
class Try:
    """One try that was counted; call `succeeded` when it did."""

    counted: Sequence[_Counted]

    def succeeded(self) -> None:
        """Forget the failures of the name; the address gets only this try back.

        Rows that nobody touched for days go too, or guessed names would pile up.
        """
        with transaction.atomic():
            SignInTries.objects.filter(counted_at__lt=timezone.now() - KEPT).delete()
            for each in self.counted:
                if each.allowance is ADDRESS:
                    _give_back(each)
                else:
                    SignInTries.objects.filter(key=each.key).delete()


def begin_try(request: HttpRequest, allowance: Allowance, who: str) -> Try:
    """Count one try of `who` from the address of `request`.

    Raises TooManyTriesError, and then counts nothing.
    """
    counted = [_counted(allowance, who.casefold())]
    address = address_of(request)
    if address is not None:
        counted.append(_counted(ADDRESS, address))
    _count_all(sorted(counted, key=lambda each: each.key), timezone.now())
    return Try(counted)


def address_of(request: HttpRequest) -> str | None:
    """Where a request came from; of IPv6 the network of one site, /64.

    Behind the https proxy it is the last address that the proxy added, and None when the
    proxy adds none: then all people would share one.
    """
    if settings.BEHIND_TLS:
        told = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
    else:
        told = request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(told)
    except ValueError:
        return None
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((int(address), 64), strict=False))


def _counted(allowance: Allowance, who: str) -> _Counted:
    return _Counted(allowance, keyed_digest(who, f"tries of {allowance.about}"))


def _count_all(counted: Sequence[_Counted], now: datetime) -> None:
    """All or none; in one order, so that two requests never wait for each other."""
    with transaction.atomic():
        rows = [_row(each, now) for each in counted]
        waits = [row.wait_until - now for row in rows if row.wait_until and row.wait_until > now]
        if waits:
            raise TooManyTriesError(max(waits))
        for each, row in zip(counted, rows, strict=True):
            row.failures += 1
            row.wait_until = _wait_until(each.allowance, row.failures, now)
            row.save()


def _row(each: _Counted, now: datetime) -> SignInTries:
    """The row as of now: failures that time has forgotten are gone. Locked on PostgreSQL."""
    SignInTries.objects.get_or_create(key=each.key, defaults={"counted_at": now})
    row = SignInTries.objects.select_for_update().get(key=each.key)
    forgotten = max((now - row.counted_at) // each.allowance.forgets, 0)
    row.failures = max(row.failures - forgotten, 0)
    row.counted_at += forgotten * each.allowance.forgets
    return row


def _wait_until(allowance: Allowance, failures: int, now: datetime) -> datetime | None:
    beyond = failures - allowance.free
    if beyond < 0:
        return None
    return now + min(FIRST_WAIT * (1 << min(beyond, 10)), LONGEST_WAIT)


def _give_back(each: _Counted) -> None:
    row = SignInTries.objects.select_for_update().filter(key=each.key).first()
    if row is not None:
        row.failures = max(row.failures - 1, 0)
        row.wait_until = None
        row.save()
