"""What stands around every page: who looks, how old the data are, simulated or not."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboards.access import Viewer
from dashboards.last_run import failed_at
from dashboards.warehouse import Run, WarehouseError, published_snapshot

# In the order of the menu, as far as the viewer's role has them.
MENU: dict[str, str | Promise] = {
    "week": _("This week"),
    "alerts": _("Alerts"),
    "caseload": _("Patients"),
    "overdue": _("Overdue"),
    "progress": _("My progress"),
    "quality": _("Quality"),
    "protection": _("Data protection"),
    "accounts": _("Accounts"),
    "settings": _("Settings"),
    "leave": _("Leave"),
    "help": _("Help"),
}

# The flow runs weekly; one day of grace before the page says that a run was missed. [D]
EXPECTED_AGE_DAYS = 8


@dataclass(frozen=True)
class DataAge:
    """`days` between the last day in the data and today in the service's time zone."""

    as_of: date
    days: int

    @property
    def is_old(self) -> bool:
        return self.days > EXPECTED_AGE_DAYS


def frame_of_page(request: HttpRequest) -> dict[str, Any]:
    """`viewer`, `run`, `data_age`, `run_failed_at` (all None before sign-in), and the rest."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    run = None if viewer is None else _run()
    return {
        "viewer": viewer,
        "menu": [] if viewer is None else _menu(viewer),
        "run": run,
        "data_age": None if run is None else _age(run),
        "run_failed_at": None if viewer is None else failed_at(settings.OPKOERS.last_run),
        "language_next": request.get_full_path() if request.method == "GET" else "/",
    }


def _menu(viewer: Viewer) -> list[tuple[str, str | Promise]]:
    """(address, name); leave and the own progress are for who treats patients."""
    left_out = set() if viewer.therapist_id else {"leave", "progress"}
    return [
        (reverse(page), name)
        for page, name in MENU.items()
        if viewer.may(page) and page not in left_out
    ]


def _run() -> Run | None:
    try:
        return published_snapshot().run
    except WarehouseError:
        return None


def _age(run: Run) -> DataAge:
    today: date = settings.OPKOERS.today()
    return DataAge(as_of=run.as_of, days=max((today - run.as_of).days, 0))
