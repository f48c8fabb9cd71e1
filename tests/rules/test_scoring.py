"""How answers become a score, and when too many are left blank for one.

A question that is worded the other way round is turned round first. The scores in these tables
were added up by hand.
"""

from tests.rules.conftest import Serving, rows


def test_scales_that_must_be_complete(service: Serving) -> None:
    """The lowest form, the highest, and one with an answer left blank, which has no score."""
    published = service().published(
        """
        patient | day | PHQ-9             | GAD-7         | ORS         | SRS
        lowest  |   0 | 0 0 0 0 0 0 0 0 0 | 0 0 0 0 0 0 0 | 0 0 0 0     | 0 0 0 0
        highest |   0 | 3 3 3 3 3 3 3 3 3 | 3 3 3 3 3 3 3 | 10 10 10 10 | 10 10 10 10
        one off |   0 | 3 3 3 3 . 3 3 3 3 | 3 3 3 3 3 3 . | . 10 10 10  | 10 10 10 .
        """,
        as_of=1,
    )
    expected = """
        patient | instrument | score | items_answered | items_missing | no_score_reason
        lowest  | phq-9      | 0     | 9              | 0             | -
        lowest  | gad-7      | 0     | 7              | 0             | -
        lowest  | ors        | 0     | 4              | 0             | -
        lowest  | srs        | 0     | 4              | 0             | -
        highest | phq-9      | 27    | 9              | 0             | -
        highest | gad-7      | 21    | 7              | 0             | -
        highest | ors        | 40    | 4              | 0             | -
        highest | srs        | 40    | 4              | 0             | -
        one off | phq-9      | -     | 8              | 1             | too_many_items_missing
        one off | gad-7      | -     | 6              | 1             | too_many_items_missing
        one off | ors        | -     | 3              | 1             | too_many_items_missing
        one off | srs        | -     | 3              | 1             | too_many_items_missing
        """
    assert published.shows("score", expected) == rows(expected)


def test_scales_that_may_miss_an_item(service: Serving) -> None:
    """Items 2 and 3 of the CORE-10 are worded positively: there 4 counts as 0. A form of only 0
    therefore scores 8, not 0.

    The CORE-10 may miss one answer (here the last): the other nine add up to 28, which is
    31.111111 for ten. The BDI may miss two: twenty answers of 3 are 60, which is 63 for 21.
    """
    published = service().published(
        """
        patient  | day | CORE-10             | BDI
        all 0    |   0 | 0 0 0 0 0 0 0 0 0 0 | 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
        all 4    |   0 | 4 4 4 4 4 4 4 4 4 4 | 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3
        lowest   |   0 | 0 4 4 0 0 0 0 0 0 0 | -
        highest  |   0 | 4 0 0 4 4 4 4 4 4 4 | -
        1 off    |   0 | 4 4 4 4 4 4 4 4 4 . | 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 .
        2 off    |   0 | 4 4 4 4 4 4 4 4 . . | 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 . .
        3 off    |   0 | -                   | 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 . . .
        """,
        as_of=1,
    )
    expected = """
        patient | instrument | score     | items_missing | prorated | no_score_reason
        all 0   | core-10    | 8         | 0             | no       | -
        all 4   | core-10    | 32        | 0             | no       | -
        lowest  | core-10    | 0         | 0             | no       | -
        highest | core-10    | 40        | 0             | no       | -
        1 off   | core-10    | 31.111111 | 1             | yes      | -
        2 off   | core-10    | -         | 2             | no       | too_many_items_missing
        all 0   | bdi        | 0         | 0             | no       | -
        all 4   | bdi        | 63        | 0             | no       | -
        1 off   | bdi        | 63        | 1             | yes      | -
        2 off   | bdi        | 63        | 2             | yes      | -
        3 off   | bdi        | -         | 3             | no       | too_many_items_missing
        """
    assert published.shows("score", expected) == rows(expected)
    # Stored with 6 decimals, so that every run and every number of cores gives the same.
    prorated = "select score from score where prorated and instrument = 'core-10'"
    assert published.read(prorated) == [(31.111111,)]


def test_the_k10_is_rounded_where_answers_are_left_blank(service: Serving) -> None:
    """The K10 may miss two answers; the others are then filled up to ten and the score is rounded.

    One blank: 2 + 8 x 1 = 10 for nine, 11.1 for ten, so 11. Two blank: 3 + 7 x 1 = 10 for eight,
    12.5 for ten, and a half is rounded up, so 13.
    """
    published = service().published(
        """
        patient | day | K10
        none    |   0 | 1 2 1 1 1 1 1 1 1 1
        1 off   |   0 | . 2 1 1 1 1 1 1 1 1
        2 off   |   0 | . . 3 1 1 1 1 1 1 1
        3 off   |   0 | . . . 1 1 1 1 1 1 5
        """,
        as_of=1,
    )
    expected = """
        patient | score | items_missing | prorated | no_score_reason
        none    | 11    | 0             | no       | -
        1 off   | 11    | 1             | yes      | -
        2 off   | 13    | 2             | yes      | -
        3 off   | -     | 3             | no       | too_many_items_missing
        """
    assert published.shows("score", expected) == rows(expected)


def test_a_total_that_the_sender_reports_counts_where_answers_make_no_score(
    service: Serving,
) -> None:
    """A score is made of answers wherever there are enough; what the sender made of them then
    counts no more (p2 was sent 20, and its answers add up to 9).

    Where there are too few, the total that was sent counts (p3, p4), as it does without any (p1).
    But not a total that no answer to the blank question could give: p5 has 8 points already, and
    the ninth question adds 3 at most.
    """
    published = service().published(
        """
        patient | day | PHQ-9                       | GAD-7
        p1      |   0 | 12                          | -
        p2      |   0 | 1 1 1 1 1 1 1 1 1 total=20  | -
        p3      |   0 | 1 1 1 1 1 1 1 1 . total=11  | 7
        p4      |   0 | 9=2 total=15                | -
        p5      |   0 | 1 1 1 1 1 1 1 1 . total=20  | -
        """,
        as_of=1,
    )
    expected = """
        patient | instrument | score | score_source | reported_score | items_answered
        p1      | phq-9      | 12    | reported     | 12             | -
        p2      | phq-9      | 9     | recomputed   | 20             | 9
        p3      | phq-9      | 11    | reported     | 11             | 8
        p3      | gad-7      | 7     | reported     | 7              | -
        p4      | phq-9      | 15    | reported     | 15             | 1
        p5      | phq-9      | -     | -            | 20             | 8
        """
    assert published.shows("score", expected) == rows(expected)
    reasons = "select patient_id, no_score_reason from score where no_score_reason is not null"
    assert published.read(reasons) == [("p5", "reported_total_impossible")]
    assert published.read("select prorated from score group by all") == [(False,)]


def test_a_scale_whose_questions_are_not_known_counts_where_it_is_sent(service: Serving) -> None:
    """Which questions of the CORE-OM make its scale of wellbeing has no sure source. Its score
    counts where an export gives it, and elsewhere the form says nothing of it."""
    published = service().published(
        """
        patient | day | CORE-OM
        p1      |   0 | wellbeing=25 total=18
        p2      |   0 | total=18 risk=0
        """,
        as_of=1,
    )
    expected = """
        patient | scale     | score | score_source | no_score_reason
        p1      | total     | 18    | reported     | -
        p1      | non-risk  | -     | -            | no_answer
        p1      | risk      | -     | -            | no_answer
        p1      | wellbeing | 25    | reported     | -
        p2      | total     | 18    | reported     | -
        p2      | non-risk  | -     | -            | no_answer
        p2      | risk      | 0     | reported     | -
        """
    assert published.shows("score", expected) == rows(expected)


def test_tenths_add_up_exactly_to_the_cutoff(service: Serving) -> None:
    """8.7 + 9.1 + 9.1 + 9.1 is 36 and not 35.99999..., as a computer has it: the SRS is not
    below 36. An ORS of 6.1 + 6.2 + 6.3 + 6.4 = 25 is functional; clinical is below 25."""
    published = service().published(
        """
        patient | day | SRS             | ORS
        p1      |   0 | 8.7 9.1 9.1 9.1 | 6.1 6.2 6.3 6.4
        p2      |   0 | 8.6 9.1 9.1 9.1 | 6.0 6.2 6.3 6.4
        """,
        as_of=1,
    )
    expected = """
        patient | instrument | score | is_clinical
        p1      | srs        | 36    | -
        p2      | srs        | 35.9  | -
        p1      | ors        | 25    | no
        p2      | ors        | 24.9  | yes
        """
    assert published.shows("score", expected) == rows(expected)
    assert published.shows("signal", "patient | kind") == [
        {"patient": "p2", "kind": "low_alliance"}
    ]


def test_an_instrument_without_a_file_lands_unscored(service: Serving) -> None:
    """The form is kept and counts as a measurement, but nobody has said how to score it."""
    published = service().published("patient | day | XYZ\np1 | 0 | 1 2", as_of=1)
    assert published.shows("assessment", "patient | instrument | assessment_no") == [
        {"patient": "p1", "instrument": "XYZ", "assessment_no": "1"}
    ]
    assert published.read("select * from score") == []


TWO_SCALES = """
id = "two"
name = "Two scales"
short_name = "TWO"
version = "1"
measures = "symptoms"
rater = "self"
respondent = "patient"
licence = "free"
items = 4
item_minimum = 0
item_maximum = 3
item_source = "made up for this test"
item_evidence = "D"
"""
SCALE = """
[[scale]]
id = "{id}"
items = {items}
aggregation = "sum"
direction = "lower_is_better"
minimum = 0
maximum = 6
map_source = "made up for this test"
map_evidence = "D"
[scale.missing]
value = 0
source = "made up for this test"
population = "nobody"
evidence = "D"
"""


def test_every_scale_of_an_instrument_has_a_row_or_a_reason(service: Serving) -> None:
    """Only the items of the first scale were answered; the second says that it was not."""
    two = service()
    scales = SCALE.format(id="first", items=[1, 2]) + SCALE.format(id="second", items=[3, 4])
    (two.home / "instruments" / "two.toml").write_text(TWO_SCALES + scales)
    published = two.published("patient | day | TWO\np1 | 0 | 1 2", as_of=1)
    expected = """
        patient | scale  | score | items_answered | no_score_reason
        p1      | first  | 3     | 2              | -
        p1      | second | -     | -              | no_answer
        """
    assert published.shows("score", expected) == rows(expected)


OQ_45 = """
    patient | day | OQ-45
    p1      |   0 | 75
    p1      |   7 | 60
    """


def test_the_dutch_norms_decide_where_no_others_were_chosen(service: Serving) -> None:
    """An OQ-45 of 60 is clinical by the Dutch norms: 56 and above. From 75 to 60 is 15 points,
    and they ask for 18."""
    published = service().published(OQ_45, as_of=8)
    expected = """
        patient | day | score | is_clinical
        p1      |   0 | 75    | yes
        p1      |   7 | 60    | yes
        """
    assert published.shows("(from score where scale = 'total')", expected) == rows(expected)
    judged = """
        patient | baseline | latest | cutoff | reliable_change_points | class
        p1      | 75       | 60     | 56     | 18                     | unchanged
        """
    change = "(from change where method = 'JT' and scale = 'total')"
    assert published.shows(change, judged) == rows(judged)


def test_the_norms_that_a_service_chose_decide(service: Serving) -> None:
    """The same scores by the norms of the US: clinical is 64 and above, and 14 points are a
    reliable change. The patient has recovered."""
    us = service(instruments={"norms": {"oq-45": "us"}})
    published = us.published(OQ_45, as_of=8)
    expected = """
        patient | day | score | is_clinical
        p1      |   0 | 75    | yes
        p1      |   7 | 60    | no
        """
    assert published.shows("(from score where scale = 'total')", expected) == rows(expected)
    judged = """
        patient | baseline | latest | cutoff | reliable_change_points | class
        p1      | 75       | 60     | 64     | 14                     | recovered
        """
    change = "(from change where method = 'JT' and scale = 'total')"
    assert published.shows(change, judged) == rows(judged)


PHQ_9_OF_A_TOWN = """
extends = "phq-9"
id = "phq-9"
[[norm]]
id = "town"
population = "people of a town"
default = true
[[norm]]
id = "patients"
population = "patients of a clinic"
[[scale]]
id = "total"
[[scale.norm]]
id = "town"
[scale.norm.reference_mean]
value = 5
source = "made up for this test"
population = "500 people of a town"
evidence = "D"
[scale.norm.reference_sd]
value = 4
source = "made up for this test"
population = "500 people of a town"
evidence = "D"
"""


def test_a_t_score_tells_where_a_score_lies_in_one_population(service: Serving) -> None:
    """A clinic brings a norm group of its own for the PHQ-9: a town with a mean of 5 and an SD of
    4. A score of 9 is one SD above that mean, so its T-score is 60; a score of 5 is 50.

    No questionnaire that comes with Op koers has the mean and SD of a reference population with a
    sure source, so without such a file there are no T-scores.
    """
    town = service()
    (town.home / "instruments" / "phq-9.toml").write_text(PHQ_9_OF_A_TOWN)
    published = town.published(
        """
        patient | day | PHQ-9             | GAD-7
        p1      |   0 | 9                 | 9
        p2      |   0 | 5                 | -
        p3      |   0 | 0 0 0 0 0 0 0 0 0 | -
        p4      |   0 | 0 0 0 0 . . . . . | -
        """,
        as_of=1,
    )
    expected = """
        patient | instrument | score | t_score | t_population
        p1      | phq-9      | 9     | 60      | 500 people of a town
        p1      | gad-7      | 9     | -       | -
        p2      | phq-9      | 5     | 50      | 500 people of a town
        p3      | phq-9      | 0     | 37.5    | 500 people of a town
        p4      | phq-9      | -     | -       | -
        """
    assert published.shows("score", expected) == rows(expected)


def test_t_scores_of_two_populations_are_never_mixed(service: Serving) -> None:
    """The same clinic puts another norm group in force, of which no mean and SD are known."""
    patients = service(instruments={"norms": {"phq-9": "patients"}})
    (patients.home / "instruments" / "phq-9.toml").write_text(PHQ_9_OF_A_TOWN)
    published = patients.published("patient | day | PHQ-9\np1 | 0 | 9", as_of=1)
    expected = """
        patient | instrument | score | t_score | t_population
        p1      | phq-9      | 9     | -       | -
        """
    assert published.shows("score", expected) == rows(expected)
