"""Source files: which keys they may have, and that a wrong one keeps only its own files out."""

from pathlib import Path

import pytest

from flows.errors import ExitCode, OpKoersError
from flows.landing.source import load_source, load_sources, source_for
from tests.landing.homes import LandingHome

HEAD = 'match = "*.csv"\nformat = "csv"\n'
IDS = 'clinic_id = { value = "north" }\npatient_id = { column = "patient" }\n'
DATE = 'measured_at = { column = "date" }\n'
TOTAL = '[[measure]]\ninstrument = "bdi"\nscale = "total"\ncolumn = "BDI"\n'
ITEMS = '[[measure]]\ninstrument = "phq-9"\nitems = "q{item}"\n'
LONG = '[long]\ninstrument = { column = "i" }\nitem = { column = "n" }\nvalue = { column = "v" }\n'
SKIP = '[[skip]]\ncolumn = "a"\nequals = "1"\nrule = "tester"\n'
FULL = HEAD + IDS + DATE + TOTAL

UNUSABLE = {
    "nonsense": ("= 3", "not readable as TOML"),
    "an unknown key": (f"colour = 1\n{FULL}", "there is no key 'colour'"),
    "an unknown key further down": (f'{FULL}colour = "mm"\n', "there is no key 'measure.0.colour'"),
    "a name": (f'name = "x"\n{FULL}', "there is no key 'name'"),
    "no match": (FULL.replace('match = "*.csv"\n', ""), "the key 'match' is missing"),
    "no patient": (FULL.replace("patient_id", "group_id"), "the key 'patient_id' is missing"),
    "no measure": (HEAD + IDS + DATE, "give either [long] or one [[measure]] at least"),
    "long and wide": (FULL + LONG, "give either [long] or one [[measure]] at least"),
    "another format": (FULL.replace('"csv"', '"xls"'), "'format' cannot be used"),
    "a date format without signs": (
        FULL.replace('"date"', '"date", format = "dd-mm-yyyy"'),
        "'measured_at.format' cannot be used: write it with %d, %m and %Y, as in %d-%m-%Y",
    ),
    "a date format with an unknown sign": (
        FULL.replace('"date"', '"date", format = "%d-%m-%Q"'),
        "'measured_at.format' cannot be used: write it with %d, %m and %Y, as in %d-%m-%Y",
    ),
    "two ways of dating": (
        FULL.replace('"date"', '"date", value = 2026-01-01'),
        "'measured_at' cannot be used: give one of: column, value, sessions_since",
    ),
    "days since without a column": (
        HEAD + IDS + "measured_at = { value = 2026-01-01, days_since = 2020-01-01 }\n" + TOTAL,
        "'measured_at' cannot be used: format and days_since need a column",
    ),
    "sessions without a session": (
        HEAD
        + IDS
        + "measured_at = { sessions_since = 2026-01-01, days_per_session = 7 }\n"
        + TOTAL,
        "sessions_since needs session_no",
    ),
    "an encoding that does not exist": (
        f'encoding = "utf-99"\n{FULL}',
        "'encoding' cannot be used: there is no such encoding",
    ),
    "no text encoding": (f'encoding = "rot13"\n{FULL}', "there is no such encoding"),
    "column and value": (
        FULL.replace('{ value = "north" }', '{ value = "north", column = "c" }'),
        "'clinic_id' cannot be used: give either a column or a value",
    ),
    "a pattern without an item": (
        HEAD + IDS + DATE + ITEMS.replace("{item}", ""),
        "the pattern of items must hold {item}",
    ),
    "a skip without a condition": (
        FULL + SKIP.replace('equals = "1"\n', ""),
        "give either equals or differs_from",
    ),
    "a skip called an outcome": (
        FULL + SKIP.replace('"tester"', '"landed"'),
        "this name has a meaning of its own",
    ),
    "a skip called an error": (
        FULL + SKIP.replace('"tester"', '"missing_date"'),
        "this name has a meaning of its own",
    ),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_a_source_that_cannot_be_used_says_which_key_to_mend(tmp_path: Path, case: str) -> None:
    text, what = UNUSABLE[case]
    (tmp_path / "clinic.toml").write_text(text)

    with pytest.raises(OpKoersError) as raised:
        load_source(tmp_path / "clinic.toml")

    assert raised.value.exit_code is ExitCode.SOURCE
    assert raised.value.where == "sources/clinic.toml"
    assert what in raised.value.what


@pytest.mark.parametrize("text", [FULL, HEAD + IDS + DATE + LONG, FULL + SKIP, "\ufeff" + FULL])
def test_a_source_that_can_be_used_is_named_as_its_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "clinic.toml").write_text(text)

    sources, mistakes = load_sources(tmp_path)

    assert ([source.name for source in sources], mistakes) == (["clinic"], ())
    assert source_for("anything.csv", sources).name == "clinic"


@pytest.mark.parametrize(
    ("measures", "what"),
    [
        (
            ITEMS + ITEMS.replace("q{item}", "r{item}"),
            "the columns 'q1' and 'r1' both give '1' of phq-9",
        ),
        (
            TOTAL + TOTAL.replace('"BDI"', '"BDI2"').replace('"bdi"', '"BDI"'),
            "the columns 'BDI' and 'BDI2' both give 'total' of bdi",
        ),
        (
            ITEMS.replace("phq-9", "phq-99"),
            "there is no instrument 'phq-99' to take items from",
        ),
    ],
)
def test_measures_that_do_not_add_up_are_refused(
    home: LandingHome, measures: str, what: str
) -> None:
    home.source(IDS + DATE + measures)

    assert home.mistake() == f"SOURCE: sources/clinic.toml: {what}. Mend its [[measure]] parts."


def test_a_wrong_source_keeps_only_its_own_files_from_landing(home: LandingHome) -> None:
    home.source("colour = 1\n" + IDS + DATE + TOTAL, "bad")
    home.source(IDS + DATE + TOTAL, "good")
    content = "patient,date,BDI\nP1,2026-01-05,20\n"
    home.export(content, "bad.csv")
    home.export(content.replace("P1", "P2"), "good.csv")

    outcomes = home.land()

    assert [(o.name, o.status, o.error and o.error.exit_code.name) for o in outcomes] == [
        ("sources/bad.toml", "refused", "SOURCE"),
        ("bad.csv", "refused", "NO_SOURCE_MATCHES"),
        ("good.csv", "landed", None),
    ]


def test_the_names_of_a_source_and_its_columns_are_never_run_as_sql(home: LandingHome) -> None:
    column = 'it\'s; drop table "record" --'
    toml = f"""
clinic_id = {{ value = "north's" }}
patient_id = {{ column = '''{column}''' }}
measured_at = {{ column = "date" }}
{TOTAL}
"""
    home.source(toml)
    quoted = column.replace('"', '""')
    home.export(f'"{quoted}",date,BDI\n"P\'1",2026-01-05,20\n')

    assert home.counts() == {"rows_in": 1, "landed": 1}
    assert home.landed("clinic_id, patient_id") == [("north's", "P'1")]
