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


class Instrument(_Part):
    """One questionnaire. No item texts: many are licensed, and none is needed to score."""

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
    scale: Annotated[tuple[Scale, ...], BeforeValidator(_tuple)] = Field(min_length=1)
    critical_item: Annotated[tuple[CriticalItem, ...], BeforeValidator(_tuple)] = ()
    origin: Literal["shipped", "home"] = "shipped"

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if not self.item_minimum < self.item_maximum:
            raise ValueError("item_minimum must lie below item_maximum")
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
        for name in (instrument.id, instrument.short_name):
            owner = owners.setdefault(_bare(name), instrument.id)
            if owner != instrument.id:
                raise InstrumentError(
                    f"{folder}: '{owner}' and '{instrument.id}' cannot be told apart by name."
                    " Rename one, or give both the same id so that yours takes the place."
                )


def find_instrument(name: str, instruments: Mapping[str, Instrument]) -> Instrument | None:
    """The instrument that an export calls `name`: case and punctuation do not matter."""
    wanted = _bare(name)
    for instrument in instruments.values():
        if wanted in (_bare(instrument.id), _bare(instrument.short_name)):
            return instrument
    return None


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
