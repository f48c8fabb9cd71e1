"""What a report prints: the alert list, who is overdue, and the figures of a clinic."""

from tests.rules.conftest import File, Serving, rows


def test_sections_and_order_of_the_alert_list(service: Serving) -> None:
    """On day 60: critical first, however old; then what opened less than 7 days ago (day 54 on),
    red before amber, the newest signal first; then the rest. p5 was not seen since day 0, which is
    an alert of its own from day 43 on. Each clinic by itself."""
    published = service().published(
        """
        clinic | patient | day | session | PHQ-9
        c      | p1      |   0 | 1       | 11
        c      | p1      |  53 | 2       | 17
        c      | p2      |   0 | 1       | 17
        c      | p2      |  54 | 6       | 17
        c      | p3      |   0 | 1       | 11
        c      | p3      |  55 | 2       | 17
        c      | p4      |   0 | 1       | 11
        c      | p4      |  56 | 3       | 17
        c      | p5      |   0 | 1       | 9=1
        c      | p6      |  59 | 1       | 9=1
        c      | p7      |   0 | 1       | 17
        c      | p7      |  30 | 6       | 17
        c      | p7      |  57 | 7       | 17
        d      | p1      |   0 | 1       | 11
        d      | p1      |  20 | 2       | 17
        """,
        as_of=60,
    )
    expected = """
        clinic | sort_order | patient | section  | level | days_open | next_step
        c      | 1          | p6      | critical | red   | 1         | assess_risk_today
        c      | 2          | p5      | critical | red   | 60        | assess_risk_today
        c      | 3          | p4      | new      | red   | 4         | discuss_deterioration
        c      | 4          | p3      | new      | red   | 5         | discuss_deterioration
        c      | 5          | p2      | new      | amber | 6         | review_no_progress
        c      | 6          | p1      | open     | red   | 7         | discuss_deterioration
        c      | 7          | p7      | open     | amber | 30        | review_no_progress
        c      | 8          | p5      | open     | amber | 17        | seek_contact
        d      | 1          | p1      | open     | red   | 40        | discuss_deterioration
        """
    assert published.shows("alert_list", expected) == rows(expected)


def test_a_held_back_file_stands_on_the_list_of_a_day_before_it(service: Serving) -> None:
    """A report of day 3, made after a file was held back on day 8: it is open for 0 days."""
    published = service().published(
        "file | patient | day | PHQ-9\nb.csv | p1 | 2 | 9=1",
        files=[File("b.csv", "8", is_held_back=True)],
        as_of=3,
    )
    expected = """
        kind           | section  | days_open | next_step
        critical_item  | critical | 1         | assess_risk_today
        held_back_file | new      | 0         | look_at_held_back_file
        """
    assert published.shows("alert_list", expected) == rows(expected)


def test_overdue_after_28_days(service: Serving) -> None:
    """On day 40: day 12 is 28 days ago (not overdue), day 11 is 29, day 0 is 40 with an alert
    that is still open (42 days). Ended episodes are nobody's to remind."""
    published = service().published(
        """
        patient | episode | day      | session | therapist | PHQ-9
        p1      | E1      | 12       | 1       | t1        | 5
        p2      | E2      | 11 23:00 | 1       | t1        | 5
        p3      | E3      | -7       | 1       | t2        | 11
        p3      | E3      | 0        | 2       | t2        | 17
        p4      | E4      | 0        | 1       | t2        | 5
        p4      | E5      | 39       | 1       | t2        | 5
        """,
        as_of=40,
    )
    expected = """
        patient | therapist | episode | last_measured_at | days_since | has_open_alert
        p2      | t1        | E2      | 11 23:00         | 29         | no
        p3      | t2        | E3      | 0                | 40         | yes
        """
    assert published.shows("overdue", expected) == rows(expected)


def test_figures_of_a_clinic(service: Serving) -> None:
    """On day 100, where 40 days without a measurement end an episode: all before day 60 has ended.

    In treatment: p1, p2, p3, p4 and p8. This week is days 94 to 100: five measurements (p1, p2
    twice, p3, p4) of four patients; day 93 does not count.

    Ended, with two scores for symptoms: p5 recovered, p6 unchanged, p7 deteriorated. p9 has one
    score only, and the ORS does not measure symptoms.

    Alerts: p1 new (red, day 95), p2 open (amber, days 80 and 99), p3 critical; that of p7 ended.
    Overdue for more than 28 days: p8. Information: the SRS of p2 below 36, p4 at session 4.

    Red or amber on p1 (once), p2 (twice) and p7 (once): 4 of 18 scores, which are 15 of the
    PHQ-9 (item 9 alone is none), 1 of the SRS and 2 of the ORS.
    """
    published = service(episodes={"gap_days": 40}).published(
        """
        patient | day | session | PHQ-9 | SRS | ORS
        p1      | 90  | 1       | 11    | -   | -
        p1      | 95  | 2       | 17    | -   | -
        p2      | 75  | 1       | 17    | -   | -
        p2      | 80  | 6       | 17    | -   | -
        p2      | 99  | 7       | 16    | 35  | -
        p3      | 100 | 1       | 9=1   | -   | -
        p4      | 93  | 1       | 17    | -   | -
        p4      | 94  | 4       | 17    | -   | -
        p5      | 0   | 1       | 17    | -   | 10
        p5      | 14  | 2       | 9     | -   | 20
        p6      | 0   | 1       | 17    | -   | -
        p6      | 14  | 2       | 15    | -   | -
        p7      | 0   | 1       | 11    | -   | -
        p7      | 14  | 2       | 17    | -   | -
        p8      | 71  | 1       | 5     | -   | -
        p9      | 0   | 1       | 5     | -   | -
        """,
        as_of=100,
    )
    expected = """
        figure                        | numerator | denominator
        patients_in_treatment         | 5         | -
        assessments_this_week         | 5         | -
        patients_measured_this_week   | 4         | -
        alerts_new                    | 1         | -
        alerts_open                   | 1         | -
        critical_open                 | 1         | -
        overdue                       | 1         | -
        low_alliance_this_week        | 1         | -
        no_improvement_info_this_week | 1         | -
        change_recovered              | 1         | 3
        change_improved               | 0         | 3
        change_unchanged              | 1         | 3
        change_deteriorated           | 1         | 3
        alerts_per_100_assessments    | 4         | 18
        """
    assert published.shows("clinic_figure", expected) == rows(expected)


def test_change_figures_look_back_365_days(service: Serving) -> None:
    """On day 400: day 36 is 364 days ago and counts, day 35 does not."""
    published = service().published(
        """
        patient | day | session | PHQ-9
        p1      | 0   | 1       | 17
        p1      | 36  | 2       | 9
        p2      | 0   | 1       | 17
        p2      | 35  | 2       | 9
        """,
        as_of=400,
    )
    expected = """
        figure           | numerator | denominator
        change_recovered | 1         | 1
        """
    table = "clinic_figure where figure = 'change_recovered'"
    assert published.shows(table, expected) == rows(expected)


def test_a_clinic_of_which_only_a_held_back_file_is_known_has_figures(service: Serving) -> None:
    published = service().published(
        "file | patient | day | PHQ-9\nb.csv | p1 | 2 | 9=1",
        files=[File("b.csv", "2", is_held_back=True)],
        as_of=3,
    )
    assert published.read("select count(*), sum(numerator) from clinic_figure") == [(14, 2)]
