"""The tables beside answers that an export can hold: patients, episodes, appointments and others.

Each is data: which shared ids it has, what tells its records apart, and what
its columns may hold. `entity_records.py` reads them, `flows/stations/entity.py`
makes them views, sql/12x decide what is in force.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from flows.errors import ExitCode, OpKoersError
from flows.landing.source import WITHOUT_PATIENT, Cell, Source, TableName

Kind = Literal["text", "date", "moment", "count", "year", "yes_no", "choice"]

SQL_TYPES: Mapping[Kind, str] = {
    "text": "VARCHAR",
    "date": "DATE",
    "moment": "TIMESTAMP",
    "count": "INTEGER",
    "year": "INTEGER",
    "yes_no": "BOOLEAN",
    "choice": "VARCHAR",
}
HEADS = ("clinic_id", "patient_id", "therapist_id", "episode_id", "group_id")
OF_ANSWERS = ("session_no", "respondent", "record_id", "measured_at")


@dataclass(frozen=True)
class Column:
    """What a column holds: for a choice one of `choices`, in lower case.

    What `is_past` cannot lie after the day of landing.
    """

    kind: Kind
    choices: tuple[str, ...] = ()
    is_past: bool = False

    @property
    def sql_type(self) -> str:
        return SQL_TYPES[self.kind]


@dataclass(frozen=True)
class Entity:
    """One table: the shared ids it can have, and its own columns.

    `key` tells records apart; of those columns `optional` ones may be empty.
    `needed` must be there in every record as well.
    """

    table: TableName
    view: str
    heads: tuple[str, ...]
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    optional: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    has_covariates: bool = False

    @property
    def filled_in(self) -> tuple[str, ...]:
        """Ids and columns without which a record cannot land."""
        return tuple(n for n in (*self.key, *self.needed) if n not in self.optional)

    @property
    def archived(self) -> dict[str, str]:
        """Columns of the table in the archive and their types, without those about the file."""
        own = {name: column.sql_type for name, column in self.columns.items()}
        if self.has_covariates:
            own = {"covariate": "VARCHAR", "value": "VARCHAR", "number": "DOUBLE"}
        return {**dict.fromkeys(self.heads, "VARCHAR"), **own}


TEXT, DATE, COUNT, YES_NO = Column("text"), Column("date"), Column("count"), Column("yes_no")

SEXES = ("female", "male", "other", "unknown")
FORMATS = ("individual", "couple", "group", "online")
END_REASONS = ("planned", "patient_unilateral", "referral", "death", "admin", "unknown")
# Reasons without a measurement of the SBG [VC]: the patient was approached (01 to 05) or was not.
NON_RESPONSE_REASONS = (
    *("01", "02", "02a", "02b", "03", "04", "05"),
    *("06", "06a", "06b", "07", "08", "09", "09a", "09b", "10"),
)

_OF_EPISODE = ("clinic_id", "patient_id", "episode_id")
_OF_TREATMENT = (*_OF_EPISODE, "therapist_id", "group_id")

ENTITIES: Mapping[str, Entity] = {
    each.table: each
    for each in (
        Entity(
            "patients",
            "landed_patient",
            heads=("clinic_id", "patient_id"),
            key=("clinic_id", "patient_id"),
            columns={"birth_year": Column("year"), "sex": Column("choice", SEXES)},
        ),
        Entity(
            "episodes",
            "landed_episode",
            heads=_OF_TREATMENT,
            key=_OF_EPISODE,
            columns={
                "started_on": DATE,
                "ended_on": DATE,
                "end_reason": Column("choice", END_REASONS),
                "track": TEXT,
                "format": Column("choice", FORMATS),
                "indicated_treatment": TEXT,
                "given_treatment": TEXT,
                "planned_sessions": COUNT,
                "waiting_days": COUNT,
                "goals_agreed": YES_NO,
            },
        ),
        Entity(
            "appointments",
            "landed_appointment",
            heads=_OF_TREATMENT,
            key=("clinic_id", "patient_id", "starts_at"),
            columns={"starts_at": Column("moment"), "attended": YES_NO, "minutes": COUNT},
        ),
        Entity(
            "groups",
            "landed_group",
            heads=("clinic_id", "group_id", "therapist_id"),
            key=("clinic_id", "group_id"),
            columns={"name": TEXT, "started_on": DATE, "ended_on": DATE},
        ),
        Entity(
            "therapists",
            "landed_therapist",
            heads=("clinic_id", "therapist_id"),
            key=("clinic_id", "therapist_id"),
            columns={"team_id": TEXT, "supervisor_id": TEXT, "is_trainee": YES_NO},
        ),
        Entity(
            "non_response",
            "landed_non_response",
            heads=_OF_EPISODE,
            key=(*_OF_EPISODE, "noted_at", "instrument"),
            columns={
                "noted_at": Column("moment", is_past=True),
                "instrument": TEXT,
                "reason_code": Column("choice", NON_RESPONSE_REASONS),
            },
            optional=("episode_id", "instrument"),
            needed=("reason_code",),
        ),
        Entity(
            "intake",
            "landed_intake",
            heads=_OF_EPISODE,
            key=_OF_EPISODE,
            columns={},
            optional=("episode_id",),
            has_covariates=True,
        ),
    )
}

# Without it nobody could say which appointments were sessions.
_MUST_BE_NAMED = {"appointments": ("attended",)}


def prove_source(source: Source) -> None:
    """Raises OpKoersError when a source of an entity table names what that table does not have."""
    entity = ENTITIES[source.table]
    for mistake in _mistakes(source, entity):
        raise OpKoersError(
            mistake,
            where=f"sources/{source.name}.toml",
            next_step="Mend it; flows/landing/README.md lists what each table holds",
            exit_code=ExitCode.SOURCE,
        )


def _mistakes(source: Source, entity: Entity) -> Iterator[str]:
    """What cannot be in a source of this table, in the order in which a reader meets it."""
    for head in (*HEADS, *OF_ANSWERS):
        if getattr(source, head) is not None and head not in entity.heads:
            yield f"a source of {entity.table} has no key '{head}'"
    for head in entity.heads:
        if head in entity.filled_in and getattr(source, head) is None:
            yield f"the key '{head}' is missing"
    for name in source.columns:
        if not entity.has_covariates and name not in entity.columns:
            known = ", ".join(entity.columns)
            yield f"{entity.table} have no column '{name}', only: {known}"
    for name in (*entity.filled_in, *_MUST_BE_NAMED.get(entity.table, ())):
        if name not in entity.heads and name not in source.columns:
            yield f"[columns] needs '{name}'"
    if entity.has_covariates and not source.columns:
        yield "[columns] needs one covariate at least"
    if source.patient_ids == "real" and entity.table in WITHOUT_PATIENT:
        yield f"{entity.table} have no patients whose ids could be real"


def columns_of(source: Source) -> dict[str, tuple[Column, Cell]]:
    """The columns that a source gives of its table, in the order of the table."""
    entity = ENTITIES[source.table]
    if entity.has_covariates:
        return {name: (TEXT, cell) for name, cell in source.columns.items()}
    return {
        name: (column, source.columns[name])
        for name, column in entity.columns.items()
        if name in source.columns
    }


def needed_columns(source: Source) -> tuple[str, ...]:
    """Every column of the export that a source of an entity table names, without repeats."""
    fields = [getattr(source, head) for head in ENTITIES[source.table].heads]
    fields += [cell for _, cell in columns_of(source).values()]
    names = [field.column for field in fields if field is not None and field.column]
    names += [skip.column for skip in source.skip]
    names += [withdrawal.column for withdrawal in source.withdraw]
    return tuple(dict.fromkeys(names))
