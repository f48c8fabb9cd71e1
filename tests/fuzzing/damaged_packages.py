"""Zip and gz files, and spreadsheets (zip files inside), made to harm who unpacks them."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from functools import cache
from random import Random
from typing import NamedTuple

from tests.fuzzing.exports import FIXED_MOMENT, SECRET, Export, dated, exports

MEGABYTE = 1 << 20
PATHS = (
    "../../../fuzz_escape_{n}.csv",
    "../../../../../../fuzz_escape_{n}.csv",
    "/tmp/opkoers_fuzz_escape_{n}.csv",  # noqa: S108 - where it would show
    "C:\\fuzz_escape_{n}.csv",
    "..\\..\\fuzz_escape_{n}.csv",
    "//server/share/{n}.csv",
    "{name}/",
    "./{name}",
    "a/../{name}",
    "a/b/c/{name}",
    "con.csv",
    "{name}\n.csv",
    "{name}\x1b[31m.csv",
    "{name}\u202evsc.",
    "a" * 300 + "/{name}",
    "{name}" + "n" * 300 + ".csv",
    ".{name}",
    "__MACOSX/{name}",
    "",
    "\udc80{name}",
)


# ---------- envelopes around an export


def zipped(content: bytes, *names: str, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip in which the content stands under each name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name in names:
            entry = zipfile.ZipInfo("x", FIXED_MOMENT)
            entry.filename = name.encode("utf-8", "replace").decode()
            entry.compress_type = method
            archive.writestr(entry, content)
    return out.getvalue()


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def member_with_a_path(chance: Random, export: Export, name: str) -> bytes:
    """Paths that lead elsewhere, alone or beside a sound member."""
    number = name.split("_")[1].split(".")[0]
    paths = [path.format(name=name, n=number) for path in chance.sample(PATHS, 2)]
    names = [*paths, name] if chance.random() < 0.5 else paths
    return zipped(export.content, *dict.fromkeys(names))


def many_members(chance: Random, export: Export, name: str) -> bytes:
    stem, _, suffix = name.rpartition(".")
    count = chance.choice((20, 2_000, 12_000))
    content = export.content if count == 20 else b""
    return zipped(content, *(f"{stem}_{i}.{suffix}" for i in range(count)))


def nested(chance: Random, export: Export, name: str) -> bytes:
    content, inner = export.content, name
    for _ in range(chance.choice((1, 2, 3, 10))):
        content, inner = zipped(content, inner), f"{inner}.zip"
    return content


def link_member(chance: Random, export: Export, name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo(name, FIXED_MOMENT)
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, chance.choice(("/etc/passwd", "../../opkoers.toml", ".")))
    return out.getvalue()


def lying_zip(chance: Random, export: Export, name: str) -> bytes:
    """Sizes, checksums, flags and offsets of the directory that are not so."""
    packed = bytearray(zipped(export.content, name))
    entry = packed.find(b"PK\x01\x02")
    end = packed.find(b"PK\x05\x06")
    places = (entry + 8, entry + 10, entry + 16, entry + 20, entry + 24, entry + 28, entry + 42)
    place = chance.choice((*places, end + 8, end + 12, end + 16, end + 20, 6, 8, 18, 22, 26, 28))
    struct.pack_into("<H", packed, place, chance.choice((0, 1, 9, 99, 0x7FFF, 0xFFFF)))
    return bytes(packed)


def damaged_zip(chance: Random, export: Export, name: str) -> bytes:
    return _damaged(chance, zipped(export.content, name))


def damaged_gz(chance: Random, export: Export, name: str) -> bytes:
    return _damaged(chance, gzipped(export.content))


def _damaged(chance: Random, content: bytes) -> bytes:
    changed = bytearray(content)
    way = chance.randrange(4)
    if way == 0:
        return content[: chance.randrange(len(content))]
    if way == 1:
        return content + chance.choice((b"\0" * 99, chance.randbytes(99), content))
    for _ in range(chance.choice((1, 5, 40))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def zip_bomb(chance: Random, export: Export, name: str) -> bytes:
    """Ten gigabytes of one sign; the directory says so, says less, or hides it in a second zip."""
    packed = _endless(chance.choice((b"x", b"\n", b",", b"0")), 10_000)
    claimed = chance.choice((0xFFFFFFF0, 1_000, 60 * MEGABYTE))
    bomb = raw_zip([Packed(name, packed, claimed)])
    return zipped(bomb, f"{name}.zip") if chance.random() < 0.3 else bomb


def overlapping_bomb(chance: Random, export: Export, name: str) -> bytes:
    """A hundred members that share their bytes."""
    packed = _endless(b"x", 100)
    names = [name.replace(".", f"_{i}.", 1) for i in range(100)]
    return raw_zip([Packed(each, packed, 100 * MEGABYTE) for each in names], is_shared=True)


def gz_bomb(chance: Random, export: Export, name: str) -> bytes:
    start = export.content if export.is_text else b""
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
    before = _deflated(start, zlib.Z_FULL_FLUSH)
    return head + before + _endless(b"x", 10_000) + bytes(8)


def gz_of_gz(chance: Random, export: Export, name: str) -> bytes:
    content = export.content
    for _ in range(chance.choice((2, 3, 20))):
        content = gzipped(content)
    return content


def gz_with_a_path(chance: Random, export: Export, name: str) -> bytes:
    packed = gzipped(export.content)
    path = chance.choice((b"../../../../fuzz_escape.csv", b"/tmp/opkoers_fuzz_escape_gz", b"\n"))
    return packed[:3] + b"\x08" + packed[4:10] + path + b"\0" + packed[10:]


@cache
def _endless(sign: bytes, megabytes: int) -> bytes:
    """Packed bytes of so many megabytes of one sign."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(sign * MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * megabytes + packer.flush(zlib.Z_FINISH)


class Packed(NamedTuple):
    """A member of a zip: its packed bytes, and what the directory claims of it."""

    name: str
    packed: bytes
    claimed: int
    checksum: int = 0


def raw_zip(members: Iterable[Packed], *, is_shared: bool = False) -> bytes:
    """A zip of members as they are told; with `is_shared` all begin at the first one."""
    body, directory, count = b"", b"", 0
    for name, packed, claimed, checksum in members:
        told = name.encode()
        start = 0 if is_shared else len(body)
        sizes = struct.pack("<IIIHH", checksum, len(packed), claimed, len(told), 0)
        if not (is_shared and body):
            body += b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 0x5A25) + sizes
            body += told + packed
        directory += b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 0x5A25) + sizes
        directory += struct.pack("<HHHII", 0, 0, 0, 0, start) + told
        count += 1
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


# ---------- inside a spreadsheet

SHEETS = {"xlsx": "xl/worksheets/sheet1.xml", "ods": "content.xml"}


def wild_xml(chance: Random, export: Export) -> bytes:
    """The sheet itself cut, flipped or made of endless levels."""
    sheet = _member(export)
    way = chance.randrange(5)
    if way == 0:
        sheet = sheet[: chance.randrange(len(sheet))]
    elif way == 1:
        sheet = _damaged(chance, sheet)
    elif way == 2:
        depth = chance.choice((1_000, 10_000, 300_000))
        sheet = b"<?xml version='1.0'?>" + b"<a>" * depth + b"</a>" * depth
    elif way == 3:
        sheet = _with_entities(sheet)
    else:
        place = chance.randrange(len(sheet))
        sheet = (
            sheet[:place] + chance.choice((b"\0", b"&#0;", b"&x;", b"<", b"]]>")) + sheet[place:]
        )
    return _with_member(export, sheet)


def _with_entities(sheet: bytes) -> bytes:
    """Ten names that each stand for ten of the one before: a billion words."""
    named = [f'<!ENTITY e{i + 1} "{f"&e{i};" * 10}">' for i in range(9)]
    doctype = f'<!DOCTYPE x [<!ENTITY e0 "{SECRET}">{"".join(named)}]>'
    head, _, rest = sheet.partition(b"?>")
    return head + b"?>" + doctype.encode() + rest.replace(f"{SECRET} said".encode(), b"&e9;")


def endless_sheet(chance: Random, export: Export) -> bytes:
    """Cells repeated a million times, a cell in the last corner, or ten gigabytes of blanks."""
    way, sheet = chance.randrange(3), _member(export)
    if way == 0:
        packed = _deflated(sheet[: len(sheet) // 2], zlib.Z_FULL_FLUSH) + _endless(b" ", 10_000)
        bomb = Packed(SHEETS[export.format], packed, chance.choice((0xFFFFFFF0, 60 * MEGABYTE)))
        return raw_zip([*_other_members(export), bomb])
    if export.format == "ods":
        wide = f'<table:table-cell table:number-columns-repeated="{chance.choice((9, 16384))}"'
        deep = f'<table:table-row table:number-rows-repeated="{chance.choice((99, 1048576))}"'
        sheet = sheet.replace(b"<table:table-cell", wide.encode(), 30)
        sheet = sheet.replace(b"<table:table-row", deep.encode(), 3)
    else:
        corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        sheet = sheet.replace(b"</sheetData>", corner)
    return _with_member(export, sheet)


def wild_parts(chance: Random, export: Export) -> bytes:
    """Members removed, doubled, or put in each other's place."""
    with zipfile.ZipFile(io.BytesIO(export.content)) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    names = sorted(parts)
    for _ in range(chance.choice((1, 3))):
        name = chance.choice(names)
        way = chance.randrange(3)
        if way == 0:
            parts.pop(name, None)
        elif way == 1:
            parts[name] = _damaged(chance, parts.get(name) or b"x")
        else:
            parts[name] = parts.get(chance.choice(names), b"")
    return _packed(parts)


def wild_xlsx_cells(chance: Random, export: Export) -> bytes:
    """References to texts that are not there, cells of every type, days beyond the calendar."""
    sheet = _member(export)
    cell = chance.choice((
        b'<c r="C2" t="s"><v>99999</v></c>', b'<c r="C2" t="s"><v>-1</v></c>',
        b'<c r="C2" t="e"><v>#DIV/0!</v></c>', b'<c r="C2" t="b"><v>7</v></c>',
        b'<c r="C2" t="d"><v>2026-13-45</v></c>', b'<c r="C2"><v>1e999</v></c>',
        b'<c r="C2"><v>NaN</v></c>', b'<c r="C2" s="999"><v>3</v></c>', b'<c r="C0"><v>3</v></c>',
        b'<c r="2C"><v>3</v></c>', b'<c r="ZZZZZZZ9"><v>3</v></c>', b'<c><v>3</v></c>',
        b'<c r="C99999999999"><v>3</v></c>', b'<c r="C2" t="inlineStr"><is><t>x</t></is></c>',
    ))  # fmt: skip
    place = sheet.find(b"<row", chance.randrange(len(sheet) // 2))
    place = sheet.find(b">", place) + 1
    return _with_member(export, sheet[:place] + cell * chance.choice((1, 50)) + sheet[place:])


def _other_members(export: Export) -> Iterator[Packed]:
    """All but the sheet, as they are."""
    with zipfile.ZipFile(io.BytesIO(export.content)) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            if name != SHEETS[export.format]:
                packed = _deflated(content, zlib.Z_FINISH)
                yield Packed(name, packed, len(content), zlib.crc32(content))


def _deflated(content: bytes, ending: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush(ending)


def _member(export: Export) -> bytes:
    with zipfile.ZipFile(io.BytesIO(export.content)) as archive:
        return archive.read(SHEETS[export.format])


def _with_member(export: Export, sheet: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(export.content)) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    return _packed(parts | {SHEETS[export.format]: sheet})


def _packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return dated(out.getvalue())


def workbook_named_as_another(chance: Random, export: Export) -> bytes:
    """ods as xlsx and the other way round."""
    return exports()["ods" if export.format == "xlsx" else "xlsx"].content
