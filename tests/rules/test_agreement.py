"""Questionnaires of one episode that disagree are shown as disagreeing.

Reliably better on one and reliably worse on another is told with the alert; no average hides it.
"""

import json

from tests.rules.conftest import Serving, rows


def test_better_on_one_and_worse_on_another(service: Serving) -> None:
    """6 points on the PHQ-9, 4 on the GAD-7 and 5 on the ORS are reliable; on the ORS more is
    better. Unchanged contradicts nothing, and of one questionnaire alone nothing can be said."""
    published = service().published(
        """
        patient   | day | PHQ-9 | GAD-7 | ORS
        disagree  |   0 | 10    | 12    | 20
        disagree  |   7 | 16    | 8     | 20
        all three |   0 | 16    | 12    | 15
        all three |   7 | 10    | 8     | 20
        apart     |   0 | 10    | 12    | -
        apart     |   7 | 16    | 9     | -
        three     |   0 | 10    | 12    | 20
        three     |   7 | 16    | 8     | 25
        alone     |   0 | 10    | -     | -
        alone     |   7 | 16    | -     | -
        """,
        as_of=8,
    )
    expected = """
        patient   | improved_on             | unchanged_on | deteriorated_on | disagrees
        disagree  | ['GAD-7']               | ['ORS']      | ['PHQ-9']       | yes
        all three | ['GAD-7', 'ORS', 'PHQ-9'] | []         | []              | no
        apart     | []                      | ['GAD-7']    | ['PHQ-9']       | no
        three     | ['GAD-7', 'ORS']        | []           | ['PHQ-9']       | yes
        """
    assert published.shows("agreement", expected) == rows(expected)


def test_an_alliance_contradicts_nothing(service: Serving) -> None:
    published = service().published(
        """
        patient | day | PHQ-9 | SRS
        p1      |   0 | 10    | 20
        p1      |   7 | 16    | 40
        """,
        as_of=8,
    )
    assert published.read("select * from agreement") == []


def test_a_subscale_contradicts_nothing(service: Serving) -> None:
    """The subscales of the OQ-45 are parts of its total, not questionnaires beside it."""
    published = service().published(
        """
        patient | day | session | OQ-45.2
        p1      |   0 | 1       | 60
        p1      |   7 | 2       | 80
        """,
        as_of=8,
    )
    assert published.read("select * from agreement") == []


def test_an_alert_about_change_tells_it(service: Serving) -> None:
    """Beside the reason, not in place of it; a critical answer stands on its own."""
    published = service().published(
        """
        patient | day | session | PHQ-9             | GAD-7
        p1      |   0 | 1       | 1 1 1 1 1 1 1 1 0 | 12
        p1      |   7 | 2       | 2 2 2 2 2 1 1 1 1 | 8
        """,
        as_of=8,
    )
    found = {
        kind: told and json.loads(told)
        for kind, told in published.read("select kind, disagreement from alert_list")
    }
    assert found == {
        "reliable_deterioration": {"improved_on": ["GAD-7"], "deteriorated_on": ["PHQ-9"]},
        "critical_item": None,
    }
