"""One file of the inbox -> its place in the archive, or one clear sentence why not."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from flows.errors import ExitCode, OpKoersError
from flows.instruments import Instrument
from flows.landing import archive, columns, entities, inbox
from flows.landing.compressed import Arrival, arrivals
from flows.landing.filing import MEGABYTE, Readers, file_away, landing_time
from flows.landing.source import Source, load_sources, source_for
from flows.mishaps import told_as_sentence
from flows.settings import Settings

log = logging.getLogger("opkoers.landing")

CHUNK = 1 << 20


@dataclass(frozen=True)
class Outcome:
    """What became of one inbox file; `error` is set when it was refused or held back."""

    name: str
    status: str
    receipt: archive.Receipt | None = None
    error: OpKoersError | None = None


def land_inbox(
    settings: Settings,
    instruments: Mapping[str, Instrument],
    *,
    accept: Sequence[str] = (),
    told: Callable[[Outcome], None] = lambda outcome: None,
) -> tuple[Outcome, ...]:
    """Land every file of the inbox that is not in the archive yet.

    `accept` names held-back files that are landed all the same. A file or a
    source that cannot be used does not keep the other files from landing.
    Raises OpKoersError for what concerns all of them: no rights, a full disk.
    """
    archive.clear_staging(settings.archive)
    sources, mistakes = _usable_sources(settings, instruments)
    readers = Readers(sources, instruments, settings)
    outcomes = []
    for outcome in chain(_unusable(mistakes), _landings(readers, accept)):
        told(outcome)
        outcomes.append(outcome)
    return tuple(outcomes)


def _unusable(mistakes: Sequence[OpKoersError]) -> Iterator[Outcome]:
    return (Outcome(m.where or "sources", "refused", error=m) for m in mistakes)


def _landings(readers: Readers, accept: Sequence[str]) -> Iterator[Outcome]:
    settings = readers.settings
    seen = inbox.arrivals(settings.inbox, settings.landing)
    for file in seen.incomplete:
        yield Outcome(file.name, "still_written")
    for file in seen.complete:
        yield from _landings_of(file, readers, accept)


def _landings_of(file: Path, readers: Readers, accept: Sequence[str]) -> Iterator[Outcome]:
    """What became of a file, or of each file in an envelope."""
    outcomes = []
    for outcome in _unpacked(file, readers, accept):
        outcomes.append(outcome)
        yield outcome
    is_done = all(outcome.status in ("landed", "known") for outcome in outcomes)
    if is_done and readers.settings.landing.inbox_after_landing == "remove":
        inbox.remove(file)


def _unpacked(file: Path, readers: Readers, accept: Sequence[str]) -> Iterator[Outcome]:
    """Outcomes one by one; what is wrong with an envelope ends it."""
    settings = readers.settings
    largest = settings.landing.largest_unpacked_mb * MEGABYTE
    before = None
    try:
        with told_as_sentence(), archive.unpacking(settings.archive) as scratch:
            inbox.check_name(file)
            before = inbox.stamp(file)
            for arrival in arrivals(file, scratch, largest):
                yield _try_to_land(file, before, arrival, readers, arrival.name in accept)
    except OpKoersError as error:
        if before is not None and inbox.stamp(file) != before:
            yield Outcome(file.name, "still_written")
            return
        yield _refused(_of_this_file(error, file, file.name), inbox.tellable(file.name))


def _usable_sources(
    settings: Settings, instruments: Mapping[str, Instrument]
) -> tuple[tuple[Source, ...], tuple[OpKoersError, ...]]:
    """Sources whose columns can be told apart, and what keeps the others from use."""
    loaded, mistakes = load_sources(settings.sources)
    usable, unusable = [], list(mistakes)
    for source in loaded:
        try:
            _prove(source, instruments)
            usable.append(source)
        except OpKoersError as mistake:
            unusable.append(mistake)
    return tuple(usable), tuple(unusable)


def _prove(source: Source, instruments: Mapping[str, Instrument]) -> None:
    if source.table == "responses":
        columns.occasions(source, instruments)
    else:
        entities.prove_source(source)


def _try_to_land(
    file: Path, before: inbox.Stamp | None, arrival: Arrival, readers: Readers, accepted: bool
) -> Outcome:
    try:
        with told_as_sentence():
            return _land(file, before, arrival, readers, accepted)
    except inbox.StillBeingWrittenError:
        return Outcome(arrival.name, "still_written")
    except OpKoersError as error:
        return _refused(_of_this_file(error, arrival.path, arrival.name), arrival.name)


def _refused(error: OpKoersError, name: str) -> Outcome:
    log.warning("file not landed: %s", error.exit_code.name)
    return Outcome(name, "refused", error=error)


def _of_this_file(error: OpKoersError, path: Path, name: str) -> OpKoersError:
    """The error with the name of the file; raises it when it concerns every file."""
    concerns_all = (ExitCode.DISK_FULL, ExitCode.NO_RIGHTS)
    if error.exit_code in concerns_all and error.where != str(path):
        raise error
    own = (None, str(path), path.name)
    return OpKoersError(
        error.what,
        where=name if error.where in own else error.where,
        line=error.line,
        next_step=error.next_step,
        exit_code=error.exit_code,
    )


def _land(
    file: Path, before: inbox.Stamp | None, arrival: Arrival, readers: Readers, accepted: bool
) -> Outcome:
    settings = readers.settings
    sha256 = sha256_of_file(arrival.path)
    if archive.status(settings.archive, sha256) == "landed":
        return Outcome(arrival.name, "known")
    source = source_for(arrival.name, readers.sources)
    held = _held_before(sha256, source, readers)
    if held is not None:
        return _held_back_before(held, settings, accepted)
    with archive.staged(settings.archive, sha256) as staging:
        with inbox.held_still(file, before):
            receipt = file_away(staging, arrival, sha256, source, readers)
        is_held_back = _is_too_broken(receipt, settings) and not accepted
        archive.write_receipt(staging, receipt, is_held_back=is_held_back)
    return _outcome(receipt, is_held_back, settings)


def _outcome(receipt: archive.Receipt, is_held_back: bool, settings: Settings) -> Outcome:
    what = "held back" if is_held_back else "landed"
    log.info("%s: %s records in, %s land", what, receipt.rows_in, receipt.landed)
    if is_held_back:
        log.warning("file not landed: %s", ExitCode.HELD_BACK.name)
        return Outcome(receipt.name, "held_back", receipt, _held_back_error(receipt, settings))
    return Outcome(receipt.name, "landed", receipt)


def _held_before(sha256: str, source: Source, readers: Readers) -> archive.Receipt | None:
    """What is known of a held-back file, unless its source was mended since."""
    held = [r for r in archive.held_back(readers.settings.archive) if r.sha256 == sha256]
    read_with = readers.fingerprint(source)
    return next((receipt for receipt in held if receipt.read_with == read_with), None)


def _held_back_before(held: archive.Receipt, settings: Settings, accepted: bool) -> Outcome:
    if _is_too_broken(held, settings) and not accepted:
        return Outcome(held.name, "held_back", held, _held_back_error(held, settings))
    moment = archive.next_moment(settings.archive, landing_time(settings))
    receipt = held.model_copy(update={"landed_at": moment, "held_back_at": held.landed_at})
    archive.write_receipt(settings.archive / held.sha256, receipt, is_held_back=False)
    return _outcome(receipt, False, settings)


def sha256_of_file(file: Path) -> str:
    """The name under which a file stands in the archive."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while part := stream.read(CHUNK):
            digest.update(part)
    return digest.hexdigest()


def _is_too_broken(receipt: archive.Receipt, settings: Settings) -> bool:
    return receipt.rejected_error > settings.landing.held_back_share * receipt.rows_in


def _held_back_error(receipt: archive.Receipt, settings: Settings) -> OpKoersError:
    share = receipt.rejected_error / receipt.rows_in
    return OpKoersError(
        f"held back: {receipt.rejected_error} of {receipt.rows_in} records ({share:.0%})"
        " have errors,"
        f" more than {settings.landing.held_back_share:.0%}",
        where=receipt.name,
        next_step="Mend the export or its source file, or land it as it is with"
        f" `opkoers run --accept {receipt.name}`",
        exit_code=ExitCode.HELD_BACK,
    )
