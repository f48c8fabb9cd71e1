"""Parts of a source as TOML text."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date

from flows.landing.source import FromColumn, Long, Measure, Moment, Skip

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
LONGEST_LINE = 96
Value = str | int | float | bool | date | Sequence[str] | Mapping[str, "Value"]


def key(name: str) -> str:
    """A key, quoted where TOML asks for it."""
    return name if BARE_KEY.fullmatch(name) else text(name)


def text(value: str) -> str:
    """A string in quotes; the escapes of JSON are those of TOML."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def value_of(value: Value) -> str:
    """Any value on one line."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key(name)} = {value_of(held)}" for name, held in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(text, value))}]"
    return value.isoformat() if isinstance(value, date) else str(value)


def from_column(part: FromColumn) -> str:
    """`{ column = "ID" }` or `{ value = "north" }`, with its translations."""
    told: dict[str, Value] = {}
    if part.column is not None:
        told["column"] = part.column
    if part.value is not None:
        told["value"] = part.value
    if part.values:
        told["values"] = dict(part.values)
    return value_of(told)


def moment(part: Moment) -> str:
    """One of the five ways to say when."""
    return value_of({name: held for name, held in part if held is not None})


def measure(part: Measure) -> list[str]:
    """The lines of a [[measure]]; many items stand in a table of their own, which comes last."""
    lines = ["[[measure]]", f"instrument = {text(part.instrument)}"]
    if part.scale is not None:
        lines += [f"scale = {text(part.scale)}", f"column = {text(part.column or '')}"]
    if isinstance(part.items, str):
        lines.append(f"items = {text(part.items)}")
    if part.partial:
        lines.append("partial = true")
    if part.unit is not None:
        lines.append(f"unit = {text(part.unit)}")
    if part.coding is not None:
        lines.append(f"coding = {text(part.coding)}")
    if part.occasions:
        lines.append(f"occasions = {value_of(dict(part.session_of_occasion))}")
    if part.measured_at is not None:
        lines.append(f"measured_at = {moment(part.measured_at)}")
    if part.values:
        lines.append(f"values = {value_of(dict(part.values))}")
    return lines + _items(part)


def _items(part: Measure) -> list[str]:
    if part.items is None or isinstance(part.items, str):
        return []
    line = f"items = {value_of(dict(part.items))}"
    if len(line) <= LONGEST_LINE:
        return [line]
    return ["[measure.items]", *(f"{key(n)} = {text(name)}" for n, name in part.items.items())]


def skip(part: Skip) -> list[str]:
    """The lines of a [[skip]]."""
    lines = ["[[skip]]", f"column = {text(part.column)}"]
    if part.equals is not None:
        lines.append(f"equals = {text(part.equals)}")
    if part.differs_from is not None:
        lines.append(f"differs_from = {text(part.differs_from)}")
    return [*lines, f"rule = {text(part.rule)}"]


def long(part: Long) -> list[str]:
    """The lines of [long] and its tables."""
    lines = ["[long]"]
    lines += [
        f"{name} = {from_column(held)}"
        for name, held in (
            ("instrument", part.instrument),
            ("item", part.item),
            ("value", part.value),
        )
    ]
    if part.item_pattern is not None:
        lines.append(f"item_pattern = {text(part.item_pattern)}")
    if part.ignore_items:
        lines.append(f"ignore_items = {value_of(part.ignore_items)}")
    tables = {"instruments": part.instruments, "items": part.items, "values": part.values,
              "units": part.units, "codings": part.codings}  # fmt: skip
    for name, held in tables.items():
        if held:
            lines += [f"[long.{name}]", *(f"{key(n)} = {value_of(v)}" for n, v in held.items())]
    return lines
