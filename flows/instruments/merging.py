"""A file that `extends` another: what it says in place of it, part by part.

Scales and norms are found again by their id and critical items by item and
domain; what the file leaves out stays as it is. Anything else that it gives
(a constant, a list of items, the bands) takes the place of the other whole,
so that a value never stands beside the source of another. `without` names
keys that are dropped first.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flows.instruments.schema import Constants

Table = Mapping[str, Any]

FOUND_BY = {"scale": ("id",), "norm": ("id",), "critical_item": ("item", "domain")}


def merged(base: Table, own: Table) -> dict[str, Any]:
    """`base` with what `own` says in its place. Raises ValueError for a bad `without`."""
    dropped = own.get("without", [])
    if not isinstance(dropped, list) or not set(dropped) <= set(base):
        raise ValueError("'without' must be a list of keys that the extended file has there")
    result = {key: value for key, value in base.items() if key not in dropped}
    for key, value in own.items():
        if key == "without":
            continue
        if key in FOUND_BY and _are_tables(value) and _are_tables(result.get(key)):
            result[key] = _merged_list(result[key], value, FOUND_BY[key])
        else:
            result[key] = value
    return result


def marked_as_own(told: Table) -> dict[str, Any]:
    """The same with `origin = "home"` at each constant and critical item."""
    result = dict(told)
    for key in ("scale", "norm"):
        if _are_tables(told.get(key)):
            result[key] = [marked_as_own(each) for each in told[key]]
    if _are_tables(told.get("critical_item")):
        result["critical_item"] = [{**each, "origin": "home"} for each in told["critical_item"]]
    for key in (*Constants.model_fields, "missing"):
        if isinstance(told.get(key), dict):
            result[key] = {**told[key], "origin": "home"}
    return result


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _merged_list(
    base: Sequence[Table], own: Sequence[Table], found_by: Sequence[str]
) -> list[Table]:
    """Those of `base` in their order, each with its counterpart in `own`; then the new ones."""
    counterparts = {_key(each, found_by): each for each in own}
    there = [_key(each, found_by) for each in base]
    kept = [
        merged(each, counterparts[key]) if key in counterparts else each
        for key, each in zip(there, base, strict=True)
    ]
    return kept + [each for each in own if _key(each, found_by) not in there]


def _key(entry: Table, found_by: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(entry.get(name)) for name in found_by)
