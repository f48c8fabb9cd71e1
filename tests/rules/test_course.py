"""The expected course: what a score is held against, and when it is not.

It is that of the service's own closed episodes, so these tests draw forty of them first, who begin
at 16 to 24 and go down by about two points a session for six sessions.
"""

import pytest

from tests.rules.conftest import Published, Service, Serving, moment, rows

OWN = {"minimum_episodes": 20, "minimum_at_session": 20, "minimum_clinic_episodes": 20}
HEAD = "clinic | patient | day | session | PHQ-9"


def _closed(patients: int = 40, clinic: str = "c", sessions: int = 6) -> str:
    """Each a little otherwise, and up and down; closed by having been silent for long."""
    lines = []
    for patient in range(patients):
        for session in range(1, sessions + 1):
            off = (patient % 5 - 2) * (session - 1) / 5 + (-1) ** (patient + session)
            start = 16 + 2 * (patient // 5 % 5)
            score = round(start - 2 * (session - 1) + (off if session > 1 else 0))
            day = -400 + patient + 7 * session
            lines.append(f"{clinic} | {clinic}{patient} | {day} | {session} | {score}")
    return "\n".join(lines)


def _drawn(*forms: str) -> str:
    return "\n".join((HEAD, _closed(), *forms))


def _new(published: Published, columns: str) -> list[tuple[object, ...]]:
    return published.read(
        f"select {columns} from course where measured_at >= timestamp '2026-01-01'"
        " order by patient_id, measured_at"
    )


def _service(serving: Serving, **more: object) -> Service:
    return serving(course=OWN | more)


def test_a_single_assessment_is_its_own_expectation(service: Serving) -> None:
    """The baseline is given: the band is a point there, and nothing is said of the end."""
    drawn = _drawn("c | p1 | 0 | 1 | 20")
    published = _service(service).published(drawn, as_of=29)
    assert _new(published, "expected, lower, upper, off_course, p_deterioration") == [
        (20, 20, 20, None, None)
    ]


def test_a_band_starts_after_the_baseline_and_stays_on_the_scale(service: Serving) -> None:
    drawn = _drawn("c | p1 | 0 | 1 | 2", "c | p1 | 7 | 2 | 2")
    published = _service(service).published(drawn, as_of=29)
    ((expected, lower, upper),) = _new(published, "expected, lower, upper")[1:]
    assert lower == 0
    assert expected < 2  # type: ignore[operator]
    assert upper > lower  # type: ignore[operator]


def test_off_course_is_only_on_the_worse_side(service: Serving) -> None:
    """At session 5 about 12 was to be expected from 20."""
    forms = [f"c | {patient} | {7 * s} | {s} | {score}" for patient, last in
             (("better", 4), ("as expected", 12), ("worse", 20))
             for s, score in ((1, 20), (5, last))]  # fmt: skip
    published = _service(service).published(_drawn(*forms), as_of=36)
    expected = """
        patient     | session | off_course
        as expected | 5       | -
        better      | 5       | -
        worse       | 5       | red
        """
    shown = "course where measured_at >= timestamp '2026-01-20'"
    assert published.shows(shown, expected) == rows(expected)


def test_beyond_the_last_covered_session_it_is_flat_and_says_so(service: Serving) -> None:
    """Nobody before came further than session 6."""
    forms = [f"c | p1 | {7 * session} | {session} | 12" for session in (1, 6, 7, 9)]
    published = _service(service).published(_drawn(*forms), as_of=70)
    found = _new(published, "is_beyond_fit, expected")[1:]
    assert [beyond for beyond, _ in found] == [False, True, True]
    assert len({level for _, level in found}) == 1


def test_with_fewer_episodes_than_needed_nothing_is_expected(service: Serving) -> None:
    """Forty are not the hundred that are needed where a clinic sets nothing else."""
    published = service().published(_drawn("c | p1 | 0 | 1 | 20", "c | p1 | 7 | 2 | 28"), as_of=29)
    assert published.read("from course") == []
    expected = """
        clinic | instrument | refused          | episodes | episodes_needed
        c      | phq-9      | too_few_episodes | 40       | 100
        """
    assert published.shows("growth_model", expected) == rows(expected)


def test_scores_that_never_differ_give_no_course(service: Serving) -> None:
    lines = [f"c | c{p} | {7 * s - 400} | {s} | 10" for p in range(40) for s in (1, 2, 3)]
    published = _service(service).published("\n".join((HEAD, *lines)), as_of=29)
    assert published.read("from course") == []
    assert published.read("select refused from growth_model") == [("no_fit",)]


def test_a_clinic_with_three_patients_has_the_course_of_all(service: Serving) -> None:
    drawn = _drawn(_closed(3, "small"), _closed(30, "other"), "small | p1 | 0 | 1 | 20")
    published = _service(service).published(drawn, as_of=29)
    expected = """
        clinic | population | clinic_episodes | episodes
        c      | clinic     | 40              | 73
        other  | clinic     | 30              | 73
        small  | service    | 3               | 73
        """
    assert published.shows("growth_model", expected) == rows(expected)


@pytest.mark.parametrize("sessions", ["1 -1 0 -3", "- - - -", "1 2 - 4", "0 -5 3 4"])
def test_without_good_session_numbers_forms_are_counted(service: Serving, sessions: str) -> None:
    """Negative or missing ones anywhere after the baseline: first, second, third, fourth form."""
    forms = [f"c | p1 | {7 * n} | {session} | 15" for n, session in enumerate(sessions.split())]
    published = _service(service).published(_drawn(*forms), as_of=60)
    counted = _new(published, "counted_session")
    assert counted == [(number,) for number in range(5 - len(counted), 5)]


def test_a_repeated_session_keeps_its_place(service: Serving) -> None:
    forms = [f"c | p1 | {day} | {s} | 15" for day, s in ((0, 1), (7, 2), (14, 2), (21, 3))]
    published = _service(service).published(_drawn(*forms), as_of=60)
    found = _new(published, "counted_session, expected")
    assert [session for session, _ in found] == [1, 2, 2, 3]
    assert found[1] == found[2]


def test_a_scale_without_reliable_change_has_a_course_and_no_probabilities(
    service: Serving,
) -> None:
    drawn = _drawn("c | p1 | 0 | 1 | 20", "c | p1 | 7 | 2 | 19").replace("PHQ-9", "DAS")
    published = _service(service).published(drawn, as_of=29)
    found = _new(published, "expected is not null, p_deterioration, p_improvement")
    assert found[1] == (True, None, None)
    assert published.read("select is_proposed from risk_model") == [(False,)]


def test_weeks_instead_of_sessions(service: Serving) -> None:
    """Two weeks after the start is where session 3 lies, whatever number the export gives it."""
    forms = [f"c | {patient} | {day} | {session} | {score}"
             for patient, number in (("p1", 3), ("p2", 9))
             for day, session, score in ((0, 1, 20), (14, number, 16))]  # fmt: skip
    published = _service(service, time="weeks").published(_drawn(*forms), as_of=29)
    found = [row for row in _new(published, "expected, is_beyond_fit, is_baseline") if not row[2]]
    assert found[0] == found[1]
    assert found[0][1] is False


def test_the_course_is_frozen_for_a_quarter(service: Serving) -> None:
    """Episodes that end within the quarter change nothing before the next one begins."""
    drawn = _drawn(_closed(10, "c").replace("c | c", "c | later").replace("-3", "-1"))
    home = _service(service)
    fitted = [
        home.published(drawn, as_of=day).read("select model, fitted_until from growth_model")[0]
        for day in (2, 80, 100)
    ]
    assert fitted[0] == fitted[1]
    assert fitted[2] != fitted[0]
    assert [until for _, until in fitted] == [moment(day).date() for day in ("-1", "-1", "89")]
