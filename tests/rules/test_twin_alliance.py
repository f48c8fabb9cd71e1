"""The station of alliance drops and its slow twin agree, on courses that nobody thought up."""

import random

from flows.settings import Signals
from tests.rules import twin_alliance
from tests.rules.conftest import Serving

RULES = Signals(alliance_minimum_episodes=5)


def _course(draw: random.Random) -> list[float]:
    """Up and down in quarters of a point, with a fall now and then."""
    height, course = draw.uniform(30, 39), []
    for _ in range(draw.randint(1, 14)):
        height += draw.choice([-8, -3, -1, 0, 0, 0.5, 1, 3])
        course.append(min(40.0, max(5.0, round(4 * height) / 4)))
    return course


def test_they_agree_on_courses_up_and_down(service: Serving) -> None:
    """60 courses that run, beside 12 that ended two quarters ago and give the usual variation."""
    draw = random.Random(20260101)
    ended = {f"e{n}": _course(draw) for n in range(12)}
    running = {f"p{n}": _course(draw) for n in range(60)}
    lines = ["patient | day | session | SRS"]
    for start, courses in ((-300, ended), (0, running)):
        for patient, course in courses.items():
            lines += [f"{patient} | {start + 7 * n} | - | {y}" for n, y in enumerate(course)]
    settings = {"alliance_minimum_episodes": 5}
    published = service(signals=settings).published("\n".join(lines), as_of=93)
    found = published.read("""
        select patient_id, assessment_no - 1, kind, level from signal
        where kind in ('alliance_rupture', 'alliance_repair')
    """)
    pooled = twin_alliance.pooled_sd(list(ended.values()), RULES)
    expected = {
        (patient, place, *state)
        for patient, course in (ended | running).items()
        for place, state in twin_alliance.states(course, pooled, RULES).items()
    }
    assert set(found) == expected
    assert len({row[2:] for row in expected}) == 3, "a rule that never fires proves nothing"
