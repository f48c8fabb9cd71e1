"""A seed and a number -> one bad file: its name, its bytes, and what is known of it beforehand."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.fuzzing import damaged_bytes as raw
from tests.fuzzing import damaged_packages as packages
from tests.fuzzing import damaged_records as records
from tests.fuzzing import damaged_tables as tables
from tests.fuzzing.exports import Export, exports

Damage = Callable[[Random, Export], bytes]
InEnvelope = Callable[[Random, Export, str], bytes]


@dataclass(frozen=True)
class Case:
    """One file. `lands` is the number of its records where it must land, 0 where it must not.

    None: nobody knows beforehand.
    """

    format: str
    kind: str
    name: str
    content: bytes
    lands: int | None = None


def sound(chance: Random, export: Export) -> bytes:
    return export.content


ANY: tuple[Damage, ...] = (
    raw.truncated,
    raw.noise,
    raw.noise_behind_the_beginning,
    raw.flipped_bits,
    raw.flipped_bits,
    raw.flipped_bits_in_front,
    raw.overwritten_block,
    raw.removed_block,
    raw.inserted_block,
    raw.zero_bytes,
    raw.zeros_at_the_end,
    raw.twice,
    raw.half_another_format,
    raw.another_format,
    raw.nothing,
    raw.next_to_nothing,
    sound,
)
OF_TEXT: tuple[Damage, ...] = (
    raw.another_encoding,
    raw.marks_of_byte_order,
    raw.other_ends_of_lines,
    raw.stray_quotes,
    raw.bytes_that_are_no_text,
    raw.blank_lines,
)
OF_TABLES: tuple[Damage, ...] = (
    *(tables.wild_cells, tables.wild_column) * 3,
    tables.wild_days,
    tables.wild_header,
    tables.doubled_columns,
    tables.removed_columns,
    tables.header_only,
    tables.no_header,
    tables.shuffled_records,
    tables.ragged_records,
    tables.endless_cell,
    tables.endless_name,
    tables.empty_records,
    tables.title_above,
)
OF_PACKED: tuple[Damage, ...] = (
    *(packages.wild_xml, packages.wild_parts) * 2,
    packages.endless_sheet,
    packages.workbook_named_as_another,
)
OF_FORMAT: dict[str, tuple[Damage, ...]] = {
    "xlsx": (packages.wild_xlsx_cells,) * 3,
    "fhir": (
        *(records.wild_values,) * 3,
        records.wild_literals,
        records.wild_escapes,
        records.nested_deep,
        records.many_names,
        records.another_document,
    ),
    "ndjson": (*(records.wild_values,) * 3, records.nested_deep, records.lines_of_all_sorts),
    "roqua": (
        *(records.wild_database,) * 5,
        records.view_for_a_table,
        records.wild_pages,
        records.wild_schema,
    ),
}
# Takes a second or two to make in some formats.
SELDOM: tuple[Damage, ...] = (tables.thousands_of_columns, tables.endless_record)
IN_ZIP: tuple[InEnvelope, ...] = (
    packages.member_with_a_path,
    packages.member_with_a_path,
    packages.many_members,
    packages.nested,
    packages.link_member,
    packages.lying_zip,
    packages.lying_zip,
    packages.damaged_zip,
    packages.damaged_zip,
    packages.zip_bomb,
    packages.overlapping_bomb,
)
IN_GZ: tuple[InEnvelope, ...] = (
    packages.damaged_gz,
    packages.damaged_gz,
    packages.gz_bomb,
    packages.gz_of_gz,
    packages.gz_with_a_path,
)
# Ends of file names that try to mean something to a shell, a path, a pattern or SQL.
NAMES = (
    "", "", "", "", "", "", "",
    "'; drop table record; --", "..%2f..%2fescape", "....", "%s%n", "{0}", "$(touch fuzzed)",
    "`id`",
    "*", "[a-z]", "?", "a b", " ", "\n", "\x1b[31m", "é", "e\u0301", "😶", "\u202e",
    "\udcff", "n" * 180, "\\..\\..\\x", "~", "#", "&", "|", '"', "a.csv.xlsx", "-rf", "=1+1",
)  # fmt: skip


def case(seed: int, number: int, only: str | None = None) -> Case:
    """The case of that number; with `only` it is of that format."""
    chance = Random(f"{seed}/{number}")
    export = exports()[only or chance.choice(sorted(exports()))]
    way = chance.random()
    name = f"{export.format}_{number:06d}{_ending(chance, export)}"
    if way < 0.12:
        return _enveloped(chance, export, f"{export.format}_{number:06d}{export.suffix}")
    damage = chance.choice(SELDOM if way < 0.14 and export.write else _kinds(export))
    try:
        content = damage(chance, export)
    except Exception:  # what the writer of a format says when it cannot hold this table
        damage, content = raw.flipped_bits, raw.flipped_bits(chance, export)
    return Case(export.format, damage.__name__, name, content, _foreseen(damage, export, name))


def _kinds(export: Export) -> tuple[Damage, ...]:
    of_text = OF_TEXT if export.is_text else ()
    of_tables = OF_TABLES if export.write else ()
    of_packed = OF_PACKED if export.is_packed else ()
    return (*ANY, *of_text, *of_tables, *of_packed, *OF_FORMAT.get(export.format, ()))


def _ending(chance: Random, export: Export) -> str:
    more = chance.choice(NAMES)
    suffix = export.suffix.upper() if chance.random() < 0.05 else export.suffix
    return f"{more}{suffix}"


def _enveloped(chance: Random, export: Export, name: str) -> Case:
    is_zip = chance.random() < 0.65
    if chance.random() < 0.15:
        pack = packages.zipped if is_zip else lambda content, _: packages.gzipped(content)
        ending = ".zip" if is_zip else ".gz"
        return Case(
            export.format, "packed", name + ending, pack(export.content, name), export.records
        )
    damage = chance.choice(IN_ZIP if is_zip else IN_GZ)
    content = damage(chance, export, name)
    return Case(export.format, damage.__name__, name + (".zip" if is_zip else ".gz"), content)


def _foreseen(damage: Damage, export: Export, name: str) -> int | None:
    """What must become of it, where that is plain. A name that is no text is never read."""
    is_told = name.isprintable() or "\u202e" in name
    if damage in (raw.nothing, tables.header_only):
        return 0
    return export.records if damage is sound and is_told else None
