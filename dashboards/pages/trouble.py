"""Calm pages for when something cannot be shown: what happened, and what to do."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboards.identity import IdentityUnreadableError
from dashboards.warehouse import (
    NothingPublishedError,
    OtherContractError,
    UnreadableSnapshotError,
    WarehouseError,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trouble:
    """One kind of trouble as a page: HTTP status, what happened, what to do."""

    status: int
    title: str | Promise
    what_to_do: str | Promise


BAD_REQUEST = Trouble(400, _("This request could not be read"), _("Go back and try again."))
REFUSED = Trouble(
    403,
    _("This page is not part of your role"),
    _("If you do need it, ask whoever manages the accounts of your clinic."),
)
FORM_EXPIRED = Trouble(
    403,
    _("This form is no longer valid"),
    _("Nothing was saved. Go back, reload the page and fill in the form again."),
)
NOT_FOUND = Trouble(
    404,
    _("There is nothing here for you"),
    _(
        "The address may be wrong, or what was here is no longer in the data. Begin again at the"
        " first page."
    ),
)
BROKEN = Trouble(
    500,
    _("Something went wrong on our side"),
    _("Try again. If it happens again, tell whoever runs Op koers; the log says where it was."),
)
NOT_WRITTEN = Trouble(
    503,
    _("This could not be saved"),
    _(
        "Nothing was saved; what was saved earlier is kept. Copy your text if you typed any, tell"
        " whoever runs Op koers that the disk may be full, and try again later."
    ),
)
NOT_LOGGED = Trouble(
    503,
    _("This page cannot be shown now"),
    _(
        "Who looks at a patient is written down before anything is shown, and that is not possible"
        " now. Nothing was lost. Tell whoever runs Op koers that the disk may be full."
    ),
)
NO_IDENTITIES = Trouble(
    503,
    _("Patients cannot be found by their number now"),
    _("Tell whoever runs Op koers that identity.sqlite3 cannot be read. Use the list meanwhile."),
)
WAREHOUSE_TROUBLES = {
    NothingPublishedError: Trouble(
        503,
        _("There are no data yet"),
        _("The first weekly run has not published anything. Come back after it has finished."),
    ),
    OtherContractError: Trouble(
        503,
        _("The data were made for another version of these pages"),
        _("Ask whoever runs Op koers to run it again with this version."),
    ),
    UnreadableSnapshotError: Trouble(
        503,
        _("The data cannot be read now"),
        _("Ask whoever runs Op koers to run it again. Answers given earlier are kept."),
    ),
}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return trouble_page(request, BAD_REQUEST)


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    return trouble_page(request, REFUSED)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    return trouble_page(request, FORM_EXPIRED)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return trouble_page(request, NOT_FOUND)


def broken(request: HttpRequest) -> HttpResponse:
    return trouble_page(request, BROKEN)


def trouble_page(request: HttpRequest, trouble: Trouble, typed: str = "") -> HttpResponse:
    """The page of `trouble`, with its status, and what the person had typed."""
    page = {"trouble": trouble, "typed": typed}
    return render(request, "trouble.html", page, status=trouble.status)


class WarehouseTroubleMiddleware:
    """Shows a calm page when a view could not read the published tables or write the journal."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, OperationalError):
            log.error("journal not written", exc_info=exception)
            if request.method != "POST":
                return trouble_page(request, NOT_LOGGED)
            typed = request.POST.get("note", request.POST.get("reason", ""))
            return trouble_page(request, NOT_WRITTEN, typed)
        if isinstance(exception, IdentityUnreadableError):
            log.error("identity store not read", exc_info=exception)
            return trouble_page(request, NO_IDENTITIES)
        if not isinstance(exception, WarehouseError):
            return None
        log.warning("published tables not shown", exc_info=exception)
        return trouble_page(request, WAREHOUSE_TROUBLES[type(exception)])
