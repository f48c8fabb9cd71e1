"""K10 from 1 to 5 or from 0 to 4, and answers that mean "unknown": read as they were meant."""

import json

import pytest

from flows.landing.telling import told
from flows.settings import load_settings
from tests.landing.homes import LandingHome

HEAD = """
clinic_id = { value = "north" }
patient_id = { column = "id" }
measured_at = { column = "date" }
"""
K10 = f'{HEAD}[[measure]]\ninstrument = "k10"\nitems = "k{{item}}"\n'
K10_TOTAL = f'{HEAD}[[measure]]\ninstrument = "k10"\nscale = "total"\ncolumn = "sum"\n'
HONOS = f'{HEAD}[[measure]]\ninstrument = "honos"\nitems = "h{{item}}"\n'
LONG = f"""{HEAD}[long]
instrument = {{ column = "list" }}
item = {{ column = "item" }}
value = {{ column = "answer" }}
"""


def k10_export(*forms: str, more: str = "") -> str:
    """One form of ten answers for each patient, without commas: 0123401234."""
    items = ",".join(f"k{n}" for n in range(1, 11))
    lines = [f"P{n},2026-01-05,{','.join(form)}" for n, form in enumerate(forms, start=1)]
    return "\n".join([f"id,date,{items}", *lines]) + "\n" + more


def long_export(*answers: tuple[str, str, str, str]) -> str:
    lines = [f"{patient},2026-01-05,{','.join(told)}" for patient, *told in answers]
    return "\n".join(["id,date,list,item,answer", *lines]) + "\n"


def codings(home: LandingHome) -> list[tuple[str, str, str]]:
    """Land the only file; in which coding each instrument was read, and how that was known."""
    return [(each.instrument, each.coding, each.how) for each in home.receipt().codings]


def values(home: LandingHome) -> str:
    return "".join(f"{value:g}" for (value,) in home.landed("value"))


# What each file holds, and what it is read as: (answers, coding, how, what lands).
READ = {
    "a 0 shows that it starts at 0": ("0123432100", "0-4", "seen", "1234543211"),
    "a 5 shows that it ends at 5": ("1234554321", "1-5", "seen", "1234554321"),
    "neither tells nothing": ("1234432112", "1-5", "assumed", "1234432112"),
}


@pytest.mark.parametrize("case", READ)
def test_a_file_shows_its_coding_by_a_0_or_a_5(home: LandingHome, case: str) -> None:
    answers, coding, how, landed = READ[case]
    home.source(K10)
    home.export(k10_export(answers))
    assert codings(home) == [("k10", coding, how)]
    order = "".join(landed[int(item) - 1] for (item,) in home.landed("item"))
    assert values(home) == order


def test_one_0_tells_the_coding_of_the_whole_file(home: LandingHome) -> None:
    """The lowest K10 there is, 0 x 10, scores 10; the other form is one higher as well."""
    home.source(K10)
    home.export(k10_export("0000000000", "2222222222"))
    assert codings(home) == [("k10", "0-4", "seen")]
    assert values(home) == "1" * 10 + "3" * 10


def test_a_0_and_a_5_in_one_file_are_refused_until_the_source_declares_the_coding(
    home: LandingHome,
) -> None:
    home.source(K10)
    home.export(k10_export("0123432101", "1234554321"))
    mistake = home.mistake()
    assert mistake.startswith("SOURCE: clinic.csv: the answers of K10 contradict each other")
    assert 'Write coding = "1-5" or coding = "0-4" for it in sources/clinic.toml' in mistake
    assert home.archive() == {}

    home.source(f'{K10}coding = "1-5"\n')
    assert codings(home) == [("k10", "1-5", "declared")]
    assert [row[:3] for row in home.rejected()] == [(2, "out_of_range", "error")] * 2


@pytest.mark.parametrize(
    ("declared", "answers", "landed"),
    [
        ("0-4", "1234432112", "2345543223"),
        ("1-5", "1234432112", "1234432112"),
        ("0-4", "0123432100", "1234543211"),
    ],
)
def test_what_the_source_declares_holds_where_the_answers_do_not_tell(
    home: LandingHome, declared: str, answers: str, landed: str
) -> None:
    home.source(f'{K10}coding = "{declared}"\n')
    home.export(k10_export(answers))
    assert codings(home) == [("k10", declared, "declared")]
    assert values(home) == "".join(landed[int(item) - 1] for (item,) in home.landed("item"))


@pytest.mark.parametrize(
    ("declared", "answers", "likely"),
    [("1-5", "0123432100", "0-4"), ("0-4", "1234554321", "1-5")],
)
def test_a_declared_coding_that_the_answers_belie_is_refused(
    home: LandingHome, declared: str, answers: str, likely: str
) -> None:
    home.source(f'{K10}coding = "{declared}"\n')
    home.export(k10_export(answers))
    mistake = home.mistake()
    assert f"the answers of K10 are read as {declared}, but look like {likely}" in mistake
    assert f'Write coding = "{likely}" for it in sources/clinic.toml' in mistake


def test_a_slip_of_the_pen_that_no_coding_knows_tells_nothing(home: LandingHome) -> None:
    home.source(K10)
    home.export(k10_export("1234432112", "1234432119"))
    assert codings(home) == [("k10", "1-5", "assumed")]
    assert home.rejected() == [(3, "out_of_range", "error", "9")]


def test_a_tester_tells_nothing(home: LandingHome) -> None:
    """The 0 of the tester would have shifted the answers of all patients."""
    home.source(f'{K10}[[skip]]\ncolumn = "id"\nequals = "P2"\nrule = "tester"\n')
    home.export(k10_export("1234554321", "0000000000"))
    assert codings(home) == [("k10", "1-5", "seen")]


def test_a_long_export_is_read_in_the_same_way(home: LandingHome) -> None:
    """The zeros of another list say nothing about K10."""
    home.source(LONG)
    home.export(
        long_export(
            ("P1", "K10", "1", "0"), ("P1", "K10", "2", "4"), ("P1", "PHQ-9", "1", "0"),
            ("P1", "PHQ-9", "2", "3"),
        )
    )  # fmt: skip
    assert codings(home) == [("k10", "0-4", "seen")]
    assert home.landed("instrument, item, value") == [
        ("k10", "1", 1), ("k10", "2", 5), ("phq-9", "1", 0), ("phq-9", "2", 3),
    ]  # fmt: skip


def test_a_long_export_may_declare_its_coding(home: LandingHome) -> None:
    home.source(f'{LONG}[long.codings]\nk10 = "0-4"\n')
    home.export(long_export(("P1", "K10", "1", "2"), ("P1", "K10", "2", "3")))
    assert codings(home) == [("k10", "0-4", "declared")]
    assert home.landed("value") == [(3,), (4,)]


@pytest.mark.parametrize(
    ("total", "coding", "how", "landed"),
    [(7, "0-4", "seen", 17), (44, "1-5", "seen", 44), (25, "1-5", "assumed", 25)],
)
def test_a_reported_total_is_coded_as_its_items(
    home: LandingHome, total: int, coding: str, how: str, landed: int
) -> None:
    """Ten items: 0-40 where each counts from 0, 10-50 where each counts from 1."""
    home.source(K10_TOTAL)
    home.export(f"id,date,sum\nP1,2026-01-05,{total}\n")
    assert codings(home) == [("k10", coding, how)]
    assert home.landed("value") == [(landed,)]


def test_items_tell_the_coding_of_a_total_beside_them(home: LandingHome) -> None:
    """0 x 9 and a 4 are 4 in the file's own coding, 14 in ours."""
    home.source(K10 + K10_TOTAL.removeprefix(HEAD))
    header, line, *_ = k10_export("0000000004").splitlines()
    home.export(f"{header},sum\n{line},4\n")
    assert codings(home) == [("k10", "0-4", "seen")]
    assert ("total", 14) in home.landed("item, value")


def test_a_total_that_belies_the_items_beside_it_is_refused(home: LandingHome) -> None:
    """45 can only be counted from 1, a 0 only from 0."""
    home.source(K10 + K10_TOTAL.removeprefix(HEAD))
    header, line, *_ = k10_export("0000000004").splitlines()
    home.export(f"{header},sum\n{line},45\n")
    assert "the answers of K10 contradict each other" in home.mistake()


@pytest.mark.parametrize(
    ("measure", "told"),
    [
        ('instrument = "k10"\nitems = "k{item}"\ncoding = "0-5"', "'0-5' is no coding of k10"),
        ('instrument = "k10"\nitems = "k{item}"\ncoding = "0-5"', "one of: 1-5, 0-4"),
        ('instrument = "phq-9"\nitems = "k{item}"\ncoding = "0-4"', "Leave its coding out"),
    ],
)
def test_a_coding_that_the_instrument_does_not_know_is_refused(
    home: LandingHome, measure: str, told: str
) -> None:
    home.source(f"{HEAD}[[measure]]\n{measure}\n")
    (mistake,) = [str(outcome.error) for outcome in home.land()]
    assert mistake.startswith("sources/clinic.toml: ")
    assert told in mistake


def test_the_receipt_tells_what_was_read_how(home: LandingHome) -> None:
    home.source(K10)
    home.export(k10_export("1234432112"))
    home.receipt()
    settings = load_settings(home.home)
    lines = [line for line in told(settings, name="clinic.csv") if "codings" in line]
    known = "assumed: neither the source nor any answer tells"
    assert [line.split(None, 1)[1] for line in lines] == [f"k10 read as 1-5 ({known})"]
    (receipt,) = json.loads("".join(told(settings, as_json=True)))
    assert receipt["codings"] == [{"instrument": "k10", "coding": "1-5", "how": "assumed"}]


# ---------- answers that mean "unknown"


def honos_export(*forms: str) -> str:
    items = ",".join(f"h{n}" for n in range(1, 13))
    lines = [f"P{n},2026-01-05,{','.join(form)}" for n, form in enumerate(forms, start=1)]
    return "\n".join([f"id,date,{items}", *lines]) + "\n"


def test_honos_9_lands_as_a_missing_answer_and_is_no_error(home: LandingHome) -> None:
    home.source(HONOS)
    home.export(honos_export("012349012349"))
    receipt = home.receipt()
    assert (receipt.landed, receipt.rejected, receipt.cells_rejected) == (1, 0, 0)
    landed: dict[str, float | None] = dict(home.landed("item, value"))
    assert {item for item, value in landed.items() if value is None} == {"6", "12"}
    assert (landed["5"], len(landed)) == (4, 12)


def test_other_answers_beyond_the_range_are_errors_as_before(home: LandingHome) -> None:
    home.source(HONOS)
    home.export(honos_export("012348012340"))
    assert home.receipt().cells_rejected == 1
    assert home.rejected() == [(2, "out_of_range", "error", "8")]


def test_a_total_of_9_is_a_score(home: LandingHome) -> None:
    home.source(f'{HEAD}[[measure]]\ninstrument = "honos"\nscale = "total"\ncolumn = "h"\n')
    home.export("id,date,h\nP1,2026-01-05,9\n")
    home.receipt()
    assert home.landed("value") == [(9,)]


def test_an_unknown_answer_lands_from_a_long_export_and_none_is_watched(home: LandingHome) -> None:
    """Item 2 of HoNOS is about self-harm: "unknown" is not the highest answer."""
    home.source(LONG)
    home.export(long_export(("P1", "HoNOS", "1", "3"), ("P1", "HoNOS", "2", "9")))
    assert home.receipt().landed == 2
    assert home.landed("item, value") == [("1", 3), ("2", None)]
    assert home.set_aside("value") == []


@pytest.mark.parametrize(
    ("chosen", "landed"), [("later_line", None), ("earlier_line", 2.0), ("neither", "nothing")]
)
def test_known_and_unknown_of_one_answer_contradict_each_other(
    home: LandingHome, chosen: str, landed: object
) -> None:
    settings = home.home / "opkoers.toml"
    settings.write_text(f'{settings.read_text()}[landing]\nconflict = "{chosen}"\n')
    home.source(LONG)
    home.export(long_export(("P1", "HoNOS", "2", "2"), ("P1", "HoNOS", "2", "9")))
    receipt = home.receipt()
    assert home.landed("value") == ([] if landed == "nothing" else [(landed,)])
    assert receipt.rejected_conflict == (2 if landed == "nothing" else 1)
