"""What stands out in a recent file, for the sender to mend at the source.

Every judgement is drawn at its limit: one file just within, one just beyond.
The newest export is a.csv; files before it are b.csv, c.csv and so on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb
import pytest

from flows.landing.archive import ReadAs, Receipt
from flows.landing.entities import ENTITIES
from flows.warehouse import main_lane, run_stations
from tests.rules.conftest import File, Published, Service, Serving, moment

AS_OF = 60
# What judges files needs neither assessments nor scores.
STATIONS = tuple(
    station
    for station in main_lane(100, 599)
    if station.number < 214 or station.name == "file_check"
)
FEW = {"quality": {"assessments_needed": 4}}
NO, PASS, FAIL = "not applicable", "pass", "fail"

Judgement = tuple[Any, ...]


def totals(file: str, scores: Sequence[float], instrument: str = "PHQ-9") -> str:
    """A drawn table of one reported total for each of so many patients."""
    lines = [f"{file} | p{n} | {n % 20} | {score}" for n, score in enumerate(scores)]
    return "\n".join([f"file | patient | day | {instrument}", *lines])


def forms(*answers: str, instrument: str = "PHQ-9") -> str:
    """The same in a.csv with items, one patient for each form."""
    lines = [f"p{n} | {n % 20} | {items}" for n, items in enumerate(answers)]
    return "\n".join([f"patient | day | {instrument}", *lines])


def several(*tables: str) -> str:
    """Drawn tables of the same columns as one."""
    return "\n".join([tables[0], *(table.partition("\n")[2] for table in tables[1:])])


def before(*names: str) -> list[File]:
    """Files that were landed on day 40, 41, and so on: before a.csv."""
    return [File(f"{name}.csv", str(40 + n)) for n, name in enumerate(names)]


def told(published: Published, expectation: str, file: str = "a.csv") -> Judgement:
    """(outcome, checked, failed, value, lower, upper) of one judgement of a file."""
    (row,) = published.read(f"""
        select outcome, checked, failed, value, lower, upper
        from file_check
        where expectation = '{expectation}' and source_file = '{file}'
    """)
    return row


def outcome(published: Published, expectation: str) -> str:
    return str(told(published, expectation)[0])


def judged(
    service: Service,
    drawn: str,
    files: Sequence[File] = (),
    more: Sequence[Receipt] = (),
    changes: Mapping[str, Any] | None = None,
) -> Published:
    """The tables that judge files, and no others; `changes` are made in the receipt of a.csv."""
    inputs = service.inputs(drawn, as_of=AS_OF, files=files)
    receipts = tuple(
        receipt.model_copy(update=changes if receipt.name == "a.csv" else None)
        for receipt in inputs.receipts
    )
    database = service.home / f"{len(list(service.home.glob('*.duckdb')))}.duckdb"
    run_stations(database, STATIONS, replace(inputs, receipts=(*receipts, *more)))
    return Published(database)


# ---------- the volume of a file


@pytest.mark.parametrize(
    ("records", "expected"),
    [(11, PASS), (12, FAIL), (1, PASS)],
)
def test_volume_beside_five_files_before_it(service: Serving, records: int, expected: str) -> None:
    """4, 5, 6, 5, 5: a mean of 5; the spread is 0.7, but counts differ by the root of their mean,
    so 3 x 2.24 = 6.7 either way is nothing special."""
    earlier = [totals(f"{name}.csv", [10] * n) for name, n in zip("bcdef", (4, 5, 6, 5, 5))]  # noqa: B905
    drawn = several(*earlier, totals("a.csv", [10] * records))
    published = judged(service(), drawn, files=before(*"bcdef"))
    assert told(published, "volume_like_the_files_before") == (
        expected, None, None, records, 0, 11,
    )  # fmt: skip


def test_a_wide_spread_allows_more(service: Serving) -> None:
    """1, 9, 1, 9, 5: a mean of 5 and a spread of 4, so up to 17 is nothing special."""
    earlier = [totals(f"{name}.csv", [10] * n) for name, n in zip("bcdef", (1, 9, 1, 9, 5))]  # noqa: B905
    drawn = several(*earlier, totals("a.csv", [10] * 17))
    published = judged(service(), drawn, files=before(*"bcdef"))
    assert told(published, "volume_like_the_files_before")[:1] == (PASS,)
    assert told(published, "volume_like_the_files_before")[4:] == (0, 17)


def test_volume_cannot_be_judged_by_four_files_or_by_those_of_another_clinic_or_source(
    service: Serving,
) -> None:
    earlier = [totals(f"{name}.csv", [10] * 5) for name in "bcde"]
    drawn = several(*earlier, totals("a.csv", [10] * 30))
    published = judged(service(), drawn, files=before(*"bcde"))
    assert outcome(published, "volume_like_the_files_before") == NO

    earlier = [totals(f"{name}.csv", [10] * 5) for name in "bcdef"]
    drawn = several(*earlier, totals("a.csv", [10] * 30))
    for change in ({"clinics": ("elsewhere",)}, {"source": "another"}):
        published = judged(service(), drawn, files=before(*"bcdef"), changes=change)
        assert outcome(published, "volume_like_the_files_before") == NO
    published = judged(service(), drawn, files=before(*"bcdef"))
    assert outcome(published, "volume_like_the_files_before") == FAIL


def test_what_the_source_leaves_out_is_no_volume(service: Serving) -> None:
    earlier = [totals(f"{name}.csv", [10] * 5) for name in "bcdef"]
    drawn = several(*earlier, totals("a.csv", [10] * 5))
    counts = {"rows_in": 500, "rejected": 495, "rejected_by_rule": 495}
    published = judged(service(), drawn, files=before(*"bcdef"), changes=counts)
    assert told(published, "volume_like_the_files_before")[:4] == (PASS, None, None, 5)


def test_only_the_last_twelve_files_before_it_count(service: Serving) -> None:
    names = "bcdefghijklmno"
    earlier = [totals(f"{name}.csv", [10] * (50 if name in "bc" else 5)) for name in names]
    drawn = several(*earlier, totals("a.csv", [10] * 20))
    published = judged(service(), drawn, files=before(*names))
    assert told(published, "volume_like_the_files_before")[:1] == (FAIL,)
    assert published.read(
        "select earlier_files, earlier_mean from file_profile where source_file = 'a.csv'"
    ) == [(12, 5)]


@pytest.mark.parametrize(
    ("exports", "records", "expected"),
    [("complete", 8, PASS), ("complete", 7, FAIL), ("partial", 7, NO)],
)
def test_a_complete_export_loses_at_most_a_fifth(
    service: Serving, exports: str, records: int, expected: str
) -> None:
    drawn = several(totals("b.csv", [10] * 10), totals("a.csv", [10] * records))
    published = judged(service(), drawn, files=before("b"), changes={"exports": exports})
    assert told(published, "nothing_lost_since_the_file_before")[:1] == (expected,)
    if exports == "complete":
        assert told(published, "nothing_lost_since_the_file_before")[3:5] == (records, 8)


def test_a_first_complete_export_has_nothing_to_lose(service: Serving) -> None:
    published = judged(service(), totals("a.csv", [10]), changes={"exports": "complete"})
    assert outcome(published, "nothing_lost_since_the_file_before") == NO


# ---------- what became of its records


@pytest.mark.parametrize(
    ("expectation", "counts", "expected"),
    [
        ("few_records_are_refused", {"rejected_error": 1}, (PASS, 100, 1)),
        ("few_records_are_refused", {"rejected_error": 2}, (FAIL, 100, 2)),
        ("few_answers_are_refused", {"cells_rejected": 1}, (PASS, 100, 1)),
        ("few_answers_are_refused", {"cells_rejected": 2}, (FAIL, 100, 2)),
        ("few_records_repeat", {"duplicate": 5}, (PASS, 100, 5)),
        ("few_records_repeat", {"duplicate": 6}, (FAIL, 100, 6)),
    ],
)
def test_counts_of_the_receipt(
    service: Serving, expectation: str, counts: dict[str, int], expected: Judgement
) -> None:
    drawn = totals("a.csv", [10])
    published = judged(service(), drawn, changes={"rows_in": 110, "rejected_by_rule": 10, **counts})
    assert told(published, expectation)[:3] == expected


# ---------- scores beside those of the files before it


@pytest.mark.parametrize(
    ("scores", "expected"),
    [((13, 13, 13, 13), PASS), ((13, 13, 13, 14), FAIL), ((11, 11, 11, 10), FAIL)],
)
def test_a_mean_that_shifts_by_more_than_half_a_spread(
    service: Serving, scores: Sequence[float], expected: str
) -> None:
    """In b and c together a mean of 12 and, within each, a spread of 2."""
    drawn = several(
        totals("b.csv", [10, 12, 14]), totals("c.csv", [12, 14, 10]), totals("a.csv", scores)
    )
    published = judged(service(**FEW), drawn, files=before("b", "c"))
    assert told(published, "mean_like_the_files_before") == (
        expected, None, None, sum(scores) / 4, 11, 13,
    )  # fmt: skip


def test_a_file_counts_for_as_much_as_it_holds(service: Serving) -> None:
    """20 once and 10 four times: a mean of 12. A spread of one score is not known."""
    drawn = several(
        totals("b.csv", [20]), totals("c.csv", [9, 11, 9, 11]), totals("a.csv", [12] * 4)
    )
    published = judged(service(**FEW), drawn, files=before("b", "c"))
    low, high = told(published, "mean_like_the_files_before")[4:]
    assert (low + high) / 2 == 12
    assert (high - low) / 2 == pytest.approx(0.5 * (4 / 3) ** 0.5, abs=1e-6)


@pytest.mark.parametrize(("earlier", "now"), [([10, 12, 14], [20] * 4), ([9, 11] * 2, [20] * 3)])
def test_a_shift_cannot_be_judged_by_too_few(
    service: Serving, earlier: list[float], now: list[float]
) -> None:
    drawn = several(totals("b.csv", earlier), totals("a.csv", now))
    published = judged(service(**FEW), drawn, files=before("b"))
    assert outcome(published, "mean_like_the_files_before") == NO


def test_what_a_later_complete_export_replaced_still_compares(service: Serving) -> None:
    """Of b.csv nothing is in force any more; its scores say what was usual all the same."""
    drawn = several(totals("b.csv", [9, 11] * 4), totals("a.csv", [20] * 8))
    published = judged(service(**FEW), drawn, files=before("b"), changes={"exports": "complete"})
    assert published.read("select count(*), min(value) from landed_response") == [(8, 20)]
    assert outcome(published, "mean_like_the_files_before") == FAIL
    assert published.read("select distinct source_file from file_check") == [("a.csv",)]


# ---------- how forms were filled in


STRAIGHT, ZEROS, MIXED = "2 2 2 2 2 2 2 2 2", "0 0 0 0 0 0 0 0 0", "3 2 1 0 0 1 2 3 0"


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([STRAIGHT] + [MIXED] * 9, (PASS, 10, 1)),
        ([STRAIGHT] * 2 + [MIXED] * 8, (FAIL, 10, 2)),
        ([ZEROS] * 5 + [MIXED] * 5, (PASS, 10, 0)),
        ([STRAIGHT] * 3, (NO, 3, 3)),
        (["2 2 2 2 2 . . . ."] * 4, (FAIL, 4, 4)),
        (["2 2 2 2 . . . . ."] * 4, (NO, 0, 0)),
    ],
)
def test_the_same_answer_all_the_way_down(
    service: Serving, answers: list[str], expected: Judgement
) -> None:
    published = judged(service(**FEW), forms(*answers))
    assert told(published, "few_forms_are_straight")[:3] == expected


def test_with_reversed_items_even_the_lowest_answer_contradicts_itself(service: Serving) -> None:
    """CORE-10 turns items 2 and 3 round: nothing at all cannot be true everywhere."""
    nothing = " ".join(["0"] * 10)
    published = judged(service(**FEW), forms(*[nothing] * 4, instrument="CORE-10"))
    assert told(published, "few_forms_are_straight")[:3] == (FAIL, 4, 4)


@pytest.mark.parametrize(
    ("instrument", "scores", "expected"),
    [
        ("SRS", [40] * 5 + [39] * 5, (PASS, 10, 5)),
        ("SRS", [40] * 6 + [39] * 4, (FAIL, 10, 6)),
        ("SRS", [0] * 6 + [39] * 4, (PASS, 10, 0)),
        ("ORS", [40] + [20] * 19, (PASS, 20, 1)),
        ("ORS", [40, 0] + [20] * 18, (FAIL, 20, 2)),
        ("PHQ-9", [0] * 20, (PASS, 20, 0)),
        ("PHQ-9", [27] * 2 + [0] * 18, (FAIL, 20, 2)),
        ("PHQ-9", [27] * 3, (NO, 3, 3)),
    ],
)
def test_scores_at_the_very_end_of_their_scale(
    service: Serving, instrument: str, scores: list[float], expected: Judgement
) -> None:
    published = judged(service(**FEW), totals("a.csv", scores, instrument))
    assert told(published, "few_scores_at_an_end")[:3] == expected


def test_an_item_that_nobody_answered(service: Serving) -> None:
    published = judged(service(**FEW), forms(*["3 0 1 . 2 0 1 2 3"] * 4))
    assert told(published, "every_item_is_answered")[:3] == (FAIL, 9, 1)
    assert told(published, "forms_are_complete")[:3] == (FAIL, 4, 4)


def test_items_that_some_left_blank(service: Serving) -> None:
    """One form in five may be incomplete; every item was answered by somebody."""
    whole, part = "3 0 1 2 2 0 1 2 3", "3 0 1 . 2 0 1 2 3"
    published = judged(service(**FEW), forms(*[whole] * 4, part))
    assert told(published, "every_item_is_answered")[:3] == (PASS, 9, 0)
    assert told(published, "forms_are_complete")[:3] == (PASS, 5, 1)
    published = judged(service(**FEW), forms(*[whole] * 3, part))
    assert told(published, "forms_are_complete")[:3] == (FAIL, 4, 1)
    published = judged(service(**FEW), totals("a.csv", [10] * 9))
    assert outcome(published, "forms_are_complete") == NO
    assert outcome(published, "every_item_is_answered") == NO


def test_totals_of_the_sender_beside_what_the_items_give(service: Serving) -> None:
    """3 + 0 + 1 + 2 + 2 + 0 + 1 + 2 + 3 = 14; an incomplete form has nothing to compare."""
    whole, part = "1=3 2=0 3=1 4=2 5=2 6=0 7=1 8=2 9=3", "1=3"
    drawn = forms(f"{whole} total=14", f"{whole} total=15", f"{part} total=9", whole)
    published = judged(service(), drawn)
    assert told(published, "reported_totals_agree")[:3] == (FAIL, 2, 1)
    published = judged(service(), forms(f"{whole} total=14"))
    assert told(published, "reported_totals_agree")[:3] == (PASS, 1, 0)
    published = judged(service(), forms(whole))
    assert outcome(published, "reported_totals_agree") == NO


@pytest.mark.parametrize(
    ("instrument", "answers", "expected"),
    [
        ("PHQ-9", ["0 1 1 1 1 1 1 1 0"] * 4, (PASS, 1, 0.75)),
        ("PHQ-9", ["0 0 0 0 0 0 0 0 0"] * 4, (FAIL, 0, 0.75)),
        ("PHQ-9", ["1 2 3 1 1 1 1 1 1"] * 4, (FAIL, 2, 0.75)),  # counted from 1
        ("PHQ-9", ["1 2 3 1 1 1 1 1 1"] * 3, (NO, 2, 0.75)),
        ("ORS", ["1.1 2 3 3.6"] * 4, (PASS, 2.5, 2.5)),
        ("SRS", ["6 9 9 10"] * 4, (PASS, 4, 2.5)),  # few answers are low
        ("ORS", ["0.1 0.4 0.9 1.0"] * 4, (FAIL, 0.9, 2.5)),  # in decimetres
    ],
)
def test_answers_in_another_coding_or_unit(
    service: Serving, instrument: str, answers: list[str], expected: Judgement
) -> None:
    drawn = forms(*answers, instrument=instrument)
    published = judged(service(**FEW), drawn)
    found, _, _, value, lower, _ = told(published, "answers_use_their_range")
    assert (found, pytest.approx(value), lower) == expected


@pytest.mark.parametrize(
    ("how", "expected"), [("assumed", FAIL), ("seen", PASS), ("declared", PASS)]
)
def test_a_coding_that_nobody_knows_is_told(service: Serving, how: str, expected: str) -> None:
    """A K10 without any 0 or 5 fits 1-5 as well as 0-4; it was read as its own, 1 to 5."""
    drawn = forms("1 2 3 4 4 3 2 1 1 2", instrument="K10")
    read_as = ReadAs.model_validate({"instrument": "k10", "coding": "1-5", "how": how})
    published = judged(service(), drawn, changes={"codings": (read_as,)})
    failed = int(expected == FAIL)
    assert told(published, "coding_of_answers_is_known") == (expected, 1, failed, None, 1, 5)


def test_a_questionnaire_of_one_coding_is_not_judged_by_it(service: Serving) -> None:
    published = judged(service(), forms("0 1 1 1 1 1 1 1 0"))
    found = "select count(*) from file_check where expectation = 'coding_of_answers_is_known'"
    assert published.read(found) == [(0,)]


# ---------- dates, sessions and therapists


def days_of_100(odd: str) -> str:
    """100 usual measurements, and the lines in `odd`."""
    lines = [f"p{n} | {n % 20} | 1 | t1 | 10" for n in range(100)]
    return "\n".join(["patient | day | session | therapist | PHQ-9", *lines, odd])


def test_two_therapists_of_one_patient_on_one_day(service: Serving) -> None:
    """The same therapist twice a day, or another on another day, is nothing special."""
    usual = "q1 | 3 9:00 | 1 | t1 | 10\nq1 | 3 15:00 | 2 | t1 | 10\nq1 | 4 | 3 | t2 | 10"
    published = judged(service(), days_of_100(usual))
    assert told(published, "one_therapist_a_day")[:3] == (PASS, 102, 0)
    twice = "\n".join(
        f"q{n} | 3 9:00 | 1 | t1 | 10\nq{n} | 3 15:00 | 2 | t2 | 10" for n in range(2)
    )
    published = judged(service(), days_of_100(twice))
    assert told(published, "one_therapist_a_day")[:3] == (FAIL, 102, 2)


def test_session_numbers_that_go_back(service: Serving) -> None:
    """3, 4, 2, 3: the last two are lower than one before them."""
    odd = "\n".join(f"q | {30 + n} | {s} | t1 | 10" for n, s in enumerate((3, 4, 2, 3)))
    published = judged(service(), days_of_100(odd))
    assert told(published, "sessions_in_order_of_time")[:3] == (FAIL, 104, 2)
    usual = "\n".join(f"q | {30 + n} | {s} | t1 | 10" for n, s in enumerate((3, 3, 5, 6)))
    published = judged(service(), days_of_100(usual))
    assert told(published, "sessions_in_order_of_time")[:3] == (PASS, 104, 0)


def test_days_after_the_day_of_landing(service: Serving) -> None:
    """Landed on day 60 in the morning: later that day is nothing special."""
    odd = "q1 | 60 23:00 | 1 | t1 | 10\nq2 | 61 | 1 | t1 | 10\nq3 | 62 | 1 | t1 | 10"
    published = judged(service(), days_of_100(odd))
    assert told(published, "measured_before_landing")[:3] == (FAIL, 103, 2)


def test_made_up_dates_are_not_judged(service: Serving) -> None:
    odd = "q2 | 61 | 3 | t1 | 10\nq2 | 62 | 1 | t2 | 10"
    published = judged(service(), days_of_100(odd), changes={"has_artificial_dates": True})
    for expectation in (
        "measured_before_landing",
        "sessions_in_order_of_time",
        "one_therapist_a_day",
    ):
        assert outcome(published, expectation) == NO


def episode_export(service: Service, started: int, ended: int | None) -> Receipt:
    """A landed export of episodes, with one of patient q: from day `started` to `ended`."""
    folder = service.home / "archive" / ("e" * 64)
    folder.mkdir(parents=True)
    days = {"started_on": moment(str(started)).date()}
    if ended is not None:
        days["ended_on"] = moment(str(ended)).date()
    row = {"clinic_id": "c", "patient_id": "q", "episode_id": "E1", **days}
    own = ENTITIES["episodes"].archived | {
        "is_withdrawn": "boolean", "source_file": "varchar", "source_line": "bigint",
    }  # fmt: skip
    columns = ", ".join(f"{name} {kind}" for name, kind in own.items())
    with duckdb.connect() as connection:
        connection.execute(f"create table episodes ({columns})")
        connection.execute(
            f"insert into episodes ({', '.join(row)}, is_withdrawn)"
            f" values ({', '.join('?' * len(row))}, false)",
            list(row.values()),
        )
        connection.execute(f"copy episodes to '{folder}/episodes.parquet' (format parquet)")
    (answers,) = service.inputs("patient | day | PHQ-9", as_of=AS_OF).receipts
    return answers.model_copy(
        update={
            "sha256": "e" * 64, "table": "episodes", "name": "e.csv", "source": "episodes",
            "landed_at": moment("50"),
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("started", "ended", "day", "expected"),
    [
        (35, None, 5, (PASS, 1, 0)),
        (36, None, 5, (FAIL, 1, 1)),
        (-90, -60, 30, (PASS, 1, 0)),
        (-90, -60, 31, (FAIL, 1, 1)),
        (-900, None, 30, (PASS, 1, 0)),
    ],
)
def test_measurements_far_outside_their_episode(
    service: Serving, started: int, ended: int | None, day: int, expected: Judgement
) -> None:
    """From 30 days before its start up to 90 after its end, as the clinic's system knows them."""
    ours = service()
    drawn = f"patient | episode | day | PHQ-9\nq | E1 | {day} | 10\nr | E9 | {day} | 10"
    published = judged(ours, drawn, more=[episode_export(ours, started, ended)])
    assert told(published, "inside_its_episode")[:3] == expected


def test_without_exported_episodes_no_day_lies_outside(service: Serving) -> None:
    published = judged(service(), "patient | episode | day | PHQ-9\nq | E1 | 5 | 10")
    assert outcome(published, "inside_its_episode") == NO


# ---------- which files are judged


def test_files_of_the_last_28_days_are_judged(service: Serving) -> None:
    """Known up to day 60: day 32 is 28 days ago, day 31 is not."""
    drawn = several(totals("b.csv", [10] * 3), totals("c.csv", [10] * 3), totals("a.csv", [10]))
    published = judged(service(), drawn, [File("b.csv", "31"), File("c.csv", "32")])
    assert published.read("select distinct source_file from file_check order by all") == [
        ("a.csv",),
        ("c.csv",),
    ]


def test_a_file_that_a_later_one_covers_is_not_judged(service: Serving) -> None:
    """Mended and exported again: what was wrong with it is over."""
    drawn = several(totals("b.csv", [10] * 3), totals("a.csv", [10] * 4))
    published = judged(service(), drawn, files=before("b"))
    assert published.read("select distinct source_file from file_check") == [("a.csv",)]


def test_a_held_back_file_is_neither_judged_nor_compared_with(service: Serving) -> None:
    drawn = several(totals("b.csv", [10] * 3), totals("a.csv", [10] * 4))
    held = [File("b.csv", "50", is_held_back=True)]
    published = judged(service(), drawn, files=held)
    assert published.read("select source_file, earlier_files from file_profile") == [("a.csv", 0)]
    assert published.read("select distinct source_file from file_scale") == [("a.csv",)]
