"""Decisions about the service itself: which rule is in force, and settings that changed."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from dashboards.journal.models import EventKind, JournalEvent
from dashboards.journal.writing import add_event, one_writer
from flows.settings import Settings

Values = Mapping[str, Any]
"""`section.name` to a setting's value, as JSON knows it."""


def decide_rule(actor: str, rule: str, decision: str, reason: str) -> None:
    """Write that `rule` was put in force, or was put out of it, and why. Always an event."""
    payload = {"rule": rule, "decision": decision, "reason": reason}
    with one_writer():
        add_event(EventKind.RULE_DECIDED, actor, payload)


def rebase_chart(
    actor: str, unit_kind: str, unit: str, indicator: str, from_day: date, reason: str
) -> None:
    """Write that a chart's limits start anew on `from_day`, and why; runs from now on draw them so.

    Raises ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("limits are not drawn anew without a reason")
    payload = {"unit_kind": unit_kind, "unit": unit, "indicator": indicator, "reason": reason}
    with one_writer():
        add_event(EventKind.CHART_REBASED, actor, payload | {"from": from_day.isoformat()})


def note_settings(actor: str, settings: Settings) -> int:
    """Write one `setting_changed` for each that differs from what was last written.

    Returns how many. The first time all of them are written, so that the journal alone tells
    what was in force when.
    """
    with one_writer():
        known = last_noted()
        changed = {
            name: value for name, value in _values(settings).items() if known.get(name, ()) != value
        }
        for name, value in changed.items():
            payload = {"setting": name, "from": known.get(name), "to": value}
            add_event(EventKind.SETTING_CHANGED, actor, payload)
    return len(changed)


def last_noted() -> Values:
    """Every setting that was ever written, with its last value."""
    events = JournalEvent.objects.filter(kind=EventKind.SETTING_CHANGED).order_by("seq")
    return {event.payload["setting"]: event.payload["to"] for event in events}


def _values(settings: Settings) -> Values:
    return dict(_flat(settings.model_dump(mode="json", exclude={"home"})))


def _flat(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for section, values in told.items():
        if not isinstance(values, dict):
            yield section, values
            continue
        yield from ((f"{section}.{name}", value) for name, value in values.items())
