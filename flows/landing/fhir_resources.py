"""FHIR as JSON text -> its resources, one at a time, whatever they come wrapped in.

A Bundle, a JSON array, one resource, or one resource a line (NDJSON). A Bundle
is taken apart while it is read: only one of its resources is in memory, and a
resource has limits of depth, parts and bytes.
"""

import codecs
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import ijson

from flows.landing.reading import empty, too_large, unreadable

Node = Mapping[str, Any]

# A text that runs over many chunks is looked at again with each of them, so they are not small.
CHUNK = 1 << 18
LARGEST_RESOURCE = 32 << 20
MOST_PARTS = 1_000_000
DEEPEST = 200

# What the parser raises on foreign bytes; SystemError is its way of telling that
# Python would not read a number of more than 4,300 digits.
PARSER_ERRORS = (ijson.JSONError, ValueError, ArithmeticError, SystemError)


class Resource(NamedTuple):
    """One resource and its place: the physical line in NDJSON, else its number from 1."""

    place: int
    content: Node


def resources(file: Path) -> Iterator[Resource]:
    """Every resource of a file in its order; a Bundle gives those in it.

    Raises OpKoersError: empty, no JSON, not utf-8, cut off, too deep, too
    large, or a history Bundle, whose order is not that of time.
    """
    taker = _Taker(file.name)
    number, is_lines = 0, None
    for line, is_first, piece in _pieces(file):
        for content, is_wrapped in taker.take(piece):
            is_lines = is_first and not is_wrapped if is_lines is None else is_lines
            for resource in _unwrapped(content):
                number += 1
                yield Resource(line if is_lines else number, resource)
    taker.end()


def _unwrapped(content: Node) -> Iterator[Node]:
    """The resource itself; of a Bundle inside another, those in it."""
    if content.get("resourceType") != "Bundle":
        yield content
        return
    for entry in parts(content, "entry"):
        yield from _unwrapped(part(entry, "resource"))


class _Taker:
    """Puts the events of a JSON text together and hands over each resource as it ends."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._events = ijson.sendable_list()
        self._parser = ijson.get_backend("yajl2_c").basic_parse_coro(
            self._events, multiple_values=True
        )
        self._open: list[Any] = []
        self._keys: list[str] = []
        self._parts = 0
        self._bytes = 0
        self._taken = 0

    def take(self, piece: bytes) -> Iterator[tuple[Node, bool]]:
        """The resources that end in this piece, and whether each lay in a Bundle or an array."""
        self._send(piece)
        self._bytes += len(piece)
        for event, value in self._events:
            self._parts += 1
            if event == "map_key":
                self._keys[-1] = value
            elif event in ("start_map", "start_array"):
                self._start({} if event == "start_map" else [])
            elif event == "end_map":
                whole = self._open.pop()
                self._keys.pop()
                if (depth := self._is_taken_out()) is None:
                    self._keep(whole)
                else:
                    self._parts = self._bytes = 0
                    yield from self._checked(whole, depth)
            elif event == "end_array":
                self._keys.pop()
                self._keep(self._open.pop())
            else:
                self._keep(value)
        self._events.clear()
        self._check_size()

    def end(self) -> None:
        """Raises OpKoersError when the text ends inside a value."""
        if self._open:
            raise self._broken()
        try:
            self._parser.close()
        except PARSER_ERRORS:
            raise self._broken() from None

    def _send(self, piece: bytes) -> None:
        try:
            self._parser.send(piece)
        except PARSER_ERRORS:
            raise self._broken() from None

    def _start(self, container: Any) -> None:
        self._open.append(container)
        self._keys.append("")
        if len(self._open) > DEEPEST:
            raise too_large(self._name, f"the JSON is nested more than {DEEPEST} deep")

    def _keep(self, value: Any) -> None:
        if not self._open:
            return
        container = self._open[-1]
        if isinstance(container, list):
            container.append(value)
        else:
            container[self._keys[-1]] = value

    def _is_taken_out(self) -> int | None:
        """Where the object that just ended stands: 0 at the top, 1 in an array, 2 in a Bundle."""
        place = [type(container) for container in self._open[:4]]
        if not place:
            return 0
        if place == [list]:
            return 1
        if place in ([dict, list], [list, dict, list]) and self._keys[-2] == "entry":
            return 2
        return None

    def _checked(self, whole: Node, depth: int) -> Iterator[tuple[Node, bool]]:
        """The resource of an entry; an object of its own, unless it is the rest of a Bundle."""
        resource = part(whole, "resource") if depth == 2 else whole
        if resource.get("resourceType") == "Bundle" and resource.get("type") == "history":
            raise unreadable(
                self._name,
                "this Bundle is a history, which holds old versions of resources after new ones",
                "Export the present version of each resource, as a search gives them",
            )
        if "resourceType" in resource and (depth == 2 or resource["resourceType"] != "Bundle"):
            self._taken += 1
            yield resource, depth > 0

    def _check_size(self) -> None:
        if self._bytes > LARGEST_RESOURCE:
            raise too_large(self._name, f"a resource is larger than {LARGEST_RESOURCE:,} bytes")
        if self._parts > MOST_PARTS:
            raise too_large(self._name, f"a resource has more than {MOST_PARTS:,} parts")

    def _broken(self) -> Exception:
        return unreadable(
            self._name,
            f"the JSON is broken or cut off after {self._taken} resources, or is not utf-8",
            "Export it again as FHIR JSON",
        )


def _pieces(file: Path) -> Iterator[tuple[int, bool, bytes]]:
    """(physical line, whether it is the first with text, bytes) where values end with lines.

    A file written over many lines a value comes in chunks instead, which is faster.
    Raises OpKoersError for an empty file.
    """
    with file.open("rb") as stream:
        begin = _skip_blank(stream, file.name)
        place = stream.tell()
        first = stream.readline(CHUNK)
        stream.seek(place)
        if first.endswith(b"\n") and not first.rstrip().endswith(b"}"):
            while piece := stream.read(CHUNK):
                yield begin, False, piece
        line = begin
        while piece := stream.readline(CHUNK):
            yield line, line == begin, piece
            line += piece.endswith(b"\n")


def _skip_blank(stream: BinaryIO, name: str) -> int:
    """Go to the first byte that is no blank; the line in which it stands."""
    if stream.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
        stream.seek(0)
    line = 1
    while chunk := stream.read(CHUNK):
        text = chunk.lstrip()
        line += chunk[: len(chunk) - len(text)].count(b"\n")
        if text:
            stream.seek(-len(text), os.SEEK_CUR)
            return line
    raise empty(name, "the file is empty")


# ---------- what a foreign node holds, whatever it is


def part(node: Node, key: str) -> Node:
    """The object under a key, empty where there is none."""
    value = node.get(key)
    return value if isinstance(value, dict) else {}


def parts(node: Node, key: str) -> list[Node]:
    """The objects in the list under a key; an object that should be a list of one is taken so."""
    value = node.get(key)
    if isinstance(value, dict):
        return [value]
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(node: Node, key: str) -> str | None:
    """The text under a key, None where there is none."""
    value = node.get(key)
    return value.strip() or None if isinstance(value, str) else None
