"""`opkoers instruments`: what a reader finds in the list and of one instrument."""

from pathlib import Path

import pytest

from flows.cli import main
from flows.instruments import Constants, Sourced, load_instruments
from flows.instruments_told import listed, shown, spans
from tests.instruments.test_extends import CONSTANT
from tests.instruments.test_loader import MOOD

INSTRUMENTS = load_instruments()


def flat(text: str) -> str:
    """Without the line breaks of a narrow terminal."""
    return " ".join(text.split())


def told_by(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["instruments", *words]) == 0
    return capsys.readouterr().out


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that changed the PHQ-9, added an instrument and uses US norms."""
    (tmp_path / "instruments").mkdir()
    own = 'extends = "phq-9"\nid = "phq-9"\n[[scale]]\nid = "total"\n[scale.missing]\nvalue = 2\n'
    (tmp_path / "instruments" / "phq-9.toml").write_text(own + CONSTANT)
    (tmp_path / "instruments" / "mood.toml").write_text(MOOD)
    (tmp_path / "opkoers.toml").write_text('[instruments]\nnorms = { "oq-45" = "us" }\n')
    return tmp_path


def test_the_list_says_of_each_what_is_known_and_what_is_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = told_by(capsys)
    parts = {part.split()[0]: flat(part) for part in text.split("\n\n")[1:]}

    assert list(parts) == sorted(INSTRUMENTS)
    assert (
        "total 0-27, lower is better; clinical >= 10 [V]; reliable change >= 6 [K]"
        in (parts["phq-9"])
    )
    assert "critical items self harm 9, 16, 24, 34; violence 6, 22" in parts["core-om"]
    assert "norms nl in force; also us" in parts["oq-45"]
    assert "missing cut-off; reliable change; reliability" in parts["k10"]
    assert "scales none: answers land, and no score is made of them" in parts["wav-12"]
    assert "only as an export reports it" in parts["ham-d"]
    for name, instrument in INSTRUMENTS.items():
        silent = [scale for scale in instrument.scale if scale.reliable_change is None]
        assert parts[name].count("no reliable-change value configured") == len(silent)
    assert text.startswith(f"{len(INSTRUMENTS)} questionnaires.")


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_one_is_shown_with_every_constant_and_its_source(name: str) -> None:
    instrument = INSTRUMENTS[name]
    text = flat("\n".join(shown(instrument)))

    parts = [c for scale in instrument.scale for _, c in scale.known()]
    parts += [c for scale in instrument.scale for norm in scale.norm for _, c in norm.known()]
    sourced: list[Sourced] = [*parts, *instrument.critical_item]
    for part in sourced:
        assert f"{flat(part.source)}; for: {part.population} [{part.evidence}]" in text
    for constant in parts:
        assert constant.text in text
        assert not constant.note or flat(constant.note) in text
    for scale in instrument.scale:
        assert not scale.items or flat(scale.missing.source) in text
        for statement in scale.published:
            assert f"{statement.kind}: {statement.value}; {flat(statement.source)}" in text
    for unknown in instrument.unknown:
        assert flat(unknown.reason) in text


def test_every_constant_is_told_once() -> None:
    """Those of the norm in force stand with their norm, not with the scale as well."""
    text = flat("\n".join(shown(INSTRUMENTS["oq-45"])))
    assert text.count("Timman 2017; for:") == 2
    assert text.count("OQ Measures; for: US [V]") == 1


def test_no_line_is_wider_than_the_terminal() -> None:
    for width in (60, 80, 100):
        lines = [*listed(INSTRUMENTS, width)]
        lines += [line for each in INSTRUMENTS.values() for line in shown(each, width)]
        assert [line for line in lines if len(line) > width and not line.startswith("Norm")] == []
        assert [line for line in lines if line != line.rstrip()] == []


def test_a_home_is_told_with_what_it_replaced(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = flat(told_by(capsys, "--home", str(home)))
    assert f"{len(INSTRUMENTS) + 1} questionnaires" in text
    assert "mood (file of this home) Mood list; 3 items" in text
    assert "in its place total, missing items: 2 (mean) (shipped: 0 (none))" in text
    assert "norms us in force; also nl" in text

    text = flat(told_by(capsys, "show", "PHQ9", "--home", str(home)))
    assert "file of this home, on top of phq-9" in text
    assert "at most 2, replaced by the mean of the others (of this home)" in text
    assert "our own policy, 2026; for: our own patients [D]" in text


def test_the_home_may_be_named_in_the_environment(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPKOERS_HOME", str(home))
    assert "mood (file of this home)" in told_by(capsys)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["show"], "show needs the ID of an instrument. `opkoers instruments` lists them."),
        (["show", "phq"], "no instrument is called 'phq'. `opkoers instruments` lists them."),
    ],
)
def test_what_is_not_there_cannot_be_shown(
    words: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["instruments", *words]) == 12
    assert what in capsys.readouterr().err


def test_a_home_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["instruments", "--home", str(tmp_path / "none")]) == 10
    assert "there is no home here" in capsys.readouterr().err


def test_every_key_of_a_constant_has_a_name() -> None:
    from flows.instruments_told import NAMES

    assert set(NAMES) == {*Constants.model_fields, "missing_items_allowed"}


def test_spans_of_numbers() -> None:
    assert spans([1, 2, 3, 7, 9, 10]) == "1-3, 7, 9-10"
    assert spans([]) == ""
