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
from tests.rules.conftest import Published, Service, moment, rows
from tests.rules.stations import made
from tests.stations.drawn_quality import PHQ, SRS, Built, Row, built, file

HEAD = "patient | therapist | from | to | scores"
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
    home = tmp_path_factory.mktemp("ended")
    (home / "instruments").mkdir()
    return Service(home).published(
        FORMS,
        episodes=EPISODES,
        appointments=CAME,
        non_response=REASONS,
        as_of=300,
    )


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
def test_a_unit_that_is_too_small_has_no_figures(therapists: Sequence[str], reason: str) -> None:
    """Four therapists; one with 5 of 9; nobody knows who: only what files brought is told."""
    drawn = f"{HEAD}\n" + "\n".join(
        f"p{n} | {name} | 0 | 40 | 0:15 30:15" for n, name in enumerate(therapists)
    )
    made = built(drawn, as_of=200)
    hidden = {reason for (reason,) in made.read("select hidden_because from quality_unit")}
    assert hidden == {reason}
    assert made.read("select distinct indicator from indicator") == [("data_rejected",)]


MOVED = f"clinic | {HEAD}\n" + "\n".join(
    f"{clinic} | {who}{n} | t{n} | {first} | {first + 35} | {first}:15 {first + 30}:15"
    for clinic, first, who in (("old", 0, "p"), ("new", 60, "q"))
    for n in range(1, 6)
)
RENAMED_TO_NEW = {"indicators": {"renamed_clinics": {"old": "new"}}}


def test_a_renamed_clinic_goes_on_under_its_new_name() -> None:
    """Five therapists of `old` in January, the same of `new` in March and April: one series."""
    months = """
        select unit, count(denominator) filter (where denominator > 0)
        from indicator
        where unit_kind = 'clinic' and indicator = 'prorated' and period_kind = 'month'
        group by unit order by unit
    """
    assert built(MOVED, as_of=180).read(months) == [("new", 2), ("old", 1)]
    together = built(MOVED, as_of=180, settings=RENAMED_TO_NEW)
    assert together.read(months) == [("new", 3)]


def test_weeks_start_on_monday_and_a_year_may_have_53() -> None:
    """Week 53 of 2026 goes from 28 December to 3 January; days 361 to 367 are in it."""
    scores = " ".join(f"{day}:15" for day in (353, 361, 367, 368))
    drawn = f"{HEAD}\n" + "\n".join(f"p{n} | t{n} | 353 | - | {scores}" for n in range(1, 6))
    found = built(drawn, as_of=375).read("""
        select period, denominator
        from indicator
        where unit = 'service' and indicator = 'prorated' and period_kind = 'week'
        order by period
    """)
    weeks = [date(2026, 12, 14) + timedelta(weeks=n) for n in range(5)]
    assert [day.isocalendar()[1] for day in weeks] == [51, 52, 53, 1, 2]
    assert found == list(zip(weeks, (5, 0, 10, 5, 0), strict=True))


def test_days_across_the_change_of_the_clock_are_whole_days() -> None:
    """In the Netherlands 29 March 2026 has 23 hours and 25 October 25: a form of that day that is
    landed the day after was one day away, as on any other."""
    drawn = f"{HEAD} | file\n" + "\n".join(
        f"p{n}-{day} | t{n} | {day} | - | {day}:15 | {name}"
        for n in range(1, 6)
        for day, name in ((0, "a.csv"), (87, "b.csv"), (297, "c.csv"))
    )
    files = [file("a.csv", 0), file("b.csv", 88), file("c.csv", 298)]
    found = built(drawn, landed_file=files, as_of=320).read("""
        select period, value
        from indicator
        where unit = 'service' and indicator = 'days_to_report' and period_kind = 'month'
            and value is not null
        order by period
    """)
    assert found == [(date(2026, 1, 1), 0), (date(2026, 3, 1), 1), (date(2026, 10, 1), 1)]


def test_a_source_that_stopped_is_told() -> None:
    """A file each week until day 21, then none until day 43: 22 days are more than 3 x 7."""
    files = [file(f"w{day}.csv", day) for day in (0, 7, 14, 21)]
    for as_of, has_stopped in ((42, False), (43, True)):
        found = built(landed_file=files, as_of=as_of).read(
            "select deliveries, usual_days, days_since, has_stopped from source_delivery"
        )
        assert found == [(4, 7, as_of - 21, has_stopped)]


# ---------- alerts


FIVE = f"{HEAD} | file\np1 | t1 | 0 | - | 0:10 14:20 28:10 | b.csv\n" + "\n".join(
    f"p{n} | t{n} | 0 | - | 0:10 14:10 28:10 | a.csv" for n in range(2, 6)
)


@pytest.mark.parametrize(("answered_on", "in_time"), [(29, 1), (30, 0)])
def test_time_to_answer_counts_from_the_day_an_alert_could_be_seen(
    answered_on: int, in_time: int
) -> None:
    """Measured on day 14, landed on day 15 at five, seen on day 16 at noon, 31 hours later:
    until day 29 is within 14 days. The answer takes so many days more."""
    made = built(
        FIVE,
        alerts=f"""
            patient | therapist | opened | seen     | answered            | action
            p1      | t1        | 14     | 16 12:00 | {answered_on} 12:00 | adjust_plan
        """,
        landed_file=[file("a.csv", 1), file("b.csv", 15)],
        as_of=50,
    )
    found = made.read("""
        select indicator, numerator, denominator, value
        from indicator
        where unit = 'service' and period_kind = 'month' and period = date '2026-01-01'
            and indicator in ('alerts_answered', 'alerts_acted_on', 'hours_to_seen', 'hours_to_answer')
        order by indicator
    """)
    assert found == [
        ("alerts_acted_on", 1, 1, 1),
        ("alerts_answered", in_time, 1, in_time),
        ("hours_to_answer", 1, 1, 24 * (answered_on - 16)),
        ("hours_to_seen", 1, 1, 31),
    ]
    audit = made.read("""
        select alerts, seen, answered, answered_in_time, acted_on, caution
        from loop_audit
        where unit = 'service' and kind = 'reliable_deterioration'
    """)
    assert audit == [(1, 1, 1, in_time, 1, "not_a_proof_of_effect")]


def test_hours_are_the_median_of_what_was_seen() -> None:
    """Landed at five on day 15: seen after 12, 24 and 36 hours, and one never: 24 of three. All
    three were answered, after 1, 2 and 48 hours more: 2."""
    found = built(
        FIVE,
        alerts="""
            patient | therapist | opened | seen     | answered | action
            p1      | t1        | 14     | 15 17:00 | 15 18:00 | no_action
            p2      | t2        | 14     | 16 05:00 | 16 07:00 | no_action
            p3      | t3        | 14     | 16 17:00 | 18 17:00 | no_action
            p4      | t4        | 14     | -        | -        | -
        """,
        landed_file=[file("a.csv", 15), file("b.csv", 15)],
        as_of=50,
    ).read("""
        select indicator, numerator, denominator, value
        from indicator
        where unit = 'service' and period_kind = 'month' and period = date '2026-01-01'
            and indicator in ('hours_to_seen', 'hours_to_answer')
        order by indicator desc
    """)
    assert found == [("hours_to_seen", 3, 3, 24), ("hours_to_answer", 3, 3, 2)]


def test_what_was_over_before_the_first_file_came_was_never_shown() -> None:
    """All files of two years are landed at once: old alerts that closed do not count as unread."""
    absent = built(
        FIVE,
        alerts="""
            patient | therapist | opened | closed
            p1      | t1        | 14     | 42
        """,
        as_of=200,
    ).read("""
        select reason from indicator_absence
        where unit = 'service' and indicator = 'alerts_answered'
    """)
    assert absent == [("no_alert_was_shown",)]


def test_answered_alerts_are_held_against_comparable_ones_without_an_answer() -> None:
    """Seven alerts, in thirds of severity at the start: 10, 11, 12 | 15, 16 | 20, 21. Of the first
    third one was answered (and came back), one was not (and did not), of one nothing is known; of
    the second one was answered (not back), one was not (back): as the unanswered, 0 + 1 of the two
    answered ones would be back. In the last third both were answered, with nothing to compare."""
    starts = (10, 11, 12, 15, 16, 20, 21)
    drawn = f"{HEAD}\n" + "\n".join(
        f"p{n} | t{n} | 0 | - | 0:{start} 14:25" for n, start in enumerate(starts, 1)
    )
    found = built(
        drawn,
        alerts="""
            patient | therapist | opened | answered | action      | outcome
            p1      | t1        | 14     | -        | -           | -
            p2      | t2        | 14     | 16       | adjust_plan | back_on_course
            p3      | t3        | 14     | -        | -           | off_course
            p4      | t4        | 14     | 16       | adjust_plan | off_course
            p5      | t5        | 14     | -        | -           | back_on_course
            p6      | t6        | 14     | 16       | adjust_plan | back_on_course
            p7      | t7        | 14     | 16       | adjust_plan | off_course
        """,
        landed_file=[file("a.csv", 15)],
        as_of=60,
    ).read("""
        select alerts, answered, answered_known, answered_back, comparable_known, expected_back
        from loop_audit
        where unit = 'service'
    """)
    assert found == [(7, 4, 2, 1, 2, 1)]


# ---------- examples by hand


def _in_first_quarter(made: Built, *indicators: str) -> list[tuple[Any, ...]]:
    """(numerator, denominator, value) of these figures of the service, in their order."""
    return [
        made.read(f"""
            select numerator, denominator, value
            from indicator
            where unit = 'service' and period_kind = 'quarter' and period = date '2026-01-01'
                and indicator = '{indicator}'
        """)[0]
        for indicator in indicators
    ]


def test_relapse_is_told_of_those_that_had_improved() -> None:
    """8 at the end, then 14: 6 worse, a relapse; then 13: none. p3 was not followed up, p4 had not
    improved; p5 improved, was measured twice later, and the last one counts: no relapse."""
    drawn = f"""
        {HEAD}
        p1 | t1 | 0 | 60 | 0:20 50:8 100:14
        p2 | t2 | 0 | 60 | 0:20 50:8 100:13
        p3 | t3 | 0 | 60 | 0:20 50:8
        p4 | t4 | 0 | 60 | 0:20 50:18 100:26
        p5 | t5 | 0 | 60 | 0:20 50:8 100:20 130:9
    """
    made = built(drawn, as_of=500)
    assert _in_first_quarter(made, "relapse", "follow_up") == [
        (1, 3, pytest.approx(1 / 3, abs=1e-9)),
        (4, 5, 0.8),
    ]


def test_sessions_to_improvement_is_a_median_of_everybody() -> None:
    """Improved at form 2, 3 and 4; two ended without it after form 2 and 5. By Kaplan and Meier
    4/5 are left after form 2, of the three still there 2/3 after form 3 (8/15), and of two 1/2
    after form 4 (4/15): the median is 4, and not the 3 of those that improved."""
    drawn = f"""
        {HEAD}
        p1 | t1 | 0 | 60 | 0:20 7:14 14:20
        p2 | t2 | 0 | 60 | 0:20 7:20 14:14
        p3 | t3 | 0 | 60 | 0:20 7:20
        p4 | t4 | 0 | 60 | 0:20 7:20 14:20 21:14
        p5 | t5 | 0 | 60 | 0:20 7:20 14:20 21:20 28:20
    """
    made = built(drawn, as_of=100)
    assert _in_first_quarter(made, "sessions_to_improvement") == [(3, 5, 4)]


def test_the_same_answer_all_the_way_down_is_counted_once() -> None:
    """Five answers of 2 are; no complaint at all is not, but where an item is turned round it is;
    four answers are too few to say; a form that two files bring is one."""
    forms = [
        PHQ | {"items_answered": answered, "lowest_answer": low, "highest_answer": high}
        for answered, low, high in ((9, 2, 2), (9, 2, 2), (9, 0, 0), (9, 0, 3), (4, 3, 3))
    ]
    forms.append({**forms[2], "instrument": "oq"})
    days = (10, 10, 11, 12, 13, 14)
    turned = {"instrument": "oq", "scale": "total", "item": "1", "minimum": 0, "is_reversed": True}
    made = built(
        FIVE,
        file_form=[
            form | {"clinic_id": "c", "patient_id": "p1", "measured_at": moment(str(day))}
            for form, day in zip(forms, days, strict=True)
        ],
        instrument_item=[turned],
        as_of=100,
    )
    assert _in_first_quarter(made, "straight_lining") == [(2, 4, 0.5)]


def _alliance(patient: str, day: int, score: float, number: int, session: int | None) -> Row:
    return (
        SRS
        | {"clinic_id": "c", "patient_id": patient, "episode_id": f"{patient}-1"}
        | {"measured_at": moment(str(day)), "score": score, "prorated": False}
        | {"session_no": session, "assessment_no": number, "is_follow_up": False}
        | {"therapist_id": patient.replace("p", "t"), "source_file": "a.csv"}
    )


def test_alliance_is_a_share_of_its_range_early_and_late() -> None:
    """Of 0-40: session 1 gives 40 (1), session 4 gives 20 (0.5), session 5 gives 30 (0.75); where
    no session is known the fourth form counts as early (10, 0.25) and the fifth does not (0)."""
    scores = [
        _alliance("p1", 0, 40, 1, 1),
        _alliance("p1", 7, 20, 2, 4),
        _alliance("p1", 14, 30, 3, 5),
        _alliance("p2", 7, 10, 4, None),
        _alliance("p2", 14, 0, 5, None),
    ]
    made = built(FIVE, score=scores, as_of=100)
    assert _in_first_quarter(made, "alliance_early", "alliance_late") == [
        (1.75, 3, pytest.approx(1.75 / 3, abs=1e-9)),
        (0.75, 2, 0.375),
    ]


def test_ruptures_are_repaired_or_not_once_their_end_is_known() -> None:
    """p1 was back two forms later; p2 ended without that; p3 dropped again within the five forms,
    which is the same rupture, and was back then. Of p4 five forms went by in vain; of p5 only two:
    that is not known yet. 2 of 4."""
    drawn = f"""
        {HEAD}
        p1 | t1 | 0 | -  | 0:15
        p2 | t2 | 0 | 80 | 0:15
        p3 | t3 | 0 | -  | 0:15
        p4 | t4 | 0 | -  | 0:15
        p5 | t5 | 0 | -  | 0:15
    """
    seen = [
        ("p1", 3, "drop"), ("p1", 4, "persists"), ("p1", 5, "repair"),
        ("p2", 3, "drop"),
        ("p3", 2, "drop"), ("p3", 4, "drop"), ("p3", 6, "repair"),
        ("p4", 4, "drop"),
        ("p5", 4, "drop"),
    ]  # fmt: skip
    last = {"p1": 9, "p2": 5, "p3": 9, "p4": 9, "p5": 6}
    made = built(
        drawn,
        alliance_drop=[
            _alliance(patient, 7 * number, 30, number, None)
            | {"assessment_id": f"{patient}{number}", "state": state}
            for patient, number, state in seen
        ],
        score=[
            _alliance(patient, 7 * number, 30, number, None)
            for patient, forms in last.items()
            for number in range(1, forms + 1)
        ],
        as_of=200,
    )
    assert _in_first_quarter(made, "ruptures_repaired") == [(2, 4, 0.5)]


# ---------- beside each other


def _clinics(therapists: Mapping[str, str]) -> str:
    """Each letter is a therapist's treatment that ended; every third was measured once only."""
    return f"clinic | {HEAD}\n" + "\n".join(
        f"{clinic} | {clinic}{n} | {clinic}{name} | 0 | 60 | {'0:20' if n % 3 else '0:20 50:20'}"
        for clinic, names in therapists.items()
        for n, name in enumerate(names)
    )


def test_a_funnel_holds_only_clinics_of_five_therapists_none_above_half() -> None:
    """`half` has five of ten of one therapist, which is not above half; `four` has four therapists,
    `much` has six of ten of one: their 4 of 10 are not among the 12 of 30 of the others."""
    units = {"a": "vwxyzvwxyz", "b": "vwxyzvwxyz", "half": "vvvvvvwxyz"[1:] + "u"}
    hidden = {"four": "vwxyvwxyvw", "much": "vvvvvvwxyz"}
    found = built(_clinics(units | hidden), as_of=200).read("""
        select unit, numerator, denominator, round(target, 9)
        from funnel
        where indicator = 'response_rate' and period_kind = 'quarter'
        order by unit
    """)
    assert found == [(unit, 4, 10, 0.4) for unit in ("a", "b", "half")]


def test_of_two_clinics_there_is_no_funnel() -> None:
    units = {"a": "vwxyzvwxyz", "b": "vwxyzvwxyz", "four": "vwxyvwxyvw"}
    assert built(_clinics(units), as_of=200).read("from funnel") == []


POINT = {
    **dict.fromkeys(("unit_kind", "unit", "clinic_id", "team_id", "indicator"), "VARCHAR"),
    "period_kind": "VARCHAR",
    "period": "DATE",
    **dict.fromkeys(("numerator", "denominator", "value", "centre", "lower", "upper"), "DOUBLE"),
    **dict.fromkeys(("rules", "better"), "VARCHAR"),
    **dict.fromkeys(("is_trial", "is_primary", "is_complete"), "BOOLEAN"),
}


def test_what_to_look_at_is_a_rule_on_the_last_complete_period() -> None:
    """Response fell out in May, and June is not over. A rule of April is no news; a month without
    a value fires nothing; where there are no months the quarter is told; measuring has no place
    among the primary figures."""
    drawn = """
        indicator       | period_kind | period     | value | rules | is_complete | is_primary
        response_rate   | month       | 2026-04-01 | 0.5   |       | yes         | yes
        response_rate   | month       | 2026-05-01 | 0.1   | R1    | yes         | yes
        response_rate   | month       | 2026-06-01 | 0.9   | R1    | no          | yes
        response_rate   | quarter     | 2026-01-01 | 0.9   | R1    | yes         | yes
        alerts_answered | month       | 2026-04-01 | 0.1   | R1    | yes         | yes
        alerts_answered | month       | 2026-05-01 | 0.5   |       | yes         | yes
        data_rejected   | month       | 2026-04-01 | 0.1   | R1    | yes         | yes
        data_rejected   | month       | 2026-05-01 | -     | -     | yes         | yes
        drop_out        | quarter     | 2026-01-01 | 0.1   | R2    | yes         | yes
        prorated        | month       | 2026-05-01 | 0.1   | R1    | yes         | no
    """
    told = [
        {name: None if cell == "-" else cell for name, cell in row.items()}
        | {"unit_kind": "service", "unit": "service", "centre": 0.5}
        | {"better": "lower" if row["indicator"] == "drop_out" else "higher"}
        | {name: row[name] == "yes" for name in ("is_complete", "is_primary")}
        for row in rows(drawn)
    ]
    found = made("shown_indicator_alert", shown_indicator=(POINT, told))
    assert sorted(
        (row["indicator"], row["period"], row["rules"], row["is_better"]) for row in found
    ) == [
        ("drop_out", date(2026, 1, 1), "R2", True),
        ("response_rate", date(2026, 5, 1), "R1", False),
    ]


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
