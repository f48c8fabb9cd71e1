"""Sudden gains and losses between two sessions (Tang & DeRubeis 1999), as marks on a course.

From one session to the next the score changes reliably, by at least a quarter, and by more than
its ups and downs in the three sessions before and after. It is a mark and never an alert.
"""

from scipy.stats import t

from flows.station import SQL_FOLDER
from tests.rules.conftest import Serving, rows


def _course(name: str, *scores: str, instrument: str = "PHQ-9") -> str:
    """One line per session in which something was measured; `-` is a missed session."""
    return "\n".join(
        f"{name} | {7 * session} | {session} | {score}"
        for session, score in enumerate(scores, start=1)
        if score != "-"
    )


HEAD = "patient | day | session | PHQ-9\n"


def test_a_sudden_gain(service: Serving) -> None:
    """PHQ-9: by at least 6, by at least a quarter, and by more than the ups and downs around it.

    `sudden`: 18, 18, 17 and then 9, 8, 9. The means 17.67 and 8.67 differ by 9, which is more
    than Student's t (2.776) times the pooled SD (.577). `by 5` is no reliable change. `a fifth`:
    6 of 27 is less than a quarter. `restless`: the means differ by 6.67, less than 2.776 x 6.22.
    """
    drawn = "\n".join(
        (
            _course("sudden", "18", "18", "17", "9", "8", "9"),
            _course("by 5", "18", "18", "17", "12", "12", "12"),
            _course("a fifth", "27", "27", "27", "21", "21", "21"),
            _course("restless", "17", "10", "23", "16", "5", "10"),
        )
    )
    published = service().published(HEAD + drawn, as_of=50)
    expected = """
        patient | kind        | place_before | score_before | score | mean_before | mean_after | n_before | n_after
        sudden  | sudden_gain | 3            | 17           | 9     | 17.666667   | 8.666667   | 3        | 3
        """  # noqa: E501
    assert published.shows("sudden_change", expected) == rows(expected)


def test_two_on_either_side_are_needed(service: Serving) -> None:
    """Of the up to three sessions on either side two must have a score. `too soon` has one before
    the fall, `too late` one after it. A missed session keeps its place: `gap` has a score in one
    of the three sessions before the fall, `two` has one in two of them."""
    drawn = "\n".join(
        (
            _course("too soon", "18", "9", "9", "9"),
            _course("too late", "18", "18", "18", "9"),
            _course("two", "-", "18", "17", "9", "8", "-"),
            _course("gap", "18", "-", "-", "17", "9", "8"),
        )
    )
    published = service().published(HEAD + drawn, as_of=50)
    expected = """
        patient | place_before | n_before | n_after | critical_t
        two     | 3            | 2        | 2       | 4.302653
        """
    assert published.shows("sudden_change", expected) == rows(expected)


def test_the_pooled_sd_weighs_each_side_by_its_own_number(service: Serving) -> None:
    """15 and 21, then 10, 8 and 9: the variances are 18 (of two scores) and 1 (of three). Pooled
    that is (1 x 18 + 2 x 1) / 3 = 6.67, and 18 - 9 is more than 3.182 x 2.582. With equal weights
    it would be 3.182 x 3.559, and no gain."""
    drawn = _course("pooled", "15", "21", "10", "8", "9")
    published = service().published(HEAD + drawn, as_of=50)
    expected = """
        patient | pooled_sd | critical_t | n_before | n_after
        pooled  | 2.581989  | 3.182446   | 2        | 3
        """
    assert published.shows("sudden_change", expected) == rows(expected)


def test_it_must_be_from_one_session_to_the_next(service: Serving) -> None:
    """Session 4 was missed, so from 3 to 5 nothing can be called sudden."""
    drawn = _course("missed", "18", "18", "17", "-", "9", "8", "9")
    assert service().published(HEAD + drawn, as_of=60).read("from sudden_change") == []


def test_a_sudden_loss_is_the_mirror(service: Serving) -> None:
    """From 9 to 17 is 8 points, from 21 to 27 is 6 and more than a quarter of 21; from 25 to 27
    is no reliable change."""
    drawn = "\n".join(
        (
            _course("loss", "9", "8", "9", "17", "18", "18"),
            _course("high", "21", "21", "21", "27", "27", "27"),
            _course("small", "25", "25", "25", "27", "27", "27"),
        )
    )
    published = service().published(HEAD + drawn, as_of=50)
    expected = """
        patient | kind        | score_before | score
        loss    | sudden_loss | 9            | 17
        high    | sudden_loss | 21           | 27
        """
    assert published.shows("sudden_change", expected) == rows(expected)


def test_a_quarter_can_be_more_than_reliable(service: Serving) -> None:
    """On the ORS, where more is better, 5 points are reliable; but from 28 to 34 is 6, and a
    quarter of 28 is 7. From 12 to 20 is enough by both and a gain; from 20 to 12 is a loss."""
    drawn = "\n".join(
        (
            _course("small", "28", "28", "28", "34", "34", "34"),
            _course("gain", "12", "12", "12", "20", "20", "20"),
            _course("loss", "20", "20", "20", "12", "12", "12"),
        )
    )
    published = service().published(HEAD.replace("PHQ-9", "ORS") + drawn, as_of=50)
    expected = """
        patient | kind
        gain    | sudden_gain
        loss    | sudden_loss
        """
    assert published.shows("sudden_change", expected) == rows(expected)


def test_where_sessions_are_not_known_measurements_are_counted(service: Serving) -> None:
    drawn = "patient | day | PHQ-9\n" + "\n".join(
        f"p1 | {day} | {score}"
        for day, score in zip((0, 7, 21, 28, 60, 61), (18, 18, 17, 9, 8, 9), strict=True)
    )
    published = service().published(drawn, as_of=62)
    expected = """
        patient | counted     | place_before | measured_at_before | measured_at
        p1      | measurement | 3            | 21                 | 28
        """
    assert published.shows("sudden_change", expected) == rows(expected)


def test_before_the_first_session_nothing_is_sudden(service: Serving) -> None:
    """Session 0 is the waiting time: without it only session 1 comes before the fall. Of the two
    forms of session 3 the last one counts."""
    published = service().published(
        """
        patient | day | session | PHQ-9
        waiting |   0 | 0       | 18
        waiting |   7 | 1       | 17
        waiting |  14 | 2       | 9
        waiting |  21 | 3       | 9
        waiting |  28 | 4       | 9
        twice   |   7 | 1       | 18
        twice   |  14 | 2       | 18
        twice   |  20 | 3       | 9
        twice   |  21 | 3       | 17
        twice   |  28 | 4       | 9
        twice   |  35 | 5       | 9
        """,
        as_of=36,
    )
    expected = """
        patient | score_before | score | place_before
        twice   | 17           | 9     | 3
        """
    assert published.shows("sudden_change", expected) == rows(expected)


def test_it_is_a_mark_and_no_alert(service: Serving) -> None:
    drawn = HEAD + _course("loss", "9", "8", "9", "14.9", "14.9", "14.9")
    published = service().published(drawn.replace("14.9", "15"), as_of=36)
    assert published.read("select kind from sudden_change") == [("sudden_loss",)]
    assert "sudden_loss" not in dict(published.read("select kind, level from signal"))


def test_an_alliance_and_a_scale_without_reliable_change_have_none(service: Serving) -> None:
    drawn = HEAD.replace("PHQ-9", "SRS") + _course("srs", "38", "38", "38", "20", "20", "20")
    assert service().published(drawn, as_of=50).read("from sudden_change") == []


def test_students_t_is_that_of_scipy() -> None:
    text = (SQL_FOLDER / "335_sudden_change.sql").read_text(encoding="utf-8")
    for df in (2, 3, 4):
        assert f"({df}, {t.ppf(0.975, df):.6f})" in text
