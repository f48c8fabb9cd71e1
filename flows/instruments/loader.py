"""Read, check and look up instrument files."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from flows.instruments.adding_up import prove
from flows.instruments.comparing import differences
from flows.instruments.merging import marked_as_own, merged
from flows.instruments.norms import with_norm
from flows.instruments.schema import TOTAL, Instrument, Origin

SHIPPED = Path(__file__).parent
FILLED_IN = ("origin", "norm_in_force", "replaced")


class InstrumentError(ValueError):
    """An instrument file that cannot be used; the message says where and what to mend."""


@dataclass(frozen=True)
class _File:
    """An instrument file as it was written."""

    place: Path
    told: Mapping[str, Any]


def load_instruments(
    home_folder: Path | None = None, norms: Mapping[str, str] | None = None
) -> Mapping[str, Instrument]:
    """Instruments by id: the shipped ones, then those of a home, which win.

    `norms` says which norm group is in force (id of the instrument -> id of
    the norm), where that is not the default. Raises InstrumentError naming the
    file and the key.
    """
    shipped = _shipped()
    own = _made(_read_folder(home_folder), _shipped_files(), "home") if home_folder else {}
    loaded = shipped | {name: _told_apart(each, shipped) for name, each in own.items()}
    _refuse_one_name_for_two(loaded, home_folder or SHIPPED)
    _refuse_unknown_norms(norms or {}, loaded)
    return {name: with_norm(each, (norms or {}).get(name)) for name, each in loaded.items()}


@cache
def _shipped_files() -> dict[str, _File]:
    return _read_folder(SHIPPED)


@cache
def _shipped() -> dict[str, Instrument]:
    return _made(_shipped_files(), _shipped_files(), "shipped")


def _read_folder(folder: Path) -> dict[str, _File]:
    return {file.stem: _File(file, _read(file)) for file in sorted(folder.glob("*.toml"))}


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InstrumentError(f"{file}: not readable as TOML ({error}). Mend that line.") from None


def _made(
    files: Mapping[str, _File], shipped: Mapping[str, _File], origin: Origin
) -> dict[str, Instrument]:
    return {name: _instrument(file, shipped, origin) for name, file in files.items()}


def _told_apart(own: Instrument, shipped: Mapping[str, Instrument]) -> Instrument:
    """With what it decides otherwise than the shipped one whose place it takes."""
    if own.id not in shipped:
        return own
    return own.model_copy(update={"replaced": differences(shipped[own.id], own)})


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


def _refuse_unknown_norms(norms: Mapping[str, str], loaded: Mapping[str, Instrument]) -> None:
    """A norm that was mistyped would quietly leave another cut-off in force."""
    where = "[instruments] norms in opkoers.toml"
    for name, norm in norms.items():
        if name not in loaded:
            raise InstrumentError(f"{where} names '{name}', which is no instrument. Mend its name.")
        known = [each.id for each in loaded[name].norm]
        if norm not in known:
            raise InstrumentError(
                f"{where} gives '{norm}' for '{name}', which has"
                f" {'only ' + ', '.join(known) if known else 'no norm groups'}. Mend that line."
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


def _instrument(file: _File, shipped: Mapping[str, _File], origin: Origin) -> Instrument:
    """Raises InstrumentError for whatever is not as it should be."""
    place = file.place
    for key in FILLED_IN:
        if key in file.told:
            raise InstrumentError(
                f"{place}: '{key}' is not a key that instruments have. Remove it."
            )
    try:
        told = {**_extended(file, shipped, origin), "origin": origin}
        instrument = Instrument.model_validate(told)
        prove(instrument)
    except ValidationError as error:
        raise InstrumentError(_explain(error, place)) from None
    except ValueError as error:
        raise InstrumentError(f"{place}: {error}. Mend it.") from None
    if instrument.id != place.stem:
        raise InstrumentError(f"{place}: its id is '{instrument.id}'. Name file and id alike.")
    return instrument


def _extended(file: _File, shipped: Mapping[str, _File], origin: Origin) -> Mapping[str, Any]:
    """What the file says, on top of the shipped one that it extends.

    Raises InstrumentError or ValueError when it extends no other shipped one.
    """
    own = marked_as_own(file.told) if origin == "home" else file.told
    name = file.told.get("extends")
    if name is None:
        return own
    if name not in shipped or shipped[name] == file:
        raise ValueError(f"extends '{name}', which is no shipped instrument")
    return merged(_extended(shipped[name], shipped, "shipped"), own)


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
