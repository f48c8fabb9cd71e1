from pathlib import Path

import pytest

from flows.publishing.folders import folder_names, replaced_file, replaced_whole


def test_plain_ids_keep_their_name() -> None:
    assert folder_names(["noord", "GGZ_2-b"]) == {"noord": "noord", "GGZ_2-b": "GGZ_2-b"}


def test_names_never_leave_the_folder_and_never_meet() -> None:
    ids = [
        "..",
        ".",
        ".x",
        "a/b",
        "a%2Fb",
        "a~b",
        "",
        "A",
        "a",
        "\u00e9",
        "e\u0301",
        "x" * 300,
        "x" * 301,
    ]
    names = folder_names(ids)
    assert len({name.lower() for name in names.values()}) == len(ids)
    assert all("/" not in name and not name.startswith(".") for name in names.values())
    assert all(0 < len(name) < 200 for name in names.values())


def test_a_finished_folder_takes_the_place_of_the_last(tmp_path: Path) -> None:
    for content in ("first", "second"):
        with replaced_whole(tmp_path / "week" / "clinic") as beside:
            (beside / content).write_text(content)
    assert [path.name for path in (tmp_path / "week").iterdir()] == ["clinic"]
    assert [path.name for path in (tmp_path / "week" / "clinic").iterdir()] == ["second"]


def stopped_half_way(folder: Path) -> None:
    with replaced_whole(folder) as beside:
        (beside / "half").touch()
        raise ZeroDivisionError


def stopped_half_way_in(file: Path) -> None:
    with replaced_file(file) as beside:
        beside.write_text("half")
        raise ZeroDivisionError


def test_a_writer_that_fails_leaves_the_last_one_standing(tmp_path: Path) -> None:
    with replaced_whole(tmp_path / "clinic") as beside:
        (beside / "kept").touch()
    with pytest.raises(ZeroDivisionError):
        stopped_half_way(tmp_path / "clinic")
    assert [path.name for path in tmp_path.iterdir()] == ["clinic"]
    assert [path.name for path in (tmp_path / "clinic").iterdir()] == ["kept"]


def test_what_a_killed_writer_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / ".clinic.new-abc").mkdir()
    (tmp_path / ".clinic.new-abc" / "half").touch()
    with replaced_whole(tmp_path / "clinic") as beside:
        (beside / "whole").touch()
    assert [path.name for path in tmp_path.iterdir()] == ["clinic"]


def test_a_system_without_exchange_still_replaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.publishing.folders._exchanged", lambda one, other: False)
    for content in ("first", "second"):
        with replaced_whole(tmp_path / "clinic") as beside:
            (beside / content).touch()
    assert [path.name for path in tmp_path.iterdir()] == ["clinic"]
    assert [path.name for path in (tmp_path / "clinic").iterdir()] == ["second"]


def test_a_file_is_replaced_only_when_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "clinic" / "critical.csv"
    with replaced_file(file) as beside:
        beside.write_text("first")
    with pytest.raises(ZeroDivisionError):
        stopped_half_way_in(file)
    assert [path.name for path in file.parent.iterdir()] == ["critical.csv"]
    assert file.read_text() == "first"
