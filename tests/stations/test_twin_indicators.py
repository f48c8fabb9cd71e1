"""The tables and the twin count the same, on random services."""

from datetime import date, datetime, timedelta
from random import Random

import pytest

from tests.rules.conftest import DAY_0
from tests.stations.drawn_quality import Row, built
from tests.stations.twin_indicators import Landed, Treatment, Twin, Warned, as_cells

AS_OF = 600
REASONS = ("planned", "patient_unilateral", "unknown", "clinician", None)
CLINICS = ("a", "b", "c")


def _day(number: int) -> date:
    return (DAY_0 + timedelta(days=number)).date()


def _files(random: Random) -> tuple[Landed, ...]:
    """Of each clinic some files under one name, each with what the ones before had."""
    days = [(clinic, random.randrange(20, AS_OF)) for clinic in CLINICS for _ in range(6)]
    return tuple(
        Landed(
            clinic,
            f"{clinic}.csv",
            DAY_0 + timedelta(days=day, hours=5),
            records := random.randrange(1, 90),
            random.randrange(records),
            random.random() < 0.2,
        )
        for clinic, day in days
    )


def _treatment(random: Random, number: int) -> Treatment:
    """Three clinics of unlike size; some treatments run on, some were hardly measured."""
    clinic = random.choice("aaabbc")
    start, length = random.randrange(500), random.randrange(5, 250)
    end = start + length if random.random() < 0.85 and start + length <= AS_OF else None
    last = min(start + length, AS_OF)
    days = sorted(random.sample(range(start, last + 1), min(random.randrange(4), last - start)))
    nobody = random.random() < 0.1
    place = random.choice((0, 0, 0, 1, 2, 3, 4, 5, 6, 7))
    return Treatment(
        clinic=clinic,
        team=None if nobody or place == 7 else f"team{place % 2}",
        therapist=None if nobody else f"t{place}",
        patient=f"p{number}",
        start=_day(start),
        end=None if end is None else _day(end),
        reason=random.choice(REASONS) if end is not None else None,
        scores=tuple((_day(day), random.randrange(28)) for day in days),
        file=f"{clinic}.csv",
    )


def _alert(random: Random, about: Treatment) -> Warned:
    opened = datetime.combine(about.scores[-1][0], datetime.min.time())
    answered = opened + timedelta(days=random.randrange(120), hours=9)
    closed = opened + timedelta(days=random.randrange(300))
    return Warned(
        about,
        opened,
        answered if random.random() < 0.6 else None,
        closed if random.random() < 0.7 else None,
    )


def _service(seed: int) -> Twin:
    random = Random(seed)
    treatments = tuple(_treatment(random, number) for number in range(90))
    alerts = tuple(_alert(random, each) for each in treatments if each.scores)[::2]
    return Twin(treatments, alerts, _files(random), _day(AS_OF))


def _drawn(twin: Twin) -> str:
    """The treatments as drawn_quality reads them."""
    lines = ["clinic | patient | therapist | from | to | reason | file | scores"]
    for each in twin.treatments:
        scores = " ".join(f"{(day - _day(0)).days}:{score}" for day, score in each.scores)
        cells = (
            each.clinic,
            each.patient,
            each.therapist or "-",
            (each.start - _day(0)).days,
            "-" if each.end is None else (each.end - _day(0)).days,
            each.reason or "-",
            each.file,
            scores or "-",
        )
        lines.append(" | ".join(map(str, cells)))
    return "\n".join(lines)


def _alert_rows(twin: Twin) -> list[Row]:
    return [
        {
            "alert_id": f"a{number}",
            "clinic_id": alert.about.clinic,
            "patient_id": alert.about.patient,
            "episode_id": f"{alert.about.patient}-1",
            "therapist_id": alert.about.therapist,
            "instrument": "phq-9",
            "scale": "total",
            "kind": "off_course",
            "level": "red",
            "action": "adjust_plan",
            "opened_at": alert.opened,
            "answered_at": alert.answered,
            "closed_at": alert.closed,
            "withdrawn": False,
        }
        for number, alert in enumerate(twin.alerts)
    ]


def _file_rows(twin: Twin) -> list[Row]:
    return [
        {
            "source": "test",
            "name": each.name,
            "is_held_back": each.is_held_back,
            "rows_in": each.records,
            "rejected_error": each.lost,
            "landed_at": each.at,
            "clinics": [each.clinic],
        }
        for each in twin.files
    ]


def _therapist_rows(twin: Twin) -> list[Row]:
    known = {(each.clinic, each.therapist, each.team) for each in twin.treatments}
    return [
        {"clinic_id": clinic, "therapist_id": therapist, "team_id": team}
        for clinic, therapist, team in sorted(known, key=str)
        if therapist
    ]


@pytest.mark.parametrize("seed", range(6))
def test_tables_and_twin_count_the_same(seed: int) -> None:
    """Teams, clinics too small, ends without a measurement, files held back: every cell."""
    twin = _service(seed)
    found = as_cells(
        built(
            _drawn(twin),
            alert=_alert_rows(twin),
            landed_file=_file_rows(twin),
            therapist=_therapist_rows(twin),
            as_of=AS_OF,
        ).read("""
            select unit, period_kind, period, indicator, numerator, denominator
            from indicator
            where is_primary and denominator > 0
        """)
    )
    expected = twin.counts()
    assert len(expected) > 100
    assert {unit for unit, *_ in expected} > {"service", "a"}
    assert found == expected
