"""305_yardstick: by what change is judged, per clinic, scale and method.

Published values come from the instrument tables. Local ones are computed from
each clinic's own baselines, and those about the end of treatment from its
closed episodes; reliability and functional norms are the instrument's then
too, since totals tell neither. Which of the two is one setting for all, so
that a report never holds both.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from flows.errors import ExitCode, OpKoersError
from flows.instruments import Instrument, Scale
from flows.settings import Change, TalkingTherapies
from flows.station import Inputs, StationTables
from flows.stations.change_method import COLUMNS, Known, Limit, yardsticks
from flows.statistics.sample import Pairs, Sample, pairs_of, sample_of

READS = ("baseline", "pair", "instrument_scale")
WRITES = ("yardstick", "talking_therapies_measure")

Row = dict[str, Any]
Place = tuple[str, str, str]
"""Clinic, instrument, scale."""

PLACE = {"clinic_id": "VARCHAR", "instrument": "VARCHAR", "scale": "VARCHAR"}
MEASURE = {
    "role": "VARCHAR",
    "preference": "INTEGER",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "direction": "INTEGER",
    "caseness": "DOUBLE",
    "caseness_rule": "VARCHAR",
    "reliable_change_points": "DOUBLE",
    "reliable_change_rule": "VARCHAR",
}


def make(tables: StationTables, inputs: Inputs) -> None:
    """Rows for every clinic and scale with a baseline; the measures of NHS Talking Therapies."""
    choices = inputs.settings.change
    scales = {
        (row["instrument"], row["scale"]): row
        for row in tables.read("select * from instrument_scale")
    }
    places = _places(tables)
    known = {place: _published(scales[place[1:]], inputs) for place in places}
    if choices.values == "local":
        known = _local(known, tables, choices)
    rows = [
        dict(zip(PLACE, place, strict=True)) | row
        for place in places
        for row in yardsticks(known[place], choices)
    ]
    tables.write("yardstick", PLACE | COLUMNS, rows)
    _refuse_unknown_measures(inputs)
    measures = list(_measures(inputs.settings.talking_therapies, scales))
    tables.write("talking_therapies_measure", MEASURE, measures)


def _places(tables: StationTables) -> list[Place]:
    found = tables.read_tuples("select distinct clinic_id, instrument, scale from baseline")
    return sorted((clinic, instrument, scale) for clinic, instrument, scale in found)


# ---------- published


def _published(scale: Mapping[str, Any], inputs: Inputs) -> Known:
    """What the instrument's file says of a scale, a row of instrument_scale."""
    instrument = inputs.instruments[scale["instrument"]]
    told = next(each for each in instrument.scale if each.id == scale["scale"])
    difference, percentage = important_difference(told)
    return Known(
        direction=scale["direction"],
        scope="published",
        reliable_change=_limit(scale, "reliable_change_points", "reliable_change_rule"),
        cutoff=_limit(scale, "cutoff", "cutoff_rule"),
        s_diff=scale["s_diff"],
        reliability=scale["reliability"],
        mean_before=scale["clinical_mean"],
        sd_before=scale["clinical_sd"],
        functional_mean=scale["functional_mean"],
        functional_sd=scale["functional_sd"],
        important_difference=difference,
        important_percentage=percentage,
        minimum=scale["minimum"],
        is_alliance=_is_alliance(instrument),
    )


def _limit(scale: Mapping[str, Any], value: str, rule: str) -> Limit | None:
    return None if scale[value] is None else Limit(scale[value], scale[rule])


def _is_alliance(instrument: Instrument) -> bool:
    return instrument.measures == "alliance"


def important_difference(scale: Scale) -> tuple[float | None, float | None]:
    """The minimal important difference that is published, in points or in percent of the baseline.

    Only where the source gives one number: of a range nobody can tell which to take.
    """
    for statement in scale.published:
        if statement.kind == "minimal important difference":
            points = re.fullmatch(r"(\d+(?:\.\d+)?)", statement.value)
            percent = re.fullmatch(r"(\d+(?:\.\d+)?) % of the score at baseline", statement.value)
            return _number(points), _number(percent)
    return None, None


def _number(found: re.Match[str] | None) -> float | None:
    return float(found.group(1)) if found else None


# ---------- local


def _local(
    known: Mapping[Place, Known], tables: StationTables, choices: Change
) -> dict[Place, Known]:
    """The same with the clinics' own numbers in place of every published threshold."""
    intakes, pairs = _intakes(tables), _pairs(tables)
    return {
        place: with_own_values(each, intakes.get(place), pairs.get(place), choices.minimum_intakes)
        for place, each in known.items()
    }


def with_own_values(
    known: Known, intake: Sample | None, pairs: Pairs | None, minimum: int
) -> Known:
    """A clinic's own numbers in place of the published ones.

    Of a group that is smaller than the minimum nothing is told but how small it is.
    """
    counted = replace(
        known,
        scope="local",
        reliable_change=None,
        cutoff=None,
        s_diff=None,
        mean_before=None,
        sd_before=None,
        intakes=intake.n if intake else 0,
        pairs=pairs.before.n if pairs else 0,
    )
    if intake is None or intake.n < minimum:
        return counted
    own = replace(counted, intake=intake, mean_before=intake.mean, sd_before=intake.sd)
    return own if pairs is None or pairs.before.n < minimum else _with_pairs(own, pairs)


def _with_pairs(known: Known, pairs: Pairs) -> Known:
    return replace(
        known,
        mean_paired=pairs.before.mean,
        sd_paired=pairs.before.sd,
        mean_after=pairs.after.mean,
        sd_after=pairs.after.sd,
        correlation=pairs.correlation,
    )


def _intakes(tables: StationTables) -> dict[Place, Sample | None]:
    """How often each score stands at a start: exact, and small however many patients."""
    counts: dict[Place, list[tuple[float, int]]] = defaultdict(list)
    for clinic, instrument, scale, score, often in tables.read_tuples("""
        select clinic_id, instrument, scale, baseline_score, count(*)
        from baseline
        group by all
        order by all
    """):
        counts[clinic, instrument, scale].append((score, often))
    return {place: sample_of(scores) for place, scores in counts.items()}


def _pairs(tables: StationTables) -> dict[Place, Pairs | None]:
    counts: dict[Place, list[tuple[float, float, int]]] = defaultdict(list)
    for clinic, instrument, scale, before, after, often in tables.read_tuples("""
        select clinic_id, instrument, scale, baseline, latest, count(*)
        from pair
        where is_closed
        group by all
        order by all
    """):
        counts[clinic, instrument, scale].append((before, after, often))
    return {place: pairs_of(scores) for place, scores in counts.items()}


# ---------- NHS Talking Therapies


def _refuse_unknown_measures(inputs: Inputs) -> None:
    """A mistyped name would quietly leave every course without its second measure."""
    choices = inputs.settings.talking_therapies
    named = {choices.depression, *choices.anxiety, *choices.caseness, *choices.reliable_change}
    unknown = sorted(named - set(inputs.instruments))
    if unknown:
        raise OpKoersError(
            f"[talking_therapies] names '{unknown[0]}', which is no instrument",
            where=inputs.settings.home / "opkoers.toml",
            next_step="Mend its name; `opkoers instruments` lists them",
            exit_code=ExitCode.SETTINGS,
        )


def _measures(
    choices: TalkingTherapies, scales: Mapping[tuple[str, str], Mapping[str, Any]]
) -> Iterator[Row]:
    """The main scale of each measure, always with published values: they are a definition."""
    yield from _measure("depression", 1, choices.depression, choices, scales)
    for preference, instrument in enumerate(choices.anxiety, start=1):
        yield from _measure("anxiety", preference, instrument, choices, scales)


def _measure(
    role: str,
    preference: int,
    instrument: str,
    choices: TalkingTherapies,
    scales: Mapping[tuple[str, str], Mapping[str, Any]],
) -> Iterator[Row]:
    for (name, _), scale in scales.items():
        if name == instrument and scale["is_main"]:
            yield {
                "role": role,
                "preference": preference,
                **{key: scale[key] for key in ("instrument", "scale", "direction")},
                **_in_force(scale, "caseness", choices.caseness, "cutoff", "cutoff_rule"),
                **_in_force(
                    scale,
                    "reliable_change_points",
                    choices.reliable_change,
                    "reliable_change_points",
                    "reliable_change_rule",
                ),
            }


def _in_force(
    scale: Mapping[str, Any], name: str, chosen: Mapping[str, float], value: str, rule: str
) -> Row:
    """The setting's value, which counts itself; else the instrument's."""
    rule_name = name.removesuffix("_points") + "_rule"
    if scale["instrument"] in chosen:
        return {name: chosen[scale["instrument"]], rule_name: ">="}
    return {name: scale[value], rule_name: scale[rule]}
