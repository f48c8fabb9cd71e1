"""The lines that a person edits in a guessed source, by file of the reference data.

Each is the beginning of a line of the guess and what is written in its place.
"""

MOST = 3

EDITS: dict[str, tuple[tuple[str, str], ...]] = {
    # The words of its codebook are not in the export.
    "castor/CastorQOLSurvey.csv": (
        ("# values = ", "values = { Excellent = 1, Mostly = 2, Rarely = 4 }"),
    ),
}


def edited(source: str, file: str) -> str:
    """A guessed source with the edits of a file; each must find its one line."""
    for beginning, line in EDITS.get(file, ()):
        lines = source.split("\n")
        (place,) = [n for n, text in enumerate(lines) if text.startswith(beginning)]
        lines[place] = line
        source = "\n".join(lines)
    return source
