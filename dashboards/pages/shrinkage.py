"""The help page on a therapist's own results: shrinkage, its interval, and who sees them."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from dashboards.access import ViewerRequest
from dashboards.drawing.formats import number, one_decimal
from dashboards.drawing.shrinkage import (
    SHARE_BETWEEN,
    SPREAD,
    Estimate,
    example_estimates,
    shrinkage_picture,
    verdict,
    within_over_between,
)


@dataclass(frozen=True)
class Row:
    """One line of the table under the picture, written in the language of the page."""

    name: str
    patients: str
    plain_mean: str
    estimate: str
    verdict: str


def therapist_results(request: ViewerRequest) -> HttpResponse:
    """The page `therapist_results`: an example only, nothing of the service's own data."""
    language = (get_language() or "nl")[:2]
    estimates = example_estimates()
    page = {
        "picture": mark_safe(shrinkage_picture(estimates, language)),  # noqa: S308 - escaped there
        "rows": [_row(estimate, language) for estimate in estimates],
        "share": number(100 * SHARE_BETWEEN, language),
        "half_at": one_decimal(within_over_between(), language),
        "spread": number(SPREAD, language),
    }
    return render(request, "therapist_results.html", page)


def _row(estimate: Estimate, language: str) -> Row:
    lower, upper = (one_decimal(each, language) for each in (estimate.lower, estimate.upper))
    return Row(
        name=estimate.therapist.name,
        patients=number(estimate.therapist.patients, language),
        plain_mean=one_decimal(estimate.therapist.plain_mean, language),
        estimate=f"{one_decimal(estimate.value, language)} [{lower}; {upper}]",
        verdict=verdict(estimate, language),
    )
