"""A long list cut into pages, with the addresses of those before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.http import HttpRequest

Row = TypeVar("Row")
PAGE_SIZE = 50


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows of page `number` (from 1) of `of`; `first` is the place of its first row, from 1.

    `earlier` and `later` are the queries of the neighbours; empty where there is none.
    """

    rows: Sequence[Row]
    number: int
    of: int
    first: int
    earlier: str
    later: str

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def page_asked(request: HttpRequest, rows: Sequence[Row]) -> Page[Row]:
    """The page that `?page=` asks for; the nearest that exists, whatever was typed."""
    of = max(1, -(-len(rows) // PAGE_SIZE))
    typed = request.GET.get("page", "")
    asked = int(typed) if typed.isdecimal() and len(typed) < 9 else 1
    number = min(max(asked, 1), of)
    start = (number - 1) * PAGE_SIZE
    return Page(
        rows=rows[start : start + PAGE_SIZE],
        number=number,
        of=of,
        first=start + 1,
        earlier=_query(request, number - 1) if number > 1 else "",
        later=_query(request, number + 1) if number < of else "",
    )


def _query(request: HttpRequest, number: int) -> str:
    """The query of this request, for another page: what was chosen stays chosen."""
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
