"""475_missing_outcome: what a rate of outcome would be if those not measured were in it.

Side by side: the measured ones alone, the last score known (the first one, where there is no
later), how low and how high it could be, and multiple imputation from the expected course.
An ending that nobody measured can only be drawn where there is a first score and a growth
model; of how many it was not possible is told.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.station import Inputs, StationTables
from flows.statistics.imputation import (
    Growth,
    Observed,
    draws,
    on_scale,
    pooled_share,
    predicted,
)

READS = (
    "quality_episode",
    "quality_unit",
    "baseline",
    "course",
    "growth_model",
    "growth_place",
    "yardstick",
    "instrument_scale",
)
WRITES = ("missing_outcome",)
INDICATORS = {
    "reliable_improvement": "higher",
    "deterioration": "lower",
    "recovery": "higher",
    "reliable_recovery": "higher",
}

COLUMNS = {
    **dict.fromkeys(("unit_kind", "unit", "clinic_id", "team_id"), "VARCHAR"),
    "quarter": "DATE",
    **dict.fromkeys(("indicator", "better"), "VARCHAR"),
    **dict.fromkeys(("episodes", "paired", "missing", "imputed", "not_imputed"), "BIGINT"),
    "paired_numerator": "BIGINT",
    "paired_denominator": "BIGINT",
    "paired_value": "DOUBLE",
    "last_numerator": "BIGINT",
    "last_denominator": "BIGINT",
    "last_value": "DOUBLE",
    "bounds_denominator": "BIGINT",
    "lowest_value": "DOUBLE",
    "highest_value": "DOUBLE",
    "imputed_value": "DOUBLE",
    "imputed_lower": "DOUBLE",
    "imputed_upper": "DOUBLE",
    "imputations": "INTEGER",
}

Array = NDArray[Any]
Row = dict[str, Any]
Group = tuple[str | None, str | None, Any]
"""Clinic, team, quarter; None where it is of them all."""


def make(tables: StationTables, inputs: Inputs) -> None:
    """Write one row per unit, quarter and indicator of outcome."""
    times = inputs.settings.indicators.imputations
    in_weeks = inputs.settings.course.time == "weeks"
    drawn = _drawn_counts(tables, times, in_weeks=in_weeks)
    rows = [
        _row(unit, indicator, drawn.get((unit["clinic_id"], unit["team_id"], unit["quarter"])))
        for unit in tables.read(_UNITS)
        for indicator in INDICATORS
    ]
    tables.write("missing_outcome", COLUMNS, rows)


def _row(unit: Row, indicator: str, drawn: Mapping[str, Array] | None) -> Row:
    is_of_cases = indicator in ("recovery", "reliable_recovery")
    part = "cases" if is_of_cases else "all"
    paired, known = unit[f"{part}_paired"], unit[f"{part}_with_baseline"]
    could_be = known + unit["without_baseline"]
    n, last = unit[f"{indicator}_paired"], unit[f"{indicator}_last"]
    row: Row = {name: unit[name] for name in ("unit_kind", "unit", "clinic_id", "team_id")}
    row |= {
        "quarter": unit["quarter"],
        "indicator": indicator,
        "better": INDICATORS[indicator],
        "episodes": unit["episodes"],
        "paired": paired,
        "missing": could_be - paired,
        "paired_numerator": n,
        "paired_denominator": paired,
        "paired_value": _share(n, paired),
        "last_numerator": last,
        "last_denominator": known,
        "last_value": _share(last, known),
        "bounds_denominator": could_be,
        "lowest_value": _share(n, could_be),
        "highest_value": _share(n + could_be - paired, could_be),
    }
    return row | _imputed(n, paired, could_be, drawn, indicator, part)


def _imputed(
    n: int,
    paired: int,
    could_be: int,
    drawn: Mapping[str, Array] | None,
    indicator: str,
    part: str,
) -> Row:
    """The share over the measured ones and the drawn ones together."""
    imputed = int(drawn[part]) if drawn else 0
    row: Row = {"imputed": imputed, "not_imputed": could_be - paired - imputed}
    if drawn is None:
        return row | dict.fromkeys(
            ("imputed_value", "imputed_lower", "imputed_upper", "imputations")
        )
    found = pooled_share(n + drawn[indicator].astype(np.int64), paired + imputed)
    return row | {
        "imputed_value": found and found.value,
        "imputed_lower": found and found.lower,
        "imputed_upper": found and found.upper,
        "imputations": len(drawn[indicator]),
    }


def _share(count: int, of: int) -> float | None:
    return count / of if of else None


# ---------- the endings that nobody measured, drawn


def _drawn_counts(
    tables: StationTables, times: int, *, in_weeks: bool
) -> dict[Group, dict[str, Array]]:
    """By group how many were drawn (`all`, `cases`) and how many fell out how (times each)."""
    counts: dict[Group, dict[str, Array]] = {}
    for missing in _missing_by_scale(tables):
        scores = _drawn_scores(tables, missing, times, in_weeks=in_weeks)
        fell_out = _judged(missing, scores)
        for groups, number in _groups(missing):
            for place, group in enumerate(groups):
                mine = number == place
                so_far = counts.setdefault(group, _none_yet(times))
                so_far["all"] = so_far["all"] + int(mine.sum())
                so_far["cases"] = so_far["cases"] + int((mine & missing["is_case"]).sum())
                for indicator, flags in fell_out.items():
                    so_far[indicator] = so_far[indicator] + flags[mine].sum(axis=0)
    return counts


def _none_yet(times: int) -> dict[str, Array]:
    nothing: dict[str, Array] = {"all": np.array(0), "cases": np.array(0)}
    return nothing | {name: np.zeros(times, dtype=np.int64) for name in INDICATORS}


def _groups(missing: Mapping[str, Array]) -> Iterator[tuple[list[Group], Array]]:
    """The units that the episodes belong to, and of each episode the place of its own."""
    clinics, teams, quarters = missing["clinic"], missing["team"], missing["quarter"]
    places: tuple[list[Group], ...] = (
        [(None, None, quarter) for quarter in quarters],
        [(clinic, None, quarter) for clinic, quarter in zip(clinics, quarters, strict=True)],
        [
            (clinic, team, quarter) if team else ("", "", quarter)
            for clinic, team, quarter in zip(clinics, teams, quarters, strict=True)
        ],
    )
    for keys in places:
        found = list(dict.fromkeys(keys))
        number = {key: place for place, key in enumerate(found)}
        yield found, np.array([number[key] for key in keys])


def _missing_by_scale(tables: StationTables) -> Iterator[dict[str, Array]]:
    """Episodes that ended unmeasured, by scale with a growth model, as columns."""
    rows = tables.read(_MISSING)
    by_scale: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        by_scale.setdefault((row["instrument"], row["scale"]), []).append(row)
    for mine in by_scale.values():
        columns: dict[str, Array] = {
            name: np.array([row[name] for row in mine]) for name in mine[0]
        }
        columns["team"] = np.array([row["team"] for row in mine], dtype=object)
        columns["key"] = columns["key"].astype(np.uint64)
        yield columns


def _drawn_scores(
    tables: StationTables, missing: Mapping[str, Array], times: int, *, in_weeks: bool
) -> Array:
    """(m x times) last scores as forms could show them."""
    growth = Growth(
        fixed=np.stack([missing[name].astype(float) for name in ("b0", "b1", "b2", "b3")], axis=1),
        covariance=np.array(
            [
                [missing["g00"][0], missing["g01"][0]],
                [missing["g01"][0], missing["g11"][0]],
            ]
        ),
        sigma=float(missing["sigma"][0]),
    )
    forms = _forms(tables, missing, in_weeks=in_weeks)
    last = np.ones(len(missing["key"]))
    np.maximum.at(last, forms["course"], forms["place"])
    covered = int(missing["covered"][0])
    observed = Observed(forms["course"], _time(forms["place"], covered), forms["score"])
    end = _time(_end_places(tables, missing, last), covered)
    centred = missing["baseline_score"] - missing["centre"]
    mean, sd = predicted(growth, centred, observed, end)
    return on_scale(
        draws(missing["key"], mean, sd, times),
        float(missing["unit"][0]),
        missing["minimum"].astype(float),
        missing["maximum"].astype(float),
    )


def _time(place: Array, covered: int) -> Array:
    return np.asarray(np.log(np.clip(place, 1, covered)))


def _end_places(tables: StationTables, missing: Mapping[str, Array], last: Array) -> Array:
    """Where each course ended: at its attended sessions, else where those end that came as far."""
    places = tables.read_columns(f"""
        select expected_last from growth_place
        where instrument = '{missing["instrument"][0]}' and scale = '{missing["scale"][0]}'
        order by place
    """)["expected_last"]
    row = np.clip(last, 1, len(places)).astype(np.int64) - 1
    expected = np.maximum(places[row], last + 1)
    attended = missing["attended_sessions"].astype(float)
    return np.asarray(np.where(attended > last, attended, expected))


def _forms(
    tables: StationTables, missing: Mapping[str, Array], *, in_weeks: bool
) -> dict[str, Array]:
    """The scores after the baseline of these episodes; their course is the place among them."""
    place = "1 + date_diff('day', baseline.baseline_at, course.measured_at) // 7"
    rows = tables.read_tuples(f"""
        with missing as ({_MISSING_KEYS})
        select md5_number_lower(concat_ws('|', course.clinic_id, course.patient_id,
                course.episode_id, course.instrument, course.scale))::varchar as key,
            ({place if in_weeks else "course.counted_session"})::double as place,
            course.score
        from course
        inner join baseline using (clinic_id, patient_id, episode_id, instrument, scale)
        semi join missing using (clinic_id, patient_id, episode_id, instrument, scale)
        where not course.is_baseline
            and course.instrument = '{missing["instrument"][0]}'
            and course.scale = '{missing["scale"][0]}'
        order by key, course.measured_at, course.assessment_id
    """)
    number = {int(key): place for place, key in enumerate(missing["key"])}
    kept = [(number[int(key)], at, score) for key, at, score in rows if int(key) in number]
    return {
        "course": np.array([row[0] for row in kept], dtype=np.int64),
        "place": np.array([row[1] for row in kept], dtype=float),
        "score": np.array([row[2] for row in kept], dtype=float),
    }


def _judged(missing: Mapping[str, Array], scores: Array) -> dict[str, Array]:
    """(m x times) flags by indicator: how each drawn ending would be judged."""
    direction = missing["direction"][:, None]
    gain = np.round(direction * (scores - missing["baseline_score"][:, None]), 6)
    points, inclusive = missing["threshold"][:, None], missing["is_inclusive"][:, None]
    better = (gain > points) | (inclusive & (gain == points))
    worse = (-gain > points) | (inclusive & (-gain == points))
    # On which side of the cut-off the clinical range lies, and whether it holds the cut-off.
    beyond = np.where(missing["is_clinical_above"], 1, -1)[:, None] * (
        scores - missing["cutoff"].astype(float)[:, None]
    )
    is_case = (beyond > 0) | (missing["holds_cutoff"][:, None] & (beyond == 0))
    healthy = missing["is_case"][:, None] & ~is_case
    return {
        "reliable_improvement": better,
        "deterioration": worse,
        "recovery": healthy,
        "reliable_recovery": healthy & better,
    }


_MISSING_KEYS = """
    select clinic_id, patient_id, episode_id, instrument, scale
    from quality_episode
    where is_closed and has_baseline and not is_paired
"""
_MISSING = """
    select quality_episode.instrument, quality_episode.scale,
        quality_episode.unit_clinic_id as clinic, quality_episode.team_id as team,
        date_trunc('quarter', quality_episode.ended_on)::date as quarter,
        md5_number_lower(concat_ws('|', quality_episode.clinic_id, quality_episode.patient_id,
            quality_episode.episode_id, quality_episode.instrument, quality_episode.scale))
            as key,
        coalesce(quality_episode.attended_sessions, 0) as attended_sessions,
        baseline.baseline_score, coalesce(quality_episode.is_case, false) as is_case,
        yardstick.direction, yardstick.threshold, yardstick.threshold_rule = '>=' as is_inclusive,
        coalesce(yardstick.cutoff, 'nan') as cutoff,
        coalesce(yardstick.cutoff_rule in ('>', '>='), false) as is_clinical_above,
        coalesce(yardstick.cutoff_rule in ('<=', '>='), false) as holds_cutoff,
        instrument_scale.minimum, instrument_scale.maximum,
        growth_model.intercept as b0, growth_model.baseline_effect as b1,
        growth_model.time_effect as b2, growth_model.baseline_time_effect as b3,
        growth_model.intercept_variance as g00,
        growth_model.intercept_time_covariance as g01, growth_model.time_variance as g11,
        growth_model.residual_sd as sigma, growth_model.centre,
        growth_model.last_covered as covered, growth_model.unit
    from quality_episode
    inner join baseline using (clinic_id, patient_id, episode_id, instrument, scale)
    inner join growth_model using (clinic_id, instrument, scale)
    inner join instrument_scale using (instrument, scale)
    inner join yardstick using (clinic_id, instrument, scale)
    where quality_episode.is_closed and quality_episode.has_baseline
        and not quality_episode.is_paired
        and growth_model.refused is null and yardstick.method = 'JT'
    order by quality_episode.instrument, quality_episode.scale, key
"""
_UNITS = """
    with
    of_unit as (
        select unit.unit_kind, unit.clinic_id, unit.team_id,
            date_trunc('quarter', episode.ended_on)::date as quarter,
            coalesce(episode.has_baseline, false) as has_baseline,
            coalesce(episode.has_baseline and episode.is_case, false) as is_case,
            coalesce(episode.is_paired, false) as is_paired,
            coalesce(episode.class, 'unchanged') as class,
            coalesce(episode.is_recovered, false) as is_recovered
        from quality_episode as episode
        cross join lateral (
            values ('service', null, null), ('clinic', episode.unit_clinic_id, null),
                ('team', episode.unit_clinic_id, episode.team_id)
        ) as unit (unit_kind, clinic_id, team_id)
        where episode.is_closed and (unit.unit_kind <> 'team' or unit.team_id is not null)
    ),
    counted as (
        select unit_kind, clinic_id, team_id, quarter,
            count(*) as episodes,
            count(*) filter (where not has_baseline) as without_baseline,
            count(*) filter (where has_baseline) as all_with_baseline,
            count(*) filter (where is_case) as cases_with_baseline,
            count(*) filter (where is_paired) as all_paired,
            count(*) filter (where is_paired and is_case) as cases_paired,
            count(*) filter (where is_paired and class in ('recovered', 'improved'))
                as reliable_improvement_paired,
            count(*) filter (where class in ('recovered', 'improved'))
                as reliable_improvement_last,
            count(*) filter (where is_paired and class = 'deteriorated') as deterioration_paired,
            count(*) filter (where class = 'deteriorated') as deterioration_last,
            count(*) filter (where is_paired and is_recovered) as recovery_paired,
            count(*) filter (where is_recovered) as recovery_last,
            count(*) filter (where is_paired and class = 'recovered')
                as reliable_recovery_paired,
            count(*) filter (where class = 'recovered') as reliable_recovery_last
        from of_unit
        group by all
    )
    select counted.*, quality_unit.unit
    from counted
    inner join quality_unit
        on counted.unit_kind = quality_unit.unit_kind
        and counted.clinic_id is not distinct from quality_unit.clinic_id
        and counted.team_id is not distinct from quality_unit.team_id
        and counted.quarter = quality_unit.quarter
        and quality_unit.is_shown
    order by counted.unit_kind, quality_unit.unit, counted.quarter
"""
