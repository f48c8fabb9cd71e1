"""Scores: keys, reversals, missing items. Expected values are added up by hand."""

from tests.rules.conftest import Serving, rows


def test_scales_that_must_be_complete(service: Serving) -> None:
    """Lowest, highest and one item missing: PHQ-9, GAD-7, ORS and SRS then have no score."""
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
    """CORE-10 items 2 and 3 are worded positively: 4 counts 0, so 'all 0' scores 8, not 0.

    CORE-10 allows 1 missing (here the last; items 2 and 3 are 4 and count 0): 4 x 7 = 28 over 9
    items, times 10 = 31.111111. BDI allows 2: twenty items of 3 are 60, over 20, times 21 = 63.
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


def test_a_total_that_the_sender_reports_counts_only_without_items(service: Serving) -> None:
    """p1 reports 12 and no item. p2 reports 20, its items add up to 9. p3 reports 20 and left an
    item blank: no score, whatever the sender made of it."""
    published = service().published(
        """
        patient | day | PHQ-9                       | GAD-7
        p1      |   0 | 12                          | -
        p2      |   0 | 1 1 1 1 1 1 1 1 1 total=20  | -
        p3      |   0 | 1 1 1 1 1 1 1 1 . total=20  | 7
        """,
        as_of=1,
    )
    expected = """
        patient | instrument | score | reported_score | items_answered | no_score_reason
        p1      | phq-9      | 12    | 12             | -              | -
        p2      | phq-9      | 9     | 20             | 9              | -
        p3      | phq-9      | -     | 20             | 8              | too_many_items_missing
        p3      | gad-7      | 7     | 7              | -              | -
        """
    assert published.shows("score", expected) == rows(expected)


def test_tenths_add_up_exactly_to_the_cutoff(service: Serving) -> None:
    """Floating point makes 8.7 + 9.1 + 9.1 + 9.1 35.99999...; 36 is not below 36, and an ORS
    of 6.1 + 6.2 + 6.3 + 6.4 = 25 is functional (clinical is below 25)."""
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
    """The assessment is kept, it makes an episode, and there is nothing to score it with."""
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
