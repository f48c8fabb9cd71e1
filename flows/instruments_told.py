"""Instruments in the words of a terminal: what is known, with its source, and what is not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from shutil import get_terminal_size
from textwrap import wrap

from flows.errors import ExitCode, OpKoersError
from flows.instruments import (
    Constant,
    Constants,
    Difference,
    Instrument,
    Missing,
    Norm,
    Reliability,
    Scale,
    ScaleNorm,
    Sourced,
    Statement,
    load_instruments,
)
from flows.instruments.loader import find_instrument
from flows.settings import load_settings

WIDTH = 100
LABEL = 22
NO_RELIABLE_CHANGE = "no reliable-change value configured"
NAMES = {
    "cutoff": "cut-off",
    "reliable_change": "reliable change",
    "low_alliance": "limit of low alliance",
    "reliability": "reliability",
    "clinical_mean": "mean, clinical",
    "clinical_sd": "SD, clinical",
    "functional_mean": "mean, functional",
    "functional_sd": "SD, functional",
    "reference_mean": "mean, reference",
    "reference_sd": "SD, reference",
    "missing_items_allowed": "missing items",
}
EVIDENCE = {
    "V": "seen in a public source (of papers usually the abstract)",
    "VC": "read in the source code of the named public package",
    "K": "general knowledge of the field, not checked against the primary source",
    "D": "own choice of Op koers, without literature behind it",
}
REPLACEMENTS = {
    "none": "none may be missing",
    "mean": "replaced by the mean of {others}",
    "rounded_mean": "each replaced by the mean of {others}, rounded to a whole answer",
    "rounded_score": "replaced by the mean of {others}; the score is rounded",
}


def told(home: Path | None, action: str, name: str | None) -> Iterator[str]:
    """Lines of `opkoers instruments`: the list, or with `show` one of them.

    Without a home those that are shipped, with their default norms. Raises
    OpKoersError for a name that none has.
    """
    settings = load_settings(home) if home else None
    known = (
        load_instruments(settings.home / "instruments", settings.instruments.norms)
        if settings
        else load_instruments()
    )
    width = max(60, min(WIDTH, get_terminal_size().columns))
    return shown(_known_by(name, known), width) if action == "show" else listed(known, width)


def _known_by(name: str | None, known: Mapping[str, Instrument]) -> Instrument:
    found = find_instrument(name, known) if name else None
    if found is None:
        raise OpKoersError(
            f"no instrument is called '{name}'" if name else "show needs the ID of an instrument",
            next_step="`opkoers instruments` lists them",
            exit_code=ExitCode.INSTRUMENT,
        )
    return found


def listed(instruments: Mapping[str, Instrument], width: int = WIDTH) -> Iterator[str]:
    """Every instrument with what is known and what is missing, in lines of at most `width`."""
    yield from _wrapped(
        f"{len(instruments)} questionnaires. `opkoers instruments show ID` prints every number"
        " of one with its source. What has no sure source is left empty, and nothing guesses it.",
        width,
    )
    for name in sorted(instruments):
        yield ""
        yield from _listed(instruments[name], width)


def _listed(instrument: Instrument, width: int) -> Iterator[str]:
    origin = " (file of this home)" if instrument.origin == "home" else ""
    yield f"{instrument.id}{origin}"
    yield from _indented(f"{instrument.name}; {instrument.version}", width, 2)
    for each in instrument.replaced:
        yield from _labelled("in its place", _difference(each), width)
    for scale in instrument.scale:
        yield from _labelled(scale.id, _known_in_short(scale), width)
    if not instrument.scale:
        yield from _labelled("scales", "none: answers land, and no score is made of them", width)
    if instrument.norm_in_force:
        yield from _labelled("norms", _norms_in_short(instrument), width)
    if instrument.critical_item:
        yield from _labelled("critical items", _critical_in_short(instrument), width)
    yield from _labelled("missing", "; ".join(_missing_in_short(instrument)) or "-", width)


def _known_in_short(scale: Scale) -> str:
    """`0-27, lower is better; clinical >= 10 [V]; reliable change >= 6 [K]`."""
    parts = [f"{scale.minimum:g}-{scale.maximum:g}", scale.direction.replace("_", " ")]
    if not scale.items:
        parts.append("only as an export reports it")
    told = [", ".join(parts)]
    if scale.cutoff is not None:
        told.append(f"clinical {scale.cutoff.text} [{scale.cutoff.evidence}]")
    if scale.low_alliance is not None:
        told.append(f"low alliance {scale.low_alliance.text} [{scale.low_alliance.evidence}]")
    change = scale.reliable_change
    told.append(
        f"reliable change {change.text} [{change.evidence}]" if change else NO_RELIABLE_CHANGE
    )
    return "; ".join(told)


def _norms_in_short(instrument: Instrument) -> str:
    others = [norm.id for norm in instrument.norm if norm.id != instrument.norm_in_force]
    return f"{instrument.norm_in_force} in force; also {', '.join(others)}"


def _critical_in_short(instrument: Instrument) -> str:
    by_domain: dict[str, list[str]] = {}
    for critical in instrument.critical_item:
        by_domain.setdefault(critical.domain, []).append(str(critical.item))
    return "; ".join(
        f"{domain.replace('_', ' ')} {', '.join(items)}" for domain, items in by_domain.items()
    )


def _missing_in_short(instrument: Instrument) -> Iterator[str]:
    by_what: dict[str, list[str]] = {}
    for unknown in instrument.still_unknown():
        by_what.setdefault(unknown.what, []).append(unknown.scale or "")
    for what, scales in by_what.items():
        named = [scale for scale in scales if scale]
        is_all = len(named) == len(instrument.scale) or not named
        yield what if is_all else f"{what} of {', '.join(named)}"


# ---------- one of them


def shown(instrument: Instrument, width: int = WIDTH) -> Iterator[str]:
    """Every constant of an instrument with its source, population and evidence."""
    yield f"{instrument.short_name} ({instrument.id})"
    yield from _indented(instrument.name, width, 2)
    yield ""
    yield from _as_a_whole(instrument, width)
    for scale in instrument.scale:
        yield ""
        yield from _of_scale(scale, instrument, width)
    for norm in instrument.norm:
        yield ""
        yield from _of_norm(norm, instrument, width)
    yield from _critical(instrument, width)
    yield from _not_known(instrument, width)
    yield ""
    yield "Strength of evidence"
    for tag, meaning in EVIDENCE.items():
        yield from _labelled(f"[{tag}]", meaning, width)


def _as_a_whole(instrument: Instrument, width: int) -> Iterator[str]:
    for label, told in (
        ("version", instrument.version),
        ("measures", instrument.measures),
        ("rated by", f"{instrument.rater}; answers are of the {instrument.respondent}"),
        ("ages", _ages(instrument.age_from, instrument.age_to)),
        ("licence", instrument.licence),
        ("items", _items_as_a_whole(instrument)),
        ("units", ", ".join(f"{name} (x {by:g})" for name, by in instrument.units.items())),
        ("codings", ", ".join(f"{name} (+ {by:g})" for name, by in instrument.codings.items())),
        ("no answer", ", ".join(f"{code:g}" for code in instrument.missing_codes)),
        ("file", _origin(instrument)),
    ):
        if told:
            yield from _labelled(label, told, width)
    for each in instrument.replaced:
        yield from _labelled("in its place", _difference(each), width)
    yield from _statements(instrument.published, width)


def _items_as_a_whole(instrument: Instrument) -> str:
    told = f"{instrument.items or 'number not known'}"
    ranges: dict[tuple[float, float], list[int]] = {}
    for item in range(1, instrument.items + 1):
        ranges.setdefault(instrument.range_of(item), []).append(item)
    parts = [
        f"answers {_range(*limits)}" + (f" (items {spans(items)})" if len(ranges) > 1 else "")
        for limits, items in ranges.items()
    ]
    source = f"{instrument.item_source} [{instrument.item_evidence}]"
    return "; ".join([told, *parts, source])


def _range(lowest: float, highest: float) -> str:
    return f"{lowest:g} to {highest:g}" if abs(lowest) != float("inf") else "of unknown range"


def _ages(age_from: int | None, age_to: int | None) -> str:
    if age_from is None and age_to is None:
        return ""
    if age_to is None:
        return f"from {age_from}"
    return f"up to {age_to}" if age_from is None else f"{age_from}-{age_to}"


def _origin(instrument: Instrument) -> str:
    told = "of this home" if instrument.origin == "home" else "shipped with Op koers"
    return f"{told}, on top of {instrument.extends}" if instrument.extends else told


def _difference(each: Difference) -> str:
    """`total, reliable change: >= 7 (shipped: >= 6)`."""
    what = NAMES.get(each.what, each.what)
    where = ", ".join(part for part in (each.scale, each.norm, what) if part)
    return f"{where}: {each.own or 'nothing'} (shipped: {each.shipped or 'nothing'})"


def _of_scale(scale: Scale, instrument: Instrument, width: int) -> Iterator[str]:
    yield f"Scale {scale.id}" + (f": {scale.name}" if scale.name else "")
    for label, told in (
        ("score", _score(scale)),
        ("items", spans(scale.items) or _unmapped(scale)),
        ("reversed", spans(scale.reversed)),
        ("map", f"{scale.map_source} [{scale.map_evidence}]"),
    ):
        if told:
            yield from _labelled(label, told, width)
    if scale.items:
        yield from _constant("missing_items_allowed", scale.missing, width)
    given = {name for norm in scale.norm for name, _ in norm.known()}
    yield from _of_constants(scale, given if instrument.norm else set(), width)
    if scale.reliable_change is None:
        yield from _labelled(NAMES["reliable_change"], NO_RELIABLE_CHANGE, width)
    for band in scale.band:
        told = f"{band.lowest:g}-{band.highest:g} {band.label}"
        yield from _labelled("band", f"{told}; {_sourced(band)}", width)
    yield from _statements(scale.published, width)


def _score(scale: Scale) -> str:
    by = f"{scale.multiplier:g} x the " if scale.multiplier != 1 else "the "
    how = "as an export reports it" if scale.aggregation == "reported" else by + scale.aggregation
    range_ = f"{scale.minimum:g} to {scale.maximum:g}"
    return f"{how}; {range_}; {scale.direction.replace('_', ' ')}"


def _unmapped(scale: Scale) -> str:
    return f"{scale.size}, not known which or how they count" if scale.size else "not known"


def _of_constants(constants: Constants, of_norms: set[str], width: int) -> Iterator[str]:
    """Those that are not told with their norm group."""
    for name, constant in constants.known():
        if name not in of_norms:
            yield from _constant(name, constant, width)


def _of_norm(norm: Norm, instrument: Instrument, width: int) -> Iterator[str]:
    is_in_force = norm.id == instrument.norm_in_force
    state = "in force" if is_in_force else f'norms = {{ "{instrument.id}" = "{norm.id}" }} puts it'
    yield f"Norm {norm.id}: {norm.population} ({state}" + (
        ")" if is_in_force else " in force, under [instruments] in opkoers.toml)"
    )
    about = [norm.language and f"language {norm.language}", _ages(norm.age_from, norm.age_to)]
    if any(about):
        yield from _labelled("for", ", ".join(each for each in about if each), width)
    for scale in instrument.scale:
        for each in scale.norm:
            if each.id == norm.id:
                yield from _of_scale_norm(scale, each, width)


def _of_scale_norm(scale: Scale, norm: ScaleNorm, width: int) -> Iterator[str]:
    for name, constant in norm.known():
        yield from _constant(name, constant, width, f"{scale.id}: ")


def _constant(name: str, constant: Constant, width: int, before: str = "") -> Iterator[str]:
    own = " (of this home)" if constant.origin == "home" else ""
    yield from _labelled(before + NAMES[name], _value(constant) + own, width)
    yield from _indented(_sourced(constant), width, LABEL + 4)
    if constant.choice:
        yield from _indented(f"chosen among published values: {constant.note}", width, LABEL + 4)
    elif constant.note:
        yield from _indented(f"note: {constant.note}", width, LABEL + 4)


def _value(constant: Constant) -> str:
    if isinstance(constant, Missing):
        parts = ", ".join(constant.within)
        others = f"the others of its subscale ({parts})" if parts else "the others"
        how = REPLACEMENTS[constant.replacement].format(others=others)
        return how if constant.value == 0 else f"at most {constant.value:g}, {how}"
    told = constant.text
    if isinstance(constant, Reliability):
        told += f" ({constant.kind})"
    if constant.unrounded is not None:
        told += f"; before rounding {constant.unrounded:g}"
    return told + (f"; z = {constant.z:g}" if constant.z is not None else "")


def _sourced(part: Sourced) -> str:
    return f"{part.source}; for: {part.population} [{part.evidence}]"


def _statements(statements: Sequence[Statement], width: int) -> Iterator[str]:
    for statement in statements:
        told = f"{statement.kind}: {statement.value}; {_sourced(statement)}"
        yield from _labelled("published", told, width)


def _critical(instrument: Instrument, width: int) -> Iterator[str]:
    if not instrument.critical_item:
        return
    yield ""
    yield "Critical items, whatever the score says"
    for critical in instrument.critical_item:
        told = f"from {critical.threshold:g}, {critical.domain.replace('_', ' ')}"
        own = " (of this home)" if critical.origin == "home" else ""
        yield from _labelled(f"item {critical.item}", told + own, width)
        yield from _indented(_sourced(critical), width, LABEL + 4)


def _not_known(instrument: Instrument, width: int) -> Iterator[str]:
    unknown = instrument.still_unknown()
    yield ""
    yield "Not known, so left empty"
    for what, entries in groupby(unknown, key=lambda each: (each.what, each.reason)):
        scales = ", ".join(each.scale for each in entries if each.scale)
        reason = f"{scales}: {what[1]}" if scales and len(instrument.scale) > 1 else what[1]
        yield from _labelled(what[0], reason, width)
    if instrument.scale and not any(scale.clinical_sd for scale in instrument.scale):
        own = "of a clinical sample: to be computed from the clinic's own intake"
        yield from _labelled("mean and SD", own, width)


# ---------- lines


def spans(numbers: Iterable[int]) -> str:
    """`1, 2, 3, 7` as 1-3, 7."""
    parts: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if parts and parts[-1][1] == number - 1:
            parts[-1] = (parts[-1][0], number)
        else:
            parts.append((number, number))
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def _labelled(label: str, told: str, width: int) -> Iterator[str]:
    first = f"  {label:<{LABEL}}"
    if len(label) >= LABEL:
        yield f"  {label}"
        first = " " * (LABEL + 2)
    yield from _wrapped(told, width, first, " " * (LABEL + 2))


def _indented(told: str, width: int, by: int) -> Iterator[str]:
    yield from _wrapped(told, width, " " * by, " " * by)


def _wrapped(told: str, width: int, first: str = "", others: str = "") -> list[str]:
    """Numbers such as 10-15 and words such as cut-off stay whole."""
    return wrap(told, width, initial_indent=first, subsequent_indent=others, break_on_hyphens=False)
