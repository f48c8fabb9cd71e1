"""Damage that needs no knowledge of a format: bytes cut, flipped, mixed and recoded."""

import codecs
from random import Random

from tests.fuzzing.exports import Export, exports

LARGEST_NOISE = 20_000
NEWLINES = ("\r\n", "\r", "\n\r", "\r\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029")
ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp1252", "latin-1", "cp037")
MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, b"\xfe")


def truncated(chance: Random, export: Export) -> bytes:
    return export.content[: chance.randrange(len(export.content))]


def noise(chance: Random, export: Export) -> bytes:
    return chance.randbytes(chance.randrange(1, LARGEST_NOISE))


def noise_behind_the_beginning(chance: Random, export: Export) -> bytes:
    """What looks like its format for a few bytes."""
    kept = chance.choice((4, 8, 16, 64, 256, 1024))
    return export.content[:kept] + chance.randbytes(chance.randrange(LARGEST_NOISE))


def flipped_bits(chance: Random, export: Export) -> bytes:
    content = bytearray(export.content)
    for _ in range(chance.choice((1, 1, 2, 5, 20, 100))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return bytes(content)


def flipped_bits_in_front(chance: Random, export: Export) -> bytes:
    """Counts, offsets and sizes stand in the first bytes of most formats."""
    content = bytearray(export.content)
    for _ in range(chance.choice((1, 2, 5))):
        content[chance.randrange(min(len(content), 400))] = chance.choice((0, 1, 127, 128, 255))
    return bytes(content)


def overwritten_block(chance: Random, export: Export) -> bytes:
    start, length = _somewhere(chance, export)
    block = chance.choice((b"\0" * length, b"\xff" * length, chance.randbytes(length)))
    return export.content[:start] + block + export.content[start + length :]


def removed_block(chance: Random, export: Export) -> bytes:
    start, length = _somewhere(chance, export)
    return export.content[:start] + export.content[start + length :]


def inserted_block(chance: Random, export: Export) -> bytes:
    start, length = _somewhere(chance, export)
    block = chance.choice((b"\0" * length, chance.randbytes(length), export.content[:length]))
    return export.content[:start] + block + export.content[start:]


def _somewhere(chance: Random, export: Export) -> tuple[int, int]:
    start = chance.randrange(len(export.content))
    return start, chance.choice((1, 2, 16, 100, 1000))


def zero_bytes(chance: Random, export: Export) -> bytes:
    content = bytearray(export.content)
    for _ in range(chance.choice((1, 3, 50))):
        content.insert(chance.randrange(len(content) + 1), 0)
    return bytes(content)


def zeros_at_the_end(chance: Random, export: Export) -> bytes:
    """As a copy looks for which room was made beforehand."""
    kept = chance.choice((len(export.content), chance.randrange(len(export.content))))
    return export.content[:kept] + bytes(chance.choice((1, 512, 100_000)))


def twice(chance: Random, export: Export) -> bytes:
    return export.content + export.content


def half_another_format(chance: Random, export: Export) -> bytes:
    other = exports()[chance.choice(sorted(exports()))]
    cut = chance.randrange(len(export.content))
    return export.content[:cut] + other.content[chance.randrange(len(other.content)) :]


def another_format(chance: Random, export: Export) -> bytes:
    """The wrong suffix: a workbook named csv, and the like."""
    others = [name for name in sorted(exports()) if name != export.format]
    return exports()[chance.choice(others)].content


def nothing(chance: Random, export: Export) -> bytes:
    return b""


def next_to_nothing(chance: Random, export: Export) -> bytes:
    return chance.choice((b"\n", b"\0", b" ", b"\xef\xbb\xbf", b"\xff\xfe", b",", b'"', b"{", b"P"))


# ---------- of text


def another_encoding(chance: Random, export: Export) -> bytes:
    text = export.content.decode("utf-8").replace("said", "zei dat het té veel was … 😶")
    return text.encode(chance.choice(ENCODINGS), "replace")


def marks_of_byte_order(chance: Random, export: Export) -> bytes:
    """One in front, two in front, or one in the midst."""
    content, mark = export.content, chance.choice(MARKS)
    place = chance.choice((0, 0, chance.randrange(len(content))))
    return content[:place] + mark * chance.choice((1, 1, 2)) + content[place:]


def other_ends_of_lines(chance: Random, export: Export) -> bytes:
    lines = export.content.decode("utf-8").split("\n")
    if chance.random() < 0.5:
        return chance.choice(NEWLINES).join(lines).encode()
    return "".join(line + chance.choice(("\n", *NEWLINES)) for line in lines).encode()


def stray_quotes(chance: Random, export: Export) -> bytes:
    content = bytearray(export.content)
    for _ in range(chance.choice((1, 2, 9))):
        content.insert(chance.randrange(len(content) + 1), ord(chance.choice("\"'\\")))
    return bytes(content)


def bytes_that_are_no_text(chance: Random, export: Export) -> bytes:
    """Halves of letters, bytes no encoding has, letters told in too many bytes."""
    wrong = chance.choice((b"\xed\xa0\x80", b"\xff", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\x80"))
    place = chance.randrange(len(export.content))
    return export.content[:place] + wrong + export.content[place:]


def blank_lines(chance: Random, export: Export) -> bytes:
    lines = export.content.split(b"\n")
    for _ in range(chance.choice((1, 10, 2000))):
        lines.insert(chance.randrange(len(lines) + 1), chance.choice((b"", b" ", b"\t", b"\r")))
    return b"\n".join(lines)
