"""Critical answers in words, for the weekly report and for the one that stands in for it."""

from collections.abc import Mapping

from dashboards.drawing.formats import number
from dashboards.drawing.sentences import domain_name, record_status_name
from dashboards.drawing.translation import translation


def critical_columns(language: str) -> list[str]:
    """Heads of the columns that `critical_words` and its row fill."""
    _ = translation(language).gettext
    return [
        _("About"),
        _("Question"),
        _("Answer"),
        _("Date"),
        _("Patient"),
        _("Therapist"),
        _("Record"),
    ]


def critical_words(reason: Mapping[str, object], language: str) -> Mapping[str, str]:
    """What a critical answer is about, its question, its value, and where its record stands."""
    _ = translation(language).gettext
    item = _("item {item}").format(item=reason["item"])
    return {
        "about": domain_name(str(reason["domain"]), language),
        "question": on_one_line(f"{reason['instrument']}, {item}"),
        "answer": number(float(str(reason["value"])), language),
        "record": record_status_name(str(reason.get("record_status", "landed")), language),
    }


def on_one_line(text: str) -> str:
    """`text` with spaces at which no line may break."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")
