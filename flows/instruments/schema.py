"""What an instrument file may say. The words here are the keys of the TOML."""

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

TOTAL = "total"

Evidence = Literal["V", "VC", "K", "D"]
"""Strength of evidence: seen in a public source, read in a package's source
code, general knowledge of the field, own choice. What is unsure stays empty."""

Origin = Literal["shipped", "home"]


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty: say where the value comes from")
    return text


SourceText = Annotated[str, AfterValidator(_not_blank)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _number(value: object) -> object:
    """TOML integers are numbers too; strict mode alone would refuse 10 for 10.0."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


Number = Annotated[float, BeforeValidator(_number)]


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Items = Annotated[tuple[int, ...], BeforeValidator(_tuple)]
Names = Annotated[tuple[str, ...], BeforeValidator(_tuple)]
LoincCode = Annotated[str, Field(pattern=r"^[0-9]{1,7}-[0-9]$")]
AnswerCode = Annotated[str, Field(pattern=r"^LA[0-9]{1,7}-[0-9]$")]


class Sourced(_Part):
    """Where something comes from, for whom it holds and how sure that is."""

    source: SourceText
    population: SourceText
    evidence: Evidence


class Constant(Sourced):
    """One clinical number with where it comes from and for whom it holds.

    `rule` is the comparison that gives the number its meaning: for a cut-off
    a score is clinical when `score <rule> value`; for reliable change a
    difference counts when `difference <rule> value`. `unrounded` is the value
    before rounding to points, from which the standard error follows. `choice`
    marks one of several published values: `note` says why this one, and the
    others stand in `[[scale.published]]`. `origin` is filled in by the loader.
    """

    value: Number
    rule: Literal[">=", ">", "<", "<="] | None = None
    unrounded: Number | None = None
    z: Number | None = None
    note: str | None = None
    choice: bool = False
    origin: Origin = "shipped"

    @model_validator(mode="after")
    def _explains_a_choice(self) -> Self:
        if self.choice and not self.note:
            raise ValueError("a choice needs a note that says why this value")
        return self

    @property
    def text(self) -> str:
        """The value with its comparison, as ">= 6"."""
        return f"{self.rule or ''} {self.value:g}".strip()


class Missing(Constant):
    """How many items of a scale may be absent, and what stands in for one.

    `mean`: the mean of the others. `rounded_mean`: that mean, rounded to a
    whole answer. `rounded_score`: as `mean`, and the score is rounded. A half
    is rounded up. `within` names scales that share out the items: then it is
    the mean of the others of the same one of those.
    """

    replace: Literal["mean", "rounded_mean", "rounded_score"] = "mean"
    within: Names = ()

    @property
    def replacement(self) -> str:
        """`none` where no item may be absent, else `replace`."""
        return self.replace if self.value > 0 else "none"


class Reliability(Constant):
    """The coefficient that formulas of reliable change use (0 to 1), and of what kind it is."""

    kind: Literal["internal consistency", "test-retest", "intraclass correlation", "not stated"]


NOT_APPLICABLE = Missing(
    value=0, source="not applicable: the items are not known", population="nobody", evidence="D"
)


class Constants(_Part):
    """What may be known of a scale, once for all or for one norm group.

    `reference_mean` and `reference_sd` are those of one reference population,
    from which T-scores are made; they stand in a norm group only.
    """

    cutoff: Constant | None = None
    reliable_change: Constant | None = None
    low_alliance: Constant | None = None
    reliability: Reliability | None = None
    clinical_mean: Constant | None = None
    clinical_sd: Constant | None = None
    functional_mean: Constant | None = None
    functional_sd: Constant | None = None
    reference_mean: Constant | None = None
    reference_sd: Constant | None = None

    @property
    def reference_population(self) -> str | None:
        """Of whom T-scores tell how many tenths of an SD a score lies from their mean."""
        return self.reference_mean.population if self.reference_mean else None

    def known(self) -> Iterator[tuple[str, Constant]]:
        """The constants that are there, by their key."""
        for name in Constants.model_fields:
            constant = getattr(self, name)
            if constant is not None:
                yield name, constant


class ScaleNorm(Constants):
    """Constants of a scale that hold for one norm group of the instrument."""

    id: SourceText


class Norm(_Part):
    """A norm group: whose constants these are. One of an instrument is the default."""

    id: SourceText
    population: SourceText
    language: str | None = None
    age_from: int | None = None
    age_to: int | None = None
    default: bool = False


class Statement(Sourced):
    """A published figure kept as it was printed (a range, a coefficient), for readers only."""

    kind: SourceText
    value: SourceText


class Unknown(_Part):
    """What stays empty, and why; without `scale` it is about all of the instrument."""

    what: Literal[
        "bands",
        "cut-off",
        "item map",
        "item range",
        "limit of low alliance",
        "missing-item rule",
        "norms",
        "reliability",
        "reliable change",
        "reversed items",
        "subscales",
    ]
    scale: SourceText | None = None
    reason: SourceText


class Band(Sourced):
    """A named range of scores, both ends included."""

    label: SourceText
    lowest: Number
    highest: Number


class ItemRange(_Part):
    """Items whose answers have another range than the others."""

    items: Items = Field(min_length=1)
    minimum: Number
    maximum: Number
    source: SourceText
    evidence: Evidence


class Scale(Constants):
    """One score of an instrument. Score = multiplier x (sum or mean) of its items.

    `reversed` items are scored as their minimum + maximum - value. A scale
    whose items are not known is `reported`: it counts only where an export
    gives the score itself; `size` is then the number of its items, where known.
    """

    id: SourceText
    name: str | None = None
    items: Items = ()
    reversed: Items = ()
    size: int | None = None
    aggregation: Literal["sum", "mean", "reported"]
    multiplier: Number = 1.0
    direction: Literal["lower_is_better", "higher_is_better"]
    minimum: Number
    maximum: Number
    map_source: SourceText
    map_evidence: Evidence
    missing: Missing = NOT_APPLICABLE
    norm: Annotated[tuple[ScaleNorm, ...], BeforeValidator(_tuple)] = ()
    published: Annotated[tuple[Statement, ...], BeforeValidator(_tuple)] = ()
    band: Annotated[tuple[Band, ...], BeforeValidator(_tuple)] = ()

    @property
    def sign(self) -> int:
        """+1 where a higher score is better, -1 where a lower one is."""
        return 1 if self.direction == "higher_is_better" else -1

    @property
    def width(self) -> int | None:
        """Of how many items it is made; None where that is not known."""
        return len(self.items) or self.size


class CriticalItem(Sourced):
    """An item that a person must look at whatever the score says: value >= threshold."""

    item: int
    domain: Literal["self_harm", "violence", "substance"]
    threshold: Number
    origin: Origin = "shipped"


class Loinc(_Part):
    """The LOINC codes by which an export may name an instrument, its items and its answers.

    `panel` is the list as a whole and `total` its score; `items` are in the
    order of the list. `beside` are questions that are asked with it and are no
    item of it. `answers` gives what each answer code counts.
    """

    panel: LoincCode
    total: LoincCode | None = None
    items: Annotated[tuple[LoincCode, ...], BeforeValidator(_tuple)]
    beside: Annotated[tuple[LoincCode, ...], BeforeValidator(_tuple)] = ()
    answers: Mapping[AnswerCode, Number] = {}
    source: SourceText
    evidence: Evidence

    @property
    def names(self) -> tuple[str, ...]:
        """The codes that stand for the instrument as a whole."""
        return (self.panel,) if self.total is None else (self.panel, self.total)


class Difference(_Part):
    """What a home's file has in place of what is shipped; None where one has nothing."""

    scale: str | None
    norm: str | None
    what: str
    shipped: str | None
    own: str | None


class Instrument(_Part):
    """One questionnaire. No item texts: many are licensed, and none is needed to score.

    `items` is how many there are, 0 where only scores are known. The range of
    their answers is infinite where it is not known. `units` are those in which
    an export may write its answers, each with what an answer is multiplied by;
    `codings` those that begin at another number, each with what is added to an
    answer; the first of either is that of the item range. `missing_codes` are
    answers that mean none was given. `extends`, `origin`, `norm_in_force` and
    `replaced` are filled in by the loader.
    """

    id: SourceText
    name: SourceText
    short_name: SourceText
    version: SourceText
    measures: Literal["symptoms", "functioning", "wellbeing", "alliance"]
    rater: Literal["self", "clinician"]
    respondent: SourceText
    licence: SourceText
    age_from: int | None = None
    age_to: int | None = None
    items: int = Field(default=0, ge=0)
    item_minimum: Number = -math.inf
    item_maximum: Number = math.inf
    item_source: SourceText
    item_evidence: Evidence
    item_range: Annotated[tuple[ItemRange, ...], BeforeValidator(_tuple)] = ()
    units: Mapping[str, Number] = {}
    codings: Mapping[str, Number] = {}
    missing_codes: Annotated[tuple[Number, ...], BeforeValidator(_tuple)] = ()
    norm: Annotated[tuple[Norm, ...], BeforeValidator(_tuple)] = ()
    scale: Annotated[tuple[Scale, ...], BeforeValidator(_tuple)] = ()
    critical_item: Annotated[tuple[CriticalItem, ...], BeforeValidator(_tuple)] = ()
    published: Annotated[tuple[Statement, ...], BeforeValidator(_tuple)] = ()
    unknown: Annotated[tuple[Unknown, ...], BeforeValidator(_tuple)] = ()
    loinc: Loinc | None = None
    extends: str | None = None
    origin: Origin = "shipped"
    norm_in_force: str | None = None
    replaced: tuple[Difference, ...] = ()

    def range_of(self, item: int) -> tuple[float, float]:
        """Lowest and highest answer of an item; infinite where that is not known."""
        for each in self.item_range:
            if item in each.items:
                return each.minimum, each.maximum
        return self.item_minimum, self.item_maximum

    def answer_range(self, item: int) -> tuple[float, float]:
        """As `range_of`, over all codings in which an export may write the item."""
        lowest, highest = self.range_of(item)
        shifts = self.codings.values() or (0.0,)
        return lowest - max(shifts), highest - min(shifts)

    def still_unknown(self) -> tuple[Unknown, ...]:
        """What of `unknown` no constant in force has answered since (a home may have)."""
        return tuple(each for each in self.unknown if not self._answers(each))

    def _answers(self, unknown: Unknown) -> bool:
        scales = [s for s in self.scale if unknown.scale in (None, s.id)]
        if unknown.what == "missing-item rule":
            return bool(scales) and all(scale.missing.origin == "home" for scale in scales)
        key = _ANSWERED_BY.get(unknown.what)
        return key is not None and bool(scales) and all(getattr(scale, key) for scale in scales)


# What of a scale answers an entry of [[unknown]].
_ANSWERED_BY = {
    "cut-off": "cutoff",
    "item map": "items",
    "limit of low alliance": "low_alliance",
    "reliability": "reliability",
    "reliable change": "reliable_change",
}
