"""What was published: to files for others, and back to where it came from."""

import argparse
import json
from pathlib import Path

from flows.commands import Add
from flows.errors import ExitCode
from flows.home import locked, prepare_home
from flows.settings import find_home, load_settings


def add_to(add: Add) -> None:
    """export, fhir, explain, trace, verify, audit-report."""
    exporting = add("export", export, "write a published table to a file")
    exporting.add_argument("table", metavar="TABLE")
    exporting.add_argument("-o", "--output", required=True, metavar="FILE.csv|.parquet")
    fhir_export = add("fhir", fhir, "write scores and alerts as FHIR R4 for the record system")
    fhir_export.add_argument("-o", "--output", required=True, metavar="FOLDER")
    explaining = add("explain", explain, "tell where an alert comes from")
    explaining.add_argument("alert_id", metavar="ALERT_ID", help="as in alerts.csv of a report")
    explaining.add_argument("--language", choices=["nl", "en"], help="else that of the home")
    _trace_words(add("trace", trace, "follow a published number back to file and line"))
    verifying = add("verify", verify, "make a past run again and compare it with what it was")
    verifying.add_argument("run_id", nargs="?", metavar="RUN", help="else the newest one")
    verifying.add_argument("--json", action="store_true", help="as JSON")
    auditing = add("audit-report", audit_report, "write the audit report of a quarter")
    auditing.add_argument("--quarter", metavar="YYYY-Qn", help="else the last complete one")
    auditing.add_argument("--language", choices=["nl", "en"], help="else those of the home")


def _trace_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("table", metavar="TABLE", help="as in `opkoers export`")
    parser.add_argument("key", metavar="KEY", nargs="+",
                        help="COLUMN=VALUE (clinic=noord figure=alerts_new; - for nothing);"
                        " one value where a column alone tells rows: an alert_id")  # fmt: skip
    parser.add_argument("--rows", type=int, metavar="N",
                        help="so many rows of each table and lines of each file")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="as JSON")


def export(chosen: argparse.Namespace) -> int:
    """One published table as a csv or parquet file."""
    from flows.exporting import export_table

    rows = export_table(load_settings(find_home(chosen.home)), chosen.table, Path(chosen.output))
    print(f"{rows:,} rows of {chosen.table} in {chosen.output}")
    return ExitCode.OK


def fhir(chosen: argparse.Namespace) -> int:
    """Scores and alerts for the clinic's own record system, with its own patient numbers."""
    from flows.publishing.fhir_export import export_fhir
    from flows.running.inputs import instruments_of

    settings, target = load_settings(find_home(chosen.home)), Path(chosen.output)
    done = export_fhir(settings, instruments_of(settings), target)
    print(
        f"{done.observations:,} scores and {done.flags:,} alerts of {done.patients:,} patients in"
        f" {target}, {done.with_own_number:,} of them under the number of their own record. These"
        " files lead back to people: keep them as you keep patient files."
    )
    return ExitCode.OK


def explain(chosen: argparse.Namespace) -> int:
    """Where one alert comes from, down to the lines of the files."""
    from flows.explaining import explanation

    settings = load_settings(find_home(chosen.home))
    language = chosen.language or settings.service.language
    for line in explanation(settings, chosen.alert_id, language):
        print(line)
    return ExitCode.OK


def trace(chosen: argparse.Namespace) -> int:
    """One published row back to the lines of the files."""
    from flows.tracing import LINES_SHOWN, ROWS_SHOWN, as_json, in_words
    from flows.tracing import trace as follow

    settings = load_settings(find_home(chosen.home))
    counted = None if chosen.json else chosen.rows or LINES_SHOWN
    traced = follow(settings, chosen.table, chosen.key, chosen.rows or ROWS_SHOWN, counted)
    if chosen.json:
        print(as_json(traced))
    else:
        print(*in_words(traced, chosen.rows or LINES_SHOWN), sep="\n")
    return ExitCode.OK if traced.is_same else ExitCode.NOT_THE_SAME


def verify(chosen: argparse.Namespace) -> int:
    """A past run made again, and held against what it was."""
    from flows.verifying import as_json, in_words, verify_run

    home = find_home(chosen.home)
    prepare_home(home)
    with locked(home):
        found = verify_run(load_settings(home), chosen.run_id)
    if chosen.json:
        print(json.dumps(as_json(found), indent=1))
    else:
        print(*in_words(found), sep="\n")
    return ExitCode.OK if found.is_fine else ExitCode.NOT_THE_SAME


def audit_report(chosen: argparse.Namespace) -> int:
    """What an auditor reads of a quarter, from what is published now."""
    from flows.auditing import audit_asked

    home = find_home(chosen.home)
    prepare_home(home)
    languages = [chosen.language] if chosen.language else []
    folder, written = audit_asked(load_settings(home), chosen.quarter, languages)
    for file in written:
        print(file)
    if not written:
        print(f"{folder} stands as it is: no figure of that quarter changed since it was written.")
    return ExitCode.OK
