"""The front: writes a synthetic service into a home, a chunk of patients at a time."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from flows.demo import truth
from flows.demo.answers import Moments, draw_moments
from flows.demo.companions import AGENDA, GROWING, TEAMS, companion_lines, team_lines
from flows.demo.courses import Courses, draw_courses, leftover_variance, together
from flows.demo.deliveries import AT_ONCE, Deliveries, delivered_on, file_on
from flows.demo.exports import (
    BLOCKS,
    DIALECTS,
    PLANS,
    Dialect,
    Export,
    Labels,
    export_of,
    is_answered,
    labels_of,
)
from flows.demo.home import delivery_folder, disk_mishaps, new_file, prepare_home
from flows.demo.planted import chosen_lines, plant
from flows.demo.service import Therapists, draw_intake, draw_returns, draw_therapists
from flows.demo.simulation import PATIENTS_PER_CHUNK, Ints, Simulation, Streams
from flows.errors import ExitCode, OpKoersError

FEWEST_PATIENTS, MOST_PATIENTS = 30, 1_000_000


@dataclass(frozen=True)
class DemoSummary:
    """Counts of a synthetic service; `records` is lines without the header, per file.

    `assessments` are questionnaires filled in (in whole or in part) as
    simulated, before errors were planted; `closed_per_therapist` counts
    episodes whose last session lies behind us.
    """

    patients: int
    therapists: int
    episodes: int
    closed_episodes: int
    in_treatment: int
    measured_sessions: int
    assessments: int
    planted_errors: int
    records: dict[str, int]
    closed_per_therapist: dict[str, int]


@dataclass
class _Tally:
    team: Therapists
    episodes: int = 0
    measured: int = 0
    assessments: int = 0
    planted: int = 0
    records: dict[str, int] = field(default_factory=dict)
    closed: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def add(self, courses: Courses, moments: Moments) -> None:
        self.episodes += len(courses.intake)
        self.measured += len(moments)
        self.assessments += sum(int(is_answered(moments.answers, b).sum()) for b in BLOCKS)
        ended = courses.intake.therapist[courses.ended]
        closed = np.bincount(ended, minlength=len(self.team.clinic))
        self.closed = closed if len(self.closed) == 0 else self.closed + closed

    def summary(self, patients: int) -> DemoSummary:
        closed = int(self.closed.sum())
        return DemoSummary(
            patients=patients,
            therapists=len(self.team.clinic),
            episodes=self.episodes,
            closed_episodes=closed,
            in_treatment=self.episodes - closed,
            measured_sessions=self.measured,
            assessments=self.assessments,
            planted_errors=self.planted,
            records=dict(self.records),
            closed_per_therapist=dict(zip(self.team.ids, self.closed.tolist(), strict=True)),
        )


def write_demo(
    home: Path,
    *,
    patients: int = 3000,
    seed: int = 20261116,
    deliveries: Deliveries = AT_ONCE,
    progress: Callable[[int, int], None] | None = None,
) -> DemoSummary:
    """Makes `home` a simulated service of `patients`; the same seed gives the same bytes.

    Writes opkoers.toml, sources/, inbox/ and truth/ (which the pipeline never
    reads). Of several `deliveries` each waits in a folder of its day, outside
    the inbox, until `land_deliveries` brings it in. `progress` gets (patients
    done, patients) after each chunk. Raises OpKoersError for an impossible
    number, a home that is really in use, or one that cannot be written; no
    export file then appears half made.
    """
    _check(patients, seed)
    sim, streams = Simulation(), Streams(seed)
    team = _team(sim, streams)
    tally = _Tally(team)
    with disk_mishaps(home), ExitStack() as stack:
        prepare_home(home, deliveries.alerts_from)
        files = _open_files(stack, home, deliveries, tally)
        files["therapists"].write(truth.therapist_rows(team, sim))
        _append(files, tally, file_on(TEAMS.stem, deliveries.beside[0]), team_lines(team))
        for number, start in enumerate(range(1, patients + 1, PATIENTS_PER_CHUNK)):
            last = min(start + PATIENTS_PER_CHUNK - 1, patients)
            numbers = np.arange(start, last + 1)
            courses, moments = _simulated(sim, streams, number, team, numbers, patients)
            labels = labels_of(courses, team, patients)
            tally.add(courses, moments)
            files["patients"].write(truth.patient_rows(courses, labels, moments))
            files["events"].write(truth.event_rows(courses, labels, moments))
            rng = streams.stream("planted", number)
            _write_exports(rng, files, tally, deliveries, courses, labels, moments)
            rng = streams.stream("companions", number)
            days = deliveries.beside
            for file, lines in companion_lines(rng, sim, courses, labels, days).items():
                _append(files, tally, file, lines)
            if progress:
                progress(last, patients)
    _take_away_empty(home, deliveries, tally)
    return tally.summary(patients)


def _take_away_empty(home: Path, deliveries: Deliveries, tally: _Tally) -> None:
    """Of a small service some files would hold nobody; nobody sends those."""
    for name, (day, _) in _exports(deliveries).items():
        if tally.records[name] == 0:
            (_place(home, deliveries, day) / name).unlink()
            del tally.records[name]


def _check(patients: int, seed: int) -> None:
    if not FEWEST_PATIENTS <= patients <= MOST_PATIENTS:
        raise OpKoersError(
            f"a synthetic service of {patients} patients cannot be made",
            next_step=f"Choose between {FEWEST_PATIENTS} and {MOST_PATIENTS}",
            exit_code=ExitCode.USAGE,
        )
    if seed < 0:
        raise OpKoersError(
            "a seed cannot be negative", next_step="Choose 0 or more", exit_code=ExitCode.USAGE
        )


def _team(sim: Simulation, streams: Streams) -> Therapists:
    """Therapists who make up `sim.therapist_share` of the variance of the true end level.

    That is the share at mean severity, of the variance that the baseline
    leaves, over completers; it is larger for severe patients, and smaller in
    measured scores, whose own noise it is diluted by.
    """
    without = draw_therapists(streams.stream("therapists"), sim, 0.0)
    rest = leftover_variance(streams.stream("calibration"), sim, without)
    share = sim.therapist_share / (1 - sim.therapist_share)
    return draw_therapists(streams.stream("therapists"), sim, float(np.sqrt(share * rest)))


def _simulated(
    sim: Simulation, streams: Streams, number: int, team: Therapists, who: Ints, patients: int
) -> tuple[Courses, Moments]:
    """First and second episodes of a chunk of patients, and what was measured in them."""
    rng = streams.stream("chunk", number)
    intake = draw_intake(rng, sim, team, who, patients)
    first = draw_courses(rng, sim, team, intake)
    last = first.day[np.arange(len(intake)), first.traits.attended - 1]
    second = draw_courses(rng, sim, team, draw_returns(rng, sim, intake, last // 7))
    courses = together(first, second)
    return courses, draw_moments(rng, sim, courses)


def _open_files(
    stack: ExitStack, home: Path, deliveries: Deliveries, tally: _Tally
) -> dict[str, BinaryIO]:
    """Export files by their name and truth files by their stem, each with its header."""
    files: dict[str, BinaryIO] = {}
    for name, (day, header) in _exports(deliveries).items():
        file = _place(home, deliveries, day) / name
        files[name] = stack.enter_context(new_file(file))
        files[name].write(header)
        tally.records[name] = 0
    readme = stack.enter_context(new_file(home / "truth" / "README.md"))
    readme.write(truth.README.encode())
    for stem, columns in truth.FILES.items():
        files[stem] = stack.enter_context(new_file(home / "truth" / f"{stem}.csv"))
        files[stem].write(truth.header(columns))
    return files


def _place(home: Path, deliveries: Deliveries, day: int) -> Path:
    """Where a file of that day lies: one delivery in the inbox, each of several by itself."""
    return delivery_folder(home, day) if len(deliveries.days) > 1 else home / "inbox"


def _exports(deliveries: Deliveries) -> dict[str, tuple[int, bytes]]:
    """Day of delivery and header of each file that is delivered."""
    exports = {
        dialect.file(day): (day, dialect.header())
        for dialect in DIALECTS
        for day in deliveries.of_clinic[dialect.clinic]
    }
    for beside in (PLANS, *GROWING):
        exports |= {file_on(beside.stem, day): (day, beside.header()) for day in deliveries.beside}
    for beside, day in ((AGENDA, deliveries.beside[-1]), (TEAMS, deliveries.beside[0])):
        exports[file_on(beside.stem, day)] = (day, beside.header())
    return exports


def _write_exports(
    rng: np.random.Generator,
    files: dict[str, BinaryIO],
    tally: _Tally,
    deliveries: Deliveries,
    courses: Courses,
    labels: Labels,
    moments: Moments,
) -> None:
    clinic = courses.intake.clinic[moments.episode]
    for dialect in DIALECTS:
        export = export_of(dialect, labels, moments.of(clinic == dialect.clinic))
        days = deliveries.of_clinic[dialect.clinic]
        _write_export(rng, files, tally, dialect, export, days)
    for day, lines in PLANS.lines(courses, labels, deliveries.beside).items():
        _append(files, tally, file_on(PLANS.stem, day), lines)


def _write_export(
    rng: np.random.Generator,
    files: dict[str, BinaryIO],
    tally: _Tally,
    dialect: Dialect,
    export: Export,
    days: tuple[int, ...],
) -> None:
    """The lines of a clinic, each in the file of its day, with errors planted in some."""
    delivered = delivered_on(days, export.day)
    chosen = chosen_lines(rng, dialect, export, delivered)
    starts = np.searchsorted(delivered, np.array(days)).tolist()
    for day, start, end in zip(days, starts, [*starts[1:], len(delivered)], strict=True):
        here = {place - start: kind for place, kind in chosen.items() if start <= place < end}
        before = tally.records[dialect.file(day)] + 1
        lines, planted = plant(dialect, day, export.lines[start:end].tolist(), here, before)
        _append(files, tally, dialect.file(day), lines)
        files["planted_errors"].write(truth.planted_rows(planted))
        tally.planted += len(planted)


def _append(files: dict[str, BinaryIO], tally: _Tally, file: str, lines: list[bytes]) -> None:
    """Lines at the end of a file, counted."""
    files[file].write(b"\n".join([*lines, b""]) if lines else b"")
    tally.records[file] += len(lines)
