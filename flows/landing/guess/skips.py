"""Records that are not meant to land: those of testers, and lists that were not completed."""

from collections.abc import Iterator

from flows.landing.guess import names
from flows.landing.guess.columns import Sample
from flows.landing.guess.roles import named
from flows.landing.source import Skip

TESTER = ("tester", "is_tester", "test_patient", "testpatient", "testpatiënt", "testclient")
STATUS = ("status", "response_status", "survey_status", "status_vragenlijst", "afname_status")
YES = ("1", "true", "True", "TRUE", "yes", "Yes", "ja", "Ja", "J", "Y")
COMPLETED = ("completed", "complete", "voltooid", "afgerond", "ingevuld", "submitted", "finished")


def find_skips(sample: Sample) -> Iterator[Skip]:
    """What the columns of an export show of such records."""
    tester = named(sample.columns, TESTER, lambda column: column.filled > 0)
    if tester is not None:
        told = sorted(tester.distinct & set(YES)) or ["1"]
        yield from (Skip(column=tester.name, equals=text, rule="tester") for text in told)
    status = named(sample.columns, STATUS, lambda column: column.filled > 0)
    if status is not None:
        done = sorted(text for text in status.distinct if names.phrase(text) in COMPLETED)
        if len(done) == 1:
            yield Skip(column=status.name, differs_from=done[0], rule="not_completed")
