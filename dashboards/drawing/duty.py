"""Who answers for critical items, and by what protocol, in the words of a report and a page."""

from datetime import date

from dashboards.drawing.formats import day, number
from dashboards.drawing.translation import translation


def duty_sentence(deputy: str | None, hours: int, language: str) -> str:
    """To whom a critical item goes that nobody answers in time; that nobody is named, if so."""
    _ = translation(language).gettext
    if deputy is None:
        return _(
            "No deputy is named: when a critical item is not answered within {hours} hours, nobody"
            " else is told. Name one under [critical] in opkoers.toml."
        ).format(hours=number(hours, language))
    return _(
        "A critical item that is not answered within {hours} hours of coming in goes to {deputy},"
        " the named deputy."
    ).format(hours=number(hours, language), deputy=deputy)


def late_sentence(deputy: str | None, language: str) -> str:
    """What stands with a critical item that nobody answered in time."""
    _ = translation(language).gettext
    if deputy is None:
        return _("Not answered in time, and no deputy is named.")
    return _("Not answered in time: now for {deputy}, the named deputy.").format(deputy=deputy)


def protocol_sentence(protocol: str, language: str) -> str:
    """The clinic's own words on its protocol; empty where it gave none."""
    _ = translation(language).gettext
    return _("Our protocol: {protocol}").format(protocol=protocol) if protocol.strip() else ""


def alerts_from_sentence(first: date | None, language: str) -> str:
    """From when on critical answers open alerts; empty where all do."""
    _ = translation(language).gettext
    if first is None:
        return ""
    return _(
        "Critical answers measured before {day} open no alert here: by decision of this service"
        " they were dealt with before Op koers came."
    ).format(day=day(first, language))
