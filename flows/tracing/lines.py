"""From what was counted down to the lines of the files, answer by answer."""

from collections.abc import Iterator, Mapping
from typing import Any

from flows.explaining import Published
from flows.landing.archive import Receipt
from flows.landing.sql_text import file_literal, literal
from flows.station import Inputs
from flows.tracing.counting import COUNTED
from flows.tracing.figures import Grain
from flows.tracing.steps import CONCERNED, answers_of_concerned, kept, make_again
from flows.tracing.traced import FileLines

LINE = "counted_line"
"""Lines behind what was counted: row_no, sha256, source_line, and how many records on it."""

_OF_EPISODE = """
    and assessment.clinic_id = counted.clinic_id
    and assessment.patient_id = counted.patient_id
    and assessment.episode_id = counted.episode_id
"""
# That somebody no longer comes rests on the last day on which they came.
_LAST_CAME = """
    case when alert.kind = 'drop_out_risk'
        then json_extract_string(alert.reason, '$.last')::date end
"""
# Any other alert rests on the answers between its first signal and its last.
_OF_ALERT = f"""
    inner join alert on counted.alert_id = alert.alert_id
    inner join assessment
        on assessment.clinic_id = alert.clinic_id
        and assessment.patient_id = alert.patient_id
        and assessment.episode_id is not distinct from alert.episode_id
        and (alert.instrument is null or assessment.instrument = alert.instrument)
        and (
            assessment.measured_at between alert.opened_at and alert.last_signal_at
            or assessment.measured_at::date = {_LAST_CAME}
        )
"""
_FORMS: Mapping[Grain, str] = {
    "episode": f"inner join assessment on true {_OF_EPISODE}",
    "rupture": f"inner join assessment on assessment.instrument = counted.instrument {_OF_EPISODE}",
    "score": "inner join assessment on assessment.assessment_id = counted.assessment_id",
    "alert": _OF_ALERT,
}
_OF_OUTCOME = f"""
    inner join quality_episode using (clinic_id, patient_id, episode_id)
    inner join assessment on assessment.instrument = quality_episode.instrument {_OF_EPISODE}
"""
# What is read from held-back files too, or from files that a later one took the place of.
_ITEMS: Mapping[Grain, str] = {
    "alert": """
        inner join alert
            on counted.alert_id = alert.alert_id and alert.kind = 'critical_item'
        inner join landed_item
            on landed_item.clinic_id = alert.clinic_id
            and landed_item.patient_id = alert.patient_id
            and landed_item.instrument = alert.instrument
            and landed_item.measured_at between alert.opened_at and alert.last_signal_at
        semi join critical_item
            on landed_item.instrument = critical_item.instrument
            and landed_item.item = critical_item.item
            and alert.domain = critical_item.domain
    """,
    "questionnaire": """
        inner join landed_item
            on landed_item.clinic_id = counted.clinic_id
            and landed_item.patient_id = counted.patient_id
            and landed_item.measured_at = counted.measured_at
            and landed_item.instrument = counted.instrument
            and landed_item.kept_as = 'landed'
        semi join file_form on landed_item.sha256 = file_form.sha256
    """,
}
_BESIDE: Mapping[str, tuple[str, str]] = {
    "exported_episode": (
        "episodes",
        "inner join exported_episode as beside using (clinic_id, patient_id, episode_id)",
    ),
    "non_response": (
        "non_response",
        "inner join non_response as beside using (clinic_id, patient_id, episode_id)",
    ),
    "appointment": (
        "appointments",
        "inner join placed_appointment using (clinic_id, patient_id, episode_id)"
        " inner join appointment as beside using (clinic_id, patient_id, starts_at)",
    ),
    "last_came": (
        "appointments",
        "inner join alert on counted.alert_id = alert.alert_id"
        " inner join appointment as beside on beside.clinic_id = alert.clinic_id"
        f" and beside.patient_id = alert.patient_id and beside.starts_at::date = {_LAST_CAME}",
    ),
}
_ALWAYS_BESIDE: Mapping[Grain, tuple[str, ...]] = {
    "episode": ("exported_episode",),
    "alert": ("last_came",),
}


def write_lines(
    published: Published,
    inputs: Inputs,
    grain: Grain,
    *,
    of_outcome: bool = False,
    beside: tuple[str, ...] = (),
) -> None:
    """Write down in LINE on which lines the answers behind COUNTED stand."""
    parts = list(_answers(published, inputs, grain, of_outcome=of_outcome))
    if grain in _ITEMS:
        make_again(published, inputs, ("landed_item",))
        parts.append(_items(grain))
    if grain == "file":
        parts += _rejected(published, inputs)
    names = (*_ALWAYS_BESIDE.get(grain, ()), *beside)
    if names:
        make_again(published, inputs, ("landed_file",))
        parts += [_beside(name) for name in names]
    kept(published, LINE, " union ".join(parts))


def _answers(
    published: Published, inputs: Inputs, grain: Grain, *, of_outcome: bool
) -> Iterator[str]:
    """The answers in force on the questionnaires of what was counted."""
    if grain not in _FORMS:
        return
    join = _OF_OUTCOME if of_outcome else _FORMS[grain]
    kept(published, "counted_form", f"select counted.row_no, assessment.* from {COUNTED} {join}")
    kept(published, CONCERNED, "select distinct clinic_id, patient_id from counted_form")
    answers_of_concerned(published, inputs)
    yield """
        select form.row_no, response.sha256, response.source_line, count(*) as records
        from counted_form as form
        inner join response
            on form.clinic_id = response.clinic_id
            and form.patient_id = response.patient_id
            and form.measured_at = response.measured_at
            and form.instrument = response.instrument
            and form.respondent is not distinct from response.respondent
            and form.exported_episode_id is not distinct from response.exported_episode_id
        group by all
    """


def _items(grain: Grain) -> str:
    return f"""
        select counted.row_no, landed_item.sha256, landed_item.source_line, count(*) as records
        from {COUNTED} {_ITEMS[grain]}
        group by all
    """


def _beside(name: str) -> str:
    """Lines of what a clinic's own system records; of one name the file that landed last."""
    table, join = _BESIDE[name]
    return f"""
        select counted.row_no, file.sha256, beside.source_line, count(*) as records
        from {COUNTED} {join}
        inner join (
            select name, arg_max(sha256, landed_at) as sha256
            from landed_file
            where table_name = {literal(table)} and not is_held_back
            group by name
        ) as file on beside.source_file = file.name
        group by all
    """


def _rejected(published: Published, inputs: Inputs) -> Iterator[str]:
    """Lines with an error of which nothing landed; a file that is held back is lost as a whole."""
    yield (
        "select null::bigint as row_no, null::varchar as sha256, null::bigint as source_line,"
        " null::bigint as records where false"
    )
    found = published.rows(f"select row_no, sha256 from {COUNTED}")
    receipts = {each.sha256: each for each in inputs.receipts}
    for row in found:
        if row["sha256"] in receipts:
            yield _rejected_in(inputs, receipts[row["sha256"]], row["row_no"])


def _rejected_in(inputs: Inputs, receipt: Receipt, number: int) -> str:
    folder = inputs.settings.archive / receipt.sha256
    rejected, landed = (file_literal(folder / f"{n}.parquet") for n in ("rejected", receipt.table))
    return f"""
        select {number} as row_no, {literal(receipt.sha256)} as sha256, source_line, 1 as records
        from read_parquet({rejected})
        where reject_class = 'error'
            and source_line not in (select source_line from read_parquet({landed}))
        group by source_line
    """


# ---------- as they are told


def lines_by_row(
    published: Published, inputs: Inputs, upto: int | None
) -> dict[int, dict[str, tuple[int, ...]]]:
    """By row_no (of the first `upto`) and name of a file, the lines in rising order."""
    end = "true" if upto is None else f"row_no <= {upto}"
    found = published.rows(f"""
        select row_no, sha256, list(distinct source_line order by source_line) as lines
        from {LINE} where {end} group by row_no, sha256 order by row_no, sha256
    """)
    names = {sha256: receipt["name"] for sha256, receipt in _receipts(inputs).items()}
    told: dict[int, dict[str, tuple[int, ...]]] = {}
    for row in found:
        told.setdefault(row["row_no"], {})[names[row["sha256"]]] = tuple(row["lines"])
    return told


def files_of_lines(published: Published, inputs: Inputs) -> tuple[FileLines, ...]:
    """The files behind all that was counted, the newest first."""
    found = published.rows(f"""
        select sha256, sum(records)::bigint as records,
            list(distinct source_line order by source_line) as lines
        from (select distinct sha256, source_line, records from {LINE})
        group by sha256
    """)
    receipts = _receipts(inputs)
    files = [
        FileLines(receipts[row["sha256"]], row["records"], tuple(row["lines"])) for row in found
    ]
    return tuple(sorted(files, key=lambda f: (f.receipt["landed_at"], f.receipt["name"])))[::-1]


def _receipts(inputs: Inputs) -> dict[str, dict[str, Any]]:
    return {each.sha256: each.model_dump() for each in (*inputs.receipts, *inputs.held_back)}
