"""`opkoers explain ALERT_ID`: from an alert back to the lines of the files it came from.

Everything is read from the published snapshot, the journal and the archive; nothing is worked
out anew, and of no other patient anything is shown.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from dashboards.drawing import sentences
from dashboards.drawing.explained import label
from dashboards.drawing.formats import day, moment, number
from flows.errors import ExitCode, OpKoersError
from flows.journal import place_of, read_events
from flows.landing.sql_text import in_list, literal
from flows.settings import Settings
from flows.stations.answer import ANSWERED, SEEN, WITHDRAWN

Row = dict[str, Any]

_SECTIONS = {
    "alliance_rupture": ("alliance", "rupture", "repair"),
    "drop_out_risk": ("drop_out",),
    "no_reliable_improvement": ("no_improvement", "enough_dose"),
    "treatment_review": ("enough_dose",),
    "reliable_deterioration": ("deterioration",),
    "off_course": ("amber_level", "red_level"),
    "high_predicted_risk": ("high_risk", "predicted_risk"),
}
"""How the names of the settings begin that a kind is judged by."""

_OF_EPISODE = "clinic_id = ? and patient_id = ? and episode_id = ?"


@dataclass(frozen=True)
class Published:
    """An open snapshot; rows of a query as dictionaries."""

    connection: duckdb.DuckDBPyConnection

    def rows(self, query: str, *values: object) -> list[Row]:
        found: list[Row] = self.connection.execute(query, list(values)).to_arrow_table().to_pylist()
        return found


def explanation(settings: Settings, alert_id: str, language: str) -> Iterator[str]:
    """Lines of text about one alert.

    Raises OpKoersError where nothing was published yet, or no alert has that id.
    """
    with duckdb.connect(str(snapshot_of(settings)), read_only=True) as connection:
        published = Published(connection)
        alert = _alert(published, alert_id)
        for heading, lines in _parts(published, settings, alert, language):
            told = list(lines)
            if told:
                yield from ("", label(heading, language), *(f"  {line}" for line in told))


def snapshot_of(settings: Settings) -> Path:
    """The published snapshot now in force. Raises OpKoersError where nothing was published."""
    if not settings.snapshot.exists():
        raise OpKoersError(
            "nothing has been published yet",
            where=settings.home,
            next_step="Run `opkoers run` first",
            exit_code=ExitCode.NOTHING_PUBLISHED,
        )
    return settings.snapshot.resolve()


def _alert(published: Published, alert_id: str) -> Row:
    found = published.rows("select * from alert where alert_id = ?", alert_id)
    if not found:
        raise OpKoersError(
            "there is no published alert with that id",
            next_step="Take one from alerts.csv of a report, or from `opkoers export alert`",
            exit_code=ExitCode.USAGE,
        )
    return found[0]


def _parts(
    published: Published, settings: Settings, alert: Row, language: str
) -> Iterator[tuple[str, Iterator[str]]]:
    scores = _scores(published, alert)
    yield "alert", _state(alert, language)
    yield "why", iter([sentences.reason_sentence(json.loads(alert["reason"]), language)])
    yield "scores", (_score(row, language) for row in scores)
    yield "constants", _constants(published, alert, language)
    yield "model", _model(published, alert, language)
    yield "answers", _answers(settings, alert, language)
    yield "lines", _lines(published, settings, alert, language)


# ---------- the alert and its scores


def _state(alert: Row, language: str) -> Iterator[str]:
    kind = sentences.kind_name(alert["kind"], language)
    yield f"{kind} ({alert['alert_id']})"
    yield label(
        "about",
        language,
        patient=alert["patient_id"] or "-",
        clinic=alert["clinic_id"],
        episode=alert["episode_id"] or "-",
    )
    level = sentences.level_name(alert["level"], language)
    opened = day(alert["opened_at"], language)
    if alert["closed_at"] is None:
        yield label("open_since", language, level=level, opened=opened)
        return
    why = sentences.closed_reason_name(alert["closed_reason"], language)
    closed = day(alert["closed_at"], language)
    yield label("closed", language, level=level, opened=opened, closed=closed, why=why)


def _scores(published: Published, alert: Row) -> list[Row]:
    return published.rows(
        f"""
        select score.measured_at, score.session_no, score.assessment_no, score.score,
            score.measured_at = baseline.baseline_at as is_start, course.expected,
            course.lower, course.upper
        from score
        left join baseline using (clinic_id, patient_id, episode_id, instrument, scale)
        left join course
            on score.assessment_id = course.assessment_id and score.scale = course.scale
        where {_OF_EPISODE.replace("clinic_id", "score.clinic_id")}
            and score.instrument = ? and score.scale = ? and score.score is not null
        order by score.measured_at, score.assessment_no
        """,
        *_episode(alert),
        alert["instrument"],
        alert["scale"],
    )


def _episode(alert: Row) -> tuple[object, ...]:
    return alert["clinic_id"], alert["patient_id"], alert["episode_id"]


def _score(row: Row, language: str) -> str:
    counted = "measurement" if row["session_no"] is None else "session"
    place = label(counted, language, n=row["session_no"] or row["assessment_no"])
    parts = {name: row[name] for name in ("score", "expected", "lower", "upper")}
    told = {
        name: number(round(value, 1), language)
        for name, value in parts.items()
        if value is not None
    }
    told |= {"day": day(row["measured_at"], language), "place": place}
    if row["is_start"]:
        return label("start", language, **told)
    return label("score" if row["expected"] is None else "score_expected", language, **told)


# ---------- by what it is judged


def _constants(published: Published, alert: Row, language: str) -> Iterator[str]:
    if alert["kind"] == "critical_item":
        yield from _thresholds(published, alert, language)
    for row in published.rows(
        """
        select constant as name, value, source, evidence
        from instrument_constant
        where instrument = ? and coalesce(scale, ?) = ?
            and (constant like 'cutoff%' or constant like 'reliable_change%'
                or constant like 'low_alliance%')
        order by constant, value
        """,
        alert["instrument"],
        alert["scale"],
        alert["scale"],
    ):
        yield label("constant", language, **row)
    for row in published.rows("select * from setting order by section, name"):
        if row["name"].startswith(_SECTIONS.get(alert["kind"], ("none",))):
            name = f"[{row['section']}] {row['name']}"
            parts = {"value": row["value"], "source": row["source"], "evidence": "opkoers.toml"}
            yield label("constant", language, name=name, **parts)


def _thresholds(published: Published, alert: Row, language: str) -> Iterator[str]:
    for row in published.rows(
        "select item, threshold as value from critical_item where instrument = ? and domain = ?",
        alert["instrument"],
        alert["domain"],
    ):
        yield label("threshold", language, item=row["item"], value=number(row["value"], language))


def _model(published: Published, alert: Row, language: str) -> Iterator[str]:
    if alert["kind"] not in ("off_course", "high_predicted_risk"):
        return
    for row in published.rows(
        """
        select model, episodes, fitted_until, population
        from growth_model
        where clinic_id = ? and instrument = ? and scale = ? and refused is null
        """,
        alert["clinic_id"],
        alert["instrument"],
        alert["scale"],
    ):
        yield label(
            "model_is",
            language,
            model=row["model"],
            episodes=number(row["episodes"], language),
            fitted_until=day(row["fitted_until"], language),
            population=label(f"of_{row['population']}", language),
        )


# ---------- what was done with it


def _answers(settings: Settings, alert: Row, language: str) -> Iterator[str]:
    told = {SEEN: "seen", ANSWERED: "answered", WITHDRAWN: "taken_back"}
    subject = (alert["clinic_id"], alert["patient_id"], alert["kind"])
    mine = [
        event
        for event in read_events(place_of(settings))
        if (event.clinic_id, event.patient_id, event.alert_kind) == subject
        and event.kind in told
        and event.payload.get("domain") in (None, alert["domain"])
        and (
            event.payload.get("alert_id") == alert["alert_id"]
            or _is_within(event.measured_at, alert)
        )
    ]
    for event in mine:
        action = sentences.action_name(str(event.payload.get("action")), language)
        at = moment(event.at.replace(tzinfo=None), language)
        yield label(told[event.kind], language, at=at, action=action)
    if not mine:
        yield label("nothing_done", language)


def _is_within(measured_at: datetime | None, alert: Mapping[str, Any]) -> bool:
    return measured_at is not None and (
        alert["opened_at"] <= measured_at <= alert["last_signal_at"]
    )


# ---------- the lines of the files


def _lines(published: Published, settings: Settings, alert: Row, language: str) -> Iterator[str]:
    """Per measurement the newest file that holds it, and the lines in it."""
    if alert["patient_id"] is None or alert["instrument"] is None:
        return
    receipts = published.rows(
        "select sha256 from receipt order by landed_at desc, name desc, sha256 desc"
    )
    order = {row["sha256"]: place for place, row in enumerate(receipts)}
    files = [file for sha in order if (file := _answers_of(settings, sha)).exists()]
    if not files:
        yield label("not_in_archive", language)
        return
    found = _landed(published, files, alert)
    found.sort(key=lambda row: (row["measured_at"], order[row["sha256"]]))
    for measured_at, rows in groupby(found, key=lambda row: row["measured_at"]):
        newest = next(rows)
        key = "line" if len(newest["lines"]) == 1 else "several_lines"
        told = {"file": newest["source_file"], "lines": ranges(sorted(newest["lines"]))}
        yield label(key, language, day=day(measured_at, language), **told)


def _answers_of(settings: Settings, sha256: str) -> Path:
    return settings.archive / sha256 / "responses.parquet"


def _landed(published: Published, files: Sequence[Path], alert: Row) -> list[Row]:
    paths = ", ".join(literal(str(file)) for file in files)
    moments = [row["measured_at"] for row in _scores(published, alert)]
    moments += [alert["opened_at"], alert["last_signal_at"]]
    return published.rows(
        f"""
        select measured_at, parse_path(archived)[-2] as sha256, source_file,
            list(distinct source_line) as lines
        from read_parquet([{paths}], union_by_name = true, filename = 'archived')
        where clinic_id = ? and patient_id = ? and instrument = ?
            and measured_at in ({in_list(sorted({str(each) for each in moments}))})
        group by all
        """,
        alert["clinic_id"],
        alert["patient_id"],
        alert["instrument"],
    )


def ranges(lines: Sequence[int]) -> str:
    """3, 4, 5, 9 -> 3-5, 9."""
    told = []
    for _, run in groupby(enumerate(lines), key=lambda pair: pair[1] - pair[0]):
        numbers = [line for _, line in run]
        told.append(str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}")
    return ", ".join(told)
