"""The courses of one followed scale, from tables to the arrays that fits work on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from flows.settings import Course
from flows.station import StationTables
from flows.statistics.course import Courses, IntArray, Progress
from flows.statistics.growth import Limits
from flows.statistics.risk import Needs

READS = ("followed_course", "progress")
EPOCH = date(1970, 1, 1)
QUARTERS_BACK = 4
"""So many earlier quarters are tried where a fit fails: the last good one serves."""


@dataclass(frozen=True)
class FollowedScale:
    """One scale of one instrument with its courses and forms.

    `form_no` (n) leads forms back to the table `progress`, `first_course` is the
    number of the first course; `clinics` are named in the order of their numbers.
    `unit` is the step between scores, if its items are whole numbers.
    """

    instrument: str
    scale: str
    unit: float
    clinics: tuple[str, ...]
    first_course: int
    form_no: IntArray
    progress: Progress

    def ended_before(self, day: date) -> Progress:
        """Forms of the courses that ended before a day."""
        return self.progress.of(self.progress.courses.ended < (day - EPOCH).days)


def followed_scales(tables: StationTables) -> Iterator[FollowedScale]:
    """Each followed scale with at least one form after a baseline, in order of name."""
    clinics = tuple(
        clinic
        for (clinic,) in tables.read_tuples("""
            select clinic_id from followed_course group by clinic_id order by min(clinic_no)
        """)
    )
    scales = tables.read_tuples("""
        select instrument, scale, any_value(direction), any_value(unit),
            min(course_no), max(course_no)
        from followed_course
        group by instrument, scale
        order by instrument, scale
    """)
    for instrument, scale, direction, unit, first, last in scales:
        forms = tables.read_columns(f"""
            select form_no, course_no - {first} as course, session::double as session, place,
                score, alliance, planned_sessions::double as planned
            from progress
            where course_no between {first} and {last} and not is_baseline
            order by course_no, measured_at, is_unnamed, form_no
        """)
        if len(forms["form_no"]):
            progress = _progress(tables, forms, direction, first, last)
            yield FollowedScale(instrument, scale, unit, clinics, first, forms["form_no"], progress)


def _progress(
    tables: StationTables, forms: dict[str, np.ndarray], direction: int, first: int, last: int
) -> Progress:
    found = tables.read_columns(f"""
        select clinic_no - 1 as clinic, baseline_score, coalesce(points, 'nan') as points,
            coalesce(is_inclusive, false) as is_inclusive,
            epoch(case when is_closed then ended_at end) // 86400 as ended
        from followed_course
        where course_no between {first} and {last}
        order by course_no
    """)
    course = forms["course"].astype(np.int64)
    m = last - first + 1
    planned, *latest = (np.full(m, np.nan) for _ in range(4))
    planned[course] = forms["planned"]
    for array, name in zip(latest, ("place", "session", "score"), strict=True):
        array[course] = forms[name]
    courses = Courses(
        direction=direction,
        clinic=found["clinic"].astype(np.int64),
        baseline=found["baseline_score"],
        planned=planned,
        points=found["points"],
        is_inclusive=found["is_inclusive"].astype(bool),
        ended=found["ended"].astype(float),
        last_place=latest[0],
        last_session=latest[1],
        last_score=latest[2],
    )
    columns = (forms[name] for name in ("session", "place", "score", "alliance"))
    return Progress(courses, course, *columns)


def limits_of(course: Course) -> Limits:
    """The settings as a fit takes them."""
    return Limits(
        service=course.minimum_episodes,
        clinic=course.minimum_clinic_episodes,
        at_place=course.minimum_at_session,
        inner=course.amber_level,
        outer=course.red_level,
    )


def needs_of(course: Course) -> Needs:
    """The settings as a recalibration takes them."""
    return Needs(course.minimum_events, course.many_events, course.lead_sessions)


def quarters(as_of: date) -> Iterator[date]:
    """The first day of the quarter of `as_of`, then those of the quarters before it."""
    day = date(as_of.year, 3 * ((as_of.month - 1) // 3) + 1, 1)
    for _ in range(QUARTERS_BACK + 1):
        yield day
        day = (day - timedelta(days=1)).replace(day=1)
        day = day.replace(month=3 * ((day.month - 1) // 3) + 1)
