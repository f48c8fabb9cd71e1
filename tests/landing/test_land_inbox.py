"""The inbox as a whole: landing twice, holding back, real ids, originals, reference data."""

import logging
import shutil
import sqlite3
from datetime import datetime
from pathlib import Path

import pytest

from flows.errors import OpKoersError
from flows.landing import archive, originals
from flows.landing.archive import STAGING_PREFIX
from flows.settings import load_settings
from tests.landing.homes import LandingHome

TOTALS = """
clinic_id = { value = "north" }
patient_id = { column = "patient" }
measured_at = { column = "date" }
[[measure]]
instrument = "bdi"
scale = "total"
column = "BDI"
"""
ENRICHD = """
match = "enrichd_*.csv"
format = "csv"
clinic_id = { value = "enrichd" }
patient_id = { column = "ID" }
measured_at = { column = "time", days_since = 2020-01-06 }
[[measure]]
instrument = "bdi"
scale = "total"
column = "BDI"
"""


def rows(good: int, bad: int) -> str:
    """An export with `bad` unreadable dates at its end."""
    lines = [f"P{n},2026-01-05,20" for n in range(good)] + ["P,someday,20"] * bad
    return "patient,date,BDI\n" + "\n".join(lines) + "\n"


def set_landing(home: LandingHome, line: str) -> None:
    settings = home.home / "opkoers.toml"
    settings.write_text(f"{settings.read_text()}[landing]\n{line}\n")


def test_landing_the_same_file_twice_changes_nothing(home: LandingHome) -> None:
    home.source(TOTALS)
    file = home.export(rows(3, 0))
    home.land()
    before = home.archive()
    shutil.copy(file, file.with_name("clinic-again.csv"))

    outcomes = home.land()

    assert [outcome.status for outcome in outcomes] == ["known", "known"]
    assert home.archive() == before


def test_a_folder_of_the_archive_holds_the_receipt_and_three_tables(home: LandingHome) -> None:
    home.source(TOTALS)
    home.export(rows(3, 0))

    receipt = home.receipt()

    names = ["original", "receipt.json", "rejected.parquet", "responses.parquet"]
    folder = f"archive/{receipt.sha256}"
    assert list(home.archive()) == [f"{folder}/{n}" for n in (*names, "set_aside.parquet")]
    assert archive.receipts(home.home / "archive") == (receipt,)


def test_a_receipt_says_which_clinics_lists_and_days_a_file_holds(home: LandingHome) -> None:
    home.source(TOTALS.replace('value = "north"', 'column = "clinic"'))
    home.export("""
clinic,patient,date,BDI
south,P1,2026-01-05,20
north,P1,2026-03-05,20
north,P2,2025-12-31,20
""")

    receipt = home.receipt()

    assert (receipt.clinics, receipt.instruments) == (("north", "south"), ("bdi",))
    assert receipt.measured_from == datetime(2025, 12, 31)
    assert receipt.measured_to == datetime(2026, 3, 5)


def test_of_two_files_landed_together_the_one_with_the_later_name_is_the_later(
    home: LandingHome,
) -> None:
    home.source(TOTALS)
    for month in range(1, 8):
        home.export(rows(month, 0), f"clinic_2026-{month:02}.csv")

    home.land()

    receipts = archive.receipts(home.home / "archive")
    assert [r.name for r in receipts] == [f"clinic_2026-{m:02}.csv" for m in range(1, 8)]
    assert len({r.landed_at for r in receipts}) == 7


def test_more_errors_than_five_in_a_hundred_hold_a_file_back(home: LandingHome) -> None:
    home.source(TOTALS)
    home.export(rows(94, 6))

    assert home.mistake() == (
        "HELD_BACK: clinic.csv: held back: 6 of 100 records (6%) have errors, more than 5%."
        " Mend the export or its source file, or land it as it is with"
        " `opkoers run --accept clinic.csv`."
    )
    assert archive.receipts(home.home / "archive") == ()
    assert [r.rejected_error for r in archive.held_back(home.home / "archive")] == [6]


def test_five_errors_in_a_hundred_do_not(home: LandingHome) -> None:
    home.source(TOTALS)
    home.export(rows(95, 5))

    assert home.receipt().rejected_error == 5


def test_conflicts_and_rejections_by_rule_do_not_hold_a_file_back(home: LandingHome) -> None:
    home.source(TOTALS)
    home.export("patient,date,BDI\nP1,2026-01-05,20\nP1,2026-01-05,21\nP2,2026-01-05,\n")

    assert home.counts()["landed"] == 1


def test_a_held_back_file_lands_when_it_is_accepted(home: LandingHome) -> None:
    home.source(TOTALS)
    home.export(rows(1, 1))
    home.land()
    before = home.archive()

    (still,) = home.land()
    assert (still.status, home.archive()) == ("held_back", before)
    (held,) = archive.held_back(home.home / "archive")
    (outcome,) = home.land(accept=["clinic.csv"])

    assert outcome.status == "landed"
    assert outcome.receipt is not None
    assert outcome.receipt.held_back_at == held.landed_at < outcome.receipt.landed_at
    assert [r.landed for r in archive.receipts(home.home / "archive")] == [1]
    assert archive.held_back(home.home / "archive") == ()
    assert home.land()[0].status == "known"


def test_a_file_may_be_accepted_on_first_sight(home: LandingHome) -> None:
    home.source(TOTALS)
    home.export(rows(1, 1))

    assert home.land(accept=["clinic.csv"])[0].status == "landed"


def test_a_held_back_file_is_read_again_once_its_source_is_mended(home: LandingHome) -> None:
    home.source(TOTALS.replace('"date" }', '"date", format = "%d-%m-%Y" }'))
    home.export(rows(3, 0))
    assert home.land()[0].status == "held_back"

    home.source(TOTALS)

    assert home.counts() == {"rows_in": 3, "landed": 3}
    assert len(home.landed("value")) == 3
    assert archive.held_back(home.home / "archive") == ()


def test_a_held_back_file_lands_once_the_share_allows_it(home: LandingHome) -> None:
    home.source(TOTALS)
    home.export(rows(1, 1))
    home.land()

    set_landing(home, "held_back_share = 0.5")

    assert home.receipt().landed == 1


@pytest.mark.parametrize(("choice", "left"), [("keep", True), ("remove", False)])
def test_a_landed_file_stays_in_the_inbox_or_not(
    home: LandingHome, choice: str, left: bool
) -> None:
    set_landing(home, f'inbox_after_landing = "{choice}"')
    home.source(TOTALS)
    file = home.export(rows(1, 0))
    held_back = home.export(rows(1, 1), "clinic-2.csv")

    home.land()

    assert (file.exists(), held_back.exists()) == (left, True)


def test_what_a_killed_run_left_is_cleared(home: LandingHome) -> None:
    home.source(TOTALS)
    left = home.home / "archive" / f"{STAGING_PREFIX}abc"
    left.mkdir()
    (left / "exact.csv").write_text("half")

    home.land()

    assert not left.exists()


def test_hidden_files_and_folders_in_the_inbox_are_left_alone(home: LandingHome) -> None:
    home.export("half", ".clinic.csv.part")
    home.export("lock", "~clinic.csv")
    (home.home / "inbox" / "clinic.csv").mkdir()

    assert home.land() == []


# ---------- real ids


REAL_IDS = ["burger 123456789", "burger 987654321"]


def test_real_ids_become_pseudonyms_and_stand_nowhere_in_the_archive(
    home: LandingHome, caplog: pytest.LogCaptureFixture
) -> None:
    home.source(f'patient_ids = "real"\n{TOTALS}')
    lines = [f"{patient},2026-0{month}-05,20" for patient in REAL_IDS for month in (1, 2)]
    wrong = [f"{REAL_IDS[0]},2026-03-05,999", f"{REAL_IDS[0]},2026-01-05,21"]
    home.export("\n".join(["patient,date,BDI", *lines, *wrong]) + "\n")

    with caplog.at_level(logging.DEBUG):
        (outcome,) = home.land(accept=["clinic.csv"])

    assert outcome.status == "landed"
    pseudonyms = {patient for (patient,) in home.landed("patient_id")}
    assert len(pseudonyms) == 2
    for real in REAL_IDS:
        assert all(real.encode() not in content for content in home.archive().values())
        assert real not in caplog.text
    with sqlite3.connect(home.home / "identity.sqlite3") as store:
        pairs = store.execute("select clinic_id, patient_id, pseudonym from identity").fetchall()
    store.close()
    assert {pair[:2] for pair in pairs} == {("north", real) for real in REAL_IDS}
    assert {pair[2] for pair in pairs} == pseudonyms


def test_one_number_at_two_clinics_is_two_people_and_next_month_the_same_person(
    home: LandingHome,
) -> None:
    source = TOTALS.replace('value = "north"', 'column = "clinic"')
    home.source(f'patient_ids = "real"\n{source}')
    home.export(
        "clinic,patient,date,BDI\nnorth,1,2026-01-05,20\nsouth,1,2026-01-05,20\n", "clinic1.csv"
    )
    home.export("clinic,patient,date,BDI\nnorth,1,2026-02-05,20\n", "clinic2.csv")

    home.land()

    north, south = home.table("responses", "distinct clinic_id, patient_id", "clinic_id")
    assert (north[0], south[0]) == ("north", "south")
    assert north[1] != south[1]


@pytest.mark.parametrize(
    ("key", "what"),
    [
        (None, "the key is gone, and there are records that were made with it"),
        ("scribble", "the key is damaged"),
    ],
)
def test_a_lost_key_is_never_replaced_by_another(
    home: LandingHome, key: str | None, what: str
) -> None:
    home.source(f'patient_ids = "real"\n{TOTALS}')
    home.export(rows(1, 0), "clinic1.csv")
    home.land()
    file = home.home / "secrets" / "pseudonym.key"
    file.unlink() if key is None else file.write_text(key)
    home.export(rows(2, 0), "clinic2.csv")

    outcome = home.land()[1]

    assert str(outcome.error) == (
        f"secrets/pseudonym.key: {what}. Put this file back from the backup of the home."
    )


# ---------- originals


def test_the_original_is_kept_encrypted_and_can_be_restored(
    home: LandingHome, tmp_path: Path
) -> None:
    home.source(TOTALS)
    file = home.export(rows(3, 0))
    sha256 = home.receipt().sha256
    settings = load_settings(home.home)

    originals.restore_original(settings, sha256[:12], tmp_path / "restored.csv")

    kept = home.archive()[f"archive/{sha256}/original"]
    assert kept.startswith(b"age-encryption.org/v1")
    assert b"2026-01-05" not in kept
    assert (tmp_path / "restored.csv").read_bytes() == file.read_bytes()
    assert (home.home / "secrets" / "archive.key").stat().st_mode & 0o777 == 0o600


def test_no_original_is_kept_where_the_settings_say_so(home: LandingHome, tmp_path: Path) -> None:
    set_landing(home, 'keep_originals = "no"')
    home.source(TOTALS)
    home.export(rows(3, 0))
    sha256 = home.receipt().sha256

    assert f"archive/{sha256}/original" not in home.archive()
    with pytest.raises(OpKoersError, match="0 archived originals begin with this sha256"):
        originals.restore_original(load_settings(home.home), sha256, tmp_path / "restored.csv")


def test_an_original_cannot_be_restored_with_another_key(home: LandingHome, tmp_path: Path) -> None:
    home.source(TOTALS)
    home.export(rows(3, 0))
    sha256 = home.receipt().sha256
    key = home.home / "secrets" / "archive.key"
    key.unlink()

    with pytest.raises(OpKoersError, match=r"archive\.key: the key is gone"):
        originals.restore_original(load_settings(home.home), sha256, tmp_path / "restored.csv")
    home.export(rows(4, 0), "clinic2.csv")
    assert "the key is gone" in str(home.land()[1].error)


# ---------- reference data


def test_enrichd_is_accounted_for_to_the_record(home: LandingHome, reference: Path) -> None:
    (home.home / "sources" / "enrichd.toml").write_text(ENRICHD)
    home.export((reference / "data/enrichd_bdi/BDIdata.csv").read_bytes(), "enrichd_1.csv")

    receipt = home.receipt()

    assert (receipt.rows_in, receipt.landed, receipt.duplicate) == (3524, 3450, 61)
    assert (receipt.rejected, receipt.rejected_conflict) == (13, 13)
    assert home.table("responses", "count(distinct patient_id)", "1") == [(279,)]
