"""The headings and labels under which `opkoers explain` tells where an alert comes from."""

from dashboards.drawing.translation import N_, translation

LABELS = {
    "alert": N_("Alert"),
    "about": N_("Patient {patient}, clinic {clinic}, episode {episode}"),
    "open_since": N_("{level}, opened {opened}, still open"),
    "closed": N_("{level}, opened {opened}, closed {closed}: {why}"),
    "why": N_("Why"),
    "scores": N_("Scores"),
    "score": N_("{day}, {place}: {score}"),
    "start": N_("{day}, {place}: {score} (start)"),
    "score_expected": N_(
        "{day}, {place}: {score}; expected {expected}, between {lower} and {upper}"
    ),
    "session": N_("session {n}"),
    "measurement": N_("measurement {n}"),
    "constants": N_("By what it is judged"),
    "constant": N_("{name}: {value} ({source}; {evidence})"),
    "threshold": N_("Item {item}: from {value} on"),
    "model": N_("Model of the expected course"),
    "model_is": N_(
        "{model}, on {episodes} episodes that ended up to {fitted_until} ({population})"
    ),
    "of_service": N_("of the service"),
    "of_clinic": N_("of the clinic"),
    "answers": N_("What was done with it"),
    "nothing_done": N_("Nothing yet."),
    "seen": N_("{at}: seen"),
    "answered": N_("{at}: {action}"),
    "taken_back": N_("{at}: answer taken back"),
    "lines": N_("Where it stands in the files"),
    "line": N_("{day}: {file}, line {lines}"),
    "several_lines": N_("{day}: {file}, lines {lines}"),
    "not_in_archive": N_("The files are not in the archive of this home."),
}


def label(key: str, language: str, **parts: object) -> str:
    """The label in `language`, filled in."""
    return translation(language).gettext(LABELS[key]).format(**parts)
