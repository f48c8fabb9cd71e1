"""The stations of SQL make the scores that were made by hand, and those of the plain scorer.

Every form that was scored by hand goes through landing and the real stations in
a tiny home. Then Hypothesis fills in forms of every questionnaire at random, and
two independent ways of scoring must agree: the stations 210 and 240, and scorer.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.lib as arrow
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from flows.home import make_home
from flows.instruments import Instrument, Scale, load_instruments
from flows.landing.land import land_inbox
from flows.running.inputs import gather_inputs
from flows.running.plan import plan_run
from flows.settings import load_settings
from flows.station import StationTables, sql_stations
from flows.stations import instrument as instrument_station
from flows.warehouse import PYTHON_STATIONS, main_lane, run_stations
from tests.instruments.hand_scored import PATTERNS, REPORTED, Pattern
from tests.instruments.scorer import Answers, Scored, is_possible, scored

INSTRUMENTS = load_instruments()
SOURCE = """
match = "*.csv"
format = "csv"
clinic_id = { value = "noord" }
patient_id = { column = "patient" }
measured_at = { value = 2026-01-05 }
[long]
instrument = { column = "list" }
item = { column = "item" }
value = { column = "answer" }
"""
SETTINGS = "layout_version = 1\n[service]\nsimulated = true\nnow = 2026-01-06\n"

# A questionnaire of our own making in which the mean of others is not rounded, and so many answers
# may be absent that a whole part of it can be: then there is no mean to take.
PARTED = """
id = "parted"
name = "Two parts"
short_name = "PARTED"
version = "1"
measures = "symptoms"
rater = "self"
respondent = "patient"
licence = "free"
items = 6
item_minimum = 1
item_maximum = 4
item_range = [{ items = [6], minimum = 0, maximum = 10, source = "made up", evidence = "D" }]
item_source = "made up for this test"
item_evidence = "D"
"""
PART = """
[[scale]]
id = "{id}"
items = {items}
reversed = {turned}
aggregation = "mean"
multiplier = 2
direction = "lower_is_better"
minimum = {lowest}
maximum = {highest}
map_source = "made up for this test"
map_evidence = "D"
[scale.missing]
value = {allowed}
replace = "{replace}"
source = "made up for this test"
population = "nobody"
evidence = "D"
"""


def _parted() -> str:
    """Items 1 to 3 are the one part; 4 to 6, of which 6 goes from 0 to 10, the other."""
    one = {"id": "one", "items": [1, 2, 3], "turned": [2], "lowest": 2, "highest": 8}
    other = {"id": "other", "items": [4, 5, 6], "turned": [6], "lowest": 4 / 3, "highest": 12}
    total = {"id": "total", "items": [*range(1, 7)], "turned": [2, 6], "lowest": 10 / 6}
    more = {"allowed": 4, "replace": "mean"}
    within = 'within = ["one", "other"]\n'
    return (
        PARTED
        + PART.format(**total, **more, highest=10)
        + within
        + PART.format(**one, allowed=2, replace="rounded_mean")
        + PART.format(**other, allowed=1, replace="rounded_score")
    )


# (patient, instrument, item or scale, answer)
Line = tuple[str, str, str, float]
Row = tuple[Any, ...]
# A HoNOS of 0, but for a 4 and for the 9 that stands for "unknown".
UNKNOWN = dict.fromkeys(range(1, 13), 0.0) | {1: 9.0, 2: 4.0}


def _by_hand() -> Iterator[Line]:
    """Every pattern as a patient of its own; the lowest and highest of what is only reported."""
    for number, pattern in enumerate(PATTERNS):
        for item, answer in pattern.answers.items():
            yield f"p{number}", pattern.instrument, str(item), answer
    for (instrument, scale), limits in REPORTED.items():
        for name, score in zip(("lowest", "highest"), limits, strict=True):
            yield f"{name}-{instrument}-{scale}", instrument, scale, score
    for item, answer in UNKNOWN.items():
        yield "unknown", "honos", str(item), answer


@pytest.fixture(scope="module")
def stations(tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, str, str], Row]:
    """(patient, instrument, scale) -> score, source, items answered and missing, prorated, why."""
    home: Path = tmp_path_factory.mktemp("by-hand") / "home"
    make_home(home)
    (home / "opkoers.toml").write_text(SETTINGS)
    (home / "sources" / "long.toml").write_text(SOURCE)
    lines = (f"{patient},{name},{item},{answer:g}" for patient, name, item, answer in _by_hand())
    (home / "inbox" / "all.csv").write_text("patient,list,item,answer\n" + "\n".join(lines))
    (outcome,) = land_inbox(load_settings(home), INSTRUMENTS)
    assert outcome.receipt is not None
    assert outcome.receipt.rejected == 0
    run_stations(home / "built.duckdb", main_lane(100, 299), gather_inputs(plan_run(home)))
    with duckdb.connect(str(home / "built.duckdb"), read_only=True) as connection:
        found = connection.execute("""
            select patient_id, instrument, scale, score, score_source, items_answered,
                items_missing, prorated, no_score_reason
            from score
        """).fetchall()
    return {row[:3]: row[3:] for row in found}


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_the_stations_give_the_score_made_by_hand(
    stations: Mapping[tuple[str, str, str], Row], pattern: Pattern
) -> None:
    patient = f"p{PATTERNS.index(pattern)}"
    row = stations[patient, pattern.instrument, pattern.scale]

    score, source, answered, missing, prorated, why = row
    items = _scale(pattern.instrument, pattern.scale).items
    blank = len(set(items) & set(pattern.blank))
    assert score == pattern.score
    assert (answered, missing) == (len(items) - blank, blank)
    assert prorated == (blank > 0 and score is not None)
    told = (None, "too_many_items_missing") if pattern.score is None else ("recomputed", None)
    assert (source, why) == told


@pytest.mark.parametrize(("instrument", "scale"), REPORTED)
def test_a_scale_of_unknown_items_has_a_score_where_it_is_reported_and_else_no_row(
    stations: Mapping[tuple[str, str, str], Row], instrument: str, scale: str
) -> None:
    for name, score in zip(("lowest", "highest"), REPORTED[instrument, scale], strict=True):
        row = stations[f"{name}-{instrument}-{scale}", instrument, scale]
        assert row == (score, "reported", None, None, False, None)
    others = {patient for patient, *of in stations if of == [instrument, scale]}
    assert others == {f"{name}-{instrument}-{scale}" for name in ("lowest", "highest")}


def test_an_answer_that_means_unknown_is_absent(
    stations: Mapping[tuple[str, str, str], Row],
) -> None:
    """HoNOS 9, here once: 4 / 11 x 12 = 4.363636, as if the item were blank."""
    row = stations["unknown", "honos", "total"]
    assert row == (4.363636, "recomputed", 11, 1, True, None)


# ---------- two independent ways


@dataclass(frozen=True)
class Form:
    """Answers to one questionnaire by item, and the scores that an export gives with them."""

    instrument: Instrument = field(repr=False)
    answers: Answers
    reported: Mapping[str, float]

    def told(self) -> Iterator[tuple[str, float]]:
        """(item or scale, value) as an export says it."""
        yield from ((str(item), value) for item, value in self.answers.items())
        yield from self.reported.items()


def _scale(instrument: str, scale: str) -> Scale:
    return next(each for each in INSTRUMENTS[instrument].scale if each.id == scale)


def _answers(instrument: Instrument, item: int) -> st.SearchStrategy[float]:
    """Answers that the item allows, in tenths where it is a line of 10 cm, and sometimes none."""
    lowest, highest = instrument.range_of(item)
    if instrument.units:
        return st.integers(int(lowest) * 10, int(highest) * 10).map(lambda tenths: tenths / 10)
    return st.integers(int(lowest), int(highest)).map(float)


@st.composite
def _forms(draw: st.DrawFn, instrument: Instrument) -> Form:
    """Mostly a few items blank, about as many as may be; at times all but a few."""
    every = range(1, instrument.items + 1)
    most = max(int(scale.missing.value) for scale in instrument.scale) + 2
    few = st.sets(st.sampled_from(every), max_size=min(most, len(every)))
    blank = draw(few) if draw(st.integers(0, 4)) else set(every) - draw(few)
    answers = {item: draw(_answers(instrument, item)) for item in every if item not in blank}
    reported = {
        scale.id: float(draw(st.integers(round(scale.minimum), round(scale.maximum))))
        for scale in instrument.scale
        if draw(st.integers(0, 3)) == 0
    }
    return Form(instrument, answers, reported)


SCORED = sorted(
    name for name, each in INSTRUMENTS.items() if any(scale.items for scale in each.scale)
)
RESPONSE = {
    **dict.fromkeys(("clinic_id", "patient_id", "therapist_id", "exported_episode_id"), "VARCHAR"),
    "group_id": "VARCHAR",
    "session_no": "INTEGER",
    "measured_at": "TIMESTAMP",
    **dict.fromkeys(("respondent", "instrument", "item"), "VARCHAR"),
    "value": "DOUBLE",
    "has_artificial_date": "BOOLEAN",
    "source_file": "VARCHAR",
    "source_line": "BIGINT",
}


@dataclass(frozen=True)
class Tables:
    """The questionnaires of a home and their tables, in a database where forms can be scored."""

    connection: duckdb.DuckDBPyConnection
    instruments: Mapping[str, Instrument]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    home = tmp_path_factory.mktemp("instruments") / "home"
    make_home(home)
    (home / "instruments").mkdir(exist_ok=True)
    (home / "instruments" / "parted.toml").write_text(_parted())
    with duckdb.connect() as connection:
        (station,) = (each for each in PYTHON_STATIONS if each.number == 105)
        inputs = gather_inputs(plan_run(home))
        instrument_station.make(StationTables(connection, station), inputs)
        yield Tables(connection, inputs.instruments)


def _scored_by_stations(
    connection: duckdb.DuckDBPyConnection, forms: Sequence[Form]
) -> dict[tuple[int, str], Row]:
    """(form, scale) -> what stations 210 and 240 make of it."""
    for table in ("response", "scale_sum", "assessment", "recomputed_score"):
        connection.execute(f"drop table if exists {table}")
    answers = [
        {"patient_id": str(number), "instrument": form.instrument.id, "item": item, "value": value}
        for number, form in enumerate(forms)
        for item, value in form.told()
    ]
    told = arrow.Table.from_pylist(answers)
    columns = ", ".join(f"{name} {kind}" for name, kind in RESPONSE.items())
    connection.execute(f"create table response ({columns})")
    connection.register("told", told)
    connection.execute("""
        insert into response by name
        select *, 'c' as clinic_id, timestamp '2026-01-05' as measured_at from told
    """)
    connection.unregister("told")
    connection.execute("""
        create table assessment as
        select distinct patient_id as assessment_id, clinic_id, patient_id, exported_episode_id,
            respondent, measured_at, instrument
        from response
    """)
    for station in (each for each in sql_stations() if each.number in (210, 240)):
        station.make(StationTables(connection, station), None)  # type: ignore[arg-type]
    found = connection.execute("""
        select assessment_id, scale, score, score_source, items_answered, items_missing, prorated,
            no_score_reason
        from recomputed_score
    """).fetchall()
    return {(int(number), scale): tuple(row) for number, scale, *row in found}


def _expected(form: Form, scale: Scale) -> Row | None:
    """What the plain scorer makes of it, and the reported score where it makes none."""
    if not form.answers and not form.reported:
        return None
    found = scored(form.instrument, scale, form.answers)
    answered = len(set(scale.items) & set(form.answers))
    counts = (answered, len(scale.items) - answered) if answered else (None, None)
    if found.score is not None:
        return (float(found.score), "recomputed", *counts, found.prorated, None)
    return _as_reported(form, scale, found, counts)


def _as_reported(
    form: Form, scale: Scale, found: Scored, counts: tuple[int | None, int | None]
) -> Row | None:
    told = form.reported.get(scale.id)
    if told is not None and is_possible(form.instrument, scale, form.answers, Decimal(str(told))):
        return (told, "reported", *counts, False, None)
    if told is not None:
        return (None, None, *counts, False, "reported_total_impossible")
    return (None, None, *counts, False, found.reason) if scale.items else None


@pytest.mark.parametrize("name", [*SCORED, "parted"])
def test_stations_and_the_plain_scorer_agree(tables: Tables, name: str) -> None:
    @settings(
        max_examples=2,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(_forms(tables.instruments[name]), min_size=12, max_size=12))
    def agree(forms: list[Form]) -> None:
        expected = {
            (number, scale.id): row
            for number, form in enumerate(forms)
            for scale in form.instrument.scale
            if (row := _expected(form, scale)) is not None
        }
        assert _scored_by_stations(tables.connection, forms) == expected

    agree()
