"""A mapping can only be wrong loudly: what does not fit is refused with the reason."""

import pytest

from tests.landing.homes import LandingHome

HEAD = """
clinic_id = { value = "north" }
patient_id = { column = "id" }
measured_at = { column = "date" }
"""
ORS = f'{HEAD}[[measure]]\ninstrument = "ors"\nitems = "ors{{item}}"\n'


def ors_export(*lines: str) -> str:
    body = "".join(f"P{n},2026-01-05,{line}\n" for n, line in enumerate(lines))
    return f"id,date,ors1,ors2,ors3,ors4\n{body}"


MILLIMETRES = ors_export("35,62,48,51", "8,9,30,22")
CENTIMETRES = ors_export("3.5,6.2,4.8,5.1", "0.8,0.9,3,2.2")


def test_ors_in_millimetres_read_as_centimetres_is_refused(home: LandingHome) -> None:
    home.source(ORS)
    home.export(MILLIMETRES)
    mistake = home.mistake()
    assert mistake.startswith("SOURCE: clinic.csv: the answers of ORS are read in cm, but look")
    assert 'unit = "mm"' in mistake
    assert home.archive() == {}


def test_ors_in_millimetres_lands_in_centimetres_when_its_unit_is_given(home: LandingHome) -> None:
    home.source(f'{ORS}unit = "mm"\n')
    home.export(MILLIMETRES)
    home.receipt()
    assert home.landed("value")[:4] == [
        (pytest.approx(3.5),),
        (pytest.approx(6.2),),
        (pytest.approx(4.8),),
        (pytest.approx(5.1),),
    ]


def test_one_slip_of_the_pen_among_many_answers_is_rejected_by_itself(home: LandingHome) -> None:
    home.source(ORS)
    home.export(ors_export(*["3.5,6.2,4.8,5.1"] * 10, "3.5,62,4.8,5.1"))
    home.receipt()
    assert home.rejected() == [(12, "out_of_range", "error", "62")]


def test_centimetres_read_as_millimetres_are_refused_too(home: LandingHome) -> None:
    home.source(f'{ORS}unit = "mm"\n')
    home.export(ors_export(*["3.5,6.2,4.8,5.1"] * 5))
    assert "are read in mm, but look like cm" in home.mistake()


def test_a_few_low_answers_in_millimetres_are_no_proof_of_centimetres(home: LandingHome) -> None:
    home.source(f'{ORS}unit = "mm"\n')
    home.export(ors_export("3,6,4,5"))
    assert home.receipt().landed == 1


LONG = f"""{HEAD}[long]
instrument = {{ column = "list" }}
item = {{ column = "item" }}
value = {{ column = "answer" }}
"""


def test_a_long_export_in_millimetres_is_refused_too(home: LandingHome) -> None:
    home.source(LONG)
    home.export("id,date,list,item,answer\nP1,2026-01-05,ORS,1,35\nP1,2026-01-05,ORS,2,62\n")
    assert "are read in cm, but look like mm" in home.mistake()


def test_a_long_export_may_name_units(home: LandingHome) -> None:
    home.source(f'{LONG}[long.units]\nors = "mm"\n')
    home.export("id,date,list,item,answer\nP1,2026-01-05,ORS,1,35\nP1,2026-01-05,PHQ9,1,2\n")
    home.receipt()
    assert home.landed("instrument, value") == [("ors", 3.5), ("phq-9", 2)]


@pytest.mark.parametrize(
    ("measure", "told"),
    [
        ('instrument = "phq-9"\nitems = { 1 = "a", 2 = "b" }', "item 3 of phq-9 has no column"),
        ('instrument = "bdi"\nscale = "total"\ncolumn = "x"\nunit = "mm"', "'mm' is no unit of"),
        ('instrument = "ors"\nscale = "total"\ncolumn = "x"\nunit = "inch"', "one of: cm, mm"),
        (
            'instrument = "ors"\nitems = { 1 = "a", 2 = "b", 3 = "c", 4 = "a" }',
            "the column 'a' gives both '1' and '4' of ors",
        ),
    ],
)
def test_a_source_that_does_not_fit_its_instrument_is_refused(
    home: LandingHome, measure: str, told: str
) -> None:
    home.source(f"{HEAD}[[measure]]\n{measure}\n")
    sentences = [str(outcome.error) for outcome in home.land() if outcome.error]
    assert len(sentences) == 1
    assert sentences[0].startswith("sources/clinic.toml: ")
    assert told in sentences[0]


def test_a_part_of_the_items_can_be_declared(home: LandingHome) -> None:
    home.source(
        f'{HEAD}[[measure]]\ninstrument = "phq-9"\nitems = {{ 9 = "i9" }}\npartial = true\n'
    )
    home.export("id,date,i9\nP1,2026-01-05,2\n")
    home.receipt()
    assert home.landed("item, value") == [("9", 2)]


def test_labels_are_translated_and_others_told(home: LandingHome) -> None:
    home.source(
        f'{HEAD}[[measure]]\ninstrument = "phq-9"\nitems = {{ 9 = "i9" }}\npartial = true\n'
        'values = { "Not at all" = 0, "Several days" = 1 }\n'
    )
    home.export("id,date,i9\nP1,2026-01-05,several days\nP2,2026-01-05,Often\n")
    home.land(accept=["clinic.csv"])
    assert home.landed("patient_id, value") == [("P1", 1)]
    assert home.rejected() == [(3, "not_a_number", "error", "Often")]


def test_names_of_items_are_translated_and_some_left_out(home: LandingHome) -> None:
    home.source(
        LONG.replace("[long]", '[long]\nitem_pattern = "PHQ.{item}"\nignore_items = ["PHQ.10"]')
        + '[long.items]\n"PHQ.Score" = "total"\n'
    )
    home.export(
        "id,date,list,item,answer\nP1,2026-01-05,PHQ9,PHQ.3,2\n"
        "P1,2026-01-05,PHQ9,PHQ.10,1\nP1,2026-01-05,PHQ9,PHQ.Score,9\n"
    )
    receipt = home.receipt()
    assert home.landed("item, value") == [("3", 2), ("total", 9)]
    assert (receipt.landed, receipt.rejected_by_rule, receipt.rejected_error) == (2, 1, 0)


def test_sessions_with_names_are_translated(home: LandingHome) -> None:
    home.source("""
clinic_id = { value = "north" }
patient_id = { column = "id" }
session_no = { column = "visit", values = { pre = 0, post = 12 } }
measured_at = { sessions_since = 2026-01-05, days_per_session = 7 }
[[measure]]
instrument = "bdi"
scale = "total"
column = "bdi"
""")
    home.export("id,visit,bdi\nP1,pre,30\nP1,post,12\n")
    home.receipt()
    assert home.landed("session_no, value") == [(0, 30), (12, 12)]


@pytest.mark.parametrize(
    ("chosen", "landed", "counts"),
    [
        ("later_line", [(1,)], (1, 1)),
        ("earlier_line", [(0,)], (1, 1)),
        ("neither", [], (0, 2)),
    ],
)
def test_which_of_two_values_lands_is_a_setting_and_printed(
    home: LandingHome, chosen: str, landed: list[tuple[int]], counts: tuple[int, int]
) -> None:
    settings = home.home / "opkoers.toml"
    settings.write_text(f'{settings.read_text()}[landing]\nconflict = "{chosen}"\n')
    home.source(f'{HEAD}[[measure]]\ninstrument = "bdi"\nscale = "total"\ncolumn = "bdi"\n')
    home.export("id,date,bdi\nP1,2026-01-05,0\nP1,2026-01-05,1\n")
    receipt = home.receipt()
    assert home.landed("value") == landed
    assert (receipt.landed, receipt.rejected_conflict) == counts
    assert chosen.split("_")[0] in receipt.conflict_rule
