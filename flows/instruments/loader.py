"""Read, check and look up instrument files."""

import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

SHIPPED = Path(__file__).parent
TOTAL = "total"

Evidence = Literal["V", "VC", "K", "D"]
"""Strength of evidence: seen in a public source, read in a package's source
code, general knowledge of the field, own choice. What is unsure stays empty."""


class InstrumentError(ValueError):
    """An instrument file that cannot be used; the message says where and what to mend."""


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


LoincCode = Annotated[str, Field(pattern=r"^[0-9]{1,7}-[0-9]$")]
AnswerCode = Annotated[str, Field(pattern=r"^LA[0-9]{1,7}-[0-9]$")]


class Constant(_Part):
    """One clinical number with where it comes from and for whom it holds.

    `rule` is the comparison that gives the number its meaning: for a cut-off
    a score is clinical when `score <rule> value`; for reliable change a
    difference counts when `difference <rule> value`. `unrounded` is the value
    before rounding to points, from which the standard error follows.
    """

    value: Number
    rule: Literal[">=", ">", "<", "<="] | None = None
    unrounded: Number | None = None
    z: Number | None = None
    source: SourceText
    population: SourceText
    evidence: Evidence
    note: str | None = None


class Statement(_Part):
    """A published figure kept as it was printed (a range, a coefficient), for readers only."""

    kind: SourceText
    value: SourceText
    source: SourceText
    population: SourceText
    evidence: Evidence


class Band(_Part):
    """A named range of scores, both ends included."""

    label: SourceText
    lowest: Number
    highest: Number
    source: SourceText
    population: SourceText
    evidence: Evidence


class ItemMap(_Part):
    """Which items make up a scale; `reversed` are scored as minimum + maximum - value."""

    items: Annotated[tuple[int, ...], BeforeValidator(_tuple)] = Field(min_length=1)
    reversed: Annotated[tuple[int, ...], BeforeValidator(_tuple)] = ()


class Scale(ItemMap):
    """One score of an instrument. Score = multiplier x (sum or mean) of its items."""

    id: SourceText
    aggregation: Literal["sum", "mean"]
    multiplier: Number = 1.0
    direction: Literal["lower_is_better", "higher_is_better"]
    minimum: Number
    maximum: Number
    map_source: SourceText
    map_evidence: Evidence
    missing: Constant
    cutoff: Constant | None = None
    reliable_change: Constant | None = None
    low_alliance: Constant | None = None
    published: Annotated[tuple[Statement, ...], BeforeValidator(_tuple)] = ()
    band: Annotated[tuple[Band, ...], BeforeValidator(_tuple)] = ()

    @property
    def sign(self) -> int:
        """+1 where a higher score is better, -1 where a lower one is."""
        return 1 if self.direction == "higher_is_better" else -1


class CriticalItem(_Part):
    """An item that a person must look at whatever the score says: value >= threshold."""

    item: int
    domain: Literal["self_harm", "violence", "substance"]
    threshold: Number
    source: SourceText
    population: SourceText
    evidence: Evidence


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


class Instrument(_Part):
    """One questionnaire. No item texts: many are licensed, and none is needed to score.

    `units` are the units in which an export may write its answers, each with
    what an answer is multiplied by; the first is that of the item range.
    """

    id: SourceText
    name: SourceText
    short_name: SourceText
    version: SourceText
    measures: Literal["symptoms", "functioning", "wellbeing", "alliance"]
    rater: Literal["self", "clinician"]
    respondent: SourceText
    licence: SourceText
    items: int = Field(ge=1)
    item_minimum: Number
    item_maximum: Number
    item_source: SourceText
    item_evidence: Evidence
    units: Mapping[str, Number] = {}
    scale: Annotated[tuple[Scale, ...], BeforeValidator(_tuple)] = Field(min_length=1)
    critical_item: Annotated[tuple[CriticalItem, ...], BeforeValidator(_tuple)] = ()
    loinc: Loinc | None = None
    origin: Literal["shipped", "home"] = "shipped"

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if not self.item_minimum < self.item_maximum:
            raise ValueError("item_minimum must lie below item_maximum")
        if self.units and next(iter(self.units.values())) != 1:
            raise ValueError("the first of units must be that of the item range, with factor 1")
        for scale in self.scale:
            _check_item_map(scale, self.items)
            _check_bounds(scale, self.item_minimum, self.item_maximum)
            _check_rules(scale)
            _check_bands(scale)
        for critical in self.critical_item:
            if not 1 <= critical.item <= self.items:
                raise ValueError(f"critical item {critical.item} is not an item of it")
            if not self.item_minimum <= critical.threshold <= self.item_maximum:
                raise ValueError(f"critical item {critical.item} can never reach its threshold")
        ids = [scale.id for scale in self.scale]
        if len(set(ids)) != len(ids):
            raise ValueError("two scales have the same id")
        if self.loinc is not None:
            _check_loinc(self.loinc, self)
        return self


def _check_item_map(scale: Scale, items: int) -> None:
    if len(set(scale.items)) != len(scale.items):
        raise ValueError(f"scale '{scale.id}' names an item twice")
    if not all(1 <= item <= items for item in scale.items):
        raise ValueError(f"scale '{scale.id}' names an item beyond 1-{items}")
    if not set(scale.reversed) <= set(scale.items):
        raise ValueError(f"scale '{scale.id}' reverses an item that it does not hold")


def _check_bounds(scale: Scale, lowest: float, highest: float) -> None:
    """The printed range of a scale must be the one its items give."""
    width = len(scale.items) if scale.aggregation == "sum" else 1
    expected = (lowest * width * scale.multiplier, highest * width * scale.multiplier)
    if not all(map(math.isclose, (scale.minimum, scale.maximum), expected)):
        raise ValueError(
            f"scale '{scale.id}' says {scale.minimum:g}-{scale.maximum:g},"
            f" its items give {expected[0]:g}-{expected[1]:g}"
        )
    if not 0 <= scale.missing.value < len(scale.items):
        raise ValueError(f"scale '{scale.id}' allows more missing items than it has")


def _check_rules(scale: Scale) -> None:
    """Each threshold has the comparison that its direction asks for, and lies where scores do."""
    clinical = ">=" if scale.direction == "lower_is_better" else "<"
    for name, constant, rules, lowest in (
        ("cutoff", scale.cutoff, (clinical,), scale.minimum),
        ("low_alliance", scale.low_alliance, ("<",), scale.minimum),
        ("reliable_change", scale.reliable_change, (">=", ">"), 0),
    ):
        if constant is None:
            continue
        if constant.rule not in rules:
            raise ValueError(f"{name} of scale '{scale.id}' needs rule {' or '.join(rules)}")
        if not lowest < constant.value <= scale.maximum:
            raise ValueError(f"{name} of scale '{scale.id}' lies outside its scores")


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


def load_instruments(home_folder: Path | None = None) -> Mapping[str, Instrument]:
    """Instruments by id: the shipped ones, then those of a home, which win.

    Raises InstrumentError naming the file and the key.
    """
    shipped = _load_folder(SHIPPED, "shipped")
    own = _load_folder(home_folder, "home") if home_folder else {}
    loaded = shipped | own
    _refuse_one_name_for_two(loaded, home_folder or SHIPPED)
    return loaded


def _load_folder(folder: Path, origin: Literal["shipped", "home"]) -> dict[str, Instrument]:
    return {file.stem: _load(file, origin) for file in sorted(folder.glob("*.toml"))}


def _refuse_one_name_for_two(loaded: Mapping[str, Instrument], folder: Path) -> None:
    """An export may write a name in any way, so `phq9` beside `phq-9` could not be told apart."""
    owners: dict[str, str] = {}
    for instrument in loaded.values():
        codes = instrument.loinc.names if instrument.loinc else ()
        for name in (_bare(instrument.id), _bare(instrument.short_name), *codes):
            owner = owners.setdefault(name, instrument.id)
            if owner != instrument.id:
                raise InstrumentError(
                    f"{folder}: '{owner}' and '{instrument.id}' cannot be told apart by name."
                    " Rename one, or give both the same id so that yours takes the place."
                )


def find_instrument(name: str, instruments: Mapping[str, Instrument]) -> Instrument | None:
    """The instrument that an export calls `name`: case and punctuation do not matter.

    A name can also be a LOINC code: that of the list or of its total, or that
    of an item which no other instrument has.
    """
    wanted, code = _bare(name), name.strip()
    for instrument in instruments.values():
        if wanted in (_bare(instrument.id), _bare(instrument.short_name)):
            return instrument
        if instrument.loinc is not None and code in instrument.loinc.names:
            return instrument
    owners = [each for each in instruments.values() if each.loinc and code in each.loinc.items]
    return owners[0] if len(owners) == 1 else None


def item_of(instrument: Instrument, told: str) -> str | None:
    """The item or scale that an export calls `told`: "3", or "total"; None for another thing.

    `told` is an item number, the id of a scale, or a LOINC code.
    """
    name, loinc = told.strip(), instrument.loinc
    for scale in instrument.scale:
        if scale.id == name.lower():
            return scale.id
    if loinc is not None and name in loinc.items:
        return str(loinc.items.index(name) + 1)
    if loinc is not None and name in loinc.names:
        return TOTAL if any(scale.id == TOTAL for scale in instrument.scale) else None
    number = name.lstrip("0")
    return number if number in map(str, range(1, instrument.items + 1)) else None


def is_beside(instrument: Instrument, told: str) -> bool:
    """Whether an export calls by `told` a question that is asked with a list but is no item."""
    return instrument.loinc is not None and told.strip() in instrument.loinc.beside


def answer_values(instrument: Instrument) -> Mapping[str, float]:
    """What each coded answer counts (LOINC answer code -> value); empty where none is known."""
    return instrument.loinc.answers if instrument.loinc else {}


def _bare(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


def _load(file: Path, origin: Literal["shipped", "home"]) -> Instrument:
    try:
        written: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InstrumentError(f"{file}: not readable as TOML ({error}). Mend that line.") from None
    if "origin" in written:
        raise InstrumentError(f"{file}: 'origin' is not a key that instruments have. Remove it.")
    try:
        instrument = Instrument.model_validate({**written, "origin": origin})
    except ValidationError as error:
        raise InstrumentError(_explain(error, file)) from None
    if instrument.id != file.stem:
        raise InstrumentError(f"{file}: its id is '{instrument.id}'. Name file and id alike.")
    return instrument


def _explain(error: ValidationError, file: Path) -> str:
    # A misspelt key is missing under its right name too: tell of the one that is written.
    first = max(error.errors(), key=lambda told: told["type"] == "extra_forbidden")
    key = ".".join(str(part) for part in first["loc"])
    reason = first["msg"].removeprefix("Value error, ")
    if not key:
        return f"{file}: {reason}. Mend it."
    if first["type"] == "extra_forbidden":
        return f"{file}: '{key}' is not a key that instruments have. Remove it or mend its name."
    if first["type"] == "missing":
        return f"{file}: '{key}' is missing. Add it."
    return f"{file}: '{key}' cannot be used: {reason}. Mend its value."
