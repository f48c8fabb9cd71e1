"""opkoers.toml and the environment: what they may say, and what is said of mistakes."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from flows.settings import LAYOUT_VERSION, SettingsError, find_home, load_settings


def written(home: Path, text: str) -> Path:
    (home / "opkoers.toml").write_text(text, encoding="utf-8")
    return home


def test_a_home_without_a_settings_file_has_the_defaults(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)

    assert (settings.service.language, settings.service.timezone) == ("nl", "Europe/Amsterdam")
    assert settings.landing.held_back_share == 0.05
    assert settings.landing.keep_originals == "encrypted"
    assert settings.episodes.gap_days == 120
    assert settings.archive == tmp_path / "archive"


def test_what_the_file_says_takes_the_place_of_a_default(tmp_path: Path) -> None:
    text = '[episodes]\ngap_days = 63\n[report]\nlanguages = ["nl", "en"]\n'

    settings = load_settings(written(tmp_path, text))

    assert settings.episodes.gap_days == 63
    assert settings.episodes.baseline_before_days == 14
    assert settings.report_languages == ("nl", "en")


def test_a_clinic_has_its_own_deputy_or_that_of_the_service_or_none(tmp_path: Path) -> None:
    text = '[critical]\ndeputy = "dora"\n[critical.deputies]\nnorth = "nora"\neast = ""\n'

    critical = load_settings(written(tmp_path, text)).critical

    assert critical.unanswered_after_hours == 48
    assert [critical.deputy_of(c) for c in ("north", "south", "east")] == ["nora", "dora", None]


MISTAKES = {
    "no TOML": ("gap_days 63", "not readable as TOML"),
    "an unknown key": ("[episodes]\ngap = 63\n", "there is no setting 'episodes.gap'"),
    "an unknown section": ("[episode]\ngap_days = 63\n", "there is no setting 'episode'"),
    "a text for a number": (
        '[episodes]\ngap_days = "63"\n',
        "the setting 'episodes.gap_days' cannot be used",
    ),
    "a number out of its range": (
        "[landing]\nheld_back_share = 5.0\n",
        "the setting 'landing.held_back_share' cannot be used",
    ),
    "a section that is none": ("episodes = 3\n", "the setting 'episodes' cannot be used"),
    "no time for an answer": (
        "[critical]\nunanswered_after_hours = 0\n",
        "the setting 'critical.unanswered_after_hours' cannot be used",
    ),
    "a deputy that is no name": (
        "[critical.deputies]\nnorth = 3\n",
        "the setting 'critical.deputies.north' cannot be used",
    ),
    "a language we do not write": (
        '[service]\nlanguage = "de"\n',
        "the setting 'service.language' cannot be used",
    ),
    "a time zone that does not exist": (
        '[service]\ntimezone = "Amsterdam"\n',
        "'Amsterdam' is not a time zone; write one such as Europe/Amsterdam",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_with_file_and_key(tmp_path: Path, case: str) -> None:
    text, what = MISTAKES[case]

    with pytest.raises(SettingsError) as raised:
        load_settings(written(tmp_path, text))

    assert str(raised.value).startswith(str(tmp_path / "opkoers.toml"))
    assert what in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value", "section", "key", "meant"),
    [
        ("OPKOERS_EPISODES_GAP_DAYS", "63", "episodes", "gap_days", 63),
        ("OPKOERS_LANDING_KEEP_ORIGINALS", "no", "landing", "keep_originals", "no"),
        ("OPKOERS_SERVICE_SIMULATED", "true", "service", "simulated", True),
        ("OPKOERS_SERVICE_NOW", "2026-11-16", "service", "now", date(2026, 11, 16)),
        ("OPKOERS_REPORT_LANGUAGES", '["en"]', "report", "languages", ("en",)),
        ("OPKOERS_SCHEDULE_CRON", "0 6 * * 1", "schedule", "cron", "0 6 * * 1"),
    ],
)
def test_the_environment_wins_over_the_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    section: str,
    key: str,
    meant: object,
) -> None:
    monkeypatch.setenv(name, value)

    settings = load_settings(written(tmp_path, "[episodes]\ngap_days = 90\n"))

    assert getattr(getattr(settings, section), key) == meant


def test_a_wrong_value_in_the_environment_is_told_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPKOERS_EPISODES_GAP_DAYS", "many")

    with pytest.raises(SettingsError, match=r"episodes\.gap_days"):
        load_settings(tmp_path)


def test_a_synthetic_home_has_its_own_now(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "[service]\nnow = 2026-11-16\n"))

    assert settings.today() == date(2026, 11, 16)


def test_another_home_has_the_day_of_its_time_zone(tmp_path: Path) -> None:
    ahead = written(tmp_path, '[service]\ntimezone = "Pacific/Kiritimati"\n')  # 14 hours ahead

    before = datetime.now(UTC)
    today = load_settings(ahead).today()

    assert (today - before.date()).days == (1 if before.hour >= 10 else 0)


def test_the_home_comes_from_the_command_then_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPKOERS_HOME", str(tmp_path))

    assert find_home(None) == tmp_path
    assert find_home(tmp_path / "other") == tmp_path / "other"


def test_no_home_at_all_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPKOERS_HOME", raising=False)

    with pytest.raises(SettingsError, match="--home DIR or set OPKOERS_HOME"):
        find_home(None)


def test_a_home_of_a_later_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "opkoers.toml").write_text(f"layout_version = {LAYOUT_VERSION + 1}\n")
    with pytest.raises(SettingsError, match="layout_version"):
        load_settings(tmp_path)
