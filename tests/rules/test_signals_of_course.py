"""When a score is off the course that was to be expected of it.

Forty earlier patients of the service began at 16 to 24 and went down by about two points a
session.
"""

from tests.rules.conftest import Serving, rows

OWN = {"minimum_episodes": 20, "minimum_at_session": 20, "minimum_events": 5, "many_events": 5}


def _earlier() -> str:
    """Up to two points off the common course, each patient otherwise, and up and down."""
    lines = ["patient | day | session | PHQ-9"]
    for patient in range(40):
        for session in range(1, 7):
            off = (patient % 5 - 2) * (session - 1) / 5 + (-1) ** (patient + session)
            start = 16 + 2 * (patient // 5 % 5)
            score = round(start - 2 * (session - 1) + (off if session > 1 else 0))
            lines.append(f"e{patient} | {-300 + 7 * session} | {session} | {score}")
    return "\n".join(lines)


NOW = """
    p1      |   0 | 1       | 20
    p1      |  28 | 5       | 20
    p2      |   0 | 1       | 20
    p2      |  28 | 5       | 12
    """


def test_off_course_is_beyond_what_most_with_this_start_have(service: Serving) -> None:
    """At the fifth session about 12 was to be expected. p1 still has 20, p2 has 12."""
    published = service(course=OWN).published(_earlier() + NOW, as_of=29)
    expected = """
        patient | session | kind       | level | score | bound | better
        p1      | 5       | off_course | red   | 20    | yes   | lower
        """
    bounded = """(
        from signal
        select *, (reason ->> 'bound')::double between 12 and 16 as bound,
            reason ->> 'better' as better
        where kind = 'off_course' and measured_at >= timestamp '2026-01-01'
    )"""
    assert published.shows(bounded, expected) == rows(expected)
    assert published.read("""
        select count(*) from signal inner join course using (clinic_id, patient_id, measured_at)
        where kind = 'off_course' and is_baseline
    """) == [(0,)]
    expected = """
        patient | kind       | level | opened_at | next_step
        p1      | off_course | red   | 28        | discuss_course
        """
    assert published.shows("alert_list where kind = 'off_course'", expected) == rows(expected)


# Of the earlier patients none got worse, so that the limit of a high risk is set to 1 %.
LOW_LIMIT = OWN | {"high_risk_percent": 1}
WORSE_AND_BETTER = """
    p1      |   0 | 1       | 14
    p1      |   7 | 2       | 16
    p1      |  14 | 3       | 18
    p1      |  21 | 4       | 20
    p1      |  28 | 5       | 22
    p1      |  35 | 6       | 24
    p2      |   0 | 1       | 20
    p2      |   7 | 2       | 18
    p2      |  14 | 3       | 16
    """
PREDICTED = "alert where kind = 'high_predicted_risk' and opened_at >= timestamp '2026-01-01'"


def test_predicted_risk_is_told_where_somebody_answers_for_it(service: Serving) -> None:
    """p1 got worse at every session, p2 better. The settings name who answers for the use of
    predictions."""
    ours = service(course=LOW_LIMIT, signals={"predicted_risk_owner": "A. Bakker"})
    published = ours.published(_earlier() + WORSE_AND_BETTER, as_of=36)
    expected = """
        patient | kind                | level | closed_at
        p1      | high_predicted_risk | amber | -
        """
    assert published.shows(PREDICTED, expected) == rows(expected)


def test_predicted_risk_is_silent_where_nobody_answers_for_it(service: Serving) -> None:
    """The same patients; the settings name nobody."""
    published = service(course=LOW_LIMIT).published(_earlier() + WORSE_AND_BETTER, as_of=36)
    expected = "patient | kind | level | closed_at"
    assert published.shows(PREDICTED, expected) == []
