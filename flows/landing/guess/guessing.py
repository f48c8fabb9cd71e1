"""An export nobody has described -> a first source file, tried out on that export."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from tempfile import TemporaryDirectory

from flows.errors import ExitCode, OpKoersError
from flows.instruments import Instrument, load_instruments
from flows.landing.compressed import Arrival, arrivals
from flows.landing.filing import MEGABYTE
from flows.landing.guess.describe import describe
from flows.landing.guess.sampling import Reader
from flows.landing.guess.trial import Trial, try_out
from flows.landing.guess.write import source_text
from flows.landing.reading import Surroundings
from flows.landing.source import load_sources
from flows.settings import Settings, load_settings


@dataclass(frozen=True)
class Guess:
    """A source file as text, what is unsure about it, and what it made of the export.

    `companions` are files that it names, which have to lie beside it.
    """

    source: str
    doubts: tuple[str, ...]
    companions: tuple[Path, ...]
    trial: Trial


def guess(file: Path, home: Path | None = None) -> Guess:
    """A source for a file, or for the first export in an envelope.

    `home` gives its settings and instruments; what the file makes is landed in
    a folder that is gone afterwards. Raises OpKoersError when it is no export
    of answers, saying what it is.
    """
    if not file.is_file():
        raise OpKoersError(
            "there is no such file",
            where=file,
            next_step="Mend its name",
            exit_code=ExitCode.UNREADABLE_FILE,
        )
    with TemporaryDirectory(prefix=".guess-", dir=home) as folder:
        scratch = Path(folder)
        settings = load_settings(home or scratch / "home")
        instruments = load_instruments(home and home / "instruments")
        largest = settings.landing.largest_unpacked_mb * MEGABYTE
        found = arrivals(file, scratch, largest)
        arrival = next(found)
        made = _of_arrival(arrival, file, scratch, settings, instruments)
        made = replace(made, doubts=(*_on_others(arrival.name, home), *made.doubts))
        if arrival.envelope is None or next(found, None) is None:
            return made
    only = f"'{file.name}' holds more than one export: this is a source for '{arrival.name}' alone"
    return replace(made, doubts=(only, *made.doubts))


def _of_arrival(
    arrival: Arrival,
    file: Path,
    scratch: Path,
    settings: Settings,
    instruments: Mapping[str, Instrument],
) -> Guess:
    landing = settings.landing
    surroundings = Surroundings(
        companions=file.absolute().parent,
        timezone=settings.service.timezone,
        chunk_rows=landing.reader_chunk_rows,
        largest_bytes=landing.largest_unpacked_mb * MEGABYTE,
    )
    reader = Reader(surroundings, scratch, landing.reader_memory_mb)
    draft = describe(arrival.path, arrival.name, instruments, reader)
    text = source_text(draft)
    at_home = settings.model_copy(update={"home": scratch / "home"})
    if draft.is_open:
        trial = Trial(None, (), _undecided(arrival.name))
    else:
        trial = try_out(text, arrival.path, arrival.name, draft.companions, at_home, instruments)
    return Guess(text, (*draft.all_doubts, *_on_outcome(trial)), draft.companions, trial)


def _on_others(name: str, home: Path | None) -> Iterator[str]:
    """Sources of a home that read a file of this name already."""
    known, _ = load_sources(home / "sources") if home is not None else ((), ())
    for source in known:
        if fnmatch(name, source.match):
            yield (
                f"sources/{source.name}.toml reads files of this name already: where two match,"
                " neither is used"
            )


def _on_outcome(trial: Trial) -> Iterator[str]:
    """What landing the file showed to be doubtful."""
    if trial.receipt is not None and trial.receipt.landed == 0:
        yield "not one record lands: the columns are there, but nothing usable stands in them"


def _undecided(name: str) -> OpKoersError:
    return OpKoersError(
        "whether its dates begin with the day or with the month cannot be told",
        where=name,
        next_step="Take the comment sign off one of the two lines of measured_at",
        exit_code=ExitCode.SOURCE,
    )
