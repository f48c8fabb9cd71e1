"""Growth models back from the tables that 320_growth_fit wrote."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from flows.station import StationTables
from flows.stations.followed_scale import FollowedScale, followed_scales
from flows.statistics.course import GrowthModel

READS = ("followed_course", "progress", "growth_model", "growth_place")

Row = dict[str, Any]


def fitted_scales(tables: StationTables) -> Iterator[tuple[FollowedScale, GrowthModel]]:
    """Each followed scale that has an expected course, with the model in force."""
    rows: dict[tuple[str, str], list[Row]] = {}
    places: dict[tuple[str, str], list[Row]] = {}
    for row in tables.read("select * from growth_model where refused is null"):
        rows.setdefault((row["instrument"], row["scale"]), []).append(row)
    for row in tables.read("select * from growth_place order by place"):
        places.setdefault((row["instrument"], row["scale"]), []).append(row)
    for scale in followed_scales(tables):
        key = (scale.instrument, scale.scale)
        if key in rows:
            yield scale, _model(scale, rows[key], places[key])


def _model(scale: FollowedScale, rows: list[Row], places: list[Row]) -> GrowthModel:
    first = rows[0]
    covariance = [
        [first["intercept_variance"], first["intercept_time_covariance"]],
        [first["intercept_time_covariance"], first["time_variance"]],
    ]
    effects = ("intercept", "baseline_effect", "time_effect", "baseline_time_effect")
    fixed = np.full((len(scale.clinics), len(effects)), np.nan)
    for row in rows:
        fixed[scale.clinics.index(row["clinic_id"])] = [row[name] for name in effects]
    bands = ("lower", "lower68", "upper68", "upper")
    return GrowthModel(
        centre=first["centre"],
        fixed=fixed,
        covariance=np.array(covariance),
        sigma=first["residual_sd"],
        covered=first["last_covered"],
        expected_last=np.array([row["expected_last"] for row in places]),
        quantiles=np.array([[row[name] for name in bands] for row in places]),
        unit=first["unit"],
    )
