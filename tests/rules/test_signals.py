"""Which rule fires on which score, and how urgently.

A signal is one rule that fired on one measurement. Red and amber signals make an alert that
somebody must answer; information does not.
"""

from tests.rules.conftest import Serving, rows


def test_reliable_deterioration_is_red_from_session_2(service: Serving) -> None:
    """6 points worse on the PHQ-9 is a signal, 5 is not. Session 1 is too early, whatever the
    score. Session 4 is also without reliable improvement, which is information."""
    published = service().published(
        """
        patient | day | session | PHQ-9
        p1      |   0 | 1       | 11
        p1      |   1 | 1       | 18
        p1      |   7 | 2       | 16
        p1      |  14 | 3       | 17
        p1      |  21 | 4       | 17
        """,
        as_of=22,
    )
    expected = """
        session | kind                    | level | score | baseline_score
        3       | reliable_deterioration  | red   | 17    | 11
        4       | reliable_deterioration  | red   | 17    | 11
        4       | no_reliable_improvement | info  | 17    | 11
        """
    assert published.shows("signal", expected) == rows(expected)


def test_ors_falls_where_the_phq_9_rises(service: Serving) -> None:
    """5 points down is worse (from 20.1 to 15.1 is exactly 5); 4.9 is not, nor is 5 up."""
    published = service().published(
        """
        patient | day | session | ORS
        down    |   0 | 1       | 20.1
        down    |   7 | 2       | 15.1
        a bit   |   0 | 1       | 20.1
        a bit   |   7 | 2       | 15.2
        up      |   0 | 1       | 15.1
        up      |   7 | 2       | 20.1
        """,
        as_of=8,
    )
    expected = """
        patient | kind                   | level | instrument
        down    | reliable_deterioration | red   | ors
        """
    assert published.shows("signal", expected) == rows(expected)


def test_no_reliable_improvement_is_told_at_4_and_asks_at_6(service: Serving) -> None:
    """Only while the score is clinical and not yet 6 points better."""
    published = service().published(
        """
        patient    | day | session | PHQ-9
        slow       |   0 | 1       | 17
        slow       |   7 | 3       | 16
        slow       |  14 | 4       | 16
        slow       |  21 | 5       | 12
        slow       |  28 | 6       | 12
        slow       |  35 | 7       | 11
        functional |   0 | 1       | 12
        functional |  28 | 6       | 9
        on the cut |   0 | 1       | 12
        on the cut |  28 | 6       | 10
        """,
        as_of=36,
    )
    expected = """
        patient    | session | kind                    | level
        slow       | 4       | no_reliable_improvement | info
        slow       | 5       | no_reliable_improvement | info
        slow       | 6       | no_reliable_improvement | amber
        on the cut | 6       | no_reliable_improvement | amber
        """
    assert published.shows("signal", expected) == rows(expected)


def test_where_sessions_are_unknown_measurements_are_counted(service: Serving) -> None:
    """From the fourth and from the sixth measurement, each questionnaire by itself."""
    published = service().published(
        """
        patient | day | PHQ-9 | GAD-7
        p1      |   0 | 17    | 3
        p1      |   7 | 17    | -
        p1      |  14 | 17    | 3
        p1      |  21 | 17    | -
        p1      |  28 | 17    | 3
        p1      |  35 | 17    | 8
        """,
        as_of=36,
    )
    expected = """
        instrument | assessment_no | kind                    | level
        phq-9      | 4             | no_reliable_improvement | info
        phq-9      | 5             | no_reliable_improvement | info
        phq-9      | 6             | no_reliable_improvement | amber
        gad-7      | 4             | reliable_deterioration  | red
        gad-7      | 4             | no_reliable_improvement | info
        """
    assert published.shows("signal", expected) == rows(expected)
    reasons = published.read("""
        select reason from signal where instrument = 'gad-7' and level = 'red'
    """)
    assert reasons == [
        (
            '{"key":"reliable_deterioration","instrument":"GAD-7","baseline":3.0,"score":8.0,'
            '"points":4.0,"rule":">=","session":4,"counted":"measurement"}',
        )
    ]


def test_change_is_judged_only_after_the_baseline(service: Serving) -> None:
    """p1 was far better while waiting than at the start (day 30), and p2 is measured for the first
    time at session 6: nothing can have improved or got worse since the start."""
    published = service().published(
        """
        patient | day | session | PHQ-9
        p1      |   0 | -       | 10
        p1      |  20 | -       | 24
        p1      |  30 | 1       | 17
        p2      |  20 | 6       | 20
        """,
        as_of=31,
    )
    assert published.read("select * from signal") == []


def test_low_alliance_is_information_below_36(service: Serving) -> None:
    """36 is not below 36. A fall on the SRS is no deterioration: alliance is not an outcome."""
    published = service().published(
        """
        patient | day | session | SRS
        p1      |   0 | 1       | 40
        p1      |   7 | 2       | 36
        p1      |  14 | 6       | 35.9
        """,
        as_of=15,
    )
    expected = """
        session | kind         | level | score
        6       | low_alliance | info  | 35.9
        """
    assert published.shows("signal", expected) == rows(expected)
    assert published.read("select * from alert") == []


def test_a_score_that_is_not_valid_fires_nothing(service: Serving) -> None:
    """Eight answers of 3 would be 24, thirteen worse; one is blank, so there is no score."""
    published = service().published(
        """
        patient | day | session | PHQ-9
        p1      |   0 | 1       | 11
        p1      |   7 | 2       | 3 3 3 3 3 3 3 3 .
        """,
        as_of=8,
    )
    assert published.read("select * from signal") == []


WELLBEING = """
id = "five"
name = "Five lines"
short_name = "FIVE"
version = "1"
measures = "wellbeing"
rater = "self"
respondent = "patient"
licence = "free"
items = 5
item_minimum = 0
item_maximum = 5
item_source = "made up for this test"
item_evidence = "D"

[[scale]]
id = "total"
items = [1, 2, 3, 4, 5]
aggregation = "sum"
direction = "higher_is_better"
minimum = 0
maximum = 25
map_source = "made up for this test"
map_evidence = "D"

[scale.missing]
value = 0
source = "made up for this test"
population = "nobody"
evidence = "D"
"""


def test_without_a_reliable_change_value_no_rule_about_change_fires(service: Serving) -> None:
    """FIVE is a made-up questionnaire: nobody knows how much change on it is reliable."""
    serving = service()
    (serving.home / "instruments" / "five.toml").write_text(WELLBEING)
    published = serving.published(
        """
        patient | day | session | FIVE
        p1      |   0 | 1       | 20
        p1      |   7 | 4       | 20
        p1      |  14 | 6       | 5
        """,
        as_of=15,
    )
    assert published.shows("signal", "session | kind | level") == []


PARTS = (
    WELLBEING.replace('"five"', '"parts"').replace('"FIVE"', '"PARTS"')
    + """
[scale.reliable_change]
value = 8
rule = ">="
source = "made up for this test"
population = "nobody"
evidence = "D"

[[scale]]
id = "sleep"
items = [1, 2]
aggregation = "sum"
direction = "higher_is_better"
minimum = 0
maximum = 10
map_source = "made up for this test"
map_evidence = "D"

[scale.missing]
value = 0
source = "made up for this test"
population = "nobody"
evidence = "D"

[scale.reliable_change]
value = 4
rule = ">="
source = "made up for this test"
population = "nobody"
evidence = "D"
"""
)


def test_change_fires_on_the_main_scale_only(service: Serving) -> None:
    """PARTS is a made-up questionnaire: 8 points of its total are reliable, and 4 of its subscale
    on sleep (items 1 and 2). For p1 sleep alone gets worse, by 6. For p2 the total does, by 9."""
    serving = service()
    (serving.home / "instruments" / "parts.toml").write_text(PARTS)
    published = serving.published(
        """
        patient | day | session | PARTS
        p1      |   0 | 1       | 4 4 4 4 4
        p1      |   7 | 2       | 1 1 4 4 4
        p2      |   0 | 1       | 4 4 4 4 4
        p2      |   7 | 2       | 1 1 1 4 4
        """,
        as_of=8,
    )
    expected = """
        patient | kind                   | scale | score | baseline_score
        p2      | reliable_deterioration | total | 11    | 20
        """
    assert published.shows("signal", expected) == rows(expected)
    assert published.read("select patient_id from alert") == [("p2",)]
    worse = published.read("""
        select patient_id from change
        where class = 'deteriorated' and scale = 'sleep' and method = 'JT'
    """)
    assert sorted(worse) == [("p1",), ("p2",)]
