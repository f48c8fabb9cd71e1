"""The stations about therapists on a large service, timed without making it."""

import json
import os
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import duckdb

from flows.settings import Settings
from flows.station import Inputs
from flows.warehouse import run_stations, therapist_lane
from tests.stations.treated import KNOWN, TABLES

FORMS = 8
COVARIATES = ("diagnosis_group", "setting", "earlier_treatment")


def main(therapists: int, episodes: int) -> None:
    """Print the seconds of each station."""
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        make(place / "warehouse.duckdb", therapists, episodes)
        inputs = cast(Inputs, SimpleNamespace(settings=Settings(home=place)))
        done = run_stations(
            place / "therapists.duckdb",
            therapist_lane(),
            inputs,
            beside=place / "warehouse.duckdb",
        )
    print(json.dumps({each.title: each.seconds for each in done}))


def make(file: Path, therapists: int, episodes: int) -> None:
    """Closed episodes of eight forms each, three covariates at intake, an alert in each."""
    with duckdb.connect(str(file)) as connection:
        for table, columns in TABLES.items():
            connection.execute(f"create table {table} ({columns})")
        connection.execute(KNOWN)
        connection.execute(f"""
            select setseed(0.5);
            create temp table made as
            select
                'a' as clinic_id, 'p' || i as patient_id, 'e' as episode_id,
                't' || (i % {therapists}) as therapist_id, i,
                round(16 + 5 * sqrt(-2 * ln(1 - random())) * cos(6.283185 * random()), 1)
                    as baseline,
                6 * sqrt(-2 * ln(1 - random())) * cos(6.283185 * random())
                + (hash(i % {therapists}) % 100) / 50.0 as rest,
                timestamp '2024-01-01' + to_days((i % 800)::integer) as started_at
            from range({episodes}) as numbers (i);
            insert into episode
            select clinic_id, patient_id, episode_id, therapist_id, started_at,
                started_at + interval 49 day, true, started_at + interval 60 day,
                if(i % 6 = 0, 'patient_unilateral', 'planned'), null, 'individual'
            from made;
            insert into change
            select clinic_id, patient_id, episode_id, 'phq-9', 'total', 'JT', baseline,
                round(6 + 0.5 * (baseline - 16) + rest), started_at,
                case when rest > 9 then 'deteriorated' when rest < 3 then 'improved'
                    else 'unchanged' end
            from made;
            insert into baseline
            select clinic_id, patient_id, episode_id, 'phq-9', 'total', baseline, 'patient'
            from made;
            insert into baseline
            select clinic_id, patient_id, episode_id, 'ors', 'total', 30 - baseline, 'patient'
            from made where i % 20 <> 0;
            insert into patient
            select clinic_id, patient_id, 1950 + i % 50, if(hash(i) % 3 = 0, 'male', 'female')
            from made;
            insert into assessment
            select clinic_id, patient_id, episode_id,
                if(i % 20 = 0 and form > 5, 't' || ((i + 1) % {therapists}), therapist_id), form,
                started_at + to_days((7 * form)::integer), false
            from made, range(1, {FORMS + 1}) as forms (form);
            insert into score
            select clinic_id, patient_id, episode_id, 'phq-9', 'total', form, form,
                started_at + to_days((7 * form)::integer), round(baseline - form * 0.7), baseline,
                false
            from made, range(1, {FORMS + 1}) as forms (form);
            insert into alert
            select clinic_id, therapist_id, 'off_course', null, null, 'back_on_course', false
            from made;
        """)
        for place, name in enumerate(COVARIATES):
            connection.execute(f"""
                insert into intake
                select clinic_id, patient_id, null, '{name}',
                    'level ' || (hash(i + {place}) % 4), null
                from made where hash(i * 7 + {place}) % 10 > 0
            """)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
