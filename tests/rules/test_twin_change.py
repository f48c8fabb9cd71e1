"""The stations of change and their twin agree on scales and courses that nobody thought up."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.settings import Change
from flows.stations.change_method import Known, yardsticks
from tests.rules import twin_change as twin
from tests.rules.stations import YARDSTICK, changes, made

PLACE = {"clinic_id": "c", "instrument": "i", "scale": "total"}
METHODS = ("JT", "CM", "EN", "GLN", "HLL", "NK", "HA", "PCT")
EXAMPLES = settings(max_examples=120, derandomize=True, deadline=None)


def _tenths(lowest: int, highest: int) -> st.SearchStrategy[float]:
    return st.integers(10 * lowest, 10 * highest).map(lambda tenths: tenths / 10)


SCALES = st.builds(
    twin.Scale,
    worse=st.booleans(),
    mean=_tenths(5, 35),
    sd=_tenths(1, 12),
    reliability=st.sampled_from([0.3, 0.6, 0.801, 0.84, 0.95]),
    functional_mean=_tenths(2, 38),
    functional_sd=_tenths(1, 12),
    cutoff=st.sampled_from(["a", "b", "c"]),
    mean_after=_tenths(5, 35),
    sd_after=_tenths(1, 14),
    correlation=st.sampled_from([-0.2, 0.0, 0.4, 0.7]),
)
SCORES = st.lists(st.tuples(_tenths(0, 40), _tenths(0, 40)), min_size=1, max_size=30)


def _known(scale: twin.Scale) -> Known:
    return Known(
        direction=-1 if scale.worse else 1,
        scope="local",
        reliability=scale.reliability,
        mean_before=scale.mean,
        sd_before=scale.sd,
        mean_paired=scale.mean,
        sd_paired=scale.sd,
        mean_after=scale.mean_after,
        sd_after=scale.sd_after,
        correlation=scale.correlation,
        functional_mean=scale.functional_mean,
        functional_sd=scale.functional_sd,
        intakes=100,
        pairs=100,
    )


def _at_the_edge(method: str, score: tuple[float, float], scale: twin.Scale) -> bool:
    """Whether the last digit of a computation decides: there either answer is right."""
    edges = [abs(twin.limit_of(scale) - each) for each in score]
    if method != "PCT":
        index = abs(twin.index_of(method, *score, scale))
        edges += [abs(index - limit) for limit in (twin.Z, 1.65)]
    return min(edges) < 1e-6


@EXAMPLES
@given(scale=SCALES, scores=SCORES)
def test_every_method(scale: twin.Scale, scores: list[tuple[float, float]]) -> None:
    choices = Change(values="local", cutoff=scale.cutoff, methods=METHODS[1:])  # type: ignore[arg-type]
    measures = [PLACE | row for row in yardsticks(_known(scale), choices)]
    usable = {row["method"] for row in measures if row["missing"] is None}
    assert usable >= {*METHODS} - {"HA"}
    pairs = [
        {**PLACE, "patient_id": str(n), "episode_id": "e", "baseline": before, "latest": after}
        for n, (before, after) in enumerate(scores)
    ]
    found = {(row["method"], int(row["patient_id"])): row for row in changes(pairs, measures)}
    assert set(found) == {(method, n) for method in usable for n in range(len(scores))}
    for (method, n), row in found.items():
        _agree(method, scores[n], scale, row)


def _agree(method: str, score: tuple[float, float], scale: twin.Scale, row: dict[str, Any]) -> None:
    if method == "PCT" and score[0] == 0:
        assert row["class"] is None
        return
    told = twin.reading(method, *score, scale)
    assert (row["rci"] is None) == (told.index is None)
    if told.index is not None:
        assert abs(row["rci"] - told.index) < 1e-9 * max(1, abs(told.index))
    if _at_the_edge(method, score, scale) or (method == "HA" and _is_near(score, scale)):
        return
    assert (row["class"], row["harmed"], row["crossed_cutoff"], row["is_case_at_start"]) == (
        told.verdict,
        told.harmed,
        told.crossed,
        told.was_case,
    )


def _is_near(score: tuple[float, float], scale: twin.Scale) -> bool:
    """The edges of Hageman & Arrindell's own cut-off, looked at from both sides."""
    return any(
        twin.reading("HA", before, after, scale).verdict
        != twin.reading("HA", *score, scale).verdict
        for before in (score[0] - 1e-7, score[0] + 1e-7)
        for after in (score[1] - 1e-7, score[1] + 1e-7)
    )


# ---------- sudden gains and losses

SCORE = {
    **dict.fromkeys(("clinic_id", "patient_id", "episode_id", "instrument", "scale"), "VARCHAR"),
    "respondent": "VARCHAR",
    "session_no": "INTEGER",
    "measured_at": "TIMESTAMP",
    "score": "DOUBLE",
    "baseline_score": "DOUBLE",
    "is_follow_up": "BOOLEAN",
}
NOISE = st.lists(st.sampled_from([None, 0, 0, 1, 2, 4, 0.5]), min_size=1, max_size=5)


def _stepped(levels: list[int], noises: list[list[float | None]]) -> list[float | None]:
    """A course that goes along level by level, with a little up and down on each."""
    return [
        None if noise is None else level + noise
        for level, mine in zip(levels, noises, strict=False)
        for noise in mine
    ]


COURSES = st.lists(
    st.one_of(
        st.lists(st.one_of(st.none(), _tenths(0, 40)), min_size=4, max_size=14),
        st.builds(
            _stepped,
            st.lists(st.integers(0, 36), min_size=2, max_size=4),
            st.lists(NOISE, min_size=4, max_size=4),
        ),
        st.builds(
            _stepped,
            st.lists(st.sampled_from([4, 8, 12, 16, 20, 24, 32]), min_size=2, max_size=4),
            st.lists(NOISE, min_size=4, max_size=4),
        ),
    ),
    min_size=8,
    max_size=16,
)


def _forms(
    course: Sequence[float | None], patient: str, has_sessions: bool
) -> list[dict[str, Any]]:
    """None is a session without a measurement."""
    return [
        {
            **PLACE,
            "patient_id": patient,
            "episode_id": "e",
            "session_no": session if has_sessions else None,
            "measured_at": f"2026-01-01 00:{session:02}",
            "score": score,
            "baseline_score": 1,
            "is_follow_up": False,
        }
        for session, score in enumerate(course, start=1)
        if score is not None
    ]


@EXAMPLES
@given(
    courses=COURSES,
    points=st.one_of(_tenths(1, 9), st.sampled_from([4.0, 6.0, 8.0])),
    rule=st.sampled_from([">", ">="]),
    worse=st.booleans(),
    has_sessions=st.booleans(),
)
def test_sudden_changes(
    courses: list[list[float | None]], points: float, rule: str, worse: bool, has_sessions: bool
) -> None:
    direction = -1 if worse else 1
    measure = {"method": "JT", "threshold": points, "threshold_rule": rule}
    found = made(
        "sudden_change",
        score=(SCORE, [f for n, c in enumerate(courses) for f in _forms(c, str(n), has_sessions)]),
        instrument=(
            {"instrument": "VARCHAR", "respondent": "VARCHAR", "measures": "VARCHAR"},
            [{"instrument": "i", "respondent": "patient", "measures": "symptoms"}],
        ),
        instrument_scale=(
            {"instrument": "VARCHAR", "scale": "VARCHAR", "direction": "INTEGER"},
            [{"instrument": "i", "scale": "total", "direction": direction}],
        ),
        yardstick=(YARDSTICK, [PLACE | measure]),
        setting_value=({"sudden_change_percent": "INTEGER"}, [{"sudden_change_percent": 25}]),
    )
    for n, course in enumerate(courses):
        given_scores = [score for score in course if score is not None]
        counted = dict(enumerate(course if has_sessions else given_scores, start=1))
        sessions = {place: score for place, score in counted.items() if score is not None}
        told = twin.sudden(sessions, points, rule == ">=", worse)
        mine = [(row["place_before"], row["kind"]) for row in found if row["patient_id"] == str(n)]
        assert sorted(mine) == told


# ---------- two measures, and more

CHANGE = {
    **dict.fromkeys(("clinic_id", "patient_id", "episode_id", "instrument", "scale"), "VARCHAR"),
    "method": "VARCHAR",
    "baseline": "DOUBLE",
    "latest": "DOUBLE",
    "class": "VARCHAR",
    "is_closed": "BOOLEAN",
}
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
NHS = [("depression", "phq-9", 10, 6), ("anxiety", "gad-7", 8, 4)]
TWO = st.tuples(*(st.tuples(st.integers(0, top), st.integers(0, top)) for top in (27, 21)))


@EXAMPLES
@given(courses=st.lists(TWO, min_size=1, max_size=40))
def test_talking_therapies(courses: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    rows = [
        {
            "clinic_id": "c",
            "patient_id": str(n),
            "episode_id": "e",
            "instrument": instrument,
            "scale": "total",
            "method": method,
            "baseline": first,
            "latest": last,
            "is_closed": True,
        }
        for n, course in enumerate(courses)
        for instrument, (first, last) in zip(("phq-9", "gad-7"), course, strict=True)
        for method in ("JT", "PCT")
    ]
    measures = [
        {
            "role": role,
            "preference": 1,
            "instrument": instrument,
            "scale": "total",
            "direction": -1,
            "caseness": caseness,
            "caseness_rule": ">=",
            "reliable_change_points": points,
            "reliable_change_rule": ">=",
        }
        for role, instrument, caseness, points in NHS
    ]
    attended = dict.fromkeys(("clinic_id", "patient_id", "episode_id"), "VARCHAR")
    found = made(
        "talking_therapies",
        change=(CHANGE, rows),
        talking_therapies_measure=(MEASURE, measures),
        placed_appointment=({**attended, "attended": "BOOLEAN"}, []),
    )
    assert len(found) == len(courses)
    for row in found:
        told = twin.talking_therapies(*courses[int(row["patient_id"])])
        assert {name: row[name] for name in told} == told


VERDICTS = st.dictionaries(
    st.sampled_from(["A", "B", "C", "D", "Alliance"]),
    st.sampled_from(["recovered", "improved", "unchanged", "deteriorated"]),
    min_size=1,
)


@EXAMPLES
@given(episodes=st.lists(VERDICTS, min_size=1, max_size=20))
def test_agreement(episodes: list[dict[str, str]]) -> None:
    rows = [
        {**PLACE, "instrument": name, "patient_id": str(n), "episode_id": "e", "scale": scale,
         "method": method, "class": verdict if method == "JT" else "improved"}
        for n, verdicts in enumerate(episodes)
        for name, verdict in verdicts.items()
        for method in ("JT", "PCT")
        for scale in ("total", "part")
    ]  # fmt: skip
    names = ("A", "B", "C", "D", "Alliance")
    found = made(
        "agreement",
        change=(CHANGE, rows),
        instrument=(
            dict.fromkeys(("instrument", "short_name", "measures"), "VARCHAR"),
            [
                {
                    "instrument": name,
                    "short_name": name,
                    "measures": "alliance" if name == "Alliance" else "symptoms",
                }
                for name in names
            ],
        ),
        instrument_scale=(
            {"instrument": "VARCHAR", "scale": "VARCHAR", "is_main": "BOOLEAN"},
            [
                {"instrument": name, "scale": scale, "is_main": scale == "total"}
                for name in names
                for scale in ("total", "part")
            ],
        ),
    )
    told = {
        str(n): twin.agreement(outcomes)
        for n, verdicts in enumerate(episodes)
        if len(outcomes := {k: v for k, v in verdicts.items() if k != "Alliance"}) > 1
    }
    assert {
        row["patient_id"]: (row["improved_on"], row["deteriorated_on"], row["disagrees"])
        for row in found
    } == told


def test_the_twin_gives_the_published_examples() -> None:
    """RULES: JT 3.1623, EN 4.0249, GLN 3.0000, NK 3.1429."""
    example = twin.Scale(False, 40, 7.5, 0.8, 60, 7.5, "c", 50, 8, 0.5)
    found = [round(twin.index_of(m, 32.5, 47.5, example), 4) for m in ("JT", "EN", "GLN", "NK")]
    assert found == [3.1623, 4.0249, 3.0, 3.1429]
