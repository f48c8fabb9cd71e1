"""`opkoers forget`: afterwards the patient is nowhere in the home, and all that is left adds up."""

import json
import os
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from flows.backup import write_backup
from flows.cli import main
from flows.errors import ExitCode, OpKoersError
from flows.forgetting import archived, finish
from flows.forgetting.begun import Begun, read_begun
from flows.forgetting.command import Request, forget
from flows.forgetting.naming import may_name
from flows.home import make_home
from flows.landing import archive
from flows.landing.forgotten import digest_key, read_list
from flows.landing.originals import open_original
from flows.restoring import restore_backup
from flows.settings import load_settings
from tests.landing.homes import LandingHome

GONE, STAYS = "bsn77001", "bsn88002"
TEXT_OF_GONE = "zeventien"
SETTINGS = """layout_version = 1
[service]
simulated = true
now = 2026-11-16
[landing]
stable_seconds = 0
"""
WIDE = """
patient_ids = "real"
clinic_id = { value = "noord" }
patient_id = { column = "patient" }
measured_at = { column = "day", format = "%Y-%m-%d" }
[[measure]]
instrument = "gad-7"
items = "g{item}"
"""
EPISODES = """
table = "episodes"
patient_ids = "real"
clinic_id = { value = "noord" }
patient_id = { column = "patient" }
episode_id = { column = "episode" }
[columns]
started_on = { column = "from" }
"""
HEAD = "patient,day," + ",".join(f"g{item}" for item in range(1, 8))
# Of the one who goes: two records that land, one twice, one without a usable date, one answer
# that is no number; of the other: two that land, one of them with a wrong answer.
ANSWERS = f"""{HEAD}
{GONE},2026-10-01,1,1,1,1,1,1,1
{GONE},2026-10-01,1,1,1,1,1,1,1
{GONE},2026-10-08,2,2,{TEXT_OF_GONE},2,2,2,2
{GONE},31-31-2026,3,3,3,3,3,3,3
{STAYS},2026-10-01,0,0,0,0,0,0,0
{STAYS},2026-10-08,0,0,acht,0,0,0,0
"""
# Nothing of the one who goes lands here: who it was, only the original says.
REFUSED = f"""{HEAD}
{GONE},,,,,,,,
{STAYS},2026-10-15,1,0,0,0,0,0,0
"""
STAY_ONLY = f"{HEAD}\n{STAYS},2026-10-22,1,1,0,0,0,0,0\n"


@pytest.fixture
def home(tmp_path: Path, landed_once: Path) -> Path:
    """Four landed exports of a clinic, with real numbers; this test's own."""
    return shutil.copytree(landed_once, tmp_path / "home")


@pytest.fixture(scope="module")
def landed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = LandingHome(tmp_path_factory.mktemp("landed") / "home")
    make_home(place.home)
    (place.home / "opkoers.toml").write_text(SETTINGS)
    place.source(WIDE)
    place.source(EPISODES, "episodes")
    place.export(ANSWERS, "clinic_1.csv")
    place.export(REFUSED, "clinic_2.csv")
    place.export(STAY_ONLY, "clinic_3.csv")
    place.export(f"patient,episode,from\n{GONE},e1,2026-09-30\n{STAYS},e2,2026-09-30\n",
                 "episodes_1.csv")  # fmt: skip
    landed = place.land(["clinic_1.csv", "clinic_2.csv"])
    assert {outcome.status for outcome in landed} == {"landed"}
    digest_key(load_settings(place.home))  # as a run before would have made it
    return place.home


def pseudonym(home: Path, number: str) -> str:
    with sqlite3.connect(home / "identity.sqlite3") as store:
        ((found,),) = store.execute("select pseudonym from identity where patient_id = ?", [number])
    store.close()
    return str(found)


def found_by(home: Path, number: str = GONE) -> Begun:
    settings = load_settings(home)
    return finish.find(settings, "noord", pseudonym(home, number), "by letter", "ict")


def forgotten(home: Path) -> Begun:
    """The patient gone, without the run that publishes anew."""
    settings = load_settings(home)
    begun = found_by(home)
    finish.begin(settings, begun)
    finish.carry_out(settings, begun)
    finish.end(settings, begun)
    return begun


def searched(home: Path) -> Iterator[tuple[Path, bytes]]:
    """All bytes of a home, with parquet and originals also as what they say."""
    for file in sorted(each for each in home.rglob("*") if each.is_file()):
        yield file, file.read_bytes()
        if file.suffix == ".parquet":
            with duckdb.connect() as connection:
                rows = connection.execute(f"select * from read_parquet('{file}')").fetchall()
            yield file, str(rows).encode()
        if file.name == "original":
            plain = home.with_name("plain")
            open_original(file, plain, home / "secrets")
            yield file, plain.read_bytes()


def named_in(home: Path, *texts: str) -> list[str]:
    return [
        f"{file.relative_to(home)}: {text}"
        for file, content in searched(home)
        for text in texts
        if text.encode() in content
    ]


def test_nothing_of_the_patient_is_left_and_everything_of_the_other(home: Path) -> None:
    gone, stays = pseudonym(home, GONE), pseudonym(home, STAYS)
    others = home_rows(home, stays)
    assert named_in(home, GONE, gone, TEXT_OF_GONE)

    forgotten(home)

    assert named_in(home, GONE, gone, TEXT_OF_GONE, "31-31-2026") == []
    assert home_rows(home, stays) == others
    assert pseudonym(home, STAYS) == stays


def home_rows(home: Path, patient: str) -> list[str]:
    """Every archived row of a patient."""
    rows = []
    with duckdb.connect() as connection:
        for file in sorted(home.glob("archive/*/*.parquet")):
            if file.name != "rejected.parquet":
                query = f"select * from read_parquet('{file}') where patient_id = '{patient}'"
                rows += [
                    f"{file.parent.name[:8]} {row}" for row in connection.execute(query).fetchall()
                ]
    return sorted(rows)


def test_receipts_balance_and_say_what_was_erased(home: Path) -> None:
    """Counted by hand in the lines of the exports above; refused records were never anybody's."""
    forgotten(home)
    receipts = {each.name: each for each in archive.receipts(home / "archive")}
    told = {
        name: (r.rows_in, r.landed, r.duplicate, r.rejected, r.erased, r.is_original_destroyed)
        for name, r in receipts.items()
    }
    assert told == {
        "clinic_1.csv": (6, 2, 1, 1, 2, True),
        "clinic_2.csv": (2, 1, 0, 1, 0, True),
        "clinic_3.csv": (1, 1, 0, 0, 0, False),
        "episodes_1.csv": (2, 1, 0, 0, 1, True),
    }


def test_what_was_rejected_of_others_can_still_be_mended(home: Path) -> None:
    forgotten(home)
    (file,) = [f for f in home.glob("archive/*/rejected.csv") if "acht" in f.read_text("utf-8-sig")]
    lines = file.read_text("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert ";7;" in lines[1]


def test_the_list_says_nothing_of_who_it_was(home: Path) -> None:
    gone = pseudonym(home, GONE)
    forgotten(home)
    (entry,) = read_list(home / "forgotten.json").patients
    assert re.fullmatch("[0-9a-f]{64}", entry.mark)
    assert entry.counts["records"] == 3
    assert entry.counts["originals"] == 3
    assert entry.counts["identity_pairs"] == 1
    assert gone not in (home / "forgotten.json").read_text()
    assert not (home / ".forgetting.json").exists()


def test_an_export_that_still_holds_the_patient_brings_nothing_back(home: Path) -> None:
    gone = pseudonym(home, GONE)
    forgotten(home)
    place = LandingHome(home)
    for file in (home / "inbox").iterdir():
        file.unlink()
    place.export(ANSWERS + f"{STAYS},2026-10-29,1,1,1,1,1,1,1\n", "clinic_4.csv")
    place.export(f"patient,episode,from\n{GONE},e1,2026-09-30\n{STAYS},e2,2026-10-01\n",
                 "episodes_2.csv")  # fmt: skip
    answers, episodes = (each.receipt for each in place.land(["clinic_4.csv"]))
    assert answers is not None
    assert episodes is not None
    assert (answers.rows_in, answers.landed, answers.rejected_by_rule) == (7, 3, 4)
    assert (episodes.rows_in, episodes.landed, episodes.rejected_by_rule) == (2, 1, 1)
    assert answers.is_original_destroyed
    assert episodes.is_original_destroyed
    for file in (home / "inbox").iterdir():
        file.unlink()
    assert named_in(home, GONE, gone, TEXT_OF_GONE, "31-31-2026") == []


def test_the_inbox_is_cleared_of_what_has_landed_only(home: Path) -> None:
    (home / "inbox" / "later.csv").write_text(ANSWERS.replace("2026-10-01", "2026-11-01"))
    forgotten(home)
    assert sorted(file.name for file in (home / "inbox").iterdir()) == ["clinic_3.csv", "later.csv"]


def test_a_kill_at_any_moment_is_made_good_by_the_next_run(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut short before each replacing or removing of a file in turn; then finished."""
    gone = pseudonym(home, GONE)
    copy = home.with_name("copy")
    forgotten(shutil.copytree(home, copy))
    expected = outside(copy)
    shutil.rmtree(copy)
    moments = 0
    while True:
        shutil.copytree(home, copy)
        if not cut_short(copy, moments, monkeypatch):
            break
        finish.finish_begun(load_settings(copy))
        assert named_in(copy, GONE, gone, TEXT_OF_GONE) == []
        assert outside(copy) == expected, f"cut short at {moments}"
        shutil.rmtree(copy)
        moments += 1
    assert moments > 20


class KilledError(BaseException):
    """No code of ours catches it."""


def cut_short(home: Path, moment: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Forget, but end just before the file that is touched at that moment; whether it did."""
    settings, begun = load_settings(home), found_by(home)
    finish.begin(settings, begun)
    left = moment

    def counted(deed: str) -> None:
        nonlocal left
        if left == 0:
            raise KilledError(deed)
        left -= 1

    with monkeypatch.context() as patch:
        for deed in ("replace", "unlink"):
            real = getattr(Path, deed)

            def touch(self: Path, *words: object, _real=real, _deed=deed, **more: object):  # type: ignore[no-untyped-def] # noqa: ANN202, ANN001
                counted(_deed)
                return _real(self, *words, **more)

            patch.setattr(Path, deed, touch)
        try:
            finish.carry_out(settings, begun)
            finish.end(settings, begun)
        except KilledError:
            return True
    return False


def outside(home: Path) -> dict[str, str]:
    """What can be told of a home: receipts, rows, rejects and the list of the forgotten."""
    told = {
        str(file.relative_to(home)): file.read_text("utf-8-sig")
        for file in sorted(home.rglob("*"))
        if file.suffix in (".json", ".csv") or file.name == ".forgetting.json"
    }
    with duckdb.connect() as connection:
        for file in sorted(home.glob("archive/*/*.parquet")):
            rows = connection.execute(f"select * from read_parquet('{file}')").fetchall()
            told[str(file.relative_to(home))] = str(rows)
    return told


# ---------- backups


def test_a_backup_from_before_forgets_once_more(home: Path, tmp_path: Path) -> None:
    gone, stays = pseudonym(home, GONE), pseudonym(home, STAYS)
    write_backup(home, tmp_path / "before.tar", with_secrets=True)
    begun = forgotten(home)

    back = tmp_path / "back"
    restore_backup(tmp_path / "before.tar", back, lambda *_: None, home / "forgotten.json")
    assert named_in(back, gone)
    assert finish.finish_begun(load_settings(back)) == 1

    assert named_in(back, GONE, gone, TEXT_OF_GONE) == []
    assert home_rows(back, stays) == home_rows(home, stays)
    assert [each.mark for each in read_list(back / "forgotten.json").patients] == [begun.mark]
    assert not (back / ".forget-again").exists()


def test_a_backup_holds_the_list(home: Path, tmp_path: Path) -> None:
    begun = forgotten(home)
    write_backup(home, tmp_path / "after.tar", with_secrets=True)
    restore_backup(tmp_path / "after.tar", tmp_path / "back", lambda *_: None)
    assert [e.mark for e in read_list(tmp_path / "back/forgotten.json").patients] == [begun.mark]


# ---------- what a person is asked and told


def asked(
    home: Path, monkeypatch: pytest.MonkeyPatch, *answers: str, **request: object
) -> list[str]:
    """What `forget` says to a person who gives these answers; nothing is published."""
    monkeypatch.setattr("flows.forgetting.command._publish_anew", lambda home: None)
    said: list[str] = []
    given = iter(answers)
    told = {"patient": GONE, "is_real": True, "clinic_id": None, "reason": None, "is_agreed": False}
    forget(home, Request(**{**told, **request}), lambda question: next(given), said.append)  # type: ignore[arg-type]
    return said


def test_it_asks_for_a_reason_and_for_agreement(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = pseudonym(home, GONE)
    said = asked(home, monkeypatch, "request of 16 November", "forget")
    assert any("3 records landed" in line for line in said)
    assert any("backups made before today" in line for line in said)
    assert not any(name in line for line in said for name in (GONE, gone))
    assert main(["forget", "--list", "--home", str(home)]) == 0


@pytest.mark.parametrize(
    ("answers", "request_", "what"),
    [
        (("because",), {}, "nothing was changed"),
        (("",), {}, "a reason is needed"),
        ((f"{GONE} asked",), {}, "names the patient"),
        ((), {"patient": "nobody"}, "nothing is kept here"),
        ((), {"is_real": False}, "nothing is kept here"),
        ((), {"clinic_id": "zuid"}, "nothing is kept here"),
        ((), {"is_agreed": True}, "a reason is needed"),
    ],
)
def test_without_a_clear_wish_nothing_changes(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    answers: tuple[str, ...],
    request_: dict[str, object],
    what: str,
) -> None:
    before = outside(home)
    with pytest.raises((OpKoersError, StopIteration), match=what) as caught:
        asked(
            home,
            monkeypatch,
            *answers,
            *(["no"] if what == "nothing was changed" else []),
            **request_,
        )
    assert GONE not in str(caught.value)
    assert outside(home) == before


def test_nobody_at_the_terminal_is_not_taken_for_a_yes(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["forget", GONE, "--real", "--home", str(home)]) == ExitCode.USAGE
    assert "--yes" in capsys.readouterr().err
    assert read_begun(home) is None


# ---------- whether a file can name somebody


@pytest.mark.parametrize(
    ("content", "is_named"),
    [
        (b"id,score\np17,3\n", True),
        (b"id,score\np171,3\n", False),
        (b"id,score\nxp17,3\n", False),
        ("id\tscore\np17\t3\n".encode("utf-16"), True),
        (b"\0\1\2compressed", True),
        (b"", False),
    ],
)
def test_whether_a_file_names_a_patient(tmp_path: Path, content: bytes, is_named: bool) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    assert may_name(file, ["p17"]) == is_named


def test_a_workbook_is_looked_into(tmp_path: Path) -> None:
    for name, text in (("with", "<t>p17</t>"), ("without", "<t>p18</t>")):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive_:
            archive_.writestr("xl/sharedStrings.xml", text * 50)
    assert may_name(tmp_path / "with", ["p17"])
    assert not may_name(tmp_path / "without", ["p17"])


def test_records_are_counted_as_the_receipt_counts_them(tmp_path: Path) -> None:
    """Two moments on one line are two records."""
    place = LandingHome(tmp_path / "home")
    make_home(place.home)
    (place.home / "opkoers.toml").write_text(SETTINGS)
    place.source("""
clinic_id = { value = "noord" }
patient_id = { column = "patient" }
measured_at = { column = "day", format = "%Y-%m-%d" }
[[measure]]
instrument = "gad-7"
scale = "total"
column = "t"
""")
    place.export("patient,day,t\nA,2026-10-01,1\nB,2026-10-01,2\nA,2026-10-08,3\n")
    receipt = place.receipt()
    settings = load_settings(place.home)
    (held,) = archived.holdings(settings, "noord", "A", ["A"])
    assert (receipt.landed, held.records) == (3, 2)
    left = archived.left_of(held)
    assert (left.landed, left.erased) == (1, 2)
    assert json.loads((place.home / "archive" / receipt.sha256 / "receipt.json").read_text())
    assert os.environ.get("OPKOERS_HOME") is None
