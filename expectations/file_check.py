"""file_check: what stands out in a recent file, for the sender to mend at the source.

Each judgement of a file is an expectation here, counted over the files (and scales) that could
be judged. None of them stops publishing: they tell of exports, not of broken tables. What counts
as standing out is a setting ([quality]), our own choice. [D]
"""

from great_expectations import ExpectationSuite
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.guard import (
    CRITICAL,
    INFO,
    WARNING,
    WHOLE_NUMBER,
    Category,
    has_columns,
    in_set,
    never_null,
    no_row,
    none_of,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "sha256": "VARCHAR",
    "source": "VARCHAR",
    "source_file": "VARCHAR",
    "landed_at": "TIMESTAMP",
    "clinics": "VARCHAR[]",
    "expectation": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "outcome": "VARCHAR",
    "checked": WHOLE_NUMBER,
    "failed": WHOLE_NUMBER,
    "value": "DOUBLE",
    "lower": "DOUBLE",
    "upper": "DOUBLE",
}
OUTCOMES = ("pass", "fail", "not applicable")


def suite() -> ExpectationSuite:
    return suite_of(
        "file_check",
        has_columns("file_check", COLUMNS, why="The report could not be drawn."),
        never_null("sha256", WARNING, why="The sender could not be told which file it is."),
        never_null("expectation", WARNING, why="The sender would not be told what to mend."),
        never_null("outcome", WARNING, why="Nobody could say whether the file was looked at."),
        in_set("outcome", OUTCOMES, WARNING, why="The report has no words for another outcome."),
        one_row_per(
            "file_check",
            ("sha256", "expectation", "instrument", "scale"),
            WARNING,
            why="The file would be printed and counted twice.",
        ),
        no_row(
            "expectation_is_a_sentence_key",
            "select 1 from file_check where not regexp_matches(expectation, '^[a-z][a-z0-9_]*$')",
            "conformance",
            CRITICAL,
            why="Text copied from a file can name a patient, and this table is printed and mailed.",
        ),
        no_row(
            "a_failure_tells_how_much",
            """
            select 1
            from file_check
            where outcome = 'fail' and (failed is null or checked is null) and value is null
            """,
            "completeness",
            WARNING,
            why="The sender would not be told what to mend.",
        ),
        *_judgements(),
    )


def _judgements() -> tuple[Expectation, ...]:
    return (
        _of_files(
            "volume_like_the_files_before",
            "plausibility",
            WARNING,
            why="A sudden fall or rise is more often a missing or doubled export than a busy week.",
        ),
        _of_files(
            "nothing_lost_since_the_file_before",
            "completeness",
            WARNING,
            why="What a complete export leaves out counts as withdrawn, and is watched no more.",
        ),
        _of_files(
            "few_records_are_refused",
            "conformance",
            WARNING,
            why="A record that is not taken in is in no score and no figure.",
        ),
        _of_files(
            "few_answers_are_refused",
            "conformance",
            WARNING,
            why="A column that is refused again and again leaves its items out of every score.",
        ),
        _of_files(
            "few_records_repeat",
            "conformance",
            INFO,
            why="An export that says the same twice was often joined wrongly.",
        ),
        _of_files(
            "one_therapist_a_day",
            "plausibility",
            INFO,
            why="Where two therapists stand at one day, somebody's patients go to another's list.",
        ),
        _of_files(
            "sessions_in_order_of_time",
            "plausibility",
            WARNING,
            why="A session number that goes back shows a wrong date or a wrong number.",
        ),
        _of_files(
            "inside_its_episode",
            "plausibility",
            WARNING,
            why="A measurement far outside its treatment has a wrong date or a wrong episode.",
        ),
        _of_files(
            "measured_before_landing",
            "conformance",
            WARNING,
            why="An answer from after its own file shows that dates were read wrongly.",
        ),
        _of_files(
            "every_item_is_answered",
            "completeness",
            WARNING,
            why="An item that no form of a file answers was left out of the export.",
        ),
        _of_files(
            "forms_are_complete",
            "completeness",
            INFO,
            why="Where a fifth of the forms has no score, figures speak for the others only.",
        ),
        _of_files(
            "reported_totals_agree",
            "conformance",
            WARNING,
            why="The sender scores differently: another version, or items in another order.",
        ),
        _of_files(
            "mean_like_the_files_before",
            "plausibility",
            WARNING,
            why="Scores that jump from file to file have more often changed coding than patients.",
        ),
        _of_files(
            "few_forms_are_straight",
            "plausibility",
            INFO,
            why="Forms filled in without reading make scores that follow nobody's complaints.",
        ),
        _of_files(
            "few_scores_at_an_end",
            "plausibility",
            INFO,
            why="Scores at the end of their scale cannot show whether it goes better or worse.",
        ),
        _of_files(
            "answers_use_their_range",
            "plausibility",
            WARNING,
            why="Answers in another coding or unit make every score too low or too high.",
        ),
        _of_files(
            "coding_of_answers_is_known",
            "conformance",
            WARNING,
            why="Answers counted from the wrong number make every score too low or too high.",
        ),
    )


def _of_files(name: str, category: Category, severity: FailureSeverity, *, why: str) -> Expectation:
    """The judgement `name` of file_check fails for no file."""
    of_name = f"select 1 from file_check where expectation = '{name}'"
    return none_of(
        name,
        f"{of_name} and outcome <> 'not applicable'",
        f"{of_name} and outcome = 'fail'",
        category,
        severity,
        why=why,
    )
