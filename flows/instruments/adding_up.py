"""Whether what an instrument file says adds up: each check raises ValueError with the reason."""

import math
from collections.abc import Sequence

from flows.instruments.schema import TOTAL, Constants, Instrument, Loinc, Scale


def prove(instrument: Instrument) -> None:
    """Raises ValueError for the first thing that does not add up."""
    _check_items(instrument)
    _check_ways_of_writing(instrument)
    _check_norms(instrument)
    for scale in instrument.scale:
        _check_item_map(scale, instrument.items)
        _check_bounds(scale, instrument)
        _check_missing(scale, instrument.scale)
        _check_constants(scale, scale, f"scale '{scale.id}'")
        _check_reference(scale)
        for norm in scale.norm:
            _check_constants(norm, scale, f"scale '{scale.id}', norm '{norm.id}'")
        _check_bands(scale)
    _check_critical_items(instrument)
    _check_ids([scale.id for scale in instrument.scale], "two scales")
    _check_unknown(instrument)
    if instrument.loinc is not None:
        _check_loinc(instrument.loinc, instrument)


def _check_ids(ids: Sequence[str], what: str) -> None:
    if len(set(ids)) != len(ids):
        raise ValueError(f"{what} have the same id")


def _check_items(instrument: Instrument) -> None:
    if not instrument.item_minimum < instrument.item_maximum:
        raise ValueError("item_minimum must lie below item_maximum")
    if math.isfinite(instrument.item_minimum) != math.isfinite(instrument.item_maximum):
        raise ValueError("item_minimum and item_maximum go together")
    named = [item for each in instrument.item_range for item in each.items]
    if len(set(named)) != len(named):
        raise ValueError("an item has two ranges in item_range")
    for each in instrument.item_range:
        if not set(each.items) <= set(range(1, instrument.items + 1)):
            raise ValueError(f"item_range names an item beyond 1-{instrument.items}")
        if not each.minimum < each.maximum:
            raise ValueError("the minimum of an item_range must lie below its maximum")


def _check_ways_of_writing(instrument: Instrument) -> None:
    for name, told, own in (("units", instrument.units, 1), ("codings", instrument.codings, 0)):
        if told and next(iter(told.values())) != own:
            raise ValueError(f"the first of {name} must be that of the item range, with {own}")
    for code in instrument.missing_codes:
        ranges = [instrument.answer_range(item) for item in range(1, instrument.items + 1)]
        if any(lowest <= code <= highest for lowest, highest in ranges):
            raise ValueError(f"missing code {code:g} is an answer as well")


def _check_norms(instrument: Instrument) -> None:
    ids = [norm.id for norm in instrument.norm]
    _check_ids(ids, "two norms")
    if ids and sum(norm.default for norm in instrument.norm) != 1:
        raise ValueError("one of the norms must have default = true")
    ages = [(instrument.age_from, instrument.age_to)]
    ages += [(norm.age_from, norm.age_to) for norm in instrument.norm]
    if any(low is not None and high is not None and low > high for low, high in ages):
        raise ValueError("age_from lies above age_to")
    for scale in instrument.scale:
        _check_ids([norm.id for norm in scale.norm], f"two norms of scale '{scale.id}'")
        own = {name for name, _ in scale.known()}
        for norm in scale.norm:
            if norm.id not in ids:
                raise ValueError(f"scale '{scale.id}' has norm '{norm.id}', which no [[norm]] is")
            twice = own & {name for name, _ in norm.known()}
            if twice:
                raise ValueError(
                    f"scale '{scale.id}' gives {min(twice)} for itself and for norm '{norm.id}'"
                )


def _check_item_map(scale: Scale, items: int) -> None:
    if bool(scale.items) != (scale.aggregation != "reported"):
        raise ValueError(
            f"scale '{scale.id}' needs items and an aggregation, or neither ('reported')"
        )
    if len(set(scale.items)) != len(scale.items):
        raise ValueError(f"scale '{scale.id}' names an item twice")
    if not all(1 <= item <= items for item in scale.items):
        raise ValueError(f"scale '{scale.id}' names an item beyond 1-{items}")
    if not set(scale.reversed) <= set(scale.items):
        raise ValueError(f"scale '{scale.id}' reverses an item that it does not hold")
    if scale.items and scale.size not in (None, len(scale.items)):
        raise ValueError(f"scale '{scale.id}' says size {scale.size}, it has {len(scale.items)}")


def _check_bounds(scale: Scale, instrument: Instrument) -> None:
    """The printed range of a scale must be the one its items give."""
    if not scale.minimum < scale.maximum:
        raise ValueError(f"the minimum of scale '{scale.id}' must lie below its maximum")
    if not scale.items:
        return
    lowest, highest = map(sum, zip(*map(instrument.range_of, scale.items), strict=True))
    if not math.isfinite(lowest + highest):
        raise ValueError(f"scale '{scale.id}' needs the range of its items: give item_minimum")
    factor = scale.multiplier / (len(scale.items) if scale.aggregation == "mean" else 1)
    expected = (lowest * factor, highest * factor)
    if not all(map(math.isclose, (scale.minimum, scale.maximum), expected)):
        raise ValueError(
            f"scale '{scale.id}' says {scale.minimum:g}-{scale.maximum:g},"
            f" its items give {expected[0]:g}-{expected[1]:g}"
        )


def _check_missing(scale: Scale, scales: Sequence[Scale]) -> None:
    missing = scale.missing
    if scale.items and "missing" not in scale.model_fields_set:
        raise ValueError(f"scale '{scale.id}' needs [scale.missing]: how many items may be absent")
    if not 0 <= missing.value < (scale.width or 1) or missing.value != int(missing.value):
        raise ValueError(f"scale '{scale.id}' allows more missing items than it has")
    parts = [each.items for each in scales if each.id in missing.within]
    if missing.within and len(parts) != len(missing.within):
        raise ValueError(f"missing.within of scale '{scale.id}' names no scale of it")
    shared_out = sorted(item for part in parts for item in part)
    if missing.within and shared_out != sorted(scale.items):
        raise ValueError(f"missing.within of scale '{scale.id}' must share out all of its items")
    turned = sorted(i for each in scales if each.id in missing.within for i in each.reversed)
    if missing.within and turned != sorted(scale.reversed):
        raise ValueError(f"missing.within of scale '{scale.id}' must reverse the same items")


def _check_constants(constants: Constants, scale: Scale, where: str) -> None:
    """Each threshold has the comparison that its direction asks for, and lies where scores do."""
    clinical = (">=", ">") if scale.direction == "lower_is_better" else ("<", "<=")
    width = scale.maximum - scale.minimum
    limits = {
        "cutoff": (clinical, scale.minimum, scale.maximum),
        "low_alliance": (("<",), scale.minimum, scale.maximum),
        "reliable_change": ((">=", ">"), 0, width),
        "reliability": ((None,), 0, 1),
        "clinical_sd": ((None,), 0, width),
        "functional_sd": ((None,), 0, width),
        "clinical_mean": ((None,), scale.minimum, scale.maximum),
        "functional_mean": ((None,), scale.minimum, scale.maximum),
        "reference_sd": ((None,), 0, width),
        "reference_mean": ((None,), scale.minimum, scale.maximum),
    }
    for name, constant in constants.known():
        rules, lowest, highest = limits[name]
        if constant.rule not in rules:
            needed = " or ".join(rule for rule in rules if rule)
            told = f"needs rule {needed}" if needed else "takes no rule"
            raise ValueError(f"{name} of {where} {told}")
        if not lowest < constant.value <= highest:
            raise ValueError(f"{name} of {where} lies outside its scores")


def _check_reference(scale: Scale) -> None:
    """T-scores are made within one named population, whose mean and SD belong together."""
    if scale.reference_mean is not None or scale.reference_sd is not None:
        raise ValueError(
            f"the reference mean and SD of scale '{scale.id}' belong in a [[scale.norm]], which"
            " names their population"
        )
    for norm in scale.norm:
        mean, sd = norm.reference_mean, norm.reference_sd
        if (mean is None) != (sd is None):
            raise ValueError(
                f"norm '{norm.id}' of scale '{scale.id}' gives only one of reference_mean and"
                " reference_sd"
            )
        if mean is not None and sd is not None and mean.population != sd.population:
            raise ValueError(
                f"reference_mean and reference_sd of norm '{norm.id}', scale '{scale.id}', are of"
                " two populations"
            )


def _check_bands(scale: Scale) -> None:
    """Bands follow each other without overlap, inside the range of the scale."""
    reached = -math.inf
    for band in scale.band:
        if not reached < band.lowest <= band.highest:
            raise ValueError(
                f"band '{band.label}' of scale '{scale.id}' overlaps or runs backwards"
            )
        if band.lowest < scale.minimum or band.highest > scale.maximum:
            raise ValueError(f"band '{band.label}' lies outside the scores of scale '{scale.id}'")
        reached = band.highest


def _check_critical_items(instrument: Instrument) -> None:
    told = [(critical.item, critical.domain) for critical in instrument.critical_item]
    if len(set(told)) != len(told):
        raise ValueError("a critical item stands there twice for one domain")
    for critical in instrument.critical_item:
        if not 1 <= critical.item <= instrument.items:
            raise ValueError(f"critical item {critical.item} is not an item of it")
        lowest, highest = instrument.range_of(critical.item)
        if not lowest <= critical.threshold <= highest:
            raise ValueError(f"critical item {critical.item} can never reach its threshold")


def _check_unknown(instrument: Instrument) -> None:
    ids = {scale.id for scale in instrument.scale}
    for unknown in instrument.unknown:
        if unknown.scale is not None and unknown.scale not in ids:
            raise ValueError(f"unknown is about scale '{unknown.scale}', which it does not have")


def _check_loinc(loinc: Loinc, instrument: Instrument) -> None:
    """A code for every item, none twice, and answers that an item can have."""
    codes = (*loinc.names, *loinc.items, *loinc.beside)
    if len(loinc.items) != instrument.items:
        raise ValueError(f"loinc names {len(loinc.items)} items, there are {instrument.items}")
    if len(set(codes)) != len(codes):
        raise ValueError("loinc uses a code twice")
    if loinc.total is not None and TOTAL not in {scale.id for scale in instrument.scale}:
        raise ValueError("loinc has a code for 'total', which is no scale of it")
    for value in loinc.answers.values():
        if not instrument.item_minimum <= value <= instrument.item_maximum:
            raise ValueError(f"loinc has an answer of {value:g}, which no item can have")
