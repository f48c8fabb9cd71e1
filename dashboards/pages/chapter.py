"""One rule in worked examples: a chapter of the help."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from dashboards.access import ViewerRequest
from dashboards.drawing.worked_examples import Chapter, chapters


def rule_in_examples(request: ViewerRequest, chapter: str) -> HttpResponse:
    """The page `help_chapter`; with `?all` every example is open, else the first."""
    told = chapters_in_force()
    place = {each.key: place for place, each in enumerate(told)}.get(chapter)
    if place is None:
        raise Http404
    page = {
        "chapter": told[place],
        "earlier": told[place - 1] if place else None,
        "later": told[place + 1] if place + 1 < len(told) else None,
        "is_all_open": "all" in request.GET,
    }
    return render(request, "help_chapter.html", page)


def chapters_in_force() -> tuple[Chapter, ...]:
    """Every chapter in the language of the page."""
    return chapters((get_language() or "nl")[:2])
