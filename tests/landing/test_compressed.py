"""Envelopes: what comes out of a zip or gz, and what is refused before it can do harm."""

import gzip
import io
import stat
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from flows.errors import OpKoersError
from flows.landing.compressed import MOST_MEMBERS, Arrival, arrivals, is_envelope

MEGABYTE = 1 << 20
DAMAGED_ZIP = (
    "UNREADABLE_FILE: mail.zip: the zip file is damaged or cut short."
    " Pack the exports again and put that in inbox."
)
DAMAGED_GZ = (
    "UNREADABLE_FILE: bdi.csv.gz: the gz file is damaged or cut short."
    " Pack the export again and put that in inbox."
)
TOO_MUCH = (
    "UNREADABLE_FILE: {name}: it unpacks to more than largest_unpacked_mb of [landing] allows."
    " Export a smaller part of it."
)
TOO_FOLDED = (
    "UNREADABLE_FILE: {name}: it unpacks to more than 250 times its size."
    " Export a smaller part of it."
)
TOO_MANY = (
    "UNREADABLE_FILE: mail.zip: the zip file holds more than 1,000 files."
    " Export a smaller part of it."
)


def zipped(members: Mapping[str, bytes] | Sequence[tuple[str, bytes]]) -> bytes:
    """A zip of members that compress as usual."""
    out = io.BytesIO()
    pairs = members.items() if isinstance(members, Mapping) else members
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in pairs:
            archive.writestr(name, content)
    return out.getvalue()


def stored(members: Mapping[str, bytes]) -> bytes:
    """A zip in which the bytes of the members can be found, and spoilt."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


class Inbox:
    """A folder with an inbox and a scratch folder beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scratch = folder / "scratch"
        self.scratch.mkdir()

    def put(self, content: bytes, name: str = "mail.zip") -> Path:
        file = self.folder / name
        file.write_bytes(content)
        return file

    def arrivals(
        self, content: bytes, name: str = "mail.zip", largest: int = MEGABYTE
    ) -> Iterator[Arrival]:
        return arrivals(self.put(content, name), self.scratch, largest)

    def contents(self, content: bytes, name: str = "mail.zip") -> dict[str, bytes]:
        """Names and contents of all that arrives."""
        return {a.name: a.path.read_bytes() for a in self.arrivals(content, name)}

    def mistake(
        self, content: bytes, name: str = "mail.zip", largest: int = MEGABYTE
    ) -> tuple[str, list[str]]:
        """The error that ends the arrivals, and the names that arrived before it."""
        names: list[str] = []
        with pytest.raises(OpKoersError) as caught:
            names.extend(arrival.name for arrival in self.arrivals(content, name, largest))
        return f"{caught.value.exit_code.name}: {caught.value}", names


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("bdi.zip", True),
        ("BDI.CSV.GZ", True),
        ("bdi.csv", False),
        ("bdi.xlsx", False),
        ("bdi.ods", False),
        ("zip", False),
    ],
)
def test_an_envelope_is_known_by_its_ending(name: str, is_one: bool) -> None:
    assert is_envelope(name) is is_one


def test_a_plain_file_arrives_as_it_is(inbox: Inbox) -> None:
    (arrival,) = inbox.arrivals(b"a,b\n", "bdi.csv")
    assert arrival == ("bdi.csv", inbox.folder / "bdi.csv", None)


def test_a_workbook_is_no_envelope(inbox: Inbox) -> None:
    (arrival,) = inbox.arrivals(zipped({"xl/workbook.xml": b"<x/>"}), "bdi.xlsx")
    assert arrival.path == inbox.folder / "bdi.xlsx"


def test_a_gz_file_arrives_under_its_own_name_without_the_ending(inbox: Inbox) -> None:
    (arrival,) = inbox.arrivals(gzip.compress(b""), "BDI.CSV.GZ")
    assert arrival.name == "BDI.CSV"
    assert arrival.envelope == "BDI.CSV.GZ"
    assert inbox.contents(gzip.compress(b"a,b\n"), "bdi.csv.gz") == {"bdi.csv": b"a,b\n"}


def test_a_gz_file_of_several_parts_is_one_export(inbox: Inbox) -> None:
    content = gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n")
    assert inbox.contents(content, "bdi.csv.gz") == {"bdi.csv": b"a,b\n1,2\n"}


def test_files_of_a_zip_arrive_in_order_of_name_one_at_a_time(inbox: Inbox) -> None:
    seen = []
    for arrival in inbox.arrivals(zipped({"c.csv": b"3", "a.csv": b"1", "b.xlsx": b"2"})):
        lying = [path.name for path in inbox.scratch.iterdir()]
        seen.append((arrival.name, arrival.envelope, arrival.path.read_bytes(), lying))
    assert seen == [
        ("a.csv", "mail.zip", b"1", ["0001.csv"]),
        ("b.xlsx", "mail.zip", b"2", ["0002.xlsx"]),
        ("c.csv", "mail.zip", b"3", ["0003.csv"]),
    ]
    assert list(inbox.scratch.iterdir()) == []


def test_nothing_stays_when_the_reader_stops_halfway(inbox: Inbox) -> None:
    coming = inbox.arrivals(zipped({"a.csv": b"1", "b.csv": b"2"}))
    assert next(coming).path.exists()
    coming.close()  # type: ignore[attr-defined]
    assert list(inbox.scratch.iterdir()) == []


def test_what_a_system_adds_is_no_export(inbox: Inbox) -> None:
    content = zipped(
        {
            "bdi.csv": b"1",
            "__MACOSX/._bdi.csv": b"x",
            "map/.DS_Store": b"x",
            ".hidden/bdi2.csv": b"x",
            "map/Thumbs.db": b"x",
            "~$bdi.xlsx": b"x",
            "map/": b"",
        }
    )
    assert inbox.contents(content) == {"bdi.csv": b"1"}


def test_a_link_is_not_followed(inbox: Inbox) -> None:
    link = zipfile.ZipInfo("passwd.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("bdi.csv", b"1")
    assert inbox.contents(out.getvalue()) == {"bdi.csv": b"1"}


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("C:\\exports\\bdi.csv", "bdi.csv"),
        ("C:bdi.csv", "bdi.csv"),
        ("map/\x07b\x1b[31mdi\u202e.csv", "b[31mdi.csv"),
        ("bdi\nregel\t2.csv", "bdi regel 2.csv"),
        ("n" * 3000 + ".csv", "n" * 146 + ".csv"),
        ("maten/één.csv", "één.csv"),
        ("\x01\x02", "unnamed"),
    ],
)
def test_a_path_is_only_a_name_and_writes_nowhere(inbox: Inbox, told: str, name: str) -> None:
    member = zipfile.ZipInfo("placeholder")
    member.filename = told
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(member, b"1")
    before = sorted(inbox.folder.parent.rglob("*"))
    for arrival in inbox.arrivals(out.getvalue()):
        assert arrival.name == name
        assert arrival.path.parent == inbox.scratch
        new = set(inbox.folder.parent.rglob("*")) - set(before)
        assert new == {inbox.folder / "mail.zip", arrival.path}


def test_exports_of_one_name_are_told_apart_by_their_folders(inbox: Inbox) -> None:
    content = zipped(
        {
            "bdi.csv": b"0",
            "north/bdi.csv": b"1",
            "south/2026/bdi.csv": b"2",
            "south/phq.csv": b"3",
        }
    )
    assert inbox.contents(content) == {
        "bdi.csv": b"0",
        "bdi_north.csv": b"1",
        "bdi_south_2026.csv": b"2",
        "phq.csv": b"3",
    }


def test_exports_of_one_path_are_told_apart_by_a_number(inbox: Inbox) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zipped([("a/bdi.csv", b"1"), ("a/bdi.csv", b"2")])
    assert inbox.contents(content) == {"bdi_a.csv": b"1", "bdi_a_2.csv": b"2"}


def test_an_envelope_in_an_envelope_is_opened(inbox: Inbox) -> None:
    inner = zipped({"bdi.csv": b"1"})
    content = zipped({"north.zip": inner, "south.zip": inner, "phq.csv.gz": gzip.compress(b"3")})
    assert inbox.contents(content) == {"bdi.csv": b"1", "phq.csv": b"3", "bdi_south.csv": b"1"}
    assert inbox.contents(gzip.compress(inner), "mail.zip.gz") == {"bdi.csv": b"1"}


def test_an_envelope_three_deep_is_refused(inbox: Inbox) -> None:
    content = zipped({"b.zip": zipped({"c.csv.gz": gzip.compress(b"1")})})
    assert inbox.mistake(content) == (
        "UNREADABLE_FILE: mail.zip: a file in it is packed more than 2 times."
        " Unpack it and put the exports themselves in inbox.",
        [],
    )


@pytest.mark.parametrize("name", ["mail.zip", "bdi.csv.gz"])
def test_an_envelope_of_no_byte_is_empty(inbox: Inbox, name: str) -> None:
    assert inbox.mistake(b"", name) == (
        f"EMPTY_FILE: {name}: a zip or gz file is empty. Export it again, or take it out of inbox.",
        [],
    )


@pytest.mark.parametrize("members", [{}, {"map/": b""}, {".DS_Store": b"x"}])
def test_a_zip_without_exports_is_empty(inbox: Inbox, members: dict[str, bytes]) -> None:
    assert inbox.mistake(zipped(members))[0] == (
        "EMPTY_FILE: mail.zip: there is no export in the zip file."
        " Export it again, or take it out of inbox."
    )


def test_nothing_of_a_damaged_zip_arrives(inbox: Inbox) -> None:
    whole = stored({"a.csv": b"good" * 50, "b.csv": b"spoilt" * 50})
    assert inbox.mistake(whole.replace(b"spoiltspoilt", b"spoiltSPOILT", 1)) == (DAMAGED_ZIP, [])
    assert inbox.mistake(whole[:-10]) == (DAMAGED_ZIP, [])
    assert inbox.mistake(whole[: len(whole) // 2]) == (DAMAGED_ZIP, [])
    assert inbox.mistake(whole[100:]) == (DAMAGED_ZIP, [])
    assert inbox.mistake(b"no zip at all") == (DAMAGED_ZIP, [])
    assert list(inbox.scratch.iterdir()) == []


def test_a_directory_that_tells_too_small_a_size_is_damage(inbox: Inbox) -> None:
    """A bomb that says it is small never gives more than it says, and its checksum is wrong."""
    honest = zipped({"a.csv": b"0" * 300_000})
    told = (300_000).to_bytes(4, "little")
    assert honest.count(told) == 2
    assert inbox.mistake(honest.replace(told, (3).to_bytes(4, "little"))) == (DAMAGED_ZIP, [])


def test_a_damaged_gz_is_refused(inbox: Inbox) -> None:
    whole = gzip.compress(bytes(range(256)) * 400)
    spoilt = whole[:-6] + b"\0\0" + whole[-4:]
    for content in (whole[:-20], spoilt, whole[:-8], b"no gz at all", whole + b"trailing bytes"):
        assert inbox.mistake(content, "bdi.csv.gz") == (DAMAGED_GZ, [])
    assert list(inbox.scratch.iterdir()) == []


def test_more_bytes_than_allowed_are_refused_before_they_are_unpacked(inbox: Inbox) -> None:
    content = zipped({"a.csv": b"1" * 600, "b.csv": b"2" * 600})
    assert inbox.mistake(content, largest=1000) == (TOO_MUCH.format(name="mail.zip"), [])
    assert inbox.mistake(gzip.compress(b"1" * 1001), "bdi.csv.gz", largest=1000) == (
        TOO_MUCH.format(name="bdi.csv.gz"),
        [],
    )


def test_what_inner_envelopes_hold_counts_together(inbox: Inbox) -> None:
    inner = gzip.compress(b"1" * 400)
    content = zipped({f"{name}.csv.gz": inner for name in "abc"})
    sentence, names = inbox.mistake(content, largest=1000)
    assert sentence == TOO_MUCH.format(name="mail.zip")
    assert names == ["a.csv", "b.csv"]


def test_a_bomb_is_refused_by_how_far_it_unfolds(inbox: Inbox) -> None:
    bomb = b"\0" * (40 * MEGABYTE)
    largest = 1000 * MEGABYTE
    assert inbox.mistake(zipped({"a.csv": bomb}), largest=largest) == (
        TOO_FOLDED.format(name="mail.zip"),
        [],
    )
    assert inbox.mistake(gzip.compress(bomb), "bdi.csv.gz", largest=largest) == (
        TOO_FOLDED.format(name="bdi.csv.gz"),
        [],
    )


def test_a_thousand_files_are_enough(inbox: Inbox) -> None:
    content = zipped({f"{number}.csv": b"" for number in range(MOST_MEMBERS + 1)})
    assert inbox.mistake(content) == (TOO_MANY, [])


def test_inner_files_count_too(inbox: Inbox) -> None:
    inner = zipped({f"{number}.csv": b"" for number in range(MOST_MEMBERS // 2)})
    sentence, names = inbox.mistake(zipped({"a.zip": inner, "b.zip": inner}))
    assert sentence == TOO_MANY
    assert len(names) == MOST_MEMBERS // 2


def test_a_directory_of_folders_without_end_is_not_even_read(inbox: Inbox) -> None:
    content = stored({f"{number}/": b"" for number in range(10 * MOST_MEMBERS + 1)})
    assert inbox.mistake(content) == (TOO_MANY, [])


def test_a_zip_with_a_password_is_refused(inbox: Inbox) -> None:
    content = bytearray(stored({"a.csv": b"secret"}))
    for start, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(start) + flags] |= 1
    assert inbox.mistake(bytes(content)) == (
        "UNREADABLE_FILE: mail.zip: the zip file is protected with a password."
        " Send it without one, by a way that is safe by itself.",
        [],
    )


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_rare_way_of_packing_is_refused(inbox: Inbox, method: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("a.csv", b"1" * 1000)
    assert inbox.mistake(out.getvalue()) == (
        "UNREADABLE_FILE: mail.zip: the zip file is packed in a way that is not read here."
        " Pack the exports again and put that in inbox.",
        [],
    )


@pytest.mark.parametrize("seed", range(60))
def test_damage_anywhere_gives_a_sentence_or_the_same_exports(inbox: Inbox, seed: int) -> None:
    whole = zipped({"a/x.csv": b"1,2\n" * 90, "b/x.csv.gz": gzip.compress(b"3,4\n" * 90)})
    spoilt = bytearray(whole)
    for step in range(1 + seed % 4):
        spoilt[(seed * 7919 + step * 104_729) % len(spoilt)] ^= 1 << (seed + step) % 8
    try:
        contents = inbox.contents(bytes(spoilt))
    except OpKoersError:
        contents = {}
    assert set(contents.values()) <= {b"1,2\n" * 90, b"3,4\n" * 90, gzip.compress(b"3,4\n" * 90)}
    assert list(inbox.scratch.iterdir()) == []
