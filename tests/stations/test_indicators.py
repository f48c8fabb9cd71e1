"""Indicators, counted by hand on small services: what is counted, when, and of whom."""

# ruff: noqa: E501

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.journal import JournalEvent
from flows.settings import Settings
from flows.station import Inputs, StationTables
from flows.stations import indicator
from flows.warehouse import all_stations
from tests.rules.conftest import DAY_0, File, Published, Service

FORMS = """
    patient | therapist | day | PHQ-9
    p1      | t1        | 0   | 20
    p1      | t1        | 50  | 8
    p2      | t1        | 0   | 20
    p2      | t1        | 50  | 12
    p3      | t2        | 0   | 20
    p3      | t2        | 50  | 18
    p4      | t2        | 0   | 12
    p4      | t2        | 50  | 20
    p5      | t3        | 0   | 8
    p5      | t3        | 50  | 8
    p6      | t3        | 0   | 20
    p8      | t5        | 55  | 20
    p9      | t4        | 100 | 20
    p9      | t4        | 190 | 8
    p10     | t5        | 100 | 20
    p10     | t5        | 190 | 19
"""
EPISODES = """
    patient | episode | therapist | started_on | ended_on | end_reason         | planned_sessions | waiting_days
    p1      | E1      | t1        | 0          | 60       | planned            | -                | 10
    p2      | E2      | t1        | 0          | 60       | planned            | -                | 20
    p3      | E3      | t2        | 0          | 60       | patient_unilateral | -                | 60
    p4      | E4      | t2        | 0          | 60       | unknown            | -                | -
    p5      | E5      | t3        | 0          | 60       | -                  | -                | -
    p6      | E6      | t3        | 0          | 60       | -                  | -                | -
    p7      | E7      | t4        | 0          | 60       | -                  | -                | -
    p8      | E8      | t5        | 0          | 60       | -                  | 10               | -
    p9      | E9      | t4        | 100        | 200      | -                  | -                | -
    p10     | E10     | t5        | 100        | 200      | -                  | -                | -
"""
CAME = """
    patient | episode | therapist | starts_at | attended
    p8      | E8      | t5        | 1         | yes
    p8      | E8      | t5        | 8         | yes
    p8      | E8      | t5        | 15        | no
"""
REASONS = """
    patient | episode | noted_at | reason_code
    p6      | E6      | 60       | 01
    p7      | E7      | 60       | 07
"""
FIRST, SECOND, THIRD = date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1)

Shown = dict[str, tuple[Any, ...]]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Eight episodes that ended on day 60, in the first quarter, two in the third, none between."""
    return _service(tmp_path_factory.mktemp("ended")).published(
        FORMS,
        episodes=EPISODES,
        appointments=CAME,
        non_response=REASONS,
        as_of=300,
    )


def _service(home: Path, **settings: Any) -> Service:
    (home / "instruments").mkdir(parents=True)
    return Service(home, settings)


def _figures(published: Published, period_kind: str, period: date) -> Shown:
    rows = published.read(f"""
        select indicator, numerator, denominator, round(value, 6)
        from indicator
        where unit = 'service' and period_kind = '{period_kind}' and period = date '{period}'
    """)
    return {name: tuple(rest) for name, *rest in rows}


def test_what_ended_in_a_quarter_is_counted_there(ended: Published) -> None:
    """Of 8: five pairs (p1 recovered, p2 improved, p4 worse), p6 the start only, p8 the end only,
    p7 nothing. Four pairs began in the clinical range (10 and more). Of three known reasons one is
    the patient's own; `unknown` is none."""
    figures = _figures(ended, "quarter", FIRST)
    expected = {
        "response_rate": (5, 8, 0.625),
        "sbg_completer": (5, 8, 0.625),
        "sbg_drop_out": (1, 8, 0.125),
        "sbg_non_starter": (1, 8, 0.125),
        "sbg_non_responder": (1, 8, 0.125),
        "sbg_reason_01": (1, 2, 0.5),
        "sbg_reason_07": (1, 2, 0.5),
        "sbg_reason_02": (0, 2, 0),
        "reliable_improvement": (2, 5, 0.4),
        "deterioration": (1, 5, 0.2),
        "recovery": (1, 4, 0.25),
        "reliable_recovery": (1, 4, 0.25),
        "drop_out": (1, 3, 0.333333),
        "dose_against_plan": (2, 10, 0.2),
        "waiting_days": (3, 3, 20),
        "baseline_in_time": (6, 8, 0.75),
        "follow_up": (0, 8, 0),
        "measurements_per_session": (1, 2, 0.5),
    }
    assert {name: figures[name] for name in expected} == expected


def test_a_quarter_without_an_end_is_a_gap_and_no_zero(ended: Published) -> None:
    found = ended.read("""
        select period, numerator, denominator, value, rules
        from indicator
        where unit = 'service' and indicator = 'reliable_improvement'
        order by period
    """)
    assert found == [
        (FIRST, 2, 5, 0.4, None),
        (SECOND, None, 0, None, None),
        (THIRD, 1, 2, 0.5, None),
        (date(2026, 10, 1), None, 0, None, None),
    ]


def test_outcomes_have_no_weeks_or_months(ended: Published) -> None:
    kinds = ended.read("""
        select distinct period_kind
        from indicator
        where indicator in ('reliable_improvement', 'deterioration', 'drop_out', 'recovery')
    """)
    assert kinds == [("quarter",)]


def test_a_period_is_complete_when_it_can_no_longer_change(ended: Published) -> None:
    """Day 300 is 28 October: the third quarter is over, the fourth is not. Follow-ups come up to
    400 days after the end, so that those of the first quarter are not yet known."""
    complete = ended.read("""
        select indicator, period
        from indicator
        where unit = 'service' and period_kind = 'quarter' and is_complete
            and indicator in ('response_rate', 'follow_up')
        order by all
    """)
    assert complete == [("response_rate", day) for day in (FIRST, SECOND, THIRD)]


def test_what_no_export_tells_is_absent_with_a_reason(ended: Published) -> None:
    absent = dict(
        ended.read("select indicator, reason from indicator_absence where unit = 'service'")
    )
    assert absent["alliance_early"] == "alliance_not_measured"
    assert absent["relapse"] == "no_recorded_end_known"
    assert absent["straight_lining"] == "no_answers_to_items_known"
    assert "drop_out" not in absent


def test_who_is_missing_stands_beside_the_rate(ended: Published) -> None:
    """Reliable improvement: 2 of 5 pairs; with the start of p6 (unchanged) 2 of 6; of all eight
    between 2 and 5. Nothing is drawn without a growth model. Recovery: 1 of 4 pairs; p6 is a case
    too, and p7 and p8 may be: between 1 and 4 of 7."""
    found = ended.read(f"""
        select indicator, episodes, paired, missing, imputed, not_imputed, round(paired_value, 6),
            round(last_value, 6), round(lowest_value, 6), round(highest_value, 6), imputed_value
        from missing_outcome
        where unit = 'service' and quarter = date '{FIRST}'
            and indicator in ('reliable_improvement', 'recovery')
        order by indicator desc
    """)
    assert found == [
        ("reliable_improvement", 8, 5, 3, 0, 3, 0.4, 0.333333, 0.25, 0.625, None),
        ("recovery", 8, 4, 3, 0, 3, 0.25, 0.2, 0.142857, 0.571429, None),
    ]


@pytest.mark.parametrize(
    ("therapists", "reason"),
    [
        (["t1", "t1", "t2", "t3", "t4", "t4"], "too_few_therapists"),
        (["t1", "t1", "t1", "t1", "t1", "t2", "t3", "t4", "t5"], "one_therapist_too_large"),
        (["-"] * 6, "therapists_unknown"),
    ],
)
def test_a_unit_that_is_too_small_has_no_figures(
    tmp_path: Path, therapists: Sequence[str], reason: str
) -> None:
    """Four therapists; one with 5 of 9; nobody knows who: only what files brought is told."""
    drawn = "patient | therapist | day | PHQ-9\n" + "\n".join(
        f"p{n} | {name} | {day} | 15" for n, name in enumerate(therapists) for day in (0, 30)
    )
    published = _service(tmp_path).published(drawn, as_of=200)
    hidden = {reason for (reason,) in published.read("select hidden_because from quality_unit")}
    assert hidden == {reason}
    assert published.read("select distinct indicator from indicator") == [("data_rejected",)]


def test_a_renamed_clinic_goes_on_under_its_new_name(tmp_path: Path) -> None:
    """Five therapists of `old` until day 60, the same of `new` from day 91 on: one series."""
    drawn = "clinic | patient | therapist | day | PHQ-9\n" + "\n".join(
        f"{clinic} | p{n} | t{n} | {first + day} | 15"
        for clinic, first in (("old", 0), ("new", 91))
        for n in range(1, 6)
        for day in (0, 30)
    )
    months = """
        select unit, count(denominator) filter (where denominator > 0)
        from indicator
        where unit_kind = 'clinic' and indicator = 'prorated' and period_kind = 'month'
        group by unit order by unit
    """
    apart = _service(tmp_path / "apart").published(drawn, as_of=150)
    assert apart.read(months) == [("new", 2), ("old", 1)]
    settings = {"indicators": {"renamed_clinics": {"old": "new"}}}
    together = _service(tmp_path / "renamed", **settings).published(drawn, as_of=150)
    assert together.read(months) == [("new", 3)]


def test_weeks_start_on_monday_and_a_year_may_have_53(tmp_path: Path) -> None:
    """Week 53 of 2026 goes from 28 December to 3 January; days 361 to 367 are in it."""
    drawn = "patient | therapist | day | PHQ-9\n" + "\n".join(
        f"p{n} | t{n} | {day} | 15" for n in range(1, 6) for day in (353, 361, 367, 368)
    )
    published = _service(tmp_path).published(drawn, as_of=375)
    found = published.read("""
        select period, denominator
        from indicator
        where unit = 'service' and indicator = 'prorated' and period_kind = 'week'
        order by period
    """)
    weeks = [date(2026, 12, 14) + timedelta(weeks=n) for n in range(5)]
    assert [day.isocalendar()[1] for day in weeks] == [51, 52, 53, 1, 2]
    assert found == list(zip(weeks, (5, 0, 10, 5, 0), strict=True))


def test_days_across_the_change_of_the_clock_are_whole_days(tmp_path: Path) -> None:
    """In the Netherlands 29 March 2026 has 23 hours and 25 October 25: a form of that day that is
    landed the day after was one day away, as on any other."""
    drawn = "patient | therapist | day | file | PHQ-9\n" + "\n".join(
        f"p{n} | t{n} | {day} | {file} | 15"
        for n in range(1, 6)
        for day, file in ((0, "a.csv"), (87, "b.csv"), (297, "c.csv"))
    )
    files = [File("a.csv", "0"), File("b.csv", "88"), File("c.csv", "298")]
    published = _service(tmp_path).published(drawn, files=files, as_of=320)
    found = published.read("""
        select period, value
        from indicator
        where unit = 'service' and indicator = 'days_to_report' and period_kind = 'month'
            and value is not null
        order by period
    """)
    assert found == [(date(2026, 1, 1), 0), (date(2026, 3, 1), 1), (date(2026, 10, 1), 1)]


def test_a_source_that_stopped_is_told(tmp_path: Path) -> None:
    """A file each week until day 21, then none until day 43: 22 days are more than 3 x 7."""
    drawn = "patient | therapist | day | file | PHQ-9\n" + "\n".join(
        f"p1 | t1 | {day} | w{day}.csv | 15" for day in (0, 7, 14, 21)
    )
    files = [File("a.csv", "0"), *(File(f"w{day}.csv", str(day)) for day in (0, 7, 14, 21))]
    service = _service(tmp_path)
    for as_of, has_stopped in ((42, False), (43, True)):
        published = service.published(drawn, files=files, as_of=as_of)
        found = published.read(
            "select deliveries, usual_days, days_since, has_stopped from source_delivery"
        )
        assert found == [(4, 7, as_of - 21, has_stopped)]


# ---------- alerts


def _event(kind: str, day: int, action: str | None = None) -> JournalEvent:
    """Somebody saw or answered the alert about the form of day 14."""
    payload: Mapping[str, Any] = {} if action is None else {"action": action}
    return JournalEvent(
        seq=day,
        at=(DAY_0 + timedelta(days=day, hours=12)).replace(tzinfo=UTC),
        actor="t1",
        kind=kind,
        clinic_id="c",
        patient_id="p1",
        alert_kind="reliable_deterioration",
        measured_at=DAY_0 + timedelta(days=14),
        payload=payload,
    )


@pytest.mark.parametrize(("answered_on", "in_time"), [(29, 1), (30, 0)])
def test_time_to_answer_counts_from_the_day_an_alert_could_be_seen(
    tmp_path: Path, answered_on: int, in_time: int
) -> None:
    """Measured on day 14, landed on day 15, seen on day 16: until day 29 is within 14 days."""
    drawn = "patient | therapist | day | file | PHQ-9\n" + "\n".join(
        f"p{n} | t{n} | {day} | {file} | {score}"
        for n in range(1, 6)
        for day, file, score in ((0, "a.csv", 10), (14, "b.csv", 20 if n == 1 else 10))
    )
    published = _service(tmp_path).published(
        drawn,
        files=[File("a.csv", "1"), File("b.csv", "15")],
        events=[_event("alert_seen", 16), _event("alert_answered", answered_on, "adjust_plan")],
        as_of=50,
    )
    found = published.read("""
        select indicator, numerator, denominator
        from indicator
        where unit = 'service' and period_kind = 'month' and period = date '2026-01-01'
            and indicator in ('alerts_answered', 'alerts_acted_on', 'hours_to_answer')
        order by indicator
    """)
    assert found == [
        ("alerts_acted_on", 1, 1),
        ("alerts_answered", in_time, 1),
        ("hours_to_answer", 1, 1),
    ]
    audit = published.read("""
        select alerts, seen, answered, answered_in_time, acted_on, caution
        from loop_audit
        where unit = 'service' and kind = 'reliable_deterioration'
    """)
    assert audit == [(1, 1, 1, in_time, 1, "not_a_proof_of_effect")]


def test_what_was_over_before_the_first_file_came_was_never_shown(tmp_path: Path) -> None:
    """All files of two years are landed at once: old alerts that closed do not count as unread."""
    drawn = "patient | therapist | day | PHQ-9\n" + "\n".join(
        f"p{n} | t{n} | {day} | {score}"
        for n in range(1, 6)
        for day, score in ((0, 10), (14, 20), (28, 10), (42, 10))
    )
    published = _service(tmp_path).published(drawn, as_of=200)
    assert published.read("from alert where kind = 'reliable_deterioration'")
    absent = published.read("""
        select reason from indicator_absence
        where unit = 'service' and indicator = 'alerts_answered'
    """)
    assert absent == [("no_alert_was_shown",)]


# ---------- limits


SHARES = [0.5, 0.6, 0.4, 0.5, 0.55, 0.45, 0.5, 0.6, 0.4, 0.5, 0.55, 0.45]


def _charted(values: Sequence[float | None], *events: JournalEvent) -> list[dict[str, Any]]:
    """A monthly series of medians as station 460 leaves it; the last month is not complete."""
    station = next(each for each in all_stations() if each.name == "indicator")
    inputs = Inputs(
        run_id="test",
        as_of=date(2026, 1, 1),
        known_at=datetime(2026, 1, 1),
        code_version="test",
        settings=Settings(home=Path("home")),
        instruments={},
        receipts=(),
        held_back=(),
        events=events,
        journal_seq=0,
    )
    with duckdb.connect() as connection:
        connection.execute("""create table indicator_period (
            unit_kind varchar, unit varchar, clinic_id varchar, team_id varchar,
            period_kind varchar, period date, indicator varchar, is_primary boolean,
            better varchar, chart varchar, numerator double, denominator double, value double,
            is_complete boolean)""")
        for n, value in enumerate(values):
            connection.execute(
                "insert into indicator_period values ('service', 'service', null, null, 'month',"
                " ?, 'waiting_days', false, 'lower', 'xmr', null, ?, ?, ?)",
                [
                    date(2024 + n // 12, 1 + n % 12, 1),
                    0 if value is None else 10,
                    value,
                    n < len(values) - 1,
                ],
            )
        indicator.make(StationTables(connection, station), inputs)
        found: list[dict[str, Any]] = (
            connection.execute("from indicator order by period").to_arrow_table().to_pylist()
        )
    return found


def test_limits_leave_out_what_is_missing_or_not_over() -> None:
    """Values 10, 12, none, 14, 12, 10, 12 and one of a month that is not over: the mean is 70 / 6,
    moving ranges beside the gap do not count: (2 + 2 + 2 + 2) / 4 = 2, so limits lie at 5.32."""
    found = _charted([10, 12, None, 14, 12, 10, 12, 90])
    mean = 70 / 6
    assert found[0]["centre"] == pytest.approx(mean, abs=1e-12)
    assert found[0]["upper"] == pytest.approx(mean + 5.32, abs=1e-12)
    assert found[0]["is_trial"]
    assert found[2]["rules"] is None
    assert (found[-1]["centre"], found[-1]["rules"], found[-1]["value"]) == (None, None, 90)


def test_fewer_than_six_points_have_no_limits() -> None:
    found = _charted([10, 12, 14, 12, 10, 12])
    assert {(row["lower"], row["rules"]) for row in found} == {(None, None)}


def test_a_recorded_reason_starts_a_new_segment() -> None:
    """From March 2025 on the clinic counts otherwise: twelve points at 10, then twelve at 20."""
    event = JournalEvent(
        seq=1,
        at=datetime(2025, 3, 3, tzinfo=UTC),
        actor="officer",
        kind="chart_rebased",
        clinic_id="",
        patient_id=None,
        alert_kind=None,
        measured_at=None,
        payload={
            "unit_kind": "service",
            "unit": "service",
            "indicator": "waiting_days",
            "from": "2025-01-01",
            "reason": "counted from referral on",
        },
    )
    values = [10 + n % 2 for n in range(12)] + [20 + n % 2 for n in range(13)]
    with_reason, without = _charted(values, event), _charted(values)
    assert [row["segment"] for row in with_reason] == [1] * 12 + [2] * 13
    assert [row["rules"] for row in with_reason[:-1]] == [""] * 24
    assert with_reason[0]["centre"] == 10.5
    assert with_reason[12]["centre"] == 20.5
    assert any(row["rules"] for row in without[:-1])
