import csv
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from flows.errors import ExitCode, OpKoersError
from flows.journal import JournalEvent
from flows.publishing.critical_report import write_critical_reports
from flows.settings import Critical
from tests.publishing.pdf import pages_of
from tests.publishing.snapshots import AS_OF, Row, critical_row, run, write_snapshot


def written(
    home: Path,
    rows: list[Row],
    simulated: bool = True,
    duty: Critical | None = None,
    events: Sequence[JournalEvent] = (),
) -> tuple[Path, ...]:
    lane = write_snapshot(home / "run.critical.duckdb", {"critical": rows, "run": [run()]})
    return write_critical_reports(
        lane,
        home / "reports",
        ("nl", "en"),
        as_of=AS_OF,
        simulated=simulated,
        duty=duty,
        events=events,
    )


def answered(patient: str, measured_at: datetime, **shown: object) -> JournalEvent:
    """Somebody assessed the risk on 20 November at seven."""
    return JournalEvent(
        seq=1,
        at=datetime(2026, 11, 20, 7, 0, tzinfo=UTC),
        actor="a",
        kind="alert_answered",
        clinic_id="noord",
        patient_id=patient,
        alert_kind="critical_item",
        measured_at=measured_at,
        payload={"action": "risk_assessed", "domain": "self_harm", **shown},
    )


def listed(home: Path) -> list[dict[str, str]]:
    file = home / "reports" / "2026-W47" / "noord" / "critical.csv"
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def page(home: Path, language: str) -> str:
    (text,) = pages_of(home / "reports" / "2026-W47" / "noord" / f"critical.{language}.pdf")
    return text


def test_each_clinic_gets_its_critical_items_alone_on_one_page(tmp_path: Path) -> None:
    files = written(tmp_path, [critical_row("noord", 1), critical_row("zuid", 2)])
    week = tmp_path / "reports" / "2026-W47"
    assert sorted(files) == sorted(
        week / clinic / name
        for clinic in ("noord", "zuid")
        for name in ("critical.csv", "critical.en.pdf", "critical.nl.pdf")
    )
    (dutch,) = pages_of(week / "noord" / "critical.nl.pdf")
    (english,) = pages_of(week / "noord" / "critical.en.pdf")
    assert "daarom is de rest van het rapport van deze week tegengehouden" in dutch
    assert "Het laatste gepubliceerde rapport blijft gelden" in dutch
    assert "PHQ-9, vraag 9 2 19 nov 2026 p1 t1 opgenomen" in dutch
    assert "Gesimuleerde gegevens" in dutch
    assert "The last report that was published still stands" in english
    assert "It is not a crisis line" in english
    assert "p2" not in english


def test_a_report_that_lies_there_still_stands(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "2026-W47" / "noord"
    folder.mkdir(parents=True)
    (folder / "report.nl.pdf").write_text("last week's run")
    written(tmp_path, [critical_row("noord", 1)], simulated=False)
    assert (folder / "report.nl.pdf").read_text() == "last week's run"
    assert "Simulated" not in pages_of(folder / "critical.en.pdf")[0]


def test_what_is_old_and_answered_stays_out(tmp_path: Path) -> None:
    """42 days is the setting that tells old from new; what nobody answered is never too old."""
    old = datetime(2026, 10, 8, 9, 0)
    rows = [
        critical_row("noord", 1, patient_id="edge", measured_at=datetime(2026, 10, 9, 23, 0)),
        critical_row("noord", 2, patient_id="old", measured_at=old),
        critical_row("noord", 3, patient_id="later", measured_at=datetime(2026, 11, 21, 9, 0)),
        critical_row("noord", 4, patient_id="waiting", measured_at=old),
    ]
    events = [answered("old", old)]
    written(tmp_path, rows, events=events)
    assert {row["patient_id"] for row in listed(tmp_path)} == {"edge", "waiting"}

    first = Critical(alerts_from=date(2026, 10, 9))
    written(tmp_path / "since", rows, duty=first, events=events)
    assert [row["patient_id"] for row in listed(tmp_path / "since")] == ["edge"]


def test_what_went_to_the_deputy_comes_first(tmp_path: Path) -> None:
    """Of the morning of the 20th is new; landed on the 17th waits for more than 48 hours, unless
    it was answered; an answer about another domain is none."""
    landed = datetime(2026, 11, 17, 6, 0)
    day = {n: datetime(2026, 11, n, 9, 30) for n in (16, 17, 19)}
    rows = [
        critical_row("noord", 1, patient_id="new", measured_at=day[19]),
        critical_row("noord", 3, patient_id="done", measured_at=day[17], landed_at=landed),
        critical_row("noord", 4, patient_id="late", measured_at=day[16], landed_at=landed),
    ]
    events = [answered("done", day[17]), answered("late", day[16], domain="violence")]
    written(tmp_path, rows, duty=Critical(deputy="Dora de Wit"), events=events)

    text = page(tmp_path, "nl")
    parts = [
        "gaat naar Dora de Wit, de aangewezen waarnemer.",
        "Niet op tijd beantwoord: nu voor Dora de Wit, de aangewezen waarnemer.",
        "16 nov 2026 late",
        "Overige kritische items",
        "19 nov 2026 new",
        "17 nov 2026 done",
        "Beantwoord op 20 nov 2026: Risico ingeschat volgens het eigen protocol",
    ]
    # The state of a row stands in its last column, which is read before the column beside it.
    assert [part for part in parts if part.split()[0] not in text] == []
    assert [text.index(part) for part in parts[:6]] == sorted(map(text.index, parts[:6]))
    states = {row["patient_id"]: (row["action"], row["escalated_to"]) for row in listed(tmp_path)}
    assert states == {
        "new": ("", ""),
        "done": ("risk_assessed", ""),
        "late": ("", "Dora de Wit"),
    }


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["No deputy is named: when a critical item is not answered within 48 hours"]),
        ("nl", ["Er is geen waarnemer aangewezen: wordt een kritisch item niet binnen 48 uur"]),
    ],
)
def test_it_says_that_no_deputy_is_named(
    tmp_path: Path, language: str, sentences: list[str]
) -> None:
    row = critical_row("noord", 1, landed_at=datetime(2026, 11, 1))
    written(tmp_path, [row], duty=Critical(deputies={"zuid": "Dora"}))
    text = page(tmp_path, language)
    assert [sentence for sentence in sentences if sentence not in text] == []
    assert "Dora" not in text


def test_each_domain_has_its_own_first_step_and_the_protocol_is_printed(tmp_path: Path) -> None:
    reason = json.loads(critical_row("noord", 1)["reason"])
    rows = [
        critical_row("noord", n, domain=domain, reason=json.dumps(reason | {"domain": domain}))
        for n, domain in enumerate(("substance", "self_harm", "violence"))
    ]
    written(tmp_path, rows, duty=Critical(protocol="Map 3, #hoofdstuk_2 [intern]"))
    text = page(tmp_path, "nl")
    parts = [
        "Suïcide of zelfbeschadiging. Schat vandaag nog",
        "Geweld. Beoordeel vandaag nog, volgens het eigen protocol, of anderen gevaar lopen",
        "Alcohol of drugs. Bekijk bij het eerstvolgende contact",
        "Ons protocol: Map 3, #hoofdstuk_2 [intern]",
    ]
    assert [text.index(part) for part in parts] == sorted(map(text.index, parts))


def test_the_list_holds_contract_names_and_the_reason_in_words(tmp_path: Path) -> None:
    written(tmp_path, [critical_row("noord", 1)])
    file = tmp_path / "reports" / "2026-W47" / "noord" / "critical.csv"
    with file.open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row == {
        "clinic_id": "noord",
        "patient_id": "p1",
        "therapist_id": "t1",
        "episode_id": "e1",
        "level": "red",
        "instrument": "phq-9",
        "item": "9",
        "domain": "self_harm",
        "value": "2.0",
        "measured_at": "2026-11-19 09:30:00",
        "record_status": "landed",
        "landed_at": "2026-11-19 10:30:00",
        "answered_at": "",
        "action": "",
        "escalated_at": "",
        "escalated_to": "",
        "reason_nl": "Suïcide of zelfbeschadiging: PHQ-9 vraag 9 is beantwoord met 2.",
        "reason_en": "Suicide or self-harm: PHQ-9 item 9 was answered with 2.",
    }


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    rows = [critical_row("noord", n) for n in range(3)]
    first = {file: file.read_bytes() for file in written(tmp_path / "a", rows)}
    second = {file: file.read_bytes() for file in written(tmp_path / "b", rows)}
    assert len(first) == 3
    assert list(first.values()) == list(second.values())


def test_many_answers_go_on_over_the_page(tmp_path: Path) -> None:
    rows = [critical_row("noord", n % 40, patient_id=f"patient-{n:03d}") for n in range(120)]
    written(tmp_path, rows)
    pages = pages_of(tmp_path / "reports" / "2026-W47" / "noord" / "critical.nl.pdf")
    assert len(pages) > 1
    assert [n for n in range(120) if f"patient-{n:03d}" not in " ".join(pages)] == []


def test_no_lane_no_page(tmp_path: Path) -> None:
    with pytest.raises(OpKoersError) as caught:
        write_critical_reports(
            tmp_path / "current.critical", tmp_path, ("nl",), as_of=AS_OF, simulated=False
        )
    assert caught.value.exit_code == ExitCode.NOTHING_PUBLISHED
