"""Where people of the demo may come in: synthetic data, on this machine, no proxy in front."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from dashboards.warehouse import WarehouseError, published_snapshot
from flows.settings import LOOPBACK

FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded")


def is_demo_home() -> bool:
    """Whether demo sessions may last: a synthetic home that only this machine can reach."""
    home = settings.OPKOERS
    is_here = home.serve.host in LOOPBACK and not settings.ADDRESS.geturl()
    return home.service.simulated and is_here and _snapshot_is_simulated() is not False


def may_enter(request: HttpRequest) -> bool:
    """Whether the picker exists for `request`: also only from this machine, by no proxy."""
    comes_from_here = (
        urlsplit(f"//{request.get_host()}").hostname in LOOPBACK
        and request.META.get("REMOTE_ADDR", "") in LOOPBACK
        and not any(name in request.headers for name in FORWARDED)
    )
    return comes_from_here and is_demo_home() and _snapshot_is_simulated() is True


def _snapshot_is_simulated() -> bool | None:
    """What the run in force says of itself; None while there is none that can be read."""
    try:
        return published_snapshot().run.simulated
    except WarehouseError:
        return None
