"""Whether anybody uses the alerts: the audit of the loop, without small counts."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dashboards.access import ViewerRequest
from dashboards.drawing.paper import figure
from dashboards.drawing.quality_series import Row
from dashboards.drawing.quality_words import caution_in_words
from dashboards.drawing.sentences import kind_name
from dashboards.pages.quality_points import Unit, count_said, language, rows_of
from dashboards.pages.quality_trace import Traced, traced

CAUTION = "not_a_proof_of_effect"
KEY = ("unit_kind", "unit", "kind", "rule")


@dataclass(frozen=True)
class Audited:
    """Alerts of one kind and rule in one unit, as texts."""

    unit: Unit
    kind: str
    alerts: str
    seen: str
    answered: str
    in_time: str
    acted_on: str
    hours: str
    back: str
    trace: Traced


def loop_page(request: ViewerRequest) -> HttpResponse:
    """The page `quality_loop`."""
    rows = rows_of(request, "quality_loop")
    caution = rows[0]["caution"] if rows else CAUTION
    page = {
        "audited": list(_audited(rows)),
        "caution": caution_in_words(caution, language()),
    }
    return render(request, "quality_loop.html", page)


def _audited(rows: list[dict[str, object]]) -> Iterator[Audited]:
    for row in rows:
        unit = Unit(str(row["unit_kind"]), str(row["unit"]))
        kind = kind_name(str(row["kind"]), language())
        yield Audited(
            unit=unit,
            kind=kind,
            alerts=_count(row, "alerts"),
            seen=_count(row, "seen"),
            answered=_count(row, "answered"),
            in_time=_count(row, "answered_in_time"),
            acted_on=_count(row, "acted_on"),
            hours=_hours(row),
            back=_back(row),
            trace=traced(kind, "shown_loop_audit", row, KEY),
        )


def _count(row: Row, name: str) -> str:
    return count_said(row[name], is_withheld=True)


def _hours(row: Row) -> str:
    """The median from showing to answering, with the middle half of them."""
    if row["hours_to_answer"] is None:
        return "–"
    told = {
        name: count_said(row[key], is_withheld=False)
        for name, key in (
            ("median", "hours_to_answer"),
            ("lower", "hours_to_answer_lower"),
            ("upper", "hours_to_answer_upper"),
        )
    }
    return _("{median} ({lower} to {upper})").format(**told)


def _back(row: Row) -> str:
    """Shares back on course: of answered alerts, and of comparable ones without an answer."""
    if not row["answered_known"] or row["expected_back"] is None:
        return "–"
    answered, comparable = (
        figure(row[name] / row["answered_known"], language(), is_share=True)
        for name in ("answered_back", "expected_back")
    )
    return _("{answered}, comparable {comparable}").format(answered=answered, comparable=comparable)
