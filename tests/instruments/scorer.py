"""How an instrument file makes a score, slow and in plain Python.

Nothing of sql/ is used here, and SQL uses nothing of this. Answers are exact
decimals until the score is rounded to 6 places, halves away from zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from flows.instruments import Instrument, Scale

PLACES = Decimal("0.000001")
WHOLE = Decimal(1)
HALF_A_TENTH = Decimal("0.05")

Answers = Mapping[int, float]


@dataclass(frozen=True)
class Scored:
    """A score, or none and why; `prorated` when an absent item was replaced."""

    score: Decimal | None
    prorated: bool = False
    reason: str | None = None


def scored(instrument: Instrument, scale: Scale, answers: Answers) -> Scored:
    """The score of one filled-in questionnaire on one scale.

    Answers are by item number; an absent item is left out. Items are reversed
    first and replaced after that.
    """
    if not scale.items:
        return Scored(None, reason="no_answer")
    given = {item: _keyed(instrument, scale, item, answers) for item in scale.items}
    present = {item: value for item, value in given.items() if value is not None}
    absent = [item for item, value in given.items() if value is None]
    if not present:
        return Scored(None, reason="no_answer")
    if len(absent) > scale.missing.value:
        return Scored(None, reason="too_many_items_missing")
    full = present | {item: _replaced(instrument, scale, item, present) for item in absent}
    if None in full.values():
        return Scored(None, reason="too_many_items_missing")
    score = _of_full(scale, [value for value in full.values() if value is not None])
    if absent and scale.missing.replace == "rounded_score":
        score = score.quantize(WHOLE, ROUND_HALF_UP)
    return Scored(score.quantize(PLACES, ROUND_HALF_UP), prorated=bool(absent))


def is_possible(instrument: Instrument, scale: Scale, answers: Answers, told: Decimal) -> bool:
    """Whether some answers to the absent items would give a reported score, to one decimal.

    Anything is possible where no item of the scale was answered.
    """
    if not set(scale.items) & set(answers):
        return True
    absent = [item for item in scale.items if item not in answers]
    ends = [
        {item: instrument.range_of(item)[end] for item in absent if item not in scale.reversed}
        | {item: instrument.range_of(item)[1 - end] for item in absent if item in scale.reversed}
        for end in (0, 1)
    ]
    lowest, highest = (
        _of_full(
            scale, [_known(instrument, scale, item, {**answers, **more}) for item in scale.items]
        )
        for more in ends
    )
    return lowest - HALF_A_TENTH <= told <= highest + HALF_A_TENTH


def _known(instrument: Instrument, scale: Scale, item: int, answers: Answers) -> Decimal:
    value = _keyed(instrument, scale, item, answers)
    assert value is not None
    return value


def _keyed(instrument: Instrument, scale: Scale, item: int, answers: Answers) -> Decimal | None:
    if item not in answers or answers[item] in instrument.missing_codes:
        return None
    value = Decimal(str(answers[item]))
    if item not in scale.reversed:
        return value
    lowest, highest = instrument.range_of(item)
    return Decimal(str(lowest)) + Decimal(str(highest)) - value


def _replaced(
    instrument: Instrument, scale: Scale, item: int, present: Mapping[int, Decimal]
) -> Decimal | None:
    """The mean of those others that the rule asks for; None where none of them was answered."""
    others = [value for each, value in present.items() if each in _peers(instrument, scale, item)]
    if not others:
        return None
    mean = sum(others) / Decimal(len(others))
    is_rounded = scale.missing.replace == "rounded_mean"
    return mean.quantize(WHOLE, ROUND_HALF_UP) if is_rounded else mean


def _peers(instrument: Instrument, scale: Scale, item: int) -> tuple[int, ...]:
    for part in instrument.scale:
        if part.id in scale.missing.within and item in part.items:
            return part.items
    return scale.items


def _of_full(scale: Scale, values: list[Decimal]) -> Decimal:
    total = Decimal(sum(values))
    if scale.aggregation == "mean":
        total /= len(values)
    return total * Decimal(str(scale.multiplier))
