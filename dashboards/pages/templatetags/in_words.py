"""Days, moments and numbers in the language in force, written as the reports write them."""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.translation import get_language

from dashboards.drawing import formats, therapist_zone

register = template.Library()


@register.filter
def day(value: date) -> str:
    """18 nov 2026."""
    return formats.day(value, _language())


@register.filter
def long_day(value: date) -> str:
    """18 november 2026."""
    return formats.long_day(value, _language())


@register.filter
def wall_moment(value: datetime) -> str:
    """24 nov 2026 10:30, of a published table, which is in the service's time already."""
    return formats.moment(value, _language())


@register.filter
def moment(value: datetime) -> str:
    """18 nov 2026 06:02, in the service's time zone."""
    return formats.moment(timezone.localtime(value), _language())


@register.filter
def number(value: float) -> str:
    """33,1 in Dutch, 33.1 in English."""
    return formats.number(value, _language())


@register.filter
def number_or_dash(value: float | None) -> str:
    """The number; a dash where the query left a small one out."""
    return "–" if value is None else formats.number(value, _language())


@register.filter
def one_decimal(value: float) -> str:
    """33,0 in Dutch, 33.0 in English."""
    return formats.one_decimal(value, _language())


@register.filter
def percent(value: float) -> str:
    """7 % of 0.068: shares are told in whole per cents."""
    return f"{formats.number(round(100 * value), _language())} %"


@register.filter
def signed(value: float) -> str:
    """+0,4 or −0,4: with a sign that says which way."""
    return therapist_zone.signed(value, _language())


def _language() -> str:
    return (get_language() or "nl")[:2]
