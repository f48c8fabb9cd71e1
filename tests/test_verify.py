"""`opkoers verify`: a run is made again as it was; what was changed, or erased, is told apart."""

import shutil
from pathlib import Path

import pytest

from flows.cli import main
from flows.errors import ExitCode, OpKoersError
from flows.forgetting.command import Request, forget
from flows.home import locked
from flows.recorded import TableDigest, digests_of, read_recording
from flows.recorded_erasure import Erased, Erasures
from flows.settings import load_settings
from flows.verifying import Verdict, Verification, compared, in_words, verify_run
from tests.conftest import Demo


@pytest.fixture(scope="module")
def home(small_demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small service that was run once, in a place of its own: it is locked and built in."""
    home = tmp_path_factory.mktemp("verified") / "home"
    return shutil.copytree(small_demo.home, home, symlinks=True)


def verified(home: Path, run_id: str | None = None) -> Verification:
    with locked(home):
        return verify_run(load_settings(home), run_id)


def test_a_run_is_made_again_as_it_was(home: Path) -> None:
    found = verified(home)
    assert {each.verdict for each in found.tables} == {Verdict.SAME}
    assert set(found.reports.values()) == {Verdict.SAME}
    assert "2026-Q3/service/audit.nl.pdf" in found.reports
    assert found.is_fine
    assert not list((home / "published").glob(".building*"))
    *_, last = in_words(found)
    assert last.startswith("This run can be made again as it was: every value")


def test_after_a_patient_was_forgotten_it_says_erased(home: Path, tmp_path: Path) -> None:
    """Of each table of rows of patients exactly the patient's rows are missing."""
    home = shutil.copytree(home, tmp_path / "home", symlinks=True)
    settings = load_settings(home)
    demo = Demo(home)
    ((patient, clinic, scores),) = demo.rows(
        "select patient_id, clinic_id, count(*) from score group by all order by all limit 1"
    )
    run_id = settings.snapshot.resolve().name.removesuffix(".duckdb")
    said: list[str] = []
    forget(home, Request(patient, False, clinic, "by letter", True), input, said.append)
    assert not any(patient in line for line in said)

    found = verified(home, run_id)

    assert found.is_fine, list(in_words(found))
    tables = {(each.database, each.table): each for each in found.tables}
    score = tables["", "score"]
    assert score.verdict is Verdict.ERASED
    assert (score.rows_then - score.rows_now, score.rows_erased) == (scores, scores)
    assert tables["", "instrument_scale"].verdict is Verdict.SAME
    assert tables["", "clinic_figure"].verdict in (Verdict.POOLED, Verdict.SAME)
    assert any("1 patient was erased on request" in line for line in in_words(found))
    assert list(home.glob("reports/*/*/report.nl.pdf"))
    assert not (settings.published / f"{run_id}.duckdb").exists()
    assert Demo(home).rows(f"select count(*) from score where patient_id = '{patient}'") == [(0,)]


ROWS, OWN = TableDigest(rows=5, sum=120), TableDigest(rows=2, sum=50)


@pytest.mark.parametrize(
    ("now", "gone", "is_pooled", "verdict"),
    [
        ((5, 120), None, False, Verdict.SAME),
        ((5, 121), None, False, Verdict.DIFFERS),
        ((3, 70), OWN, False, Verdict.ERASED),
        ((3, 71), OWN, False, Verdict.DIFFERS),
        ((3, 71), OWN, True, Verdict.POOLED),
        ((5, 121), TableDigest(rows=0, sum=0), False, Verdict.DIFFERS),
    ],
)
def test_a_change_of_somebody_else_is_not_taken_for_an_erasure(
    now: tuple[int, int], gone: TableDigest | None, is_pooled: bool, verdict: Verdict
) -> None:
    """Five rows of which two were erased: 120 - 50 is what may be left, and nothing else."""
    tables = {} if gone is None else {"": {"score": gone}}
    patients = {} if gone is None else {"m": Erased(tables=tables)}
    pooled = frozenset({"score"} if is_pooled else ())
    then = TableDigest(rows=now[0], sum=now[1])
    told = compared("", "score", ROWS, then, Erasures(patients=patients), pooled)
    assert told.verdict is verdict


def test_of_a_run_whose_snapshot_was_gone_it_says_so() -> None:
    erasures = Erasures(patients={"m": Erased(tables=None)})
    told = compared("", "score", ROWS, OWN, erasures, frozenset())
    assert told.verdict is Verdict.UNKNOWN


def test_a_recording_that_was_changed_is_refused(home: Path, tmp_path: Path) -> None:
    home = shutil.copytree(home, tmp_path / "home", symlinks=True)
    (folder,) = (home / "published").glob("*.recorded")
    text = (folder / "settings.json").read_text()
    (folder / "settings.json").write_text(text + " ")
    with pytest.raises(OpKoersError, match="changed or is damaged"):
        verified(home)


def test_an_old_run_without_a_recording_is_one_sentence(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = shutil.copytree(home, tmp_path / "home", symlinks=True)
    (folder,) = (home / "published").glob("*.recorded")
    run_id = folder.name.removesuffix(".recorded")
    shutil.rmtree(folder)
    assert main(["verify", run_id, "--home", str(home)]) == ExitCode.USAGE
    heard = capsys.readouterr()
    assert "recorded nothing of itself" in heard.err
    assert heard.err.count("\n") == 1


def test_an_unknown_run_names_those_there_are(home: Path) -> None:
    (run_id,) = [f.name.removesuffix(".recorded") for f in home.glob("published/*.recorded")]
    with pytest.raises(OpKoersError, match=run_id):
        read_recording(home / "published", "19990101T000000Z")


def test_rows_that_go_can_be_taken_off_a_digest(home: Path) -> None:
    """The sum over all rows less that over some is that over the others."""
    whole = TableDigest(rows=5, sum=120)
    gone = TableDigest(rows=2, sum=50)
    assert whole.without(gone) == TableDigest(rows=3, sum=70)
    assert whole.without(gone).with_more(gone) == whole
    file = load_settings(home).snapshot.resolve()
    assert digests_of(file, b"one")["score"] != digests_of(file, b"other")["score"]
