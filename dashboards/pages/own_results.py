"""What the file about therapists says of the viewer, as a page takes it: own rows and no others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied

from dashboards.access import Viewer
from dashboards.journal.progress import Owner, has_consented, has_supervisors_consent
from dashboards.therapist_file import NEEDS_CONSENT, own_rows
from dashboards.warehouse import NothingPublishedError, published_snapshot


@dataclass(frozen=True)
class Consent:
    """Whether the viewer is in training, and who said yes to the zone."""

    is_trainee: bool = False
    has_supervisor: bool = False
    own: bool = False
    supervisors: bool = False

    @property
    def is_given(self) -> bool:
        """For who is not in training nobody's yes is needed."""
        return not self.is_trainee or (self.own and self.supervisors)


@dataclass(frozen=True)
class Effect:
    """One row of `therapist_effect`; figures are None where they are not shown."""

    instrument: str
    scale: str
    period: str
    is_primary: bool
    is_trainee: bool
    supervisor_id: str | None
    n_episodes: int
    n_shared: int
    weighed_episodes: float
    estimate: float | None
    lower: float | None
    upper: float | None
    estimate_sd: float | None
    lower_sd: float | None
    upper_sd: float | None
    distinguishable: bool | None
    shown: str
    reason: str
    simulated: bool

    @property
    def to_counts(self) -> int:
        """How many closed treatments more until counts are shown."""
        return _missing(settings.OPKOERS.therapist_progress.min_counts, self.weighed_episodes)

    @property
    def to_estimate(self) -> int:
        """How many closed treatments more until an estimate can be made."""
        return _missing(settings.OPKOERS.therapist_progress.min_estimate, self.weighed_episodes)

    @property
    def is_open(self) -> bool:
        """Whether anything about the treatments together is shown."""
        return self.shown in ("counts", "estimate")


@dataclass(frozen=True)
class ClosedCourse:
    """One own closed treatment; `distance` in SD, higher is more favourable than expected."""

    patient_id: str
    episode_id: str
    started_on: date
    ended_on: date
    n_sessions: int
    baseline: float
    last: float
    expected_last: float | None
    distance: float | None
    verdict: str | None
    share: float


@dataclass(frozen=True)
class Questionnaire:
    """What a scale is called, and which way is better on it: 1 higher, -1 lower."""

    name: str
    direction: int


@dataclass(frozen=True)
class OwnResults:
    """`effects` are those of the viewer, that of the primary questionnaire first."""

    consent: Consent
    effects: tuple[Effect, ...] = ()


def own_id(viewer: Viewer) -> str:
    """The viewer as therapist. Raises PermissionDenied for who treats nobody."""
    if not viewer.therapist_id:
        raise PermissionDenied
    return viewer.therapist_id


def owner_of(viewer: Viewer) -> Owner:
    """Raises PermissionDenied for who treats nobody, such as some supervisors."""
    return Owner(viewer.actor, viewer.clinic_id, own_id(viewer))


def own_results(viewer: Viewer) -> OwnResults:
    """What may be shown now; empty where no run has computed anything about therapists.

    Raises PermissionDenied as `own_rows` does.
    """
    try:
        closed = own_rows(viewer, "effect", consented=False)
    except NothingPublishedError:
        return OwnResults(Consent())
    consent = _consent(viewer, closed)
    is_opened = consent.is_trainee and consent.is_given
    rows = own_rows(viewer, "effect", consented=True) if is_opened else closed
    return OwnResults(consent, tuple(Effect(**row) for row in rows))


def rows_about(
    viewer: Viewer, query: str, effect: Effect, consent: Consent, **more: Any
) -> list[dict[str, Any]]:
    """Rows of a query about one of the viewer's scales."""
    scale = {"instrument": effect.instrument, "scale": effect.scale}
    return own_rows(viewer, query, consented=consent.is_given, **scale, **more)


def closed_courses(viewer: Viewer, effect: Effect, consent: Consent) -> list[ClosedCourse]:
    """The viewer's closed treatments on one scale, the last first."""
    rows = rows_about(viewer, "closed", effect, consent)
    return [ClosedCourse(verdict=row.pop("class"), **row) for row in rows]


def questionnaires() -> Mapping[tuple[str, str], Questionnaire]:
    """By instrument and scale."""
    return {
        (row["instrument"], row["scale"]): Questionnaire(row["short_name"], row["direction"])
        for row in published_snapshot().rows("progress_scale")
    }


def needs_consent(effect: Effect) -> bool:
    """Whether a trainee's zone waits for the two yeses."""
    return effect.shown == NEEDS_CONSENT


def _consent(viewer: Viewer, rows: Sequence[Mapping[str, Any]]) -> Consent:
    if not any(row["is_trainee"] for row in rows):
        return Consent()
    clinic_id, therapist_id = viewer.clinic_id, own_id(viewer)
    supervisor = next((row["supervisor_id"] for row in rows if row["supervisor_id"]), None)
    return Consent(
        is_trainee=True,
        has_supervisor=supervisor is not None,
        own=has_consented(clinic_id, therapist_id),
        supervisors=has_supervisors_consent(clinic_id, therapist_id, supervisor),
    )


def _missing(wanted: int, weighed: float) -> int:
    """An episode that was shared weighs less than one."""
    return max(ceil(wanted - weighed - 1e-9), 0)
