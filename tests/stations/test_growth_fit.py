"""Which episodes an expected course is fitted to, and which fit serves."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from flows.settings import Course
from flows.stations.followed_scale import EPOCH, FollowedScale, quarters
from flows.stations.growth_fit import fitted
from flows.statistics.course import Progress
from tests.statistics.course_examples import drawn_service

CHOICES = Course(minimum_episodes=50, minimum_at_session=10)
AS_OF = date(2026, 8, 20)


def _scale(progress: Progress, last_end: date) -> FollowedScale:
    """Courses that ended one a day, the last one on `last_end`."""
    m = len(progress.courses.ended)
    days = (last_end - EPOCH).days - np.arange(m)[::-1]
    courses = replace(progress.courses, ended=days.astype(float))
    return FollowedScale(
        instrument="phq-9",
        scale="total",
        unit=1,
        clinics=("a",),
        first_course=1,
        form_no=np.arange(len(progress.course)),
        progress=replace(progress, courses=courses),
    )


def test_quarters_go_back_in_order() -> None:
    assert list(quarters(AS_OF)) == [
        date(2026, 7, 1),
        date(2026, 4, 1),
        date(2026, 1, 1),
        date(2025, 10, 1),
        date(2025, 7, 1),
    ]
    assert next(quarters(date(2026, 1, 1))) == date(2026, 1, 1)
    assert next(quarters(date(2025, 12, 31))) == date(2025, 10, 1)


def test_episodes_that_ended_in_the_quarter_are_left_out() -> None:
    """200 ended one a day up to 30 July: 30 of them in the quarter."""
    found = fitted(_scale(drawn_service(200), date(2026, 7, 30)), AS_OF, CHOICES)
    assert found.episodes == 170
    assert found.until == date(2026, 6, 30)


def test_later_scores_do_not_move_it() -> None:
    scale = _scale(drawn_service(200), date(2026, 7, 30))
    late = scale.progress.courses.ended >= (date(2026, 7, 1) - EPOCH).days
    other = np.where(late[scale.progress.course], 27.0, scale.progress.score)
    changed = replace(scale, progress=replace(scale.progress, score=other))
    first, second = fitted(scale, AS_OF, CHOICES), fitted(changed, AS_OF, CHOICES)
    assert first.growth is not None
    assert second.growth is not None
    assert first.growth.key == second.growth.key


def test_only_the_newest_count() -> None:
    scale = _scale(drawn_service(200), date(2026, 6, 1))
    found = fitted(scale, AS_OF, replace_choice(most_episodes=120))
    assert found.episodes == 120


def replace_choice(**more: int) -> Course:
    """The settings of these tests with others in part."""
    return Course(**{**CHOICES.model_dump(), **more})


def test_the_last_good_fit_serves_where_a_new_one_fails() -> None:
    """Scores that were no numbers came in last quarter: that of the quarter before serves."""
    scale = _scale(drawn_service(200), date(2026, 6, 30))
    spoilt = scale.progress.courses.ended >= (date(2026, 4, 1) - EPOCH).days
    score = np.where(spoilt[scale.progress.course], np.inf, scale.progress.score)
    found = fitted(replace(scale, progress=replace(scale.progress, score=score)), AS_OF, CHOICES)
    assert found.growth is not None
    assert found.until == date(2026, 3, 31)
    assert found.refused is None


@pytest.mark.filterwarnings("ignore:invalid value")
def test_where_no_quarter_gives_a_fit_the_reason_is_told() -> None:
    scale = _scale(drawn_service(200), date(2026, 6, 30) - timedelta(days=500))
    score = np.full_like(scale.progress.score, np.inf)
    found = fitted(replace(scale, progress=replace(scale.progress, score=score)), AS_OF, CHOICES)
    assert (found.growth, found.until, found.refused) == (None, None, "no_fit")
