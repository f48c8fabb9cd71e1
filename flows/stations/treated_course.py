"""Courses of treatment by instrument, with who treated them, as the arrays that a fit takes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.station import StationTables
from flows.statistics.mixed_model import FloatArray, IntArray
from flows.statistics.therapist_effect import Shares

READS = ("treated_course", "treated_by", "therapist", "run")
Row = dict[str, Any]
SCALE = {"instrument": "VARCHAR", "scale": "VARCHAR", "period": "VARCHAR"}
WHOLE_PERIOD = "all"
"""All closed episodes up to the day of the data."""


@dataclass(frozen=True)
class Therapist:
    """One therapist of one clinic, as the clinic's own export describes them."""

    clinic_id: str
    therapist_id: str
    is_trainee: bool
    supervisor_id: str | None

    @property
    def row(self) -> Row:
        return {"clinic_id": self.clinic_id, "therapist_id": self.therapist_id}


@dataclass(frozen=True)
class TreatedCourses:
    """n closed episodes on one scale, from course number `first` on, and then the running ones.

    `columns` holds the n + running rows; `shares` are those of the closed ones alone,
    `all_shares` of both, with codes into `therapists`.
    """

    instrument: str
    scale: str
    direction: int
    first: int
    closed: int
    columns: dict[str, NDArray[Any]]
    shares: Shares
    all_shares: Shares
    therapists: tuple[Therapist, ...]

    @property
    def same(self) -> Row:
        """What all rows about this scale begin with."""
        return {"instrument": self.instrument, "scale": self.scale, "period": WHOLE_PERIOD}

    def of_closed(self, name: str) -> NDArray[Any]:
        """A column of the closed episodes."""
        return self.columns[name][: self.closed]

    @property
    def baseline(self) -> FloatArray:
        return self.of_closed("baseline")

    @property
    def clinic(self) -> IntArray:
        return self.of_closed("clinic").astype(np.int64)

    def counts(self) -> IntArray:
        """Closed episodes of each therapist, shared ones too."""
        return np.bincount(self.shares.therapist, minlength=self.shares.count)

    def shared_counts(self) -> IntArray:
        """Those of them that others treated as well."""
        is_shared = self.shares.share < 1
        return np.bincount(self.shares.therapist[is_shared], minlength=self.shares.count)


def treated_courses(tables: StationTables) -> Iterator[TreatedCourses]:
    """Each instrument with at least one closed course, in order of its name."""
    everybody = _therapists(tables)
    for instrument, scale, direction, first, closed in tables.read_tuples("""
        select instrument, any_value(scale), any_value(direction), min(course_no),
            count(*) filter (where is_closed)
        from treated_course
        group by instrument
        having count(*) filter (where is_closed) > 0
        order by instrument
    """):
        columns = tables.read_columns(f"""
            select clinic_no - 1 as clinic, baseline, latest, sessions, class,
                coalesce(improved_at_session, 0) as improved_at_session,
                coalesce(end_kind, '') as end_kind,
                coalesce(epoch(ended_on) // 86400, 0) as ended,
                coalesce(year(ended_on), 0) as year
            from treated_course
            where instrument = '{instrument}'
            order by course_no
        """)
        pairs = tables.read_columns(f"""
            select treated_course.course_no - {first} as episode,
                treated_by.therapist_no - 1 as therapist, treated_by.share
            from treated_course
            inner join treated_by using (clinic_id, patient_id, episode_id)
            where treated_course.instrument = '{instrument}'
            order by treated_course.course_no, treated_by.therapist_no
        """)
        present, codes = np.unique(pairs["therapist"], return_inverse=True)
        episode = pairs["episode"].astype(np.int64)
        own = episode < closed
        count = len(present)
        yield TreatedCourses(
            instrument,
            scale,
            direction,
            first,
            closed,
            columns,
            Shares(episode[own], codes[own], pairs["share"][own], count),
            Shares(episode, codes, pairs["share"], count),
            tuple(everybody[number] for number in present.tolist()),
        )


def _therapists(tables: StationTables) -> list[Therapist]:
    """Everybody who treated anybody, in the order of their numbers."""
    found = tables.read_tuples("""
        with named as (
            select therapist_no, any_value(clinic_id) as clinic_id,
                any_value(therapist_id) as therapist_id
            from treated_by
            group by therapist_no
        )
        select named.clinic_id, named.therapist_id, coalesce(therapist.is_trainee, false),
            therapist.supervisor_id
        from named
        left join therapist using (clinic_id, therapist_id)
        order by named.therapist_no
    """)
    return [Therapist(*row) for row in found]
