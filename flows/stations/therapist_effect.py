"""344_therapist_effect: what each therapist adds to the outcome of comparable patients.

One primary scale per instrument; of the instruments the primary one is that which the settings
name, else that with most closed episodes in the service: chosen before anybody's result is seen.
Higher is better for the patient in every figure, whatever the direction of the scale. Everything
goes into a file of its own that no export, report or other role reaches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from flows.settings import TherapistProgress
from flows.station import Inputs, StationTables
from flows.stations import case_mix as mix
from flows.stations import subscale_view as subscales
from flows.stations import therapist_view as view
from flows.stations import treated_course as course
from flows.stations.case_mix import CaseMix, case_mix
from flows.stations.treated_course import TreatedCourses, treated_courses
from flows.statistics.mixed_model import FloatArray, ModelDataError
from flows.statistics.therapist_effect import (
    Episodes,
    EpisodeSums,
    TherapistEffects,
    effects_of,
    episode_sums,
    fitted_model,
    therapist_effects,
    variance_share,
)

READS = tuple(dict.fromkeys((*course.READS, *mix.READS, *subscales.READS)))
WRITES = (
    "therapist_effect",
    "therapist_share",
    "therapist_effect_sensitivity",
    "case_mix",
    "therapist_view",
    "closed_course",
    "case_expectation",
)

Row = dict[str, Any]
Shown = Literal["nothing", "counts", "estimate"]
SEVERITIES = ("-1 SD", "mean", "+1 SD")
ROWS_PER_COLUMN = 5
"""Without a model, so many closed episodes per covariate are needed to say what was expected."""

EFFECT = {
    "clinic_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    **course.SCALE,
    "is_primary": "BOOLEAN",
    "is_trainee": "BOOLEAN",
    "supervisor_id": "VARCHAR",
    "n_episodes": "INTEGER",
    "n_shared": "INTEGER",
    "weighed_episodes": "DOUBLE",
    "estimate": "DOUBLE",
    "lower": "DOUBLE",
    "upper": "DOUBLE",
    "estimate_sd": "DOUBLE",
    "lower_sd": "DOUBLE",
    "upper_sd": "DOUBLE",
    "distinguishable": "BOOLEAN",
    "shown": "VARCHAR",
    "reason": "VARCHAR",
    "simulated": "BOOLEAN",
}
SHARE = {
    **course.SCALE,
    "severity": "VARCHAR",
    "severity_points": "DOUBLE",
    "share": "DOUBLE",
    "lower": "DOUBLE",
    "upper": "DOUBLE",
    "between_sd": "DOUBLE",
    "between_sd_sd": "DOUBLE",
    "baseline_sd": "DOUBLE",
    "n_episodes": "INTEGER",
    "n_shared": "INTEGER",
    "n_therapists": "INTEGER",
    "n_therapists_enough": "INTEGER",
    "clinics": "VARCHAR",
    "halves_correlation": "DOUBLE",
    "halves_lower": "DOUBLE",
    "halves_upper": "DOUBLE",
    "halves_therapists": "INTEGER",
    "singular": "BOOLEAN",
    "refused": "VARCHAR",
    "simulated": "BOOLEAN",
}
SENSITIVITY = {
    **course.SCALE,
    "model": "VARCHAR",
    "n_episodes": "INTEGER",
    "between_sd": "DOUBLE",
    "share_at_mean": "DOUBLE",
    "correlation_with_primary": "DOUBLE",
}
EXPECTATION = {"course_no": "INTEGER", "expected_last": "DOUBLE", "distance": "DOUBLE"}

CLOSED_COURSE = """
    select
        treated_by.clinic_id,
        treated_by.therapist_id,
        treated_by.patient_id,
        treated_by.episode_id,
        treated_course.instrument,
        treated_course.scale,
        treated_course.started_on,
        treated_course.ended_on,
        treated_course.sessions as n_sessions,
        treated_course.baseline,
        treated_course.latest as last,
        case_expectation.expected_last,
        case_expectation.distance,
        treated_course.class,
        treated_course.end_kind,
        case treated_course.end_kind
            when 'drop_out' then true
            when 'unknown' then null
            else false
        end as dropped_out,
        treated_by.share
    from treated_course
    inner join treated_by using (clinic_id, patient_id, episode_id)
    inner join case_expectation using (course_no)
    where treated_course.is_closed
"""


@dataclass(frozen=True)
class Judged:
    """One instrument's courses with their case mix, and the model or why there is none.

    `sums` are there where a model is; they hold the covariates of other models too.
    """

    courses: TreatedCourses
    mix: CaseMix
    episodes: Episodes
    sums: EpisodeSums | None
    effects: TherapistEffects | None
    refused: str | None
    is_enough: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

    @property
    def outcome(self) -> FloatArray:
        """The last score of each closed episode, turned so that higher is better."""
        return self.episodes.y


def make(tables: StationTables, inputs: Inputs) -> None:
    """Judge every instrument that closed episodes were measured by, and write what was found."""
    choices, simulated = inputs.settings.therapist_progress, inputs.settings.service.simulated
    every = [judged(tables, each, choices) for each in treated_courses(tables)]
    primary = primary_instrument([each.courses for each in every], choices)
    told = {"simulated": simulated}
    tables.write(
        "therapist_effect",
        EFFECT,
        [r | told for each in every for r in effect_rows(each, primary, choices)],
    )
    tables.write(
        "therapist_share", SHARE, [r | told for each in every for r in share_rows(each, choices)]
    )
    tables.write(
        "therapist_effect_sensitivity",
        SENSITIVITY,
        [row for each in every for row in sensitivity_rows(each)],
    )
    tables.write(
        "case_mix", mix.WROTE, [row for each in every for row in each.mix.rows(each.courses.same)]
    )
    tables.write("therapist_view", view.WROTE, _views(tables, every, choices))
    _write_courses(tables, every)


def judged(tables: StationTables, courses: TreatedCourses, choices: TherapistProgress) -> Judged:
    """The primary model of one instrument, or why there is none."""
    known = case_mix(tables, courses, choices)
    episodes = Episodes(
        y=courses.direction * courses.of_closed("latest"),
        x=known.x,
        names=known.names,
        severity=known.severity,
        clinic=_clinic_level(courses, choices),
    )
    is_enough = courses.shares.weighed() >= choices.min_estimate - 1e-9
    sums, effects, refused = None, None, None
    if is_enough.sum() < choices.min_therapists:
        refused = "few_therapists"
    else:
        try:
            sums = episode_sums(_with_sessions(episodes, courses), courses.shares)
            effects = therapist_effects(episodes, courses.shares, sums=sums)
        except ModelDataError:
            refused = "no_fit"
    return Judged(courses, known, episodes, sums, effects, refused, is_enough)


def _clinic_level(courses: TreatedCourses, choices: TherapistProgress) -> np.ndarray | None:
    """Codes of clinics where these are many enough to be a level of the model."""
    present, codes = np.unique(courses.clinic, return_inverse=True)
    return codes if len(present) >= choices.clinics_for_level else None


def primary_instrument(every: Sequence[TreatedCourses], choices: TherapistProgress) -> str | None:
    """That of the settings, else the one with most closed episodes; of equal ones the first."""
    named = [each.instrument for each in every if each.instrument == choices.primary_instrument]
    ordered = sorted(every, key=lambda each: (-each.closed, each.instrument))
    return next(iter([*named, *(each.instrument for each in ordered)]), None)


def shown(weighed: float, refused: str | None, choices: TherapistProgress) -> tuple[Shown, str]:
    """What a therapist with so many episodes is told, and why."""
    if weighed < choices.min_counts - 1e-9:
        return "nothing", "few_episodes"
    if weighed < choices.min_estimate - 1e-9:
        return "counts", "counts_only"
    return ("estimate", "shown") if refused is None else ("counts", refused)


def effect_rows(each: Judged, primary: str | None, choices: TherapistProgress) -> Iterator[Row]:
    """One row per therapist who closed an episode; without figures below the minimums."""
    courses, found = each.courses, each.effects
    weighed, counts, shared = courses.shares.weighed(), courses.counts(), courses.shared_counts()
    sd = float(courses.baseline.std())
    for place, therapist in enumerate(courses.therapists):
        if counts[place] == 0:
            continue
        told, reason = shown(weighed[place], each.refused, choices)
        row = dict.fromkeys(EFFECT) | therapist.row | courses.same
        row |= {
            "is_primary": courses.instrument == primary,
            "is_trainee": therapist.is_trainee,
            "supervisor_id": therapist.supervisor_id,
            "n_episodes": int(counts[place]),
            "n_shared": int(shared[place]),
            "weighed_episodes": float(weighed[place]),
            "shown": told,
            "reason": reason,
        }
        if told == "estimate" and found is not None:
            row |= _figures(found, place, sd)
        yield row


def _figures(found: TherapistEffects, place: int, sd: float) -> Row:
    """In points, and in standard deviations of the scores before treatment."""
    figures = {name: float(getattr(found, name)[place]) for name in ("estimate", "lower", "upper")}
    in_sd = {f"{name}_sd": figure / sd if sd > 0 else None for name, figure in figures.items()}
    return figures | in_sd | {"distinguishable": bool(found.is_distinguishable[place])}


def share_rows(each: Judged, choices: TherapistProgress) -> Iterator[Row]:
    """How much lies between therapists at three severities; the same with why where no model is."""
    courses, found = each.courses, each.effects
    sd = float(courses.baseline.std())
    row = dict.fromkeys(SHARE) | courses.same
    row |= {
        "baseline_sd": sd,
        "n_episodes": courses.closed,
        "n_shared": len(np.unique(courses.shares.episode[courses.shares.share < 1])),
        "n_therapists": int((courses.counts() > 0).sum()),
        "n_therapists_enough": int(each.is_enough.sum()),
        "clinics": _clinics(each, choices),
        "refused": each.refused,
    }
    if found is None:
        yield from (row | {"severity": severity} for severity in SEVERITIES)
        return
    row |= {
        "between_sd": found.between_sd,
        "between_sd_sd": found.between_sd / sd if sd > 0 else None,
    }
    row |= {"singular": found.model.is_singular, **view.halves(each.courses, distances(each))}
    for severity, share in zip(SEVERITIES, found.variance_shares, strict=True):
        yield row | {
            "severity": severity,
            "severity_points": share.severity,
            "share": share.value,
            "lower": share.lower,
            "upper": share.upper,
        }


def _clinics(each: Judged, choices: TherapistProgress) -> str:
    """How differences between clinics are kept out of the comparison of therapists."""
    clinics = len(np.unique(each.courses.clinic))
    if clinics == 1:
        return "one"
    return "level" if clinics >= choices.clinics_for_level else "covariate"


def distances(each: Judged) -> FloatArray:
    """Of each closed episode, how much better than expected it ended, in SD; NaN where unknown."""
    expected, spread = expectation(each)
    return (each.outcome - expected) / spread


def expectation(each: Judged) -> tuple[FloatArray, float]:
    """The expected outcome of each closed episode and the SD around it, by the model.

    Without one by least squares on the case mix, where episodes are enough for that.
    """
    if each.effects is not None:
        return each.effects.expected, each.effects.spread
    x, y = each.mix.x, each.outcome
    if len(y) < max(ROWS_PER_COLUMN * x.shape[1], 2):
        return np.full(len(y), np.nan), 1.0
    expected = x @ np.linalg.lstsq(x, y, rcond=None)[0]
    spread = float((y - expected).std())
    return expected, spread if spread > 0 else 1.0


def sensitivity_rows(each: Judged) -> Iterator[Row]:
    """What other choices would have made of it, for the service as a whole, never per therapist.

    Sessions and staying are what a therapist works by; they are adjusted for here alone.
    """
    if each.effects is None or each.sums is None:
        return
    estimates = each.effects.estimate[each.is_enough]
    yield _sensitivity(each, "primary", each.effects.model, 1.0)
    for name, covariates in _other_models(each, each.sums):
        try:
            found = fitted_model(each.sums, covariates)
        except ModelDataError:
            continue
        others = effects_of(found.model, found.judged)[0][each.is_enough]
        yield _sensitivity(each, name, found.model, _correlation(estimates, others))


def _sensitivity(each: Judged, name: str, model: Any, correlation: float | None) -> Row:
    share = variance_share(model, 0.0)
    return each.courses.same | {
        "model": name,
        "n_episodes": each.courses.closed,
        "between_sd": float(np.sqrt(model.covariances[0].covariance[0, 0])),
        "share_at_mean": share,
        "correlation_with_primary": correlation,
    }


def _correlation(one: FloatArray, other: FloatArray) -> float | None:
    """None where one of them does not differ between therapists."""
    if min(one.std(), other.std()) < 1e-9:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def _other_models(each: Judged, sums: EpisodeSums) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The baseline alone, and the case mix with sessions and drop-out besides."""
    yield "baseline_only", each.episodes.names[:3]
    yield "with_sessions_and_drop_out", sums.fitted.names


def _with_sessions(episodes: Episodes, courses: TreatedCourses) -> Episodes:
    """With two more covariates, which the primary model leaves out."""
    sessions = np.log(np.maximum(courses.of_closed("sessions").astype(float), 1))
    left = (courses.of_closed("end_kind") == "drop_out").astype(float)
    x = np.column_stack([episodes.x, sessions - sessions.mean(), left])
    return replace(episodes, x=x, names=(*episodes.names, "log sessions", "dropped out"))


def _views(tables: StationTables, every: list[Judged], choices: TherapistProgress) -> list[Row]:
    rows: list[Row] = []
    for each in every:
        told = [shown(w, each.refused, choices)[0] for w in each.courses.shares.weighed()]
        rows += view.view_rows(each.courses, each.mix, distances(each), each.effects, told)
        judged = np.array([what == "estimate" for what in told], dtype=bool)
        if judged.any():
            rows += subscales.subscale_rows(
                tables, each.courses, each.mix, judged, choices, each.episodes.clinic
            )
    return rows


def _write_courses(tables: StationTables, every: list[Judged]) -> None:
    """Every closed course beside what was expected of it, once for each who treated it."""
    numbers, expected, distance = [np.zeros(0, dtype=np.int64)], [np.zeros(0)], [np.zeros(0)]
    for each in every:
        courses = each.courses
        numbers.append(courses.first + np.arange(courses.closed))
        expected.append(courses.direction * expectation(each)[0])
        distance.append(distances(each))
    columns = {
        "course_no": np.concatenate(numbers),
        "expected_last": np.concatenate(expected),
        "distance": np.concatenate(distance),
    }
    tables.write_columns("case_expectation", columns, kind="step")
    tables.write_select("closed_course", CLOSED_COURSE)
