"""What made one therapist's patients differ from another's when they came: the case mix.

Only what was known at the start enters. The number of sessions and whether somebody stayed are
what a therapist works by, and adjusting for them would hide the very effect (RULES B4).

**What is missing.** Of a number the mean stands in, with a column that says so; of a category
"unknown" is a level of its own (missing indicators). That keeps every episode, at the price that
a covariate which is missing for a reason adjusts less than it could (Groenwold et al. 2012, CMAJ
184:1265-1269) [K]; so one that is lacking in more than a settable share is not used at all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from flows.settings import TherapistProgress
from flows.station import StationTables
from flows.stations.treated_course import TreatedCourses
from flows.statistics.mixed_model import FloatArray, IntArray

Row = dict[str, Any]
Why = Literal["used", "missing_too_often", "not_in_any_export", "all_alike"]

READS = ("treated_course", "baseline", "instrument", "intake")
FUNCTIONING = "functioning"
OTHER, MISSING = "other levels", "missing"
FEWEST_NUMBERS = 6
"""With fewer different values a covariate is a category, even when they are written as numbers."""

WROTE = {
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "period": "VARCHAR",
    "covariate": "VARCHAR",
    "used": "BOOLEAN",
    "episodes": "INTEGER",
    "missing": "INTEGER",
    "why": "VARCHAR",
}


@dataclass(frozen=True)
class Covariate:
    """One covariate of n episodes: `columns` (n x k) where it is used, with their `names`.

    Of a category that is used `codes` (n) are places in `levels`.
    """

    name: str
    columns: FloatArray
    names: tuple[str, ...]
    missing: int
    why: Why
    levels: tuple[str, ...] = ()
    codes: IntArray | None = None


@dataclass(frozen=True)
class CaseMix:
    """`x` (n x p) by `names`: intercept, severity, its square, then the covariates."""

    x: FloatArray
    names: tuple[str, ...]
    severity: FloatArray
    covariates: tuple[Covariate, ...]

    def rows(self, same: Row) -> Iterator[Row]:
        """What table `case_mix` says of them."""
        for each in self.covariates:
            yield same | {
                "covariate": each.name,
                "used": each.why == "used",
                "episodes": len(self.x),
                "missing": each.missing,
                "why": each.why,
            }


def case_mix(tables: StationTables, courses: TreatedCourses, choices: TherapistProgress) -> CaseMix:
    """Of the closed episodes of one instrument, in the order of course_no.

    Severity is in points from the mean of all, higher for the more severe.
    """
    instrument, baseline = courses.instrument, courses.baseline
    severity = courses.direction * (baseline.mean() - baseline)
    known = [
        Covariate("baseline", severity[:, None], ("severity",), 0, "used"),
        Covariate("baseline_squared", _squared(severity), ("severity squared",), 0, "used"),
    ]
    limit = choices.covariate_missing_share
    for name, other in _other_baselines(tables, instrument):
        known.append(_number(name, _baseline_of(tables, instrument, other), limit))
    known.append(_number("age", _age(tables, instrument), limit))
    known += [_category(n, _own(tables, instrument, n), choices) for n in ("sex", "format")]
    given = _of_intake(tables, courses, choices.intake_covariates)
    known += [_either(name, given[name], choices) for name in choices.intake_covariates]
    clinics, codes = np.unique(courses.clinic, return_inverse=True)
    if 1 < len(clinics) < choices.clinics_for_level:
        known.append(_levels("clinic", tuple(map(str, clinics.tolist())), codes, 0))
    used = [each for each in known if each.why == "used"]
    x = np.column_stack([np.ones(len(baseline)), *(each.columns for each in used)])
    names = ("(Intercept)", *(name for each in used for name in each.names))
    return CaseMix(x, names, severity, tuple(known))


def _squared(severity: FloatArray) -> FloatArray:
    square = severity**2
    return np.asarray((square - square.mean())[:, None])


def _other_baselines(tables: StationTables, instrument: str) -> list[tuple[str, str]]:
    """The second questionnaire that most of these episodes began with, and one of functioning."""
    found = tables.read_tuples(f"""
        select baseline.instrument, any_value(instrument.measures) as measures, count(*) as n
        from treated_course
        inner join baseline using (clinic_id, patient_id, episode_id)
        inner join instrument on baseline.instrument = instrument.instrument
        where treated_course.instrument = '{instrument}' and treated_course.is_closed
            and baseline.instrument <> '{instrument}' and instrument.measures <> 'alliance'
            and instrument.rater = 'self'
        group by baseline.instrument
        order by n desc, baseline.instrument
    """)
    second = [("second_instrument", name) for name, *_ in found][:1]
    others = [(FUNCTIONING, n) for n, measures, _ in found if measures == FUNCTIONING]
    return second + [pair for pair in others if pair[1] not in {n for _, n in second}][:1]


def _baseline_of(tables: StationTables, instrument: str, other: str) -> FloatArray:
    """The baseline on another instrument's first scale; NaN where there is none."""
    return tables.read_columns(f"""
        with other as (
            select clinic_id, patient_id, episode_id, arg_min(baseline_score, scale <> 'total')
                as score
            from baseline
            where instrument = '{other}'
            group by clinic_id, patient_id, episode_id
        )
        select coalesce(other.score, 'nan') as score
        from treated_course
        left join other using (clinic_id, patient_id, episode_id)
        where treated_course.instrument = '{instrument}' and treated_course.is_closed
        order by course_no
    """)["score"]


def _age(tables: StationTables, instrument: str) -> FloatArray:
    return tables.read_columns(f"""
        select coalesce(age::double, 'nan') as age
        from treated_course
        where instrument = '{instrument}' and is_closed
        order by course_no
    """)["age"]


@dataclass(frozen=True)
class Given:
    """What n episodes have of a covariate: `codes` are places in `levels` ("" is missing), and
    `numbers` say the same for each level where it is one, else NaN."""

    codes: IntArray
    levels: tuple[str, ...]
    numbers: FloatArray


def _own(tables: StationTables, instrument: str, column: str) -> Given:
    """A column of the courses themselves."""
    return _given(
        tables,
        f"""
        select course_no, coalesce({column}, '') as value, 'nan'::double as number
        from treated_course
        where instrument = '{instrument}' and is_closed
        """,
    )


def _of_intake(
    tables: StationTables, courses: TreatedCourses, names: Sequence[str]
) -> dict[str, Given]:
    """The covariates of the intake by name: those of the episode, else of the patient."""
    wanted = ", ".join("'" + name.replace("'", "''") + "'" for name in names) or "null"
    levels = f"""
        select covariate, value, min(number) as number,
            row_number() over (order by covariate, value) as level_no
        from intake
        where covariate in ({wanted}) and value <> ''
        group by covariate, value
        order by covariate, value
    """
    told = tables.read_tuples(levels)
    found = tables.read_columns(f"""
        with levels as ({levels})
        select treated_course.course_no - {courses.first} as course, levels.level_no,
            intake.episode_id is not null as is_own
        from treated_course
        inner join intake using (clinic_id, patient_id)
        inner join levels using (covariate, value)
        where treated_course.instrument = '{courses.instrument}' and treated_course.is_closed
            and coalesce(intake.episode_id, treated_course.episode_id) = treated_course.episode_id
    """)
    own = found["is_own"].astype(bool)
    known: dict[str, Given] = {}
    for name in names:
        mine = [level for covariate, *level in told if covariate == name]
        codes = np.zeros(courses.closed, dtype=np.int64)
        if mine:
            first = mine[0][2] - 1
            place = found["level_no"].astype(np.int64) - first
            is_mine = (place > 0) & (place <= len(mine))
            for used in (is_mine & ~own, is_mine & own):
                codes[found["course"][used].astype(np.int64)] = place[used]
        known[name] = _as_used(codes, mine)
    return known


def _as_used(codes: IntArray, levels: list[list[Any]]) -> Given:
    """Codes count from 1 among all `levels` (text, number, ...), and 0 is missing."""
    present, used = np.unique(codes, return_inverse=True)
    every = [("", None), *((value, number) for value, number, _ in levels)]
    kept = [every[code] for code in present.tolist()]
    numbers = np.array([number for _, number in kept], dtype=float)
    return Given(used, tuple(value for value, _ in kept), numbers)


def _given(tables: StationTables, query: str) -> Given:
    """Levels in the order of their texts; texts themselves are not fetched for each episode."""
    levels = tables.read_tuples(f"""
        select value, min(number) from ({query}) as given group by value order by value
    """)
    codes = tables.read_columns(f"""
        with given as ({query}),
        levels as (
            select value, row_number() over (order by value) - 1 as code
            from given
            group by value
        )
        select levels.code from given inner join levels using (value) order by given.course_no
    """)["code"].astype(np.int64)
    numbers = np.array([number for _, number in levels], dtype=float)
    return Given(codes, tuple(value for value, _ in levels), numbers)


def _either(name: str, given: Given, choices: TherapistProgress) -> Covariate:
    """As numbers where all that is there are numbers, and enough different ones."""
    is_there = np.array([level != "" for level in given.levels], dtype=bool)
    if np.isfinite(given.numbers[is_there]).all() and is_there.sum() >= FEWEST_NUMBERS:
        numbers = np.where(is_there, given.numbers, np.nan)
        return _number(name, numbers[given.codes], choices.covariate_missing_share)
    return _category(name, given, choices)


def _number(name: str, values: FloatArray, limit: float) -> Covariate:
    """Centred, with a column that says where it is missing."""
    is_known = np.isfinite(values)
    missing = int((~is_known).sum())
    is_alike = missing == len(values) or float(np.ptp(values[is_known])) == 0
    why = _why(missing, len(values), limit, is_alike=is_alike)
    if why != "used":
        return Covariate(name, np.zeros((len(values), 0)), (), missing, why)
    columns, names = [np.where(is_known, values - values[is_known].mean(), 0.0)], [name]
    if missing:
        columns.append((~is_known).astype(float))
        names.append(f"{name}: missing")
    return Covariate(name, np.column_stack(columns), tuple(names), missing, why)


def _category(name: str, given: Given, choices: TherapistProgress) -> Covariate:
    """Rare levels together, what is missing as a level of its own."""
    counts = np.bincount(given.codes, minlength=len(given.levels))
    is_missing = np.array([level == "" for level in given.levels], dtype=bool)
    missing = int(counts[is_missing].sum())
    n, known = len(given.codes), int((counts[~is_missing] > 0).sum())
    why = _why(missing, n, choices.covariate_missing_share, is_alike=known < 2)
    if why != "used":
        return Covariate(name, np.zeros((n, 0)), (), missing, why)
    is_rare = (counts < choices.covariate_level_episodes) & ~is_missing
    told = np.where(is_rare, OTHER, np.where(is_missing, MISSING, np.array(given.levels)))
    levels, places = np.unique(told, return_inverse=True)
    return _levels(name, tuple(levels.tolist()), places[given.codes], missing)


def _levels(name: str, levels: tuple[str, ...], codes: IntArray, missing: int) -> Covariate:
    """A column for each level but the commonest."""
    commonest = int(np.bincount(codes, minlength=len(levels)).argmax())
    others = [place for place in range(len(levels)) if place != commonest]
    if not others:
        return Covariate(name, np.zeros((len(codes), 0)), (), missing, "all_alike")
    columns = np.column_stack([(codes == place).astype(float) for place in others])
    names = tuple(f"{name}: {levels[place]}" for place in others)
    return Covariate(name, columns, names, missing, "used", levels, codes)


def _why(missing: int, n: int, limit: float, *, is_alike: bool) -> Why:
    if missing == n:
        return "not_in_any_export"
    if missing > limit * n:
        return "missing_too_often"
    return "all_alike" if is_alike else "used"
