"""What a home's instrument file decides otherwise than the shipped one that it replaces."""

from collections.abc import Iterator

from flows.instruments.schema import Constants, Difference, Instrument, Scale

Place = tuple[str | None, str | None, str]


def differences(shipped: Instrument, own: Instrument) -> tuple[Difference, ...]:
    """Every number or key that scoring and judging use and that is not the same in both."""
    before, after = dict(_decisive(shipped)), dict(_decisive(own))
    places = [*before, *(place for place in after if place not in before)]
    return tuple(
        Difference(
            scale=scale,
            norm=norm,
            what=what,
            shipped=before.get((scale, norm, what)),
            own=after.get((scale, norm, what)),
        )
        for scale, norm, what in places
        if before.get((scale, norm, what)) != after.get((scale, norm, what))
    )


def _decisive(instrument: Instrument) -> Iterator[tuple[Place, str]]:
    yield (None, None, "items"), str(instrument.items)
    for item in range(1, instrument.items + 1):
        lowest, highest = instrument.range_of(item)
        yield (None, None, f"range of item {item}"), f"{lowest:g} to {highest:g}"
    for name in ("respondent", "rater", "measures"):
        yield (None, None, name), str(getattr(instrument, name))
    for name, told in (("unit", instrument.units), ("coding", instrument.codings)):
        yield from (((None, None, f"{name} {key}"), f"{value:g}") for key, value in told.items())
    for code in instrument.missing_codes:
        yield (None, None, f"missing code {code:g}"), "missing"
    for norm in instrument.norm:
        yield (None, norm.id, "norm"), "default" if norm.default else "not the default"
    for scale in instrument.scale:
        yield from _of_scale(scale)
    for critical in instrument.critical_item:
        place = (None, None, f"critical item {critical.item} ({critical.domain})")
        yield place, f">= {critical.threshold:g}"


def _of_scale(scale: Scale) -> Iterator[tuple[Place, str]]:
    yield (scale.id, None, "item map"), ", ".join(map(str, scale.items)) or "not known"
    yield (scale.id, None, "reversed items"), ", ".join(map(str, scale.reversed)) or "none"
    yield (scale.id, None, "score"), f"{scale.multiplier:g} x {scale.aggregation}"
    yield (scale.id, None, "direction"), scale.direction.replace("_", " ")
    yield (scale.id, None, "range"), f"{scale.minimum:g} to {scale.maximum:g}"
    if scale.items:
        allowed, within = f"{scale.missing.value:g}", " ".join(scale.missing.within)
        told = f"{allowed} ({scale.missing.replacement} {within}".strip() + ")"
        yield (scale.id, None, "missing_items_allowed"), told
    yield from _of_constants(scale, scale.id, None)
    for norm in scale.norm:
        yield from _of_constants(norm, scale.id, norm.id)
    for band in scale.band:
        yield (scale.id, None, f"band {band.label}"), f"{band.lowest:g} to {band.highest:g}"


def _of_constants(
    constants: Constants, scale: str, norm: str | None
) -> Iterator[tuple[Place, str]]:
    for name, constant in constants.known():
        told = constant.text
        if constant.unrounded is not None:
            told += f" (before rounding {constant.unrounded:g})"
        if constant.z is not None:
            told += f" (z = {constant.z:g})"
        yield (scale, norm, name), told
