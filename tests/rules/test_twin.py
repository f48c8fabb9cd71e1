"""Stations and their slow twin agree, on the demo and on small services that nobody thought up."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from flows.demo import write_demo
from flows.home import prepare_home
from flows.instruments import load_instruments
from flows.landing.land import land_inbox
from flows.running.inputs import gather_inputs
from flows.running.plan import plan_run
from flows.settings import load_settings
from flows.station import Inputs
from flows.warehouse import main_lane, run_stations
from tests.rules.conftest import DAY_0, File, Published, Service, moment
from tests.rules.twin import Answer, Twin
from tests.rules.twin_courses import Appointment, Recorded

CELLS = ("clinic", "patient", "exported", "session", "at", "respondent", "instrument", "item")


def _landed(inputs: Inputs) -> Iterator[Answer]:
    """The answers of the accepted files, read from the archive itself."""
    answers = (receipt for receipt in inputs.receipts if receipt.table == "responses")
    for order, receipt in enumerate(answers):
        file = inputs.settings.archive / receipt.sha256 / "responses.parquet"
        found = duckdb.sql(f"""
            select clinic_id, patient_id, episode_id, session_no, measured_at, respondent,
                instrument, item, value::varchar
            from read_parquet('{file}')
        """).fetchall()
        for *about, value in found:
            cells = dict(zip(CELLS, about, strict=True))
            yield Answer(**cells, value=Decimal(value), order=order)


def _as_decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(round(value, 6)))


def _agree(published: Published, twin: Twin) -> None:
    assert _scores(published) == {
        (*s.key, s.form.at, s.form.respondent): (
            s.score,
            s.answered,
            s.missing,
            s.prorated,
            s.reason,
            s.source,
            s.form.number,
            s.form.session,
            s.form.is_follow_up,
            s.baseline.score if s.baseline else None,
        )
        for s in twin.scores
    }
    assert _episodes(published) == twin.episodes()
    assert _changes(published) == twin.changes()
    signals = published.read("""
        select signal.clinic_id, signal.patient_id, signal.episode_id, signal.instrument,
            signal.scale, signal.measured_at, assessment.respondent, kind, level
        from signal
        inner join score using (
            clinic_id, patient_id, episode_id, instrument, scale, measured_at, assessment_no
        )
        inner join assessment on score.assessment_id = assessment.assessment_id
        where score.score = signal.score
            and kind in ('reliable_deterioration', 'no_reliable_improvement', 'low_alliance')
    """)
    assert set(signals) == twin.signals()


def _scores(published: Published) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    found = published.read("""
        select clinic_id, patient_id, episode_id, instrument, scale, measured_at, respondent,
            score, items_answered, items_missing, prorated, no_score_reason, score_source,
            assessment_no, session_no, is_follow_up, baseline_score
        from score
    """)
    assert len({row[:7] for row in found}) == len(found)
    return {row[:7]: (_as_decimal(row[7]), *row[8:-1], _as_decimal(row[-1])) for row in found}


def _episodes(published: Published) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    found = published.read("""
        select clinic_id, patient_id, episode_id, started_at, last_measured_at, assessments,
            is_closed
        from episode
    """)
    return {row[:3]: row[3:] for row in found}


def _changes(published: Published) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    found = published.read("""
        select clinic_id, patient_id, episode_id, instrument, scale, baseline, latest, class,
            harmed, crossed_cutoff
        from change
        where method = 'JT'
    """)
    return {row[:5]: (_as_decimal(row[5]), _as_decimal(row[6]), *row[7:]) for row in found}


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Published, Twin]:
    """200 synthetic patients of three clinics, through landing and all stations."""
    home: Path = tmp_path_factory.mktemp("twin") / "home"
    write_demo(home, patients=200, seed=20261116)
    prepare_home(home)
    options = load_settings(home)
    land_inbox(options, load_instruments())
    inputs = gather_inputs(plan_run(home))
    run_stations(home / "warehouse.duckdb", main_lane(100, 599), inputs)
    twin = Twin(list(_landed(inputs)), inputs.instruments, inputs.settings, inputs.as_of)
    return Published(home / "warehouse.duckdb"), twin


def test_they_agree_on_the_demo(demo: tuple[Published, Twin]) -> None:
    published, twin = demo
    _agree(published, twin)
    kinds = {(signal[-2], signal[-1]) for signal in twin.signals()}
    assert len(kinds) == 4, "a demo in which a rule never fires proves nothing about it"


ANSWERS = {
    "PHQ-9": [
        "9",
        "10",
        "11",
        "16",
        "17",
        "22",
        "1 1 1 1 1 1 1 1 2",
        "1 1 1 1 1 1 1 1 .",
        "9=1 total=16",
        "2 2 2 2 2 2 2 2 . total=9",
        "1 1 1 1 1 1 1 1 2 total=12",
    ],
    "CORE-10": ["11", "17", "2 3 3 2 2 2 2 2 2 2", "2 3 3 2 2 2 2 2 2 .", "2 2 . . 2 2 2 2 2 2"],
    "ORS": ["25", "15.1", "20.1", "6.1 6.2 6.3 6.4", "5.1 5.2 5.3 4.4"],
    "SRS": ["36", "35.9", "8.7 9.1 9.1 9.1"],
    "K10": ["22", "2 3 2 2 2 2 2 2 2 .", "3 2 1 2 2 2 2 2 . .", "2 2 2 2 2 . . . . . total=30"],
    # Complete; three blank; a half that is rounded up; nine blank; a total and one subscale.
    "OQ-45": [
        15 * "2 1 2 ",
        f". {10 * '1 2 1 '}. {4 * '0 4 3 '}.",
        f"0 0 0 4 {9 * '0 '}. {31 * '0 '}",
        9 * ". 3 1 2 3 ",
        "total=56 ir=15",
    ],
}
DAYS = [-20, -15, -14, -3, 0, 0, 7, 14, 15, 21, 28, 35, 42, 120, 121, 155, 241, 242]
FORM = st.tuples(
    st.sampled_from(["a.csv", "a.csv", "b.csv"]),
    st.sampled_from(["p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8"]),
    st.sampled_from(["-", "-", "E1", "E2"]),
    st.sampled_from(["-", "-", "-", "patient", "partner"]),
    st.sampled_from(DAYS),
    st.sampled_from(["", "", " 09:00", " 23:30"]),
    st.sampled_from(["-", "-", "0", "1", "1", "2", "4", "6", "7"]),
    st.sampled_from(sorted(ANSWERS)),
    st.integers(0, 10),
)


def _drawn(forms: list[tuple[Any, ...]]) -> str:
    """One line per form; landing leaves no two answers for one place in one file."""
    lines = ["file | patient | episode | respondent | day | session | " + " | ".join(ANSWERS)]
    seen = set()
    for file, patient, episode, respondent, day, clock, session, instrument, choice in forms:
        place = (file, patient, episode, respondent, day, clock, instrument)
        if place in seen:
            continue
        seen.add(place)
        answer = ANSWERS[instrument][choice % len(ANSWERS[instrument])]
        cells = [answer if name == instrument else "-" for name in ANSWERS]
        lines.append(
            " | ".join((file, patient, episode, respondent, f"{day}{clock}", session, *cells))
        )
    return "\n".join(lines)


RECORDED = st.tuples(
    st.sampled_from(["p1", "p2", "p3", "p4", "p5"]),
    st.sampled_from(["E1", "E2", "E3"]),
    st.sampled_from(["-", -31, -30, 0, 0, 14, 100, 200]),
    st.sampled_from(["-", "-", 0, 14, 27, 60]),
)
APPOINTMENT = st.tuples(
    st.sampled_from(["p1", "p2", "p3", "p6", "p7"]),
    st.sampled_from(["-", "-", "-", "E1"]),
    st.sampled_from([-31, -30, -15, 0, 0, 7, 13, 14, 21, 60, 121, 150, 240]),
    st.sampled_from(["yes", "yes", "yes", "no", "-"]),
)


def _of_record(drawn: Iterable[tuple[Any, ...]]) -> tuple[str, list[Recorded]]:
    """Episodes as a drawn table and for the twin; one of each key, an end from its start on."""
    lines, known = ["patient | episode | started_on | ended_on"], []
    for patient, episode, start, length in {each[:2]: each for each in drawn}.values():
        first = None if start == "-" else start
        last = None if length == "-" else (first or 0) + length
        cells = (patient, episode, start, "-" if last is None else last)
        lines.append(" | ".join(map(str, cells)))
        known.append(Recorded("c", patient, episode, _day(first), _day(last)))
    return "\n".join(lines), known


def _of_agenda(drawn: Iterable[tuple[Any, ...]]) -> tuple[str, list[Appointment]]:
    """Appointments as a drawn table and for the twin; one at a time for each patient."""
    lines, known = ["patient | episode | starts_at | attended"], []
    for patient, episode, day, came in {(a[0], a[2]): a for a in drawn}.values():
        lines.append(f"{patient} | {episode} | {day} 10:00 | {came}")
        named, attended = None if episode == "-" else episode, {"yes": True, "no": False}.get(came)
        known.append(Appointment("c", patient, named, moment(f"{day} 10:00"), attended))
    return "\n".join(lines), known


def _day(number: int | None) -> date | None:
    return None if number is None else moment(str(number)).date()


# Each example is a whole warehouse. Add Phase.shrink to see the smallest service that differs.
@settings(
    max_examples=12,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    forms=st.lists(FORM, min_size=40, max_size=120),
    recorded=st.lists(RECORDED, max_size=8),
    appointments=st.lists(APPOINTMENT, max_size=20),
    as_of=st.sampled_from([35, 162, 243, 400, 520]),
    has_sessions=st.booleans(),
)
def test_they_agree_on_any_small_service(
    tmp_path_factory: pytest.TempPathFactory,
    forms: list[tuple[Any, ...]],
    recorded: list[tuple[Any, ...]],
    appointments: list[tuple[Any, ...]],
    as_of: int,
    has_sessions: bool,
) -> None:
    home = tmp_path_factory.mktemp("small")
    (home / "instruments").mkdir()
    small = Service(home)
    forms = forms if has_sessions else [(*form[:6], "-", *form[7:]) for form in forms]
    files = (File("a.csv", "50"), File("b.csv", "60"))
    (episodes, known), (agenda, visits) = _of_record(recorded), _of_agenda(appointments)
    inputs = small.inputs(
        _drawn(forms), as_of=as_of, files=files, episodes=episodes, appointments=agenda
    )
    published = small.built_from(inputs)
    day = (DAY_0 + timedelta(days=as_of)).date()
    assert inputs.as_of == day == moment(str(as_of)).date() != date.min
    answers = list(_landed(inputs))
    twin = Twin(answers, inputs.instruments, inputs.settings, day, known, visits)
    _agree(published, twin)
