"""The files beside a source that explain its exports."""

from pathlib import Path

from flows.errors import ExitCode, OpKoersError
from flows.landing.reading import Surroundings, too_large
from flows.landing.source import Source

LARGEST_COMPANION = 1 << 26


def companion(name: str | None, source: Source, surroundings: Surroundings) -> Path | None:
    """The companion of that name, None where the source names none.

    Raises OpKoersError when it does not lie beside the source or is out of proportion.
    """
    if name is None:
        return None
    file = surroundings.companions / name
    if not file.is_file():
        raise unusable_companion(
            source, f"the file '{name}' that it names is not there", "Lay it beside this source"
        )
    if file.stat().st_size > LARGEST_COMPANION:
        raise too_large(name, f"it is larger than {LARGEST_COMPANION >> 20} MB")
    return file


def companion_encoding(file: Path, source: Source) -> str:
    """utf-8 where the companion can be read so, else the encoding of the export."""
    try:
        file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return source.encoding
    return "utf-8"


def unusable_companion(source: Source, what: str, next_step: str) -> OpKoersError:
    """The error of a companion that is not what its source says."""
    return OpKoersError(
        what,
        where=f"sources/{source.name}.toml",
        next_step=next_step,
        exit_code=ExitCode.SOURCE,
    )
